"""The board of a period: its indicators, and the scores of organisations, offices, posts and people, worked out now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from hub.central.tables.exchange import system
from hub.clock import iso
from hub.errors import Place, StopError
from hub.scores.figures import Figure
from hub.scores.library import find, indicators
from hub.scores.measuring import measure, measure_by, rows
from hub.scores.parameters import Parameters
from hub.scores.period import Period
from hub.scores.scoring import Card, Score, mean_score, month_score
from hub.scores.working import PREFIX, Working

SUBJECTS = ("organization", "office", "post", "person")
"""Who is scored. Cards name an organisation, and often a step (so its office and post) or a person."""

Scores = dict[str, list[Score]]


@dataclass(frozen=True, slots=True)
class Board:
    """Indicators and scores of one period."""

    period: Period
    as_of: str
    parameters: Parameters
    indicators: Sequence[Figure]
    by_organization: Mapping[str, Sequence[Figure]]
    scores: Mapping[str, Sequence[Score]]
    months: Mapping[str, int | None] | None = None
    """Of a quarter or year: on which published version of each month it rests; None: on the data of then."""

    def as_dict(self) -> dict[str, Any]:
        """The board as plain data."""
        rests = {} if self.months is None else {"months": dict(self.months)}
        return {
            **rests,
            "period": self.period.name,
            "kind": self.period.kind,
            "as_of": self.as_of,
            "parameters": {"version": self.parameters.version, "values": dict(self.parameters.values)},
            "indicators": [figure.as_dict() for figure in self.indicators],
            "by_organization": {
                code: [figure.as_dict() for figure in figures]
                for code, figures in self.by_organization.items()
            },
            "scores": {kind: [score.as_dict() for score in found] for kind, found in self.scores.items()},
        }


def board(
    working: Working,
    months: Sequence[Mapping[str, Sequence[Score]]] | None = None,
    versions: Mapping[str, int | None] | None = None,
) -> Board:
    """Everything about the period; the scores of a quarter or year are the means of `months`, in their order.

    `versions` tells which published version of each month these are.
    """
    whole = [measure(working, each) for each in indicators().values()]
    apart = {
        code: measure_by(working, each, "organization")
        for code, each in indicators().items()
        if "organization" in each.by
    }
    names = [month.name for month in working.period.months()]
    scores = month_scores(working) if months is None else means(working.parameters, names, months)
    as_of = iso(working.as_of.at) or ""
    return Board(working.period, as_of, working.parameters, whole, apart, scores, versions)


def month_scores(working: Working) -> Scores:
    """The scores of everybody in a month. Raises StopError SCORE_MONTH for any other period."""
    if working.period.kind != "month":
        raise StopError(
            "SCORE_MONTH",
            zh=f"{working.period.name} 不是一个月：计分按月，季度和年度取各月平均",
            en=f"{working.period.name} is no month: scores are monthly, a quarter or year is the mean of its months",
            remedy_zh="用 --month、--quarter 或 --year",
            remedy_en="Use --month, --quarter or --year",
            place=Place(field="period"),
        )
    issued = list(rows(working, find("cards"), "numerator"))
    return {kind: _of_kind(working, kind, issued) for kind in SUBJECTS}


def means(
    parameters: Parameters, names: Sequence[str], months: Sequence[Mapping[str, Sequence[Score]]]
) -> Scores:
    """The scores over several months, whose names and scores are given in their order."""
    found: Scores = {}
    for kind in SUBJECTS:
        of: dict[str, list[tuple[str, Score]]] = defaultdict(list)
        for name, scores in zip(names, months, strict=True):
            for score in scores.get(kind, ()):
                of[score.subject].append((name, score))
        found[kind] = [mean_score(parameters, of[subject]) for subject in sorted(of)]
    return found


def _of_kind(working: Working, kind: str, issued: Sequence[Mapping[str, Any]]) -> list[Score]:
    early, unreported = _shares(working, "early", kind), _shares(working, "unreported", kind)
    under_way = _under_way(working, kind)
    cards, named = _cards(issued, kind)
    names = {**_registered(working, kind), **named, **under_way}
    return [
        month_score(
            working.parameters,
            subject,
            names[subject],
            cards.get(subject, []),
            early.get(subject, (0, 0)),
            unreported.get(subject, (0, 0)),
            under_way=subject in under_way,
        )
        for subject in sorted(names)
    ]


def _shares(working: Working, code: str, kind: str) -> dict[str, tuple[int, int]]:
    found = measure_by(working, find(code), kind)
    return {each.key: (each.numerator or 0, each.denominator) for each in found if each.key is not None}


def _under_way(working: Working, kind: str) -> dict[str, str | None]:
    """Who had a case under way that is supervised, with the name."""
    working.fill()
    column = {"organization": "org_uscc"}.get(kind, kind)
    key = "c.org_uscc" if kind == "organization" else f"@concat(c.org_uscc, @concat('/', c.{column}))"
    name = {"organization": "c.org_name", "person": "c.person_name"}.get(kind, f"c.{column}")
    found = working.execute(
        working.expanded(
            f"SELECT {key} AS k, MAX({name}) AS name FROM {PREFIX}fact c"
            f" WHERE c.barred IS NULL AND c.org_uscc IS NOT NULL AND c.{column} IS NOT NULL GROUP BY {key}"
        )
    )
    return {row.k: row.name for row in found}


def _cards(
    issued: Sequence[Mapping[str, Any]], kind: str
) -> tuple[dict[str, list[Card]], dict[str, str | None]]:
    """Subject → its cards, and its name."""
    found: dict[str, list[Card]] = defaultdict(list)
    names: dict[str, str | None] = {}
    for row in issued:
        organization, own = row.get("organization"), row.get(kind)
        if organization is None or own is None:
            continue
        subject = organization if kind == "organization" else f"{organization}/{own}"
        number = int(str(row["subject"]).rpartition(" ")[2])
        found[subject].append(
            Card(number, int(row["level"]), str(row["day"]), row["rule"], row.get("case_name"))
        )
        names[subject] = row.get(
            {"organization": "organization_name", "person": "person_name"}.get(kind, kind)
        )
    return found, names


def _registered(working: Working, kind: str) -> dict[str, str | None]:
    """The organisations of supervised systems: who has nothing under way is listed too, as not judged."""
    if kind != "organization":
        return {}
    listed = working.connection.execute(
        select(system.c.organization).where(system.c.status.in_(("live", "paused")))
    ).scalars()
    return {code.strip(): None for each in listed for code in each.split(",") if code.strip()}
