"""Pages say the field's words in the reader's language: in Chinese as they are stored, or in English."""

from __future__ import annotations

import pytest

from hub.complaints.states import STATES as COMPLAINT_STATES
from hub.supervision.handling import KINDS
from hub.supervision.hands import STATES as ORDER_STATES
from hub.supervision.states import STATES as CARD_STATES
from hub.views.words import half_in, rule_in, subject_in, who_in, word_in


@pytest.mark.parametrize(
    ("kind", "words"),
    [("card", CARD_STATES), ("order", ORDER_STATES), ("complaint", COMPLAINT_STATES), ("consequence", KINDS)],
)
def test_every_stored_word_is_said_in_one_language(kind: str, words: list[str]) -> None:
    for word in words:
        assert word_in("zh", kind, word) == word
        assert word_in("en", kind, word).isascii()


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


@pytest.mark.parametrize(
    ("subject", "zh", "en"),
    [
        ("card 12", "牌 12", "card 12"),
        ("complaint 2026000007 #2", "投诉 2026000007 #2", "complaint 2026000007 #2"),
        ("order 3/2", "督办单 3/2", "order 3/2"),
        ("step 3", "环节 3", "step 3"),
        ("procedure 1", "特别程序 1", "special procedure 1"),
        ("version 2", "第 2 版", "version 2"),
        ("applicant", "申请人", "applicant"),
        ("Acceptance", "受理信息", "Acceptance"),
        ("land-bureau serial 12", "land-bureau 报文序号 12", "land-bureau package serial 12"),
        ("land-bureau serials 5..7", "land-bureau 缺报文序号 5..7", "land-bureau missing package serials 5..7"),
        ("land-bureau silent after package 9", "land-bureau 静默，末包 9", "land-bureau silent after package 9"),
        ("land-bureau package land-1", "land-bureau 报文包 land-1", "land-bureau package land-1"),
        ("land/4 evaluation 1", "land/4 评价 1", "land/4 evaluation 1"),
        ("land/4 Step.StartedAt 2", "land/4 审批过程信息 2 开始时间", "land/4 Step 2 Started at"),
        ("land-bureau/1", "land-bureau/1", "land-bureau/1"),
        ("step by step", "step by step", "step by step"),
        ("1143@2", "1143@2", "1143@2"),
        ("信访 12 号", "信访 12 号", "信访 12 号"),
    ],
)  # fmt: skip
def test_what_a_card_or_a_row_is_about_is_said_in_one_language(subject: str, zh: str, en: str) -> None:
    assert (subject_in("zh", subject), subject_in("en", subject)) == (zh, en)


def test_rules_and_the_hub_are_named() -> None:
    assert [who_in("zh", "hub"), who_in("en", "hub"), who_in("en", "王监察"), who_in("zh", None)] == [
        "枢纽", "the hub", "王监察", "-",
    ]  # fmt: skip
    assert [rule_in("zh", "T2"), rule_in("en", "H")] == ["超过承诺时限", "by hand"]
    assert word_in("en", "card", None) == "-"
