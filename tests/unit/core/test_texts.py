"""Every code that the program can tell has a message and a remedy, in Chinese and English, and a remedy is no echo."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hub.cli.document_errors import VARIOUS, Raised, errors
from schemas.catalogue import catalogue

ROOT = Path(__file__).resolve().parents[3]
HAN = re.compile(r"[\u4e00-\u9fff]")
LATIN = re.compile(r"[A-Za-z]{2,}")
FILLED = re.compile(r"\{[^}]*\}|…")


def faults(zh: str, en: str, remedy_zh: str, remedy_en: str) -> list[str]:
    """What is wrong with four texts."""
    found = [name for name, text in (("zh", zh), ("remedy_zh", remedy_zh)) if not HAN.search(text)]
    found += [
        name
        for name, text in (("en", en), ("remedy_en", remedy_en))
        if not LATIN.search(text) or HAN.search(FILLED.sub("", text))
    ]
    if zh.strip() == remedy_zh.strip() or en.strip() == remedy_en.strip():
        found.append("the remedy repeats the message")
    return found


def said(error: Raised) -> tuple[str, str, str, str]:
    """The texts of an error; one that is filled in whole is told in VARIOUS, which is held to the same."""
    zh, en = VARIOUS.get(error.code, ("", ""))
    given = [error.zh, error.en, error.remedy_zh, error.remedy_en]
    stand_ins = (f"{zh}：内容", f"{en}: message", zh, en)
    return tuple(  # type: ignore[return-value]
        stand_in if stand_in and not FILLED.sub("", text).strip(" :：,.，。") else text
        for text, stand_in in zip(given, stand_ins, strict=True)
    )


@pytest.mark.parametrize("code", catalogue())
def test_every_violation_has_its_texts_in_two_languages(code: str) -> None:
    entry = catalogue()[code]
    english = [re.sub(r"[㐀-鿿]", "", text) if "/" in text else text for text in (entry.en, entry.remedy_en)]
    assert faults(entry.zh, english[0], entry.remedy_zh, english[1]) == []


def test_every_error_has_its_texts_in_two_languages() -> None:
    found = errors(ROOT)
    assert len({error.code for error in found}) > 100
    wrong = {f"{e.place} {e.code}": f for e in found if (f := faults(*said(e)))}
    assert wrong == {}
