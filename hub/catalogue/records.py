"""From a version's content to record lines of its tables, and digests of the content; nothing here asks the database."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Table

from hub.catalogue.columns import ITEM, PARTS, Kind
from hub.catalogue.staging import Staged
from hub.central import bulk
from hub.central.tables import items

Lines = dict[str, list[str]]
"""Table name → record lines."""

PART_TABLES: Mapping[str, tuple[Table, ...]] = {
    "material": (items.item_material,),
    "fee": (items.item_fee,),
    "step": (items.item_flow_step, items.item_flow_next, items.item_flow_post, items.item_flow_apart),
}
LIST_COLUMNS = frozenset({"posts", "next", "apart_from"})
_DETAILS = tuple(each.name for each in ITEM.columns if each.detail)
_EMPTY = hashlib.sha256(b"").hexdigest()


def digest_of(texts: Sequence[str]) -> str:
    """SHA-256 over the canonical JSON of rows, in order; that of nothing for no rows."""
    return hashlib.sha256("\n".join(texts).encode("utf-8", "surrogatepass")).hexdigest() if texts else _EMPTY


def whole_digest(parts: Mapping[str, str]) -> str:
    """The digest of an item's version: over those of its parts."""
    return hashlib.sha256("\n".join(parts.get(name, _EMPTY) for name in PARTS).encode()).hexdigest()


def no_parts() -> dict[str, str]:
    """The part digests of an item without materials, fees and steps."""
    return {name: _EMPTY for name in PARTS[1:]}


def item_line(
    code: str, version: int, digest: str, change: int, parts: Mapping[str, str], data: Mapping[str, Any]
) -> str:
    """The record line of `service_item`."""
    details = {name: data[name] for name in (*_DETAILS, "other") if name in data}
    return _ITEM_LINE(
        {
            **data,
            "item_code": code,
            "version": version,
            "digest": digest,
            "change": change,
            "parts": json.dumps(parts, separators=(",", ":")),
            "state": data.get("state", "in_force"),
            "is_exempt": data.get("is_exempt", 0),
            "details": json.dumps(details, ensure_ascii=False, separators=(",", ":")),
        }
    )


def part_lines(lines: Lines, kind: str, code: str, version: int, rows: Sequence[Staged]) -> None:
    """Add the record lines of a part's rows."""
    for seq, row in enumerate(rows, 1):
        data = {**row.data, "item_code": code, "version": version, "seq": seq}
        if kind == "step":
            _step_lines(lines, data)
        else:
            table = PART_TABLES[kind][0]
            lines.setdefault(table.name, []).append(_PART_LINE[table.name](data))


def _step_lines(lines: Lines, data: Mapping[str, Any]) -> None:
    key = (data["item_code"], data["version"], data["step_code"])
    lines.setdefault("item_flow_step", []).append(_PART_LINE["item_flow_step"](data))
    for seq, (code, condition) in enumerate(data.get("next", ()), 1):
        lines.setdefault("item_flow_next", []).append(bulk.line(*key, code, seq, condition))
    for post in data.get("posts", ()):
        lines.setdefault("item_flow_post", []).append(bulk.line(*key, post))
    for other in data.get("apart_from", ()):
        lines.setdefault("item_flow_apart", []).append(bulk.line(*key, other))


def entity_lines(
    lines: Lines,
    kind: Kind,
    key: tuple[str, ...],
    version: int,
    digest: str,
    change: int,
    data: Mapping[str, Any],
) -> None:
    """Add the record lines of an organisation, region, post or person."""
    named = dict(zip(kind.key, key, strict=True))
    values = {**data, **named, "version": version, "digest": digest, "change": change}
    lines.setdefault(kind.table, []).append(_ENTITY_LINE[kind.table](values))
    for post in data.get("posts", ()) if kind.name == "staff" else ():
        lines.setdefault("staff_post", []).append(bulk.line(*key, version, post))


def _liner(table: Table) -> Callable[[Mapping[str, Any]], str]:
    """Values by column → record line, all columns of the table in their order."""
    names = [column.name for column in table.columns]

    def line(values: Mapping[str, Any]) -> str:
        return bulk.line(*[values.get(name) for name in names])

    return line


_ITEM_LINE = _liner(items.service_item)
_PART_LINE = {
    table.name: _liner(table) for table in (items.item_material, items.item_fee, items.item_flow_step)
}
_ENTITY_LINE = {
    table.name: _liner(table) for table in (items.organization, items.region, items.post, items.staff)
}
