"""Where every value of a case came from: package, line or row, what was written there, crosswalk, catalogue.

Computed when somebody asks, by reading the raw packages again: what the database holds is compared with what the source
wrote, nothing is guessed. Where bytes can no longer be read, the rest is told without them.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, select

from hub.central.caserows import CASE_TABLES
from hub.central.piece_table import pieces_of
from hub.central.tables import exchange
from hub.clock import iso
from hub.errors import HubError
from hub.items import Items, came_from
from hub.masking import masked
from hub.register import Registration
from hub.views.archive import UNREAD, Archive, why
from hub.views.cases import head_of, rows_of, shown
from hub.views.written import Fields, PieceText, Written, pieces, whole_case
from mappings.dialect import Dialect, load_dialect
from schemas.codes import code_lists
from schemas.contract import VERSIONS, Element, Field, load_contract

RowKey = tuple[str, str]
"""Element, and the number of its row ("" where it occurs once)."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the database knows of a case's origin."""

    system: str
    rows: Mapping[str, Sequence[Mapping[str, Any]]]  # table → rows
    packages: Mapping[int, Row[Any]]
    whole: tuple[int, int] | None  # package and ordinal of a case that came as a whole
    pieces: Sequence[Mapping[str, Any]]
    waits: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Came:
    """How one value came: what is written, in which package, and in which piece of it (None: a whole case)."""

    written: Written
    package: int
    piece: tuple[str, str] | None = None


@dataclass(slots=True)
class _Told:
    """What the raw packages said: row → field → how it came; the texts of pieces; and packages that are unread."""

    rows: dict[RowKey, dict[str, _Came]] = field(default_factory=dict)
    texts: dict[tuple[int, int], PieceText] = field(default_factory=dict)
    unread: list[dict[str, Any]] = field(default_factory=list)


def facts(connection: Connection, name: str) -> Facts:
    """What is needed to trace the case `SYSTEM/NO`. Raises StopError CASE_UNKNOWN."""
    head = head_of(connection, name)
    version, piece, waits = exchange.case_version, exchange.fragment, exchange.waiting_case
    newest = connection.execute(
        select(version.c.package, version.c.ordinal)
        .where(version.c.case_id == head.id)
        .order_by(version.c.version.desc())
        .limit(1)
    ).one_or_none()
    held = pieces_of(connection, head.id)
    whole = newest is not None and connection.execute(
        select(piece.c.case_id).where(
            piece.c.case_id == head.id, piece.c.kind == "case",
            piece.c.package == newest.package, piece.c.ordinal == newest.ordinal,
        )
    ).first() is not None  # fmt: skip
    waiting = connection.execute(
        select(waits.c.pieces).where(waits.c.case_id == head.id)
    ).scalar_one_or_none()
    ids = {each["package"] for each in held} | ({newest.package} if whole and newest else set())
    packages = connection.execute(select(exchange.package).where(exchange.package.c.id.in_(sorted(ids))))
    return Facts(
        system=head.system,
        rows={
            table: [dict(row._mapping) for row in rows_of(connection, table, head.id)]
            for table in CASE_TABLES
        },
        packages={row.id: row for row in packages},
        whole=(newest.package, newest.ordinal) if whole and newest else None,
        pieces=held,
        waits=frozenset((kind, key) for kind, key in json.loads(waiting or "[]")),
    )


def trace(
    known: Facts,
    registration: Registration | HubError,
    archive: Archive,
    items: Items | None = None,
    *,
    unmasked: bool = False,
) -> dict[str, Any]:
    """`origins` ("Element[.number].Field" → origin), `pieces` that the case is made of, `unread` packages and why.

    With a registration that cannot be used (the error is passed instead) only what the database holds is told; the
    item catalogue tells by which of its versions it filled in.
    """
    told = _Told()
    dialect = None
    if isinstance(registration, HubError):
        told.unread.append({"package_id": None, "digest": None, **why(registration)})
    else:
        try:
            dialect = load_dialect(registration.dialect, schema=registration.schema)
            _read(told, known, registration, dialect, archive)
        except HubError as error:
            told.unread.append({"package_id": None, "digest": None, **why(error)})
    if known.whole is None:
        _place_pieces(told, known, dialect)
    return {
        "origins": dict(_origins(told, known, _item_version(known, items), unmasked)),
        "pieces": [_piece(each, told, known, dialect) for each in known.pieces],
        "unread": told.unread,
    }


def _read(told: _Told, known: Facts, registration: Registration, dialect: Dialect, archive: Archive) -> None:
    """Open each package once and note what it says of this case."""
    wanted: dict[int, list[int]] = defaultdict(list)
    if known.whole is not None:
        wanted[known.whole[0]].append(known.whole[1])
    else:
        for each in known.pieces:
            wanted[each["package"]].append(each["ordinal"])
    form = "exchange-package" if known.whole is not None else dialect.format
    for package, ordinals in wanted.items():
        row = known.packages[package]
        try:
            with archive.opened(row.digest, form, registration, row.received_at) as opened:
                if known.whole is not None:
                    said = whole_case(opened, registration, ordinals[0])
                    told.rows = {key: _in(package, fields) for key, fields in said.items()}
                elif dialect.piecewise:
                    for ordinal, text in pieces(opened.document, registration, dialect, ordinals):
                        told.texts[package, ordinal] = text
        except UNREAD as error:
            told.unread.append(
                {"package_id": row.package_id or row.digest, "digest": row.digest, **why(error)}
            )


def _in(package: int, fields: Fields) -> dict[str, _Came]:
    return {name: _Came(written, package) for name, written in fields.items()}


def _place_pieces(told: _Told, known: Facts, dialect: Dialect | None) -> None:
    """Find for each row the piece that it was made of: the one that says what stands in it, in the order of the fold."""
    ranks = {kind.name: rank for rank, kind in enumerate(dialect.kinds)} if dialect else {}
    ordered = sorted(
        (each for each in known.pieces if (each["kind"], each["source_key"]) not in known.waits),
        key=lambda each: (ranks.get(each["kind"], 99), len(each["source_key"]), each["source_key"]),
    )
    parts = [(each, json.loads(each["part"])) for each in ordered if each["operation"] != "D" or each["root"]]
    for element, number, row in _rows(known):
        sources = [(piece, part[element.name]) for piece, part in parts if element.name in part]
        if element.repeats:
            chosen = next((pair for pair in sources if _says(pair[1], element, row)), None)
            sources = [] if chosen is None else [chosen]
            if chosen is not None:
                # Another row of the same content has another piece.
                taken = next(part for piece, part in parts if piece is chosen[0])
                del taken[element.name]
        found = told.rows.setdefault((element.name, number), {})
        for piece, values in sources:
            text = told.texts.get((piece["package"], piece["ordinal"]))
            for name in values:
                if name not in found:
                    written = text.fields.get((element.name, name)) if text else None
                    key = (piece["kind"], piece["source_key"])
                    found[name] = _Came(written or Written(None, piece["line"], None), piece["package"], key)


def _says(values: Mapping[str, Any], element: Element, row: Mapping[str, Any]) -> bool:
    """Whether a piece says exactly what stands in a row, as far as it speaks."""
    for name, value in values.items():
        columns = element.field(name).columns
        said = value if len(columns) == 2 else [value]
        for column, each in zip(columns, said, strict=True):
            held = row[column]
            if (None if held is None else str(held)) != each:
                return False
    return True


def _rows(known: Facts) -> Iterator[tuple[Element, str, Mapping[str, Any]]]:
    """Element, number and row, in the order of the elements."""
    for element in load_contract(VERSIONS[-1]).elements:
        for row in known.rows.get(element.table, ()):
            yield element, str(row.get("seq", row.get("ordinal"))) if element.repeats else "", row


def _item_version(known: Facts, items: Items | None) -> int | None:
    """The version of the item that the catalogue speaks by; one that the message itself tells may be another."""
    shared = next(iter(known.rows.get("approval_case", ())), None)
    if shared is None or items is None:
        return None
    applied = next((row["applied_day"] for row in known.rows.get("application", ())), None)
    codes = (shared["handle_item_code"], shared["item_code"])
    facts = next((found for code in codes if code and (found := items.find(code, applied))), None)
    return facts.version if facts else None


def _origins(
    told: _Told, known: Facts, version: int | None, unmasked: bool
) -> Iterator[tuple[str, dict[str, Any]]]:
    shared = next(iter(known.rows.get("approval_case", ())), {})
    derived: Mapping[str, str] = json.loads(shared.get("derived") or "{}")
    for element, number, row in _rows(known):
        for each in element.fields:
            column = next((column for column in each.columns if row[column] is not None), None)
            if column is None:
                continue
            name = f"{element.name}.{each.name}"
            came = told.rows.get((element.name, number), {}).get(each.name)
            origin = _origin(
                each, name, row[column], came, came_from(derived, name, number or None), known, unmasked
            )
            origin["value"] = shown(column, row[column], unmasked)
            if origin["source"] == "catalogue" and element.name != "Organization":
                origin["item_version"] = version
            yield f"{element.name}.{number}.{each.name}" if number else name, origin


def _origin(
    each: Field,
    name: str,
    value: Any,
    came: _Came | None,
    derived: str | None,
    known: Facts,
    unmasked: bool,
) -> dict[str, Any]:
    written = came.written if came else None
    said = written is not None and written.text is not None
    if derived is not None and not (derived == "order" and said):
        source = derived
    elif written is not None and written.constant:
        source = "dialect"
    elif came is None and known.whole is None:
        source = "same piece"  # which of two rows refers to the other is told by their being one piece
    else:
        source = "message"
    package = came.package if came else known.whole[0] if known.whole and source == "message" else None
    row = known.packages.get(package) if package is not None else None
    meaning = code_lists()[each.list].get(str(value)) if each.list else None
    translation = written.translation if written else None
    text = written.text if written else None
    return {
        "value": None,
        "source": source,
        "package_id": (row.package_id or row.digest) if row else None,
        "digest": row.digest if row else None,
        "file": row.origin if row else None,
        "piece": {"kind": came.piece[0], "source_key": came.piece[1]} if came and came.piece else None,
        "line": written.line if written else None,
        "place": written.place if written else None,
        "written": text if unmasked else masked(name, text),
        "crosswalk": translation.crosswalk if translation else None,
        "list": translation.list if translation else each.list,
        "changed": written is not None and not written.means(str(value)),
        "item_version": None,
        "meaning_zh": meaning.zh if meaning else None,
        "meaning_en": meaning.en if meaning else None,
    }


def _piece(each: Mapping[str, Any], told: _Told, known: Facts, dialect: Dialect | None) -> dict[str, Any]:
    row, kind = known.packages[each["package"]], dialect.kind(each["kind"]) if dialect else None
    text = told.texts.get((each["package"], each["ordinal"]))
    return {
        "kind": each["kind"],
        "zh": kind.zh if kind else each["kind"],
        "en": kind.en if kind else each["kind"],
        "source_key": each["source_key"],
        "operation": each["operation"],
        "order": iso(each["value"]) if each["basis"] == 1 else each["value"],
        "package_id": row.package_id or row.digest,
        "digest": row.digest,
        "file": row.origin,
        "ordinal": each["ordinal"],
        "line": each["line"],
        "place": text.place if text else None,
        "waits": (each["kind"], each["source_key"]) in known.waits,
    }
