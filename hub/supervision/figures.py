"""What a judgement counted, in the unit that people read: working days, natural days, hours or months."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from hub.supervision.calendar import day_of

_HOUR_US = 3_600_000_000


@dataclass(frozen=True, slots=True)
class Figures:
    """`used` and `limit` in `unit` (W, D, H, M); `excess` in W working days, D and M natural days, H hours."""

    unit: str
    used: float
    limit: float
    excess: float
    due_on: date | None  # the limit's last day; None beyond the calendar's range
    extension: int  # working days that extensions added

    def as_dict(self) -> dict[str, Any]:
        """The figures as plain data; whole numbers as integers."""
        return {
            "unit": self.unit,
            "used_days": plain(self.used),
            "limit_days": plain(self.limit),
            "excess_days": plain(self.excess),
            "due_on": None if self.due_on is None else self.due_on.isoformat(),
            "extension_workdays": self.extension,
        }


def figures(row: Mapping[str, Any]) -> Figures:
    """The figures of a row of `verdict`: hours from µs, months in proportion to the natural days of the limit."""
    unit = row["unit"]
    used, limit, late = row["used"], row["length"] + row["extra"], max(0, row["late"])
    scale, places = 1.0, 0
    if unit == "H":
        scale, places = 1 / _HOUR_US, 4
        late *= scale
    elif unit == "M":
        # A month has no fixed length: 20 of 40 natural days of a limit of 2 months are 1 month.
        scale, places = row["stated"] / row["length"], 2
    return Figures(
        unit=unit,
        used=round(used * scale, places),
        limit=round(limit * scale, places),
        excess=round(float(late), 4),
        due_on=None if row["last_n"] is None else day_of(row["last_n"]),
        extension=row["extension"],
    )


def plain(value: float | None) -> float | int | None:
    """A whole number as an integer, anything else as it is."""
    return int(value) if value is not None and float(value).is_integer() else value
