"""Reads the named statements of limits.sql, and writes SQL out for one database, one reading and one set of tables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

_NAME = re.compile(r"^-- name: (.+)$", re.MULTILINE)
_COMMENT = re.compile(r"^--.*\n", re.MULTILINE)
_MACRO = re.compile(
    r"@(hours|strict_hours|days_up|whole_days|whole|known|unknown|later|place|least|greatest|quotient|concat|json|in_unit"
    r"|late_in_unit|characters|character)\("
)

# SQLite knows nothing of how many rows a temporary table has, and may begin with the whole calendar of a region for want of
# better: a join that is called CROSS is taken in the order in which it is written, and every row looks up its own day.
_CALENDAR = re.compile(r"(?<!LEFT )\bJOIN work_calendar\b")
# What the two words are called; SQLite's MIN and MAX of several values are scalar.
_WORDS = {"sqlite": {"least": "MIN", "greatest": "MAX"}}
_DEFAULT_WORDS = {"least": "LEAST", "greatest": "GREATEST"}
# Whole part of a quotient, and a sum as a whole number. A sum of integers is a NUMERIC on PostgreSQL: `/` would keep
# its fraction, and no index on an integer serves a comparison with it.
_WHOLE = {"mysql": "CAST({0} AS SIGNED)", "mariadb": "CAST({0} AS SIGNED)"}
_DEFAULT_WHOLE = "CAST({0} AS BIGINT)"
_QUOTIENT = {
    "postgresql": "CAST(DIV({0}, {1}) AS BIGINT)",
    "mysql": "({0} DIV {1})",
    "mariadb": "({0} DIV {1})",
}
_DEFAULT_QUOTIENT = "({0} / {1})"
_PLACE = {"postgresql": "STRPOS({0})"}
_DEFAULT_PLACE = "INSTR({0})"
# The characters of identity numbers, by their places from 1 (GB 32100). PostgreSQL walks through a text for each of its
# characters; of bytes it takes one. What is shorter is filled up with a character that has no place.
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_PLACES = "".join(f"{_ALPHABET.find(chr(byte)) + 1:02x}" for byte in range(256))
_CHARACTERS = {"postgresql": "CONVERT_TO(RPAD({0}, 18, '?'), 'UTF8')"}
_CHARACTER = {"postgresql": "GET_BYTE(DECODE('" + _PLACES + "', 'hex'), GET_BYTE({0}, {1} - 1))"}
_DEFAULT_CHARACTER = f"INSTR('{_ALPHABET}', SUBSTR({{0}}, {{1}}, 1))"
_JSON = {"postgresql": "CAST(json_build_object({0}) AS TEXT)"}
_DEFAULT_JSON = "json_object({0})"


@cache
def statements() -> Mapping[str, str]:
    """Name → statement, still with its placeholders and macros."""
    parts = _NAME.split(files("hub.supervision").joinpath("limits.sql").read_text("utf-8"))
    return {
        name.strip(): _COMMENT.sub("", body).strip()
        for name, body in zip(parts[1::2], parts[2::2], strict=True)
    }


def written(name: str, dialect: str, values: Mapping[str, str]) -> str:
    """The statement `name` with `{placeholders}` filled from `values` and macros in the database's own words."""
    return expanded(statements()[name], dialect, values)


def expanded(sql: str, dialect: str, values: Mapping[str, str]) -> str:
    """Any statement, the same way."""
    sql = _expand(sql.format_map(values), dialect, values)
    return _CALENDAR.sub("CROSS JOIN work_calendar", sql) if dialect == "sqlite" else sql


def _expand(sql: str, dialect: str, values: Mapping[str, str]) -> str:
    found = _MACRO.search(sql)
    while found is not None:
        end = _closing(sql, found.end())
        inside = sql[found.end() : end]
        sql = sql[: found.start()] + _macro(found[1], inside, dialect, values) + sql[end + 1 :]
        found = _MACRO.search(sql)
    return sql


def _closing(sql: str, start: int) -> int:
    """Where the bracket that was opened just before `start` is closed."""
    depth = 1
    for position in range(start, len(sql)):
        depth += {"(": 1, ")": -1}.get(sql[position], 0)
        if depth == 0:
            return position
    raise ValueError(f"unbalanced brackets in a statement: {sql[start - 20 : start + 40]!r}")


def _macro(name: str, inside: str, dialect: str, values: Mapping[str, str]) -> str:
    quotient = _QUOTIENT.get(dialect, _DEFAULT_QUOTIENT)
    if name in _DEFAULT_WORDS:
        return f"{_WORDS.get(dialect, _DEFAULT_WORDS)[name]}({inside})"
    if name == "days_up":
        return quotient.format(f"(({inside}) + 86399999999)", 86400000000)
    if name == "whole":
        return _WHOLE.get(dialect, _DEFAULT_WHOLE).format(inside)
    if name == "whole_days":
        return quotient.format(f"(({inside}) + 23)", 24)
    if name == "json":
        return _JSON.get(dialect, _DEFAULT_JSON).format(inside)
    if name == "characters":
        return _CHARACTERS.get(dialect, "{0}").format(inside)
    if name == "character":
        text, number = (part.strip() for part in inside.split(","))
        return _CHARACTER.get(dialect, _DEFAULT_CHARACTER).format(text, number)
    if name == "place":
        return _PLACE.get(dialect, _DEFAULT_PLACE).format(inside)
    if name == "later":
        # Strict, and by the day where one of the two has a day only.
        one, other = (part.strip() for part in inside.split(","))
        return (
            f"(CASE WHEN {one}_at IS NOT NULL AND {other}_at IS NOT NULL THEN {one}_at > {other}_at"
            f" ELSE {one}_day > {other}_day END)"
        )
    if name == "concat":
        return (
            f"CONCAT({inside})" if dialect in ("mysql", "mariadb") else f"({inside.replace(',', ' ||', 1)})"
        )
    if name == "in_unit":
        return (
            f"CASE v.unit WHEN 'H' THEN ({inside}) / 3600000000.0"
            f" WHEN 'M' THEN ({inside}) * v.stated * 1.0 / v.length ELSE {inside} END"
        )
    if name == "late_in_unit":
        return f"CASE v.unit WHEN 'H' THEN ({inside}) / 3600000000.0 ELSE {inside} END"
    if name == "quotient":
        return quotient.format(*(part.strip() for part in inside.rsplit(",", 1)))
    first, second = (part.strip() for part in inside.split(",", 1))
    if name == "known":
        return (
            f"({first}.{second}_at < s.as_of_at"
            f" OR ({first}.{second}_at IS NULL AND {first}.{second}_day <= s.as_of_day))"
        )
    if name == "unknown":  # not the negation of `known`: that is null where the time is
        # Constants first: with them a database finds the few rows, and joins only those.
        return (
            f"(({first}.{second}_at >= :from_at OR {first}.{second}_day > :from_day) AND ({first}.{second}_at >= s.as_of_at"
            f" OR ({first}.{second}_at IS NULL AND {first}.{second}_day > s.as_of_day)))"
        )
    # The day begins eight hours before midnight UTC; on a rest day the clock of working hours stands still.
    reading = {"w": "strict_number", "work": "strict_workday"} if name == "strict_hours" else values
    w, work = f"{first}.{reading['w']}", f"{first}.{reading['work']}"
    return (
        f"(({w} - {work}) * 86400000000"
        f" + {work} * (({second}) - ({first}.day_number * 86400000000 - 28800000000)))"
    )
