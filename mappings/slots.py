"""Checks values that no schema has seen, from the same fields that the XSDs are made of, and with the same verdicts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from mappings import values
from mappings.values import SPACE
from schemas.contract import Field
from schemas.explain import value_violation

Value = str | list[str | None]
"""A value in the form of a slot: a text, or a point in time as [microseconds or null, day]."""
Read = Callable[[str], Value]


class Unfit(Exception):
    """A value that its field cannot hold: code and parameters of the violation."""

    def __init__(self, code: str, params: Mapping[str, object] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.params: Mapping[str, object] = params or {}


_NO_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_INK: Final = re.compile("[^ \t\r\n\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]")
_MOMENT: Final = re.compile(
    r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}"
    r"(?:T(?:[01][0-9]|2[0-3]|24(?=:00:00(?:\.0+)?(?:$|[Z+-]))):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?"
    r"(?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)?)?"
)
_DAY: Final = re.compile(r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}")
_WHOLE: Final = re.compile(r"[+-]?[0-9]+")
_DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.([0-9]*))?|\.([0-9]+))")
_PATTERNS: Final = {
    "uscc": re.compile(r"[0-9A-Z]{9}(?:[0-9A-Z]{9})?"),
    "region": re.compile(r"[0-9]{6}(?:[0-9]{3}(?:[0-9]{3})?)?"),
    "sha256": re.compile(r"[0-9a-fA-F]{64}"),
}
_DIGITS_OF_MONEY: Final = 14
_LONGEST_WHOLE: Final = 30


def reader(
    field: Field, table: Mapping[str, str] | None = None, words: Mapping[str, object] | None = None
) -> Read:
    """What reads one value of a field.

    `table` maps the codes of a code field (what is not in it is unknown); `words` are the parameters of that
    violation. The reader raises Unfit for whatever the XSDs refuse at this field, with their code.
    """
    if field.type == "text":
        return _text(field)
    if field.type == "code":
        assert table is not None
        return _code(table, words or {"list": field.list, "crosswalk": "canonical"})
    return _MAKERS[field.type](field)


def storable(value: str) -> bool:
    """Whether a text has only characters that XML and the databases can hold."""
    return value.isprintable() or not _NO_XML.search(value)


def _unfit(field: Field, value: str) -> Unfit:
    return Unfit(*value_violation(field, value))


def _text(field: Field) -> Read:
    limit, required = field.max or 0, field.required

    def read(value: str) -> str:
        if len(value) > limit:
            raise Unfit("VALUE_LENGTH", {"limit": limit, "length": len(value)})
        if not value.isprintable() and _NO_XML.search(value):
            raise Unfit("VALUE_TYPE", {"expected": "文字 / text"})
        if required and not value.strip() and not _INK.search(value):
            raise Unfit("VALUE_EMPTY")
        return value.strip(SPACE)

    return read


def _code(table: Mapping[str, str], words: Mapping[str, object]) -> Read:
    def read(value: str) -> str:
        found = table.get(value)
        if found is None:
            found = table.get(value.strip(SPACE))
        if found is None:
            raise Unfit("CODE_UNKNOWN", words) if value.strip() else Unfit("VALUE_EMPTY")
        return found

    return read


def _bool(field: Field) -> Read:
    def read(value: str) -> str:
        found = values.BOOLEANS.get(value.strip(SPACE))
        if found is None:
            raise _unfit(field, value)
        return found

    return read


def _moment(field: Field) -> Read:
    def read(value: str) -> Value:
        value = value.strip(SPACE)
        if not _MOMENT.fullmatch(value):
            raise _unfit(field, value)
        try:
            at, day = values.moment(value)
        except (ValueError, OverflowError) as error:
            raise _unfit(field, value) from error
        return [None if at is values.NULL else at, day]

    return read


def _day(field: Field) -> Read:
    def read(value: str) -> str:
        value = value.strip(SPACE)
        if not _DAY.fullmatch(value):
            raise _unfit(field, value)
        try:
            values.moment(value)
        except ValueError as error:
            raise _unfit(field, value) from error
        return value

    return read


def _whole(field: Field) -> Read:
    low, high = field.min or 0, field.max or 0

    def read(value: str) -> str:
        value = value.strip(SPACE)
        if _WHOLE.fullmatch(value):
            number = values.whole(value)
            if len(number) < _LONGEST_WHOLE and low <= int(number) <= high:
                return number
        raise _unfit(field, value)

    return read


def _money(field: Field) -> Read:
    def read(value: str) -> str:
        value = value.strip(SPACE)
        found = _DECIMAL.fullmatch(value)
        if found:
            rest = (found[1] or found[2] or "").rstrip("0")
            yuan = value.lstrip("+-").partition(".")[0].lstrip("0")
            if len(rest) <= 2 and len(yuan) <= _DIGITS_OF_MONEY:
                return values.fen(value)
        raise _unfit(field, value)

    return read


def _pattern(field: Field) -> Read:
    pattern = _PATTERNS[field.type]

    def read(value: str) -> str:
        value = value.strip(SPACE)
        if not pattern.fullmatch(value):
            raise _unfit(field, value)
        return value

    return read


_MAKERS: Final[Mapping[str, Callable[[Field], Read]]] = {
    "bool": _bool,
    "dt": _moment,
    "date": _day,
    "int": _whole,
    "money": _money,
    "uscc": _pattern,
    "region": _pattern,
    "sha256": _pattern,
}
