"""One batch: at most 1,000 cases of one package, in one transaction, written exactly once.

The outcomes are written with the data. A batch that is repeated after a crash finds its outcomes and returns them
before it looks at a case, so a retry tells the first result. Keys of new cases are claimed in order of their number
with INSERT … ON CONFLICT DO NOTHING: unsorted claims of two workers would deadlock.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from hub.central import bulk
from hub.central.caserows import replace_rows, update_heads
from hub.central.fold import Known, Verdict, fold
from hub.central.heads import claim, newest
from hub.central.outcomes import codes_of, known_outcomes, write_outcomes, write_outcomes_of, write_rejections
from hub.central.packages import find
from hub.central.tables import exchange
from hub.shapes import Fragment, Outcome, Rejection, Unchanged, Violation


class Moved(Exception):
    """A case that looked unchanged has changed since: the batch must be read again without the short cut."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The cases of one package from ordinal `first` to `last`; `fingerprint` is of the schema and mapping used."""

    package: int
    system: str
    first: int
    last: int
    fingerprint: str
    serial: int  # of the package
    items: Sequence[Fragment | Rejection | Unchanged]
    at: int  # µs
    places: Sequence[tuple[int, int]] | None = (
        None  # package and ordinal of each item, where several packages go together
    )

    def place(self, ordinal: int) -> tuple[int, int]:
        """Package and ordinal of an item."""
        return (self.package, ordinal) if self.places is None else self.places[ordinal - 1]


class Conflict(Exception):
    """A case of packages that go together is in conflict with what is known."""


def store_together(connection: Connection, batch: Batch) -> list[Outcome]:
    """Write the cases of several packages that the caller holds and that have no outcomes yet, in order of their items.

    Raises Conflict; then the transaction must not be kept.
    """
    fragments: dict[str, list[Fragment]] = defaultdict(list)
    for item in batch.items:
        assert isinstance(item, Fragment)
        fragments[item.case_no].append(item)
    verdicts, ids = _place(connection, batch, fragments)
    if any(verdict.outcome == "conflict" for verdict in verdicts):
        raise Conflict
    found = [_outcome(verdict, ids[verdict.fragment.case_no]) for verdict in verdicts]
    found.sort(key=lambda outcome: outcome.ordinal)
    write_outcomes_of(connection, [(*batch.place(outcome.ordinal), outcome) for outcome in found])
    return found


def store(connection: Connection, batch: Batch) -> list[Outcome]:
    """Write a batch. Raises Moved if a short cut no longer holds; then nothing is written."""
    find(connection, batch.package, hold=True)  # two workers on one package: the second finds the outcomes
    known = known_outcomes(connection, batch.package, batch.first, batch.last)
    if known:
        return known
    fragments: dict[str, list[Fragment]] = defaultdict(list)
    for item in batch.items:
        if isinstance(item, Fragment):
            fragments[item.case_no].append(item)
    unchanged = [item for item in batch.items if isinstance(item, Unchanged)]
    verdicts, ids = _place(connection, batch, fragments)
    outcomes = {v.fragment.ordinal: _outcome(v, ids[v.fragment.case_no]) for v in verdicts}
    outcomes |= _unchanged(connection, batch, unchanged)
    outcomes |= {
        item.ordinal: Outcome(item.ordinal, item.case_no, "rejected", codes_of(item.violations))
        for item in batch.items
        if isinstance(item, Rejection)
    }
    ordered = [outcomes[ordinal] for ordinal in sorted(outcomes)]
    _write_outcomes(connection, batch, ordered, verdicts)
    return ordered


def _outcome(verdict: Verdict[Fragment], case_id: int | None) -> Outcome:
    codes = ("CASE_CONFLICT",) if verdict.outcome == "conflict" else ()
    return Outcome(
        verdict.fragment.ordinal, verdict.fragment.case_no, verdict.outcome, codes, case_id, verdict.version
    )


def _place(
    connection: Connection, batch: Batch, fragments: dict[str, list[Fragment]]
) -> tuple[list[Verdict[Fragment]], dict[str, int]]:
    """Fold the fragments into their cases, claim and write what is new; returns verdicts and case ids."""
    firsts = {case_no: fold(None, items) for case_no, items in fragments.items()}
    ids, before = claim(connection, batch, {no: state for no, (state, _) in firsts.items() if state})
    after: dict[str, Known] = {}
    verdicts: list[Verdict[Fragment]] = []
    for case_no, items in fragments.items():
        state, judged = fold(before[case_no], items) if case_no in before else firsts[case_no]
        verdicts += judged
        if state is not None:
            after[case_no] = state
    _write_fragments(connection, batch, verdicts, ids, before)
    _write_cases(connection, batch, verdicts, ids, before, after)
    return verdicts, ids


def _write_fragments(
    connection: Connection,
    batch: Batch,
    verdicts: list[Verdict[Fragment]],
    ids: dict[str, int],
    before: dict[str, Known],
) -> None:
    fragment_lines, version_lines = [], []
    for verdict in verdicts:
        item = verdict.fragment
        if not verdict.stored:
            continue
        case_id = ids[item.case_no]
        package, ordinal = batch.place(item.ordinal)
        fragment_lines.append(
            f"{case_id}\t{item.kind}\t{bulk.escape(item.source_key)}\t{item.order.basis}\t{item.order.value}\t{item.operation}"
            f"\t{item.digest}\t{item.raw_digest}\t{package}\t{ordinal}"
        )
    versions: dict[tuple[str, int], Verdict[Fragment]] = {}
    for verdict in verdicts:
        if verdict.outcome == "accepted" and verdict.version is not None:
            versions.setdefault((verdict.fragment.case_no, verdict.version), verdict)
    for (case_no, version), verdict in versions.items():
        if case_no in before and version <= before[case_no].version:
            continue  # accepted as newer, with the content that is already there
        item = verdict.fragment
        state = "deleted" if item.operation == "D" else "current"
        package, ordinal = batch.place(item.ordinal)
        version_lines.append(
            f"{ids[case_no]}\t{version}\t{item.digest}\t{state}\t{package}\t{ordinal}\t{batch.at}"
        )
    bulk.load(connection, exchange.fragment, fragment_lines)
    bulk.load(connection, exchange.case_version, version_lines)


def _write_cases(
    connection: Connection,
    batch: Batch,
    verdicts: list[Verdict[Fragment]],
    ids: dict[str, int],
    before: dict[str, Known],
    after: dict[str, Known],
) -> None:
    latest = {v.fragment.case_no: v.fragment for v in verdicts if v.outcome == "accepted"}
    changed = {
        no: item
        for no, item in latest.items()
        if no not in before or (before[no].version != after[no].version)
    }
    old = {ids[no]: after[no].version for no in changed if no in before}
    replace_rows(connection, {ids[no]: item.lines for no, item in changed.items()}, old)
    moved = {no for no, state in before.items() if after[no].rank != state.rank}
    update_heads(connection, batch, {ids[no]: after[no] for no in before if no in latest or no in moved})


def _unchanged(connection: Connection, batch: Batch, items: list[Unchanged]) -> dict[int, Outcome]:
    if not items:
        return {}
    digests = {item.case_no: item.raw_digest for item in items}
    now = newest(connection, batch.system, batch.fingerprint, batch.serial, digests)
    outcomes = {}
    for item in items:
        if item.case_no not in now:
            raise Moved(item.case_no)
        outcomes[item.ordinal] = Outcome(item.ordinal, item.case_no, "duplicate", (), *now[item.case_no])
    return outcomes


def _write_outcomes(
    connection: Connection, batch: Batch, outcomes: list[Outcome], verdicts: list[Verdict[Fragment]]
) -> None:
    write_outcomes(connection, batch.package, outcomes)
    refused = [item for item in batch.items if isinstance(item, Rejection)]
    refused += [_conflict(verdict) for verdict in verdicts if verdict.outcome == "conflict"]
    write_rejections(connection, batch.package, refused)


def _conflict(verdict: Verdict[Fragment]) -> Rejection:
    item = verdict.fragment
    violation = Violation(
        "CASE_CONFLICT",
        line=item.line,
        xpath=f"/ExchangePackage/Body/Case[{item.ordinal}]",
        field="Case.UpdatedAt" if item.order.basis == 1 else "Case.DataVersion",
        value=item.order.shown,
        params={"version": item.order.shown},
    )
    return Rejection(item.ordinal, item.case_no, item.line, (violation,), item.content)
