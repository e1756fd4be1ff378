"""What becomes of the pieces of one case: judged by key, assembled, and made ready to be written; no database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from hub.central.fold import Known, Verdict, judge
from hub.central.piece_rows import Held, History, Key, body, entry_of, said_again
from hub.shapes import Assembled, Piece, Rejection, Violation

Assemble = Callable[[Sequence[Held | Piece]], Assembled]
"""The newest pieces of a case, in the order of their keys → the case."""
_NOTHING = History({}, {})


@dataclass(slots=True)
class Settled:
    """A case as its pieces of one package leave it, ready to be written.

    `head` is what was known of the case, None where nobody knew it; `after` what is known now, the very same where
    nothing has changed. `body` is "" where the package adds nothing, `last` its last ordinal that took a key, else 0.
    """

    case_no: str
    assembled: Assembled
    after: Known
    outcomes: list[tuple[int, str]]  # ordinal and outcome of each piece
    body: str
    last: int
    head: Known | None = None
    conflicts: tuple[Rejection, ...] = ()


def settle(
    case_no: str,
    pieces: Sequence[Piece],
    assemble: Assemble,
    head: Known | None = None,
    known: History = _NOTHING,
    *,
    whole: bool = False,
) -> Settled:
    """Judge pieces in their order against what is known, and assemble the case; `whole`: it came as a whole case before."""
    verdicts, states, held = _judged(pieces, known)
    entries = [entry_of(each.fragment) for each in verdicts if each.stored]
    last = max((each.fragment.ordinal for each in verdicts if each.stored), default=0)
    for key, state in states.items():
        newest = held[key]
        if (newest.rank if isinstance(newest, Held) else newest.order.rank) != state.rank:
            entries.append(said_again(newest, state.rank))
    found = assemble([held[key] for key in sorted(held)])
    return Settled(
        case_no,
        found,
        _after(head, found, whole=whole),
        [(each.fragment.ordinal, _outcome(each, found)) for each in verdicts],
        body(entries) if entries else "",
        last,
        head,
        tuple(_conflict(each.fragment) for each in verdicts if each.outcome == "conflict"),
    )


def _judged(
    pieces: Sequence[Piece], known: History
) -> tuple[list[Verdict[Piece]], Mapping[Key, Known], Mapping[Key, Held | Piece]]:
    """A verdict for each piece, and of each key how it stands and its newest piece."""
    states: dict[Key, Known] = dict(known.states)
    held: dict[Key, Held | Piece] = dict(known.held)
    verdicts: list[Verdict[Piece]] = []
    for piece in pieces:
        key = piece.key
        states[key], verdict = judge(states.get(key), piece)
        verdicts.append(verdict)
        if verdict.outcome == "accepted":
            held[key] = piece
    return verdicts, states, held


def first(assembled: Assembled) -> Known:
    """What is known of a case that nobody knew before."""
    return Known(None, 1, assembled.digest, assembled.state, (0, 0), "")


def _after(head: Known | None, found: Assembled, *, whole: bool) -> Known:
    if head is None:
        return first(found)
    same = (head.digest, head.state) == (found.digest, found.state)
    if same or (whole and found.state == "pending"):
        # What came as a whole case stays until the pieces of it that come now make a case themselves.
        return head
    return replace(head, version=head.version + 1, digest=found.digest, state=found.state)


def waits(assembled: Assembled, key: Key) -> bool:
    """Whether what an accepted piece says is not in the case yet."""
    return assembled.state == "pending" or key in assembled.waiting


def _outcome(verdict: Verdict[Piece], found: Assembled) -> str:
    if verdict.outcome == "accepted" and waits(found, verdict.fragment.key):
        return "pending"
    return verdict.outcome


def _conflict(item: Piece) -> Rejection:
    violation = Violation(
        "CASE_CONFLICT", line=item.line, xpath=item.place or None, field=_ORDERED_BY[item.order.basis],
        value=item.order.shown, params={"version": item.order.shown},
    )  # fmt: skip
    return Rejection(item.ordinal, item.case_no, item.line, (violation,), item.content)


_ORDERED_BY = {2: "Case.DataVersion", 1: "Case.UpdatedAt", 0: "Head.Serial"}
