"""A crosswalk translates the codes of one system in one version, and is refused with line and column where it is faulty."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from hub.errors import StopError
from mappings.crosswalk import FOLDER, crosswalk_names, load_crosswalk
from schemas.codes import code_lists
from schemas.contract import load_contract

CLASHES = [
    ("gbt-39046", "CASE_TYPE", {"1": "1", "2": "2"}),
    ("hunan", "CASE_TYPE", {"1": "2", "2": "1", "3": "4", "4": "4"}),
    ("hunan-2011", "CASE_TYPE", {"0": "1", "1": "2", "2": "4", "3": "5"}),
    ("gbt-39046", "SPECIAL_KIND", {"1": "1", "2": "10"}),
    ("guangdong", "SPECIAL_KIND", {"A": "1", "B": "10"}),
    ("hunan", "ACCEPT_STATUS", {"1": "1", "2": "2", "3": "3"}),
    ("hunan-2011", "ACCEPT_STATUS", {"Y": "1", "N": "2"}),
    ("guangdong", "ACCEPT_STATUS", {"1": "1", "2": "2"}),
    ("hunan", "COMPLETION_RESULT", {"4": "6", "5": "6", "6": "6", "7": "2", "8": "1"}),
    ("hunan-2011", "COMPLETION_RESULT", {"5001": "6", "5002": "0", "5006": "4", "5008": "4"}),
    ("guangdong", "COMPLETION_RESULT", {str(value): str(value) for value in range(7)}),
    ("guangdong", "LIMIT_UNIT", {"G": "W", "Z": "D"}),
]


@pytest.mark.parametrize(
    ("name", "list_", "table"), CLASHES, ids=lambda each: each if isinstance(each, str) else ""
)
def test_the_known_clashes_are_translated_and_nothing_else(
    name: str, list_: str, table: dict[str, str]
) -> None:
    assert dict(load_crosswalk(name).tables[list_]) == table


def test_a_day_in_hunan_is_a_working_day() -> None:
    assert load_crosswalk("hunan").tables["LIMIT_UNIT"]["天"] == "W"


def test_the_same_code_means_two_things_in_two_systems() -> None:
    now, then = load_crosswalk("hunan"), load_crosswalk("hunan-2011")
    assert (now.tables["CASE_TYPE"]["2"], then.tables["CASE_TYPE"]["2"]) == ("1", "4")


@pytest.mark.parametrize("name", crosswalk_names())
def test_every_crosswalk_speaks_of_every_list_and_keeps_to_canonical_values(name: str) -> None:
    crosswalk = load_crosswalk(name)
    assert set(crosswalk.tables) == set(code_lists())
    for list_, table in crosswalk.tables.items():
        assert set(table.values()) <= set(code_lists()[list_])
        if list_ not in crosswalk.foreign:
            assert dict(table) == {value: value for value in code_lists()[list_]}


def test_the_canonical_crosswalk_changes_nothing() -> None:
    assert load_crosswalk("canonical").foreign == ()


def test_an_unmapped_code_has_no_default() -> None:
    assert "9" not in load_crosswalk("hunan-2011").tables["CASE_TYPE"]


def test_an_unknown_crosswalk_names_those_there_are_and_the_nearest() -> None:
    with pytest.raises(StopError) as caught:
        load_crosswalk("hunan2011")
    assert "hunan-2011?" in caught.value.remedy_en
    assert "guangdong" in caught.value.remedy_zh


@pytest.mark.parametrize("name", ["../canonical", "/etc/passwd", ""])
def test_a_path_is_no_name(name: str) -> None:
    with pytest.raises(StopError):
        load_crosswalk(name)


GOOD = (FOLDER / "hunan-2011.yaml").read_text(encoding="utf-8")


def at(text: str, found: str) -> tuple[int, int]:
    """Line and column of the first occurrence, both from 1."""
    before = text[: text.index(found)]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


FAULTS = {
    "a foreign code mapped twice": (('"1": {to: "2", zh: 承诺件}', '"0": {to: "2", zh: 承诺件}'), '"0": {to: "2"', "twice"),
    "an unknown canonical value": (('to: "5"', 'to: "7"'), '"7"', "no canonical value"),
    "an unknown list": (("  CASE_TYPE:", "  CASE_TYP:"), "CASE_TYP:", "Did you mean CASE_TYPE?"),
    "an unknown list among the canonical": (("EXERCISE_LEVEL", "EXERCISE"), "EXERCISE", "no code list"),
    "a list named twice": (("SPECIAL_KIND,", "CASE_TYPE,"), "CASE_TYPE", "named twice"),
    "a list not spoken of": (("EXERCISE_LEVEL, ", ""), "canonical:", "EXERCISE_LEVEL"),
    "a word that is not known": (("source: Hunan", "sorce: Hunan"), "sorce", "Did you mean source?"),
    "an entry without its target": (('"Y": {to: "1", zh: 受理}', '"Y": {zh: 受理}'), '"Y"', "lacks to"),
    "another name than the file's": (("crosswalk: hunan-2011", "crosswalk: hunan"), "hunan\n", "file's name"),
    "an empty table": (('    "Y": {to: "1", zh: 受理}\n    "N": {to: "2", zh: 不予受理}', "    {}"), "ACCEPT_STATUS", "maps nothing"),
    "broken YAML": (("tables:", "tables: ]"), "]\n  CASE_TYPE", "YAML"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "place", "said"), FAULTS.values(), ids=FAULTS)
def test_a_faulty_file_stops_with_its_line_and_column(
    change: tuple[str, str], place: str, said: str, tmp_path: Path
) -> None:
    text = GOOD.replace(*change, 1)
    assert text != GOOD
    path = tmp_path / "hunan-2011.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(StopError) as caught:
        load_crosswalk("hunan-2011", tmp_path)
    error = caught.value
    assert error.place.file == str(path)
    assert (error.place.line, error.place.column) == at(text, place)
    assert said in f"{error.message_en} {error.remedy_en}"


VARIANT = """
variants:
  STAND:
    list: ACCEPT_STATUS
    values:
      "05": {to: "1", zh: 受理}
"""
VARIANT_FAULTS = {
    "a variant of an unknown list": (("list: ACCEPT_STATUS", "list: ACCEPTED"), "ACCEPTED", "no code list"),
    "a variant that bears the name of a list": (("STAND:", "CASE_TYPE:"), "CASE_TYPE:\n    list", "one of our lists"),
    "a variant with an unknown canonical value": (('to: "1"', 'to: "9"'), '"9"', "no canonical value"),
    "a code mapped twice in a variant": (
        ('"05": {', '"05": {to: "2", zh: 不受理}\n      "05": {'), '"05": {to: "1"', "twice"),
    "a variant without values": (('"05": {to: "1", zh: 受理}', "{}"), "STAND:", "maps nothing"),
}  # fmt: skip


def test_a_variant_is_a_second_list_with_the_meaning_of_one_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "hunan-2011.yaml"
    path.write_text(GOOD + VARIANT, encoding="utf-8")
    found = load_crosswalk("hunan-2011", tmp_path)
    assert (found.variants["STAND"].list, dict(found.variants["STAND"].table)) == (
        "ACCEPT_STATUS",
        {"05": "1"},
    )
    assert dict(found.tables["ACCEPT_STATUS"]) == {"Y": "1", "N": "2"}
    assert found.digest != load_crosswalk("hunan-2011").digest


@pytest.mark.parametrize(("change", "place", "said"), VARIANT_FAULTS.values(), ids=VARIANT_FAULTS)
def test_a_faulty_variant_stops_with_its_line_and_column(
    change: tuple[str, str], place: str, said: str, tmp_path: Path
) -> None:
    variant = VARIANT.replace(*change, 1)
    path = tmp_path / "hunan-2011.yaml"
    path.write_text(GOOD + variant, encoding="utf-8")
    with pytest.raises(StopError) as caught:
        load_crosswalk("hunan-2011", tmp_path)
    line, column = at(variant, place)
    assert (caught.value.place.line, caught.value.place.column) == (GOOD.count("\n") + line, column)
    assert said in f"{caught.value.message_en} {caught.value.remedy_en}"


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"- a\n", b"tables: [1]\n"])
def test_a_file_that_is_no_crosswalk_stops(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "odd.yaml").write_bytes(content)
    with pytest.raises(StopError):
        load_crosswalk("odd", tmp_path)


def test_the_digest_follows_the_meaning_and_not_the_writing(tmp_path: Path) -> None:
    path = tmp_path / "hunan-2011.yaml"
    path.write_text(f"# a remark\n{GOOD}", encoding="utf-8")
    assert load_crosswalk("hunan-2011", tmp_path).digest == load_crosswalk("hunan-2011").digest
    path.write_text(GOOD.replace('"5001": {to: "6"', '"5001": {to: "0"'), encoding="utf-8")
    assert load_crosswalk("hunan-2011", tmp_path).digest != load_crosswalk("hunan-2011").digest


def test_the_canonical_dialect_delivers_every_element() -> None:
    dialect = yaml.safe_load((FOLDER.parent / "canonical.yaml").read_text(encoding="utf-8"))
    contract = load_contract(dialect["schema"])
    assert dialect["delivers"] == {element.name: "all" for element in contract.elements}
