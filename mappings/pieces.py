"""The piece mapper: one row or one stage message becomes one piece in our words and codes, or is refused with reasons."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

from lxml import etree

from hub.register import Registration
from hub.shapes import Order, Piece, Rejection, Violation
from mappings import records
from mappings.checks import Context, belongs, remarks
from mappings.crosswalk import Crosswalk, load_crosswalk
from mappings.dialect import Dialect, Kind, Rule, load_dialect
from mappings.mapper import check_words
from mappings.plan import Plan, compile_plan
from mappings.reading import Malformed, find, parse_message, read_message, read_row
from mappings.records import Record
from mappings.rows import shredded
from mappings.slots import Unfit, Value, reader, storable
from mappings.transforms import Flat, Slot, compile_rule
from mappings.values import SPACE, moment, whole
from schemas.codes import code_lists
from schemas.contract import VERSIONS, Element, load_contract

ENGINE = "1"
"""Rises when the same bytes would be read otherwise."""
MAX_KEY = 100
_CASE_NO = 50
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_ALWAYS = 4
"""Elements 1 to 4 may be completed by other pieces or by derivation, and the case waits for them."""
_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode

Said = dict[str, dict[str, Value]]
"""Element → field → value."""


@dataclass(frozen=True, slots=True)
class _Group:
    """One element as one kind supplies it."""

    element: str
    when: tuple[str, ...]  # sources that bring it about; empty: any of its own
    slots: tuple[Slot, ...]
    constants: tuple[tuple[str, Value], ...]
    needed: tuple[tuple[str, str, str], ...]  # field, source, code of the complaint
    one_of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Compiled:
    kind: Kind
    groups: tuple[_Group, ...]
    known: frozenset[str]


class _Refused(Exception):
    """The row or message as a whole cannot be taken."""

    def __init__(
        self, code: str, source: str | None, field: str | None, value: str | None, **params: object
    ) -> None:
        super().__init__(code)
        self.code, self.source, self.field, self.value, self.params = code, source, field, value, params


class PieceMapper:
    """Maps the rows or messages of one package; compiled once per dialect and crosswalk."""

    def __init__(
        self, registration: Registration, dialect: Dialect | None = None, *, with_warnings: bool = False
    ) -> None:
        """Raises StopError if the dialect or crosswalk cannot be used, or the dialect has no pieces."""
        check_words(registration)
        self.dialect = dialect or load_dialect(registration.dialect)
        if not self.dialect.piecewise:
            raise ValueError(f"the dialect {self.dialect.name} sends whole cases")
        self.registration = registration
        self.format = self.dialect.format
        self.plan, self.crosswalk = _compiled_plan(self.dialect.schema, registration.codes)
        self._kinds = _compiled(self.dialect, registration.codes)
        self.fingerprint = _fingerprint(registration, self.dialect, self.crosswalk)
        self._raised = {code for code, severity in registration.checks.items() if severity == "error"}
        self._remarks = with_warnings or bool(self._raised - {"UNMAPPED"})
        self._context = Context(self.plan, registration, self.crosswalk.name, {})
        self._signalled: set[tuple[str, str]] = set()

    def records(self, document: Path) -> Iterator[Record]:
        """An index over the document, in its order. Raises PackageRefused where it cannot be taken as a whole."""
        find_all = records.rows if self.format == "row-set" else records.messages
        return find_all(document, self.dialect)

    def map(
        self, data: bytes, record: Record, ordinal: int, serial: int
    ) -> tuple[Piece | Rejection, list[Violation]]:
        """One row or message, `data` its bytes: the piece or the refusal, and warnings.

        An element or column that the dialect neither maps nor ignores is told once per mapper (UNMAPPED).
        """
        reading = _Reading(self, data, record)
        try:
            piece = self._piece(reading, data, record, ordinal, serial)
        except Malformed as error:
            piece = None
            code = "ROW_MALFORMED" if self.format == "row-set" else "CASE_MALFORMED"
            reading.complain(code, None, None, None, detail=str(error))
        except _Refused as error:
            piece = None
            reading.complain(error.code, error.source, error.field, error.value, **error.params)
        if piece is None or reading.bad:
            case_no = reading.case_no or None
            return Rejection(ordinal, case_no, record.line, tuple(reading.bad), data), reading.warned
        return piece, reading.warned

    def _piece(self, reading: _Reading, data: bytes, record: Record, ordinal: int, serial: int) -> Piece:
        flat = reading.read()
        compiled = self._kinds.get(reading.match)
        if compiled is None:
            code = "ROW_UNKNOWN_TABLE" if self.format == "row-set" else "MESSAGE_UNKNOWN"
            raise _Refused(code, None, None, None, found=reading.match or "-", known=", ".join(self._kinds))
        kind = compiled.kind
        self._signal(reading, compiled)
        reading.case_no = _case_no(flat, self.dialect.case_no)
        key = _key(flat, kind.key) if kind.key else ""
        order = _order(flat, kind, serial)
        operation = _operation(flat, kind)
        said = self._said(reading, compiled, flat)
        self._belongs(reading, said, kind)
        if operation == "D":
            # It withdraws, so nothing but whose it is can be wrong with it. What it says of a case is kept.
            whose = [v for v in reading.bad if v.code in _WHOSE]
            said, reading.bad = (said if kind.root and not reading.bad else {}), whose
        elif self._remarks:
            self._remark(reading, said, kind)
        part = _encode(said)
        return Piece(
            ordinal=ordinal, case_no=reading.case_no, kind=kind.name, source_key=key, order=order, operation=operation,
            digest=hashlib.sha256(f"{operation}\n{part}".encode()).hexdigest(),
            raw_digest=hashlib.sha256(data).hexdigest(), part=part, line=record.line, content=data, root=kind.root,
            place=reading.place(),
        )  # fmt: skip

    def _said(self, reading: _Reading, compiled: _Compiled, flat: Flat) -> Said:
        said: Said = {}
        for group in compiled.groups:
            if group.when and not any(flat.get(source, "").strip() for source in group.when):
                continue
            found: dict[str, Value] = {}
            unread: set[str] = set()
            for slot in group.slots:
                try:
                    if slot.read is not None:
                        text = flat.get(slot.source)
                        value = None if text is None else slot.read(text)
                    else:
                        assert slot.gather is not None
                        value = slot.gather(flat)
                except Unfit as unfit:
                    unread.add(slot.field)
                    reading.unfit(unfit, slot.source, f"{group.element}.{slot.field}", flat.get(slot.source))
                else:
                    if value is not None:
                        found[slot.field] = value
            if group.when or unread or any(found.values()):
                self._complete(reading, group, found, unread)
                said[group.element] = found
        return said

    def _complete(self, reading: _Reading, group: _Group, found: dict[str, Value], unread: set[str]) -> None:
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

    def _belongs(self, reading: _Reading, said: Said, kind: Kind) -> None:
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

    def _signal(self, reading: _Reading, compiled: _Compiled) -> None:
        if reading.sources <= compiled.known:
            return
        for source in sorted(reading.sources - compiled.known):
            if "UNMAPPED" in self._raised:
                reading.complain("UNMAPPED", source, None, None, column=source, kind=compiled.kind.match)
            elif (compiled.kind.name, source) not in self._signalled:
                self._signalled.add((compiled.kind.name, source))
                reading.warn("UNMAPPED", source, None, None, column=source, kind=compiled.kind.match)

    def _remark(self, reading: _Reading, said: Said, kind: Kind) -> None:
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


_WHOSE = ("ORG_FOREIGN", "USCC_CHECK", "REGION_FOREIGN", "UNMAPPED")


class _Reading:
    """One row or message under work: what it says, and what is wrong with it, with the places."""

    def __init__(self, mapper: PieceMapper, data: bytes, record: Record) -> None:
        self._dialect = mapper.dialect
        self._data, self._record = data, record
        self._node: etree._Element | None = None
        self.flat: Flat = {}
        self.sources: frozenset[str] | set[str] = frozenset()
        self.match = record.match
        self.case_no = ""
        self.bad: list[Violation] = []
        self.warned: list[Violation] = []

    def read(self) -> Flat:
        if self._dialect.format == "row-set":
            self.match, self.flat, self.sources = read_row(self._data)
        else:
            self._node = parse_message(self._data, self._record)
            self.flat = read_message(self._node)
            self.sources = set(self.flat)
        self.case_no = _shown(self.flat.get(self._dialect.case_no, "").strip())
        return self.flat

    def place(self, source: str | None = None) -> str:
        """Where a source stands: table/row/column, or the XPath."""
        if self._dialect.format == "row-set":
            parts = [self.match or "-", self.flat.get(self._dialect.row_id, "").strip() or "-"]
            return "/".join(quote(part, safe="") for part in ([*parts, source] if source else parts))
        if source is None or self._node is None or find(self._node, source) is None:
            return self._record.place
        return f"{self._record.place}/{source}"

    def unfit(self, unfit: Unfit, source: str, field: str, value: str | None) -> None:
        self.complain(unfit.code, source, field, value, **unfit.params)

    def complain(
        self, code: str, source: str | None, field: str | None, value: str | None, **params: object
    ) -> None:
        self.bad.append(self._violation(code, "error", source, field, value, params))

    def warn(
        self, code: str, source: str | None, field: str | None, value: str | None, **params: object
    ) -> None:
        self.warned.append(self._violation(code, "warning", source, field, value, params))

    def _violation(
        self,
        code: str,
        severity: str,
        source: str | None,
        field: str | None,
        value: str | None,
        params: Mapping[str, object],
    ) -> Violation:
        line = self._record.line
        if self._node is not None and source is not None:
            node = find(self._node, source)
            line += (self._node if node is None else node).sourceline - 1  # type: ignore[operator]
        shown = None if value is None else value[:500]
        return Violation(code, severity, line, self.place(source), field or source, shown, params)


def _shown(case_no: str) -> str:
    """The number of a case that may be refused: shown only where it can be one."""
    return case_no if 0 < len(case_no) <= _CASE_NO and not _CONTROL.search(case_no) else ""


def _case_no(flat: Flat, source: str) -> str:
    text = flat.get(source)
    if text is None:
        raise _Refused("STRUCT_MISSING", source, "Case.CaseNo", None, expected=source)
    number = text.strip(SPACE)
    if not number.strip():
        raise _Refused("VALUE_EMPTY", source, "Case.CaseNo", text)
    if len(text) > _CASE_NO:
        raise _Refused("VALUE_LENGTH", source, "Case.CaseNo", text, limit=_CASE_NO, length=len(text))
    if _CONTROL.search(number) or not storable(number):
        raise _Refused("VALUE_TYPE", source, "Case.CaseNo", text, expected="文字 / text")
    return number


def _key(flat: Flat, source: str) -> str:
    text = flat.get(source)
    key = (text or "").strip(SPACE)
    if not key:
        raise _Refused("STRUCT_MISSING", source, None, text, expected=source)
    if len(key) > MAX_KEY:
        raise _Refused("VALUE_LENGTH", source, None, text, limit=MAX_KEY, length=len(key))
    if _CONTROL.search(key) or not storable(key):
        raise _Refused("VALUE_TYPE", source, None, text, expected="文字 / text")
    return key


_WHOLE = re.compile(r"[0-9]{1,18}")


def _order(flat: Flat, kind: Kind, serial: int) -> Order:
    """By the source's version or time; the package's serial stands in where it is blank."""
    text = flat.get(kind.order_source, "").strip(SPACE)
    if not text:
        return Order(0, serial)
    if kind.order_basis == 2:
        if not _WHOLE.fullmatch(text):
            raise _Refused("VALUE_TYPE", kind.order_source, None, text, expected="版本号 / a version number")
        return Order(2, int(whole(text)))
    try:
        value = _time_reader()(text)
    except Unfit as unfit:
        raise _Refused(unfit.code, kind.order_source, None, text, **unfit.params) from unfit
    assert isinstance(value, list)
    return Order(1, int(value[0] or moment(f"{value[1]}T00:00:00")[0]))


def _operation(flat: Flat, kind: Kind) -> str:
    text = flat.get(kind.operation_source, "").strip(SPACE) if kind.operation_source else ""
    if not text:
        return "U"
    found = kind.operations.get(text)
    if found is None:
        raise _Refused(
            "CODE_UNKNOWN", kind.operation_source, "Case.Operation", text, list="OPERATION", crosswalk=", ".join(kind.operations)
        )  # fmt: skip
    return found


@lru_cache(maxsize=32)
def _compiled_plan(schema: str, codes: str) -> tuple[Plan, Crosswalk]:
    crosswalk = load_crosswalk(codes)
    return compile_plan(load_contract(schema), crosswalk.tables), crosswalk


@lru_cache(maxsize=32)
def _compiled(dialect: Dialect, codes: str) -> Mapping[str, _Compiled]:
    """By what a row or message is matched by. Raises StopError where the crosswalk lacks a list."""
    crosswalk = load_crosswalk(codes)
    return {kind.match: _compile_kind(kind, dialect, crosswalk) for kind in dialect.kinds}


def _compile_kind(kind: Kind, dialect: Dialect, crosswalk: Crosswalk) -> _Compiled:
    suppliers = Counter(name for each in dialect.kinds for name in {rule.name for rule in each.rules})
    groups = []
    for name in kind.elements:
        element = dialect.contract.element(name)
        rules = [rule for rule in kind.rules if rule.element == name]
        groups.append(
            _Group(
                element=name,
                when=kind.when.get(name, ()),
                slots=tuple(compile_rule(rule, crosswalk) for rule in rules if rule.constant is None),
                constants=tuple(
                    (rule.field.name, _constant(rule)) for rule in rules if rule.constant is not None
                ),
                needed=tuple(_needed(element, rules, suppliers)),
                one_of=element.one_of,
            )
        )
    apart = [dialect.case_no, dialect.row_id, dialect.message.type if dialect.message else ""]
    read = (source for rule in kind.rules for source in rule.reads)
    return _Compiled(kind, tuple(groups), frozenset((*apart, *kind.envelope(), *read, *kind.ignored)))


def _constant(rule: Rule) -> Value:
    table = {value: value for value in code_lists()[rule.field.list]} if rule.field.list else None
    return reader(rule.field, table)(rule.constant or "")


def _needed(element: Element, rules: list[Rule], suppliers: Counter[str]) -> Iterator[tuple[str, str, str]]:
    """What this kind must say of an element, since no other kind can."""
    for rule in rules:
        field = rule.field
        if not field.needed or not rule.sources or (suppliers[rule.name] > 1 and not element.repeats):
            continue
        if field.required:
            yield field.name, rule.sources[0], "STRUCT_MISSING"
        elif element.number > _ALWAYS:
            yield field.name, rule.sources[0], "DERIVED_MISSING"


@lru_cache
def _time_reader() -> Callable[[str], Value | None]:
    field = next(each for each in load_contract(VERSIONS[0]).case.fields if each.type == "dt")
    return compile_rule(Rule("Case", field, "time", (field.name,)), load_crosswalk("canonical")).read or str


def _fingerprint(registration: Registration, dialect: Dialect, crosswalk: Crosswalk) -> str:
    """Of everything but the bytes that decides what a piece becomes."""
    parts = (
        ENGINE, dialect.schema, dialect.name, dialect.digest, crosswalk.digest, ",".join(registration.organizations),
        registration.region, ",".join(f"{code}={severity}" for code, severity in sorted(registration.checks.items())),
    )  # fmt: skip
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
