"""The sentences on steps, procedures, answers, deliveries, extensions, corrections and what rests on cards, each by example."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, update

from hub.central.engine import reading, writing
from hub.central.tables.business import card
from hub.central.tables.process import approval_case
from hub.supervision.listing import list_cards
from hub.supervision.run import supervise as every_rule
from hub.supervision.summary import Summary
from tests.oracle.further_oracle import More
from tests.oracle.judging import supervise
from tests.oracle.lives import ItemVersion, Life, Named, Pause, Stage, Today, on
from tests.oracle.loading import clear, found_more, import_named, put, register

Judged = Callable[[Life, str], dict[str, More]]
MONDAY = on("2025-03-03 09:00")


@pytest.fixture
def judged(engine: Engine) -> Judged:
    """The findings of one case as of the end of a day or an instant of it, each under 'rule subject'."""

    def judge_one(life: Life, today: str) -> dict[str, More]:
        when = on(today)
        with writing(engine) as connection:
            clear(connection)
            put(connection, [life])
            found = found_more(connection, Today(when.day, -1 if when.at is None else when.at)).get(1, {})
        return {f"{rule} {subject}".strip(): more for (rule, subject), more in found.items()}

    return judge_one


def late(last: str, excess: float) -> More:
    return More(date.fromisoformat(last), excess)


def day(text: str) -> date:
    return date.fromisoformat(text)


# 7. T5


@pytest.mark.parametrize(
    ("limit", "unit", "today", "expected"),
    [
        (2, "W", "2025-03-09", None),  # to Friday 7
        (2, "W", "2025-03-10", late("2025-03-07", 1)),
        (2, None, "2025-03-11", late("2025-03-07", 2)),
        (4, "D", "2025-03-10", None),  # to Sunday 9, rolled
        (4, "D", "2025-03-11", late("2025-03-10", 1)),
        (1, "M", "2025-04-07", None),  # to Saturday 5 April, rolled over Tomb Sweeping
        (1, "M", "2025-04-08", late("2025-04-07", 1)),
        (24, "H", "2025-03-06 09:00", None),
        (24, "H", "2025-03-06 10:00", late("2025-03-06", 1)),
        (0, "W", "2025-03-05", None),
        (0, "W", "2025-03-06", late("2025-03-05", 1)),
        (None, None, "2026-12-31", None),
    ],
)
def test_7_a_procedure_is_past_its_own_limit_on_the_day_after_its_cap(
    judged: Judged, limit: int | None, unit: str | None, today: str, expected: More | None
) -> None:
    life = Life(MONDAY, pauses=(Pause(1, "2", on("2025-03-05 09:00"), limit, unit),))
    assert judged(life, today).get("T5 procedure 1") == expected


def test_7_nothing_is_deducted_from_a_procedure_and_it_ends_with_its_result_or_the_case(
    judged: Judged,
) -> None:
    pauses = (Pause(1, "2", on("2025-03-05"), 2, "W"), Pause(2, "9", on("2025-03-05"), 9, "W"))
    assert "T5 procedure 1" in judged(Life(MONDAY, pauses=pauses), "2025-03-31")
    ended = Life(
        MONDAY, pauses=pauses, ends=((1, on("2025-03-20")), (1, on("2025-03-07")), (2, on("2025-03-18")))
    )
    assert judged(ended, "2025-03-31") == {}
    finished = Life(MONDAY, completed=on("2025-03-07 17:00"), result="7", pauses=pauses)
    assert judged(finished, "2025-12-31") == {}


def test_7_a_result_that_is_not_yet_known_ends_nothing(judged: Judged) -> None:
    life = Life(MONDAY, pauses=(Pause(1, "2", on("2025-03-05"), 2, "W"),), ends=((1, on("2025-03-12")),))
    assert judged(life, "2025-03-11") == {"T5 procedure 1": late("2025-03-07", 2)}
    assert judged(life, "2025-03-31") == {"T5 procedure 1": late("2025-03-07", 3)}


def test_9_an_extension_raises_no_t5(judged: Judged) -> None:
    assert judged(Life(MONDAY, pauses=(Pause(1, "1", on("2025-03-05"), 2, "W"),)), "2025-06-30") == {}


# 9, 19. T9


@pytest.mark.parametrize(
    ("extensions", "more", "excess"),
    [
        (((8, "W"), (2, "W")), {}, None),
        (((8, "W"), (3, "W")), {}, 1),
        (((15, "W"),), {"case_type": "5"}, None),
        (((16, "W"),), {"case_type": "5"}, 1),
        (((15, "W"),), {"project_no": "2503-430100"}, None),
        (((11, "W"),), {"project_no": " "}, 1),
        (((240, "H"),), {}, None),
        (((241, "H"),), {}, 1),  # the eleventh day has begun
        (((None, None),), {}, None),  # taken at the cap
        (((14, "D"),), {"statutory": 20}, None),  # after 31 March: 1, 2, 3, 7 to 11, 14 April
        (((18, "D"),), {"statutory": 20}, 3),  # 15 to 18 April too
        (((1, "M"),), {"statutory": 20}, 12),  # to 30 April, a make-up Sunday among them
        (((1, "M"),), {}, None),  # nothing is known to follow
    ],
)
def test_9_extensions_beyond_10_working_days_together_and_15_for_joint_cases(
    judged: Judged, extensions: Any, more: dict[str, Any], excess: float | None
) -> None:
    pauses = tuple(Pause(n, "1", on("2025-03-10"), *each) for n, each in enumerate(extensions, 1))
    found = judged(Life(MONDAY, pauses=pauses, **more), "2025-03-11").get("T9")
    assert (None if found is None else found.excess) == excess


@pytest.mark.parametrize(
    ("approver", "basis", "arises"),
    [
        ("钱批准", "依据", False),
        (None, None, False),
        ("", "依据", True),
        ("钱批准", " ", True),
        (None, "", True),
    ],
)
def test_19_a_blank_approver_or_basis_raises_t9_and_a_null_one_does_not(
    judged: Judged, approver: str | None, basis: str | None, arises: bool
) -> None:
    extension = Pause(1, "1", on("2025-03-05"), 5, "W", approver, basis)
    assert ("T9" in judged(Life(MONDAY, pauses=(extension,)), "2025-03-06")) == arises
    hearing = Pause(1, "2", on("2025-03-05"), 5, "W", approver, basis)
    assert judged(Life(MONDAY, pauses=(hearing,)), "2025-03-06") == {}


# 16. T4


@pytest.mark.parametrize(
    ("step", "today", "expected"),
    [
        (Stage(1, on("2025-03-05 10:00"), None, 2, "W"), "2025-03-09", None),
        (Stage(1, on("2025-03-05 10:00"), None, 2, "W"), "2025-03-10", late("2025-03-07", 1)),
        (Stage(1, on("2025-03-05"), on("2025-03-07"), 2, "W"), "2025-12-31", None),
        (Stage(1, on("2025-03-05"), on("2025-03-10"), 2, None), "2025-12-31", late("2025-03-07", 1)),
        (Stage(1, on("2025-03-05"), on("2025-03-20"), 2, "W"), "2025-03-10", late("2025-03-07", 1)),
        (Stage(1, on("2025-03-05"), on("2025-03-11"), 4, "D"), "2025-12-31", late("2025-03-10", 1)),
        (
            Stage(1, on("2025-03-05 10:00"), on("2025-03-05 19:00"), 8, "H"),
            "2025-03-31",
            late("2025-03-05", 1),
        ),
        (Stage(1, on("2025-03-05"), on("2025-03-06"), 8, "H"), "2025-03-31", None),  # days are no hours
        (Stage(1, None, on("2025-03-31"), 2, "W"), "2025-12-31", None),  # nobody knows when it began
        (Stage(1, on("2025-03-05"), None, 0, "W"), "2025-12-31", None),
        (Stage(1, on("2025-03-05"), None, None, None), "2025-12-31", None),
    ],
)
def test_16_a_step_past_its_own_limit(judged: Judged, step: Stage, today: str, expected: More | None) -> None:
    assert judged(Life(MONDAY, steps=(step,)), today).get("T4 step 1") == expected


def test_16_pauses_are_deducted_from_steps(judged: Judged) -> None:
    steps = (
        Stage(1, on("2025-03-05 10:00"), on("2025-03-12"), 2, "W"),
        Stage(2, on("2025-03-12"), None, 1, "W"),
    )
    paused = Life(
        MONDAY, steps=steps, pauses=(Pause(1, "2", on("2025-03-06")),), ends=((1, on("2025-03-11")),)
    )
    # Of the first step 6 and 12 March count; of the second 13 March, then 14.
    assert judged(paused, "2025-03-14") == {"T4 step 2": late("2025-03-13", 1)}
    assert judged(Life(MONDAY, steps=steps), "2025-03-13") == {"T4 step 1": late("2025-03-07", 3)}


def test_16_a_step_of_a_case_that_is_not_accepted_has_no_pauses_and_stops_at_completion(
    judged: Judged,
) -> None:
    step = (Stage(1, on("2025-03-05"), None, 2, "W"),)
    life = Life(MONDAY, status="3", steps=step, pauses=(Pause(1, "2", on("2025-03-05")),))
    assert judged(life, "2025-03-10")["T4 step 1"] == late("2025-03-07", 1)
    done = Life(MONDAY, completed=on("2025-03-07"), result="7", steps=step)
    assert judged(done, "2025-12-31") == {}


# 17. T6


@pytest.mark.parametrize("channel", ["1", "2", "3", "4", "5"])
def test_17_only_online_applications_are_to_be_examined_in_two_days(judged: Judged, channel: str) -> None:
    life = Life(on("2025-03-06 09:00"), applied=MONDAY, channel=channel)
    assert judged(life, "2025-03-31") == ({"T6": late("2025-03-05", 1)} if channel in "23" else {})


@pytest.mark.parametrize(
    ("answer", "arises"),
    [
        ({"accepted": on("2025-03-05 17:00")}, False),
        ({"accepted": on("2025-03-05 17:00"), "status": "2"}, False),
        ({"accepted": on("2025-03-06 00:00"), "status": "3"}, True),
        ({"notices": ((1, on("2025-03-05")),)}, False),
        ({"steps": (Stage(1, on("2025-03-04")),)}, False),
        ({"steps": (Stage(1, None, on("2025-03-05")),)}, False),
        ({"steps": (Stage(1, on("2025-03-06")),)}, True),
        ({"completed": on("2025-03-05"), "result": "7"}, False),
        ({}, True),
    ],
)
def test_17_what_answers_an_online_application(judged: Judged, answer: dict[str, Any], arises: bool) -> None:
    life = Life(**{"accepted": on("2025-04-01"), "applied": MONDAY, "channel": "2", **answer})
    assert ("T6" in judged(life, "2025-03-06")) == arises


def test_17_an_answer_that_is_not_yet_known_answers_nothing(judged: Judged) -> None:
    life = Life(on("2025-03-06 12:00"), applied=MONDAY, channel="3")
    assert judged(life, "2025-03-06 10:00") == {"T6": late("2025-03-05", 1)}
    assert judged(life, "2025-03-05") == {}


# 18. T7


@pytest.mark.parametrize(
    ("answer", "arises"),
    [
        ({"accepted": on("2025-03-10 17:00")}, False),
        ({"accepted": on("2025-03-10 17:00"), "status": "3"}, False),
        ({"accepted": on("2025-03-11 00:00")}, True),
        ({"notices": ((1, on("2025-03-10")),)}, False),
        ({"steps": (Stage(1, on("2025-03-04")),)}, True),  # a step answers nobody
        ({"completed": on("2025-03-10"), "result": "1"}, False),
        ({}, True),
    ],
)
def test_18_five_working_days_to_accept_or_to_tell_what_is_missing(
    judged: Judged, answer: dict[str, Any], arises: bool
) -> None:
    life = Life(**{"accepted": on("2025-04-01"), "applied": MONDAY, **answer})
    assert ("T7" in judged(life, "2025-03-11")) == arises
    assert judged(Life(on("2025-04-01"), applied=MONDAY), "2025-03-10") == {}


@pytest.mark.parametrize(
    ("answer", "arises"),
    [
        ({"accepted": on("2025-03-21")}, False),
        ({"accepted": on("2025-03-24")}, True),
        ({"accepted": on("2025-03-17"), "status": "3"}, True),  # asked again is no answer
        ({"accepted": on("2025-03-21"), "status": "2"}, False),
        ({"notices": ((1, on("2025-03-05 09:00")), (2, on("2025-03-21 09:00")))}, False),
        (
            {"notices": ((1, on("2025-03-05 09:00")), (2, on("2025-03-14 09:00")))},
            True,
        ),  # at the same instant: no later one
        ({"completed": on("2025-03-21"), "result": "5"}, False),
    ],
)
def test_18_and_again_from_each_receipt_of_corrections(
    judged: Judged, answer: dict[str, Any], arises: bool
) -> None:
    told = {"notices": ((1, on("2025-03-05 09:00")),), "receipts": ((1, on("2025-03-14 09:00")),)}
    life = Life(**{"accepted": on("2025-05-01"), "applied": MONDAY, **told, **answer})
    assert ("T7 receipt 1" in judged(life, "2025-03-24")) == arises


# 19. T8, T12


@pytest.mark.parametrize(
    ("result", "delivered", "today", "arises"),
    [
        ("0", "2025-03-17 18:00", "2025-12-31", False),
        ("0", "2025-03-18 00:00", "2025-12-31", True),
        ("0", None, "2025-03-17", False),
        ("0", None, "2025-03-18", True),
        ("0", "2025-04-01", "2025-03-18", True),
        ("6", None, "2025-12-31", False),
        ("7", None, "2025-12-31", False),
    ],
)
def test_19_what_was_approved_is_delivered_within_10_working_days(
    judged: Judged, result: str, delivered: str | None, today: str, arises: bool
) -> None:
    life = Life(
        on("2025-02-24"), completed=MONDAY, result=result, delivered=on(delivered) if delivered else None,
        pauses=(Pause(1, "2", on("2025-03-04")),),
    )  # fmt: skip
    assert ("T8" in judged(life, today)) == arises


def test_19_corrections_never_received_for_60_natural_days_roll_over_the_holidays(judged: Judged) -> None:
    life = Life(on("2025-06-30"), status="3", notices=((1, MONDAY),))
    assert judged(life, "2025-05-06") == {}
    assert judged(life, "2025-05-07") == {"T12 notice 1": late("2025-05-06", 1)}


@pytest.mark.parametrize(
    "change",
    [{"receipts": ((1, on("2025-03-10")),)}, {"completed": on("2025-03-10"), "result": "5"}],
)
def test_23_neither_a_received_correction_nor_a_finished_case_is_warned_of(
    judged: Judged, change: dict[str, Any]
) -> None:
    assert judged(Life(on("2025-03-03"), status="2", notices=((1, MONDAY),), **change), "2025-12-31") == {}


def test_13_a_last_day_in_an_unpublished_year_is_provisional_for_these_rules_too(judged: Judged) -> None:
    life = Life(on("2026-12-20"), completed=on("2026-12-28"), result="0")
    assert judged(life, "2027-01-20")["T8"].provisional
    procedure = Life(on("2026-12-21"), pauses=(Pause(1, "2", on("2026-12-23"), 2, "W"),))
    assert not judged(procedure, "2027-01-20")["T5 procedure 1"].provisional


# Cards that rest on cards: T14, T10


def run(engine: Engine, today: str) -> Summary:
    return supervise(engine, today=day(today))


def cards(engine: Engine) -> list[tuple[str, str | None, int, str]]:
    with reading(engine) as connection:
        return [(c["rule"], c["subject"], c["level"], c["state"]) for c in list_cards(connection)]


def store(engine: Engine, *lives: Life) -> None:
    with writing(engine) as connection:
        clear(connection)
        put(connection, lives)


def test_t14_open_more_than_3_working_days_after_its_yellow_card_is_red(engine: Engine) -> None:
    store(engine, Life(MONDAY, promised=4))
    run(engine, "2025-03-10")
    run(engine, "2025-03-13")
    assert cards(engine) == [("T2", None, 2, "已发")]
    run(engine, "2025-03-14")
    assert cards(engine) == [("T2", None, 2, "已发"), ("T14", None, 3, "已发")]


def test_t14_whether_or_not_somebody_answered_its_yellow_card(engine: Engine) -> None:
    store(engine, Life(MONDAY, promised=4))
    run(engine, "2025-03-10")
    with writing(engine) as connection:
        connection.execute(update(card).values(answered_on=day("2025-03-11"), state="已反馈"))
    run(engine, "2025-03-14")
    assert cards(engine) == [("T2", None, 2, "已反馈"), ("T14", None, 3, "已发")]


def test_t14_a_case_that_finished_in_the_meantime_is_not(engine: Engine) -> None:
    store(engine, Life(MONDAY, promised=4))
    run(engine, "2025-03-10")
    store(engine, Life(MONDAY, completed=on("2025-03-13"), result="7", promised=4))
    run(engine, "2025-03-31")
    assert [rule for rule, *_ in cards(engine)] == ["T2"]


def test_t14_falls_with_its_yellow_card(engine: Engine) -> None:
    store(engine, Life(MONDAY, promised=4))
    run(engine, "2025-03-10")
    run(engine, "2025-03-14")
    store(engine, Life(MONDAY, promised=40))
    run(engine, "2025-03-14")
    assert [state for *_, state in cards(engine)] == ["撤销", "撤销"]


@pytest.mark.parametrize(("received", "state"), [("2025-06-30", "办结"), ("2025-03-20", "撤销")])
def test_t12_is_closed_when_the_correction_has_come_and_withdrawn_if_it_had_come_before(
    engine: Engine, received: str, state: str
) -> None:
    store(engine, Life(on("2026-01-01"), status="3", notices=((1, MONDAY),)))
    run(engine, "2025-06-02")
    store(engine, Life(on("2026-01-01"), status="2", notices=((1, MONDAY),), receipts=((1, on(received)),)))
    run(engine, "2025-07-01")
    assert [(r, s) for r, _, _, s in cards(engine) if r == "T12"] == [("T12", state)]


def test_two_steps_that_are_late_are_two_cards(engine: Engine) -> None:
    steps = (Stage(1, on("2025-03-03"), None, 1, "W"), Stage(2, on("2025-03-03"), None, 2, "W"))
    store(engine, Life(MONDAY, steps=steps))
    run(engine, "2025-03-06")
    assert cards(engine) == [("T4", "step 1", 2, "已发"), ("T4", "step 2", 2, "已发")]


def test_what_a_system_does_not_deliver_is_not_judged_and_counted(engine: Engine) -> None:
    store(engine, Life(on("2025-04-01"), applied=MONDAY, channel="2"))
    some = frozenset({"Application.AppliedAt", "Acceptance.HandledAt", "Application.Channel"})
    found = supervise(engine, today=day("2025-03-31"), delivers={"land-bureau": some})
    assert cards(engine) == []
    assert found.not_judged["T7"] == {"not_reported": 1}
    assert found.not_judged["T6"] == {"not_reported": 1}
    every = some | {"CorrectionNotice.NotifiedAt"}
    supervise(engine, today=day("2025-03-31"), delivers={"land-bureau": every})
    assert {rule for rule, *_ in cards(engine)} == {"T6", "T7"}


def test_regional_days_and_trial_systems_hold_for_these_rules_too(engine: Engine) -> None:
    store(engine, Life(on("2025-04-01"), applied=MONDAY, channel="2", region="433101"))
    with writing(engine) as connection:
        import_named(connection, [Named(date(2025, 3, 5), False, "4331")])
    run(engine, "2025-03-06")
    assert cards(engine) == []
    with writing(engine) as connection:
        register(connection, status="trial")
    run(engine, "2025-03-31")
    assert cards(engine) == []


def test_a_card_that_nobody_answered_in_30_working_days_goes_one_level_up(engine: Engine) -> None:
    store(engine, Life(MONDAY, completed=on("2025-03-10"), result="7", promised=4))
    run(engine, "2025-03-10")
    with reading(engine) as connection:
        due = connection.execute(card.select()).one().feedback_due_on
    assert due == day("2025-04-22")
    run(engine, "2025-04-22")
    assert len(cards(engine)) == 1
    run(engine, "2025-04-23")
    assert cards(engine)[1:] == [("T10", "card 1", 3, "已发")]
    run(engine, "2025-12-31")
    assert len(cards(engine)) == 2  # an escalation is not escalated


def test_an_answered_card_is_not_escalated(engine: Engine) -> None:
    store(engine, Life(MONDAY, completed=on("2025-03-10"), result="7", promised=4))
    run(engine, "2025-03-10")
    with writing(engine) as connection:
        connection.execute(update(card).values(answered_on=day("2025-04-22"), state="已反馈"))
    run(engine, "2025-12-31")
    assert len(cards(engine)) == 1


def test_a_second_run_by_every_rule_changes_nothing(engine: Engine) -> None:
    steps = (Stage(1, on("2025-03-03"), None, 1, "W"),)
    pauses = (Pause(1, "2", on("2025-03-05"), 2, "W"), Pause(2, "1", on("2025-03-05"), 12, "W"))
    store(
        engine,
        Life(MONDAY, promised=4, statutory=9),
        Life(
            MONDAY,
            promised=4,
            statutory=9,
            steps=steps,
            pauses=pauses,
            notices=((1, MONDAY),),
            applied=on("2025-02-01"),
        ),
        Life(MONDAY, completed=on("2025-03-20"), promised=4, applied=on("2025-02-01"), channel="2"),
    )
    for today in ("2025-03-31", "2025-07-01", "2025-12-31"):
        every_rule(engine, today=day(today))
        again = every_rule(engine, today=day(today))
        assert not again.raised + again.issued + again.closed + again.withdrawn


# 20. T13


@pytest.mark.parametrize(
    ("promised", "statutory", "arises"),
    [
        ((20, "W"), (20, "W"), False),
        ((21, "W"), (20, "W"), True),
        ((21, None), (20, "W"), True),
        ((2, "M"), (1, "M"), True),
        ((28, "D"), (20, "W"), False),  # both end on Monday 31 March
        ((30, "D"), (20, "W"), True),
        ((480, "H"), (20, "W"), False),  # to 31 March 9:00
        ((497, "H"), (20, "W"), True),
        ((1, "M"), (30, "D"), True),  # 3 April, and 2 April
        ((1, "M"), (31, "D"), False),
        ((21, "W"), (0, "W"), False),
        ((21, "W"), (None, None), False),
    ],
)
def test_20_a_promise_longer_than_the_law_is_a_card_of_the_item_version(
    engine: Engine, promised: Any, statutory: Any, arises: bool
) -> None:
    life = Life(
        MONDAY, completed=on("2025-03-04"), result="7", promised=promised[0], promised_unit=promised[1],
        statutory=statutory[0], statutory_unit=statutory[1],
    )  # fmt: skip
    store(engine, life, life)
    run(engine, "2025-03-05")
    found = [("T13", f"I{n}@0", 1, "已发") for n in (1, 2)]
    assert cards(engine) == (found if arises else [])


def test_20_one_card_per_item_version_whatever_the_number_of_its_cases(engine: Engine) -> None:
    life = Life(MONDAY, completed=on("2025-03-04"), result="7", promised=21, statutory=20)
    store(engine, life, life)
    with writing(engine) as connection:
        connection.execute(update(approval_case).values(item_code="I1", item_version=3))
    run(engine, "2025-03-05")
    run(engine, "2025-03-06")
    assert cards(engine) == [("T13", "I1@3", 1, "已发")]
    with reading(engine) as connection:
        (listed,) = list_cards(connection)
    assert (listed["case_no"], listed["system"]) == (None, "land-bureau")


def test_20_a_catalogue_that_was_put_right_withdraws_it(engine: Engine) -> None:
    wrong = ItemVersion(1, promised=21, promised_unit="W", statutory=20, statutory_unit="W")
    right = ItemVersion(1, promised=19, promised_unit="W", statutory=20, statutory_unit="W")
    store(engine, Life(MONDAY, completed=on("2025-03-04"), result="7", item=(wrong,)))
    run(engine, "2025-03-05")
    assert cards(engine) == [("T13", "I1@1", 1, "已发")]
    store(engine, Life(MONDAY, completed=on("2025-03-04"), result="7", item=(right,)))
    run(engine, "2025-03-05")
    assert cards(engine) == [("T13", "I1@1", 1, "撤销")]


DAY_ONLY, TIMED = on("2025-03-04"), on("2025-03-04 10:00")


@pytest.mark.parametrize(
    ("rule", "life", "reasons"),
    [
        ("T4", {"steps": (Stage(1, DAY_ONLY, None, 8, "H"),)}, {"hours_day_precise": 1}),
        ("T4", {"steps": (Stage(1, TIMED, on("2025-03-05"), 8, "H"),)}, {"hours_day_precise": 1}),
        ("T4", {"steps": (Stage(1, TIMED, None, 800, "H"),)}, {}),
        ("T4", {"steps": (Stage(1, DAY_ONLY, None, 80, "W"), Stage(2, DAY_ONLY, None, 8, "H"))}, {}),
        ("T4", {"steps": (Stage(1, None, TIMED, 8, "H"),)}, {"step_without_start": 1}),
        ("T5", {"pauses": (Pause(1, "2", DAY_ONLY, 8, "H"),)}, {"hours_day_precise": 1}),
        (
            "T5",
            {"pauses": (Pause(1, "2", TIMED, 8, "H"),), "ends": ((1, on("2025-03-05")),)},
            {"hours_day_precise": 1},
        ),
        ("T5", {"pauses": (Pause(1, "2", TIMED, 800, "H"),)}, {}),
        ("T5", {"pauses": (Pause(1, "2", DAY_ONLY, 80, "W"), Pause(2, "5", DAY_ONLY, 8, "H"))}, {}),
        ("T5", {"pauses": (Pause(1, "2", DAY_ONLY, None, "H"),)}, {}),
    ],
)
def test_hours_that_are_told_by_days_alone_are_not_judged_and_counted(
    engine: Engine, rule: str, life: dict[str, Any], reasons: dict[str, int]
) -> None:
    store(engine, Life(MONDAY, **life))
    told = supervise(engine, today=day("2025-03-10"))
    assert cards(engine) == []
    assert told.not_judged[rule] == reasons
