"""Names and texts that no database keeps, or that are longer than their column: told before anything is written, on each alike."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine

from hub.central.engine import writing
from hub.supervision import by_hand, ordering, proposing
from hub.supervision.four_eyes import same_person
from tests.support.cards import AT, ORGANIZATION, Logged, begin_order, do, hand, refused

NUL, HALF = "张\0三", "张\udc80三"
ABOUT = by_hand.About(system="land-bureau")
MATTER = ordering.Matter(ORGANIZATION, "国土局")


@pytest.mark.parametrize("text", [NUL, HALF])
def test_what_cannot_be_kept_is_refused_wherever_people_say_something(
    yellow: Engine, logged: Logged, text: str
) -> None:
    refused("CARD_TEXT", lambda: do(yellow, "answer", text=text, log=logged))
    told = refused("CARD_WHO", lambda: do(yellow, "answer", text="x", by=text, log=logged))
    told.message_zh.encode()
    refused("CARD_TEXT", lambda: do(yellow, "withdraw", reason=text, log=logged))
    refused("CARD_TEXT", lambda: do(yellow, "consequence", kind="约谈", text=text, log=logged))
    refused("CARD_TEXT", lambda: do(yellow, "consequence", kind="约谈", text="x", person=text, log=logged))
    refused("CARD_TEXT", lambda: begin_order(yellow, supervisor=text, log=logged))
    refused("CARD_TEXT", lambda: begin_order(yellow, monitor=text, log=logged))
    assert logged.entries == []
    begin_order(yellow)
    refused("CARD_TEXT", lambda: hand(yellow, "approve", opinion=text, log=logged))
    assert logged.entries == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"subject": "事" * 121}, "CARD_TEXT"),
        ({"step": "x" * 201}, "CARD_TEXT"),
        ({"handler": "x" * 201}, "CARD_TEXT"),
        ({"handler": NUL}, "CARD_TEXT"),
        ({"subject": HALF}, "CARD_TEXT"),
        ({"organization": "x" * 40}, "CARD_ABOUT"),
        ({"organization": ORGANIZATION, "organization_name": "局" * 201}, "CARD_TEXT"),
        ({"system": "x" * 201}, "CARD_TEXT"),
        ({"system": "no\udc80ne"}, "CARD_TEXT"),
        ({"case_no": "no\0ne"}, "CARD_TEXT"),
    ],
)
def test_a_card_by_hand_fits_its_columns(
    yellow: Engine, logged: Logged, changes: dict[str, Any], code: str
) -> None:
    def issue() -> int:
        with writing(yellow) as connection:
            said: dict[str, Any] = {"level": 2, "reason": "暗访", "basis": "监察法", "by": "王监察"}
            return by_hand.issue(connection, replace(ABOUT, **changes), **said, at=AT, log=logged)

    refused(code, issue)
    assert logged.entries == []


def test_the_basis_of_a_card_by_hand_is_not_cut_off_without_a_word(yellow: Engine) -> None:
    def issue() -> int:
        with writing(yellow) as connection:
            said: dict[str, Any] = {"level": 2, "reason": "暗访", "basis": "法" * 501, "by": "王监察"}
            return by_hand.issue(connection, ABOUT, **said, at=AT, log=None)

    refused("CARD_TEXT", issue)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"item_code": "x" * 65}, "CARD_TEXT"),
        ({"item_name": "事" * 501}, "CARD_TEXT"),
        ({"case_no": "x" * 51}, "CARD_TEXT"),
        ({"system": "x" * 65}, "CARD_TEXT"),
        ({"basis": "x" * 501}, "CARD_TEXT"),
        ({"organization_name": "局" * 201}, "CARD_TEXT"),
        ({"organization": "1143010000612177 局"}, "ORDER_MATTER"),
        ({"organization_name": HALF}, "CARD_TEXT"),
    ],
)
def test_an_order_by_hand_fits_its_columns(
    yellow: Engine, logged: Logged, changes: dict[str, Any], code: str
) -> None:
    def start() -> int:
        with writing(yellow) as connection:
            said: dict[str, Any] = {"supervisor": "监察局", "reason": "暗访", "by": "王监察"}
            return ordering.start_by_hand(connection, replace(MATTER, **changes), **said, at=AT, log=logged)

    refused(code, start)
    assert logged.entries == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"by": " "}, "RULE_WHO"),
        ({"by": "王" * 101}, "RULE_WHO"),
        ({"by": NUL}, "RULE_WHO"),
        ({"reason": "x" * 501}, "RULE_REASON"),
        ({"reason": HALF}, "RULE_REASON"),
    ],
)
def test_who_changes_a_rule_and_why_fits_its_columns(
    engine: Engine, logged: Logged, changes: dict[str, str], code: str
) -> None:
    said: dict[str, Any] = {"reason": "试点", "by": "王提出", "at": AT, "log": logged}

    def propose(**given: Any) -> int:
        with writing(engine) as connection:
            return proposing.propose_rule(connection, "T1", {"share_percent": 40}, {}, **{**said, **given})

    def decide(action: str, **given: Any) -> None:
        with writing(engine) as connection:
            getattr(proposing, action)(connection, 1, **{**said, "by": "李审核", **given})

    refused(code, lambda: propose(**changes))
    assert logged.entries == []
    propose()
    for action in ("activate", "reject"):
        refused(code, lambda action=action: decide(action, **changes))  # type: ignore[misc]
    assert logged.events == ["rule.proposed"]


@pytest.mark.parametrize(
    "other",
    [" wang li", "WANG LI", "Ｗａｎｇ　Ｌｉ", "WangLi", "Wang\u200bLi", "Wang-Li", "Wang.Li", "Wang\u00a0Li"],
)
def test_one_person_is_one_however_the_name_is_written(other: str) -> None:
    assert same_person("Wang Li", other)


@pytest.mark.parametrize(
    ("one", "other"), [("王一", "王二"), ("Wang", "Wang Li"), ("李·明", "李鸣"), ("--", "..")]
)
def test_two_persons_are_two(one: str, other: str) -> None:
    assert not same_person(one, other)
