"""What a judgement counted, in the unit that people read: working days, natural days, hours or months; shares of a window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from hub.supervision.calendar import day_of

_PLACES = {"H": 4, "M": 2, "W": 0, "D": 0}


@dataclass(frozen=True, slots=True)
class Figures:
    """`used` and `limit` in `unit` (W, D, H, M); `excess` in W working days, D and M natural days, H hours.

    A rule that counts no time has no unit; what it leaves out is None.
    """

    unit: str | None
    used: float | None
    limit: float | None
    excess: float | None
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
    """The figures of a row of `finding`."""
    places = _PLACES.get(row["unit"] or "", 4)
    return Figures(
        unit=row["unit"],
        used=_rounded(row["used"], places),
        limit=_rounded(row["limit_value"], places),
        excess=_rounded(row["excess"], 4),
        due_on=None if row["due_n"] is None else day_of(row["due_n"]),
        extension=row["extension"] or 0,
    )


def plain(value: float | None) -> float | int | None:
    """A whole number as an integer, anything else as it is."""
    return int(value) if value is not None and float(value).is_integer() else value


def _rounded(value: Any, places: int) -> float | None:
    return None if value is None else round(float(value), places)
