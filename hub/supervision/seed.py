"""The first content of the rule library: the national working calendar and the shipped rules; harmless to repeat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version as package_version

import chinese_calendar
from sqlalchemy import Connection, select

from hub.central.tables.rules import calendar_day, calendar_year
from hub.supervision.calendar import NamedDay, import_days
from hub.supervision.rules import seed_rules


@dataclass(frozen=True, slots=True)
class Seeded:
    """What was entered: the version of the calendar that it made (None: no year was missing), and the rules."""

    calendar: int | None
    rules: Sequence[str]


def ensure_seeded(connection: Connection) -> Seeded:
    """Enter the calendar years and rules that are not there yet, in the caller's transaction.

    Years come from the package chinesecalendar (holidays and make-up days of the State Council's notices). A newer
    edition of it, with a further year, adds just that year; what an administrator imported stays.
    """
    present = set(connection.execute(select(calendar_year.c.year)).scalars())
    named = {
        **{day: False for day in chinese_calendar.holidays},
        **{day: True for day in chinese_calendar.workdays},
    }
    made = None
    missing = sorted({day.year for day in named} - present)
    if missing:
        source = f"chinesecalendar {package_version('chinesecalendar')}"
        mine = _national_days(connection)
        days = [
            NamedDay(day, named[day], "", source)
            for day in sorted(named)
            if day.year in missing and day not in mine
        ]
        made = import_days(connection, days, publishes=missing).version
    return Seeded(made, seed_rules(connection))


def _national_days(connection: Connection) -> set[date]:
    """Days that somebody has already imported for the whole country."""
    return set(connection.execute(select(calendar_day.c.day).where(calendar_day.c.region == "")).scalars())
