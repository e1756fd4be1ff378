"""The life of one approval case as the tests write it down: plain values, no table, no code of the hub."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone

SHANGHAI = timezone(timedelta(hours=8))
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)  # noqa: UP017 - reads like the line above
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Moment:
    """A time as a department reports it: a local date, with a time of day or (time is None) without."""

    day: date
    at: int | None = None  # µs since 1970 UTC


@dataclass(frozen=True)
class Pause:
    """A special procedure; kind "1" is an extension."""

    seq: int
    kind: str
    started: Moment
    limit: int | None = None
    unit: str | None = None
    approver: str | None = "钱批准"
    basis: str | None = "《行政许可法》"


@dataclass(frozen=True)
class Stage:
    """A step with a limit of its own."""

    seq: int
    started: Moment | None
    ended: Moment | None = None
    limit: int | None = None
    unit: str | None = None
    code: str | None = None


@dataclass(frozen=True)
class ItemVersion:
    """A version of the case's item in the catalogue, valid from and to these days (None is open)."""

    version: int
    first: date | None = None
    last: date | None = None
    state: str = "in_force"
    promised: int | None = None
    promised_unit: str | None = None
    statutory: int | None = None
    statutory_unit: str | None = None


@dataclass(frozen=True)
class Life:
    """One case; `ends` are (procedure seq, when), `receipts` (notice seq, when)."""

    accepted: Moment
    completed: Moment | None = None
    promised: int | None = None
    promised_unit: str | None = None
    promised_at: Moment | None = None
    statutory: int | None = None
    statutory_unit: str | None = None
    region: str = "430100"
    case_type: str = "2"
    project_no: str | None = None
    status: str = "1"
    pauses: tuple[Pause, ...] = ()
    ends: tuple[tuple[int, Moment], ...] = ()
    notices: tuple[tuple[int, Moment], ...] = ()
    receipts: tuple[tuple[int, Moment], ...] = ()
    applied: Moment | None = None
    item: tuple[ItemVersion, ...] = ()
    handling_item: tuple[ItemVersion, ...] = ()
    steps: tuple[Stage, ...] = ()
    channel: str = "1"
    result: str = "0"
    delivered: Moment | None = None


@dataclass(frozen=True)
class Named:
    """A day that a notice names, as the tests import it."""

    day: date
    is_workday: bool
    region: str = ""


@dataclass(frozen=True)
class Today:
    """As of the end of `day` (24:00 in UTC+8), or as of the instant `at` on it."""

    day: date
    at: int = field(default=-1)

    @property
    def instant(self) -> int:
        return us(self.day + timedelta(days=1)) if self.at < 0 else self.at


def us(day: date, hour: int = 0, minute: int = 0, second: int = 0) -> int:
    """A local time as µs since 1970 UTC."""
    moment = datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=SHANGHAI)
    return (moment - _EPOCH) // MICROSECOND


def on(text: str) -> Moment:
    """'2025-09-26' is day-precise, '2025-09-26 10:30' has a time."""
    day = date.fromisoformat(text[:10])
    if len(text) == 10:
        return Moment(day)
    hour, minute, *second = (int(part) for part in text[11:].split(":"))
    return Moment(day, us(day, hour, minute, second[0] if second else 0))
