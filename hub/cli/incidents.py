"""`suphub incident …`: faults of the systems, graded A, B, C: reported, taken up, closed."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hub.cli.options import Json, who
from hub.cli.output import print_json, print_table, say

incident = typer.Typer(help="故障 · faults: add, respond, close, list", no_args_is_help=True)
By = Annotated[
    str, typer.Option("--as", help="经办人，默认系统用户 · who; default: the user of this machine")
]
At = Annotated[
    str | None,
    typer.Option("--at", metavar="TIME", help="何时，如 2026-11-20T09:30，默认现在 · when; default: now"),
]
Number = Annotated[int, typer.Argument(metavar="ID")]


def add_to(app: typer.Typer) -> None:
    """Add the family to the command tree."""
    app.add_typer(incident, name="incident")


@incident.command("add")
def add(
    grade: Annotated[
        str, typer.Argument(metavar="GRADE", help="A 系统瘫痪 down, B 部分 partly, C 轻微 slight")
    ],
    title: Annotated[str, typer.Argument(metavar="TITLE")],
    system: Annotated[str | None, typer.Option("--system", help="系统 · of which system")] = None,
    organization: Annotated[
        str | None, typer.Option("--organization", help="机构代码 · organisation (USCC)")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="机构名称 · its name")] = None,
    region: Annotated[str | None, typer.Option("--region", help="行政区划 · region")] = None,
    text: Annotated[str | None, typer.Option("--text", help="说明 · what happened")] = None,
    at: At = None,
    by: By = "",
    as_json: Json = False,
) -> None:
    """登记故障 · report a fault; organisation and region are those of the system, unless given."""
    from hub.wiring import incidents

    number = incidents.report(
        grade, title, by=who(by), at=_when(at), system=system, region=region, description=text,
        organization=None if organization is None else (organization, name),
    )  # fmt: skip
    _done(number, "已登记", "is entered", as_json=as_json)


@incident.command("respond")
def respond(number: Number, at: At = None, by: By = "", as_json: Json = False) -> None:
    """响应故障 · somebody has taken it up."""
    from hub.wiring import incidents

    incidents.respond(number, by=who(by), at=_when(at))
    _done(number, "已响应", "is taken up", as_json=as_json)


@incident.command("close")
def close(
    number: Number,
    text: Annotated[str, typer.Option("--text", help="如何排除 · how it was mended")],
    at: At = None,
    by: By = "",
    as_json: Json = False,
) -> None:
    """关闭故障 · it is over."""
    from hub.wiring import incidents

    incidents.close(number, by=who(by), at=_when(at), solution=text)
    _done(number, "已关闭", "is closed", as_json=as_json)


@incident.command("list")
def list_all(
    open_only: Annotated[bool, typer.Option("--open", help="只列未关闭的 · only those not closed")] = False,
    as_json: Json = False,
) -> None:
    """列出故障，新的在前 · list the faults, newest first."""
    from hub.wiring import incidents

    found = incidents.listed(open_only=open_only)
    if as_json:
        print_json(found)
        return
    print_table(
        f"{len(found)} 起故障 · faults",
        ("号 id", "级 grade", "状态 state", "系统 system", "标题 title", "报告 reported", "响应分钟 minutes", "限 limit"),
        [
            (
                each["id"], each["grade"], each["state"], each["system"], each["title"], each["reported_at"],
                f"{each['waited_minutes']} {'✓' if each['in_time'] else '✗'}" if each["waited_minutes"] is not None else "",
                each["response_minutes"],
            )
            for each in found
        ],
    )  # fmt: skip


def _when(at: str | None) -> int:
    """A time of UTC+8 as µs; now without one. Raises typer.BadParameter."""
    from datetime import datetime

    from hub.clock import SHANGHAI, now_us, to_us

    if at is None:
        return now_us()
    try:
        found = datetime.fromisoformat(at)
    except ValueError as error:
        raise typer.BadParameter(f"写作 2026-11-20T09:30 · write 2026-11-20T09:30: {at}") from error
    return to_us(found if found.tzinfo else found.replace(tzinfo=SHANGHAI))


def _done(number: int, zh: str, en: str, *, as_json: bool) -> None:
    found: dict[str, Any] = {"incident": number}
    if as_json:
        print_json(found)
        return
    say(f"故障 {number} {zh} · fault {number} {en}")
