"""The charts of the report on fabricated data: hours and seconds of completions, names in the steps, delays of entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, text

from hub.clock import iso
from hub.supervision.judge import bound
from hub.supervision.statements import expanded

PREFIX = "fabrication_"
"""Of the temporary tables in which a month is judged."""
_REST = 8


def charts(connection: Connection, system: str, number: int) -> dict[str, Any]:
    """Hours of completions, the fullest seconds, names in the steps (masked), and from business time to entry and writing.

    Of the month `number`, counted from the year 0, as the tables of a month that is being judged have it.
    """
    if not _has(connection):
        return {"hours": [0] * 24, "seconds": [], "names": [], "delays": {}}
    binds = {"system": system, "month": number}

    def rows(sql: str) -> list[Any]:
        written = expanded(sql, connection.dialect.name, {"p": PREFIX})
        return list(connection.execute(bound(written, binds)).all())

    finished = "FROM {p}told t WHERE t.system = :system AND t.c_month = :month AND t.completed_at IS NOT NULL"
    hours = dict(
        (int(row.hour), int(row.cases))
        for row in rows(
            "SELECT @quotient((t.completed_at + 28800000000) % 86400000000, 3600000000) AS hour, COUNT(*) AS cases "
            + finished
            + " GROUP BY @quotient((t.completed_at + 28800000000) % 86400000000, 3600000000)"
        )
    )
    seconds = rows(f"SELECT t.completed_at AS at, COUNT(*) AS cases {finished} GROUP BY t.completed_at HAVING COUNT(*) > 1"
                   " ORDER BY COUNT(*) DESC, t.completed_at LIMIT 12")  # fmt: skip
    names = rows(
        "SELECT x.handler_name AS name, COUNT(*) AS steps FROM {p}told t JOIN step x ON x.case_id = t.case_id"
        " AND x.handler_name <> '' WHERE t.system = :system AND t.c_month = :month"
        " GROUP BY x.handler_name ORDER BY COUNT(*) DESC, x.handler_name"
    )
    return {
        "hours": [hours.get(hour, 0) for hour in range(24)],
        "seconds": [{"at": iso(row.at), "cases": int(row.cases)} for row in seconds],
        "names": _shares([(_masked_name(row.name), int(row.steps)) for row in names]),
        "delays": {
            name: _delays(rows(
                f"SELECT {column} - ia.applied_at AS delay, COUNT(*) AS cases FROM {{p}}told t"
                " JOIN application ia ON ia.case_id = t.case_id WHERE t.system = :system AND t.a_month = :month"
                f" AND {column} IS NOT NULL AND ia.applied_at IS NOT NULL GROUP BY {column} - ia.applied_at"
            ))
            for name, column in (("entered", "ia.entered_at"), ("written", "ia.written_at"))
        },
    }  # fmt: skip


def _has(connection: Connection) -> bool:
    """Whether any window was judged: without one there is no list of cases."""
    try_window = connection.execute(text(f"SELECT COUNT(*) FROM {PREFIX}window")).scalar_one()
    return bool(try_window)


def _masked_name(name: str) -> str:
    """The first character of an official's name: reports go from hand to hand."""
    return name[:1] + "*" * max(len(name) - 1, 0)


def _shares(counted: Sequence[tuple[str, int]]) -> list[dict[str, Any]]:
    total = sum(steps for _, steps in counted)
    shown = [(name, steps) for name, steps in counted[:_REST]]
    if len(counted) > _REST:
        shown.append(("其他 others", sum(steps for _, steps in counted[_REST:])))
    return [
        {"name": name, "steps": steps, "share_percent": round(100 * steps / total, 1)}
        for name, steps in shown
    ]


DELAYS: tuple[tuple[str, int], ...] = (
    ("早于 before", 0), ("0 s", 1), ("< 1 min", 60), ("< 1 h", 3600), ("< 1 d", 86_400), ("< 3 d", 259_200), ("≥ 3 d", 10**18),
)  # fmt: skip
"""From the business time to the entry: label and the seconds that are too many for it."""


def _delays(rows: Sequence[Any]) -> dict[str, int]:
    found: Mapping[str, int] = dict.fromkeys((label for label, _ in DELAYS), 0)
    counts = dict(found)
    for row in rows:
        seconds = int(row.delay) / 1_000_000
        label = next(label for label, limit in DELAYS if seconds < limit)
        counts[label] += int(row.cases)
    return counts
