"""What packages said of a case that comes in pieces, as it is kept: one row a case and package, never changed.

The body of a row is a JSON list with an entry for every piece that took its key or stood behind a newer one:
[kind, source key, basis and value of its order, operation, 1 where its D withdraws the case, ordinal, line, part]. In
place of the part a digest stands where an earlier piece was only said again under a later order. The newest piece of
each key, and the digest under each order seen, come out of all rows of a case, whatever their order. Nothing here needs
a database: the process that reads large packages has none.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec

from hub.central.fold import Known
from hub.shapes import Piece, piece_digest

Key = tuple[str, str]
_quoted = json.encoder.encode_basestring
_written = msgspec.json.encode
_plain = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


@dataclass(frozen=True, slots=True)
class Held:
    """The newest piece of a key, as it is kept."""

    kind: str
    source_key: str
    rank: tuple[int, int]
    operation: str
    root: bool
    digest: str
    part: str
    package: int
    ordinal: int
    line: int

    @property
    def key(self) -> Key:
        """Of the piece within its case."""
        return (self.kind, self.source_key)


@dataclass(slots=True)
class History:
    """What is known of a case's pieces: the newest of each key, and how the key stands."""

    held: dict[Key, Held]
    states: dict[Key, Known]


def entry(
    kind: str, key: str, rank: tuple[int, int], operation: str, root: bool, ordinal: int, line: int, part: str
) -> str:
    """One entry of a body; `part` is JSON: the piece's part, or a digest in quotes."""
    basis, value = rank
    return f'[{_quoted(kind)},{_quoted(key)},{basis},{value},"{operation}",{root:d},{ordinal},{line},{part}]'


def entry_of(piece: Piece) -> str:
    """The entry of a piece."""
    return entry(
        piece.kind, piece.source_key, piece.order.rank, piece.operation, piece.root, piece.ordinal, piece.line,
        piece.part,
    )  # fmt: skip


def said_again(newest: Held | Piece, rank: tuple[int, int]) -> str:
    """The entry of a piece that was said again under a later order."""
    return entry(
        newest.kind, newest.source_key, rank, newest.operation, newest.root, newest.ordinal, newest.line,
        f'"{newest.digest}"',
    )  # fmt: skip


def body(entries: Iterable[str]) -> str:
    """A body of entries."""
    return f"[{','.join(entries)}]"


def body_of(entries: Sequence[Sequence[object]]) -> str:
    """A body of entries whose parts are not written down yet."""
    return _written(entries).decode()


def history(said: Iterable[tuple[int, str]]) -> History:
    """What bodies, each with its package, say together."""
    told: list[Held] = []
    again: list[tuple[Key, tuple[int, int], str]] = []
    for package, text in said:
        for kind, key, basis, value, operation, root, ordinal, line, part in json.loads(text):
            rank = (basis, value)
            if isinstance(part, str):
                again.append(((kind, key), rank, part))
                continue
            written = _plain(part)
            told.append(
                Held(
                    kind, key, rank, operation, bool(root), piece_digest(operation, written), written, package,
                    ordinal, line,
                )
            )  # fmt: skip
    return _together(told, again)


def _together(told: Sequence[Held], again: Iterable[tuple[Key, tuple[int, int], str]]) -> History:
    seen: dict[Key, dict[tuple[int, int], str]] = {}
    by_digest: dict[tuple[Key, str], Held] = {}
    held: dict[Key, Held] = {}
    for each in sorted(told, key=_rank):
        seen.setdefault(each.key, {})[each.rank] = each.digest
        by_digest[each.key, each.digest] = each
        held[each.key] = each
    for key, rank, digest in again:
        seen[key][rank] = digest
        if rank > held[key].rank:
            held[key] = replace(by_digest[key, digest], rank=rank)
    return History(held, {key: _known(each, seen[key]) for key, each in held.items()})


def _rank(each: Held) -> tuple[int, int]:
    return each.rank


def _known(newest: Held, seen: Mapping[tuple[int, int], str]) -> Known:
    state = "deleted" if newest.operation == "D" else "current"
    return Known(None, 1, newest.digest, state, newest.rank, "", dict(seen))
