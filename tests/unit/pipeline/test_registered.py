"""Words of a registration that mean nothing here: told with line, column and what is allowed, before anything is taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.errors import StopError
from hub.pipeline.registered import check_registration, standing
from hub.register import load_registration
from tests.support.message import USCC

WORDS = {
    "name": "国土局审批系统", "organization": USCC, "region": '"430100"', "dialect": "canonical", "codes": "canonical",
    "schema": '"1.0"', "status": "trial", "connector": "{kind: directory, inbox: /out}",
}  # fmt: skip


def registration(folder: Path, **words: str) -> Path:
    path = folder / "land-bureau.yaml"
    lines = [f"{name}: {value}" for name, value in {"code": "land-bureau", **WORDS, **words}.items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


TYPOS = {
    "a dialect": ({"dialect": "canonicl"}, "DIALECT", 5, 10, "canonical"),
    "a crosswalk": ({"codes": "hunan2011"}, "CROSSWALK", 6, 8, "hunan-2011"),
    "a version of the message": ({"schema": '"2.0"'}, "SCHEMA", 7, 9, "1.1"),
    "a check": ({"checks": "{ID_CHEK: error}"}, "REGISTRATION", 10, 19, "ID_CHECK"),
    "who numbers": ({"serial": "hub"}, "REGISTRATION_SERIAL", 10, 9, "serial: source"),
}


@pytest.mark.parametrize(("words", "code", "line", "column", "allowed"), TYPOS.values(), ids=TYPOS)
def test_a_word_that_means_nothing_here_is_told_with_its_place(
    tmp_path: Path, words: dict[str, str], code: str, line: int, column: int, allowed: str
) -> None:
    path = registration(tmp_path, **words)
    with pytest.raises(StopError) as told:
        check_registration(load_registration(path))
    place = told.value.place
    assert (told.value.code, place.system, place.file) == (code, "land-bureau", str(path))
    assert (place.line, place.column) == (line, column)
    assert allowed in told.value.remedy_zh
    assert allowed in told.value.remedy_en


def test_known_words_give_the_dialect(tmp_path: Path) -> None:
    assert check_registration(load_registration(registration(tmp_path))).name == "canonical"


def test_a_complaint_about_another_file_keeps_its_place(tmp_path: Path) -> None:
    found = load_registration(registration(tmp_path))
    with pytest.raises(StopError) as bad:
        load_registration(tmp_path / "missing.yaml")
    with pytest.raises(StopError) as told, standing(found, "envelope"):
        raise bad.value
    assert told.value is bad.value
