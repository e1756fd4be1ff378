"""Acts on the difference between what was found and the open cards: withdraw, settle, relevel, close, raise, in chunks."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hub.supervision import cards, differences, ordering, snapshot, units, windows
from hub.supervision.cards import Change, NewCard
from hub.supervision.differences import NOW, REVIEW, Acting, Row
from hub.supervision.figures import figures
from hub.supervision.judge import AsOf
from hub.supervision.states import ISSUED, LEVEL_NAMES

__all__ = ["NOW", "REVIEW", "Acting", "act"]


def act(acting: Acting) -> None:
    """Withdraw, settle, relevel, close and raise cards; each chunk in a short transaction, one writer of cards at a time."""
    if not acting.codes:
        return
    _in_chunks(acting, differences.withdrawable, _withdraw)
    _in_chunks(acting, differences.settleable, _settle)
    _in_chunks(acting, differences.relevelable, _relevel)
    _in_chunks(acting, differences.refigurable, _refigure)
    _in_chunks(acting, differences.orderable, _order)
    if acting.about_cases:
        _in_chunks(acting, differences.closeable, _close)
    _in_chunks(acting, differences.raisable, _raise)


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


def _withdraw(acting: Acting, change: Change, rows: Sequence[Row]) -> None:
    facts = _facts(acting, rows)
    for row in rows:
        fact = facts[row["case_id"]] if row["case_id"] is not None else None
        rule = acting.rules[row["rule"]]
        reason = "按现有数据以发牌时点重判，不再成立 · with today's data, judged as of its issue, it would not arise"
        if fact is not None and fact["state"] != "current":
            reason = "办件已删除或待补全 · the case was deleted, or waits for its other parts"
        elif not rule.active:
            reason = f"规则 {rule.code} 已停用(第 {rule.version} 版) · the rule is switched off"
        as_of = AsOf(row["judged_as_of"], row["raised_on"])
        cards.withdraw(change, row, reason, {} if fact is None else snapshot.snapshot(fact, as_of))
        acting.summary.withdrawn[row["rule"]] += 1


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


def _relevel(acting: Acting, change: Change, rows: Sequence[Row]) -> None:
    for row in rows:
        cards.relevel(change, row, row["now_level"], acting.rules[row["rule"]])
        acting.summary.relevelled[row["rule"]] += 1


def _refigure(acting: Acting, change: Change, rows: Sequence[Row]) -> None:
    for row in rows:
        judged = figures({**row, "unit": row["f_unit"]})
        # What was certain stays so: it is withdrawn where it would not arise.
        provisional = bool(row["provisional"] and row["now_provisional"])
        cards.refigure(change, row, judged, provisional, acting.calendar_version)
        acting.summary.refigured[row["rule"]] += 1


def _order(acting: Acting, change: Change, rows: Sequence[Row]) -> None:
    for row in rows:
        why = ordering.begins_by_itself(acting.rules[row["rule"]], 3, {})
        assert why is not None
        ordering.start_by_itself(change, row, why)
        acting.summary.ordered[row["rule"]] += 1


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
        # Some of the cases behind it; `suphub card cases ID` lists them all.
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
