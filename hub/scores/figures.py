"""A figure of an indicator, and how it comes from what rows add up to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.scores.library import Indicator, indicators

NAMED = {"organization": "organization_name", "person": "person_name", "item": "item_name"}
"""Dimension → the column with what people call its value."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. `value` is a percentage, hours or a number; None is *not judged*: there was nothing to judge."""

    indicator: str
    unit: str
    key: str | None  # of the dimension; None: the whole, or where the rows tell none
    name: str | None
    numerator: int | None  # of a mean None
    denominator: int
    value: float | None
    target: int | None
    not_judged: Mapping[str, int] = field(default_factory=dict)

    @property
    def reached(self) -> bool | None:
        """Whether the target is reached; None without a target, or where nothing was judged."""
        if self.value is None or self.target is None:
            return None
        return indicators()[self.indicator].reaches(self.value, self.target)

    def as_dict(self) -> dict[str, Any]:
        """The figure as plain data."""
        return {
            "indicator": self.indicator,
            "unit": self.unit,
            "key": self.key,
            "name": self.name,
            "numerator": self.numerator,
            "denominator": self.denominator,
            "value": self.value,
            "target": self.target,
            "at_most": indicators()[self.indicator].at_most,
            "reached": self.reached,
            "not_judged": dict(self.not_judged),
        }


def figures_of(
    indicator: Indicator,
    keyed: Iterable[tuple[str | None, Mapping[str, Any]]],
    target: int | None,
    dimension: str | None,
) -> list[Figure]:
    """The figures that rows make, each given with its key: as `measure` and `measure_by` work them out in the database."""
    found: dict[str | None, Sums] = {} if dimension is not None else {None: Sums()}
    named = NAMED.get(dimension or "")
    for key, row in keyed:
        sums = found.setdefault(key, Sums())
        sums.add(row, "num" if indicator.kind != "mean" else "den", named)
    return [figure(target, indicator, key, found[key]) for key in in_order(found, dimension)]


def in_order(keys: Iterable[str | None], dimension: str | None) -> list[str | None]:
    """Keys as figures are listed: first what the rows do not tell; hours by their numbers, all else by its text."""
    width = 2 if dimension == "hour" else 0
    return sorted(keys, key=lambda key: (key is not None, (key or "").rjust(width)))


@dataclass(slots=True)
class Sums:
    """What the rows of one key add up to."""

    name: str | None = None
    num: int = 0
    den: int = 0
    total: float = 0.0
    reasons: dict[str, int] = field(default_factory=dict)

    def add(self, row: Mapping[str, Any], counted: str, named: str | None) -> None:
        """Count one row."""
        weight, judged = int(row.get("weight", 1)), row.get("den")
        self.name = max(filter(None, (self.name, row.get(named))), default=None) if named else None
        if row.get(counted) == 1:
            self.num += weight
        if judged is None:
            why = row.get("reason") or ""
            self.reasons[why] = self.reasons.get(why, 0) + weight
        elif judged == 1:
            self.den += weight
            self.total += float(row.get("value") or 0)


def figure(target: int | None, indicator: Indicator, key: str | None, sums: Sums) -> Figure:
    """The figure that the rows of one key make; a mean or a share of nothing is *not judged*."""
    value: float | None
    if indicator.kind == "count":
        value = float(sums.num)
    elif sums.den == 0:
        value = None
    elif indicator.kind == "mean":
        value = round(sums.total / sums.den, 4)
    else:
        value = round(100 * sums.num / sums.den, 4)
    return Figure(
        indicator=indicator.code,
        unit=indicator.unit,
        key=key,
        name=sums.name,
        numerator=None if indicator.kind == "mean" else sums.num,
        denominator=sums.den,
        value=value,
        target=target,
        not_judged=dict(sorted(sums.reasons.items())),
    )
