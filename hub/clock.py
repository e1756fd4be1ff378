"""Time in the hub: instants are integer microseconds since 1970 in UTC, days are judged in Asia/Shanghai (UTC+8)."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta, timezone

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DAY_US = 86_400_000_000


def now_us() -> int:
    """The present instant."""
    return time.time_ns() // 1000


def to_us(moment: datetime) -> int:
    """An aware datetime as integer microseconds; exact, unlike `timestamp()`."""
    return (moment - EPOCH) // MICROSECOND


def from_us(instant: int) -> datetime:
    """An instant as an aware datetime in Shanghai."""
    return (EPOCH + instant * MICROSECOND).astimezone(SHANGHAI)


def local_day(instant: int) -> date:
    """The calendar day in UTC+8; 00:00:00 belongs to the new day (docs/guarantees.md, Time)."""
    return from_us(instant).date()


def start_of(day: date) -> int:
    """The instant at which a local day begins."""
    return to_us(datetime(day.year, day.month, day.day, tzinfo=SHANGHAI))


def iso(instant: int | None) -> str | None:
    """ISO 8601 with +08:00, seconds (microseconds only where there are any)."""
    return None if instant is None else from_us(instant).isoformat()
