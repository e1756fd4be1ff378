"""What two publications of one period tell otherwise, down to the lists behind their figures; and that in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hub.scores.lists import Kept

Found = dict[str, Any]

WHATS: Mapping[str, tuple[str, str]] = {
    "organization": ("机构得分", "score of an organisation"),
    "office": ("科室得分", "score of an office"),
    "post": ("岗位得分", "score of a post"),
    "person": ("人员得分", "score of a person"),
    "indicator": ("指标", "indicator"),
    "by_organization": ("机构指标", "indicator of an organisation"),
    "month": ("所依据的月份", "month that it rests on"),
    "parameter": ("参数", "parameter"),
    "list": ("清单", "list behind an indicator"),
}
"""What can be otherwise, in Chinese and English."""


def differences_of(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Found]:
    """Every difference of two boards as plain data, each {what, subject, before, after}; [] where nothing is otherwise.

    `what`: organization, office, post, person (a score), indicator, by_organization (a figure; its subject is the indicator,
    a blank and the organisation), month (of a quarter or year: the version that was built on), parameter.
    """
    found = [each for kind in after["scores"] for each in _scores(kind, before, after)]
    found += _each("indicator", *(_figures(side["indicators"]) for side in (before, after)))
    found += _each("by_organization", *(_apart(side["by_organization"]) for side in (before, after)))
    found += _each("month", before.get("months", {}), after.get("months", {}))
    found += _each("parameter", *(side["parameters"]["values"] for side in (before, after)))
    return found


def list_differences(before: Mapping[str, Kept], after: Mapping[str, Kept]) -> list[Found]:
    """The lists that are otherwise (`what` is list, the subject its indicator): their rows and digests.

    A publication of before lists were kept has none that could be compared.
    """
    if not before or not after:
        return []
    sides = (
        {code: {"rows": kept.rows, "digest": kept.digest} for code, kept in side.items()}
        for side in (before, after)
    )
    return list(_each("list", *sides))


def _each(what: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Found]:
    for subject in sorted(before.keys() | after.keys()):
        one, other = before.get(subject), after.get(subject)
        if one != other:
            yield {"what": what, "subject": subject, "before": one, "after": other}


def _scores(kind: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Found]:
    """Scores that differ; of their lines and months those that do."""
    sides = ({each["subject"]: each for each in side["scores"].get(kind, ())} for side in (before, after))
    old, new = sides
    for subject in sorted(old.keys() | new.keys()):
        one, other = old.get(subject), new.get(subject)
        if one == other:
            continue
        yield {"what": kind, "subject": subject, "before": _told(one, other), "after": _told(other, one)}


def _told(score: Mapping[str, Any] | None, against: Mapping[str, Any] | None) -> Found | None:
    if score is None:
        return None
    other = {} if against is None else {line["part"]: line for line in against["lines"]}
    lines = {
        line["part"]: {name: value for name, value in line.items() if name != "part"}
        for line in score["lines"]
        if line != other.get(line["part"])
    }
    told = {"points": score["points"], "band": score["band"], "lines": lines}
    if against is None or score["name"] != against["name"]:
        told["name"] = score["name"]
    if against is None or score["months"] != against["months"]:
        told["months"] = {each["month"]: each["points"] for each in score["months"]}
    return told


def _figures(figures: Any) -> dict[str, Found]:
    return {each["indicator"]: _figure(each) for each in figures}


def _apart(found: Mapping[str, Any]) -> dict[str, Found]:
    return {
        f"{code} {each['key'] or '-'}": _figure(each) for code, figures in found.items() for each in figures
    }


def _figure(given: Mapping[str, Any]) -> Found:
    return {name: given[name] for name in ("value", "numerator", "denominator", "not_judged")}


def side_text(given: Any, parts: Mapping[str, str], chinese: bool = True) -> str:
    """One side of a difference as people read it; `parts` are the reader's words for the lines of a score."""
    if not isinstance(given, Mapping):
        return "-" if given is None else str(given)
    if "digest" in given:
        return f"{given['rows']} {'行' if chinese else 'rows'}, {given['digest'][:12]}"
    silent = "未判" if chinese else "not judged"
    if "numerator" in given:
        value = silent if given["value"] is None else f"{given['value']:g}"
        inner = "" if given["numerator"] is None else f"{given['numerator']}/"
        left = sum(given["not_judged"].values())
        return f"{value} ({inner}{given['denominator']})" + (f", {silent} {left}" if left else "")
    name = [str(given["name"] or "-")] if "name" in given else []
    points = (
        silent
        if given["points"] is None
        else f"{given['points']:g} {given['band'] if chinese else ''}".strip()
    )
    months = [f"{month} {points}" for month, points in given.get("months", {}).items()]
    return "; ".join(
        [*name, points, *(_line(parts[part], line) for part, line in given["lines"].items()), *months]
    )


def _line(name: str, line: Mapping[str, Any]) -> str:
    of = "" if line["of"] is None else f"/{line['of']}"
    cards = f" #{' #'.join(map(str, line['cards']))}" if line["cards"] else ""
    return f"{name} {line['count']}{of} ({line['points']:+}){cards}"
