"""Two at once with what is not a card: rules, the profile, parameters of the scores, the calendar, answers of a department."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, func, select

from hub.central.engine import reading, writing
from hub.central.tables.business import card_event
from hub.central.tables.exchange import exchange_log
from hub.central.tables.letters import card_answer
from hub.central.tables.rules import calendar_day, rule_profile, rule_proposal, rule_version, work_calendar
from hub.central.tables.scores import score_parameters
from hub.errors import StopError
from hub.ledger import chain
from hub.ledger.verify_database import verify_database
from hub.limits import load_limits
from hub.rawstore import RawStore
from hub.returning.answer_file import from_row
from hub.returning.judging import Desk, judge
from hub.scores import parameters
from hub.supervision import calendar, proposing
from hub.supervision.calendar import NamedDay, import_days
from hub.supervision.rules import current_profile, current_rules
from tests.support.at_once import as_if_one_by_one, at_once, codes
from tests.support.carded import ORGANIZATION, put_card
from tests.support.message import registration

AT = 1_795_000_000_000_000
FIRST, SECOND = "甲先手", "乙后手"


def log(connection: Connection, event: str, body: Mapping[str, Any], /) -> None:
    chain.append(connection, "hub", event, body, AT)


def propose(engine: Engine, share: int) -> int:
    with writing(engine) as connection:
        return proposing.propose_rule(
            connection, "T1", {"share_percent": share}, {}, reason="试点", by="王提出", at=AT, log=log
        )


def profiled(engine: Engine) -> int:
    with writing(engine) as connection:
        other = {"default": "qinhuangdao", "qinhuangdao": "default"}[current_profile(connection)]
        return proposing.propose_profile(connection, other, reason="试点", by="王提出", at=AT, log=log)


def decide(engine: Engine, action: str, number: int, name: str) -> None:
    with writing(engine) as connection:
        getattr(proposing, action)(connection, number, reason="同意", by=name, at=AT, log=log)


def library(engine: Engine, numbers: tuple[int, ...]) -> Any:
    """What became of proposals, how many versions came of them, and what the log has of them."""
    with reading(engine) as connection:
        decided = connection.execute(
            select(rule_proposal.c.state, rule_proposal.c.decided_by)
            .where(rule_proposal.c.id.in_(numbers))
            .order_by(rule_proposal.c.id)
        ).all()
        share = current_rules(connection)["T1"].value("share_percent")
        asked = connection.execute(
            select(rule_proposal.c.change, rule_proposal.c.id).where(rule_proposal.c.id.in_(numbers))
        ).all()
        shares = {json.loads(row.change)["values"]["share_percent"]: row.id for row in asked if row.change}
        versions = connection.execute(
            select(rule_version.c.version).where(rule_version.c.rule == "T1")
        ).scalars()
        assert sorted(versions) == list(range(1, current_rules(connection)["T1"].version + 1))
        profiles = connection.execute(select(rule_profile.c.version)).scalars().all()
        assert sorted(profiles) == list(range(1, len(profiles) + 1))
        bodies = connection.execute(
            select(exchange_log.c.event, exchange_log.c.body).order_by(exchange_log.c.seq)
        )
        logged = [row.event for row in bodies if json.loads(row.body).get("proposal") in numbers]
    return (
        tuple(map(tuple, decided)),
        numbers.index(shares[share]) if share in shares else None,
        tuple(sorted(logged)),
    )


def test_a_proposal_is_decided_once(any_supervised: Engine) -> None:
    engine, shares = any_supervised, iter(range(30, 60))
    for pair in (("activate", "activate"), ("activate", "reject"), ("reject", "reject")):
        deeds = [
            lambda numbers, action=action, name=name: decide(engine, action, numbers[0], name)
            for action, name in zip(pair, (FIRST, SECOND), strict=True)
        ]
        for make in (propose, profiled):
            failures = as_if_one_by_one(
                lambda make=make: (propose(engine, next(shares)) if make is propose else profiled(engine),),
                deeds,
                lambda numbers: library(engine, numbers),
            )
            assert sorted(map(str, codes(failures))) == ["None", "RULE_PROPOSAL"]
            [told] = [each for each in failures if isinstance(each, StopError)]
            assert (FIRST if failures[0] is None else SECOND) in told.message_zh
    with reading(engine) as connection:
        assert verify_database(connection).ok


def test_of_two_proposals_about_one_rule_one_is_activated_and_the_other_is_stale(
    any_supervised: Engine,
) -> None:
    engine, shares = any_supervised, iter(range(30, 60))
    failures = as_if_one_by_one(
        lambda: (propose(engine, next(shares)), propose(engine, next(shares))),
        [
            lambda numbers: decide(engine, "activate", numbers[0], FIRST),
            lambda numbers: decide(engine, "activate", numbers[1], SECOND),
        ],
        lambda numbers: library(engine, numbers),
    )
    assert sorted(map(str, codes(failures))) == ["None", "RULE_STALE"]
    # And of two that are about the profile the second finds that it is so already.
    numbers = profiled(engine), profiled(engine)
    failures = at_once(*(lambda n=n: decide(engine, "activate", n, FIRST) for n in numbers))
    assert sorted(map(str, codes(failures))) == ["None", "RULE_SAME"]


def test_of_two_who_enter_parameters_of_the_scores_the_second_is_told_who_was_first(
    any_supervised: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = any_supervised

    def enter(name: str, value: int) -> None:
        with writing(engine) as connection:
            parameters.set_values(connection, {"floor": value}, reason="试行", by=name, at=AT, log=log)

    failures = at_once(lambda: enter(FIRST, 1), lambda: enter(SECOND, 2))
    # Who comes after the first has committed builds on it; who looked at the same version is refused.
    for failure in failures:
        if failure is not None:
            assert codes([failure]) == ("SCORE_CHANGED",)
    with reading(engine) as connection:
        count = connection.execute(select(func.count()).select_from(score_parameters)).scalar_one()
    assert count == sum(failure is None for failure in failures)
    old = parameters.current

    def slow(connection: Connection) -> parameters.Parameters:
        found = old(connection)
        monkeypatch.setattr(parameters, "current", old)
        if engine.dialect.name != "sqlite":  # there one writer waits for the other before it looks
            enter(FIRST, 3)
        return found

    monkeypatch.setattr(parameters, "current", slow)
    if engine.dialect.name != "sqlite":
        with pytest.raises(StopError, match="SCORE_CHANGED") as caught:
            enter(SECOND, 4)
        assert FIRST in caught.value.message_zh
        assert FIRST in caught.value.message_en


def test_two_imports_of_the_calendar_are_two_versions_and_both_hold(any_supervised: Engine) -> None:
    engine = any_supervised

    def bring(day: date, region: str) -> None:
        with writing(engine) as connection:
            import_days(connection, [NamedDay(day, False, region, "州庆")], at_us=AT)

    days = ((date(2025, 7, 22), "4331"), (date(2025, 3, 31), "45"), (date(2025, 7, 21), "4331"))
    failures = at_once(*(lambda day=day, region=region: bring(day, region) for day, region in days))
    assert codes(failures) == (None, None, None)
    with reading(engine) as connection:
        versions = select(calendar_day.c.version).where(calendar_day.c.source == "州庆")
        entered = sorted(connection.execute(versions).scalars())
        assert len(set(entered)) == 3
        assert calendar.version(connection) == max(entered)
        for day, region in days:
            is_workday = select(work_calendar.c.is_workday).where(
                work_calendar.c.scope == region, work_calendar.c.day == day
            )
            assert connection.execute(is_workday).scalars().all() == [0]


def test_the_same_answer_of_a_department_brought_twice_at_once_is_one_answer(
    any_supervised: Engine, tmp_path: Path
) -> None:
    def tell(connection: Connection, event: str, body: Mapping[str, Any], /) -> None:
        log(connection, event, body)

    found = registration(connector={"kind": "memory"})
    desk = Desk(any_supervised, RawStore(tmp_path / "raw"), found, load_limits({}), tell)
    for kind in ("answer", "appeal"):
        with writing(any_supervised) as connection:
            card_id = put_card(connection, case_no=kind)
        row = {"id": kind, "kind": kind, "card_id": card_id, "org_code": ORGANIZATION, "person": "李四"}
        row["content"] = "已整改"
        outcomes: list[Any] = []

        def bring(row: dict[str, Any] = row, outcomes: list[Any] = outcomes, kind: str = kind) -> None:
            outcomes.append(judge(desk, kind, kind[1] * 64, lambda: from_row(row, found.code)))

        assert codes(at_once(bring, bring, bring)) == (None, None, None)
        assert [each.error for each in outcomes] == [None] * 3
        with reading(any_supervised) as connection:
            events = select(func.count()).select_from(card_event).where(card_event.c.card_id == card_id)
            assert connection.execute(events).scalar_one() == 2
            answers = select(card_answer.c.outcome).where(card_answer.c.card_id == card_id)
            assert connection.execute(answers).scalars().all() == ["accepted"]
