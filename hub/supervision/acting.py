"""Acts on the difference between what was found and the open cards: withdraw, settle, relevel, close, raise, in chunks.

`NOW` findings are of today, `REVIEW` findings of open cards, as of the issue of each (docs/rules/time.md, 25).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Connection, Date, String, bindparam, text
from sqlalchemy.types import TypeEngine

from hub.supervision import cards, ordering, snapshot, units, windows
from hub.supervision.cards import Change, Log, NewCard
from hub.supervision.figures import figures
from hub.supervision.judge import AsOf
from hub.supervision.regions import Deadlines
from hub.supervision.rules import Rule
from hub.supervision.states import ISSUED, LEVEL_NAMES, automatic
from hub.supervision.summary import Summary

NOW, REVIEW = "judge_now_", "judge_review_"
CHUNK = 500
ESCALATIONS = ("T10", "T11")
"""Rules whose cards are one level above another card, or an order."""
Row = dict[str, Any]
_COLUMNS = (
    "f.used, f.limit_value, f.excess, f.unit AS f_unit, f.due_n, f.extension, f.level AS f_level, f.evidence,"
    " f.step AS f_step, f.handler AS f_handler"
)


@dataclass(frozen=True, slots=True)
class Acting:
    """What the steps share. `codes` are the rules acted on; `about_cases`: their findings are about cases, else units."""

    connection: Connection
    as_of: AsOf
    at: int
    rules: Mapping[str, Rule]
    codes: Sequence[str]
    calendar_version: int
    deadlines: Deadlines
    summary: Summary
    log: Log | None
    about_cases: bool = True

    @property
    def listed(self) -> str:
        """The codes as a list of SQL."""
        return ", ".join(f"'{code}'" for code in self.codes)

    def answer_due(self, region: str | None) -> tuple[int, date | None]:
        """Working days, and last day, for the answer to a card that is issued on the day of this run in a region."""
        workdays = self.rules["T10"].value("workdays")
        return workdays, self.deadlines.after(self.as_of.day, workdays, region)


def act(acting: Acting) -> None:
    """Withdraw, settle, relevel, close and raise cards; each chunk in a short transaction, one writer of cards at a time."""
    if not acting.codes:
        return
    _in_chunks(acting, _withdrawable, _withdraw)
    _in_chunks(acting, _settleable, _settle)
    _in_chunks(acting, _relevelable, _relevel)
    _in_chunks(acting, _refigurable, _refigure)
    _in_chunks(acting, _orderable, _order)
    if acting.about_cases:
        _in_chunks(acting, _closeable, _close)
    _in_chunks(acting, _raisable, _raise)


def _in_chunks(
    acting: Acting,
    select_chunk: Callable[[Acting, int, str, str], Sequence[Row]],
    do: Callable[[Acting, Change, Sequence[Row]], None],
) -> None:
    last_id, last_rule, last_subject = 0, "", ""
    while True:
        with acting.connection.begin():
            change = Change(acting.connection, acting.at)
            change.lock()
            rows = select_chunk(acting, last_id, last_rule, last_subject)
            if not rows:
                return
            do(acting, change, rows)
            change.log(acting.log)
        last_id, last_rule, last_subject = rows[-1]["id"], rows[-1]["rule"], rows[-1]["subject"] or ""


def _rows(acting: Acting, sql: str, last_id: int, **binds: Any) -> Sequence[Row]:
    kinds: dict[type, TypeEngine[Any]] = {int: BigInteger(), date: Date(), str: String()}
    typed = [
        bindparam(name, value, kinds[type(value)]) for name, value in {"last_id": last_id, **binds}.items()
    ]
    statement = text(f"{sql} LIMIT {CHUNK}").bindparams(*typed)
    # SQLite hands days out as text unless it is told which columns are days.
    found = acting.connection.execute(
        statement.columns(due_on=Date(), raised_on=Date(), issued_on=Date(), feedback_due_on=Date())
    )
    return [dict(row) for row in found.mappings()]


def _same(finding: str, card: str) -> str:
    """The condition that a finding of a review is about a card."""
    return (
        f"{finding}.scope_id = {card}.card_id AND {finding}.rule = {card}.rule"
        f" AND {finding}.subject = COALESCE({card}.subject, '')"
    )


def _withdrawable(acting: Acting, last_id: int, *_: str) -> Sequence[Row]:
    """Open cards that were reviewed and whose finding does not arise."""
    return _rows(
        acting,
        f"SELECT c.*, c.card_id AS id FROM card c JOIN {REVIEW}scope s ON s.scope_id = c.card_id"
        f" WHERE c.card_id > :last_id AND c.open_key IS NOT NULL AND c.rule IN ({acting.listed}) AND NOT EXISTS ("
        f"SELECT 1 FROM {REVIEW}finding f WHERE {_same('f', 'c')}) ORDER BY c.card_id",
        last_id,
    )


def _withdraw(acting: Acting, change: Change, rows: Sequence[Row]) -> None:
    facts = _facts(acting, rows)
    for row in rows:
        fact = facts[row["case_id"]] if row["case_id"] is not None else None
        reason = "按现有数据以发牌时点重判，不再成立 · with today's data, judged as of its issue, it would not arise"
        if fact is not None and fact["state"] != "current":
            reason = "办件已删除或待补全 · the case was deleted, or waits for its other parts"
        as_of = AsOf(row["judged_as_of"], row["raised_on"])
        cards.withdraw(change, row, reason, {} if fact is None else snapshot.snapshot(fact, as_of))
        acting.summary.withdrawn[row["rule"]] += 1


def _settleable(acting: Acting, last_id: int, *_: str) -> Sequence[Row]:
    """Provisional open cards whose finding is not provisional any more."""
    return _rows(
        acting,
        f"SELECT c.*, c.card_id AS id, {_COLUMNS} FROM card c JOIN {REVIEW}finding f ON {_same('f', 'c')}"
        f" WHERE c.card_id > :last_id AND c.open_key IS NOT NULL AND c.rule IN ({acting.listed})"
        " AND c.provisional = 1 AND f.provisional = 0 ORDER BY c.card_id",
        last_id,
    )


def _settle(acting: Acting, change: Change, rows: Sequence[Row]) -> None:
    for row in rows:
        judged = figures({**row, "unit": row["f_unit"]})
        due = acting.answer_due(row["region_code"])
        if cards.settle(change, row, judged, acting.calendar_version, acting.as_of.day, due):
            acting.summary.issued[row["rule"]] += 1
            evidence = json.loads(row["snapshot"]).get("evidence", {})
            why = ordering.begins_by_itself(acting.rules[row["rule"]], row["level"], evidence)
            if why is not None:
                ordering.start_by_itself(change, cards.find(change, row["card_id"]), why)


def _relevelable(acting: Acting, last_id: int, *_: str) -> Sequence[Row]:
    """Open cards whose rule gives them another level now; escalations keep the one that they were raised with."""
    levels = {code: acting.rules[code].level for code in acting.codes if code not in ESCALATIONS}
    if not levels:
        return []
    cases = " ".join(f"WHEN '{code}' THEN {level}" for code, level in levels.items())
    listed = ", ".join(f"'{code}'" for code in levels)
    return _rows(
        acting,
        f"SELECT c.*, c.card_id AS id, COALESCE(f.level, CASE c.rule {cases} END) AS now_level"
        f" FROM card c JOIN {REVIEW}finding f ON {_same('f', 'c')}"
        f" WHERE c.card_id > :last_id AND c.open_key IS NOT NULL AND c.rule IN ({listed})"
        f" AND c.judged_level <> COALESCE(f.level, CASE c.rule {cases} END) ORDER BY c.card_id",
        last_id,
    )


def _relevel(acting: Acting, change: Change, rows: Sequence[Row]) -> None:
    for row in rows:
        cards.relevel(change, row, row["now_level"], acting.rules[row["rule"]])
        acting.summary.relevelled[row["rule"]] += 1


def _refigurable(acting: Acting, last_id: int, *_: str) -> Sequence[Row]:
    """Open cards whose limit has another last day by now."""
    return _rows(
        acting,
        f"SELECT c.*, c.card_id AS id, {_COLUMNS}, f.provisional AS now_provisional FROM card c"
        f" JOIN {REVIEW}finding f ON {_same('f', 'c')}"
        " LEFT JOIN work_calendar k ON k.scope = '' AND k.day = c.due_on"
        f" WHERE c.card_id > :last_id AND c.open_key IS NOT NULL AND c.rule IN ({acting.listed})"
        " AND COALESCE(k.day_number, -1) <> COALESCE(f.due_n, -1) ORDER BY c.card_id",
        last_id,
    )


def _refigure(acting: Acting, change: Change, rows: Sequence[Row]) -> None:
    for row in rows:
        judged = figures({**row, "unit": row["f_unit"]})
        # What was certain stays so: it is withdrawn where it would not arise.
        provisional = bool(row["provisional"] and row["now_provisional"])
        cards.refigure(change, row, judged, provisional, acting.calendar_version)
        acting.summary.refigured[row["rule"]] += 1


def _orderable(acting: Acting, last_id: int, *_: str) -> Sequence[Row]:
    """Red cards of rules that begin with an order in this profile, and never had one: the profile is younger than they are.

    What was answered or appealed is with people, and stays so.
    """
    codes = [
        code for code in acting.codes if acting.rules[code].profile in acting.rules[code].declared.orders
    ]
    if not codes:
        return []
    listed = ", ".join(f"'{code}'" for code in codes)
    return _rows(
        acting,
        f"SELECT c.*, c.card_id AS id FROM card c JOIN {REVIEW}scope s ON s.scope_id = c.card_id"
        f" WHERE c.card_id > :last_id AND c.open_key IS NOT NULL AND c.state = '{ISSUED}' AND c.judged_level = 3"
        f" AND c.rule IN ({listed}) AND NOT EXISTS (SELECT 1 FROM supervision_order o WHERE o.card_id = c.card_id)"
        " ORDER BY c.card_id",
        last_id,
    )


def _order(acting: Acting, change: Change, rows: Sequence[Row]) -> None:
    for row in rows:
        why = ordering.begins_by_itself(acting.rules[row["rule"]], 3, {})
        assert why is not None
        ordering.start_by_itself(change, row, why)
        acting.summary.ordered[row["rule"]] += 1


def _closeable(acting: Acting, last_id: int, *_: str) -> Sequence[Row]:
    """Open cards of a passing condition that another rule has taken over, or that is over since the card was issued."""
    conditions = []
    for code in acting.codes:
        ways = []
        for end in acting.rules[code].declared.closes:
            if end == "finished":
                ways.append("b.finished = 1")
            elif end == "gone":
                ways.append(
                    f"NOT EXISTS (SELECT 1 FROM {NOW}finding g WHERE g.scope_id = c.case_id AND g.rule = c.rule"
                    " AND g.subject = COALESCE(c.subject, ''))"
                )
            else:
                ways.append(
                    f"EXISTS (SELECT 1 FROM {NOW}finding t WHERE t.scope_id = c.case_id AND t.rule = '{end}')"
                )
        if ways:
            conditions.append(f"(c.rule = '{code}' AND ({' OR '.join(ways)}))")
    if not conditions:
        return []
    # An appeal and an order are brought to their end by people first.
    closing = ", ".join(f"'{state}'" for state in automatic("close"))
    return _rows(
        acting,
        f"SELECT c.*, c.card_id AS id, b.finished AS is_finished FROM card c"
        f" JOIN {REVIEW}scope s ON s.scope_id = c.card_id JOIN {NOW}base b ON b.scope_id = c.case_id"
        f" WHERE c.card_id > :last_id AND c.open_key IS NOT NULL AND c.state IN ({closing})"
        f" AND ({' OR '.join(conditions)}) ORDER BY c.card_id",
        last_id,
    )


def _close(acting: Acting, change: Change, rows: Sequence[Row]) -> None:
    facts = _facts(acting, rows)
    for row in rows:
        after = [end for end in acting.rules[row["rule"]].declared.closes if end in acting.rules]
        if after == ["T2"] and not row["is_finished"]:
            light = LEVEL_NAMES[acting.rules["T2"].level]
            reason = f"已超过承诺时限，转为{light} · the promised limit is past, T2 takes over"
        elif row["is_finished"]:
            reason = "办件已办结 · the case is finished"
        else:
            reason = "所警示的情形已结束 · what the card warned of is over"
        cards.close(change, row, reason, snapshot.snapshot(facts[row["case_id"]], acting.as_of))
        acting.summary.closed[row["rule"]] += 1


def _raisable(acting: Acting, last_id: int, last_rule: str, last_subject: str) -> Sequence[Row]:
    """Findings of today for which no card exists but those that the hub withdrew."""
    known = "c.case_id = f.scope_id" if acting.about_cases else "1 = 1"
    same_subject = (
        "COALESCE(c.subject, '') = f.subject" if acting.about_cases else "c.subject = f.subject"
    )  # the second has an index
    return _rows(
        acting,
        f"SELECT f.scope_id AS id, f.rule, f.subject, f.provisional, f.case_id, {_COLUMNS} FROM {NOW}finding f"
        f" WHERE f.rule IN ({acting.listed}) AND f.scope_id >= :last_id AND (f.scope_id > :last_id OR f.rule > :last_rule"
        " OR (f.rule = :last_rule AND f.subject > :last_subject)) AND NOT EXISTS ("
        f"SELECT 1 FROM card c WHERE {known} AND c.rule = f.rule AND {same_subject}"
        " AND c.standing = 1) ORDER BY f.scope_id, f.rule, f.subject",
        last_id,
        last_rule=last_rule,
        last_subject=last_subject,
    )


def _raise(acting: Acting, change: Change, rows: Sequence[Row]) -> None:
    if acting.about_cases:
        rows = [{**row, "case_id": row["id"]} for row in rows]
    facts = _facts(acting, rows)
    about = {} if acting.about_cases else units.facts(acting.connection, NOW, [row["id"] for row in rows])
    over = [row for row in rows if acting.rules[row["rule"]].declared.window]
    behind = windows.cases_behind(acting.connection, NOW, over) if over else {}
    new = []
    for row in rows:
        unit = about.get(row["id"])
        fact = facts[row["case_id"]] if row["case_id"] is not None else about[row["id"]]
        if unit is not None and unit["answers"]:  # the unit has an organisation of its own
            fact = {**fact, "org_uscc": unit["org_uscc"], "org_name": unit["org_name"]}
        given = {**row, "cases": behind.get((row["id"], row["rule"], row["subject"]))}
        new.append(_new_card(acting, given, fact, None if unit is None else unit["subject"]))
    entered = cards.raise_cards(change, new)
    for raised in entered:
        acting.summary.raised[raised.rule.code] += 1
    # The order of a card that waits for its calendar begins when it is issued (`_settle`).
    ordered = {
        raised.open_key: raised.ordered for raised in entered if raised.ordered and raised.state == ISSUED
    }
    for key, card_id in cards.open_ids(acting.connection, list(ordered)).items() if ordered else ():
        ordering.start_by_itself(change, cards.find(change, card_id), ordered[key])


def _facts(acting: Acting, rows: Sequence[Row]) -> dict[int, dict[str, Any]]:
    ids = sorted({row["case_id"] for row in rows if row["case_id"] is not None})
    return snapshot.load(acting.connection, ids) if ids else {}


def _new_card(acting: Acting, row: Row, fact: Mapping[str, Any], unit_key: str | None) -> NewCard:
    judged = figures({**row, "unit": row["f_unit"]})
    rule = acting.rules[row["rule"]]
    handler, seen = row["f_handler"], {"subject": row["subject"]}
    if row["case_id"] is not None:
        handler = handler or snapshot.handler(fact, acting.as_of)
        seen = snapshot.snapshot(fact, acting.as_of)
    told = {"evidence": snapshot.plain_json(row["evidence"])} if row["evidence"] else {}
    if "no_system" in fact:
        told["no_system"] = fact["no_system"]
    if row["cases"] is not None:
        # Some of the cases behind it; `suphub fabrication SYSTEM --cases RULE` lists them all.
        told["cases"] = row["cases"]
    level = row["f_level"] or rule.level
    workdays, due = acting.answer_due(fact["region_code"])
    return NewCard(
        rule=rule,
        calendar_version=acting.calendar_version,
        case_id=row["case_id"],
        fact=fact,
        handler=handler,
        provisional=bool(row["provisional"]),
        raised_on=acting.as_of.day,
        judged_as_of=acting.as_of.at,
        figures=judged,
        snapshot={**seen, "judged": judged.as_dict(), **told},
        level=level,
        feedback_due_on=due,
        feedback_workdays=workdays,
        region_code=fact["region_code"],
        subject=row["subject"],
        step=row["f_step"],
        unit_key=None if acting.about_cases else unit_key,
        ordered=ordering.begins_by_itself(rule, level, told.get("evidence", {})),
    )
