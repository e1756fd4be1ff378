"""One version of an item of the catalogue as the page on it shows it: titles for every column, codes in words, and where each part came from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from hub.catalogue.columns import FEE, ITEM, KINDS, MATERIAL, PARTS, STEP, WORDS, Column, Kind
from hub.catalogue.documents import document, listed, versions_of
from hub.central.tables.items import catalogue_change, service_item
from hub.clock import iso
from schemas.codes import code_lists

Words = tuple[str, str]
"""Chinese and English."""
PART_NAMES: Mapping[str, Words] = {
    "item": ("事项", "Item"),
    "material": ("材料", "Materials"),
    "fee": ("收费", "Fees"),
    "step": ("环节", "Steps"),
}
_LISTS = {"material": ("materials", MATERIAL), "fee": ("fees", FEE), "step": ("steps", STEP)}
_UNTOLD = ("item_code", "version")


def known(connection: Connection, code: str, version: int | None) -> int | None:
    """The version to show: the one asked for, else the newest; None where the catalogue has no such one."""
    numbers = [row["version"] for row in versions_of(connection, ITEM, (code,))]
    if version is None:
        return numbers[-1] if numbers else None
    return version if version in numbers else None


def item(connection: Connection, code: str, version: int) -> dict[str, Any]:
    """A version of an item for a page: name, org_uscc, org_name, versions; `values` (title, text) of the item and `parts`, tables of
    materials, fees and steps; `sources` tells per part the version and the import that brought it.

    Raises StopError CATALOGUE_UNKNOWN.
    """
    found = document(connection, ITEM, (code,), version)
    posts = listed(connection, KINDS["post"], organization=found["org_uscc"]) if found.get("org_uscc") else []
    names = {str(each["post_code"]): str(each["name"]) for each in posts}
    for step in found["steps"]:
        if "posts" in step:
            step["posts"] = [f"{each} {names[each]}" if each in names else each for each in step["posts"]]
    return {
        "code": code,
        "version": version,
        "name": found["name"],
        "org_uscc": found.get("org_uscc"),
        "org_name": found.get("org_name"),
        "versions": found["versions"],
        "values": [
            (_title(column), _told(column, found[column.name]))
            for column in ITEM.columns
            if column.name in found and column.name not in _UNTOLD
        ],
        "parts": [_part(name, kind, found[of_item]) for name, (of_item, kind) in _LISTS.items()],
        "sources": {each["part"]: each for each in _sources(connection, code, version)},
        "names": PART_NAMES,
    }


def _title(column: Column) -> Words:
    return column.zh, column.en


def _part(name: str, kind: Kind, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One table: only columns that a row has something in."""
    columns = [
        column for column in kind.columns
        if column.name not in _UNTOLD and any(column.name in row for row in rows)
    ]  # fmt: skip
    return {
        "part": name,
        "heads": [_title(column) for column in columns],
        "rows": [[_told(column, row.get(column.name)) for column in columns] for row in rows],
    }


def _told(column: Column, value: Any) -> Words:
    """A value for a reader of either language; a code with its meaning."""
    if value is None:
        return "", ""
    if isinstance(value, bool):
        return ("是", "yes") if value else ("否", "no")
    if column.type == "code" and column.list:
        meaning = code_lists()[column.list].get(str(value))
        return (f"{value} {meaning.zh}", f"{value} {meaning.en}") if meaning else (str(value), str(value))
    if column.type == "word" and column.list:
        named = WORDS[column.list].get(str(value))
        return (named[0], named[1]) if named else (str(value), str(value))
    if isinstance(value, list):
        text = "、".join(_next(each) for each in value)
        return text, text.replace("、", ", ")
    return str(value), str(value)


def _next(step: Any) -> str:
    """A step that follows, with its condition where it has one."""
    return f"{step['to']} ({step['when']})" if isinstance(step, Mapping) else str(step)


def _sources(connection: Connection, code: str, version: int) -> Iterator[dict[str, Any]]:
    """Per part of a version, the first of the versions without a break in which it reads as it does now, and that one's import."""
    table, change = service_item.c, catalogue_change.c
    rows = connection.execute(
        select(table.version, table.parts, table.change, change.at, change.who)
        .select_from(service_item.outerjoin(catalogue_change, change.id == table.change))
        .where(table.item_code == code, table.version <= version)
        .order_by(table.version.desc())
    ).all()
    digests = [json.loads(row.parts) for row in rows]
    for part in PARTS:
        first = rows[0]
        for row, told in zip(rows, digests, strict=True):
            if told.get(part) != digests[0].get(part):
                break
            first = row
        yield {
            "part": part, "version": first.version, "change": first.change, "at": iso(first.at), "by": first.who,
        }  # fmt: skip
