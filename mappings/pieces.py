"""The piece mapper: one row or one stage message becomes one piece in our words and codes, or is refused with reasons."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

from hub.limits import Limits
from hub.register import Registration
from hub.shapes import Piece, Rejection, Violation, piece_digest
from mappings.checks import Context, belongs, remarks
from mappings.crosswalk import Crosswalk, load_crosswalk
from mappings.dialect import Dialect, Kind, load_dialect
from mappings.group import Group
from mappings.mapper import check_words
from mappings.messages import messages
from mappings.parts import Said, encode
from mappings.piece_head import Refused, read_case_no, read_key, read_operation, read_order
from mappings.piece_plan import Compiled, compiled_kinds
from mappings.piece_reading import Reading, row_place
from mappings.plan import Plan, compile_plan
from mappings.quick_pieces import QuickPieces, Told
from mappings.reading import Malformed
from mappings.records import Record as Record
from mappings.records import rows
from mappings.rows import shredded
from mappings.slots import Unfit, Value
from mappings.transforms import Flat
from schemas.contract import load_contract

_USUAL = Limits()
ENGINE = "1"
"""Rises when the same bytes would be read otherwise."""
_WHOSE = ("ORG_FOREIGN", "USCC_CHECK", "REGION_FOREIGN", "UNMAPPED")


class PieceMapper:
    """Maps the rows or messages of one package; compiled once per dialect and crosswalk."""

    def __init__(
        self,
        registration: Registration,
        dialect: Dialect | None = None,
        *,
        with_warnings: bool = False,
        limits: Limits = _USUAL,
    ) -> None:
        """Raises StopError if the dialect or crosswalk cannot be used, or the dialect has no pieces."""
        check_words(registration)
        self.dialect = dialect or load_dialect(registration.dialect, schema=registration.schema)
        if not self.dialect.piecewise:
            raise ValueError(f"the dialect {self.dialect.name} sends whole cases")
        self.registration, self._limits = registration, limits
        self.format = self.dialect.format
        self.plan, self.crosswalk = _compiled_plan(self.dialect.schema, registration.codes)
        self._kinds = compiled_kinds(self.dialect, registration.codes)
        self.fingerprint = _fingerprint(registration, self.dialect, self.crosswalk)
        self._raised = {code for code, severity in registration.checks.items() if severity == "error"}
        self._remarks = with_warnings or bool(self._raised - {"UNMAPPED"})
        self._context = Context(self.plan, registration, self.crosswalk.name, {})
        self._signalled: set[tuple[str, str]] = set()
        told = () if "UNMAPPED" in self._raised else self._signalled
        quick = QuickPieces(self.dialect, self._kinds, registration, limits, told)
        # Where remarks are asked for, the slot tables look at every piece.
        self.quick: Callable[[bytes, str, int], Told | None] = _none if self._remarks else quick.read

    def records(self, document: Path) -> Iterator[Record]:
        """An index over the document, in its order. Raises PackageRefused where it cannot be taken as a whole."""
        find_all = rows if self.format == "row-set" else messages
        return find_all(document, self.dialect, self._limits)

    def map(
        self, data: bytes, record: Record, ordinal: int, serial: int
    ) -> tuple[Piece | Rejection, list[Violation]]:
        """One row or message, `data` its bytes: the piece or the refusal, and warnings.

        An element or column that the dialect neither maps nor ignores is told once per mapper (UNMAPPED).
        """
        told = self.quick(data, record.match, serial)
        if told is not None:
            return self.written(told, data, ordinal, record), []
        reading = Reading(self.dialect, data, record, self._limits)
        try:
            piece = self._piece(reading, data, record, ordinal, serial)
        except Malformed as error:
            piece = None
            code = "ROW_MALFORMED" if self.format == "row-set" else "CASE_MALFORMED"
            reading.complain(code, None, None, None, detail=str(error))
        except Refused as error:
            piece = None
            reading.complain(error.code, error.source, error.field, error.value, **error.params)
        if piece is None or reading.bad:
            case_no = reading.case_no or None
            refused = Rejection(ordinal, case_no, record.line, tuple(reading.bad), data, reading.key)
            return refused, reading.warned
        return piece, reading.warned

    def written(self, told: Told, data: bytes, ordinal: int, record: Record) -> Piece:
        """The piece that says this."""
        part = encode(told.said)
        place = record.place if self.format != "row-set" else row_place(told.kind.match, told.row_id)
        return Piece(
            ordinal=ordinal, case_no=told.case_no, kind=told.kind.name, source_key=told.key, order=told.order, operation="U",
            digest=piece_digest("U", part), raw_digest=hashlib.sha256(data).hexdigest(), part=part, line=record.line,
            content=data, root=told.kind.root, place=place,
        )  # fmt: skip

    def _piece(self, reading: Reading, data: bytes, record: Record, ordinal: int, serial: int) -> Piece:
        flat = reading.read()
        compiled = self._kinds.get(reading.match)
        if compiled is None:
            code = "ROW_UNKNOWN_TABLE" if self.format == "row-set" else "MESSAGE_UNKNOWN"
            raise Refused(code, None, None, None, found=self._found(reading), known=", ".join(self._kinds))
        kind = compiled.kind
        self._signal(reading, compiled)
        reading.case_no = read_case_no(flat, self.dialect.case_no)
        self._check_form(reading, flat)
        key = read_key(flat, kind.key) if kind.key else ""
        reading.key = (kind.name, key)
        order = read_order(flat, kind, serial)
        operation = read_operation(flat, kind)
        said = self._said(reading, compiled, flat)
        self._belongs(reading, said, kind)
        if operation == "D":
            # It withdraws, so nothing but whose it is can be wrong with it. What it says of a case is kept.
            whose = [v for v in reading.bad if v.code in _WHOSE]
            said, reading.bad = (said if kind.root and not reading.bad else {}), whose
        elif self._remarks:
            self._remark(reading, said, kind)
        part = encode(said)
        return Piece(
            ordinal=ordinal, case_no=reading.case_no, kind=kind.name, source_key=key, order=order, operation=operation,
            digest=piece_digest(operation, part),
            raw_digest=hashlib.sha256(data).hexdigest(), part=part, line=record.line, content=data, root=kind.root,
            place=reading.place(),
        )  # fmt: skip

    def _found(self, reading: Reading) -> str:
        """The type of a message, or the table of a row, that the dialect does not have."""
        if reading.match or self.dialect.message is None:
            return reading.match or "-"
        return f"{self.dialect.message.type.lstrip('@')} 缺失 / missing"

    def _check_form(self, reading: Reading, flat: Flat) -> None:
        """Whether the case number is written as the interface prescribes; what identifies a case may be otherwise."""
        form = self.dialect.case_no_form
        if form is None or not self._remarks or form.pattern.fullmatch(reading.case_no):
            return
        tell = reading.complain if "CASE_NO_FORM" in self._raised else reading.warn
        source = self.dialect.case_no
        tell("CASE_NO_FORM", source, "Case.CaseNo", flat.get(source), expected=f"{form.zh} / {form.en}")

    def _said(self, reading: Reading, compiled: Compiled, flat: Flat) -> Said:
        said: Said = {}
        told = flat.get
        for group in compiled.groups:
            if group.when and not any((told(source) or "").strip() for source in group.when):
                continue
            found: dict[str, Value] = {}
            unread: set[str] = set()
            for slot in group.slots:
                try:
                    value = slot.value(flat)
                except Unfit as unfit:
                    unread.add(slot.field)
                    reading.unfit(unfit, slot.source, f"{group.element}.{slot.field}", told(slot.source))
                else:
                    if value is not None:
                        found[slot.field] = value
            if group.when or unread or any(found.values()):
                if group.demands:
                    self._complete(reading, group, found, unread)
                said[group.element] = dict(sorted(found.items())) if group.constants else found
        return said

    def _complete(self, reading: Reading, group: Group, found: dict[str, Value], unread: set[str]) -> None:
        for field, value in group.constants:
            found.setdefault(field, value)
        for field, source, code in group.needed:
            if field not in found and field not in unread:
                params: dict[str, object] = {"expected": source} if code == "STRUCT_MISSING" else {}
                reading.complain(code, source, f"{group.element}.{field}", None, **params)
        if (
            group.one_of
            and not unread & set(group.one_of)
            and not any(name in found for name in group.one_of)
        ):
            near = next((slot.source for slot in group.slots if slot.field in group.one_of), None)
            reading.complain("STEP_TIME_MISSING", near, f"{group.element}.{group.one_of[-1]}", None)

    def _belongs(self, reading: Reading, said: Said, kind: Kind) -> None:
        organization = said.get("Organization")
        if not organization:
            return
        uscc, region = organization.get("Uscc"), organization.get("RegionCode")
        for code, field, params in belongs(
            uscc if isinstance(uscc, str) else None,
            region if isinstance(region, str) else None,
            self.registration,
        ):
            name = f"Organization.{field}"
            source = next(
                (rule.sources[0] for rule in kind.rules if rule.name == name and rule.sources), None
            )
            value = organization.get(field)
            reading.complain(code, source, name, str(value) if value is not None else None, **params)

    def _signal(self, reading: Reading, compiled: Compiled) -> None:
        if compiled.known.issuperset(reading.flat):
            return
        for source in sorted(reading.flat.keys() - compiled.known):
            if "UNMAPPED" in self._raised:
                reading.complain("UNMAPPED", source, None, None, column=source, kind=compiled.kind.match)
            elif (compiled.kind.name, source) not in self._signalled:
                self._signalled.add((compiled.kind.name, source))
                reading.warn("UNMAPPED", source, None, None, column=source, kind=compiled.kind.match)

    def _remark(self, reading: Reading, said: Said, kind: Kind) -> None:
        """Remarks upon what this piece says by itself; what takes several pieces is left to the rules."""
        sources = {rule.name: rule.sources[0] for rule in kind.rules if rule.sources}
        for found in remarks(shredded(said, self.plan), self._context):
            if found.field not in sources:
                continue  # this kind does not speak of it
            source, params = sources[found.field], dict(found.params)
            value = reading.flat.get(source)
            if found.code in self._raised:
                reading.complain(found.code, source, found.field, value, **params)
            else:
                reading.warn(found.code, source, found.field, value, **params)


def _none(data: bytes, match: str, serial: int) -> Told | None:
    return None


@lru_cache(maxsize=32)
def _compiled_plan(schema: str, codes: str) -> tuple[Plan, Crosswalk]:
    crosswalk = load_crosswalk(codes)
    return compile_plan(load_contract(schema), crosswalk.tables), crosswalk


def _fingerprint(registration: Registration, dialect: Dialect, crosswalk: Crosswalk) -> str:
    """Of everything but the bytes that decides what a piece becomes."""
    parts = (
        ENGINE, dialect.schema, dialect.name, dialect.digest, crosswalk.digest, ",".join(registration.organizations),
        ",".join(registration.regions or (registration.region,)),
        ",".join(f"{code}={severity}" for code, severity in sorted(registration.checks.items())),
    )  # fmt: skip
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
