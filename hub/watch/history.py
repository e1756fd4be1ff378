"""Keeps the reports of probes, and removes what is older than a setting says."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from frontend_probe.report import Report
from hub.central.tables.watch import alert, probe_run
from hub.clock import MICROSECOND, iso
from hub.errors import Place, StopError
from hub.messages import outbox


def record(connection: Connection, report: Report, at: int) -> None:
    """Keep a report."""
    text = json.dumps(report.as_dict(), ensure_ascii=False)
    connection.execute(
        insert(probe_run).values(system=report.system, at=at, verdict=report.verdict, report=text)
    )


def listed(connection: Connection, system: str, limit: int = 50) -> list[dict[str, Any]]:
    """The newest reports of a system: {at, system, verdict, checks}."""
    rows = connection.execute(
        select(probe_run.c.at, probe_run.c.report)
        .where(probe_run.c.system == system)
        .order_by(probe_run.c.id.desc())
        .limit(limit)
    )
    return [{"at": iso(row.at), **json.loads(row.report)} for row in rows]


def prune(connection: Connection, days: int, now: int) -> dict[str, int]:
    """Remove reports, closed alerts, and messages sent or given up that are older than so many days; how many of each."""
    before = now - timedelta(days=days) // MICROSECOND
    reports = connection.execute(delete(probe_run).where(probe_run.c.at < before)).rowcount
    alerts = connection.execute(
        delete(alert).where(alert.c.state == "closed", alert.c.closed_at < before)
    ).rowcount
    return {"reports": reports, "alerts": alerts, "messages": outbox.prune(connection, before)}


def days_of(setting: str, name: str = "SUPHUB_HISTORY_DAYS") -> int:
    """A setting of days, `name`, as a number. Raises StopError HISTORY_DAYS."""
    if setting.isascii() and setting.isdigit() and 1 <= int(setting) <= 36_500:
        return int(setting)
    raise StopError(
        "HISTORY_DAYS",
        zh=f"{name} 的值 {setting!r} 不是天数",
        en=f"{name} is {setting!r}, which is no number of days",
        remedy_zh="写 1 到 36500 的整数,或不设(90 天)",
        remedy_en="Write a whole number from 1 to 36500, or leave it out (90 days)",
        place=Place(field=name),
    )
