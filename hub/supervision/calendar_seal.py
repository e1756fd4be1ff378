"""What the log keeps of an import of the calendar: one digest over its days and the years that it made published."""

from __future__ import annotations

import hashlib
import json

from sqlalchemy import Connection, select

from hub.central.tables.rules import calendar_day, calendar_year

DOMAIN = "suphub/calendar/1\n"


def sealed_days(connection: Connection, version: int) -> str:
    """SHA-256, in hex, over the rows of `calendar_day` (by id) and `calendar_year` (by year) of an import."""
    day, year = calendar_day.c, calendar_year.c
    days = connection.execute(
        select(day.id, day.region, day.day, day.is_workday, day.source, day.notice_no, day.imported_at)
        .where(day.version == version)
        .order_by(day.id)
    )
    years = connection.execute(
        select(year.year, year.source).where(year.version == version).order_by(year.year)
    )
    rows = [[row[0], row[1], row[2].isoformat(), *row[3:]] for row in days]
    text = json.dumps([rows, [list(row) for row in years]], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256((DOMAIN + text).encode("utf-8", "surrogatepass")).hexdigest()
