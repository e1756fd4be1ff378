"""The cards and the hands of orders as a tried change would have left them, in temporary tables: what T14, T10 and T11 are tried on.

`try_card` holds the cards that are there, without those of the period that the tried rules would not have raised, with the
levels and days of issue that the changed ones would have given them, and beside them the cards that would have been raised,
issued and unanswered. `try_hand` holds the hands of the orders that are there; no order is begun in it. Last days are counted
by the calendar as it is tried, those that a letter has set stay.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from sqlalchemy import Connection, text

from hub.supervision.hands import HANDS
from hub.supervision.judge import analyze, bound, drop
from hub.supervision.rules import Rule
from hub.supervision.scopes import regional
from hub.supervision.states import ISSUED, PENDING

CARDS, HANDS_LEFT, _STAGE = "try_card", "try_hand", "try_stage"
NEW = 10**15
"""Numbers of cards that would be raised begin behind it."""
RESTING = ("T14", "T10", "T11")
"""The rules that rest on cards and orders, in the order in which they are tried: a T14 card is itself to be answered."""

_COLUMNS = (
    "card_id, case_id, rule, system, subject, level, state, open_key, issued_on, answered_on, feedback_due_on,"
    " feedback_workdays, region_code, handler, step"
)
_CREATE = (
    "card_id BIGINT NOT NULL, case_id BIGINT, rule VARCHAR(20) NOT NULL, system VARCHAR(64), subject VARCHAR(200), level INTEGER,"
    " state VARCHAR(10), open_key VARCHAR(300), issued_on DATE, answered_on DATE, feedback_due_on DATE,"
    " feedback_workdays INTEGER, region_code VARCHAR(12), handler VARCHAR(200), step VARCHAR(200)"
)


def needs(code: str) -> tuple[str, ...]:
    """What must be judged beside a rule that rests on cards, though it was not asked for."""
    return ("T2",) if code == "T14" else ()


def leave(
    connection: Connection,
    tables: tuple[str, str],
    rules: Mapping[str, Rule],
    before: Mapping[str, Rule],
    judged: Collection[str],
    days: tuple[date, date],
    moved: bool,
) -> None:
    """Make CARDS and HANDS_LEFT; `tables` hold what the rules `judged` found in the period `days` and on the day before it.

    `moved`: what is tried is another calendar or catalogue, by which cards of all rules may have come on another day.
    """
    for table, columns in ((_STAGE, _CREATE), (CARDS, _CREATE)):
        drop(connection, table)
        connection.execute(text(f"CREATE TEMPORARY TABLE {table} ({columns})"))
    _keep(connection, tables, rules, before, judged, days, moved)
    _raise(connection, tables, rules, judged)
    analyze(connection, _STAGE)
    _count_days(connection)
    drop(connection, _STAGE)
    analyze(connection, CARDS)
    _hands(connection, rules, before, days)


def names(connection: Connection) -> dict[str, str]:
    """Subject by which T10 knows a card that would be raised → how it is told to people."""
    rows = connection.execute(
        text(
            f"SELECT q.card_id, q.rule, COALESCE(h.case_no, q.subject) AS about FROM {CARDS} q"
            f" LEFT JOIN case_head h ON h.id = q.case_id WHERE q.card_id > {NEW}"
        )
    )
    return {f"card {row.card_id}": f"card by {row.rule} {row.about or ''}".strip() for row in rows}


def _same(table: str) -> str:
    """Whether a row of `table` (f) is what the card c is about."""
    return (
        f"SELECT 1 FROM {table} f WHERE c.rule = f.rule AND COALESCE(c.subject, '') = f.subject"
        " AND (f.case_id = 0 OR c.case_id = f.case_id)"
    )


def _listed(codes: Collection[str]) -> str:
    return ", ".join(f"'{code}'" for code in sorted(codes)) or "''"


def _keep(
    connection: Connection,
    tables: tuple[str, str],
    rules: Mapping[str, Rule],
    before: Mapping[str, Rule],
    judged: Collection[str],
    days: tuple[date, date],
    moved: bool,
) -> None:
    """The cards that are there, as far as they would be."""
    found, earlier = tables
    changed = [code for code in judged if moved or rules[code] != before[code]]
    levels = [code for code in changed if rules[code].level != before[code].level]
    new_level = " ".join(f"WHEN '{code}' THEN {rules[code].level}" for code in levels)
    old_level = " ".join(f"WHEN '{code}' THEN {before[code].level}" for code in levels)
    within = "c.standing = 1 AND c.raised_on >= :first AND c.raised_on <= :last"
    here, then = f"EXISTS ({_same(found)})", f"EXISTS ({_same(earlier)})"
    level = (
        f"CASE WHEN {within} AND c.level = CASE c.rule {old_level} END AND EXISTS ({_same(found)} AND f.level IS NULL)"
        f" THEN CASE c.rule {new_level} END ELSE c.level END"
        if levels
        else "c.level"
    )
    day = _same(found).replace("SELECT 1", "SELECT MIN(f.day)", 1)
    answer = rules["T10"].value("workdays")
    other = answer != before["T10"].value("workdays")
    workdays = f"CASE WHEN c.feedback_workdays > 0 AND c.issued_on >= :first THEN {answer} ELSE c.feedback_workdays END"
    connection.execute(
        bound(
            f"INSERT INTO {_STAGE} SELECT c.card_id, c.case_id, c.rule, c.system, c.subject, {level}, c.state, c.open_key,"
            f" CASE WHEN c.rule IN ({_listed(changed)}) AND {within} AND c.issued_on IS NOT NULL AND {here} AND NOT {then}"
            f" THEN ({day}) ELSE c.issued_on END, c.answered_on, c.feedback_due_on,"
            f" {workdays if other else 'c.feedback_workdays'}, c.region_code, c.handler, c.step FROM card c"
            f" WHERE NOT (c.rule IN ({_listed(judged)}) AND {within} AND NOT {here} AND NOT {then})",
            {"first": days[0], "last": days[1]},
        )
    )


def _raise(
    connection: Connection, tables: tuple[str, str], rules: Mapping[str, Rule], judged: Collection[str]
) -> None:
    """The cards that would be raised; provisional ones that wait to be issued (待发) are not answered."""
    if not judged:
        return
    found, earlier = tables
    levels = " ".join(f"WHEN '{code}' THEN {rules[code].level}" for code in sorted(judged))
    connection.execute(
        text(
            f"INSERT INTO {_STAGE} SELECT {NEW} + ROW_NUMBER() OVER (ORDER BY q.day, q.rule, q.case_id, q.subject), q.case_id,"
            f" q.rule, q.system, q.subject, q.level, CASE WHEN q.waits = 1 THEN '{PENDING}' ELSE '{ISSUED}' END, 'new',"
            " CASE WHEN q.waits = 1 THEN NULL ELSE q.day END, NULL, NULL,"
            f" {rules['T10'].value('workdays')}, COALESCE(a.region_code, y.region), NULL, NULL FROM ("
            "SELECT f.day, f.rule, f.system, f.subject, COALESCE(NULLIF(f.case_id, 0), f.own_case) AS case_id,"
            f" COALESCE(f.level, CASE f.rule {levels} END) AS level,"
            f" CASE WHEN f.provisional = 1 AND COALESCE(f.level, CASE f.rule {levels} END) > 1 THEN 1 ELSE 0 END AS waits"
            f" FROM {found} f WHERE f.rule IN ({_listed(judged)}) AND NOT EXISTS (SELECT 1 FROM {earlier} b WHERE b.rule = f.rule"
            " AND b.case_id = f.case_id AND b.subject = f.subject)"
            f" AND NOT EXISTS (SELECT 1 FROM card c WHERE c.standing = 1 AND c.rule = f.rule AND COALESCE(c.subject, '') = f.subject"
            " AND (f.case_id = 0 OR c.case_id = f.case_id))"
            ") q LEFT JOIN approval_case a ON a.case_id = q.case_id LEFT JOIN system y ON y.code = q.system"
        )
    )


def _count_days(connection: Connection) -> None:
    """Count the last days for the answers by the calendar of the card's region."""
    regions, calendar = regional(connection)
    kept = ", ".join(f"a.{name}" for name in _COLUMNS.split(", "))
    due = "CASE WHEN a.feedback_workdays > 0 AND ki.day IS NOT NULL THEN kd.day ELSE a.feedback_due_on END"
    connection.execute(
        text(
            f"INSERT INTO {CARDS} SELECT {kept.replace('a.feedback_due_on', due)} FROM {_STAGE} a {regions}"
            f" LEFT JOIN work_calendar ki ON ki.scope = {calendar} AND ki.day = a.issued_on"
            f" LEFT JOIN work_calendar kd ON kd.scope = {calendar} AND kd.is_workday = 1"
            " AND kd.workday_number = ki.workday_number + a.feedback_workdays"
        )
    )


def _hands(
    connection: Connection, rules: Mapping[str, Rule], before: Mapping[str, Rule], days: tuple[date, date]
) -> None:
    """The hands of orders, those that were opened in the period with the days that the tried T11 would give them."""
    drop(connection, HANDS_LEFT)
    regions, calendar = regional(connection)
    given = {hand.name: rules["T11"].value(hand.parameter) for hand in HANDS}
    same = all(rules["T11"].value(hand.parameter) == before["T11"].value(hand.parameter) for hand in HANDS)
    words = " ".join(f"WHEN '{name}' THEN {number}" for name, number in given.items())
    workdays = (
        "h.workdays"
        if same
        else (
            f"CASE WHEN h.workdays > 0 AND h.opened_on >= :first THEN CASE h.hand {words} ELSE h.workdays END ELSE h.workdays END"
        )
    )
    connection.execute(
        text(
            f"CREATE TEMPORARY TABLE {HANDS_LEFT} (order_id BIGINT NOT NULL, number INTEGER NOT NULL, hand VARCHAR(20),"
            " role VARCHAR(20), actor VARCHAR(100), opened_on DATE, due_on DATE, done_on DATE)"
        )
    )
    connection.execute(
        bound(
            f"INSERT INTO {HANDS_LEFT} SELECT h.order_id, h.number, h.hand, h.role, h.actor, h.opened_on,"
            " CASE WHEN h.workdays > 0 AND ki.day IS NOT NULL THEN kd.day ELSE h.due_on END, h.done_on"
            f" FROM supervision_order a JOIN order_hand h ON h.order_id = a.order_id {regions}"
            f" LEFT JOIN work_calendar ki ON ki.scope = {calendar} AND ki.day = h.opened_on"
            f" LEFT JOIN work_calendar kd ON kd.scope = {calendar} AND kd.is_workday = 1"
            f" AND kd.workday_number = ki.workday_number + {workdays}",
            {"first": days[0]},
        )
    )
    analyze(connection, HANDS_LEFT)
