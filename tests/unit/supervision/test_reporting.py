"""What was reported, by tables of examples: finished late, overdue, lost and silent, off the balance, never mended."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, delete, insert, select, text, update

from hub.central.engine import writing
from hub.central.tables import exchange, metadata, process
from hub.central.tables.business import card
from hub.supervision import units
from hub.supervision.judge import AsOf, Judging, all_cases, counts, forget, judge, judge_units
from hub.supervision.rules import shipped_rules
from hub.supervision.run import supervise
from tests.oracle.lives import Life, Moment, Pause
from tests.oracle.loading import SYSTEM, clear, put, register

Row = dict[str, Any]


def micros(at: str) -> int:
    """An instant of UTC+8 in microseconds."""
    return int((datetime.fromisoformat(at) - timedelta(hours=8)).replace(tzinfo=UTC).timestamp()) * 1_000_000


def moment(at: str) -> Moment:
    """A time to the second of 2025."""
    return Moment(date.fromisoformat(f"2025-{at[:5]}"), micros(f"2025-{at}"))


def life(**more: Any) -> Life:
    """Accepted on Monday 3 March 2025 with a promise of 4 working days: the last day is Friday 7 March."""
    return Life(**{"accepted": moment("03-03T10:00:00"), "promised": 4, "promised_unit": "W", **more})


def found(connection: Connection, told: Life, today: str) -> set[str]:
    """Which of E2 and E3 hold as of the end of a day of 2025."""
    clear(connection)
    put(connection, [told])
    day = date.fromisoformat(f"2025-{today}")
    all_cases(connection, "test_", AsOf(micros(f"{day + timedelta(days=1)}T00:00:00"), day))
    judge(connection, "test_", Judging(shipped_rules()), ("E2", "E3"))
    rules = set(connection.execute(text("SELECT rule FROM test_finding")).scalars())
    forget(connection, "test_")
    return rules


OPEN: dict[str, Row] = {
    "working days": {},
    "natural days": {"promised": 4, "promised_unit": "D"},
    "hours": {"promised": 96, "promised_unit": "H"},
}


@pytest.mark.parametrize("more", OPEN.values(), ids=OPEN)
def test_an_open_case_is_overdue_once_five_working_days_of_grace_are_over(engine: Engine, more: Row) -> None:
    with writing(engine) as connection:
        # Hours run out at 10:00 of Friday; the rest of that day is past the limit, and counts as no day after it.
        for today, expected in (("03-10", set()), ("03-14", set()), ("03-16", set()), ("03-17", {"E3"})):
            assert found(connection, life(**more), today) == expected, today


def test_pauses_do_not_use_up_the_grace(engine: Engine) -> None:
    with writing(engine) as connection:
        paused = life(
            pauses=(Pause(1, "2", moment("03-11T09:00:00"), 60, "W"),), ends=((1, moment("03-13T09:00:00")),)
        )
        assert found(connection, paused, "03-18") == set()
        assert found(connection, paused, "03-19") == {"E3"}


def test_who_finished_late_is_told_so_and_is_overdue_no_more(engine: Engine) -> None:
    with writing(engine) as connection:
        assert found(connection, life(completed=moment("03-09T12:00:00")), "03-31") == set()
        assert found(connection, life(completed=moment("03-10T00:00:00")), "03-31") == {"E2"}
        late = life(completed=moment("03-31T09:00:00"))
        assert found(connection, late, "03-30") == {"E3"}
        assert found(connection, late, "03-31") == {"E2"}


def test_without_acceptance_or_limit_neither_is_judged(engine: Engine) -> None:
    with writing(engine) as connection:
        for told, reason in ((life(promised=None), "no_limit"), (life(status="2"), "not_accepted")):
            clear(connection)
            put(connection, [Life(**{**_fields(told), "completed": moment("03-31T09:00:00")})])
            all_cases(connection, "test_", AsOf(micros("2025-04-02T00:00:00"), date(2025, 4, 1)))
            judge(connection, "test_", Judging(shipped_rules()), ("E2", "E3"))
            assert counts(connection, "test_", Judging(shipped_rules()), ("E2",)).not_judged["E2"] == {
                reason: 1
            }
            forget(connection, "test_")


def _fields(told: Life) -> Row:
    return {name: getattr(told, name) for name in told.__dataclass_fields__}


def returned(
    connection: Connection, today: str, *events: tuple[str, str], delivers: set[str] | None = None
) -> set[str]:
    """E4 of a case whose step 2 sent it back on Monday 10 March 2025, and of which `events` (table, day) tell more."""
    clear(connection)
    connection.execute(delete(process.step))
    put(connection, [life(promised=None)])
    steps = [{"case_id": 1, "seq": 1, "action": "4", **_at("started", "03-03"), **_at("ended", "03-03")},
             {"case_id": 1, "seq": 2, "action": "7", **_at("started", "03-04"), **_at("ended", "03-10")}]  # fmt: skip
    connection.execute(insert(process.step), steps)
    for table, day in events:
        name, key = {"step": ("started", {"seq": 3}), "completion": ("completed", {"result": "1"}),
                     "correction_notice": ("notified", {"seq": 1}), "special_procedure": ("started", {"seq": 1}),
                     "correction_receipt": ("received", {"ordinal": 1})}[table]  # fmt: skip
        connection.execute(insert(metadata.tables[table]), [{"case_id": 1, **key, **_at(name, day)}])
    on = date.fromisoformat(f"2025-{today}")
    all_cases(connection, "test_", AsOf(micros(f"{on + timedelta(days=1)}T00:00:00"), on))
    judging = Judging(shipped_rules(), {} if delivers is None else {SYSTEM: frozenset(delivers)})
    judge(connection, "test_", judging, ("E4",))
    subjects = set(connection.execute(text("SELECT subject FROM test_finding")).scalars())
    forget(connection, "test_")
    return subjects


def _at(name: str, day: str) -> Row:
    return {f"{name}_at": micros(f"2025-{day}T10:00:00"), f"{name}_day": date.fromisoformat(f"2025-{day}")}


SINCE: dict[str, tuple[str, str, set[str]]] = {
    "worked on again": ("step", "03-11", set()),
    "worked on again, but not yet by then": ("step", "03-14", {"step 2"}),
    "asked for corrections the same day": ("correction_notice", "03-10", set()),
    "asked for corrections before": ("correction_notice", "03-07", {"step 2"}),
    "corrections received": ("correction_receipt", "03-11", set()),
    "a special procedure since": ("special_procedure", "03-11", set()),
    "reported as returned": ("completion", "03-12", set()),
}


def test_a_return_must_be_told_of_within_a_working_day(engine: Engine) -> None:
    with writing(engine) as connection:
        assert returned(connection, "03-11") == set()
        assert returned(connection, "03-12") == {"step 2"}
        assert returned(connection, "03-12", delivers={"Acceptance.HandledAt"}) == set()


@pytest.mark.parametrize(("table", "day", "expected"), SINCE.values(), ids=SINCE)
def test_a_return_of_which_something_was_heard_since_is_none(
    engine: Engine, table: str, day: str, expected: set[str]
) -> None:
    with writing(engine) as connection:
        assert returned(connection, "03-13", (table, day)) == expected


def package(number: int, at: str, **more: Any) -> Row:
    """A closed package that came in 2025 and was closed at once; its id is P<number>, its serial the number."""
    row: Row = {
        "id": number, "system": SYSTEM, "digest": f"{number:064d}", "package_id": f"P{number}",
        "claimed_id": f"P{number}", "serial": number, "state": "closed", "origin": "x", "size": 1,
        "received_at": micros(f"2025-{at}"), "closed_at": micros(f"2025-{at}"), "cases": 0, "rejected": 0,
        "accepted": 0, "refusal_code": None, "replay_of": None,
    }  # fmt: skip
    return row | more


def refused(number: int, at: str, code: str, claimed: str | None) -> Row:
    """A package that was refused as a whole."""
    more = {
        "state": "refused",
        "refusal_code": code,
        "package_id": None,
        "claimed_id": claimed,
        "serial": None,
    }
    return package(number, at, **more)


def found_of(
    connection: Connection, rule: str, packages: list[Row], now: str, outcomes: list[Row] | None = None
) -> tuple[set[str], dict[str, int]]:
    """What a rule on packages or systems finds by the hub's clock, and why it did not judge."""
    for table in (exchange.package, exchange.case_outcome, exchange.fragment, exchange.case_head):
        if connection.execute(select(table).limit(1)).first() is not None:
            connection.execute(delete(table))
    connection.execute(insert(exchange.package), packages)
    if outcomes:
        connection.execute(insert(exchange.case_outcome), outcomes)
    declared = shipped_rules()[rule].declared
    now = now if len(now) > 14 else f"2025-{now}"
    at = micros(now)
    units.fill_now(connection, "test_", declared.scope, AsOf(at, date.fromisoformat(now[:10])), at)
    told = judge_units(connection, "test_", Judging(shipped_rules()), [rule])
    subjects = set(
        connection.execute(
            text(
                "SELECT CASE provisional WHEN 1 THEN subject || ' provisional' ELSE subject END FROM test_finding"
            )
        ).scalars()
    )
    units.forget(connection, "test_")
    forget(connection, "test_")
    return subjects, dict(told.not_judged[rule])


def test_a_serial_that_is_missing_counts_as_lost_after_the_grace(engine: Engine) -> None:
    came = [package(n, "03-03T10:00:00") for n in (1, 2, 4, 5, 8)]
    with writing(engine) as connection:
        assert found_of(connection, "E5", came, "03-03T11:00:00") == (set(), {})
        lost = {f"{SYSTEM} serial 3", f"{SYSTEM} serial 6"}
        assert found_of(connection, "E5", came, "03-03T11:00:01") == (lost, {})
        filled = [
            *came,
            package(3, "03-03T10:30:00"),
            package(6, "03-03T10:30:00"),
            package(7, "03-03T10:30:00"),
        ]
        assert found_of(connection, "E5", filled, "03-03T11:00:01") == (set(), {})


def test_the_first_serial_may_be_any_and_replays_have_none(engine: Engine) -> None:
    came = [package(41, "03-03T10:00:00"), package(42, "03-03T10:00:00")]
    came.append(package(43, "03-03T10:00:00", serial=99, replay_of=41))
    with writing(engine) as connection:
        assert found_of(connection, "E5", came, "03-05T10:00:00") == (set(), {})


def test_silence_is_counted_without_days_of_rest(engine: Engine) -> None:
    friday = [package(1, "03-07T10:00:00")]
    with writing(engine) as connection:
        register(connection, silent_after=2 * 86_400)
        assert found_of(connection, "E5", friday, "03-11T10:00:00") == (set(), {})
        assert found_of(connection, "E5", friday, "03-11T10:00:01") == (
            {f"{SYSTEM} silent after package 1"},
            {},
        )
        register(connection, silent_after=2 * 86_400, status="paused")
        assert found_of(connection, "E5", friday, "03-20T10:00:00") == (set(), {})
        register(connection)
        assert found_of(connection, "E5", friday, "03-20T10:00:00") == (set(), {})


def test_silence_over_days_that_no_notice_names_is_provisional(engine: Engine) -> None:
    last = [
        package(
            1,
            "03-03T10:00:00",
            received_at=micros("2026-12-30T10:00:00"),
            closed_at=micros("2026-12-30T10:00:00"),
        )
    ]
    with writing(engine) as connection:
        register(connection, silent_after=86_400)
        silent = f"{SYSTEM} silent after package 1"
        # Thursday 31 December 2026 is a published working day; of 2027 nothing is known.
        assert found_of(connection, "E5", last, "2026-12-31T10:00:01") == ({silent}, {})
        register(connection, silent_after=2 * 86_400)
        assert found_of(connection, "E5", last, "2027-01-05T10:00:01") == ({f"{silent} provisional"}, {})


def test_what_was_not_sent_again_by_a_presumed_day_is_provisional(engine: Engine) -> None:
    def late(closed: str, now: str) -> set[str]:
        times = {"received_at": micros(closed), "closed_at": micros(closed)}
        rejected = [package(1, "03-03T10:00:00", rejected=1, **times)]
        outcome = {"package": 1, "ordinal": 1, "outcome": "rejected", "case_no": "C1"}
        return found_of(connection, "E7", rejected, now, [outcome])[0]

    with writing(engine) as connection:
        assert late("2026-12-21T10:00:00", "2027-01-20T10:00:00") == {f"{SYSTEM}/C1"}
        assert late("2026-12-30T10:00:00", "2027-01-20T10:00:00") == {f"{SYSTEM}/C1 provisional"}


def test_who_never_sent_is_not_judged(engine: Engine) -> None:
    with writing(engine) as connection:
        register(connection, silent_after=60)
        other = [package(1, "03-07T10:00:00", system="another")]
        assert found_of(connection, "E5", other, "03-20T10:00:00") == (set(), {"nothing_received": 1})


def test_without_serials_and_without_an_agreed_interval_nothing_can_be_missed(engine: Engine) -> None:
    came = [package(1, "03-07T10:00:00", serial=None), package(2, "03-07T11:00:00", serial=7, replay_of=1)]
    unseen = (set(), {"neither_serials_nor_interval": 1})
    with writing(engine) as connection:
        register(connection)
        assert found_of(connection, "E5", came, "03-08T10:00:00") == unseen
        register(connection, silent_after=86_400, status="paused")
        assert found_of(connection, "E5", came, "03-08T10:00:00") == unseen
        register(connection, silent_after=86_400)
        assert found_of(connection, "E5", came, "03-08T10:00:00") == (set(), {})
        register(connection)
        numbered = [package(1, "03-07T10:00:00")]
        assert found_of(connection, "E5", numbered, "03-08T10:00:00") == (set(), {})


def test_what_was_received_must_be_accounted_for(engine: Engine) -> None:
    came = [package(1, "03-03T10:00:00", cases=6, accepted=1, rejected=1, duplicate=1, stale=1, conflict=1, pending=1),
            package(2, "03-03T10:00:00", cases=10, accepted=9, duplicate=0, stale=0, conflict=0, pending=0)]  # fmt: skip
    with writing(engine) as connection:
        assert found_of(connection, "E6", came, "03-03T10:00:01") == ({f"{SYSTEM}/2"}, {})


def test_a_package_with_another_count_than_it_states_must_be_repeated(engine: Engine) -> None:
    short = refused(1, "03-03T10:00:00", "PKG_COUNT", "A")
    with writing(engine) as connection:
        assert found_of(connection, "E6", [short], "03-03T11:00:00")[0] == set()
        assert found_of(connection, "E6", [short], "03-03T11:00:01")[0] == {f"{SYSTEM}/1"}
        again = package(2, "03-03T10:59:00", package_id="A")
        assert found_of(connection, "E6", [short, again], "03-03T11:00:01")[0] == set()
        assert (
            found_of(
                connection, "E6", [refused(1, "03-03T10:00:00", "XML_MALFORMED", "A")], "03-04T10:00:00"
            )[0]
            == set()
        )


def rejected(package_id: int, ordinal: int = 1, case_no: str | None = "C7") -> Row:
    return {
        "package": package_id,
        "ordinal": ordinal,
        "case_no": case_no,
        "outcome": "rejected",
        "codes": "X",
    }


def accept(connection: Connection, package_id: int, *, whole: bool = True) -> None:
    """The case C7 is accepted from a package, or some row of it."""
    head = {"id": 7, "system": SYSTEM, "case_no": "C7", "version": 1, "digest": "0" * 64, "state": "current",
            "basis": 0, "value": 1, "raw_digest": "0" * 64, "fingerprint": "0" * 64, "changed_at": 0}  # fmt: skip
    part = {"case_id": 7, "kind": "case", "source_key": "", "basis": 0, "value": 1, "operation": "U",
            "digest": "0" * 64, "raw_digest": "0" * 64, "package": package_id, "ordinal": 1}  # fmt: skip
    connection.execute(insert(exchange.case_head), [head])
    if whole:
        connection.execute(insert(exchange.fragment), [part])
    else:
        row = {"case_id": 7, "package": package_id, "ordinal": 1, "body": "[]"}
        connection.execute(insert(exchange.case_pieces), [row])


def judged_again(connection: Connection, now: str) -> set[str]:
    at = micros(f"2025-{now}")
    units.fill_now(connection, "test_", "package", AsOf(at, date.fromisoformat(f"2025-{now[:5]}")), at)
    judge_units(connection, "test_", Judging(shipped_rules()), ["E7"])
    subjects = set(connection.execute(text("SELECT subject FROM test_finding")).scalars())
    units.forget(connection, "test_")
    forget(connection, "test_")
    return subjects


MONDAY = "03-03T10:00:00"


def test_a_rejected_case_must_be_sent_again_within_three_working_days(engine: Engine) -> None:
    came = [package(1, MONDAY, cases=1, rejected=1)]
    with writing(engine) as connection:
        assert found_of(connection, "E7", came, "03-07T00:00:00", [rejected(1)])[0] == set()
        assert found_of(connection, "E7", came, "03-07T00:00:01", [rejected(1)])[0] == {f"{SYSTEM}/C7"}
        assert found_of(connection, "E7", came, "03-07T00:00:01", [rejected(1, case_no=None)])[0] == set()


@pytest.mark.parametrize(
    ("again", "expected"), [("03-06T23:59:59", set()), ("03-07T00:00:00", {f"{SYSTEM}/C7"})]
)
def test_a_correction_counts_if_it_comes_in_time(engine: Engine, again: str, expected: set[str]) -> None:
    came = [package(1, MONDAY, cases=1, rejected=1), package(2, again, cases=1, accepted=1)]
    with writing(engine) as connection:
        found_of(connection, "E7", came, "03-20T10:00:00", [rejected(1)])
        accept(connection, 2)
        assert judged_again(connection, "03-20T10:00:00") == expected


def test_what_was_accepted_before_it_was_rejected_is_no_correction(engine: Engine) -> None:
    came = [package(1, "02-28T10:00:00", cases=1, accepted=1), package(2, MONDAY, cases=1, rejected=1)]
    with writing(engine) as connection:
        found_of(connection, "E7", came, "03-20T10:00:00", [rejected(2)])
        accept(connection, 1)
        assert judged_again(connection, "03-20T10:00:00") == {f"{SYSTEM}/C7"}


def refused_step(mended_by: int | None, ordinal: int = 1) -> Row:
    """A row of a step of C7, refused in the first package."""
    return {"package": 1, "ordinal": ordinal, "system": SYSTEM, "case_no": "C7", "kind": "step",
            "source_key": f"S{ordinal}", "mended_by": mended_by}  # fmt: skip


# Which later packages hold other rows of the case, and which one, if any, the refused row itself.
PIECES: dict[str, tuple[int | None, set[str]]] = {
    "only other rows came": (None, {f"{SYSTEM}/C7"}),
    "it came at the end of the third day": (2, set()),
    "it came at the begin of the fourth": (3, {f"{SYSTEM}/C7"}),
}


@pytest.mark.parametrize("name", PIECES)
def test_a_rejected_row_must_itself_be_sent_again(engine: Engine, name: str) -> None:
    mended_by, expected = PIECES[name]
    came = [
        package(1, MONDAY, cases=1, rejected=1),
        package(2, "03-06T23:59:59", cases=1, accepted=1),
        package(3, "03-07T00:00:00", cases=1, accepted=1),
    ]
    with writing(engine) as connection:
        found_of(connection, "E7", came, "03-20T10:00:00", [rejected(1)])
        accept(connection, 2, whole=False)
        # Of what was refused by a hub that did not keep of what it spoke, anything of the case is taken for it.
        assert judged_again(connection, "03-20T10:00:00") == set()
        connection.execute(insert(exchange.refused_piece), [refused_step(mended_by)])
        assert judged_again(connection, "03-20T10:00:00") == expected


def test_of_several_rejected_rows_of_a_case_one_that_is_missing_is_enough_and_there_is_one_card(
    engine: Engine,
) -> None:
    came = [package(1, MONDAY, cases=3, rejected=3), package(2, "03-04T10:00:00", cases=1, accepted=1)]
    with writing(engine) as connection:
        found_of(connection, "E7", came, "03-20T10:00:00", [rejected(1, ordinal) for ordinal in (1, 2, 3)])
        connection.execute(
            insert(exchange.refused_piece), [refused_step(2), refused_step(None, 2), refused_step(None, 3)]
        )
        at = micros("2025-03-20T10:00:00")
        units.fill_now(connection, "test_", "package", AsOf(at, date(2025, 3, 20)), at)
        judge_units(connection, "test_", Judging(shipped_rules()), ["E7"])
        [told] = connection.execute(text("SELECT subject, evidence FROM test_finding")).all()
        evidence = {"package": 1, "case_no": "C7", "kind": "step", "key": "S2", "refused": 2}
        assert (told.subject, json.loads(told.evidence)) == (f"{SYSTEM}/C7", evidence)


def test_a_refused_package_must_come_again_under_its_id(engine: Engine) -> None:
    bad = refused(1, MONDAY, "XML_MALFORMED", "A")
    with writing(engine) as connection:
        assert found_of(connection, "E7", [bad], "03-20T10:00:00") == ({f"{SYSTEM} package A"}, {})
        in_time = package(2, "03-06T10:00:00", package_id="A")
        assert found_of(connection, "E7", [bad, in_time], "03-20T10:00:00") == (set(), {})
        nameless = refused(1, MONDAY, "XML_MALFORMED", None)
        assert found_of(connection, "E7", [nameless], "03-20T10:00:00") == (set(), {"package_id_unknown": 1})
        taken = refused(1, MONDAY, "PKG_ID_CONFLICT", "A")
        assert found_of(connection, "E7", [taken], "03-20T10:00:00") == (set(), {"package_id_taken": 1})


def test_the_first_load_before_supervision_begins_raises_nothing(engine: Engine) -> None:
    came = [package(1, MONDAY, cases=1, rejected=1)]
    with writing(engine) as connection:
        register(connection, supervise_from="2025-03-04")
        assert found_of(connection, "E7", came, "03-20T10:00:00", [rejected(1)])[0] == set()
        register(connection, supervise_from="2025-03-03")
        assert found_of(connection, "E7", came, "03-20T10:00:00", [rejected(1)])[0] == {f"{SYSTEM}/C7"}


def test_a_day_that_has_not_come_is_not_silent_and_nothing_is_overdue_on_it(engine: Engine) -> None:
    now = micros("2025-03-04T10:00:00")
    with writing(engine) as connection:
        register(connection, silent_after=86_400)
        rows = [package(1, MONDAY, cases=1, rejected=1), package(2, MONDAY, cases=1, accepted=1)]
        connection.execute(insert(exchange.package), rows)
        connection.execute(insert(exchange.case_outcome), [rejected(1)])
    summary = supervise(engine, today=date(2025, 4, 30), now=now)
    assert sum(summary.raised.values()) == 0


def test_a_card_on_a_system_stands_though_its_cause_is_mended_later(engine: Engine) -> None:
    with writing(engine) as connection:
        rows = [package(n, MONDAY, cases=0, accepted=0) for n in (1, 3)]
        connection.execute(insert(exchange.package), rows)
    supervise(engine, now=micros("2025-03-03T12:00:00"))
    with writing(engine) as connection:
        connection.execute(insert(exchange.package), [package(2, "03-03T13:00:00")])
    supervise(engine, now=micros("2025-03-04T12:00:00"))
    supervise(engine, now=micros("2025-03-05T12:00:00"))
    with writing(engine) as connection:
        cards = connection.execute(select(card.c.rule, card.c.subject, card.c.state, card.c.case_no)).all()
        assert [tuple(row) for row in cards] == [("E5", f"{SYSTEM} serial 2", "已发", None)]
        # What turns out to have been there by then was no gap: the card is withdrawn.
        connection.execute(
            update(exchange.package)
            .where(exchange.package.c.id == 2)
            .values(received_at=micros(f"2025-{MONDAY}"))
        )
    supervise(engine, now=micros("2025-03-06T12:00:00"))
    with writing(engine) as connection:
        assert connection.execute(select(card.c.state)).scalars().all() == ["撤销"]
