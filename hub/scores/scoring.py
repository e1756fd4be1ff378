"""Points of one subject in one month, and over several months: pure arithmetic, by the readings of docs/scores.md."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from hub.scores.parameters import Parameters

WARNING, YELLOW, RED = 1, 2, 3

BANDS = (("优秀", "excellent"), ("良好", "good"), ("合格", "passed"), ("不合格", "failed"))
NOTHING_UNDER_WAY = "nothing_under_way"
"""Why a month is not judged: no case under way, and no card."""


@dataclass(frozen=True, slots=True)
class Card:
    """A card that counts: issued in the month and not withdrawn."""

    card_id: int
    level: int
    day: str  # ISO, of issue
    rule: str = ""
    case: str | None = None  # SYSTEM/NO


@dataclass(frozen=True, slots=True)
class Line:
    """One reason for points: `count` of what, and what they come to; `cards` are those that count."""

    part: str  # warnings, yellow, red, early, unreported
    count: int
    of: int | None  # the denominator of a share, the number of cards of warnings
    points: int  # below 0: lost
    cards: tuple[int, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The line as plain data."""
        return {
            "part": self.part,
            "count": self.count,
            "of": self.of,
            "points": self.points,
            "cards": list(self.cards),
        }


@dataclass(frozen=True, slots=True)
class Score:
    """Points and band of a subject; both None where nothing could be judged."""

    subject: str
    name: str | None
    points: Decimal | None
    band: str | None
    lines: tuple[Line, ...] = ()
    months: tuple[tuple[str, Decimal | None], ...] = field(default=())  # of a quarter or year

    def as_dict(self) -> dict[str, Any]:
        """The score as plain data; points as a number with at most two decimals."""
        return {
            "subject": self.subject,
            "name": self.name,
            "points": _plain(self.points),
            "band": self.band,
            "lines": [line.as_dict() for line in self.lines],
            "months": [{"month": month, "points": _plain(points)} for month, points in self.months],
        }


def month_score(
    parameters: Parameters,
    subject: str,
    name: str | None,
    cards: Sequence[Card],
    early: tuple[int, int],
    unreported: tuple[int, int],
    *,
    under_way: bool,
) -> Score:
    """A month: base, less what cards and unreported completions cost, plus early completions, within floor and ceiling.

    `early` and `unreported` are numerator and denominator; a share of nothing changes no points.
    """
    if not under_way and not cards:
        return Score(subject, name, None, None)
    lines = (
        _warnings(parameters, cards),
        _coloured("yellow", YELLOW, parameters["yellow_points"], cards),
        _coloured("red", RED, parameters["red_points"], cards),
        _share("early", early, parameters, 1),
        _share("unreported", unreported, parameters, -1),
    )
    total = parameters["base"] + sum(line.points for line in lines)
    points = Decimal(max(parameters["floor"], min(parameters["ceiling"], total)))
    return Score(subject, name, points, band(parameters, points), lines)


def mean_score(parameters: Parameters, months: Sequence[tuple[str, Score]]) -> Score:
    """A quarter or year of one subject: the mean of its months that were judged, to two decimals; the lines are sums."""
    judged = [score.points for _, score in months if score.points is not None]
    told = tuple((month, score.points) for month, score in months)
    subject = months[-1][1].subject
    name = next((score.name for _, score in reversed(months) if score.name), None)
    if not judged:
        return Score(subject, name, None, None, (), told)
    mean = (sum(judged, Decimal(0)) / len(judged)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    lines = _summed(line for _, score in months for line in score.lines)
    return Score(subject, name, mean, band(parameters, mean), lines, told)


def band(parameters: Parameters, points: Decimal) -> str:
    """优秀, 良好, 合格 or 不合格."""
    bounds = ("band_excellent", "band_good", "band_pass")
    return next((BANDS[n][0] for n, bound in enumerate(bounds) if points >= parameters[bound]), BANDS[-1][0])


def rows_of_warnings(cards: Sequence[Card], length: int) -> list[tuple[Card, ...]]:
    """Every full row of `length` warnings that follow one another, in order of issue; a yellow or red card ends a row.

    Rows do not overlap: six warnings are two rows of three, seven too.
    """
    found: list[tuple[Card, ...]] = []
    run: list[Card] = []
    for card in sorted(cards, key=lambda each: (each.day, each.card_id)):
        run = [*run, card] if card.level == WARNING else []
        if len(run) == length:
            found.append(tuple(run))
            run = []
    return found


def _warnings(parameters: Parameters, cards: Sequence[Card]) -> Line:
    rows = rows_of_warnings(cards, parameters["warning_run"])
    all_of_them = sum(card.level == WARNING for card in cards)
    counted = tuple(card.card_id for row in rows for card in row)
    return Line("warnings", len(rows), all_of_them, -parameters["warning_points"] * len(rows), counted)


def _coloured(part: str, level: int, points: int, cards: Sequence[Card]) -> Line:
    found = tuple(sorted(card.card_id for card in cards if card.level == level))
    return Line(part, len(found), None, -points * len(found), found)


def _share(part: str, share: tuple[int, int], parameters: Parameters, sign: int) -> Line:
    """Points for every full step of a share, at most the cap; exact, for 10 % of 30 cases is 3 and not 2.9999."""
    count, of = share
    steps = 0 if of == 0 else 100 * count // (of * parameters[f"{part}_step"])
    points = min(parameters[f"{part}_cap"], steps * parameters[f"{part}_points"])
    return Line(part, count, of, sign * points)


def _summed(lines: Iterable[Line]) -> tuple[Line, ...]:
    found: dict[str, Line] = {}
    for line in lines:
        held = found.get(line.part)
        if held is None:
            found[line.part] = line
            continue
        of = None if held.of is None or line.of is None else held.of + line.of
        found[line.part] = Line(
            line.part, held.count + line.count, of, held.points + line.points, held.cards + line.cards
        )
    return tuple(found.values())


def _plain(points: Decimal | None) -> int | float | None:
    if points is None:
        return None
    return int(points) if points == points.to_integral_value() else float(points)
