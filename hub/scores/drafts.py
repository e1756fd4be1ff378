"""What was worked out for a period that is over: kept until somebody publishes it, told once, replaced by newer figures."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from hub.central.tables.scores import score_draft
from hub.clock import iso
from hub.scores.board import Board
from hub.scores.comparing import differences_of
from hub.scores.period import Period, month_of, quarter_of, year_of
from hub.scores.publishing import canonical
from hub.supervision.cards import Log


def just_ended(day: date) -> tuple[Period, ...]:
    """The month before that of `day`; with it the quarter and the year that ended with that month."""
    last = day.replace(day=1) - timedelta(days=1)
    found = [month_of(last.year, last.month)]
    if last.month % 3 == 0:
        found.append(quarter_of(last.year, last.month // 3))
    if last.month == 12:
        found.append(year_of(last.year))
    return tuple(found)


def keep(connection: Connection, board: Board, *, at: int, log: Log) -> dict[str, Any]:
    """Put the board in the place of the draft there was; what was written down, `first` and `differences` to the one before.

    The log hears of it where anything is otherwise.
    """
    content = canonical(board.as_dict())
    period = board.period
    before = find(connection, period.name)
    differences = None if before is None else differences_of(json.loads(before.content), json.loads(content))
    row = {
        "period": period.name, "kind": period.kind, "as_of_at": period.ends_at, "computed_at": at, "content": content,
        "digest": hashlib.sha256(content.encode()).hexdigest(),
    }  # fmt: skip
    connection.execute(delete(score_draft).where(score_draft.c.period == period.name))
    connection.execute(insert(score_draft).values(row))
    told = {
        "kind": period.kind, "period": period.name, "parameters_version": board.parameters.version, "digest": row["digest"],
        **_counts(board.as_dict()["scores"].get("organization", ())),
    }  # fmt: skip
    if differences != []:
        log(connection, "score.computed", told)
    return {**told, "computed_at": iso(at), "first": before is None, "differences": differences}


def find(connection: Connection, period: str) -> Row[Any] | None:
    """The draft of a period."""
    return connection.execute(select(score_draft).where(score_draft.c.period == period)).first()


def shown(row: Row[Any]) -> dict[str, Any]:
    """A draft as people and scripts see it: the board, and when it was worked out."""
    return {
        **json.loads(row.content),
        "published": None,
        "draft": {"at": iso(row.computed_at), "digest": row.digest},
    }


def _counts(organizations: Iterable[dict[str, Any]]) -> dict[str, int]:
    """How many organisations there are, and of how many nothing could be judged."""
    points = [each["points"] for each in organizations]
    return {"organizations": len(points), "not_judged": sum(each is None for each in points)}
