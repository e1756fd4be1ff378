"""`suphub case list|show`: cases, what they wait for, and of one case every value with where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hub.cli.instants import instant
from hub.cli.options import Json
from hub.cli.output import print_json, print_table, say
from hub.views.readable import CHANGED, Line, by_element
from schemas.contract import VERSIONS, load_contract

case = typer.Typer(help="办件 · cases", no_args_is_help=True)

RISK_BY = {"message": "报文 message", "catalogue": "事项库 catalogue"}
STATES = {"current": "现行 current", "deleted": "已注销 deleted", "pending": "待补齐 pending"}
LEVELS = {0: "正常 normal", 1: "预警 warning", 2: "黄牌 yellow", 3: "红牌 red"}


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
    state: Annotated[str | None, typer.Option(help="current, deleted, pending, incomplete, waiting")] = None,
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
    more = ",可能还有(--limit)· there may be more" if len(found) == limit else ""
    table = Table(
        title=f"{len(found)} 件 · cases{more}",
        title_justify="left",
        header_style="bold",
        box=None,
        pad_edge=False,
    )
    for column in (
        "系统 system",
        "办件 case",
        "状态 state",
        "级别 level",
        "版本",
        "变动 changed",
        "等待 waits",
        "自 since",
    ):
        table.add_column(column, overflow="fold", no_wrap=column.endswith("case"))
    for each in found:
        cells = (each["system"], each["case_no"], STATES[each["state"]], LEVELS[each["level"]], each["version"], _minute(each["changed_at"]),
                 _waits(each), _minute(each["since"]))  # fmt: skip
        table.add_row(*(Text(str(cell)) for cell in cells))
    Console().print(table)


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
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            metavar="T",
            help="枢纽当时所知:该日日终或该时刻 · as the hub knew it at the end of a day, or at a time",
        ),
    ] = None,
) -> None:
    """一个办件:每个值及其来源、等待什么、版本、牌 · one case: every value and where it came from, versions, cards."""
    at = instant(as_of, "--as-of", end_of_day=True)
    if at is None:
        found = _now(name)
    else:
        from hub.wiring.earlier import case_at

        found = case_at(name, at - 1 if as_of is not None and len(as_of) == 10 else at)
    if as_json:
        print_json(found)
        return
    _print(found)


def _now(name: str) -> dict[str, Any]:
    from hub import wiring
    from hub.catalogue.lookup import lookup
    from hub.central.engine import reading
    from hub.errors import HubError
    from hub.views import origins
    from hub.views.cases import case as find

    with reading(wiring.engine()) as connection:
        found = find(connection, name)
        known = origins.facts(connection, name)
    try:
        registration: Any = wiring.registration(known.system)
    except HubError as error:
        registration = error
    return found | origins.trace(known, registration, wiring.archive(), lookup(wiring.engine()))


def _print(found: dict[str, Any]) -> None:
    say(
        f"{found['system']}/{found['case_no']}  {STATES[found['state']]}  监察级别 level {LEVELS[found['level']]}  版本 version {found['version']}"
        f"  {found['changed_at']}"
    )
    if "as_of" in found:
        say(f"截至 {found['as_of']} 枢纽所知 · as the hub knew it at {found['as_of']}")
    if found["item_known"] is False:
        say(
            "\n事项未在事项库中，与事项比对的规则不作判定 · The item catalogue does not know the item: rules that compare with it do not judge"
        )
    _print_waiting(found)
    sources = _sources(found)
    _print_values(found, sources)
    if found["risk_points"]:
        columns = (
            "环节 step",
            "名称 name",
            "类别 category",
            "描述 description",
            "防控措施 control",
            "来源 by",
        )
        print_table(
            "\n廉政风险点 · risk points", columns,
            [(r["seq"], r["step"], r["category"] or "", r["description"] or "", r["control"] or "", RISK_BY[r["source"]])
             for r in found["risk_points"]],
        )  # fmt: skip
    for each in found["unread"]:
        say(f"\n! {each['package_id'] or ''} {each['zh']}\n  {each['en']}")
    columns = ("编号 no", "报文包 package", "文件 file", "片段 piece", "行 line", "版本 order")
    print_table("\n来源 · sources", columns, list(sources.values()))
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
    since = f"自 since {waiting['since'][:19]}" if waiting["since"] else ""
    say(f"\n等待 waits {since}{late}")
    for name in waiting["missing"]:
        say(f"  缺 lacks  {_called(name)}")
    held = {(each["kind"], each["source_key"]): each for each in found["pieces"]}
    for key in ((each["kind"], each["source_key"]) for each in waiting["pieces"]):
        piece = held[key]
        name = f"{piece['zh']} {' '.join(key).strip()}"
        say(f"  片段未用 waits for another piece  {name}  {piece['file']} 行 {piece['line']}")
    for each in waiting["refused"]:
        say(
            f"  已被拒收 · was refused: {each['place'] or '-'}  {each['field'] or ''}  {each['code']}  "
            f"suphub package show {found['system']}/{each['package_id']}"
        )


def _called(name: str) -> str:
    element, _, field = name.partition(".")
    found = load_contract(VERSIONS[-1]).element(element)
    return f"{found.zh} {found.field(field).zh} {name}" if field else f"{found.zh} {name}"


Source = tuple[str, str] | None
"""Kind and key of a piece; None for a whole case, which has one source."""


def _sources(found: dict[str, Any]) -> dict[Source, tuple[object, ...]]:
    """The packages or pieces that the case is made of, numbered: the rows of the table that the values point at."""
    if found["pieces"]:
        return {
            (p["kind"], p["source_key"]): (
                f"[{number}]", _short(p["package_id"]), p["file"],
                f"{p['zh']} {p['kind']} {p['source_key']}".strip() + (f"  {p['place']}" if p["place"] else ""),
                p["line"], str(p["order"])[:19],
            )
            for number, p in enumerate(found["pieces"], 1)
        }  # fmt: skip
    whole = next((o for o in found["origins"].values() if o["package_id"]), None)
    return {} if whole is None else {None: ("[1]", _short(whole["package_id"]), whole["file"], "", "", "")}


def _print_values(found: dict[str, Any], sources: Mapping[Source, tuple[object, ...]]) -> None:
    """Element by element, in columns of the same width all the way down."""
    console = Console()
    groups = list(by_element(found["origins"]))
    labels = max((cell_len(_label(line)) for group in groups for line in group.lines), default=0)
    values = max((cell_len(line.value) for group in groups for line in group.lines), default=0)
    room = console.width - labels - 6
    at_risk = {str(each["seq"]) for each in found["risk_points"]}
    for group in groups:
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column(width=labels + 2, overflow="fold")
        table.add_column(width=min(values, max(20, room // 2)), overflow="fold")
        table.add_column(style="dim", overflow="fold")
        for line in group.lines:
            table.add_row(Text(f"  {_label(line)}"), Text(line.value), Text(_told(line, sources)))
        number = f" #{group.number}" if group.number else ""
        console.print()
        risky = group.element.name == "Step" and group.number in at_risk
        console.print(
            Text(
                f"{group.element.number} {group.element.zh} {group.element.name}{number}"
                + ("  ⚠ 廉政风险点 risk point" if risky else ""),
                style="bold",
            )
        )
        console.print(table)


def _label(line: Line) -> str:
    return f"{line.field.zh} {line.field.name}"


def _told(line: Line, sources: Mapping[Source, tuple[object, ...]]) -> str:
    """Where a value came from, in one line: source, line, column, and what was written if it reads otherwise."""
    piece = line.origin["piece"]
    source = sources.get((piece["kind"], piece["source_key"])) if piece and len(sources) > 1 else None
    parts = [
        str(source[0]) if source else "",
        " ".join(line.added) if line.added else "",
        f"行 {line.line}" if line.line else "",
        line.column,
        line.written,
        " ".join(CHANGED) if line.changed else "",
    ]
    return " ".join(part for part in parts if part)


def _short(name: str) -> str:
    return name if len(name) < 40 else name[:12] + "…"
