"""Figures of complaints by department, month, channel or topic, each with the list of complaints behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, String, case, cast, extract, func, literal, select

from hub.central.tables.business import card
from hub.central.tables.complaints import complaint
from hub.complaints.states import ENDED, WITHDRAWN, word
from hub.complaints.terms import RULES
from hub.supervision.cards import WITHDRAWN as CARD_WITHDRAWN

_MONTH = cast(extract("year", complaint.c.registered_day), Integer) * 100 + cast(
    extract("month", complaint.c.registered_day), Integer
)
DIMENSIONS: Mapping[str, ColumnElement[Any]] = {
    "organization": func.coalesce(complaint.c.org_uscc, complaint.c.org_name, ""),
    "month": _MONTH,  # 202611
    "channel": complaint.c.channel,
    "topic": complaint.c.topic,
    "region": func.coalesce(complaint.c.region_code, ""),
}
# A card of the terms that was not withdrawn: past is what a card says.
_OVERDUE = (
    select(card.c.card_id)
    .where(
        card.c.rule.in_(tuple(RULES.values())),
        card.c.unit_key == literal("complaint ") + cast(complaint.c.complaint_id, String(20)),
        card.c.state != CARD_WITHDRAWN,
    )
    .exists()
)
FIGURES: Mapping[str, ColumnElement[bool]] = {
    "complaints": complaint.c.complaint_id > 0,
    "withdrawn": complaint.c.state == WITHDRAWN,
    "answered": complaint.c.answered_at.is_not(None),
    "decided": complaint.c.decided_at.is_not(None),
    "ended": complaint.c.state.in_(tuple(ENDED)),
    "overdue": _OVERDUE,
    "group_or_major": (complaint.c.is_group == 1) | (complaint.c.is_major == 1),
}
"""Figure → which complaints it counts. A department's, month's … complaints are those registered then about it."""


@dataclass(frozen=True, slots=True)
class Span:
    """Complaints registered from `since` (µs UTC) to before `until`; None: no end."""

    since: int | None = None
    until: int | None = None

    def holds(self) -> list[ColumnElement[bool]]:
        """As conditions."""
        conditions = []
        if self.since is not None:
            conditions.append(complaint.c.registered_at >= self.since)
        if self.until is not None:
            conditions.append(complaint.c.registered_at < self.until)
        return conditions


def figures(connection: Connection, by: str, span: Span = Span()) -> list[dict[str, Any]]:
    """Per value of a dimension: key, name (of an organisation), every figure, and mean_answer_hours, the mean time from
    registration to the first answer in natural hours, None where nobody was answered. Raises StopError COMPLAINT_WORD."""
    key = DIMENSIONS[word("by", by, tuple(DIMENSIONS))].label("key")
    inner = (
        select(
            key,
            complaint.c.org_name,
            complaint.c.answered_at,
            complaint.c.registered_at,
            *(case((holds, 1), else_=0).label(name) for name, holds in FIGURES.items()),
        )
        .where(*span.holds())
        .subquery()
    )
    counts = [func.sum(inner.c[name]).label(name) for name in FIGURES]
    waited = func.avg(inner.c.answered_at - inner.c.registered_at).label("waited")
    rows = connection.execute(
        select(inner.c.key, func.max(inner.c.org_name).label("name"), *counts, waited)
        .group_by(inner.c.key)
        .order_by(inner.c.key)
    ).mappings()
    return [
        {
            "key": str(row["key"]),
            "name": row["name"] if by == "organization" else None,
            **{name: int(row[name]) for name in FIGURES},
            "mean_answer_hours": None if row["waited"] is None else round(float(row["waited"]) / 3.6e9, 2),
        }
        for row in rows
    ]


def behind(connection: Connection, by: str, key: str, figure: str, span: Span = Span()) -> list[int]:
    """The numbers of the complaints that a figure counts, ascending. Raises StopError COMPLAINT_WORD."""
    dimension = DIMENSIONS[word("by", by, tuple(DIMENSIONS))]
    holds = FIGURES[word("figure", figure, tuple(FIGURES))]
    wanted: Any = int(key) if by == "month" and key.isdigit() else key
    rows = select(complaint.c.complaint_id).where(dimension == wanted, holds, *span.holds())
    return list(connection.execute(rows.order_by(complaint.c.complaint_id)).scalars())
