"""Chinese type for PDF: a TrueType font of exactly the characters that a document needs, out of installed OFL fonts.

ReportLab embeds TrueType outlines only, and free Chinese fonts with many characters come with PostScript ones. So the
few glyphs of one document are converted and put into a font of their own: small, embedded whole, and the same bytes for
the same characters. A character that one face lacks is taken from the next; one that all lack is told, and spelled out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from io import BytesIO
from typing import Any

SONG, HEI = "song", "hei"
FACES = {
    SONG: (("pylopdf_fonts_zh_cn", "NotoSerifSC-Regular.otf", 0),
           ("pylopdf_fonts_zh_cn", "NotoSansSC-Regular.otf", 0), ("noto_cjk_sans_otc", "NotoSansCJK-Regular.ttc", 2)),
    HEI: (("pylopdf_fonts_zh_cn", "NotoSansSC-Regular.otf", 0), ("noto_cjk_sans_otc", "NotoSansCJK-Regular.ttc", 2),
          ("pylopdf_fonts_zh_cn", "NotoSerifSC-Regular.otf", 0)),
}  # fmt: skip
"""Faces by style, tried in this order: package, file, number in a collection. The collection holds 44,810 characters,
2,108 of them of CJK Extension B; 宋 (song) is for running text, 黑 (hei) for headings."""
UNITS = 1000
CURVE_ERROR = 0.6
"""How far, in thousandths of the type size, a converted curve may lie from the original."""
_ALWAYS = "?{}+0123456789ABCDEFU \u3000"


@dataclass(frozen=True, slots=True)
class Font:
    """A TrueType font made for one document. `missing` are characters that no face has."""

    name: str
    data: bytes
    missing: frozenset[str]

    def text(self, value: str) -> str:
        """The text as this font can show it: a character that it lacks is written as {U+2A6A5}, never a blank box."""
        return "".join(
            f"{{U+{ord(c):04X}}}" if c in self.missing else c for c in value if not _selects_variant(c)
        )


def font_for(texts: Iterable[str], style: str = SONG) -> Font:
    """A font with every character of the texts, as far as any installed face has it. The same characters: the same font."""
    wanted = {c for text in texts for c in text if not c.isspace() and not _selects_variant(c)} | set(_ALWAYS)
    return _font("".join(sorted(wanted)), style)


def _selects_variant(character: str) -> bool:
    """A variation selector: it asks for another form of the character before it, and is nothing by itself."""
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


@contextmanager
def registered(font: Font) -> Iterator[str]:
    """The font is known to ReportLab under the name that is yielded, and forgotten afterwards: each document has its own."""
    from reportlab.pdfbase import pdfmetrics

    pdfmetrics.registerFont(_embeddable(font))
    try:
        yield font.name
    finally:
        pdfmetrics._fonts.pop(font.name, None)


def _embeddable(font: Font) -> Any:
    """ReportLab's font, made to tell readers the right text of a character beyond U+FFFF: in UTF-16, as PDF wants it."""
    from reportlab.pdfbase.ttfonts import TTFont

    class Embeddable(TTFont):  # type: ignore[misc]
        def addObjects(self, doc: Any) -> None:
            super().addObjects(doc)
            for key, held in doc.idToObject.items():
                if key.startswith("toUnicodeCMap:") and font.name in key:
                    held.content = _BEYOND.sub(_in_utf16, held.content)

    return Embeddable(font.name, BytesIO(font.data))


_BEYOND = re.compile(r"(<[0-9A-F]{2}> )<([0-9A-F]{5,6})>")


def _in_utf16(found: re.Match[str]) -> str:
    return f"{found[1]}<{chr(int(found[2], 16)).encode('utf-16-be').hex().upper()}>"


@lru_cache(maxsize=8)
def _font(characters: str, style: str) -> Font:
    name = f"Suphub{style.title()}{sha256(characters.encode()).hexdigest()[:8]}"
    drawn: dict[str, tuple[Any, int]] = {}
    for package, file, number in FACES[style]:
        left = [c for c in characters if c not in drawn]
        if left:
            drawn |= _face(package, file, number).draw(left)
    missing = frozenset(c for c in characters if c not in drawn)
    return Font(name, _built(name, characters, drawn), missing)


@lru_cache(maxsize=4)
def _face(package: str, file: str, number: int) -> _Face:
    return _Face(package, file, number)


class _Face:
    """One installed font file, opened when a glyph is first asked for."""

    def __init__(self, package: str, file: str, number: int) -> None:
        self._where = (package, file, number)
        self._opened: tuple[dict[int, str], Any, Any] | None = None
        self._drawn: dict[
            str, tuple[Any, int]
        ] = {}  # converting costs; letters share most of their characters

    def draw(self, characters: Sequence[str]) -> dict[str, tuple[Any, int]]:
        """Outlines with quadratic curves and advance widths of those characters that this face has."""
        from fontTools.pens.cu2quPen import Cu2QuPen
        from fontTools.pens.ttGlyphPen import TTGlyphPen

        cmap, glyphs, metrics = self._open()
        for character in characters:
            glyph = cmap.get(ord(character))
            if glyph is None or character in self._drawn:
                continue
            pen = TTGlyphPen(None)
            glyphs[glyph].draw(Cu2QuPen(pen, CURVE_ERROR, reverse_direction=True))
            self._drawn[character] = (pen.glyph(), metrics[glyph][0])
        return {character: self._drawn[character] for character in characters if character in self._drawn}

    def _open(self) -> tuple[dict[int, str], Any, Any]:
        if self._opened is None:
            from importlib.resources import files

            from fontTools.ttLib import TTFont

            package, file, number = self._where
            font = TTFont(BytesIO(files(package).joinpath(file).read_bytes()), fontNumber=number, lazy=True)
            self._opened = (font.getBestCmap(), font.getGlyphSet(), font["hmtx"].metrics)
        return self._opened


def _built(name: str, characters: str, drawn: dict[str, tuple[Any, int]]) -> bytes:
    from fontTools.fontBuilder import FontBuilder
    from fontTools.pens.ttGlyphPen import TTGlyphPen

    names = {c: f"u{ord(c):05X}" for c in characters if c in drawn}
    builder = FontBuilder(UNITS, isTTF=True)
    builder.setupGlyphOrder([".notdef", *names.values()])
    builder.setupCharacterMap({ord(c): glyph for c, glyph in names.items()})
    glyphs = {".notdef": TTGlyphPen(None).glyph(), **{names[c]: drawn[c][0] for c in names}}
    builder.setupGlyf(glyphs)
    widths = {".notdef": UNITS, **{names[c]: drawn[c][1] for c in names}}
    sides = {glyph: getattr(glyphs[glyph], "xMin", 0) for glyph in glyphs}
    builder.setupHorizontalMetrics({glyph: (widths[glyph], sides[glyph]) for glyph in glyphs})
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupNameTable({"familyName": name, "styleName": "Regular", "psName": name})
    builder.setupOS2(
        sTypoAscender=880, sTypoDescender=-120, usWinAscent=1000, usWinDescent=200, sCapHeight=730
    )
    builder.setupPost()
    # No clock in it: the same characters make the same bytes.
    builder.updateHead(created=0, modified=0)
    builder.font.recalcTimestamp = False
    out = BytesIO()
    builder.save(out)
    return out.getvalue()
