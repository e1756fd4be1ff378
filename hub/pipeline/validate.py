"""Says of a file what the hub would say of it as a package, warnings included; nothing is stored."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hub.clock import now_us
from hub.envelope import Limits, open_package
from hub.errors import PackageRefused
from hub.items import Items
from hub.masking import masked
from hub.pipeline.process import check_head
from hub.pipeline.reader import Reader, parts
from hub.pipeline.registered import check_registration
from hub.pipeline.unseal import Seals, open_sealed
from hub.register import Registration
from hub.shapes import OpenedPackage, Piece, Rejection, Violation
from mappings.dialect import Dialect
from mappings.pieces import PieceMapper
from schemas.catalogue import describe
from schemas.survey import survey

_FROM_REGISTRATION = {"Organization.Uscc", "Organization.RegionCode"}
_HEAD_FIELDS = {"PKG_COUNT": "CaseCount", "PKG_SYSTEM": "SystemCode"}


def validate_file(
    file: Path,
    registration: Registration | None,
    limits: Limits,
    items: Items | None = None,
    seals: Seals | None = None,
) -> list[dict[str, Any]]:
    """The violations of one file in the order of the document.

    Without a registration the canonical codes are meant, whatever organisation and region are accepted, and what a
    registration would supply is not missed. A seal is opened with `seals` by the envelope of the registration.
    """
    found: list[dict[str, Any]] = []
    dialect = check_registration(registration) if registration else None
    with TemporaryDirectory(prefix="suphub-validate-") as folder:
        try:
            if registration and dialect and dialect.piecewise:
                return list(_pieces(file, registration, dialect, Path(folder), limits, items, seals))
            opened = _opened(file, registration, Path(folder), limits, seals)
            surveyed = survey(opened.document, limits)
            known = registration or anybody(surveyed.head.system_code, surveyed.head.version)
            check_head(surveyed.head, known)
            reader = Reader(known, opened, surveyed, warn=True, items=items, limits=limits)
            for part in parts(surveyed):
                for case_no, violation in reader.violations(part):
                    if registration or not _supplied(violation):
                        found.append(_as_dict(file, case_no, violation))
        except PackageRefused as error:
            found.append(_as_dict(file, None, refused(error)))
    return found


def refused(error: PackageRefused) -> Violation:
    """Why a package is refused as a whole, with its place: what is wrong with a field of the head names that field."""
    name = error.params.get("field") if error.code == "PKG_HEAD" else _HEAD_FIELDS.get(error.code)
    if name is None or name in ("Head", "Body"):
        return Violation(error.code, line=error.line, params=error.params)
    value = error.params.get("found" if error.code == "PKG_SYSTEM" else "stated")
    return Violation(
        error.code,
        line=error.line,
        xpath=f"/ExchangePackage/Head/{name}",
        field=f"Head.{name}",
        value=None if value is None else str(value),
        params=error.params,
    )


def _opened(
    file: Path, registration: Registration | None, folder: Path, limits: Limits, seals: Seals | None
) -> OpenedPackage:
    if registration is None:
        return open_package(file, folder, limits)
    return open_sealed(file, folder, registration, seals or Seals(), now_us(), limits)


def _pieces(
    file: Path,
    registration: Registration,
    dialect: Dialect,
    folder: Path,
    limits: Limits,
    items: Items | None,
    seals: Seals | None,
) -> Iterator[dict[str, Any]]:
    """What is wrong with the rows or messages of a file, one by one; cases are not assembled."""
    rows = dialect.format == "row-set"
    document = file if rows else _opened(file, registration, folder, limits, seals).document
    mapper = PieceMapper(registration, dialect, with_warnings=True, limits=limits)
    with document.open("rb") as stream:
        for ordinal, record in enumerate(mapper.records(document), 1):
            stream.seek(record.offset)
            item, warned = mapper.map(stream.read(record.length), record, ordinal, 1)
            violations = [*(item.violations if isinstance(item, Rejection) else ()), *warned]
            if isinstance(item, Piece) and items is not None and items.digest:
                violations += _unknown_item(item, registration, items)
            yield from (_as_dict(file, item.case_no, violation) for violation in violations)


def _unknown_item(piece: Piece, registration: Registration, items: Items) -> Iterator[Violation]:
    """The remark upon a piece whose item the catalogue does not know."""
    said = json.loads(piece.part)
    code = said.get("ServiceItem", {}).get("ItemCode")
    uscc = said.get("Organization", {}).get("Uscc") or next(iter(registration.organizations), "")
    if code and items.lists(uscc) and items.find(code, None) is None:
        yield Violation("ITEM_UNKNOWN", "warning", piece.line, piece.place, "ServiceItem.ItemCode", code)


def anybody(code: str, schema: str = "1.0") -> Registration:
    """A registration that accepts every organisation and region, in canonical codes."""
    return Registration(
        code=code, name=code, organizations=(), region="", connector={}, dialect="canonical", codes="canonical",
        schema=schema, status="trial",
    )  # fmt: skip


def _supplied(violation: Violation) -> bool:
    return violation.code == "DERIVED_MISSING" and violation.field in _FROM_REGISTRATION


def _as_dict(file: Path, case_no: str | None, violation: Violation) -> dict[str, Any]:
    value = masked(violation.field, violation.value)
    texts = describe(violation.code, violation.field, value, violation.params)
    return {
        "file": str(file),
        "case_no": case_no,
        "line": violation.line,
        "xpath": violation.xpath,
        "field": violation.field,
        "value": value,
        "severity": violation.severity,
        "code": violation.code,
        "message_zh": texts.message_zh,
        "message_en": texts.message_en,
        "remedy_zh": texts.remedy_zh,
        "remedy_en": texts.remedy_en,
    }
