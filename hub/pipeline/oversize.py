"""Files larger than the hub may store: they stay at the source, are told once in the log, and are remembered until they are gone."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sqlalchemy import Engine

from hub.central.engine import writing
from hub.central.memory import UNTAKEN, Memory
from hub.clock import now_us
from hub.errors import PackageRefused, Place, StopError
from hub.ledger import chain
from hub.rawstore import Readable

REMEMBERED = 500


class Bounded:
    """A stream that is not read on once it has given more than it may: PackageRefused PKG_TOO_LARGE."""

    def __init__(self, stream: Readable, limit: int) -> None:
        self._stream = stream
        self._limit = limit
        self._given = 0

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes, none at the end."""
        block = self._stream.read(size)
        self._given += len(block)
        if self._given > self._limit:
            raise PackageRefused("PKG_TOO_LARGE", size=self._given, limit=self._limit)
        return block


def remember(engine: Engine, system: str, found: Mapping[str, int]) -> None:
    """Note which files were too large in this look (name → bytes); those not known from the last one come into the log."""
    memory = Memory(engine, system)
    text = memory.get(UNTAKEN)
    known = json.loads(text) if text else {}
    listed = {_plain(name): found[name] for name in sorted(found)[:REMEMBERED]}
    if listed == known:
        return
    new = [(name, size) for name, size in listed.items() if known.get(name) != size]
    if new:
        events = [
            ("package.untaken", {"origin": name, "code": "PKG_TOO_LARGE", "size": size}) for name, size in new
        ]
        with writing(engine) as connection:
            chain.append_all(connection, system, events, now_us())
    memory.put(UNTAKEN, json.dumps(listed, ensure_ascii=False) if listed else None, text)


def too_large(system: str, found: Mapping[str, int], limit: int) -> StopError:
    """What is told of files that are too large."""
    first = min(found)
    return StopError(
        "SOURCE_TOO_LARGE",
        zh=f"{len(found)} 个文件超过上限 {limit} 字节，未领取，如 {_plain(first)}（{found[first]} 字节或更多）",
        en=f"{len(found)} files are larger than {limit} bytes and were not taken, such as {_plain(first)} ({found[first]} bytes or more)",
        remedy_zh="请部门分成几个较小的报文包报送并移走该文件，或提高 package_bytes（docs/limits.md）。其他文件照常处理",
        remedy_en="Have it sent as several smaller packages and the file removed, or raise package_bytes (docs/limits.md). All others are processed",
        place=Place(system=system, file=_plain(first)),
    )


def _plain(name: str) -> str:
    return name.encode("utf-8", "replace").decode()
