"""`suphub case list|show`: cases, what they wait for, and of one case every value with where it came from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any
from urllib.parse import unquote

import typer
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hub.cli.output import print_json, print_table, say
from schemas.contract import VERSIONS, Field, load_contract

case = typer.Typer(help="办件 · cases", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="机器可读 · one JSON document")]

SOURCES = {
    "registration": "登记 registration",
    "item code": "事项编码 item code",
    "order": "按次序 by order",
    "catalogue": "事项库 catalogue",
    "dialect": "方言定值 dialect",
    "same piece": "同一片段 same piece",
}
STATES = {"current": "现行 current", "deleted": "已注销 deleted", "pending": "待补齐 pending"}


def add_to(app: typer.Typer) -> None:
    """Add the family to the command tree."""
    app.add_typer(case, name="case")


@case.callback()
def _family() -> None:
    """办件 · cases."""


@case.command("list")
def list_cases(
    as_json: Json = False,
    system: Annotated[str | None, typer.Option(help="只看一个系统 · one system only")] = None,
    state: Annotated[str | None, typer.Option(help="current, deleted, pending, incomplete")] = None,
    limit: Annotated[int, typer.Option(min=1, help="最多列出几件 · how many at most")] = 100,
) -> None:
    """列出办件,最近变动的在前 · list cases, those that changed last first."""
    from hub import wiring
    from hub.central.engine import reading
    from hub.views import cases as view

    if state is not None and state not in view.STATES:
        raise typer.BadParameter(f"{state!r}: {', '.join(view.STATES)}", param_hint="--state")
    with reading(wiring.engine()) as connection:
        found = view.cases(connection, system=system, state=state, limit=limit)
    if as_json:
        print_json(found)
        return
    columns = ("系统 system", "办件 case", "状态 state", "版本", "变动 changed", "等待 waits", "自 since")
    rows = [
        (c["system"], c["case_no"], STATES[c["state"]], c["version"], _minute(c["changed_at"]), _waits(c),
         _minute(c["since"]))
        for c in found
    ]  # fmt: skip
    more = ",可能还有(--limit)· there may be more" if len(rows) == limit else ""
    print_table(f"{len(rows)} 件 · cases{more}", columns, rows)


def _minute(instant: str | None) -> str:
    return (instant or "")[:16].replace("T", " ")


def _waits(found: Mapping[str, Any]) -> str:
    if not found["missing"]:
        return "片段 pieces" if found["since"] else ""
    late = "逾期 incomplete: " if found["incomplete"] else ""
    rest = len(found["missing"]) - 1
    return f"{late}{found['missing'][0]}{f' +{rest}' if rest else ''}"


@case.command("show")
def show(
    name: Annotated[str, typer.Argument(metavar="SYSTEM/NO")],
    as_json: Json = False,
) -> None:
    """一个办件:每个值及其来源、等待什么、版本、牌 · one case: every value and where it came from, versions, cards."""
    from hub import wiring
    from hub.central.engine import reading
    from hub.errors import HubError
    from hub.views import origins
    from hub.views.archive import Archive
    from hub.views.cases import case as find

    with reading(wiring.engine()) as connection:
        found = find(connection, name)
        known = origins.facts(connection, name)
    try:
        registration: Any = wiring.registration(known.system)
    except HubError as error:
        registration = error
    archive = Archive(wiring.raw_store(), wiring.LIMITS, wiring.settings().work)
    found |= origins.trace(known, registration, archive)
    if as_json:
        print_json(found)
        return
    _print(found)


def _print(found: dict[str, Any]) -> None:
    say(
        f"{found['system']}/{found['case_no']}  {STATES[found['state']]}  版本 version {found['version']}"
        f"  {found['changed_at']}"
    )
    _print_waiting(found)
    sources = _sources(found)
    _print_values(found, sources)
    for each in found["unread"]:
        say(f"\n! {each['package_id'] or ''} {each['zh']}\n  {each['en']}")
    columns = ("编号 no", "报文包 package", "文件 file", "片段 piece", "行 line", "版本 order")
    print_table("\n来源 · sources", columns, [_source_row(number, s) for s, number in sources.items()])
    columns = ("版本 version", "状态 state", "报文包 package", "第几件 ordinal", "文件 file", "时间 known")
    print_table(
        "\n版本 · versions", columns,
        [(v["version"], v["state"], _short(v["package_id"]), v["ordinal"], v["file"], v["known_at"][:19]) for v in found["versions"]],
    )  # fmt: skip
    if found["cards"]:
        print_table(
            "\n牌 · cards", ("编号 id", "规则 rule", "级别 level", "状态 state", "日期 raised"),
            [(c["card_id"], c["rule"], c["level"], c["state"], c["raised_on"]) for c in found["cards"]],
        )  # fmt: skip


def _print_waiting(found: dict[str, Any]) -> None:
    waiting = found["waiting"]
    if waiting is None:
        return
    late = ",已逾 7 天 · more than 7 days" if waiting["incomplete"] else ""
    say(f"\n等待自 waits since {waiting['since'][:19]}{late}")
    for name in waiting["missing"]:
        say(f"  缺 lacks  {_called(name)}")
    held = {(each["kind"], each["source_key"]): each for each in found["pieces"]}
    for key in ((each["kind"], each["source_key"]) for each in waiting["pieces"]):
        piece = held[key]
        name = f"{piece['zh']} {' '.join(key).strip()}"
        say(f"  片段未用 waits for another piece  {name}  {piece['file']} 行 {piece['line']}")


def _called(name: str) -> str:
    element, _, field = name.partition(".")
    found = load_contract(VERSIONS[-1]).element(element)
    return f"{found.zh} {found.field(field).zh} {name}" if field else f"{found.zh} {name}"


Source = tuple[str, str, str, str, int | None, str]
"""Package, file, kind and key of the piece (blank for a whole case), line, the source's version."""


def _sources(found: dict[str, Any]) -> dict[Source, str]:
    """Every package or piece that the case is made of, with the number by which the values point at it."""
    listed: list[Source] = [
        (p["package_id"], p["file"], f"{p['zh']} {p['kind']} {p['source_key']}".strip(), p["place"] or "", p["line"], str(p["order"]))
        for p in found["pieces"]
    ]  # fmt: skip
    whole = (
        (o["package_id"], o["file"], "", "", None, "")
        for o in found["origins"].values()
        if o["package_id"] and not found["pieces"]
    )
    listed += dict.fromkeys(whole)
    return {source: f"[{number}]" for number, source in enumerate(listed, 1)}


def _source_row(number: str, source: Source) -> tuple[object, ...]:
    package, file, piece, place, line, order = source
    return number, _short(package), file, f"{piece}  {place}".strip(), line or "", order[:19]


def _number_of(origin: Mapping[str, Any], sources: Mapping[Source, str]) -> str:
    """A whole case has one source; a value of a piece points at the piece in whose lines it stands."""
    fitting = [
        (source[4] or 0, number)
        for source, number in sources.items()
        if source[0] == origin["package_id"] and (source[4] or 0) <= (origin["line"] or 0)
    ]
    return max(fitting)[1] if fitting else ""


Line = tuple[str, str, str]
"""Label, value and origin of one field."""


def _print_values(found: dict[str, Any], sources: Mapping[Source, str]) -> None:
    """Element by element, in columns of the same width all the way down."""
    console = Console()
    groups = list(_by_row(found["origins"], sources))
    labels = max((cell_len(line[0]) for _, lines in groups for line in lines), default=0)
    values = max((cell_len(line[1]) for _, lines in groups for line in lines), default=0)
    room = console.width - labels - 6
    for head, lines in groups:
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column(width=labels + 2, overflow="fold")
        table.add_column(width=min(values, max(20, room // 2)), overflow="fold")
        table.add_column(style="dim", overflow="fold")
        for label, value, origin in lines:
            table.add_row(Text(f"  {label}"), Text(value), Text(origin))
        console.print()
        console.print(Text(head, style="bold"))
        console.print(table)


def _by_row(origins: Mapping[str, Any], sources: Mapping[Source, str]) -> Iterator[tuple[str, list[Line]]]:
    """A heading for each element and row, and its lines."""
    contract = load_contract(VERSIONS[-1])
    head, lines = "", list[Line]()
    for name, origin in origins.items():
        element_name, *number, field_name = name.split(".")
        element = contract.element(element_name)
        heading = " ".join([str(element.number), element.zh, element.name, *(f"#{n}" for n in number)])
        if lines and heading != head:
            yield head, lines
            lines = []
        head, field = heading, element.field(field_name)
        told = _told(field, origin, sources)
        lines.append((f"{field.zh} {field.name}", _value(field.type, origin), told))
    if lines:
        yield head, lines


def _value(kind: str, origin: Mapping[str, Any]) -> str:
    value = origin["value"]
    if kind == "bool":
        return "是 yes" if value else "否 no"
    if kind == "money":
        return f"{value / 100:.2f} 元"
    if kind == "dt":
        return str(value)[:19].replace("T", " ")
    return f"{value} {origin['meaning_zh']}" if origin["meaning_zh"] else str(value)


def _told(field: Field, origin: Mapping[str, Any], sources: Mapping[Source, str]) -> str:
    """Where a value came from, in one line: source, line, column, and what was written if it reads otherwise."""
    parts = [_number_of(origin, sources)] if origin["package_id"] and len(sources) > 1 else []
    if origin["source"] in SOURCES:
        version = f" v{origin['item_version']}" if origin.get("item_version") else ""
        parts.append(SOURCES[origin["source"]] + version)
    if origin["line"]:
        parts.append(f"行 {origin['line']}")
    if origin["written"] is not None:
        leaf = unquote((origin["place"] or "").rpartition("/")[2].partition("[")[0])
        parts.append("" if leaf == field.name else leaf)
        if origin["crosswalk"] or origin["changed"]:
            by = [origin["crosswalk"] or "", "对照现已不同 changed since" if origin["changed"] else ""]
            told = ", ".join(part for part in by if part)
            parts.append(f"{origin['written'].strip()} → {origin['value']} ({told})")
        elif not _reads_alike(field.type, origin["written"].strip(), origin["value"]):
            parts.append(f"“{origin['written'].strip()}”")
    return " ".join(part for part in parts if part)


def _reads_alike(kind: str, written: str, value: Any) -> bool:
    if kind == "bool":
        return True
    if kind == "money":
        return bool(re.fullmatch(r"[0-9]+(\.[0-9]*)?", written)) and round(float(written) * 100) == value
    if kind == "dt":
        return str(value).startswith(written.replace(" ", "T"))
    return written == str(value)


def _short(name: str) -> str:
    return name if len(name) < 40 else name[:12] + "…"
