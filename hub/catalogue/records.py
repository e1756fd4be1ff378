"""From the values of a row to its record, and from records to the record lines of the tables; digests of content.

A *record* holds the columns that a row fills itself, as they stand in its table behind those that the hub fills: tabs
between, as in a record line. It is what is staged, what a digest is of, and what is loaded.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Table

from hub.catalogue.columns import KINDS, PARTS, Kind
from hub.central import bulk
from hub.central.tables import items, metadata

Lines = dict[str, list[str]]
"""Table name → record lines."""

PART_TABLES: Mapping[str, tuple[Table, ...]] = {
    "material": (items.item_material,),
    "fee": (items.item_fee,),
    "step": (items.item_flow_step, items.item_flow_next, items.item_flow_post, items.item_flow_apart),
}
LIST_COLUMNS = ("posts", "next", "apart_from")
_BY_THE_HUB = frozenset({"version", "digest", "change", "parts", "seq", "details"})
_DEFAULTS = {"state": "in_force", "is_exempt": 0}
_EMPTY = hashlib.sha256(b"").hexdigest()

as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""Compact JSON in the order of the keys."""


def recorder(kind: Kind) -> Callable[[Mapping[str, Any]], str]:
    """The way from a row's values by column to its record; an item's details (and `other`) become one JSON column."""
    table = metadata.tables[kind.table]
    hidden = _BY_THE_HUB | set(kind.key[:1] if kind.part else kind.key)
    names = [column.name for column in table.columns if column.name not in hidden]
    details = [each.name for each in kind.columns if each.detail]
    defaults = _DEFAULTS if kind.name == "item" else {}
    tabs = len(names) + bool(details) - 1

    def record(values: Mapping[str, Any]) -> str:
        found = [values.get(name, defaults.get(name)) for name in names]
        if details:
            shown = {name: values[name] for name in details if name in values}
            found.append(as_json({**shown, "other": values["other"]} if "other" in values else shown))
        # One look at all values together tells whether any needs escaping: a catalogue has millions of them.
        text = "\t".join(["\0" if value is None else str(value) for value in found])
        if "\\" in text or "\n" in text or "\r" in text or text.count("\t") != tabs:
            return bulk.line(*found)
        return text.replace("\0", "\\N")

    return record


def lists_of(values: Mapping[str, Any]) -> str | None:
    """The columns of a row that are tables of their own (posts, next, apart_from), as JSON; null for none."""
    found = {name: values[name] for name in LIST_COLUMNS if values.get(name)}
    return as_json(found) if found else None


def digest_of(texts: Sequence[str]) -> str:
    """SHA-256 over rows in order; that of nothing for no rows."""
    return hashlib.sha256("\n".join(texts).encode("utf-8", "surrogatepass")).hexdigest() if texts else _EMPTY


def whole_digest(parts: Mapping[str, str]) -> str:
    """The digest of an item's version: over those of its parts."""
    return hashlib.sha256("\n".join([parts[name] for name in PARTS]).encode()).hexdigest()


def no_parts() -> dict[str, str]:
    """The part digests of an item without materials, fees and steps."""
    return {name: _EMPTY for name in PARTS[1:]}


def item_line(
    code: str, version: int, digest: str, change: int, parts: Mapping[str, str], record: str
) -> str:
    """The record line of `service_item`: the digests of the parts stand behind the validity."""
    first, last, rest = record.split("\t", 2)
    told = "{" + ",".join([f'"{name}":"{parts[name]}"' for name in PARTS]) + "}"
    return f"{bulk.escape(code)}\t{version}\t{digest}\t{change}\t{first}\t{last}\t{told}\t{rest}"


def part_lines(
    lines: Lines, kind: str, code: str, version: int, rows: Sequence[tuple[str, str | None]]
) -> None:
    """Add the record lines of a part's rows (record and lists of each)."""
    key = f"{bulk.escape(code)}\t{version}"
    if kind != "step":
        found = lines.setdefault(PART_TABLES[kind][0].name, [])
        found += [f"{key}\t{seq}\t{record}" for seq, (record, _) in enumerate(rows, 1)]
        return
    for seq, (record, lists) in enumerate(rows, 1):
        step, _, rest = record.partition("\t")
        lines.setdefault("item_flow_step", []).append(f"{key}\t{step}\t{seq}\t{rest}")
        told: dict[str, Any] = json.loads(lists) if lists else {}
        for number, (following, condition) in enumerate(told.get("next", ()), 1):
            lines.setdefault("item_flow_next", []).append(
                f"{key}\t{step}\t{bulk.line(following, number, condition)}"
            )
        for table, column in (("item_flow_post", "posts"), ("item_flow_apart", "apart_from")):
            for value in told.get(column, ()):
                lines.setdefault(table, []).append(f"{key}\t{step}\t{bulk.escape(value)}")


def entity_lines(
    lines: Lines,
    kind: Kind,
    key: tuple[str, ...],
    version: int,
    digest: str,
    change: int,
    record: str,
    lists: str | None,
) -> None:
    """Add the record lines of an organisation, region, post, person or disclosure."""
    lines.setdefault(kind.table, []).append(f"{bulk.line(*key, version, digest, change)}\t{record}")
    for post in json.loads(lists).get("posts", ()) if lists and kind.name == "staff" else ():
        lines.setdefault("staff_post", []).append(bulk.line(*key, version, post))


def dated(record: str, day: str) -> str:
    """A record that names no first day, valid from `day`; one that names it as it is."""
    return f"{day}{record[2:]}" if record.startswith("\\N\t") else record


RECORDERS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    name: recorder(kind) for name, kind in KINDS.items()
}
