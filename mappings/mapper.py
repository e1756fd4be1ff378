"""The engine: turns parsed cases of one system into fragments in our words and codes, or into rejections."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from lxml import etree

from hub.errors import Place, StopError
from hub.items import Items
from hub.register import Registration
from hub.shapes import Fragment, Order, Rejection, Violation
from mappings import checks
from mappings.case_no import VISIBLE, unseen
from mappings.crosswalk import Crosswalk, load_crosswalk
from mappings.derive import derive
from mappings.fill import Filled, complete
from mappings.lines import content_digest, record_lines, rewrite
from mappings.plan import Plan, compile_plan
from mappings.shred import Shredded, rows_of
from mappings.values import microseconds, whole
from schemas.catalogue import catalogue
from schemas.contract import load_contract, xsd_path
from schemas.validator import MAX_VIOLATIONS, ParsedCase

HERE = Path(__file__).parent
ENGINE = "2"
"""Rises when the same bytes would be read otherwise: unchanged cases are then read again."""


class Mapper:
    """Maps the cases of one package; compiled once per system, schema and crosswalk."""

    def __init__(
        self,
        registration: Registration,
        attachments: Mapping[str, str],
        *,
        with_warnings: bool = False,
        items: Items | None = None,
    ) -> None:
        """Raises StopError if the registration's schema, dialect or crosswalk cannot be used."""
        check_words(registration)
        self.plan, self.crosswalk = _compiled(registration.schema, registration.codes)
        self.registration = registration
        self._items = items if items is not None and items.digest else None
        self.fingerprint = _fingerprint(registration, self.crosswalk, self._items)
        self._item_types = frozenset(self.crosswalk.tables["ITEM_TYPE"].values())
        self._context = checks.Context(self.plan, registration, self.crosswalk.name, attachments)
        self._raised = {code for code, severity in registration.checks.items() if severity == "error"}
        self._with_warnings = with_warnings

    def map_case(
        self, parsed: ParsedCase, raw: bytes, raw_digest: str, serial: int
    ) -> tuple[Fragment | Rejection, list[Violation]]:
        """One case: what it becomes, and the warnings if they were asked for; `raw_digest` is the SHA-256 of `raw`."""
        if parsed.violations or (parsed.plain is None and parsed.node is None):
            extra = self._codes(parsed) if parsed.node is not None else []
            return self._reject(parsed, raw, parsed.violations + extra), []
        found = rows_of(parsed, self.plan)
        derive(found, self.plan, self.registration, self._item_types)
        # As the source has it: what the catalogue adds is no content of the message.
        lines = record_lines(found, self.plan)
        digest = content_digest(self._operation(found) or "U", lines)
        filled = self._complete(found, lines)
        bad = checks.errors(self._context, parsed, found)
        if self._operation(found) is None:
            bad.insert(0, self._unknown_operation(parsed, found))
        if unseen(found.header["CaseNo"]):
            bad.insert(0, self._unseen_number(parsed, found))
        warned: list[Violation] = []
        if self._raised or self._with_warnings:
            warned = checks.warnings(self._context, parsed, found) + _item_warning(parsed, filled)
            bad += [dataclasses.replace(v, severity="error") for v in warned if v.code in self._raised]
        if bad:
            return self._reject(parsed, raw, bad[:MAX_VIOLATIONS]), [
                v for v in warned if v.code not in self._raised
            ]
        return self._fragment(parsed, raw, raw_digest, serial, found, lines, digest), warned

    def _operation(self, found: Shredded) -> str | None:
        return self.plan.operation.get(found.header.get("Operation", "U"))

    def _complete(self, found: Shredded, lines: dict[str, list[str]]) -> Filled:
        """Fill from the catalogue; the lines of the tables that changed are written anew."""
        if self._items is None:
            return Filled()
        filled = complete(found, self.plan, self._items)
        rewrite(lines, found, self.plan, filled.changed)
        return filled

    def _fragment(
        self,
        parsed: ParsedCase,
        raw: bytes,
        raw_digest: str,
        serial: int,
        found: Shredded,
        lines: dict[str, list[str]],
        digest: str,
    ) -> Fragment:
        header = found.header
        return Fragment(
            ordinal=parsed.ordinal,
            case_no=header["CaseNo"],
            order=_order(header, serial),
            operation=self._operation(found) or "U",
            digest=digest,
            raw_digest=raw_digest,
            lines=lines,
            line=parsed.line,
            content=raw,
        )

    def _reject(self, parsed: ParsedCase, raw: bytes, violations: list[Violation]) -> Rejection:
        return Rejection(parsed.ordinal, case_number(parsed, raw), parsed.line, tuple(violations), raw)

    def _unknown_operation(self, parsed: ParsedCase, found: Shredded) -> Violation:
        assert parsed.node is not None
        leaf = next(child for child in parsed.node if child.tag == "Operation")
        return Violation(
            "CODE_UNKNOWN", line=parsed.line_of(leaf), xpath=parsed.path_of(leaf), field="Case.Operation",
            value=found.header["Operation"], params={"list": "OPERATION", "crosswalk": self.crosswalk.name},
        )  # fmt: skip

    def _unseen_number(self, parsed: ParsedCase, found: Shredded) -> Violation:
        assert parsed.node is not None
        leaf = next(child for child in parsed.node if child.tag == "CaseNo")
        return Violation(
            "VALUE_TYPE", line=parsed.line_of(leaf), xpath=parsed.path_of(leaf), field="Case.CaseNo",
            value=found.header["CaseNo"], params={"expected": VISIBLE},
        )  # fmt: skip

    def _codes(self, parsed: ParsedCase) -> list[Violation]:
        """Unknown codes of a case whose structure is wrong: everything that can be said is said at once."""
        assert parsed.node is not None
        known = {violation.xpath for violation in parsed.violations}
        found = []
        for leaf in parsed.node.iter(etree.Element):
            parent = leaf.getparent()
            if parent is None:
                continue
            row_plan = self.plan.rows.get(str(parent.tag))
            slot = row_plan.fields.get(str(leaf.tag)) if row_plan else None
            if slot is None or slot.field.type != "code" or slot.table is None:
                continue
            path = parsed.path_of(leaf)
            if (leaf.text or "").strip() not in slot.table and path not in known:
                found.append(
                    Violation(
                        "CODE_UNKNOWN", line=parsed.line_of(leaf), xpath=path, field=f"{parent.tag}.{leaf.tag}",
                        value=leaf.text or "", params={"list": slot.field.list, "crosswalk": self.crosswalk.name},
                    )
                )  # fmt: skip
                if len(found) >= MAX_VIOLATIONS:
                    break
        return found


def _item_warning(parsed: ParsedCase, filled: Filled) -> list[Violation]:
    if filled.warning is None or parsed.node is None:
        return []
    leaf = next(parsed.node.iter("ItemCode"), parsed.node)
    return [
        Violation(
            filled.warning, "warning", parsed.line_of(leaf), parsed.path_of(leaf), "ServiceItem.ItemCode", leaf.text,
        )
    ]  # fmt: skip


@lru_cache(maxsize=1)
def _dialects() -> list[str]:
    return sorted(path.stem for path in HERE.glob("*.yaml"))


def check_words(registration: Registration) -> None:
    """Raises StopError for a dialect that is not there, or a check that is none of those a registration may raise."""
    words = [("dialect", "dialect", registration.dialect, _dialects())]
    if registration.checks:
        warnings = [code for code, entry in catalogue().items() if entry.severity == "warning"]
        words += [("checks", f"checks.{code}", code, warnings) for code in registration.checks]
    for field, where, word, allowed in words:
        if word not in allowed:
            raise StopError(
                "REGISTRATION",
                zh=f"登记文件有误:{field} 不认识 {word!r}",
                en=f"Registration: {field} does not know {word!r}",
                remedy_zh=f"可用:{'、'.join(allowed)}",
                remedy_en=f"Allowed: {', '.join(allowed)}",
                place=Place(system=registration.code, file=registration.path or None, field=where),
            )


def case_number(parsed: ParsedCase, raw: bytes) -> str | None:
    """The number of a case that is refused, as far as it can be read."""
    if parsed.node is not None:
        found = parsed.node.findtext("CaseNo")
        text = found.strip() if found else ""
    else:
        start, end = raw.find(b"<CaseNo>"), raw.find(b"</CaseNo>")
        text = raw[start + 8 : end].decode("utf-8", "replace").strip() if 0 <= start < end else ""
    return text if 0 < len(text) <= 50 and not unseen(text) else None


def _order(header: Mapping[str, str], serial: int) -> Order:
    if "DataVersion" in header:
        return Order(2, int(whole(header["DataVersion"])))
    if "UpdatedAt" in header:
        return Order(1, microseconds(header["UpdatedAt"]))
    return Order(0, serial)


@lru_cache(maxsize=32)
def _compiled(schema: str, codes: str) -> tuple[Plan, Crosswalk]:
    crosswalk = load_crosswalk(codes)
    return compile_plan(load_contract(schema), crosswalk.tables), crosswalk


@lru_cache(maxsize=8)
def _schema_digest(schema: str) -> str:
    path: Path = xsd_path(schema, "structure")
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _fingerprint(registration: Registration, crosswalk: Crosswalk, items: Items | None) -> str:
    """Of everything but the bytes that decides what a case becomes."""
    parts = (
        ENGINE,
        registration.schema,
        _schema_digest(registration.schema),
        registration.dialect,
        crosswalk.digest,
        ",".join(registration.organizations),
        ",".join(registration.regions or (registration.region,)),
        ",".join(f"{code}={severity}" for code, severity in sorted(registration.checks.items())),
        *(() if items is None else (items.digest,)),
    )
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
