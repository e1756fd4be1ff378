"""The lists behind what was published, kept for good: every row of every indicator, as lines of JSON in the raw store."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from typing import Any

from sqlalchemy import Connection, insert, select

from hub.central.tables.scores import score_list
from hub.rawstore import RawStore
from hub.scores.figures import Figure, figures_of
from hub.scores.library import Indicator, indicators
from hub.scores.measuring import every_row, has_part, no_part
from hub.scores.working import Working

LARGEST = 1 << 40
"""Bytes of one list: no limit that anybody meets."""
_BLOCK = 1 << 20
_LEVEL = 6
"""Of compression: 9 takes seven times as long for a tenth of the bytes."""
_LINES = 1_000
_quoted = json.encoder.encode_basestring


@dataclass(frozen=True, slots=True)
class Kept:
    """A list in the raw store: of which indicator, its digest, its rows, its bytes there."""

    indicator: str
    digest: str
    rows: int
    size: int


def keep(working: Working, raw: RawStore) -> list[Kept]:
    """Store the list of every indicator, as it is now; of those for which nothing is recorded the empty one.

    Raises RetryError where the store fails.
    """
    found = []
    for code, indicator in indicators().items():
        packed = _Packed(every_row(working, indicator))
        digest, size = raw.put(packed, LARGEST)
        found.append(Kept(code, digest, packed.rows, size))
    return found


def note(connection: Connection, publication: int, kept: Iterable[Kept]) -> None:
    """Take down which lists belong to a publication."""
    connection.execute(
        insert(score_list),
        [
            {"publication": publication, "indicator": each.indicator, "digest": each.digest, "row_count": each.rows,
             "size": each.size}
            for each in kept
        ],
    )  # fmt: skip


def of_publication(connection: Connection, publication: int) -> dict[str, Kept]:
    """The lists of a publication by indicator; none of what was published before lists were kept."""
    rows = connection.execute(select(score_list).where(score_list.c.publication == publication))
    return {row.indicator: Kept(row.indicator, row.digest, row.row_count, row.size) for row in rows}


def read(raw: RawStore, digest: str) -> Iterator[dict[str, Any]]:
    """The rows of a kept list, in their order. Raises RetryError where its bytes are missing."""
    with raw.open(digest) as stored, gzip.open(stored, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def part_of(
    indicator: Indicator,
    rows: Iterable[dict[str, Any]],
    part: str,
    *,
    dimension: str | None = None,
    key: str | None = None,
) -> Iterator[dict[str, Any]]:
    """Those rows that `hub.scores.measuring.rows` gives for the same part, dimension and key.

    Raises StopError SCORE_PART, SCORE_DIMENSION.
    """
    if not has_part(indicator, part):
        raise no_part(indicator, part)
    if dimension is not None:
        indicator.dimension(dimension)
    for row in rows:
        if _within(indicator, part, row) and (dimension is None or key_of(indicator, row, dimension) == key):
            yield row


def figures(
    indicator: Indicator, rows: Iterable[dict[str, Any]], target: int | None, dimension: str | None
) -> list[Figure]:
    """The figures that a kept list makes: the whole, or one per value of a dimension. Raises StopError SCORE_DIMENSION."""
    if dimension is not None:
        indicator.dimension(dimension)
    keyed = ((None if dimension is None else key_of(indicator, row, dimension), row) for row in rows)
    return figures_of(indicator, keyed, target, dimension)


def key_of(indicator: Indicator, row: dict[str, Any], dimension: str) -> str | None:
    """The value of a dimension of a row, as figures write it; None where the row tells none."""
    plain, digits = indicator.dimension(dimension)
    if plain == "hour":
        at = row.get("at")
        return None if at is None else str(int(str(at)[11:13]))
    told = row.get(plain)
    if told is None:
        return None
    if plain in ("office", "post", "person"):
        whose = row.get("organization")
        return None if whose is None else f"{whose}/{told}"
    return str(told)[:digits]


def _within(indicator: Indicator, part: str, row: dict[str, Any]) -> bool:
    if part == "not_judged":
        return row.get("den") is None
    judged = "den" if part == "denominator" or indicator.kind == "mean" else "num"
    return bool(row.get(judged) == 1)


class _Packed:
    """Rows as the bytes of a compressed file, made as they are read: the same rows, the same bytes."""

    def __init__(self, rows: Iterable[dict[str, Any]]) -> None:
        self.rows = 0
        self._given = iter(rows)
        self._out = BytesIO()
        self._zip: gzip.GzipFile | None = gzip.GzipFile(
            filename="", mode="wb", compresslevel=_LEVEL, fileobj=self._out, mtime=0
        )

    def read(self, size: int = _BLOCK, /) -> bytes:
        """At least one byte until the end, whatever was asked for at most `size`."""
        while self._zip is not None and self._out.tell() < size:
            lines = [_line(row) for row in islice(self._given, _LINES)]
            if not lines:
                self._zip.close()
                self._zip = None
                break
            self._zip.write("".join(lines).encode("utf-8", "backslashreplace"))
            self.rows += len(lines)
        found = self._out.getvalue()
        self._out.seek(0)
        self._out.truncate()
        self._out.write(found[size:])
        return found[:size]


def _line(row: dict[str, Any]) -> str:
    """A row as one line of JSON, put together by hand: lists may have millions of rows."""
    told = [f'"{name}":{_json(value)}' for name, value in row.items()]
    return f"{{{','.join(told)}}}\n"


def _json(value: Any) -> str:
    if type(value) is str:
        return _quoted(value)
    return str(value) if type(value) is int else json.dumps(value)
