"""One row or stage message of a simulated case, and what becomes of it and of its case: the truth for dialects in pieces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from hub.simulate.life import Life, Limit, Special, Terms
from hub.simulate.verdicts import verdicts

Value = str | int | datetime | None
PENDING, CURRENT, DELETED = "pending", "current", "deleted"


@dataclass(slots=True)
class Piece:
    """One row or message. `facts` are what it lets a reader know of the life; `rank` orders the pieces of one key."""

    case_no: str
    number: int  # of the case, from 1
    name: str  # table or message number
    kind: str  # pieces of one kind and key supersede each other
    key: str
    rank: int
    time: int  # when the department wrote it, local seconds
    fields: dict[str, Value]
    facts: Mapping[str, Any] = field(default_factory=dict)
    operation: str = "U"
    root: bool = False
    needs: tuple[str, str] | None = None  # kind and key of the piece that it refers to
    codes: tuple[str, ...] = ()  # of the errors that are planted in it
    outcome: str = ""
    fixed: bool = False  # planted to be sent at just this time

    @property
    def content(self) -> tuple[tuple[str, Value], ...]:
        """What tells equal from other content: all that is said of the case, not when and under which number."""
        return tuple(
            sorted(pair for pair in self.fields.items() if pair[0] not in ENVELOPE and pair[1] is not None)
        )


ENVELOPE = frozenset(
    {"row_guid", "cd_time", "cd_batch", "cd_operation", "data_source", "sync_flag", "remark", "SJBBH", "BZ"}
)
"""Columns and fields that say nothing of the case itself."""


class Fold:
    """All cases of a simulated department as they grow, package by package."""

    def __init__(self) -> None:
        self.ranks: dict[tuple[str, str, str], dict[int, object]] = {}
        self.newest: dict[str, dict[tuple[str, str], Piece]] = {}
        self.cases: dict[str, int] = {}  # case → number, in the order in which they became known

    def take(self, package: Iterable[Piece]) -> None:
        """Give each piece of a package its outcome: what the case lacks is asked when the package is in."""
        taken = []
        for piece in package:
            piece.outcome = self._outcome(piece)
            if piece.outcome == "accepted":
                taken.append(piece)
        for piece in taken:
            if self.state(piece.case_no) == PENDING or self._waits(piece):
                piece.outcome = "pending"

    def _outcome(self, piece: Piece) -> str:
        if piece.codes:
            return "rejected"
        ranks = self.ranks.setdefault((piece.case_no, piece.kind, piece.key), {})
        same = (piece.operation, piece.content)
        if piece.rank in ranks:
            if ranks[piece.rank] == same:
                return "duplicate"
            piece.codes = ("CASE_CONFLICT",)
            return "conflict"
        latest = max(ranks, default=None)
        ranks[piece.rank] = same
        if latest is not None and piece.rank < latest:
            return "stale"
        self.cases.setdefault(piece.case_no, piece.number)
        self.newest.setdefault(piece.case_no, {})[piece.kind, piece.key] = piece
        return "accepted"

    def _waits(self, piece: Piece) -> bool:
        """Whether it refers to a piece that is not there."""
        if piece.needs is None or piece.operation == "D":
            return False
        other = self.newest[piece.case_no].get(piece.needs)
        return other is None or other.operation == "D"

    def state(self, case_no: str) -> str:
        """What the hub makes of the case: current, deleted, or pending for want of what every case must have."""
        roots = [piece for piece in self.newest[case_no].values() if piece.root]
        if any(piece.operation == "D" for piece in roots):
            return DELETED
        return CURRENT if roots else PENDING

    def known(self, case_no: str, life: Life) -> Life:
        """The life as far as the newest pieces tell it; `life` gives what the catalogue knows of the item."""
        item = life.item
        told = replace(
            life,
            case_type=item.case_type,
            statutory=Limit(*item.statutory) if item.statutory else None,
            promised=Limit(*item.promised) if item.promised else None,
            parallel=None,
            status=None,
            handled=None,
            examined=None,
            promised_at=None,
            completed=None,
            delivered=None,
            steps=[],
            notices=[],
            receipts=[],
            specials=[],
            results=[],
            fee=None,
            terms=Terms(code=None, reduced=None),
            special_fees=[],
            evaluations=[],
        )
        for piece in self.newest[case_no].values():
            if piece.operation != "D" and not self._waits(piece):
                _learn(told, piece.facts)
        return told

    def lives(self, lives: Mapping[int, Life]) -> Iterator[Life]:
        """Every current case as it is known at last."""
        yield from (life for _, life in self.numbered(lives))

    def numbered(self, lives: Mapping[int, Life]) -> Iterator[tuple[str, Life]]:
        """The same, each with the number under which it was sent."""
        for case_no, number in sorted(self.cases.items()):
            if number in lives and self.state(case_no) == CURRENT:
                yield case_no, self.known(case_no, lives[number])

    def cards(self, lives: Mapping[int, Life], today: int, dialect: str) -> list[tuple[str, str]]:
        """The cards that must stand in the end, as (case, rule)."""
        return [
            (case_no, rule)
            for case_no, number in sorted(self.cases.items())
            if number in lives and self.state(case_no) == CURRENT
            for rule in verdicts(self.known(case_no, lives[number]), today, dialect)
        ]


def _learn(life: Life, facts: Mapping[str, Any]) -> None:
    for name, value in facts.items():
        if name == "special":
            assert isinstance(value, Special)
            life.specials.append(value)
        elif name == "step":
            life.steps.append(value)
        elif name == "finished_as":
            life.result = value
        elif name in ("notice", "receipt", "result"):
            {"notice": life.notices, "receipt": life.receipts, "result": life.results}[name].append(value)
        else:
            setattr(life, name, value)
