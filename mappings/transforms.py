"""Compiles the rules of a dialect into readers: from what a source holds to a value in the form of a slot, or none."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from hub.clock import start_of
from hub.errors import Place, StopError
from mappings import slots
from mappings.crosswalk import Crosswalk
from mappings.dialect import Rule
from mappings.language import DEFAULTS
from mappings.slots import Unfit, Value
from mappings.values import SPACE
from schemas.contract import Field

Flat = Mapping[str, str | None]
"""What a row or message says: source → text; null as well as absent is nothing said."""
Convert = Callable[[str], Value | None]


@dataclass(frozen=True, slots=True)
class Slot:
    """One compiled rule. `read` reads the only source; rules of several sources have `gather` instead."""

    field: str
    source: str  # where a complaint points
    read: Convert | None
    gather: Callable[[Flat], Value | None] | None = None
    most: int | None = None  # of a text that is taken as it stands: how long it may be
    moment: bool = False  # a point in time, or a day

    def value(self, flat: Flat) -> Value | None:
        """What a row or message says of the field. Raises Unfit."""
        if self.read is None:
            return self.gather(flat) if self.gather is not None else None
        text = flat.get(self.source)
        return None if text is None else self.read(text)


def compile_rule(rule: Rule, crosswalk: Crosswalk) -> Slot:
    """Raises StopError CROSSWALK where the crosswalk lacks a list that the rule names."""
    convert = _convert(rule, crosswalk)
    source = rule.sources[0]
    if rule.transform == "first":
        return Slot(rule.field.name, source, None, _first(rule.sources, convert))
    if rule.transform == "concat":
        return Slot(rule.field.name, source, None, _concat(rule, convert))
    if rule.transform == "split":
        return Slot(rule.field.name, source, _split(rule, convert))
    if rule.transform == "number" and "unit_from" in rule.options:
        return Slot(rule.field.name, source, None, _amount_by(rule))
    if rule.transform == "text" and rule.field.type == "text":
        return Slot(rule.field.name, source, convert, most=rule.field.max or 0)
    return Slot(rule.field.name, source, convert, moment=rule.transform == "time")


def _convert(rule: Rule, crosswalk: Crosswalk) -> Convert:
    name = rule.transform if rule.transform in _MAKERS else DEFAULTS[rule.field.type]
    return _MAKERS[name](rule, crosswalk)


def _filled(read: slots.Read) -> Convert:
    """A blank value of anything but a text says nothing."""
    return lambda text: read(text) if text and (text[0] > " " or text.strip(SPACE)) else None


def _text(rule: Rule, crosswalk: Crosswalk) -> Convert:
    read = slots.reader(rule.field)
    return read if rule.field.type == "text" else _filled(read)


def _code(rule: Rule, crosswalk: Crosswalk) -> Convert:
    name = str(rule.options.get("list") or rule.field.list)
    read = _filled(_coded(rule.field, name, crosswalk))
    known = _table(rule.field, name, crosswalk).get
    return lambda text: known(text) or read(text)


def _coded(field: Field, name: str, crosswalk: Crosswalk) -> slots.Read:
    return slots.reader(field, _table(field, name, crosswalk), {"list": name, "crosswalk": crosswalk.name})


def _table(field: Field, name: str, crosswalk: Crosswalk) -> Mapping[str, str]:
    variant = crosswalk.variants.get(name)
    if name != field.list and (variant is None or variant.list != field.list):
        fitting = [key for key, each in crosswalk.variants.items() if each.list == field.list]
        raise StopError(
            "CROSSWALK",
            zh=f"代码对照 {crosswalk.name} 没有方言所用的 {name}（含义为 {field.list}）",
            en=f"The crosswalk {crosswalk.name} lacks {name}, which the dialect uses for {field.list}",
            remedy_zh=f"在对照的 variants 下写明 {name}" + (f"；已有：{'、'.join(fitting)}" if fitting else ""),
            remedy_en=f"Write {name} under variants of the crosswalk" + (f"; there are: {', '.join(fitting)}" if fitting else ""),
            place=Place(file=f"mappings/crosswalks/{crosswalk.name}.yaml", field=name),
        )  # fmt: skip
    return variant.table if variant is not None else crosswalk.tables[name]


_DAYS: Final[dict[str, int]] = {}
_TIMES: Final[dict[str, int]] = {}
_REMEMBERED: Final = 100_000
"""Days, and times of day in UTC+8, that were read before: nearly every time of a table is among them."""


def _time(rule: Rule, crosswalk: Crosswalk) -> Convert:
    read = slots.reader(_as_moment(rule.field))
    formats = rule.options.get("formats")
    forms = [_form(each) for each in formats] if isinstance(formats, tuple) else None
    precision, day_only = rule.options.get("precision", "auto"), rule.field.type == "date"

    def convert(text: str) -> Value | None:
        text = text.strip(SPACE)
        if not text:
            return None
        if forms is not None:
            text = _written(text, forms, formats)
        value = _moment(text, read)
        if precision == "auto" and not day_only:
            return value
        if precision == "second" and value[0] is None:
            raise Unfit("VALUE_TYPE", {"expected": "带时间的日期 / a day with its time"})
        return str(value[1]) if day_only else [None, value[1]]

    def quick(text: str) -> Value | None:
        if len(text) == 10:
            return [None, text] if text in _DAYS else convert(text)
        if len(text) == 19:
            day, time = text[:10], text[11:]
            if day in _DAYS and time in _TIMES and text[10] in "T ":
                return [str(_DAYS[day] + _TIMES[time]), day]
        return convert(text)

    return quick if forms is None and precision == "auto" and not day_only else convert


def _moment(text: str, read: slots.Read) -> Value:
    """A time as it is usually written, with T or a space; it is remembered where it is without offset."""
    if len(text) > 10 and text[10] == " ":
        text = f"{text[:10]}T{text[11:]}"
    value = read(text)
    if len(_DAYS) > _REMEMBERED:
        _DAYS.clear()
    if len(text) == 10:
        _DAYS[text] = start_of(date.fromisoformat(text))
    elif len(text) == 19 and value[1] == text[:10]:
        _DAYS[text[:10]] = start_of(date.fromisoformat(text[:10]))
        _TIMES[text[11:]] = int(str(value[0])) - _DAYS[text[:10]]
    return value


def _as_moment(field: Field) -> Field:
    return Field(field.name, field.marks, "dt", field.zh, field.en, field.doc_zh, field.doc_en)


_TOKENS: Final = {"YYYY": r"(?P<Y>\d{4})", "MM": r"(?P<M>\d{1,2})", "DD": r"(?P<D>\d{1,2})",
                  "HH": r"(?P<h>\d{1,2})", "mm": r"(?P<m>\d{1,2})", "SS": r"(?P<s>\d{1,2})"}  # fmt: skip


def _form(text: str) -> re.Pattern[str]:
    parts = re.split(r"(YYYY|MM|DD|HH|mm|SS)", text)
    # Digits that nothing separates are of fixed width.
    tight = re.search(r"(YYYY|MM|DD|HH|mm|SS)(YYYY|MM|DD|HH|mm|SS)", text) is not None
    found = "".join(_TOKENS.get(part, re.escape(part)) for part in parts)
    return re.compile(found.replace("{1,2}", "{2}") if tight else found, re.ASCII)


def _written(text: str, forms: list[re.Pattern[str]], formats: object) -> str:
    for form in forms:
        found = form.fullmatch(text)
        if found:
            at = found.groupdict()
            day = f"{at['Y']}-{at.get('M') or 1:0>2}-{at['D']:0>2}"
            if at.get("h") is None:
                return day
            return f"{day}T{at['h']:0>2}:{at.get('m') or 0:0>2}:{at.get('s') or 0:0>2}"
    assert isinstance(formats, tuple)
    raise Unfit("VALUE_TYPE", {"expected": " / ".join(formats)})


_FACTORS: Final = {"分": Decimal("0.01"), "角": Decimal("0.1"), "元": Decimal(1), "千元": Decimal(1000),
                   "万元": Decimal(10_000), "亿元": Decimal(100_000_000)}  # fmt: skip


def _number(rule: Rule, crosswalk: Crosswalk) -> Convert:
    read = slots.reader(rule.field)
    factor = _FACTORS[str(rule.options.get("unit", "元"))]
    if rule.field.type == "money":
        return _filled(read if factor == 1 else lambda text: read(_scaled(text, factor)))

    def whole(text: str) -> Value:
        number, point, rest = text.strip(SPACE).partition(".")
        # A database column with decimals writes 3 as 3.00.
        return read(number if point and number and rest.isdecimal() and not rest.strip("0") else text)

    return _filled(whole)


def _scaled(text: str, factor: Decimal) -> str:
    try:
        found = Decimal(text.strip(SPACE)) * factor
    except InvalidOperation:
        return text
    return f"{found:f}" if found.is_finite() else text


def _amount_by(rule: Rule) -> Callable[[Flat], Value | None]:
    """An amount whose unit another source tells; a unit that is not listed is unknown, never guessed."""
    read = _filled(slots.reader(rule.field))
    source, unit_from = rule.sources[0], str(rule.options["unit_from"])
    units: Any = rule.options["units"]
    default = rule.options.get("unit")

    def gather(flat: Flat) -> Value | None:
        text = flat.get(source)
        if text is None or not text.strip(SPACE):
            return None
        said = (flat.get(unit_from) or "").strip(SPACE)
        unit = units.get(said) if said else default
        if unit is None:
            raise Unfit("UNIT_UNKNOWN", {"column": unit_from, "unit": said or "-", "known": ", ".join(units)})
        factor = _FACTORS[str(unit)]
        return read(text if factor == 1 else _scaled(text, factor))

    return gather


_LIMIT: Final = re.compile(r"\s*(\d{1,6})\s*个?\s*(\S+)\s*", re.ASCII)
_IN_WORDS: Final = {"expected": "时限，如 20个工作日 / a limit such as 20个工作日"}


def _limit(rule: Rule, crosswalk: Crosswalk) -> Convert:
    unit = rule.options["part"] == "unit"
    read = _coded(rule.field, str(rule.field.list), crosswalk) if unit else slots.reader(rule.field)

    def convert(text: str) -> Value:
        found = _LIMIT.fullmatch(text)
        if not found:
            raise Unfit("VALUE_PATTERN", _IN_WORDS)
        return read(found[2] if unit else found[1])

    return _filled(convert)


def _flag(rule: Rule, crosswalk: Crosswalk) -> Convert:
    yes: Any = rule.options.get("yes", ("1", "true", "是", "Y"))
    no: Any = rule.options.get("no", ("0", "false", "否", "N"))
    table = {**dict.fromkeys(no, "0"), **dict.fromkeys(yes, "1")}

    def convert(text: str) -> Value:
        found = table.get(text.strip(SPACE))
        if found is None:
            raise Unfit("VALUE_TYPE", {"expected": f"{'/'.join(yes)} 或/or {'/'.join(no)}"})
        return found

    return _filled(convert)


def _split(rule: Rule, convert: Convert) -> Convert:
    separator, index = str(rule.options["separator"]), int(str(rule.options["index"]))

    def part(text: str) -> Value | None:
        parts = text.split(separator)
        return convert(parts[index]) if index < len(parts) else None

    return part


def _first(sources: tuple[str, ...], convert: Convert) -> Callable[[Flat], Value | None]:
    def gather(flat: Flat) -> Value | None:
        for source in sources:
            text = flat.get(source)
            if text is not None and text.strip():
                return convert(text)
        return None

    return gather


def _concat(rule: Rule, convert: Convert) -> Callable[[Flat], Value | None]:
    separator, sources = str(rule.options.get("separator", "")), rule.sources

    def gather(flat: Flat) -> Value | None:
        parts = [text.strip(SPACE) for source in sources if (text := flat.get(source)) and text.strip()]
        return convert(separator.join(parts)) if parts else None

    return gather


_MAKERS: Final[Mapping[str, Callable[[Rule, Crosswalk], Convert]]] = {
    "text": _text, "code": _code, "time": _time, "number": _number, "limit": _limit, "flag": _flag,
}  # fmt: skip
