"""How many cases of each system wait for other pieces, and since when."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, case, func, select

from hub.central.seen import Seen, by_system
from hub.central.tables import exchange
from hub.clock import iso, now_us
from hub.views.cases import INCOMPLETE_AFTER


def waiting(connection: Connection, seen: Seen | None = None) -> list[dict[str, Any]]:
    """Per system with pending cases: how many, how many of them for more than seven days, since when the oldest waits."""
    head, waits = exchange.case_head, exchange.waiting_case
    late = case((waits.c.since_at < now_us() - INCOMPLETE_AFTER, 1), else_=0)
    rows = connection.execute(
        select(head.c.system, func.count().label("pending"), func.sum(late).label("incomplete"),
               func.min(waits.c.since_at).label("oldest"))
        .join(waits, waits.c.case_id == head.c.id)
        .where(head.c.state == "pending", *by_system(head.c.system, seen))
        .group_by(head.c.system)
        .order_by(head.c.system)
    )  # fmt: skip
    return [
        {
            "system": row.system,
            "pending": int(row.pending),
            "incomplete": int(row.incomplete),
            "oldest": iso(row.oldest),
        }
        for row in rows
    ]
