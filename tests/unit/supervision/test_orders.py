"""Supervision orders: the hands that they go through, their deadlines, their card, and what is too late (T10, T11)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from hub.central.engine import reading, writing
from hub.central.tables.business import card, card_event, order_hand, supervision_order
from hub.central.tables.rules import rule_profile, rule_version
from hub.clock import start_of
from hub.supervision import ordering
from hub.supervision.calendar import NamedDay, import_days
from hub.supervision.change import Seen
from hub.supervision.hands import FINISHED, GONE, PASSINGS
from hub.supervision.listing import Wanted as CardsWanted
from hub.supervision.listing import list_cards
from hub.supervision.order_listing import Wanted, list_orders
from tests.oracle.judging import supervise
from tests.oracle.lives import Life, on
from tests.oracle.loading import clear, put
from tests.support.cards import (
    AT,
    DAY,
    ORGANIZATION,
    Logged,
    begin_order,
    do,
    hand,
    refused,
    shown,
    shown_order,
)

FIELDS = {
    "supervisor",
    "org_name",
    "item_name",
    "item_code",
    "monitor",
    "started_at",
    "ended_at",
    "state",
    "result",
}
"""监察业务库: 监察部门, 被督办单位, 事项名称, 事项编码, 监察监控人员, 督办发起时间, 督办结束时间, 督办状态, 督办结果."""


def day(text: str) -> date:
    return date.fromisoformat(text)


def cards(engine: Engine) -> list[tuple[str, str | None, int, str]]:
    with reading(engine) as connection:
        return [(c["rule"], c["subject"], c["level"], c["state"]) for c in list_cards(connection)]


def test_an_order_goes_from_hand_to_hand_and_its_end_closes_the_card(yellow: Engine, logged: Logged) -> None:
    order_id = begin_order(yellow, monitor="赵监控", log=logged)
    assert shown(yellow)["state"] == "督办"
    states = [
        hand(yellow, action, order_id, log=logged)["state"] for action in ("approve", "sign", "feedback")
    ]
    assert states == ["待签收", "待反馈", "待办结"]
    hand(yellow, "finish", order_id, opinion="已整改到位", log=logged)
    order = shown_order(yellow, order_id)
    assert set(order) >= FIELDS
    assert (order["supervisor"], order["org_name"], order["monitor"]) == (
        "监察局",
        "长沙市自然资源和规划局",
        "赵监控",
    )
    assert (order["item_code"], order["state"], order["result"]) == ("I1", "已办结", "已整改到位")
    assert order["started_at"] == order["ended_at"] == "2025-03-12T00:00:00+08:00"
    assert [(h["hand"], h["role"], h["action"]) for h in order["hands"]] == [
        ("发起", "supervisor", "start"),
        ("审核", "supervisor", "approve"),
        ("签收", "department", "sign"),
        ("反馈", "department", "feedback"),
        ("办结", "supervisor", "finish"),
    ]
    found = shown(yellow)
    assert (found["state"], found["orders"]) == ("办结", [order_id])
    assert logged.events == [
        "card.ordered", "order.started", "order.passed", "order.passed", "order.passed", "order.finished", "card.closed",
    ]  # fmt: skip


def test_each_hand_has_its_deadline_in_working_days(yellow: Engine) -> None:
    begin_order(yellow)  # Wednesday 12 March 2025
    hand(yellow, "approve")
    hand(yellow, "sign", at=AT + DAY)
    hand(yellow, "feedback", at=AT + 2 * DAY)  # Friday
    assert [h["due_on"] for h in shown_order(yellow)["hands"]] == [
        "2025-03-12", "2025-03-14", "2025-03-13", "2025-03-27", "2025-03-21",
    ]  # fmt: skip
    assert shown_order(yellow)["due_on"] == "2025-03-21"


def test_a_hand_may_return_the_order_to_the_one_before(yellow: Engine) -> None:
    begin_order(yellow)
    assert hand(yellow, "return", opinion="理由不充分")["state"] == "待发起"
    refused("ORDER_TRANSITION", lambda: hand(yellow, "return"))
    assert hand(yellow, "submit", opinion="补充理由")["state"] == "待审核"
    hand(yellow, "approve")
    assert hand(yellow, "return", role="department", opinion="非我单位事项")["state"] == "待审核"
    hand(yellow, "approve")
    hand(yellow, "sign")
    hand(yellow, "feedback")
    assert hand(yellow, "return", opinion="反馈不具体")["state"] == "待反馈"
    assert [h["hand"] for h in shown_order(yellow)["hands"]] == [
        "发起", "审核", "发起", "审核", "签收", "审核", "签收", "反馈", "办结", "反馈",
    ]  # fmt: skip


def test_an_order_may_be_recalled_until_the_department_has_signed(yellow: Engine) -> None:
    do(yellow, "answer", text="x")
    begin_order(yellow)
    hand(yellow, "recall", opinion="误发起")
    assert (shown(yellow)["state"], shown_order(yellow)["state"]) == ("已反馈", "已撤销")
    second = begin_order(yellow)
    hand(yellow, "approve", second)
    hand(yellow, "sign", second)
    told = refused("ORDER_TRANSITION", lambda: hand(yellow, "recall", second))
    assert "反馈" in told.remedy_zh


@pytest.mark.parametrize(
    ("action", "given", "code"),
    [
        ("sign", {}, "ORDER_TRANSITION"),
        ("finish", {}, "ORDER_TRANSITION"),
        ("withdraw", {}, "ORDER_ROLE"),
        ("approve", {"role": "department"}, "ORDER_ROLE"),
        ("approve", {"opinion": " "}, "CARD_TEXT"),
        ("approve", {"by": ""}, "CARD_WHO"),
        ("approve", {"order_id": 9}, "ORDER_UNKNOWN"),
    ],
)
def test_what_a_hand_may_not_do_is_refused_and_changes_nothing(
    yellow: Engine, action: str, given: dict[str, Any], code: str
) -> None:
    begin_order(yellow)
    before = shown_order(yellow)
    refused(code, lambda: hand(yellow, action, **given))
    assert shown_order(yellow) == before


def test_a_card_in_an_order_is_answered_on_the_order(yellow: Engine) -> None:
    begin_order(yellow)
    told = refused("CARD_TRANSITION", lambda: do(yellow, "answer", text="x"))
    assert "督办单" in told.remedy_zh
    refused("CARD_TRANSITION", lambda: begin_order(yellow))


def test_who_acts_on_an_order_that_moved_on_is_told_what_happened(yellow: Engine) -> None:
    begin_order(yellow)
    seen = Seen(version=shown_order(yellow)["version"])
    hand(yellow, "approve", by="陈审核", seen=seen)
    told = refused("ORDER_CHANGED", lambda: hand(yellow, "approve", seen=seen))
    assert "陈审核 审核通过" in told.message_zh


@pytest.mark.parametrize("passed", [(), ("approve",), ("approve", "sign"), ("approve", "sign", "feedback")])
def test_the_order_of_a_withdrawn_card_ends_withdrawn_whatever_hand_has_it(
    yellow: Engine, logged: Logged, passed: tuple[str, ...]
) -> None:
    begin_order(yellow)
    for action in passed:
        hand(yellow, action)
    do(yellow, "withdraw", reason="误发", log=logged)
    order = shown_order(yellow)
    assert (order["state"], order["ended_at"]) == ("已撤销", "2025-03-12T00:00:00+08:00")
    assert logged.events == ["order.withdrawn", "card.withdrawn"] or logged.events == [
        "card.withdrawn", "order.withdrawn",
    ]  # fmt: skip


def test_late_data_withdraw_a_card_and_its_order(yellow: Engine, logged: Logged) -> None:
    begin_order(yellow)
    with writing(yellow) as connection:
        clear(connection)
        put(connection, [Life(on("2025-03-03 09:00"), promised=40)])
    supervise(yellow, today=day("2025-03-13"), log=logged)
    assert cards(yellow) == [("T2", None, 2, "撤销")]
    assert shown_order(yellow)["state"] == "已撤销"
    assert sorted(logged.events) == ["card.withdrawn", "order.withdrawn"]
    again = supervise(yellow, today=day("2025-03-13"))
    assert not again.withdrawn


@pytest.mark.parametrize(
    "before",
    [("answer",), ("appeal",), ("appeal", "uphold"), ("answer", "order"), ("escalate",)],
)
def test_late_data_withdraw_a_card_whatever_people_have_done_with_it(
    yellow: Engine, before: tuple[str, ...]
) -> None:
    for action in before:
        if action == "order":
            begin_order(yellow)
        else:
            do(yellow, action, **({"text": "x"} if action in ("answer", "appeal") else {"reason": "x"}))
    with writing(yellow) as connection:
        clear(connection)
        put(connection, [Life(on("2025-03-03 09:00"), promised=40)])
    supervise(yellow, today=day("2025-03-13"))
    found = shown(yellow)
    assert (found["state"], found["events"][-1]["action"], found["events"][-1]["role"]) == (
        "撤销",
        "withdraw",
        "hub",
    )
    assert found["events"][-1]["before"]["state"] != "撤销"


# Orders by hand, and the list


def by_hand(engine: Engine, **given: Any) -> int:
    matter = ordering.Matter(ORGANIZATION, "长沙市自然资源和规划局", item_code="I1", item_name="事项")
    said = {"supervisor": "监察局", "reason": "专项检查", "by": "王监察", "at": AT, "log": None}
    with writing(engine) as connection:
        return ordering.start_by_hand(connection, given.pop("matter", matter), **{**said, **given})


def listed(engine: Engine) -> list[dict[str, Any]]:
    with reading(engine) as connection:
        return list(list_orders(connection, Wanted()))


def test_an_order_needs_no_card(yellow: Engine) -> None:
    order_id = by_hand(yellow)
    for action in ("approve", "sign", "feedback", "finish"):
        hand(yellow, action, order_id)
    order = shown_order(yellow, order_id)
    assert (order["card_id"], order["state"], order["item_name"]) == (None, "已办结", "事项")
    assert shown(yellow)["state"] == "已发"


def test_an_order_by_hand_names_its_organisation_and_is_the_supervisors(yellow: Engine) -> None:
    refused("ORDER_MATTER", lambda: by_hand(yellow, matter=ordering.Matter("1143", "局")))
    refused("ORDER_ROLE", lambda: by_hand(yellow, role="department"))


def test_an_order_by_hand_is_about_a_system_and_a_case_that_are_there(yellow: Engine) -> None:
    seen = shown(yellow)
    matter = ordering.Matter(ORGANIZATION, "长沙市自然资源和规划局")
    there = replace(matter, system=seen["system"], case_no=seen["case_no"])
    assert shown_order(yellow, by_hand(yellow, matter=there))["case_no"] == seen["case_no"]
    for slip in (
        replace(there, case_no=f"{seen['case_no']}0"),
        replace(there, system="nobody"),
        replace(there, system=None),
        replace(matter, system="nobody"),
    ):
        refused("ORDER_ABOUT", partial(by_hand, yellow, matter=slip))
    assert [order["order_id"] for order in listed(yellow)] == [1]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(), [1, 2]),
        (Wanted(state="待签收"), [1]),
        (Wanted(card_id=1), [1]),
        (Wanted(organization=ORGANIZATION), [1, 2]),
        (Wanted(system="land-bureau"), [1]),
        (Wanted(open_only=True), [1, 2]),
        (Wanted(overdue_on=day("2025-03-13")), []),
        (Wanted(overdue_on=day("2025-03-14")), [1]),
    ],
)
def test_orders_are_found_by_what_is_asked(yellow: Engine, wanted: Wanted, found: list[int]) -> None:
    begin_order(yellow)
    hand(yellow, "approve")
    by_hand(yellow)
    with reading(yellow) as connection:
        assert [each["order_id"] for each in list_orders(connection, wanted)] == found


def test_a_hand_due_on_friday_is_listed_as_overdue_from_monday_and_a_card_likewise(yellow: Engine) -> None:
    with writing(yellow) as connection:
        connection.execute(update(card).values(feedback_due_on=day("2025-03-14")))
    for on_day, found in (("2025-03-16", []), ("2025-03-17", [1])):
        with reading(yellow) as connection:
            wanted = CardsWanted(overdue_on=day(on_day))
            assert [each["card_id"] for each in list_cards(connection, wanted)] == found
    begin_order(yellow)  # its review is due on Friday 14 March
    for on_day, found in (("2025-03-16", []), ("2025-03-17", [1])):
        with reading(yellow) as connection:
            assert [e["order_id"] for e in list_orders(connection, Wanted(overdue_on=day(on_day)))] == found


# T11: a hand past its last day


def test_t11_a_hand_past_its_last_day_is_one_level_up_once(yellow: Engine) -> None:
    begin_order(yellow)
    hand(yellow, "approve")
    hand(yellow, "sign")
    supervise(yellow, today=day("2025-03-26"))  # the answer's last day
    assert [rule for rule, *_ in cards(yellow) if rule == "T11"] == []
    supervise(yellow, today=day("2025-03-27"))
    supervise(yellow, today=day("2025-03-28"))
    assert [each for each in cards(yellow) if each[0] == "T11"] == [("T11", "order 1/4", 3, "已发")]
    found = next(shown(yellow, n) for n in range(1, 9) if shown(yellow, n)["rule"] == "T11")
    assert (found["org_uscc"], found["step"], found["case_no"], found["due_on"]) == (
        ORGANIZATION,
        "反馈",
        "C1",
        "2025-03-26",
    )


def test_t11_a_hand_that_was_done_late_stays_late_and_one_done_in_time_is_not(yellow: Engine) -> None:
    begin_order(yellow)
    hand(yellow, "approve", at=start_of(day("2025-03-17")))  # due on Friday 14
    hand(yellow, "sign", at=start_of(day("2025-03-18")))
    supervise(yellow, today=day("2025-03-18"))
    late = [each for each in cards(yellow) if each[0] == "T11"]
    assert late == [("T11", "order 1/2", 3, "已发")]


def test_t11_what_was_due_on_friday_is_in_time_on_sunday(yellow: Engine) -> None:
    begin_order(yellow)  # its review is due on Friday 14 March
    hand(yellow, "approve", at=start_of(day("2025-03-16")))
    supervise(yellow, today=day("2025-03-17"), only=("T11",))
    assert [each for each in cards(yellow) if each[0] == "T11"] == []
    assert [each["late"] for each in shown_order(yellow)["hands"]] == [False, False, False]


def test_t11_the_hand_of_the_supervisor_is_the_supervisors(yellow: Engine) -> None:
    begin_order(yellow)
    supervise(yellow, today=day("2025-03-17"))
    found = next(shown(yellow, n) for n in range(1, 9) if shown(yellow, n)["rule"] == "T11")
    assert (found["org_uscc"], found["org_name"], found["step"]) == (None, "监察局", "审核")


def test_t11_falls_with_its_order(yellow: Engine) -> None:
    begin_order(yellow)
    supervise(yellow, today=day("2025-03-17"))
    do(yellow, "withdraw", reason="误发")
    supervise(yellow, today=day("2025-03-17"))
    assert {(rule, state) for rule, _, _, state in cards(yellow) if rule in ("T2", "T11")} == {
        ("T2", "撤销"),
        ("T11", "撤销"),
    }


# 秦皇岛: the red light is an order


def under(engine: Engine, profile: str) -> None:
    given = {"profile": profile, "version": 1, "reason": "方案", "valid_from": AT}
    with writing(engine) as connection:
        for table in (order_hand, supervision_order, card_event, card):
            connection.execute(table.delete())
        clear(connection)
        connection.execute(rule_profile.insert().values(**given))


def lives(engine: Engine, *given: Life) -> None:
    with writing(engine) as connection:
        clear(connection)
        put(connection, list(given))


@pytest.mark.parametrize("limit", ["promised", "statutory"])
def test_in_qinhuangdao_the_red_light_begins_with_one_order(
    yellow: Engine, logged: Logged, limit: str
) -> None:
    under(yellow, "qinhuangdao")
    lives(yellow, Life(on("2025-03-03 09:00"), **{limit: 4}))
    supervise(yellow, today=day("2025-03-10"), log=logged)
    rule = "T2" if limit == "promised" else "T3"
    assert cards(yellow) == [(rule, None, 3, "督办")]
    assert logged.events == ["card.raised", "card.ordered", "order.started"]
    with reading(yellow) as connection:
        [order] = list_orders(connection)
    assert (order["state"], order["level"], order["org_uscc"]) == ("待审核", 3, ORGANIZATION)
    supervise(yellow, today=day("2025-03-11"))
    with reading(yellow) as connection:
        assert len(list(list_orders(connection))) == 1
    lives(yellow, Life(on("2025-03-03 09:00"), **{limit: 40}))
    supervise(yellow, today=day("2025-03-11"))
    assert cards(yellow) == [(rule, None, 3, "撤销")]
    assert shown_order(yellow, order["order_id"])["state"] == "已撤销"


def test_by_default_the_red_card_begins_without_an_order(yellow: Engine, logged: Logged) -> None:
    lives(yellow, Life(on("2025-03-03 09:00"), statutory=4))
    supervise(yellow, today=day("2025-03-10"), log=logged)
    assert ("T3", None, 3, "已发") in cards(yellow)
    assert "order.started" not in logged.events


def test_in_qinhuangdao_a_provisional_red_light_has_its_order_once_it_is_issued(
    yellow: Engine, logged: Logged
) -> None:
    under(yellow, "qinhuangdao")
    lives(yellow, Life(on("2026-12-28 09:00"), promised=5))
    supervise(yellow, today=day("2027-01-11"), log=logged)
    assert [(rule, state) for rule, _, _, state in cards(yellow) if rule == "T2"] == [("T2", "待发")]
    assert "order.started" not in logged.events
    with writing(yellow) as connection:
        import_days(connection, [NamedDay(day("2027-01-01"), False, "", "test")], publishes=[2027])
    supervise(yellow, today=day("2027-01-12"), log=logged)
    assert [(rule, state) for rule, _, _, state in cards(yellow) if rule == "T2"] == [("T2", "督办")]
    assert logged.events.count("order.started") == 1


def switch(engine: Engine, profile: str, version: int = 1) -> None:
    given = {"profile": profile, "version": version, "reason": "方案", "valid_from": AT}
    with writing(engine) as connection:
        connection.execute(rule_profile.insert().values(**given))


def test_a_change_to_qinhuangdao_gives_open_cards_their_order_visibly_and_once(
    yellow: Engine, logged: Logged
) -> None:
    switch(yellow, "qinhuangdao")
    found = supervise(yellow, today=day("2025-03-11"), log=logged)
    assert (found.relevelled["T2"], found.ordered["T2"]) == (1, 1)
    assert logged.events == ["card.relevelled", "card.ordered", "order.started"]
    assert (shown(yellow)["level"], shown(yellow)["state"], shown_order(yellow)["state"]) == (
        3,
        "督办",
        "待审核",
    )
    assert not supervise(yellow, today=day("2025-03-11")).ordered
    hand(yellow, "recall")  # people want none
    assert not supervise(yellow, today=day("2025-03-12")).ordered
    switch(yellow, "default", 2)
    assert supervise(yellow, today=day("2025-03-12")).relevelled["T2"] == 1
    assert (shown(yellow)["level"], shown(yellow)["state"]) == (2, "已发")


@pytest.mark.parametrize(("deed", "state"), [("answer", "已反馈"), ("appeal", "申诉中")])
def test_a_change_of_profile_orders_nothing_that_people_are_at(yellow: Engine, deed: str, state: str) -> None:
    do(yellow, deed, text="已说明")
    switch(yellow, "qinhuangdao")
    assert not supervise(yellow, today=day("2025-03-12")).ordered
    assert (shown(yellow)["level"], shown(yellow)["state"]) == (3, state)


@pytest.mark.parametrize(("profile", "light"), [("default", "黄牌"), ("qinhuangdao", "红牌")])
def test_what_takes_over_a_warning_is_named_by_the_profile(
    yellow: Engine, logged: Logged, profile: str, light: str
) -> None:
    under(yellow, profile)
    lives(yellow, Life(on("2025-03-03 09:00"), promised=6))
    supervise(yellow, today=day("2025-03-10"))
    supervise(yellow, today=day("2025-03-13"), everything=False, log=logged)
    [closed] = [body for event, body in logged.entries if event == "card.closed"]
    assert closed["reason"].startswith(f"已超过承诺时限，转为{light}")


# T10: one level above red is an order


def red(engine: Engine) -> None:
    do(engine, "escalate", reason="情节较重")


def test_t10_above_a_red_card_an_order_begins_once(yellow: Engine, logged: Logged) -> None:
    red(yellow)
    with writing(yellow) as connection:  # of the case only the yellow card is looked at here
        connection.execute(update(card).where(card.c.rule == "T2").values(rule="T4"))
    supervise(yellow, today=day("2025-04-22"), only=("T10",))
    assert len(cards(yellow)) == 1
    supervise(yellow, today=day("2025-04-23"), only=("T10",), log=logged)
    supervise(yellow, today=day("2025-04-24"), only=("T10",))
    assert cards(yellow)[1:] == [("T10", "card 1", 3, "督办")]
    order = shown_order(yellow)
    assert (order["card_id"], order["state"], order["org_uscc"]) == (2, "待审核", ORGANIZATION)
    assert logged.events == ["card.raised", "card.ordered", "order.started"]
    assert shown(yellow)["escalated_by"] == [2]
    do(yellow, "withdraw", reason="误发")
    supervise(yellow, today=day("2025-04-24"), only=("T10",))
    assert [state for *_, state in cards(yellow)] == ["撤销", "撤销"]
    assert shown_order(yellow)["state"] == "已撤销"


@pytest.mark.parametrize(
    ("answered", "escalates"), [("2025-04-22", False), ("2025-04-23", True), (None, True)]
)
def test_t10_an_answer_after_the_deadline_does_not_cure_it(
    yellow: Engine, answered: str | None, escalates: bool
) -> None:
    if answered:
        do(yellow, "answer", text="x", at=start_of(day(answered)))
    supervise(yellow, today=day("2025-04-24"), only=("T10",))
    assert (("T10", "card 1", 3, "已发") in cards(yellow)) is escalates


@pytest.mark.parametrize(("started", "escalates"), [("2025-04-22", False), ("2025-04-23", True)])
def test_t10_leaves_a_card_alone_that_became_an_order_in_time(
    yellow: Engine, started: str, escalates: bool
) -> None:
    begin_order(yellow, at=start_of(day(started)))
    supervise(yellow, today=day("2025-04-24"), only=("T10",))
    assert (("T10", "card 1", 3, "已发") in cards(yellow)) is escalates


# An unpublished year: what rests on presumed working days waits


def of_2027(engine: Engine) -> None:
    """The card and the order's open hand were issued in 2026, and their last days lie in 2027, which is unpublished."""
    issued, due = day("2026-12-07"), day("2027-01-18")
    with writing(engine) as connection:
        connection.execute(update(card).values(rule="T4", issued_on=issued, feedback_due_on=due))
        connection.execute(
            update(order_hand).where(order_hand.c.done_on.is_(None)).values(opened_on=issued, due_on=due)
        )


def publish_2027(engine: Engine) -> None:
    with writing(engine) as connection:
        import_days(connection, [NamedDay(day("2027-01-01"), False, "", "国办")], publishes=[2027])


def above(engine: Engine) -> list[tuple[str, str, int]]:
    with reading(engine) as connection:
        rows = [(c["rule"], c["state"], int(c["provisional"])) for c in list_cards(connection)]
    return [row for row in rows if row[0] in ("T10", "T11")]


@pytest.mark.parametrize("rule", ["T10", "T11"])
def test_what_is_late_by_presumed_days_waits_until_the_year_is_published(yellow: Engine, rule: str) -> None:
    if rule == "T11":
        begin_order(yellow)
    of_2027(yellow)
    for _ in range(2):
        supervise(yellow, today=day("2027-01-20"), only=(rule,))
        assert above(yellow) == [(rule, "待发", 1)]
    publish_2027(yellow)
    supervise(yellow, today=day("2027-01-20"), only=(rule,))
    assert above(yellow) == [(rule, "已发", 0)]


def test_an_order_above_a_red_card_begins_only_when_the_year_is_published(yellow: Engine) -> None:
    red(yellow)
    of_2027(yellow)
    supervise(yellow, today=day("2027-01-20"), only=("T10",))
    assert above(yellow) == [("T10", "待发", 1)]
    with reading(yellow) as connection:
        assert list(list_orders(connection, Wanted())) == []
    publish_2027(yellow)
    supervise(yellow, today=day("2027-01-20"), only=("T10",))
    assert (above(yellow), shown_order(yellow)["card_id"]) == ([("T10", "督办", 0)], 2)


def test_the_hub_closes_nothing_that_people_are_still_deciding(yellow: Engine) -> None:
    """A warning whose case is past by now is closed, unless it is appealed against: then after the decision."""
    with writing(yellow) as connection:
        connection.execute(card.delete())
        connection.execute(card_event.delete())
        clear(connection)
        put(connection, [Life(on("2025-03-03 09:00"), promised=6)])
    supervise(yellow, today=day("2025-03-10"))
    assert [rule for rule, *_ in cards(yellow)] == ["T1"]
    with reading(yellow) as connection:
        [warning] = connection.execute(select(card.c.card_id)).scalars()
    do(yellow, "appeal", warning, text="x")
    supervise(yellow, today=day("2025-03-13"), everything=False)
    assert shown(yellow, warning)["state"] == "申诉中"
    do(yellow, "uphold", warning, reason="x")
    supervise(yellow, today=day("2025-03-13"), everything=False)
    assert shown(yellow, warning)["state"] == "办结"


def test_a_rule_that_gets_another_level_takes_its_open_cards_along_visibly(
    yellow: Engine, logged: Logged
) -> None:
    with writing(yellow) as connection:
        rule = {"rule": "T2", "version": 2, "reason": "从严", "valid_from": AT}
        first = connection.execute(
            select(rule_version.c.definition).where(rule_version.c.rule == "T2")
        ).scalar_one()
        stricter = {**json.loads(first), "levels": {"default": 3, "qinhuangdao": 3}}
        connection.execute(rule_version.insert().values(**rule, definition=json.dumps(stricter)))
    found = supervise(yellow, today=day("2025-03-13"), log=logged)
    assert found.relevelled["T2"] == 1
    card_ = shown(yellow)
    assert (card_["level"], card_["rule_version"], card_["state"]) == (3, 2, "已发")
    event = card_["events"][-1]
    assert (event["action"], event["before"]["level"], event["after"]["level"]) == ("relevel", 2, 3)
    assert logged.entries[0][0] == "card.relevelled"
    assert not supervise(yellow, today=day("2025-03-13")).relevelled


def test_no_order_comes_back_from_its_end() -> None:
    assert {each.state for each in PASSINGS}.isdisjoint({FINISHED, GONE})


def test_what_an_order_refuses_is_told_in_english_too(yellow: Engine) -> None:
    begin_order(yellow)
    told = refused("ORDER_TRANSITION", lambda: hand(yellow, "finish"))
    assert told.message_en == (
        "Order 1 is to be reviewed (2025-03-12T00:00:00+08:00 王监察: start); not possible: finish (finish)"
    )
