"""The code lists hold the values of the message's reference, each with a Chinese and an English name."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas import codes
from schemas.codes import code_lists, load_lists

VALUES = {
    "ITEM_TYPE": "01 02 03 04 05 06 07 08 09 10 20",
    "EXERCISE_LEVEL": "1 2 3 4 5 6 7",
    "CASE_TYPE": "1 2 3 4 5 9",
    "LIMIT_UNIT": "W D H M",
    "APPLICANT_TYPE": "1 2 3 4 5 6",
    "ID_TYPE": "111 414 511 516 001 002 999",
    "CHANNEL": "1 2 3 4 5 9",
    "ACCEPT_STATUS": "1 2 3",
    "RECEIVE_METHOD": "1 2 3 4 9",
    "STEP_TYPE": "1 2 3",
    "STEP_STATUS": "1 2",
    "STEP_ACTION": "0 1 2 4 5 6 7 9",
    "SPECIAL_KIND": "1 2 3 4 5 6 7 8 9 10",
    "COMPLETION_RESULT": "0 1 2 3 4 5 6 7",
    "DELIVERY_METHOD": "1 2 3 4 9",
    "OPERATION": "U D",
    "SATISFACTION": "1 2 3 4 5",
    "EVALUATION_CHANNEL": "1 2 3 4 5 6 7 9",
    "LEVEL": "0 1 2 3",
}


def test_the_lists_and_their_values_are_these() -> None:
    assert {name: " ".join(values) for name, values in code_lists().items()} == VALUES


@pytest.mark.parametrize("name", VALUES)
def test_every_value_has_a_name_in_both_languages(name: str) -> None:
    for value in load_lists()[name].values.values():
        assert any("\u4e00" <= c <= "\u9fff" for c in value.zh), value
        assert value.en, value
        assert value.en.isascii(), value


def test_the_names_tell_values_of_a_list_apart() -> None:
    for name, values in code_lists().items():
        assert len({v.zh for v in values.values()}) == len({v.en for v in values.values()}) == len(values), (
            name
        )


def test_satisfaction_comes_with_a_later_message() -> None:
    assert [name for name, each in load_lists().items() if each.since != "1.0"] == [
        "SATISFACTION",
        "EVALUATION_CHANNEL",
    ]


@pytest.mark.parametrize("entry", ["1: [a, b]", '"1": [a]', '"1": [a, 2]'])
def test_a_value_that_is_not_written_as_text_with_two_names_is_refused(
    entry: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "codes.yaml"
    source.write_text(f"A: {{zh: 甲, en: A, source: own, values: {{{entry}}}}}\n", encoding="utf-8")
    monkeypatch.setattr(codes, "SOURCE", source)
    with pytest.raises(ValueError, match="Chinese, English"):
        load_lists.__wrapped__()
