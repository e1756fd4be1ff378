"""Figures of the indicators, whole or told apart by a dimension, and the list of rows behind each figure, page by page."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy import inspect

from hub.clock import iso
from hub.errors import Place, StopError
from hub.scores.figures import NAMED, Figure, Sums, figure, in_order
from hub.scores.library import DIMENSIONS, Indicator
from hub.scores.pieces import PIECES
from hub.scores.working import Working

PARTS = ("numerator", "denominator", "not_judged")
"""The lists behind a figure."""
NOTHING_RECORDED = "nothing_recorded"
"""Why an indicator is not judged whose tables this database does not have."""

_COLUMNS = (
    "kind", "subject", "num", "den", "value", "weight", "reason", "at", "day", "organization_name", "person_name", "item_name",
    "case_name", *(name for name in DIMENSIONS if name not in ("hour", "day")),
)  # fmt: skip
_NUMBERS = ("hour", "level")
Written = Callable[[Any], Any]
_WRITTEN: Mapping[str, Written] = {
    "at": lambda at: iso(int(at)),
    "day": lambda day: day.isoformat() if isinstance(day, date) else day,
    "value": lambda value: round(float(value), 4),
}
"""Columns of a row that are written otherwise than the database gives them."""
_CONDITIONS: Mapping[str, str] = {
    "numerator": "r.num = 1",
    "denominator": "r.den = 1",
    "not_judged": "r.den IS NULL",
}


def measure(working: Working, indicator: Indicator) -> Figure:
    """The figure of the whole."""
    found = _figures(working, indicator, None)
    return found[0] if found else _nothing(working, indicator)


def measure_by(working: Working, indicator: Indicator, dimension: str) -> list[Figure]:
    """One figure per value of a dimension, in its order; rows that tell none come first. Raises StopError SCORE_DIMENSION."""
    indicator.dimension(dimension)
    return _figures(working, indicator, dimension)


def rows(
    working: Working,
    indicator: Indicator,
    part: str,
    *,
    dimension: str | None = None,
    key: str | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> Iterator[dict[str, Any]]:
    """The list behind a figure, in the order of its subjects: all rows of the numerator, the denominator, or those not judged.

    With `dimension` only those whose value is `key` (None: those that tell none). `limit` and `offset` page through it.
    Raises StopError SCORE_DIMENSION, SCORE_PART.
    """
    if not has_part(indicator, part):
        raise no_part(indicator, part)
    query = _query(working, indicator)
    if query is None:
        return
    sql, given = query
    condition = _CONDITIONS["denominator" if indicator.kind == "mean" and part == "numerator" else part]
    binds: dict[str, Any] = {}
    if dimension is not None:
        expression = _key(working, indicator, dimension)
        condition += f" AND {expression} IS NULL" if key is None else f" AND {expression} = :key"
        binds |= (
            {} if key is None else {"key": int(key) if dimension in _NUMBERS and key.isdecimal() else key}
        )
    page = "" if limit is None else f" LIMIT {int(limit)} OFFSET {int(offset)}"
    listed = ", ".join(f"r.{name}" for name in given)
    columns = [(name, _WRITTEN.get(name)) for name in given]
    found = working.execute(
        f"SELECT {listed} FROM ({sql}) r WHERE {condition} ORDER BY {_order(given)}{page}", **binds
    )
    for row in found:
        yield _row(columns, row)


def has_part(indicator: Indicator, part: str) -> bool:
    """Whether an indicator has that list."""
    return part in PARTS and not (part == "denominator" and indicator.kind == "count")


def no_part(indicator: Indicator, part: str) -> StopError:
    """The error for a list that an indicator does not have."""
    return StopError(
        "SCORE_PART",
        zh=f"没有清单 {part}；指标 {indicator.code} 有 {'、'.join(PARTS)}",
        en=f"There is no list {part}; {indicator.code} has {', '.join(PARTS)}",
        remedy_zh="计数类指标没有分母，用 numerator",
        remedy_en="A count has no denominator: use numerator",
        place=Place(field="part"),
    )


def every_row(working: Working, indicator: Indicator) -> Iterator[dict[str, Any]]:
    """All rows of an indicator, judged or not, in the order of their subjects; read as they are taken, however many."""
    query = _query(working, indicator)
    if query is None:
        return
    sql, given = query
    columns = [(name, _WRITTEN.get(name)) for name in given]
    found = working.stream(
        f"SELECT {', '.join(f'r.{name}' for name in given)} FROM ({sql}) r ORDER BY {_order(given)}"
    )
    for part in found.partitions():
        for row in part:
            yield _row(columns, row)


def _order(given: Collection[str]) -> str:
    """One subject may have several rows (the steps of a case): pages of a list neither repeat one nor leave one out."""
    return ", ".join(f"r.{name}" for name in ("subject", "at", "day", "step") if name in given)


def _figures(working: Working, indicator: Indicator, dimension: str | None) -> list[Figure]:
    query = _query(working, indicator)
    if query is None:
        return []
    found = (
        _added(working, indicator, *query)
        if dimension is None
        else _summed(working, indicator, dimension, *query)
    )
    # Databases sort nulls first or last as they like.
    target = working.parameters.target(indicator.code)
    return [figure(target, indicator, key, found[key]) for key in in_order(found, dimension)]


def _added(working: Working, indicator: Indicator, sql: str, given: list[str]) -> Mapping[str | None, Sums]:
    """The whole: what the organisations add up to, since a board asks for both; of a mean counted for itself, to the last digit."""
    if indicator.kind == "mean" or "organization" not in indicator.by:
        return _summed(working, indicator, None, sql, given) or {None: Sums()}
    whole = Sums()
    for part in _summed(working, indicator, "organization", sql, given).values():
        whole.num += part.num
        whole.den += part.den
        for why, count in part.reasons.items():
            whole.reasons[why] = whole.reasons.get(why, 0) + count
    return {None: whole}


def _summed(
    working: Working, indicator: Indicator, dimension: str | None, sql: str, given: list[str]
) -> Mapping[str | None, Sums]:
    """Key → sums, in one pass over the rows, once per answer; those not judged are counted by their reasons."""
    asked = ("sums", indicator.code, dimension)
    if asked not in working.known:
        working.known[asked] = _passed(working, indicator, dimension, sql, given)
    found: Mapping[str | None, Sums] = working.known[asked]
    return found


def _passed(
    working: Working, indicator: Indicator, dimension: str | None, sql: str, given: list[str]
) -> dict[str | None, Sums]:
    key = "NULL" if dimension is None else _key(working, indicator, dimension)
    weight = "COALESCE(r.weight, 1)" if "weight" in given else "1"
    reason = "COALESCE(r.reason, '')" if "reason" in given else "''"
    why = f"CASE WHEN r.den IS NULL THEN {reason} END"
    counted = "num" if "num" in given else "den"
    value = "SUM(CASE WHEN r.den = 1 THEN r.value END)" if "value" in given else "NULL"
    rows = working.execute(
        f"SELECT {key} AS k, {why} AS why, {_name(dimension, given)} AS name,"
        f" SUM(CASE WHEN r.{counted} = 1 THEN {weight} ELSE 0 END) AS num,"
        f" SUM(CASE WHEN r.den = 1 THEN {weight} ELSE 0 END) AS den, {value} AS total, SUM({weight}) AS n"
        f" FROM ({sql}) r GROUP BY {why if dimension is None else f'{key}, {why}'}"
    )
    found: dict[str | None, Sums] = {}
    for row in rows:
        sums = found.setdefault(_text(row.k), Sums())
        sums.name = sums.name or row.name
        sums.num += int(row.num or 0)
        sums.den += int(row.den or 0)
        sums.total += float(row.total or 0)
        if row.why is not None:
            sums.reasons[row.why] = sums.reasons.get(row.why, 0) + int(row.n)
    return found


def _nothing(working: Working, indicator: Indicator) -> Figure:
    """The figure of an indicator for which nothing is recorded here."""
    target = working.parameters.target(indicator.code)
    return Figure(indicator.code, indicator.unit, None, None, 0, 0, None, target, {NOTHING_RECORDED: 0})


def _query(working: Working, indicator: Indicator) -> tuple[str, list[str]] | None:
    """The rows of an indicator and the columns that it gives; None where nothing is recorded that could be counted."""
    asked = ("query", indicator.code)
    if asked not in working.known:
        working.known[asked] = _made(working, indicator)
    found: tuple[str, list[str]] | None = working.known[asked]
    return found


def _made(working: Working, indicator: Indicator) -> tuple[str, list[str]] | None:
    if indicator.query is None or not _recorded(working, indicator):
        return None
    if indicator.cases:
        working.fill()
    values = {name: working.expanded(piece) for name, piece in PIECES.items()}
    sql = working.expanded(indicator.query, **values)
    lacking = [
        f"'{system}'"
        for system, fields in sorted(working.delivers.items())
        if any(not fields.intersection(need.split(" or ")) for need in indicator.needs)
    ]
    looked = list(working.execute(f"SELECT q.* FROM ({sql}) q WHERE 1 = 0").keys())
    given = [name for name in looked if name in _COLUMNS]
    if not lacking:
        return f"SELECT {', '.join(f'q.{name}' for name in given)} FROM ({sql}) q", given
    # What a dialect cannot report is neither good nor bad.
    among = f"q.system IN ({', '.join(lacking)})"
    silent = {
        "num": f"CASE WHEN {among} THEN NULL ELSE q.num END AS num",
        "den": f"CASE WHEN {among} THEN NULL ELSE q.den END AS den",
        "reason": f"CASE WHEN {among} THEN 'not_reported' ELSE q.reason END AS reason",
    }
    return f"SELECT {', '.join(silent.get(name, f'q.{name}') for name in given)} FROM ({sql}) q", given


def _recorded(working: Working, indicator: Indicator) -> bool:
    known = inspect(working.connection)
    return all(known.has_table(table) for table in indicator.tables)


def _key(working: Working, indicator: Indicator, dimension: str) -> str:
    """The dimension's value of a row `r`, as SQL. An office, post or person is of its organisation."""
    plain, digits = indicator.dimension(dimension)
    if plain == "hour":
        return working.expanded("(@quotient((r.at + 28800000000), 3600000000) % 24)")
    if plain == "day":
        return "CAST(r.day AS CHAR(10))"
    if digits is not None:
        return f"SUBSTR(r.region, 1, {digits})"
    if plain in ("office", "post", "person"):
        return working.expanded(f"@concat(r.organization, @concat('/', r.{plain}))")
    return f"r.{plain}"


def _name(dimension: str | None, given: list[str]) -> str:
    """What people call the value of a dimension, where the rows tell."""
    column = NAMED.get(dimension or "")
    return f"MAX(r.{column})" if column in given else "NULL"


def _row(columns: Iterable[tuple[str, Written | None]], row: Iterable[Any]) -> dict[str, Any]:
    return {
        name: value if written is None else written(value)
        for (name, written), value in zip(columns, row, strict=True)
        if value is not None
    }


def _text(key: Any) -> str | None:
    return None if key is None else str(key)
