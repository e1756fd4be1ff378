"""Reading by time: how far each table was read, and which rows of the last minutes were seen, kept between runs.

A *look* walks a table from its floor to its end, over as many batches as it takes. Rows may be committed late: later than
rows with a greater time were read. So the floor of the next look lies `late` before the greatest time that was there when
this look began, and rows from there on are recognised by their digest and left out if they were taken already.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from connectors.database.rows import digest_of
from connectors.database.scan import (
    Position,
    Time,
    as_time,
    earlier,
    latest,
    position_of,
    time_from,
    to_text,
    walk,
)
from connectors.database.tables import Source, key_value
from connectors.state import State

HEAD = "watermark"
SEEN = "seen/"
DIGEST_BYTES = 12
CHUNK = 20_000
"""Digests in one value of the state, so that no value grows with the table."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Look:
    """How far one table was read. `at` is set while a look is under way; `old` and `new` name lists of seen rows."""

    floor: Time | None = None  # where this look began
    at: Position | None = None
    next: Time | None = None  # floor of the next look
    old: tuple[str, ...] = ()  # seen by the look before
    new: tuple[str, ...] = ()  # seen by this one, so far as the next look will meet them


@dataclass(slots=True)
class Watermark:
    """The state of all tables as it was read, and what has to be put in its place."""

    expected: str | None
    looks: dict[str, Look]
    lists: dict[str, str] = field(default_factory=dict)  # to be stored before the head names them
    others: dict[str, Any] = field(default_factory=dict)  # tables that the registration no longer names


def load(state: State, sources: Iterable[Source]) -> Watermark:
    """What is remembered of these tables."""
    text = state.get(HEAD)
    tables: dict[str, Any] = json.loads(text)["tables"] if text else {}
    looks = {source.name: _look(source, tables.pop(source.name, {})) for source in sources}
    return Watermark(text, looks, others=tables)


def save(state: State, mark: Watermark) -> bool:
    """Put the new state in the place of the one that was read; False, and nothing changed, if another was quicker."""
    head = _head(mark)
    if head == mark.expected:
        return True
    for name, body in mark.lists.items():
        state.put(SEEN + name, body, None)  # named by its content: if it is there already, it is the same
    if not state.put(HEAD, head, mark.expected):
        return False
    for name in sorted(_named(mark.expected) - _named(head)):
        state.put(SEEN + name, None, state.get(SEEN + name))
    return True


def changed(mark: Watermark) -> bool:
    """Whether there is anything to save."""
    return _head(mark) != mark.expected


def advance(
    connection: Connection,
    source: Source,
    mark: Watermark,
    state: State,
    late: timedelta,
    take: Callable[[bytes, Position], bool],
) -> bool:
    """Go on with a table: hand rows that were not seen yet to `take` until it declines (False) or the table ends.

    Changes `mark`, not the state. Returns whether the table was read to its end.
    """
    resumed = mark.looks[source.name].at is not None
    ended = _segment(connection, source, mark, state, late, take)
    if ended and resumed:  # what was committed late while that look was under way
        ended = _segment(connection, source, mark, state, late, take)
    return ended


def _segment(
    connection: Connection,
    source: Source,
    mark: Watermark,
    state: State,
    late: timedelta,
    take: Callable[[bytes, Position], bool],
) -> bool:
    look = mark.looks[source.name]
    if look.at is None:
        look = replace(look, next=_next_floor(connection, source, look.floor, late), new=())
    known = _seen(state, mark, look.old)
    met: list[bytes] = []
    ended, at = True, look.at
    for row in walk(connection, source, look.at, look.floor):
        line, position = source.line(row), position_of(source, row)
        digest = digest_of(line)
        if digest not in known and not take(line, position):
            ended = False
            break
        if _within(position.time, look.next):
            met.append(digest)
        at = position
    new = (*look.new, *_store(mark, met))
    mark.looks[source.name] = Look(look.next, old=new) if ended else replace(look, at=at, new=new)
    return ended


def _next_floor(connection: Connection, source: Source, floor: Time | None, late: timedelta) -> Time | None:
    newest = latest(connection, source)
    if newest is None:
        return floor
    found = earlier(source, newest, late)
    return found if found is not None and (floor is None or _within(found, floor)) else floor


def _within(moment: Time | None, floor: Time | None) -> bool:
    """Whether the next look will meet a row of this time; in doubt yes."""
    if moment is None or floor is None:
        return True
    try:
        return moment >= floor  # type: ignore[operator]
    except TypeError:
        read, bound = as_time(moment), as_time(floor)
        return read is None or bound is None or read >= bound


def _seen(state: State, mark: Watermark, names: Iterable[str]) -> set[bytes]:
    known: set[bytes] = set()
    for name in names:
        body = mark.lists.get(name) or state.get(SEEN + name)
        if body is None:
            # Only when two machines race: rows are sent once more, and recognised as duplicates.
            _log.warning(
                "已取行清单 %s 不在,相关行会再送一次 / list of seen rows %s is gone: sent once more",
                name,
                name,
            )
            continue
        raw = base64.b64decode(body)
        known.update(raw[at : at + DIGEST_BYTES] for at in range(0, len(raw), DIGEST_BYTES))
    return known


def _store(mark: Watermark, digests: list[bytes]) -> list[str]:
    names = []
    for at in range(0, len(digests), CHUNK):
        body = base64.b64encode(b"".join(digests[at : at + CHUNK])).decode("ascii")
        name = hashlib.sha256(body.encode("ascii")).hexdigest()[:24]
        mark.lists[name] = body
        names.append(name)
    return names


def _head(mark: Watermark) -> str | None:
    tables = {**mark.others, **{name: _as_json(look) for name, look in mark.looks.items() if look != Look()}}
    return (
        json.dumps({"version": 1, "tables": tables}, ensure_ascii=False, sort_keys=True) if tables else None
    )


def _named(head: str | None) -> set[str]:
    tables = json.loads(head)["tables"] if head else {}
    return {name for look in tables.values() for name in (*look["old"], *look["new"])}


def _as_json(look: Look) -> dict[str, Any]:
    at = look.at
    return {
        "floor": None if look.floor is None else to_text(look.floor),
        "at": None if at is None else [None if at.time is None else to_text(at.time), to_text(at.key)],
        "next": None if look.next is None else to_text(look.next),
        "old": list(look.old),
        "new": list(look.new),
    }


def _look(source: Source, found: dict[str, Any]) -> Look:
    if not found:
        return Look()
    at = found["at"]
    return Look(
        time_from(source, found["floor"]),
        None if at is None else Position(time_from(source, at[0]), _key(source, at[1])),
        time_from(source, found["next"]),
        tuple(found["old"]),
        tuple(found["new"]),
    )


def _key(source: Source, kept: Any) -> Any:
    return kept if isinstance(kept, int) else key_value(source.key, kept)
