"""Lines of a folder's listing as entries: MLSD (RFC 3659), and LIST as Unix servers and IIS write it; names as bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

FILE, FOLDER, OTHER = "file", "folder", "other"


@dataclass(frozen=True, slots=True)
class Entry:
    """One name in a folder. `modified` is in seconds since 1970, as the server says it: LIST tells no zone and often no second."""

    raw: bytes
    kind: str
    size: int | None = None
    modified: float = 0.0


_UNIX = re.compile(
    rb"([-dlbcpsD])[-rwxsStTlL]{9}[.+@]?\s+\d+\s+.*?(\d+)\s+"  # type, rights, links, owner and group, size
    rb"(?:([A-Za-z]{3})\s+(\d{1,2})|(\d{1,2})(?:\xe6\x9c\x88|\xd4\xc2)\s*(\d{1,2})(?:\xe6\x97\xa5|\xc8\xd5)?)\s+"  # Nov 22, 11月22日
    rb"(\d{1,2}:\d{2}|\d{4}(?:\xe5\xb9\xb4|\xc4\xea)?)\s(.+)",
    re.DOTALL,
)
_DOS = re.compile(
    rb"(\d{2})-(\d{2})-(\d{2}|\d{4})\s+(\d{1,2}):(\d{2})\s*([AaPp][Mm])?\s+(<DIR>|<JUNCTION>|<SYMLINKD?>|\d+)\s(.+)",
    re.DOTALL,
)
_MONTHS = {
    name: number for number, name in enumerate(b"jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)
}
_KINDS = {b"file": FILE, b"dir": FOLDER}
_UNIX_KINDS = {b"-": FILE, b"d": FOLDER}


def entry_of_mlsd(line: bytes) -> Entry | None:
    """An entry of a line of MLSD, None for one that cannot be read. `.` and `..` are of kind `other`."""
    facts, space, name = line.partition(b" ")
    if not space or not name or b"=" not in facts:
        return None
    known = dict(fact.split(b"=", 1) for fact in facts.split(b";") if b"=" in fact)
    known = {key.lower(): value for key, value in known.items()}
    size, modified = known.get(b"size", b""), moment(known.get(b"modify", b""))
    kind = _KINDS.get(known.get(b"type", b"").lower(), OTHER)
    return Entry(name, kind, int(size) if size.isdigit() else None, 0.0 if modified is None else modified)


def entry_of_list(line: bytes, now: datetime) -> Entry | None:
    """An entry of a line of LIST in Unix's or DOS's format, None for one that cannot be read. `now`: the year is left out in some."""
    found = _DOS.fullmatch(line)
    if found is not None:
        return _dos(found)
    found = _UNIX.fullmatch(line)
    if found is None:
        return None
    kind, size, month, day, month_zh, day_zh, when, name = found.groups()
    number = int(month_zh) if month is None else _MONTHS.get(month.lower(), 0)
    modified = _unix_time(number, int(day or day_zh), when, now)
    if modified is None:
        return None
    # The size is followed by one or more blanks, the name by exactly one: a name may begin with blanks.
    return Entry(name, _UNIX_KINDS.get(kind, OTHER), int(size), modified.timestamp())


def is_noise(line: bytes) -> bool:
    """Whether a line of a listing says nothing of a file."""
    return not line.strip() or re.fullmatch(rb"total:? \d+|\xe6\x80\xbb\S* \d+", line.strip()) is not None


def moment(digits: bytes) -> float | None:
    """A time of MLSD or MDTM (`20261122075834.123`, UTC) in seconds since 1970; None for anything else."""
    found = re.fullmatch(rb"(\d{14})(\.\d+)?", digits.strip())
    if found is None:
        return None
    try:
        whole = datetime.strptime(found[1].decode("ascii"), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None  # digits, but no time
    return whole.timestamp() + float(found[2] or 0)


def _dos(found: re.Match[bytes]) -> Entry | None:
    month, day, year, hour, minute, half, what, name = found.groups()
    hours = int(hour) % 12 + (12 if half.lower() == b"pm" else 0) if half else int(hour)
    full = int(year) + (0 if len(year) == 4 else 2000 if int(year) < 70 else 1900)
    try:
        modified = datetime(full, int(month), int(day), hours, int(minute), tzinfo=UTC)
    except ValueError:
        return None
    if what.isdigit():
        return Entry(name, FILE, int(what), modified.timestamp())
    return Entry(name.lstrip(b" "), FOLDER if what == b"<DIR>" else OTHER, None, modified.timestamp())


def _unix_time(month: int, day: int, when: bytes, now: datetime) -> datetime | None:
    if b":" not in when:
        return _day(int(when[:4]), month, day)
    hour, minute = (int(part) for part in when.split(b":"))
    for year in (
        now.year,
        now.year - 1,
    ):  # the year is left out: it is the last one in which the time lies behind us
        found = _day(year, month, day)
        if found is not None and hour < 24 and minute < 60:
            found = found.replace(hour=hour, minute=minute)
            if found <= now + timedelta(days=2):
                return found
    return None


def _day(year: int, month: int, day: int) -> datetime | None:
    try:
        return datetime(year, month, day, tzinfo=UTC)
    except ValueError:
        return None
