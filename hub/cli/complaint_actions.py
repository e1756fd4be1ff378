"""`suphub complaint register` and every step after it: accept, refuse, transfer, decide and the others of the table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.options import Json, who
from hub.cli.output import print_json, say

if TYPE_CHECKING:
    from hub.complaints.shapes import Given

Number = Annotated[int, typer.Argument(metavar="NUMBER", help="投诉编号 · the complaint's number")]
By = Annotated[str, typer.Option("--by", help="经办人,默认系统用户 · who; default: the user of this machine")]
Role = Annotated[str, typer.Option("--role", help="supervisor 监察, department 部门")]
At = Annotated[
    str | None,
    typer.Option(
        "--at", metavar="TIME", help="发生时间,如 2026-11-20T09:30,默认现在 · when it happened; default: now"
    ),
]
Version = Annotated[
    int | None, typer.Option("--if-version", help="只在仍是这一版时办理 · only if it is still this version")
]
Text = Annotated[
    str | None, typer.Option("--text", help="文字:理由、意见、决定、答复 · reason, opinion, decision, answer")
]
Explain = Annotated[str | None, typer.Option("--explain", help="延误原因 · why a term was missed")]


def add_to(family: typer.Typer) -> None:
    """Add the commands to the family."""
    family.command("register")(register)
    for name, command in _SIMPLE.items():
        family.command(name)(command)
    for name, other in (
        ("accept", accept),
        ("extend", extend),
        ("transfer", transfer),
        ("link", link),
        ("card", card),
    ):
        family.command(name)(other)


def register(
    channel: Annotated[str, typer.Option(help="来电 来函 来访 网络")],
    topic: Annotated[
        str, typer.Option(help="服务态度 超时办理 违规收费 程序违规 不作为 乱作为 廉洁自律 其他")
    ],
    title: Annotated[str, typer.Option(help="事由 · in a few words")],
    text: Annotated[str, typer.Option("--text", help="内容 · what is complained of")],
    organization: Annotated[
        str | None, typer.Option(help="被投诉单位代码 · USCC of whom it is about")
    ] = None,
    organization_name: Annotated[str | None, typer.Option(help="被投诉单位名称 · its name")] = None,
    host: Annotated[str | None, typer.Option(help="受理机关代码 · USCC of who accepts it")] = None,
    host_name: Annotated[str | None, typer.Option(help="受理机关名称 · its name")] = None,
    name: Annotated[
        str | None, typer.Option(help="投诉人 · complainant; without all of them: anonymous")
    ] = None,
    phone: Annotated[str | None, typer.Option(help="电话 · telephone")] = None,
    id_no: Annotated[str | None, typer.Option(help="证件号码 · identity number")] = None,
    email: Annotated[str | None, typer.Option(help="电子邮箱 · e-mail")] = None,
    address: Annotated[str | None, typer.Option(help="住址 · address")] = None,
    people: Annotated[int, typer.Option(min=1, help="人数 · complainants")] = 1,
    major: Annotated[bool, typer.Option("--major", help="重大投诉 · a major one")] = False,
    region: Annotated[str | None, typer.Option(help="行政区划,定日历 · region, for the calendar")] = None,
    case: Annotated[
        list[str] | None, typer.Option(metavar="SYSTEM/NO", help="关联办件 · linked case")
    ] = None,
    item: Annotated[list[str] | None, typer.Option(help="关联事项 · linked item")] = None,
    by: By = "",
    at: At = None,
    as_json: Json = False,
) -> None:
    """登记投诉;群体性或重大的自动上报 · register a complaint; a group's or a major one is reported upward."""
    from hub.complaints.shapes import New, Organisation, Person
    from hub.wiring import complaints as wired

    linked = [("case", each) for each in case or ()] + [("item", each) for each in item or ()]
    new = New(
        channel, topic, title, text, Organisation(organization, organization_name), Person(name, id_no, phone, email, address),
        Organisation(host, host_name), region, people, major, links=tuple(linked), at=_instant(at),
    )  # fmt: skip
    _done(wired.register(new, by=who(by)), as_json)


def accept(
    number: Number,
    handler: Annotated[str | None, typer.Option(help="承办人 · who handles it; default: who accepts")] = None,
    text: Text = None,
    explain: Explain = None,
    by: By = "",
    at: At = None,
    if_version: Version = None,
    as_json: Json = False,
) -> None:
    """受理,由本单位办理 · accept a complaint, to be handled by oneself."""
    _act(
        number,
        "accept",
        as_json,
        by=by,
        words=text,
        explanation=explain,
        at=at,
        if_version=if_version,
        handler=handler,
    )


def extend(
    number: Number,
    to: Annotated[
        int,
        typer.Option(
            "--to", metavar="DAYS", help="延到受理后第几个工作日 · to which working day after acceptance"
        ),
    ],
    approver: Annotated[str, typer.Option(help="批准人,须为他人 · who approved it, somebody else")],
    text: Text = None,
    by: By = "",
    at: At = None,
    if_version: Version = None,
    as_json: Json = False,
) -> None:
    """复杂的延期,须经批准,期限届满前一次 · extend a complex one, with approval, once and before its term is over."""
    _act(
        number, "extend", as_json, by=by, words=text, at=at, if_version=if_version, days=to, approver=approver
    )


def transfer(
    number: Number,
    organization: Annotated[
        str | None, typer.Option(help="承办单位代码 · USCC of who is to handle it")
    ] = None,
    organization_name: Annotated[str | None, typer.Option(help="承办单位名称 · its name")] = None,
    text: Text = None,
    explain: Explain = None,
    by: By = "",
    at: At = None,
    if_version: Version = None,
    as_json: Json = False,
) -> None:
    """转承办单位 · transfer to the organisation that is to handle it."""
    from hub.complaints.shapes import Organisation

    to = Organisation(organization, organization_name)
    _act(
        number,
        "transfer",
        as_json,
        by=by,
        words=text,
        explanation=explain,
        at=at,
        if_version=if_version,
        organization=to,
    )


def link(
    number: Number,
    case: Annotated[str | None, typer.Option(metavar="SYSTEM/NO", help="办件 · case")] = None,
    item: Annotated[str | None, typer.Option(help="事项 · item")] = None,
    organization: Annotated[str | None, typer.Option(help="机构 · organisation")] = None,
    card: Annotated[int | None, typer.Option(help="牌 · card")] = None,
    by: By = "",
    if_version: Version = None,
    as_json: Json = False,
) -> None:
    """关联一个办件、事项、机构或牌 · link one case, item, organisation or card."""
    given = {
        "case": case,
        "item": item,
        "organization": organization,
        "card": None if card is None else str(card),
    }
    chosen = [(kind, target) for kind, target in given.items() if target]
    if len(chosen) != 1:
        raise typer.BadParameter(
            "写明一个 --case、--item、--organization 或 --card · give exactly one of them"
        )
    _act(number, "link", as_json, by=by, if_version=if_version, link=chosen[0])


def card(
    number: Number,
    level: Annotated[int, typer.Option(min=1, max=3, help="1 预警 2 黄牌 3 红牌 · warning, yellow, red")],
    reason: Annotated[str, typer.Option(help="发牌理由 · why")],
    basis: Annotated[str, typer.Option(help="监察依据 · basis in law")],
    case: Annotated[
        str | None,
        typer.Option(
            metavar="SYSTEM/NO", help="就哪个办件;默认关联的办件,没有则就被投诉单位 · about which case"
        ),
    ] = None,
    by: By = "",
    as_json: Json = False,
) -> None:
    """由投诉人工发牌并关联;牌中没有投诉人 · issue a card because of a complaint, and link it; it does not tell who complained."""
    from hub.wiring import complaints as wired

    wired.card(number, level=level, reason=reason, basis=basis, by=who(by), case=case)
    _done(number, as_json)


def _simple(action: str, told: str) -> Any:
    """A command that needs a text at most."""

    def command(
        number: Number,
        text: Text = None,
        explain: Explain = None,
        by: By = "",
        role: Role = "supervisor",
        at: At = None,
        if_version: Version = None,
        as_json: Json = False,
    ) -> None:
        _act(
            number,
            action,
            as_json,
            by=by,
            role=role,
            words=text,
            explanation=explain,
            at=at,
            if_version=if_version,
        )

    command.__doc__ = told
    return command


_SIMPLE = {
    action: _simple(action, told)
    for action, told in {
        "clarify": "告知投诉人哪里不清楚 · tell the complainant what is unclear.",
        "supplement": "投诉人已说明 · the complainant has made it clear.",
        "refuse": "不予受理,说明理由 · refuse, with the reason.",
        "opinion": "承办单位的意见 · the handling organisation's opinion (--role department, or entered by the supervisor).",
        "agree": "同意承办意见 · agree to the opinion.",
        "disagree": "退回承办单位重办 · send the opinion back.",
        "decide": "作出决定 · decide; of a transferred one only once the opinion is agreed.",
        "feedback": "向投诉人反馈 · answer the complainant.",
        "close": "办结 · close.",
        "reopen": "复查 · re-investigate: terms begin anew.",
        "report": "上报 · report upward.",
        "explain": "说明延误原因 · explain a delay.",
        "withdraw": "投诉人撤回 · withdrawn by the complainant.",
    }.items()
}


def _act(number: int, action: str, as_json: bool, *, by: str, **given: Any) -> None:
    from hub.wiring import complaints as wired

    wired.act(number, action, _given(by=who(by), **given))
    _done(number, as_json)


def _given(*, at: str | None = None, **others: Any) -> Given:
    from hub.complaints.shapes import Given

    return Given(at=_instant(at), **{name: value for name, value in others.items() if value is not None})


def _instant(at: str | None) -> int | None:
    from hub.complaints.hotline import instant

    if at is None:
        return None
    try:
        return instant(at)
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(
            f"写作 2026-11-20T09:30 · write 2026-11-20T09:30: {at}", param_hint="--at"
        ) from error


def _done(number: int, as_json: bool) -> None:
    from hub.wiring import complaints as wired

    found = wired.show(number)
    if as_json:
        print_json(found)
        return
    say(
        f"投诉 {number}:{found['state']},第 {found['version']} 版;可办 · complaint, now possible: {', '.join(found['possible'])}"
    )
