"""The indicators as this program declares them: indicators.yaml says what each is, indicators.sql how its rows are found."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from hub import yaml_files
from hub.errors import Place, StopError

KINDS = ("share", "rate", "mean", "count")
"""share: numerator within denominator; rate: two lists; mean: of a value; count: how many."""

PERCENT, HOURS, THINGS = "percent", "hours", "things"

DIMENSIONS: Mapping[str, tuple[str, str]] = {
    "region": ("行政区划", "region"),
    "organization": ("机构", "organisation"),
    "office": ("科室", "office"),
    "post": ("岗位", "post"),
    "person": ("人员", "person"),
    "item": ("事项", "item"),
    "step": ("环节", "step"),
    "system": ("系统", "system"),
    "rule": ("规则", "rule"),
    "level": ("级别", "level"),
    "grade": ("故障等级", "grade of a fault"),
    "hour": ("时（0 至 23）", "hour of the day, 0 to 23"),
    "day": ("日", "day"),
}
"""What rows can be told apart by, besides months, quarters and years, which are periods of their own."""

REGIONS: Mapping[str, int] = {"province": 2, "city": 4, "county": 6, "town": 9}
"""Prefixes of a region's code that can be asked for in the place of `region`."""

_PART = re.compile(r"^-- indicator: ([a-z_]+)$", re.MULTILINE)
_COMMENT = re.compile(r"^--.*\n?", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator; `numerator` and `denominator` (or `value`) say in words what its query counts."""

    code: str
    zh: str
    en: str
    kind: str  # one of KINDS
    unit: str  # percent, hours, things
    numerator: Mapping[str, str]  # zh, en; of a mean the value
    denominator: Mapping[str, str] | None
    by: tuple[str, ...]  # of DIMENSIONS
    cases: bool  # reads the cases under way and their limits
    needs: tuple[str, ...]  # "Element.Field" that a system's dialect must deliver
    tables: tuple[str, ...]  # without them nothing is recorded that could be counted
    target: Mapping[str, Any] | None  # value, minimum, maximum; a parameter. at_most: reached at or below it

    @property
    def query(self) -> str | None:
        """Its rows, with placeholders; None while there is nothing that could be asked."""
        return _queries().get(self.code)

    @property
    def at_most(self) -> bool:
        """Whether the target is reached at or below it, as of what there should be little of."""
        return bool(self.target and self.target.get("at_most", False))

    def reaches(self, value: float, target: int) -> bool:
        """Whether a value reaches the target."""
        return value <= target if self.at_most else value >= target

    def dimension(self, name: str) -> tuple[str, int | None]:
        """The dimension meant by `name`, and how much of a region's code. Raises StopError SCORE_DIMENSION."""
        plain = "region" if name in REGIONS else name
        if plain not in self.by:
            zh = "、".join(self.by)
            raise StopError(
                "SCORE_DIMENSION",
                zh=f"指标 {self.code} 的数据不能按 {name} 区分；可以按 {zh}",
                en=f"The rows of {self.code} cannot be told apart by {name}; they can by {', '.join(self.by)}",
                remedy_zh="改用所列的维度；province、city、county、town 为区划的前 2、4、6、9 位",
                remedy_en="Use one of those; province, city, county and town are the first 2, 4, 6 and 9 digits of a region",
                place=Place(field="by"),
            )
        return plain, REGIONS.get(name)

    def as_dict(self) -> dict[str, Any]:
        """The declaration as plain data."""
        return {
            "indicator": self.code,
            "zh": self.zh,
            "en": self.en,
            "kind": self.kind,
            "unit": self.unit,
            "numerator": dict(self.numerator),
            "denominator": None if self.denominator is None else dict(self.denominator),
            "by": list(self.by),
            "needs": list(self.needs),
        }


@cache
def indicators() -> Mapping[str, Indicator]:
    """Every declared indicator by its code, in the order of the file. ValueError: the declaration is wrong."""
    given = yaml_files.load(files("hub.scores").joinpath("indicators.yaml").read_text("utf-8"))
    found = {code: _checked(code, each) for code, each in given.items()}
    strange = set(_queries()) - set(found)
    if strange:
        raise ValueError(f"indicators.sql has queries of no indicator: {sorted(strange)}")
    return found


def find(code: str) -> Indicator:
    """One indicator. Raises StopError SCORE_INDICATOR."""
    known = indicators()
    if code not in known:
        raise StopError(
            "SCORE_INDICATOR",
            zh=f"没有指标 {code}；现有 {'、'.join(known)}",
            en=f"There is no indicator {code}; there are {', '.join(known)}",
            remedy_zh="用 suphub score indicators 查看全部指标",
            remedy_en="See them all with: suphub score indicators",
            place=Place(field="indicator"),
        )
    return known[code]


@cache
def _queries() -> Mapping[str, str]:
    parts = _PART.split(files("hub.scores").joinpath("indicators.sql").read_text("utf-8"))
    return {code: _COMMENT.sub("", body).strip() for code, body in zip(parts[1::2], parts[2::2], strict=True)}


def _checked(code: str, given: Mapping[str, Any]) -> Indicator:
    kind = given["kind"]
    if kind not in KINDS or not set(given["by"]) <= set(DIMENSIONS):
        raise ValueError(f"indicators.yaml, {code}: kind {kind}, by {given['by']}")
    said = [given[part] for part in ("numerator", "denominator", "value") if part in given]
    if any(set(texts) != {"zh", "en"} for texts in said):
        raise ValueError(f"indicators.yaml, {code}: a text is {{zh: …, en: …}}, quoted where it has commas")
    if code not in _queries() and not given.get("tables"):
        raise ValueError(f"indicators.sql has no '-- indicator: {code}'")
    return Indicator(
        code=code,
        zh=given["zh"],
        en=given["en"],
        kind=kind,
        unit=given.get("unit", THINGS if kind == "count" else PERCENT),
        numerator=given.get("numerator") or given["value"],
        denominator=given.get("denominator"),
        by=tuple(given["by"]),
        cases=given.get("cases", False),
        needs=tuple(given.get("needs", ())),
        tables=tuple(given.get("tables", ())),
        target=given.get("target"),
    )
