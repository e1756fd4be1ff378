"""Assembles a case from its pieces: a pure function of the newest piece of each key, whatever the order of arrival."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Protocol

from hub.errors import Place, StopError
from hub.items import Items
from hub.register import Registration
from hub.shapes import Assembled
from mappings.crosswalk import load_crosswalk
from mappings.derive import Link, derive
from mappings.dialect import Dialect, load_dialect
from mappings.fill import complete
from mappings.lines import content_digest, record_lines, rewrite, rows_of_lines
from mappings.parts import decode
from mappings.plan import RowPlan, compile_plan
from mappings.rows import blank_row, fill, places, supply
from mappings.shred import Row, Shredded
from mappings.values import NULL

Key = tuple[str, str]
FIRST = ("Organization", "ServiceItem", "Applicant", "Application")
"""Elements 1 to 4: a case that lacks one of them, or a field that they need, waits for it."""
_OPERATIONS = {"current": "U", "deleted": "D", "pending": "P"}


class Held(Protocol):
    """A piece as far as the case depends on it."""

    @property
    def kind(self) -> str: ...
    @property
    def source_key(self) -> str: ...
    @property
    def operation(self) -> str: ...
    @property
    def root(self) -> bool: ...
    @property
    def part(self) -> str: ...


class Saying(NamedTuple):
    """A piece, as far as the case depends on it, with its part read."""

    kind: str
    source_key: str
    operation: str
    root: bool
    said: Mapping[str, Any]


@dataclass(slots=True)
class _Entry:
    """A row of a repeated element under work."""

    row: Row
    key: Key
    rank: tuple[str, int, int, str] = ("", 0, 0, "")


@dataclass(slots=True)
class _Work:
    """A case under assembly: its rows, which pieces made which element, and who waits."""

    found: Shredded
    entries: dict[str, list[_Entry]] = field(default_factory=dict)
    pairs: list[tuple[str, Row, str, Row]] = field(
        default_factory=list
    )  # rows of two elements from one piece
    made: dict[Key, list[str]] = field(default_factory=dict)
    dropped: set[tuple[Key, str]] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Shape:
    """What assembly needs to know of one element."""

    plan: RowPlan
    at: Mapping[str, int]
    repeats: bool
    needed: tuple[tuple[str, int], ...]  # fields that must be there, with the column that tells
    times: tuple[int, ...]  # day columns, the first that is there orders the rows


class Assembler:
    """Assembles the cases of one system."""

    def __init__(
        self, registration: Registration, dialect: Dialect | None = None, items: Items | None = None
    ) -> None:
        """Raises StopError if the dialect or crosswalk cannot be used."""
        self.dialect = dialect or load_dialect(registration.dialect, schema=registration.schema)
        crosswalk = load_crosswalk(registration.codes)
        self.plan = compile_plan(self.dialect.contract, crosswalk.tables)
        self.registration = registration
        self._items = items if items is not None and items.digest else None
        self._item_types = frozenset(crosswalk.tables["ITEM_TYPE"].values())
        self._ranks = {kind.name: rank for rank, kind in enumerate(self.dialect.kinds)}
        self._shapes = {name: _shape(plan) for name, plan in self.plan.rows.items()}

    def assemble(self, pieces: Sequence[Held]) -> Assembled:
        """The case that these pieces make, one of each key at most; their order does not matter.

        A tombstone's lines are those of what its own pieces tell; they are empty where that is no whole case.
        Raises StopError DIALECT_KIND for a kind that the dialect no longer has.
        """
        return self.fold(
            [
                Saying(each.kind, each.source_key, each.operation, each.root, decode(each.part))
                for each in pieces
            ]
        )

    def fold(self, pieces: Sequence[Saying]) -> Assembled:
        """The same of pieces whose parts are read."""
        ordered = sorted(pieces, key=self._rank)
        deleted = any(piece.root and piece.operation == "D" for piece in ordered)
        work = _Work(Shredded(shared=blank_row(self.plan.rows["Organization"])))
        for piece in ordered:
            if piece.operation != "D" or piece.root:
                self._add(work, (piece.kind, piece.source_key), piece.said)
        self._settle(work)
        derive(work.found, self.plan, self.registration, self._item_types, self._links(work))
        self._resolve(work)
        lines = record_lines(work.found, self.plan)
        digest_of = lines
        lines = self._filled(work.found, lines)
        missing = self._missing(work.found)
        waiting = frozenset(
            key
            for key in {key for key, _ in work.dropped}
            if all((key, name) in work.dropped for name in work.made[key])
        )
        state = "deleted" if deleted else "pending" if missing else "current"
        digest = content_digest(_OPERATIONS[state], digest_of)
        if deleted:
            return Assembled(state, digest, {} if missing else lines)
        return Assembled(state, digest, {} if missing else lines, missing, waiting)

    def filled(self, found: Assembled) -> Assembled:
        """A case that was assembled without the item catalogue, with what that adds."""
        if self._items is None or not found.lines:
            return found
        lines = self._filled(rows_of_lines(found.lines, self.plan), dict(found.lines))
        return replace(found, lines=lines)

    def _rank(self, piece: Saying) -> tuple[int, int, str]:
        rank = self._ranks.get(piece.kind)
        if rank is None:
            raise StopError(
                "DIALECT_KIND",
                zh=f"库中有种类为 {piece.kind!r} 的片段，方言 {self.dialect.name} 不再有此种类",
                en=f"There are pieces of the kind {piece.kind!r}, which the dialect {self.dialect.name} has no longer",
                remedy_zh="在方言中恢复该种类，或把该系统登记为新的编码重新接入。",
                remedy_en="Put the kind back into the dialect, or register the system under a new code.",
                place=Place(system=self.registration.code, file=self.dialect.path or None, field=piece.kind),
            )
        return (rank, len(piece.source_key), piece.source_key)

    def _add(self, work: _Work, key: Key, said: Mapping[str, Any]) -> None:
        rows: dict[str, Row] = {}  # of repeated elements
        made = work.made[key] = []
        for name, fields in said.items():
            shape = self._shapes.get(name)
            if shape is None:
                continue  # of a newer message than the one that is registered now
            made.append(name)
            if shape.repeats:
                row = rows[name] = [NULL] * shape.plan.width
                fill(row, shape.at, fields)
                work.entries.setdefault(name, []).append(_Entry(row, key))
            elif name not in work.found.rows and not shape.plan.shared:
                row = [NULL] * shape.plan.width
                fill(row, shape.at, fields)
                work.found.rows[name] = [row]
            else:
                [row] = work.found.rows.setdefault(name, [work.found.shared])
                supply(row, shape.at, fields)
        if len(rows) == 2:
            [(one, row), (two, other)] = rows.items()
            work.pairs.append((one, row, two, other))

    def _settle(self, work: _Work) -> None:
        """Put repeated rows in their order; leave out numbers that are there twice, and elements not complete yet."""
        found = work.found
        for name, entries in work.entries.items():
            shape = self._shapes[name]
            if len(entries) > 1:
                for entry in entries:
                    entry.rank = (*_moment(entry.row, shape.times), len(entry.key[1]), entry.key[1])
                entries.sort(key=_rank_of)
                for _, index in shape.plan.unique:
                    entries = self._once(work, name, entries, index)
                work.entries[name] = entries
            found.rows[name] = [entry.row for entry in entries]
        for name in [name for name in found.rows if name not in FIRST and not self._shapes[name].repeats]:
            row = found.rows[name][0]
            if any(row[index] is NULL for _, index in self._shapes[name].needed):
                del found.rows[name]
                work.dropped |= {(key, name) for key, names in work.made.items() if name in names}

    def _once(self, work: _Work, name: str, entries: list[_Entry], index: int) -> list[_Entry]:
        """Of rows with the same number only the first is taken."""
        seen = {NULL: False}
        kept = []
        for entry in entries:
            if seen.setdefault(entry.row[index], False):
                work.dropped.add((entry.key, name))
            else:
                kept.append(entry)
                seen[entry.row[index]] = entry.row[index] is not NULL
        return kept

    def _links(self, work: _Work) -> list[Link]:
        """What refers to what where the source says so: two rows of one piece, or pieces under the same key.

        A procedure and its result stand in one row of a table; a receipt may bear the number of its notice.
        """
        links: list[Link] = []
        for one, row, two, other in work.pairs:
            for name, near, target, far in ((one, row, two, other), (two, other, one, row)):
                for _, index, to, number in self.plan.rows[name].refers:
                    if to == target:
                        links.append((near, index, far, self.plan.rows[to].index(number)))
        for name, entries in work.entries.items():
            for _, index, to, number in self.plan.rows[name].refers:
                named = {entry.key[1]: entry for entry in work.entries.get(to, ()) if entry.key[1]}
                for entry in entries:
                    found = named.get(entry.key[1])
                    if entry.row[index] is NULL and found is not None and found.key != entry.key:
                        links.append((entry.row, index, found.row, self.plan.rows[to].index(number)))
        return links

    def _resolve(self, work: _Work) -> None:
        """Leave out rows that refer to what is not there: they wait for it."""
        found = work.found
        for name, entries in work.entries.items():
            row_plan = self.plan.rows[name]
            for reference, index, target, number in row_plan.refers:
                at = self.plan.rows[target].index(number)
                there = {row[at] for row in found.rows.get(target, ())}
                must = row_plan.fields[reference].field.derived
                lost = [
                    e for e in entries if (e.row[index] is not NULL or must) and e.row[index] not in there
                ]
                if lost:
                    work.dropped |= {(entry.key, name) for entry in lost}
                    entries = [entry for entry in entries if entry not in lost]
            if len(entries) == len(found.rows.get(name, ())):
                continue
            found.rows[name] = [entry.row for entry in entries]
            if not entries:
                del found.rows[name]
            for ordinal, row in enumerate(found.rows.get(name, ()), 1):
                if "Seq" not in row_plan.fields:
                    row[0] = str(ordinal)

    def _filled(self, found: Shredded, lines: dict[str, list[str]]) -> dict[str, list[str]]:
        """The lines with what the item catalogue adds; the digest of the content is taken before."""
        if self._items is None or "ServiceItem" not in found.rows:
            return lines
        lines = dict(lines)
        rewrite(lines, found, self.plan, complete(found, self.plan, self._items).changed)
        return lines

    def _missing(self, found: Shredded) -> tuple[str, ...]:
        missing: list[str] = []
        for name in FIRST:
            shape = self._shapes[name]
            if name not in found.rows and not (
                name == "Organization" and found.shared[shape.at["Uscc"]] is not NULL
            ):
                missing.append(name)
                continue
            row = found.shared if shape.plan.shared else found.rows[name][0]
            missing += [f"{name}.{each}" for each, index in shape.needed if row[index] is NULL]
        return tuple(missing)


def _rank_of(entry: _Entry) -> tuple[str, int, int, str]:
    return entry.rank


def _shape(plan: RowPlan) -> _Shape:
    element, at = plan.element, places(plan)
    # A day-precise time has a day and no instant: the day column tells whether it is there.
    needed = tuple(
        (each.name, at[each.name] + (1 if each.type == "dt" else 0)) for each in element.fields if each.needed
    )
    times = element.one_of or tuple(each.name for each in element.fields if each.type == "dt")
    return _Shape(plan, at, element.repeats, needed, tuple(at[name] + 1 for name in times))


def _moment(row: Row, days: tuple[int, ...]) -> tuple[str, int]:
    """When a row was, for ordering: a day alone stands before the instants of that day; no time at all stands last."""
    for day in days:
        if row[day] is not NULL:
            return row[day], 0 if row[day - 1] is NULL else int(row[day - 1])
    return "9999-12-31", 0
