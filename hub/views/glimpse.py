"""The bytes of a package as people may look at them: what kind of file, what it is made of, and masked lines around a place."""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from lxml import etree

from hub.masking import scrubbed
from hub.views.veil import veiled_row, veiled_xml

LINES_BEFORE, LINES = 8, 40
"""Lines shown before the one that is asked for, and altogether."""
LINE_CHARACTERS = 2_000
"""What is shown of one line; the rest of a longer one is left out."""
ENTRIES = 200
STRUCTURE_BYTES = 8 << 20
"""How far a document is read to tell what it is made of."""
DEPTH = 6
NAMES = 80
HEX_BYTES = 32
KINDS = (
    (b"PK\x03\x04", "zip"),
    (b"\x1f\x8b", "gzip"),
    (b"-----BEGIN", "pem"),
    (b"0\x80", "cms"),
    (b"0\x82", "cms"),
    (b"0\x83", "cms"),
    (b"{", "rows"),
)
WORDS = {
    "zip": ("ZIP 压缩包", "ZIP archive"),
    "gzip": ("GZIP 压缩", "gzip"),
    "pem": ("PEM 封装", "PEM envelope"),
    "cms": ("CMS 数字信封(签名、加密)", "CMS envelope (signed, encrypted)"),
    "rows": ("行集，每行一个 JSON", "row set, one JSON a line"),
    "xml": ("XML 文档", "XML document"),
    "other": ("其他", "other"),
}
"""What a file is, by its first bytes."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A file as it was stored: kind, its first bytes in hex where it is no text, and the entries of an archive."""

    kind: str
    hex: str
    entries: list[tuple[str, int]] = field(default_factory=list)
    more_entries: bool = False


def stored(path: Path) -> Stored:
    """What the stored file is. Raises OSError."""
    with path.open("rb") as file:
        head = file.read(HEX_BYTES)
    kind = kind_of(head)
    shown = "" if kind in ("xml", "rows") else head.hex(" ")
    if kind != "zip":
        return Stored(kind, shown)
    try:
        with zipfile.ZipFile(path) as archive:
            names = [(scrubbed(each.filename), each.file_size) for each in archive.infolist()[: ENTRIES + 1]]
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return Stored(kind, shown)
    return Stored(kind, shown, names[:ENTRIES], len(names) > ENTRIES)


def kind_of(head: bytes) -> str:
    """One of WORDS, by the first bytes of a file."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    found = next((kind for magic, kind in KINDS if head.startswith(magic)), None)
    if found is not None:
        return found
    return "xml" if text.startswith(b"<") or head.startswith((b"\xff\xfe", b"\xfe\xff")) else "other"


def lines(document: Path, names: Collection[str], around: int) -> Iterator[tuple[int, str]]:
    """Numbers and masked texts of the lines around line `around` (from 1) of a UTF-8 document. Raises OSError."""
    first = max(1, around - LINES_BEFORE)
    with document.open("rb") as file:
        window = list(islice(_cut(file), first - 1, first - 1 + LINES))
    if kind_of(window[0][:HEX_BYTES] if window else b"") == "rows":
        for number, line in enumerate(window, first):
            yield number, _short(veiled_row(line.decode("utf-8", "replace").rstrip("\r\n"), names))
        return
    text = b"".join(each if each.endswith(b"\n") else each + b"\n" for each in window).decode(
        "utf-8", "replace"
    )
    masked = "".join(veiled_xml(text, names)).split("\n")[
        :-1
    ]  # splitlines would also split at U+0085, U+2028
    yield from ((number, _short(line.rstrip("\r"))) for number, line in enumerate(masked, first))


def _cut(file: Any) -> Iterator[bytes]:
    """The lines of a file; of one that is longer than anybody reads only its beginning is held."""
    while line := file.readline(LINE_CHARACTERS * 4):
        ended = line.endswith(b"\n")
        yield line
        while not ended and (rest := file.readline(1 << 16)):
            ended = rest.endswith(b"\n")


def _short(text: str) -> str:
    return text if len(text) <= LINE_CHARACTERS else text[:LINE_CHARACTERS] + " …"


def structure(document: Path) -> tuple[list[tuple[str, int]], bool]:
    """How often each element (by its path) or table occurs, in the order of their first occurrence; whether that is all.

    Raises OSError. A document that is not well-formed is told as far as it is.
    """
    with document.open("rb") as file:
        head = file.read(HEX_BYTES)
    counts: Counter[str] = Counter()
    read = _tables if kind_of(head) == "rows" else _elements
    whole = read(document, counts)
    return list(counts.items())[:NAMES], whole and len(counts) <= NAMES


def _tables(document: Path, counts: Counter[str]) -> bool:
    import msgspec

    decode, read = msgspec.json.Decoder(dict[str, Any]).decode, 0
    with document.open("rb") as file:
        for line in file:
            read += len(line)
            if read > STRUCTURE_BYTES:
                return False
            try:
                table = decode(line).get("table")
            except (msgspec.MsgspecError, UnicodeDecodeError):
                continue
            if isinstance(table, str):
                counts[table] += 1
    return True


def _elements(document: Path, counts: Counter[str]) -> bool:
    parser = etree.XMLPullParser(
        events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True
    )
    path: list[str] = []
    with document.open("rb") as file:
        left = STRUCTURE_BYTES
        while left > 0 and (block := file.read(min(left, 1 << 16))):
            left -= len(block)
            try:
                parser.feed(block)
            except etree.XMLSyntaxError:
                return False
            for event, node in parser.read_events():
                if not isinstance(node, etree._Element):
                    continue
                if event == "end":
                    path.pop()
                    node.clear()
                    continue
                path.append(etree.QName(node).localname)
                if len(path) <= DEPTH:
                    counts["/".join(path)] += 1
    return left > 0
