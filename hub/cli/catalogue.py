"""What the families item, staff and organization share: import, list, show and diff of a kind of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.options import who
from hub.cli.output import complain, print_json, print_table, say

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from hub.catalogue.checking import Finding
    from hub.catalogue.faults import Refused
    from hub.catalogue.importing import Imported

_COLUMNS_AT_MOST = 6  # more do not fit beside each other

Files = Annotated[
    list[Path] | None, typer.Argument(help=".csv .xlsx .yaml，或行集 · or a row set; together all or nothing")
]
Codes = Annotated[
    str | None, typer.Option(help="代码对照 · crosswalk of the codes in the files (gbt-39046 …)")
]
By = Annotated[
    str | None, typer.Option(help="经办人，写入日志 · who imports, for the log (default: the OS user)")
]
KindOf = Annotated[
    str | None,
    typer.Option("--kind", help="CSV 内容 · what a CSV holds whose name does not tell (item, material …)"),
]
Organization = Annotated[str | None, typer.Option(help="机构代码 · organisation (USCC)")]
Search = Annotated[str | None, typer.Option(help="名称或编码的一部分 · part of the name or code")]


def import_all(
    files: Sequence[Path], codes: str | None, kind: str | None, by: str | None, as_json: bool
) -> None:
    """Import files, bring stored cases up to date, and say what was done; faults end with 3."""
    from hub import wiring
    from hub.catalogue.columns import KINDS
    from hub.catalogue.faults import Refused
    from hub.catalogue.importing import import_files

    if not files:
        raise typer.BadParameter("至少一个文件 · name at least one file")
    if kind is not None and kind not in KINDS:
        raise typer.BadParameter(f"--kind: {', '.join(KINDS)}")
    missing = [file for file in files if not file.is_file()]
    if missing:
        raise typer.BadParameter(f"没有此文件 · no such file: {missing[0]}")
    wiring.upgrade()
    try:
        done = import_files(
            wiring.engine(),
            files,
            wiring.settings().work,
            by=who(by),
            codes=crosswalk(codes),
            kind=kind,
            log=to_log,
        )
    except Refused as refused:
        show_faults(refused, as_json)
        raise typer.Exit(3) from refused
    report(done, refilled(), as_json)


def refilled() -> int:
    """Bring stored cases up to date with the catalogue; how many changed."""
    from hub import wiring
    from hub.catalogue.refilling import refill_pending

    return refill_pending(wiring.engine())


def to_log(connection: Connection, event: str, body: Mapping[str, Any]) -> None:
    """An entry of the hub's own chain."""
    from hub.clock import now_us
    from hub.ledger import chain

    chain.append(connection, chain.HUB_CHAIN, event, body, now_us())


def crosswalk(name: str | None) -> Mapping[str, Mapping[str, str]] | None:
    """The tables of a crosswalk. Raises StopError where there is none of that name."""
    if name is None:
        return None
    from mappings.crosswalk import load_crosswalk

    return load_crosswalk(name).tables


def report(done: Imported, cases: int, as_json: bool) -> None:
    """What an import did."""
    from hub.catalogue.columns import KINDS

    if as_json:
        print_json({**done.as_dict(), "cases_refilled": cases})
        return
    rows = [
        (f"{KINDS[name].zh} {name}", each["new"], each["changed"], each["unchanged"])
        for name, each in done.counts.items()
    ]
    print_table("导入 · imported", ("", "新增 new", "新版本 new versions", "未变 unchanged"), rows)
    if done.change is None:
        say("内容与已有的相同，没有改变 · the same as before: nothing was changed")
    elif cases:
        say(f"已补齐 {cases} 个办件由事项库得出的字段 · fields of {cases} cases were filled anew")


def show_faults(refused: Refused, as_json: bool) -> None:
    """Every fault with its place; people read them on standard error."""
    if as_json:
        faults = [fault.as_dict() for fault in refused.faults]
        print_json({"change": None, "faults": faults, "total": refused.total})
        return
    for fault in refused.faults:
        where = fault.where
        place = where.file + (f" [{where.sheet}]" if where.sheet else "")
        place += f" 第 {where.row} 行 row {where.row}" if where.row else ""
        place += f" {fault.column}" if fault.column else ""
        complain(
            f"{place}\n  {fault.code} {fault.zh}\n  {fault.en}\n  处理 · remedy: {fault.remedy_zh} · {fault.remedy_en}"
        )
    more = refused.total - len(refused.faults)
    complain(
        f"共 {refused.total} 处错误，没有导入任何内容 · {refused.total} faults, nothing was imported"
        + (f"（另有 {more} 处未列出 · {more} more are not listed）" if more else "")
    )


def show_list(kind: str, columns: Sequence[str], as_json: bool, **filters: Any) -> None:
    """The newest versions of a kind."""
    from hub import wiring
    from hub.catalogue.columns import KINDS
    from hub.catalogue.documents import listed
    from hub.central.engine import reading

    told = KINDS[kind]
    with reading(wiring.engine()) as connection:
        rows = listed(connection, told, **filters)
    if as_json:
        print_json(rows)
        return
    heads = {column.name: column.zh for column in told.columns} | {"version": "版本"}
    print_table(
        f"{told.zh} · {told.en}（{len(rows)}）",
        [f"{heads[name]} {name}" for name in columns],
        [[row.get(name) for name in columns] for row in rows],
    )


def show_one(kind: str, key: str, version: int | None, as_json: bool) -> dict[str, Any]:
    """One version, whole."""
    from hub import wiring
    from hub.catalogue.columns import KINDS
    from hub.catalogue.documents import document, key_of
    from hub.central.engine import reading

    told = KINDS[kind]
    with reading(wiring.engine()) as connection:
        found = document(connection, told, key_of(told, key), version)
    if as_json:
        print_json(found)
        return found
    zh = {column.name: column.zh for each in KINDS.values() for column in each.columns}
    zh |= {column.name: column.zh for column in told.columns}
    for name, value in found.items():
        if not isinstance(value, list):
            say(f"{zh.get(name, name)} · {name}: {value}")
    for name, value in found.items():
        if isinstance(value, list) and value and isinstance(value[0], Mapping):
            heads = list(dict.fromkeys(column for row in value for column in row))
            if len(heads) <= _COLUMNS_AT_MOST:
                print_table(name, heads, [[_cell(row.get(column)) for column in heads] for row in value])
                continue
            say(f"{name}:")
            for row in value:
                cells = [
                    f"{_heading(column, name)} {_cell(row[column])}" for column in heads if column in row
                ]
                say("  - " + "；".join(cells))
        elif isinstance(value, list) and value:
            say(f"{zh.get(name, name)} · {name}: {'、'.join(map(str, value))}")
    return found


def post_names(organization: str | None) -> dict[str, str]:
    """The posts of an organisation: code → name."""
    from hub import wiring
    from hub.catalogue.columns import KINDS
    from hub.catalogue.documents import listed
    from hub.central.engine import reading

    with reading(wiring.engine()) as connection:
        rows = listed(connection, KINDS["post"], organization=organization) if organization else []
    return {str(row["post_code"]): str(row["name"]) for row in rows}


def _heading(column: str, part: str) -> str:
    """The Chinese name of a column of materials, fees or steps."""
    from hub.catalogue.columns import KINDS

    kind = KINDS.get(part.removesuffix("s"))
    return next((each.zh for each in kind.columns if each.name == column), column) if kind else column


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return "、".join(
            f"{each['to']}（{each['when']}）" if isinstance(each, Mapping) else str(each) for each in value
        )
    return value


def show_difference(kind: str, key: str, first: int | None, second: int | None, as_json: bool) -> None:
    """What differs between two versions."""
    from hub import wiring
    from hub.catalogue.columns import KINDS
    from hub.catalogue.documents import difference, key_of, two_versions
    from hub.central.engine import reading

    told = KINDS[kind]
    with reading(wiring.engine()) as connection:
        before, after = two_versions(connection, told, key_of(told, key), first, second)
    found = difference(before, after)
    if as_json:
        print_json({"key": key, "before": before["version"], "after": after["version"], "differences": found})
        return
    title = f"{key}：第 {before['version']} 版 → 第 {after['version']} 版 · version {before['version']} → {after['version']}"
    if not found:
        say(f"{title}\n没有不同 · nothing differs")
        return
    print_table(
        title, ("处 where", "前 before", "后 after"), [(d["where"], d["before"], d["after"]) for d in found]
    )


def show_findings(findings: Iterable[Finding], as_json: bool) -> None:
    """Findings of a check; ends with 1 where there are any."""
    found = list(findings)
    if as_json:
        print_json({"findings": [each.as_dict() for each in found], "total": len(found)})
    elif found:
        print_table(
            f"发现 {len(found)} 处 · {len(found)} findings",
            ("", "代码 code", "问题", "finding"),
            [(each.subject, each.code, each.zh, each.en) for each in found],
        )
    else:
        say("没有发现问题 · nothing found")
    if found:
        raise typer.Exit(1)
