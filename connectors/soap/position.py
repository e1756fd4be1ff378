"""How far a service has been read: the place to ask next, and what was already taken from exactly there."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from urllib.parse import quote

from connectors.soap.options import Cursor, Page

KEY = "position"
SHOWN_AT_MOST = 120


@dataclass(frozen=True, slots=True)
class Position:
    """`page` and `cursor` are what the next call asks for; `seen` is the SHA-256 of what it gave last time.

    The last page known is asked for again, since it may have grown; unchanged (`seen`) it is not taken again.
    """

    page: int | None = None
    cursor: str | None = None
    seen: str | None = None

    def __str__(self) -> str:
        """For package names and messages, e.g. `page=3;cursor=2026-11-20`."""
        cursor = None if self.cursor is None else quote(self.cursor, safe=":+-._")[:SHOWN_AT_MOST]
        parts = (("page", self.page), ("cursor", cursor))
        return ";".join(f"{name}={value}" for name, value in parts if value is not None) or "all"


@dataclass(frozen=True, slots=True)
class Ways:
    """How positions follow one another: by page, by cursor, by both (pages within a cursor), or by neither."""

    page: Page | None
    cursor: Cursor | None

    def start(self) -> Position:
        """Where the first call ever begins."""
        return Position(self.page.first if self.page else None, self.cursor.first if self.cursor else None)

    def after(self, here: Position, *, last: bool | None, cursor: str | None) -> Position | None:
        """Where to go on behind a position; None at the end.

        `last` is whether the page is the last (None: the reply does not say), `cursor` the next one it gives.
        """
        moved = bool(self.cursor and cursor and cursor != here.cursor)
        if self.page and here.page is not None and not last:
            return replace(here, page=here.page + 1, seen=None)
        if moved:
            return Position(self.page.first if self.page else None, cursor)
        return None


def written(position: Position) -> str:
    """A position as the state keeps it."""
    return json.dumps(
        {"page": position.page, "cursor": position.cursor, "seen": position.seen}, ensure_ascii=False
    )


def read(text: str | None, ways: Ways) -> Position:
    """The position that the state keeps; the start where it keeps none, or where the way of reading has changed."""
    if text is None:
        return ways.start()
    found = json.loads(text)
    kept, start = Position(found.get("page"), found.get("cursor"), found.get("seen")), ways.start()
    same = (kept.page is None) == (start.page is None) and (kept.cursor is None) == (start.cursor is None)
    return kept if same else start
