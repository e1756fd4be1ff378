"""`suphub complaint list|show|import|export|figures`: complaints, their terms, and their exchange with hotlines."""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from hub.cli import complaint_actions
from hub.cli.complaint_actions import By, Number, Role
from hub.cli.complaints_print import HEADS, print_list, print_one
from hub.cli.files import put
from hub.cli.options import Json, who
from hub.cli.output import complain, print_json, print_table, say

complaint = typer.Typer(help="投诉 · complaints", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add the family to the command tree."""
    complaint_actions.add_to(complaint)
    app.add_typer(complaint, name="complaint")


Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="登记日 · day of registration")]


@complaint.command("list")
def list_all(
    state: Annotated[str | None, typer.Option(help="登记 受理 转办 …")] = None,
    channel: Annotated[str | None, typer.Option(help="来电 来函 来访 网络 热线")] = None,
    topic: Annotated[str | None, typer.Option(help="投诉类别 · topic")] = None,
    organization: Annotated[
        str | None,
        typer.Option(help="被投诉、承办或当前责任单位的代码或名称 · code or name of an organisation"),
    ] = None,
    case: Annotated[str | None, typer.Option(metavar="SYSTEM/NO", help="关联办件 · linked case")] = None,
    since: Day = None,
    until: Day = None,
    only_open: Annotated[bool, typer.Option("--open", help="未结的 · open ones")] = False,
    overdue: Annotated[bool, typer.Option("--overdue", help="逾期的 · past a term")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="最多几件 · at most so many")] = None,
    as_json: Json = False,
) -> None:
    """列出投诉;投诉人已遮盖 · list complaints; the complainant is masked."""
    from hub import wiring
    from hub.central.engine import reading
    from hub.clock import local_day, now_us
    from hub.complaints.listing import Wanted, list_complaints

    link = None if case is None else ("case", case)
    wanted = Wanted(
        state, channel, topic, organization, link, *_span(since, until), open=only_open, overdue=overdue
    )
    with reading(wiring.engine()) as connection:
        found = list_complaints(connection, local_day(now_us()), wanted, limit=limit)
    if as_json:
        print_json(found)
        return
    print_list(found)


@complaint.command("show")
def show(
    number: Number,
    unmask: Annotated[
        bool, typer.Option("--unmask", help="显示投诉人,记入日志 · show the complainant; entered in the log")
    ] = False,
    reason: Annotated[str, typer.Option(help="查看原因 · why the complainant's data are needed")] = "",
    by: By = "",
    role: Role = "department",
    as_json: Json = False,
) -> None:
    """一件投诉:期限、经过、关联、可办的下一步 · one complaint: terms, what happened, links, what may be done now."""
    from hub.wiring import complaints as wired

    seen = {"by": who(by), "role": role, "why": reason}
    found = wired.show_unmasked(number, **seen) if unmask else wired.show(number)
    if as_json:
        print_json(found)
        return
    print_one(found)


@complaint.command("form")
def form(
    number: Number,
    reason: Annotated[str, typer.Option(help="打印原因,记入日志 · why it is printed; entered in the log")],
    out: Annotated[Path, typer.Option(help="写入的 PDF 文件 · the PDF to write")],
    by: By = "",
    role: Role = "supervisor",
    as_json: Json = False,
) -> None:
    """打印效能投诉受理登记表,载明投诉人,编号存档 · print the registration form, which names the complainant: numbered and kept."""
    from hub import wiring
    from hub.wiring import complaints as wired

    written = wired.form(number, by=who(by), role=role, why=reason)
    with wiring.raw_store().open(written["pdf"]) as stream:
        put(out, stream.read())
    if as_json:
        print_json(
            {
                "complaint": number,
                "letter": written["letter_id"],
                "reference": written["reference"],
                "pdf": written["pdf"],
            }
        )
        return
    say(f"{written['reference']} → {out}")


@complaint.command("letter")
def letter(
    number: Number,
    step: Annotated[
        str,
        typer.Argument(help="accept refuse clarify extend feedback reopen transfer report: 步骤 · the step"),
    ],
    out: Annotated[Path, typer.Option(help="写入的 PDF 文件 · the PDF to write")],
    reason: Annotated[
        str,
        typer.Option(
            help="给投诉人的文书写明原因,记入日志 · why, for what names the complainant; entered in the log"
        ),
    ] = "",
    docx: Annotated[Path | None, typer.Option(help="另写 DOCX · also a DOCX")] = None,
    by: By = "",
    role: Role = "supervisor",
    as_json: Json = False,
) -> None:
    """写出一步的文书:告知书、转办函、答复书、专报,编号存档 · the letter of a step: numbered, kept, in the log."""
    from hub import wiring
    from hub.wiring import complaint_letters

    written = complaint_letters.write(number, step, by=who(by), role=role, why=reason)
    for name, path in (("pdf", out), ("docx", docx)):
        if path is not None:
            with wiring.raw_store().open(written[name]) as stream:
                put(path, stream.read())
    if as_json:
        names = ("letter_id", "reference", "title", "pdf", "docx")
        print_json({"complaint": number, "step": step, **{name: written[name] for name in names}})
        return
    say(f"{written['title']} {written['reference']} → {out}")


@complaint.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="热线文件 .csv 或 .json · the hotline's file")],
    by: By = "",
    as_json: Json = False,
) -> None:
    """导入热线转来的投诉,按热线编号不重复 · take what a hotline sent, each of its numbers once; 1: some rows were not taken."""
    from hub.complaints.hotline import KINDS, LARGEST
    from hub.wiring import complaints as wired

    kind = file.suffix.lower().lstrip(".")
    if kind not in KINDS or not file.is_file():
        raise typer.BadParameter(
            f"没有此文件,或不是 .csv、.json · no such file, or not .csv or .json: {file}"
        )
    with file.open("rb") as source:
        content = source.read(LARGEST + 1)
    done = wired.import_file(content, kind, by=who(by))
    if as_json:
        print_json(done.as_dict())
    else:
        say(
            f"登记 {len(done.registered)},已有 {done.known} · registered {len(done.registered)}, known {done.known}"
        )
        for each in done.changed:
            complain(
                f"第 {each['line']} 行 {each['hotline_no']} 与已登记的投诉 {each['complaint']} 内容不同,未改动 · "
                "differs from what is registered; nothing was changed"
            )
        for each in done.refused:
            complain(f"第 {each['line']} 行 {each['hotline_no']} {each['code']}: {each['zh']} · {each['en']}")
    if done.refused or done.changed:
        sys.exit(1)


@complaint.command("export")
def export_file(
    hotline: Annotated[str, typer.Argument(help="热线 · hotline, such as 12345")],
    out: Annotated[Path | None, typer.Option(help="写入的 CSV 文件 · CSV file to write")] = None,
    by: By = "",
    as_json: Json = False,
) -> None:
    """向热线反馈办理情况,不含个人信息 · tell a hotline what became of its complaints, without personal data."""
    from hub.complaints.hotline import as_csv
    from hub.wiring import complaints as wired

    if (out is None) == (not as_json):
        raise typer.BadParameter("写明 --out 文件或 --json · give either --out or --json")
    found = wired.export(hotline, by=who(by))
    if out is None:
        print_json(found)
        return
    put(out, as_csv(found).encode("utf-8"))
    say(f"{len(found)} 件 · complaints → {out}")


@complaint.command("figures")
def figures(
    by: Annotated[str, typer.Option(help="organization, month, channel, topic, region")] = "organization",
    since: Day = None,
    until: Day = None,
    key: Annotated[
        str | None,
        typer.Option("--list", metavar="KEY", help="某一值背后的投诉 · the complaints behind one value"),
    ] = None,
    figure: Annotated[
        str, typer.Option(help="complaints, answered, decided, ended, overdue …")
    ] = "complaints",
    as_json: Json = False,
) -> None:
    """投诉统计:件数、逾期、平均首次答复时间;--list 给出背后的投诉 · figures, and the complaints behind each."""
    from hub import wiring
    from hub.central.engine import reading
    from hub.clock import local_day, now_us
    from hub.complaints import figures as counted
    from hub.complaints.listing import Wanted, list_complaints

    span = counted.Span(*_span(since, until))
    with reading(wiring.engine()) as connection:
        if key is not None:
            numbers = counted.behind(connection, by, key, figure, span)
            rows = list_complaints(connection, local_day(now_us()), Wanted(behind=numbers))
        else:
            rows = counted.figures(connection, by, span)
    if as_json:
        print_json(rows)
    elif key is not None:
        print_list(rows)
    else:
        names = ["key", "name", *counted.FIGURES, "mean_answer_hours"]
        heads = [f"{HEADS[name]} {name}" if name in HEADS else name for name in names]
        print_table(f"投诉统计 · by {by}", heads, [[row[name] for name in names] for row in rows])


def _span(since: datetime | None, until: datetime | None) -> tuple[int | None, int | None]:
    """Days as instants: from the begin of the first through the end of the last."""
    from hub.clock import DAY_US, start_of

    return (
        None if since is None else start_of(_day(since)),
        None if until is None else start_of(_day(until)) + DAY_US,
    )


def _day(given: datetime) -> date:
    return given.date()
