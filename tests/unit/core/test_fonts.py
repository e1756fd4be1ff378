"""A font for PDF has every character of its document, the same bytes each time, and spells out what no face has."""

from __future__ import annotations

from io import BytesIO

import pytest
from fontTools.pens.recordingPen import RecordingPen
from fontTools.ttLib import TTFont

from hub.fonts import HEI, SONG, font_for, registered

RARE = "𠮷镕㛃䶮𫖯"


def opened(data: bytes) -> TTFont:
    return TTFont(BytesIO(data))


@pytest.mark.parametrize("style", [SONG, HEI])
def test_a_font_has_truetype_outlines_of_every_character_asked_for(style: str) -> None:
    font = font_for([f"效能问询通知书〔2026〕12号，“ABC”—…{RARE}"], style)
    read = opened(font.data)
    glyphs, characters = read.getGlyphSet(), read.getBestCmap()
    assert "glyf" in read
    for character in f"效能问询通知书〔〕{RARE}":
        pen = RecordingPen()
        glyphs[characters[ord(character)]].draw(pen)
        assert pen.value, f"{character} is blank"
    assert not font.missing


def test_the_same_characters_make_the_same_bytes_in_any_order() -> None:
    assert font_for(["监察", "建议"]).data == font_for(["建议监察监"]).data
    assert font_for(["监察"]).name != font_for(["监督"]).name


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("王𠮷二\ue123𪚥", "王𠮷二{U+E123}{U+2A6A5}"),
        ("铃\x07声", "铃{U+0007}声"),
        ("葛\U000e0100城", "葛城"),
        ("普通", "普通"),
    ],
)
def test_a_character_that_no_face_has_is_spelled_out_and_never_a_blank_box(text: str, shown: str) -> None:
    font = font_for([text])
    assert font.text(text) == shown
    assert {ord(c) for c in shown} <= opened(font.data).getBestCmap().keys()


def test_reportlab_knows_a_font_for_as_long_as_it_is_needed() -> None:
    from reportlab.pdfbase import pdfmetrics

    font = font_for(["监察"])
    with registered(font) as name:
        assert pdfmetrics.stringWidth("监察", name, 10) == pytest.approx(20)
    assert name not in pdfmetrics.getRegisteredFontNames()
