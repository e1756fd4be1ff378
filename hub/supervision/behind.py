"""The cases behind a card that is not about one case: those that bear a finding over a month out, those of an item's version.

Counted anew when somebody asks: today's data, as known at the instant at which the card was judged, by the rules in force.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, RowMapping, text

from hub.central.seen import Seen
from hub.clock import iso
from hub.errors import Place, StopError
from hub.supervision import units, windows
from hub.supervision.item_limits import placeholders
from hub.supervision.judge import Judging, bound, forget, judge_units
from hub.supervision.rules import Rule

PREFIX = "behind_"
_COLUMNS = "h.system, h.case_no, ia.applied_at, ia.applied_day, p.handled_at, p.handled_day, f.completed_at, f.completed_day"
_JOINS = (
    "JOIN case_head h ON h.id = {case} LEFT JOIN application ia ON ia.case_id = h.id"
    " LEFT JOIN acceptance p ON p.case_id = h.id LEFT JOIN completion f ON f.case_id = h.id"
)


def cases_behind(connection: Connection, judging: Judging, card: RowMapping) -> list[dict[str, Any]]:
    """All cases behind a card, the newest first: {system, case_no, applied, handled, completed}.

    Needs a connection that may make temporary tables. Raises StopError CARD_WITHOUT_CASES where the card is about something
    that has no cases (a package, a serial, an organisation).
    """
    rule = judging.rules.get(card["rule"])
    if card["case_id"] is not None:
        return _listed(
            connection,
            f"SELECT {_COLUMNS} FROM card c {_JOINS.format(case='c.case_id')} WHERE c.card_id = :card_id",
            card_id=card["card_id"],
        )
    if rule is not None and rule.declared.window:
        return _of_window(connection, judging, rule, card)
    if rule is not None and rule.declared.scope == "item_version":
        code, _, version = card["subject"].rpartition("@")
        return cases_of_item(connection, code, int(version))
    raise StopError(
        "CARD_WITHOUT_CASES",
        zh=f"牌 {card['card_id']}（{card['rule']}）所指的不是办件：{card['subject'] or card['system']}",
        en=f"Card {card['card_id']} ({card['rule']}) is not about cases: {card['subject'] or card['system']}",
        remedy_zh="所据见 suphub card show；报文包见 suphub package show",
        remedy_en="What it rests on: suphub card show; a package: suphub package show",
        place=Place(system=card["system"] or None),
    )


def _of_window(
    connection: Connection, judging: Judging, rule: Rule, card: RowMapping
) -> list[dict[str, Any]]:
    """The cases of the card's month that bear it out."""
    found: list[dict[str, Any]] = []

    def looked(_: Rule, __: windows.NotJudged) -> None:
        found.extend(
            _listed(
                connection,
                f"SELECT {_COLUMNS} FROM (SELECT DISTINCT b.case_id FROM {PREFIX}behind b WHERE b.hit = 1 AND b.subject = :subject) b"
                f" {_JOINS.format(case='b.case_id')} ORDER BY b.case_id DESC",
                subject=card["subject"],
            )
        )

    units.fill_card(connection, PREFIX, card["card_id"])
    # The card stays a card of those cases, also once its rule is switched off.
    judged = replace(judging, rules={**judging.rules, rule.code: replace(rule, active=True)})
    judge_units(connection, PREFIX, judged, [rule.code], looked=looked)
    units.forget(connection, PREFIX)
    forget(connection, PREFIX)
    return found


def cases_of_item(
    connection: Connection,
    code: str,
    version: int,
    *,
    seen: Seen | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> list[dict[str, Any]]:
    """The cases of an item's version, as the rules resolve it, the newest first; a page of them with `limit` and `offset`."""
    known = placeholders(connection)
    joins = _JOINS.format(case="a.case_id")
    page = "" if limit is None else " LIMIT :limit OFFSET :offset"
    binds: dict[str, Any] = {} if limit is None else {"limit": limit, "offset": offset}
    theirs = ""
    if seen is not None:
        names = {f"system_{place}": each for place, each in enumerate(sorted(seen.systems))}
        theirs = f" AND h.system IN ({', '.join(f':{each}' for each in names) or 'NULL'})"
        binds |= names
    return _listed(
        connection,
        f"SELECT {_COLUMNS} FROM (SELECT case_id FROM approval_case WHERE item_code = :code"
        f" UNION SELECT case_id FROM approval_case WHERE handle_item_code = :code) o"
        f" JOIN approval_case a ON a.case_id = o.case_id {joins} {known['catalogue']}"
        f" WHERE h.state = 'current' AND {known['item_code']} = :code"
        f" AND COALESCE({known['item_version']}, a.item_version, 0) = :version{theirs} ORDER BY a.case_id DESC{page}",
        code=code,
        version=version,
        **binds,
    )


def item_of_case(connection: Connection, case_id: int) -> tuple[str, int | None] | None:
    """The item of a case and the version of it that counts, as the rules resolve them; None for a case that names none."""
    known = placeholders(connection)
    row = connection.execute(
        text(
            f"SELECT {known['item_code']} AS code, COALESCE({known['item_version']}, a.item_version) AS version"
            " FROM approval_case a LEFT JOIN application ia ON ia.case_id = a.case_id"
            f" {known['catalogue']} WHERE a.case_id = :case_id"
        ),
        {"case_id": case_id},
    ).one_or_none()
    return None if row is None or row.code is None else (row.code, row.version)


def _listed(connection: Connection, sql: str, **binds: Any) -> list[dict[str, Any]]:
    rows = connection.execute(bound(sql, binds)).mappings()
    return [
        {
            "system": row["system"],
            "case_no": row["case_no"],
            **{name: iso(row[f"{column}_at"]) or _day(row[f"{column}_day"])
               for name, column in (("applied", "applied"), ("handled", "handled"), ("completed", "completed"))},
        }
        for row in rows
    ]  # fmt: skip


def _day(day: Any) -> str | None:
    return None if day is None else str(day)


def card_row(connection: Connection, card_id: int) -> RowMapping | None:
    """The card with this number."""
    return (
        connection.execute(text("SELECT * FROM card WHERE card_id = :card_id"), {"card_id": card_id})
        .mappings()
        .one_or_none()
    )
