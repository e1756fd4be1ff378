"""The catalogue of violations (违规目录): what each stable code says and what to do, in Chinese and English."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from string import Formatter
from types import MappingProxyType
from typing import Any

from hub import yaml_files

SOURCE = Path(__file__).parent / "violations.yaml"
LEVELS = ("package", "case")
SEVERITIES = ("error", "warning")
PLACES = ("field", "value")
"""What every text may name beside the code's own parameters."""
ABSENT = {"field": ("此字段", "This field"), "value": ("（空）", "(none)")}
"""What stands in a text where the field or the value is not known, in Chinese and English."""
_BOTH = " / "
_CHINESE = re.compile("[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Entry:
    """One code: its level and severity, the parameters it must be given, and its four templates."""

    code: str
    level: str
    severity: str
    params: tuple[str, ...]
    zh: str
    en: str
    remedy_zh: str
    remedy_en: str


@dataclass(frozen=True, slots=True)
class Texts:
    """What is said of one violation."""

    message_zh: str
    message_en: str
    remedy_zh: str
    remedy_en: str


@lru_cache
def catalogue() -> Mapping[str, Entry]:
    """Every code, in the order of the file. Raises ValueError where the file is faulty."""
    data: dict[str, dict[str, Any]] = yaml_files.load(SOURCE.read_text(encoding="utf-8"))
    return MappingProxyType({code: _entry(code, each) for code, each in data.items()})


def describe(
    code: str,
    field: str | None = None,
    value: str | None = None,
    params: Mapping[str, object] = MappingProxyType({}),
) -> Texts:
    """The texts of one violation. Mask the value before, where it is personal.

    Raises KeyError for a code that the catalogue does not hold and ValueError for a parameter that is missing:
    a violation that cannot be explained is a fault of the hub, not of the data. Further parameters are ignored.
    """
    entry = catalogue().get(code)
    if entry is None:
        raise KeyError(f"no violation {code!r} in {SOURCE.name}")
    missing = [name for name in entry.params if name not in params]
    if missing:
        raise ValueError(f"{code} needs {', '.join(missing)}; given: {', '.join(params) or 'nothing'}")
    places = {"field": field, "value": value}
    zh = {**_filled(places, 0), **_spoken(params, 0)}
    en = {**_filled(places, 1), **_spoken(params, 1)}
    return Texts(
        message_zh=entry.zh.format_map(zh),
        message_en=entry.en.format_map(en),
        remedy_zh=entry.remedy_zh.format_map(zh),
        remedy_en=entry.remedy_en.format_map(en),
    )


def severity(code: str) -> str:
    """`error` or `warning`. Raises KeyError for an unknown code."""
    return catalogue()[code].severity


def _filled(places: Mapping[str, str | None], language: int) -> dict[str, object]:
    return {name: ABSENT[name][language] if value is None else value for name, value in places.items()}


def _spoken(params: Mapping[str, object], language: int) -> dict[str, object]:
    """Parameters in one language: `中文 / English` is said in each alone, everything else as it is."""
    return {name: _one_language(value, language) for name, value in params.items()}


def _one_language(value: object, language: int) -> object:
    if not isinstance(value, str) or value.count(_BOTH) != 1:
        return value
    halves = value.split(_BOTH)
    bilingual = _CHINESE.search(halves[0]) and not _CHINESE.search(halves[1])
    return halves[language] if bilingual else value


def _entry(code: str, data: Mapping[str, Any]) -> Entry:
    entry = Entry(**{**data, "code": code, "params": tuple(data["params"])})
    if entry.level not in LEVELS or entry.severity not in SEVERITIES:
        raise ValueError(f"{code}: level must be one of {LEVELS}, severity one of {SEVERITIES}")
    for text in (entry.zh, entry.en, entry.remedy_zh, entry.remedy_en):
        unknown = _names(text) - {*entry.params, *PLACES}
        if unknown:
            raise ValueError(f"{code}: {sorted(unknown)} are no parameters of it")
    return entry


def _names(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}
