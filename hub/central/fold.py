"""What becomes of a fragment, as a pure function of what is known of its case: duplicate, conflict, stale or accepted.

A fragment's key is (case, kind, source key, order). The newest by order is the case's content, whatever the order of
arrival. Content is compared by the digest of the canonical record.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Generic, Protocol, TypeVar

from hub.shapes import Order


class Versioned(Protocol):
    """A whole-case fragment or a piece, as far as its fate depends on it."""

    @property
    def order(self) -> Order: ...
    @property
    def operation(self) -> str: ...
    @property
    def digest(self) -> str: ...
    @property
    def raw_digest(self) -> str: ...


F = TypeVar("F", bound=Versioned)


@dataclass(frozen=True, slots=True)
class Known:
    """What the hub knows of a case: identity, version, newest fragment, and the digest under each order seen."""

    case_id: int | None
    version: int
    digest: str
    state: str
    rank: tuple[int, int]
    raw_digest: str
    seen: dict[tuple[int, int], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict(Generic[F]):
    """The outcome of one fragment, and whether it became the case's content under a new version."""

    fragment: F
    outcome: str
    stored: bool  # its key is now taken: it is written as a fragment
    version: int | None  # the case's version after it


def fold(known: Known | None, fragments: Iterable[F]) -> tuple[Known | None, list[Verdict[F]]]:
    """Judge fragments of one case in the order given; returns what is known afterwards and a verdict for each."""
    verdicts = []
    for fragment in fragments:
        known, verdict = judge(known, fragment)
        verdicts.append(verdict)
    return known, verdicts


def judge(known: Known | None, fragment: F) -> tuple[Known, Verdict[F]]:
    """One fragment against what is known."""
    rank = fragment.order.rank
    if known is None:
        first = Known(
            None, 1, fragment.digest, _state(fragment), rank, fragment.raw_digest, {rank: fragment.digest}
        )
        return first, Verdict(fragment, "accepted", stored=True, version=1)
    said = known.digest if rank == known.rank else known.seen.get(rank)
    if said is not None:
        outcome = "duplicate" if said == fragment.digest else "conflict"
        return known, Verdict(fragment, outcome, stored=False, version=known.version)
    # Without a version or time of its own, equal content is the same message sent again.
    if fragment.order.basis == 0 and fragment.digest == known.digest:
        # It still says that this was the content then: what is older and comes later must not overwrite it.
        newer = replace(known, rank=max(known.rank, rank))
        return newer, Verdict(fragment, "duplicate", stored=False, version=known.version)
    seen = {**known.seen, rank: fragment.digest}
    if rank < known.rank:
        return replace(known, seen=seen), Verdict(fragment, "stale", stored=True, version=known.version)
    changed = fragment.digest != known.digest
    version = known.version + 1 if changed else known.version
    newest = replace(
        known,
        version=version,
        digest=fragment.digest,
        state=_state(fragment),
        rank=rank,
        raw_digest=fragment.raw_digest,
        seen=seen,
    )
    return newest, Verdict(fragment, "accepted", stored=True, version=version)


def _state(fragment: Versioned) -> str:
    return "deleted" if fragment.operation == "D" else "current"
