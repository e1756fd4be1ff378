"""Pages say the field's words in Chinese as they are stored, and in English with a translation beside them."""

from __future__ import annotations

import pytest

from hub.complaints.states import STATES as COMPLAINT_STATES
from hub.supervision.handling import KINDS
from hub.supervision.hands import STATES as ORDER_STATES
from hub.supervision.states import STATES as CARD_STATES
from hub.views.words import half_in, rule_in, subject_in, word_in


@pytest.mark.parametrize(
    ("kind", "words"),
    [("card", CARD_STATES), ("order", ORDER_STATES), ("complaint", COMPLAINT_STATES), ("consequence", KINDS)],
)
def test_every_stored_word_has_its_english_and_keeps_its_chinese(kind: str, words: list[str]) -> None:
    for word in words:
        assert word_in("zh", kind, word) == word
        english = word_in("en", kind, word)
        assert english.endswith(f" {word}")
        assert english[0].isascii()


@pytest.mark.parametrize(
    ("zh", "en", "said"),
    [
        ("不予受理", "Not accepted", "不予受理 · Not accepted"),
        ("甲 · 乙", "甲 · 乙", "甲 · 乙"),
        ("整改", "整改", "整改"),
        ("", "", None),
    ],
)
def test_of_what_the_hub_wrote_in_both_languages_a_reader_gets_one(
    zh: str, en: str, said: str | None
) -> None:
    assert (half_in("zh", said), half_in("en", said)) == (zh, en)


def test_rows_and_rules_are_named() -> None:
    assert [subject_in(each, "card 12") for each in ("zh", "en")] == ["牌 12", "card 12"]
    assert subject_in("zh", "land-bureau/1") == "land-bureau/1"
    assert [rule_in("zh", "T2"), rule_in("en", "H")] == ["超过承诺时限", "by hand"]
    assert word_in("en", "card", None) == "-"
