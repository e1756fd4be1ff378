"""The rules on fabricated data (X): per rule a month just inside, just outside, not delivered and not reported."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, delete

from hub.central.engine import writing
from hub.central.tables.rules import calendar_year
from hub.supervision.calendar import rebuild
from hub.supervision.library import declared
from hub.supervision.rules import shipped_rules
from tests.support import papers
from tests.support.anomalies import (
    SYSTEM,
    WINDOW,
    forget_cases,
    found,
    month,
    node,
    peers,
    staff,
    windows_known,
)
from tests.support.papers import ORG, Rows, catalogue

Setup = Callable[[Connection], object]
ONE_INSTANT = {
    "acceptance": {"handled": "2025-03-10 16:00"},
    "step": [{"step_type": "1", "ended": "2025-03-10 15:00"},
             {"step_type": "2", "started": "2025-03-10 16:00", "ended": "2025-03-10 16:00"}],
    "completion": {"completed": "2025-03-10 16:00"},
}  # fmt: skip
ALONE = {"step": [{"step_type": "2", "ended": "2025-03-04 11:00", "handler_name": "王建国"}]}
STRANGER = {"acceptance": {"handler_name": "赵某"}}
ONLINE = {"application": {"channel": "2"}}
AT_ONCE = {"application": {"written": "2025-03-03 09:00"}}
COMPANY = {"applicant": {"applicant_type": "2"}}


def finished(at: str) -> Rows:
    return {"completion": {"completed": at}}


def entered(at: str, applied: str = "2025-03-03 09:00", **more: Any) -> Rows:
    return {"application": {"applied": applied, "entered": at, **more}}


def second(seconds: float) -> Rows:
    return finished(f"2025-03-12 10:00:{seconds:02.0f}")


def seven(catalogued: str) -> Setup:
    """Item I7 of another case type than I1's."""

    def store(connection: Connection) -> None:
        catalogue(connection, case_type="2")
        catalogue(connection, "I7", case_type=catalogued)

    return store


OTHER_ITEM: Rows = {"approval_case": {"item_code": "I7"}}


@dataclass(frozen=True)
class Example:
    """A month: `strange` cases among `total`, what else there is, and the subjects that must be found."""

    rule: str
    name: str
    strange: Sequence[Rows]
    subjects: Sequence[str]
    total: int = 20
    setup: Sequence[Setup] = ()

    @property
    def lives(self) -> list[Rows]:
        return [*self.strange, *({} for _ in range(self.total - len(self.strange)))]


EXAMPLES = (
    Example("X1", "a tenth at one instant", [ONE_INSTANT] * 2, [WINDOW]),
    Example("X1", "less than a tenth", [ONE_INSTANT], []),
    Example("X1", "the examination an hour before", [{**ONE_INSTANT, "step": [
        {"step_type": "2", "started": "2025-03-10 15:00", "ended": "2025-03-10 16:00"}]}] * 5, []),
    Example("X1", "a 即办件 by its message", [{**ONE_INSTANT, "approval_case": {"case_type": "1"}}] * 5, [], 25),
    Example("X1", "a 即办件 by its item", [{**ONE_INSTANT, **OTHER_ITEM}] * 5, [], 25, [seven("1")]),
    Example("X1", "of a type that nobody knows", [{**ONE_INSTANT, "approval_case": {"case_type": None}}] * 5, [], 25),
    Example("X1", "days without a time", [{"acceptance": {"handled": "2025-03-10"}, "completion": {"completed": "2025-03-10"},
      "step": [{"ended": "2025-03-10"}]}] * 5, [], 25),
    Example("X2", "a tenth with a stranger", [STRANGER] * 2, [f"{WINDOW} {ORG}"], setup=[staff]),
    Example("X2", "less than a tenth", [STRANGER], [], setup=[staff]),
    Example("X2", "a stranger's number under a known name", [{"acceptance": {"handler_no": "999"}}] * 2,
      [f"{WINDOW} {ORG}"], setup=[staff]),
    Example("X2", "a known number under a strange name", [{"acceptance": {"handler_no": "001", "handler_name": "赵"}}] * 5,
      [], setup=[staff]),
    Example("X2", "somebody who left before", [{"acceptance": {"handler_name": "周"}}] * 2, [f"{WINDOW} {ORG}"],
      setup=[staff, lambda c: papers.person(c, "003", "周", until="2025-03-02")]),
    Example("X2", "somebody who left later", [{"acceptance": {"handler_name": "周"}}] * 2, [],
      setup=[staff, lambda c: papers.person(c, "003", "周", until="2025-03-03")]),
    Example("X3", "one name everywhere", [ALONE] * 20, [WINDOW]),
    Example("X3", "one step of one case by another", [ALONE] * 19, []),
    Example("X4", "all of one type, two items of another", [OTHER_ITEM] * 2, [WINDOW], setup=[seven("1")]),
    Example("X4", "one item of another", [OTHER_ITEM], [], setup=[seven("1")]),
    Example("X4", "not all of one type", [OTHER_ITEM, OTHER_ITEM, {"approval_case": {"case_type": "4"}}], [],
      setup=[seven("1")]),
    Example("X4", "the items are of that type", [OTHER_ITEM] * 5, [], setup=[seven("2")]),
    Example("X4", "the type was the catalogue's own", [{"approval_case": {"item_code": "I7", "derived":
      '{"ServiceItem.CaseType": "catalogue"}'}}] * 5, [], setup=[seven("1")]),
    Example("X5", "all online", [ONLINE] * 30, [f"{WINDOW} {ORG}"], 30, [windows_known]),
    Example("X5", "all on the phone", [{"application": {"channel": "3"}}] * 30, [f"{WINDOW} {ORG}"], 30, [windows_known]),
    Example("X5", "one at the window", [ONLINE] * 29, [], 30, [windows_known]),
    Example("X5", "an item that cannot be done online", [ONLINE] * 30, [f"{WINDOW} {ORG}"], 30,
      [lambda c: catalogue(c, online_depth="apply")]),
    Example("X6", "all written at once", [AT_ONCE] * 20, [WINDOW]),
    Example("X6", "one written a second later", [*[AT_ONCE] * 19, {"application": {"written": "2025-03-03 09:00:01"}}], []),
    Example("X6", "days without a time", [{"application": {"applied": "2025-03-03", "written": "2025-03-03"}}] * 20, []),
    Example("X7", "a tenth of companies, all with a resident's card", [COMPANY] * 2, [WINDOW]),
    Example("X7", "less than a tenth", [COMPANY], []),
    Example("X7", "one with a code of its own", [*[COMPANY] * 4, {"applicant": {"applicant_type": "2", "id_type": "001"}}], []),
    Example("X7", "persons with a passport too", [*[COMPANY] * 4, {"applicant": {"id_type": "414"}}], []),
    Example("X8", "ten within ten seconds", [second(n) for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 11)], [f"{WINDOW} burst"], 100),
    Example("X8", "ten within eleven", [second(n) for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 12)], [], 100),
    Example("X8", "nine at once", [second(1)] * 9, [], 90),
    Example("X8", "ten at once among too many", [second(1)] * 10, [], 101),
    Example("X8", "two at ten in the evening", [finished("2025-03-11 22:00"), finished("2025-03-12 05:59:59")],
      [f"{WINDOW} night"]),
    Example("X8", "a second before ten, and at six", [finished("2025-03-11 21:59:59"), finished("2025-03-12 06:00")], []),
    Example("X8", "four on a Sunday", [finished("2025-03-16 10:00"), *[finished("2025-03-16")] * 3], [f"{WINDOW} rest"]),
    Example("X8", "three on a Sunday", [finished(f"2025-03-16 1{n}:00") for n in range(3)], []),
    Example("X10", "a tenth entered two days later", [entered("2025-03-05 00:00")] * 2, [WINDOW]),
    Example("X10", "entered on the next day", [entered("2025-03-04 23:59:59")] * 5, []),
    Example("X10", "of Saturday, entered on Tuesday", [entered("2025-03-11 09:00", "2025-03-08 09:00")] * 5, []),
    Example("X10", "of Saturday, entered on Wednesday", [entered("2025-03-12 09:00", "2025-03-08 09:00")] * 2, [WINDOW]),
    Example("X10", "written late where no entry is told", [{"application": {"entered": None, "written": "2025-03-05"}}] * 2,
      [WINDOW]),
    Example("X10", "entered at once and written late", [{"application": {"written": "2025-03-07 09:00"}}] * 5, []),
    Example("X11", "one of twenty", [{"approval_case": {"region_code": "430200"}}], [WINDOW], setup=[node]),
    Example("X11", "less than one of twenty", [{"approval_case": {"region_code": "430200"}}], [], 21, [node]),
    Example("X11", "a district of its own", [{"approval_case": {"region_code": "430102001"}}] * 5, [], setup=[node]),
    Example("X11", "the city, of a district's office", [{"approval_case": {"region_code": "430100000000"}}] * 20, [WINDOW],
      setup=[lambda c: node(c, "430102")]),
    Example("X11", "an organisation that the catalogue lacks", [{"approval_case": {"region_code": "430200"}}], [WINDOW]),
)  # fmt: skip


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: f"{each.rule} {each.name}")
def test_a_month_is_found_as_the_rule_says(engine: Engine, example: Example) -> None:
    with writing(engine) as connection:
        hold(connection, example)


def hold(connection: Connection, example: Example) -> None:
    for setup in example.setup:
        setup(connection)
    month(connection, example.lives)
    findings, _ = found(connection, example.rule)
    assert sorted(findings) == sorted(example.subjects), example.name


def unpublished(connection: Connection) -> None:
    """As if no notice of 2025 were known."""
    connection.execute(delete(calendar_year).where(calendar_year.c.year == 2025))
    rebuild(connection, 2)


SUNDAY, LATE = finished("2025-03-16 10:00"), entered("2025-03-12 09:00")


@pytest.mark.parametrize(("rule", "strange"), [("X8", SUNDAY), ("X10", LATE)], ids=["X8", "X10"])
def test_days_that_no_notice_names_accuse_nobody(engine: Engine, rule: str, strange: Rows) -> None:
    with writing(engine) as connection:
        hold(connection, Example(rule, "presumed days", [strange] * 5, [], setup=[unpublished]))


def strange_of(rule: str) -> Example:
    return next(each for each in EXAMPLES if each.rule == rule and each.subjects)


RULES = sorted({each.rule for each in EXAMPLES})


@pytest.mark.parametrize("rule", RULES)
def test_a_finding_tells_its_share_its_sample_and_the_cases_behind_it(engine: Engine, rule: str) -> None:
    example = strange_of(rule)
    with writing(engine) as connection:
        hold(connection, example)
        told = found(connection, rule)[0][example.subjects[0]]
    strange = len(example.strange)
    assert (told["hits"], told["sample"], told["window"]) == (strange, example.total, "2025-03")
    assert told["used"] == pytest.approx(100 * strange / example.total)
    assert told["threshold_percent"] <= told["share_percent"]
    assert told["cases"] == list(range(1, strange + 1))[-10:]


@pytest.mark.parametrize("rule", RULES)
def test_what_a_dialect_does_not_deliver_is_not_judged_but_counted(engine: Engine, rule: str) -> None:
    example = strange_of(rule)
    with writing(engine) as connection:
        hold(connection, example)
        for need in declared()[rule].needs:
            delivers = {SYSTEM: papers.everything_but(*need.split(" or "))}
            assert found(connection, rule, delivers=delivers) == ({}, {"not_reported": 2}), need


@pytest.mark.parametrize("rule", RULES)
def test_too_few_cases_are_not_judged(engine: Engine, rule: str) -> None:
    example = strange_of(rule)
    with writing(engine) as connection:
        for setup in example.setup:
            setup(connection)
        month(connection, example.lives[: shipped_rules()[rule].value("cases") - 1])
        findings, reasons = found(connection, rule)
        assert (findings, reasons["too_few_cases"]) == ({}, 2)


NOT_JUDGED: tuple[tuple[str, Sequence[Rows], str], ...] = (
    ("X2", [STRANGER] * 20, "no_staff_list"),
    ("X4", [{}] * 20, "item_unknown"),
    ("X5", [ONLINE] * 30, "windows_unknown"),
    ("X7", [{}] * 20, "applicants_alike"),
)


@pytest.mark.parametrize(("rule", "lives", "reason"), NOT_JUDGED, ids=[each[0] for each in NOT_JUDGED])
def test_why_a_month_is_not_judged_is_counted(
    engine: Engine, rule: str, lives: Sequence[Rows], reason: str
) -> None:
    with writing(engine) as connection:
        month(connection, lives)
        assert found(connection, rule) == ({}, {reason: 1, "too_few_cases": 1})


def test_what_was_not_reported_is_no_part_of_the_sample(engine: Engine) -> None:
    """Nineteen cases tell when they were written; the twentieth does not."""
    with writing(engine) as connection:
        month(connection, [*[AT_ONCE] * 19, {"application": {"written": None}}])
        assert found(connection, "X6") == ({}, {"too_few_cases": 2})


def test_a_month_is_judged_once_it_has_ended_and_for_two_months_on(engine: Engine) -> None:
    with writing(engine) as connection:
        month(connection, [AT_ONCE] * 20)
        judged = [day for day in ("2025-03-30", "2025-03-31 23:59:59", "2025-03-31", "2025-05-30", "2025-05-31")
                  if found(connection, "X6", day)[0]]  # fmt: skip
        assert judged == ["2025-03-31", "2025-05-30"]


def shares(connection: Connection, mine: int, *others: int) -> tuple[dict[str, Any], dict[str, int]]:
    """This system refuses `mine` of 20 cases, the others theirs."""
    forget_cases(connection)
    codes = [SYSTEM, *(f"peer-{n}" for n in range(len(others)))]
    peers(connection, *codes[1:])
    for place, (code, refused) in enumerate(zip(codes, (mine, *others), strict=True)):
        lives = [{"completion": {"result": "7" if n < refused else "0"}} for n in range(20)]
        month(connection, lives, code, 1 + 100 * place)
    return found(connection, "X12")


def far_off(connection: Connection) -> None:
    refused = f"{WINDOW} refusals"
    findings, _ = shares(connection, 8, 2, 2, 2)
    assert findings.keys() == {refused}
    told = findings[refused]
    assert (told["hits"], told["sample"], told["peers"], told["peer_share_percent"]) == (8, 20, 3, 10)
    assert shares(connection, 7, 2, 2, 2)[0] == {}
    assert refused in shares(connection, 0, 6, 6, 6)[0]
    assert shares(connection, 0, 5, 5, 5)[0] == {}


def test_a_share_far_off_its_peers_is_found_on_either_side(engine: Engine) -> None:
    with writing(engine) as connection:
        far_off(connection)


def test_too_few_peers_say_nothing(engine: Engine) -> None:
    with writing(engine) as connection:
        findings, reasons = shares(connection, 20, 0, 0)
        assert (findings, reasons) == ({}, {"too_few_cases": 3, "too_few_peers": 3})


def test_systems_with_the_same_items_are_the_nearer_peers(engine: Engine) -> None:
    """Three others of the same items refuse as many; the three of other items refuse nothing."""
    with writing(engine) as connection:
        shares(connection, 10, 10, 10, 10, 0, 0, 0)
        item = papers.metadata.tables["approval_case"]
        connection.execute(item.update().where(item.c.case_id >= 401).values(item_code="I9"))
        findings, _ = found(connection, "X12")
        assert not [subject for subject in findings if subject.startswith(SYSTEM)]


def begun(day: str, **more: Any) -> Rows:
    """Promised 4 W from Monday 3 March 2025: the last day is Friday 7; a hearing begins."""
    return {
        "approval_case": {"promised_limit": 4, "promised_limit_unit": "W"},
        "special_procedure": [{"kind": "2", "started": day, **more}],
    }


def exact(ended: str, limit: int = 2, unit: str = "W", started: str = "2025-03-05 10:00") -> Rows:
    return {
        "special_procedure": [
            {"kind": "2", "started": started, "approved_limit": limit, "approved_limit_unit": unit}
        ],
        "special_procedure_result": [{"procedure_seq": 1, "ended": ended}],
    }


PROCEDURES: tuple[tuple[str, Rows, list[str]], ...] = (
    ("begun on the last day", begun("2025-03-07 10:00"), []),
    ("begun on the rest days after it", begun("2025-03-09 10:00"), []),
    ("begun on the next working day", begun("2025-03-10 00:00"), ["procedure 1"]),
    ("begun on that day, without a time", begun("2025-03-10"), ["procedure 1"]),
    ("an extension", {**begun("2025-03-10"), "special_procedure": [{"kind": "1", "started": "2025-03-10"}]}, []),
    ("begun after it was finished in time", {**begun("2025-03-12"), "completion": {"completed": "2025-03-07", "result": "0"}}, []),
    ("of a limit that is only statutory", {**begun("2025-03-10"), "approval_case": {"statutory_limit": 4}}, ["procedure 1"]),
    ("without any limit", {**begun("2025-03-28"), "approval_case": {}}, []),
    ("the second within what the first made stand still", {**begun(""), "special_procedure": [
        {"kind": "2", "started": "2025-03-07 10:00"}, {"kind": "3", "started": "2025-03-10 10:00"}]}, []),
    ("ended at the time of day at which it began", exact("2025-03-07 10:00"), ["procedure 1"]),
    ("ended a second later", exact("2025-03-07 10:00:01"), []),
    ("ended on another day than the last", exact("2025-03-06 10:00"), []),
    ("natural days, to the working day after", exact("2025-03-10 10:00", 3, "D"), ["procedure 1"]),
    ("a month", exact("2025-03-10 10:00", 1, "M", "2025-02-10 10:00"), ["procedure 1"]),
    ("hours that had run out", exact("2025-03-10 10:00", 72, "H"), ["procedure 1"]),
    ("hours that had not", exact("2025-03-10 10:00", 71, "H"), []),
    ("days without a time", exact("2025-03-07", started="2025-03-05"), []),
)  # fmt: skip


def hold_procedures(connection: Connection) -> None:
    papers.store(connection, *(life for _, life, _ in PROCEDURES))
    seen = papers.found(connection, "X9", "2025-03-31")
    wanted = {number: subjects for number, (_, _, subjects) in enumerate(PROCEDURES, 1) if subjects}
    assert seen == wanted


def test_a_procedure_is_found_as_the_rule_says(engine: Engine) -> None:
    with writing(engine) as connection:
        hold_procedures(connection)


def test_a_procedure_whose_beginning_is_not_delivered_is_counted(engine: Engine) -> None:
    delivers = papers.everything_but("SpecialProcedure.StartedAt")
    with writing(engine) as connection:
        papers.store(connection, begun("2025-03-10"))
        assert papers.found(connection, "X9", "2025-03-31", delivers) == {}
        assert papers.not_judged(connection, "X9", "2025-03-31", delivers) == {"not_reported": 1}
