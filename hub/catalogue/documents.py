"""The catalogue as people and scripts see it: lists, whole versions, and what differs between two of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, func, select

from hub.catalogue.columns import KINDS, Kind
from hub.catalogue.staging import key_text
from hub.central.tables import items, metadata
from hub.clock import iso
from hub.errors import Place, StopError
from hub.masking import mask

PERSONAL = frozenset({"mobile"})
_INNER = frozenset({"digest", "change", "parts", "details", "version", "seq"})


def versions_of(connection: Connection, kind: Kind, key: Sequence[str]) -> list[RowMapping]:
    """Every version of a key, rising: version, digest, valid_from, valid_to, and when and by whom it came."""
    table, change = metadata.tables[kind.table], items.catalogue_change
    rows = connection.execute(
        select(
            table.c.version, table.c.digest, table.c.valid_from, table.c.valid_to, table.c.change, change.c.at, change.c.who
        )
        .select_from(table.outerjoin(change, change.c.id == table.c.change))
        .where(*_is(table, kind, key))
        .order_by(table.c.version)
    )  # fmt: skip
    return list(rows.mappings())


def document(
    connection: Connection, kind: Kind, key: Sequence[str], version: int | None = None
) -> dict[str, Any]:
    """One version (the newest without `version`), an item with its materials, fees and steps; personal data masked.

    Raises StopError CATALOGUE_UNKNOWN.
    """
    known = versions_of(connection, kind, key)
    numbers = [row["version"] for row in known]
    if not numbers or (version is not None and version not in numbers):
        raise unknown(kind, key, version, numbers)
    number = numbers[-1] if version is None else version
    table = metadata.tables[kind.table]
    row = (
        connection.execute(select(table).where(*_is(table, kind, key), table.c.version == number))
        .mappings()
        .one()
    )
    found: dict[str, Any] = {name: row[name] for name in kind.key} | {"version": number}
    found |= _plain(row, [*kind.key])
    if kind.name == "item":
        found |= json.loads(row["details"])
        found |= _parts(connection, key[0], number)
    if kind.name == "staff":
        found["posts"] = _posts_of(connection, key, number)
    found["versions"] = [
        {
            "version": each["version"],
            "digest": each["digest"],
            "valid_from": _day(each["valid_from"]),
            "valid_to": _day(each["valid_to"]),
            "imported_at": iso(each["at"]),
            "by": each["who"],
        }
        for each in known
    ]
    return found


def listed(
    connection: Connection,
    kind: Kind,
    *,
    organization: str | None = None,
    state: str | None = None,
    search: str | None = None,
    limit: int = 1000,
) -> list[dict[str, Any]]:
    """The newest version of each key, by key; `search` is a part of the name or the key."""
    table = metadata.tables[kind.table]
    keys = [table.c[name] for name in kind.key]
    newest = select(*keys, func.max(table.c.version).label("newest")).group_by(*keys).subquery()
    same = [table.c[name] == newest.c[name] for name in kind.key]
    wanted = select(table).join(newest, (table.c.version == newest.c.newest).__and__(same[0]))
    for each in same[1:]:
        wanted = wanted.where(each)
    if organization:
        wanted = wanted.where(table.c.org_uscc == organization)
    if state:
        wanted = wanted.where(table.c.state == state)
    if search:
        found = table.c.name.contains(search, autoescape=True)
        for each in keys:
            found = found | each.contains(search, autoescape=True)
        wanted = wanted.where(found)
    rows = connection.execute(wanted.order_by(*keys).limit(limit)).mappings()
    return [
        {**{name: row[name] for name in kind.key}, "version": row["version"], **_plain(row, kind.key)}
        for row in rows
    ]


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What differs between two documents: {where, before, after}; rows of materials, fees and steps by their code or name."""
    found: list[dict[str, Any]] = []
    skipped = {"version", "versions"}
    names = [*before, *(name for name in after if name not in before)]
    for name in names:
        if name in skipped:
            continue
        one, two = before.get(name), after.get(name)
        if name in {"materials", "fees", "steps"}:
            found += _rows_differ(name, one or [], two or [])
        elif one != two:
            found.append({"where": name, "before": one, "after": two})
    return found


def two_versions(
    connection: Connection, kind: Kind, key: Sequence[str], first: int | None, second: int | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The documents to compare: those named, else the newest and the one before it."""
    numbers = [row["version"] for row in versions_of(connection, kind, key)]
    newest = numbers[-1] if numbers else 0
    after = second if second is not None else newest
    before = first if first is not None else max((each for each in numbers if each < after), default=after)
    return document(connection, kind, key, before), document(connection, kind, key, after)


def _rows_differ(
    name: str, before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    one, two = _named(before), _named(after)
    found: list[dict[str, Any]] = []
    for key in [*one, *(key for key in two if key not in one)]:
        old, new = one.get(key), two.get(key)
        if old is None or new is None:
            found.append({"where": f"{name}[{key}]", "before": old, "after": new})
            continue
        for field in [*old, *(field for field in new if field not in old)]:
            if old.get(field) != new.get(field):
                place = f"{name}[{key}].{field}"
                found.append({"where": place, "before": old.get(field), "after": new.get(field)})
    return found


def _named(rows: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        name = str(row.get("step_code") or row.get("fee_code") or row.get("name"))
        number = 2
        key = name
        while key in found:  # two materials of one name
            key, number = f"{name}#{number}", number + 1
        found[key] = row
    return found


def _parts(connection: Connection, code: str, version: int) -> dict[str, Any]:
    """Materials, fees and steps of a version, as a YAML file has them."""
    steps = _part(connection, items.item_flow_step, code, version)
    by_code = {row["step_code"]: row for row in steps}
    for row in _ordered(connection, items.item_flow_next, code, version, "seq"):
        step = by_code[row["step_code"]]
        told = {"to": row["next_code"], "when": row["condition"]} if row["condition"] else row["next_code"]
        step.setdefault("next", []).append(told)
    for table, column, name in (
        (items.item_flow_post, "post_code", "posts"),
        (items.item_flow_apart, "other_code", "apart_from"),
    ):
        for row in _ordered(connection, table, code, version, column):
            by_code[row["step_code"]].setdefault(name, []).append(row[column])
    return {
        "materials": _part(connection, items.item_material, code, version),
        "fees": _part(connection, items.item_fee, code, version),
        "steps": steps,
    }


def _part(connection: Connection, table: Table, code: str, version: int) -> list[dict[str, Any]]:
    return [_plain(row, ("item_code",)) for row in _ordered(connection, table, code, version, "seq")]


def _ordered(connection: Connection, table: Table, code: str, version: int, by: str) -> Sequence[RowMapping]:
    return (
        connection.execute(
            select(table).where(table.c.item_code == code, table.c.version == version).order_by(table.c[by])
        )
        .mappings()
        .all()
    )


def _posts_of(connection: Connection, key: Sequence[str], version: int) -> list[str]:
    table = items.staff_post
    rows = connection.execute(
        select(table.c.post_code)
        .where(table.c.org_uscc == key[0], table.c.person_no == key[1], table.c.version == version)
        .order_by(table.c.post_code)
    )
    return [str(row.post_code) for row in rows]


def _plain(row: RowMapping, without: Sequence[str]) -> dict[str, Any]:
    """Values as a file has them: days as ISO text, money in yuan, yes and no; what is null is left out."""
    return {
        str(name): _value(name, value)
        for name, value in row.items()
        if value is not None and name not in _INNER and name not in without
    }


def _value(name: str, value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if name.endswith("_amount"):
        return f"{value // 100}.{value % 100:02d}"
    if name.startswith("is_") or name == "issues_certificate":
        return bool(value)
    return mask(value) if name in PERSONAL else value


def _day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


def _is(table: Table, kind: Kind, key: Sequence[str]) -> list[Any]:
    return [table.c[name] == value for name, value in zip(kind.key, key, strict=True)]


def key_of(kind: Kind, text: str) -> tuple[str, ...]:
    """The key that a person wrote: parts with / between. Raises StopError CATALOGUE_UNKNOWN for the wrong number of parts."""
    parts = tuple(text.split("/")) if len(kind.key) > 1 else (text,)
    if len(parts) != len(kind.key):
        raise unknown(kind, (text,), None, [])
    return parts


def unknown(kind: Kind, key: Sequence[str], version: int | None, known: Sequence[int]) -> StopError:
    """For a key, or a version of one, that there is not; `known` are the versions that there are."""
    name = key_text(tuple(key))
    there = "、".join(map(str, known))
    which_zh = (
        f"没有第 {version} 版，现有：{there}" if known else f"不在事项库中（写法：{'/'.join(kind.key)}）"
    )
    which_en = (
        f"has no version {version}; there are: {', '.join(map(str, known))}"
        if known
        else f"is not in the catalogue (write {'/'.join(kind.key)})"
    )
    return StopError(
        "CATALOGUE_UNKNOWN",
        zh=f"{kind.zh} {name} {which_zh}",
        en=f"{kind.en}: {name} {which_en}",
        remedy_zh=f"用 suphub {_family(kind)} list 查看现有的，或先导入",
        remedy_en=f"See what there is with: suphub {_family(kind)} list; or import it first",
        place=Place(field=name),
    )


def _family(kind: Kind) -> str:
    return {"region": "organization", "post": "staff", "disclosure": "item"}.get(
        kind.name, kind.name if kind.name in KINDS else "item"
    )
