"""How far a service has been read: the place to ask next, and what was already taken from exactly there."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from urllib.parse import quote

from connectors.soap.options import Cursor, Page, SoapOptions

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
    """How positions follow one another: by page, by cursor, by both (pages within a cursor), or by neither.

    `mark` tells one way of asking from another: operation, arguments, page and cursor as registered.
    """

    page: Page | None
    cursor: Cursor | None
    mark: str = ""

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

    def behind(
        self, here: Position, digest: str | None, *, last: bool | None, cursor: str | None
    ) -> tuple[Position | None, Position]:
        """Where to go on after what `here` gave (`digest`; None: an empty page), and the position to remember.

        Only what is surely done with is left behind: a page known not to be the last, or one whose reply gave the next
        cursor. Any other is remembered with its digest, and read again next time.
        """
        end = True if digest is None and last is None else last
        onward = self.after(here, last=end, cursor=cursor)
        if onward is not None and (digest is None or end is False or onward.cursor != here.cursor):
            return onward, onward
        return onward, replace(here, seen=digest or here.seen)


def ways_of(options: SoapOptions) -> Ways:
    """The way of reading that a registration asks for."""
    said = [options.operation, dict(options.arguments), *map(_plain, (options.page, options.cursor))]
    text = json.dumps(said, ensure_ascii=False, sort_keys=True)
    return Ways(options.page, options.cursor, hashlib.sha256(text.encode("utf-8")).hexdigest()[:16])


def written(position: Position, ways: Ways) -> str:
    """A position as the state keeps it."""
    kept = {"page": position.page, "cursor": position.cursor, "seen": position.seen, "way": ways.mark}
    return json.dumps(kept, ensure_ascii=False)


def read(text: str | None, ways: Ways) -> Position:
    """The position that the state keeps; the start where it keeps none.

    Where the registration asks in another way than the one kept (another size of pages, other arguments), page 37 is
    no longer the same place: reading begins anew, and what is known already counts as repeated.
    """
    if text is None:
        return ways.start()
    found = json.loads(text)
    if found.get("way") != ways.mark:
        return ways.start()
    return Position(found.get("page"), found.get("cursor"), found.get("seen"))


def _plain(way: Page | Cursor | None) -> dict[str, object] | None:
    return None if way is None else asdict(way)
