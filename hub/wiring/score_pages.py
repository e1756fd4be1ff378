"""What the pages on performance show: a board with the periods around it, and a figure with a page of the list behind it."""

from __future__ import annotations

from typing import Any

from hub.central.seen import Seen
from hub.errors import Place, StopError
from hub.scores.comparing import WHATS, side_text
from hub.scores.library import DIMENSIONS, find, indicators
from hub.scores.period import around, parse_period
from hub.scores.report import value_text
from hub.wiring import score_lists, scores

ROW = dict.fromkeys(
    ("kind", "subject", "case_name", "organization_name", "organization", "item", "person_name", "person", "day", "den", "num",
     "value", "weight", "reason")
)  # fmt: skip
"""What the page shows of a row; indicators leave out what they do not have."""


KINDS = {
    "organization": ("机构得分", "Scores of organisations"),
    "office": ("科室得分", "Scores of offices"),
    "post": ("岗位得分", "Scores of posts"),
    "person": ("人员得分", "Scores of people"),
}
"""Who is scored."""
PARTS = {
    "warnings": ("连续预警", "Warnings"),
    "yellow": ("黄牌", "Yellow"),
    "red": ("红牌", "Red"),
    "early": ("提前办结", "Early"),
    "unreported": ("办结未报", "Unreported"),
}
"""What points are given and taken for."""


TIMES = {"month": ("月", "month"), "quarter": ("季", "quarter"), "year": ("年", "year")}
SPANS = {"year": ("quarter", "month"), "quarter": ("month",), "month": (), "days": ()}
"""Into which periods a period is told apart."""


def board(period: str | None, seen: Seen | None = None, version: int | None = None) -> dict[str, Any]:
    """The board of a period (of this month without one): as published, in that version where one is named, else as of now.

    Raises StopError SCORE_…

    Of who does not see everything the scores of their own; the indicators are everybody's, and the lists behind them are not.
    """
    asked = scores.this_month() if period is None else parse_period(period)
    found = scores.show(asked, version=version)
    told = {
        kind: [each for each in subjects if _theirs(each["subject"], seen)]
        for kind, subjects in found["scores"].items()
    }
    return {
        "board": {**found, "scores": told}, "listed": seen is None, "known": indicators(), "value_text": value_text, "periods": [each for each in around(asked) if parse_period(each).begins_at < scores.now()], "kinds": KINDS,
        "parts": PARTS, "asked": version, "changes": _changes(found["published"], seen), "whats": WHATS, "side_text": side_text,
        "words": [{part: names[n] for part, names in PARTS.items()} for n in (0, 1)],
    }  # fmt: skip


def _changes(published: dict[str, Any] | None, seen: Seen | None) -> list[dict[str, Any]]:
    """What is otherwise than in the version before; nothing about other organisations than the reader's."""
    return [
        each
        for each in (published or {}).get("differences") or ()
        if seen is None
        or each["what"] in ("indicator", "parameter", "month")
        or (each["what"] in KINDS and _theirs(each["subject"], seen))
    ]


def _theirs(subject: str, seen: Seen | None) -> bool:
    """Whether a subject that is scored (`USCC`, `USCC/office` …) is one of the reader's."""
    return seen is None or subject.partition("/")[0] in seen.organizations


def score(
    period: str, kind: str, subject: str, seen: Seen | None = None, version: int | None = None
) -> dict[str, Any]:
    """The score of one subject line by line. Raises StopError SCORE_…, SCORE_SUBJECT where nobody of that name is scored."""
    asked = parse_period(period)
    found = scores.show(asked, version=version)["scores"].get(kind, ()) if kind in KINDS else ()
    for each in found:
        if each["subject"] == subject and _theirs(subject, seen):
            return {
                "score": each, "period": asked.name, "kind": kind, "kinds": KINDS, "parts": PARTS, "asked": version,
            }  # fmt: skip
    raise StopError(
        "SCORE_SUBJECT",
        zh=f"{asked.name} 没有 {kind} {subject} 的得分",
        en=f"There is no score of the {kind} {subject} in {asked.name}",
        remedy_zh="从这一期的绩效页进入；有得分的都列在那里",
        remedy_en="Begin from the page of that period: all who are scored are listed there",
        place=Place(field=kind),
    )


def figure(
    period: str,
    indicator: str,
    *,
    by: str | None,
    part: str,
    key: str | None,
    number: int,
    size: int,
    seen: Seen | None = None,
    version: int | None = None,
) -> dict[str, Any]:
    """One indicator told apart by a dimension or by its months, or page `number` (from 1) of the list behind it.

    As published, in that version where one is named.
    Who does not see everything sees the lists of their own organisations, offices, posts and people. Raises StopError SCORE_…
    """
    if seen is not None and not (by in KINDS and key and _theirs(key, seen)):
        raise _somebody_elses(indicator)
    asked, declared = parse_period(period), find(indicator)
    part = "numerator" if declared.kind == "count" and part == "denominator" else part
    told = score_lists.figures(indicator, asked, by, version=version) if by and key is None else []
    first = (number - 1) * size
    apart = bool(by) and key is None
    shown = (
        told[first : first + size + 1]
        if apart
        else score_lists.behind(
            indicator,
            asked,
            part,
            by=by if key is not None else None,
            key=key or None,
            limit=size + 1,
            offset=first,
            version=version,
        )
    )
    rows = [] if apart else shown
    return {
        "indicator": declared, "period": asked, "asked": version, "spans": SPANS[asked.kind], "by": by, "part": part, "key": key, "number": number, "apart": apart,
        "figures": shown[:size] if apart else [],
        "rows": [{**ROW, **row} for row in rows[:size]], "full": len(shown) > size, "dimensions": {**DIMENSIONS, **TIMES}, "value_text": value_text,
    }  # fmt: skip


def _somebody_elses(indicator: str) -> StopError:
    return StopError(
        "SCORE_SUBJECT",
        zh=f"{indicator[:100]} 的清单有别的部门的办件",
        en=f"The list behind {indicator[:100]} has cases of other departments",
        remedy_zh="从本部门的得分进入：绩效，然后本部门的代码",
        remedy_en="Begin from your own score: Performance, then the code of your organisation",
        place=Place(field="key"),
    )
