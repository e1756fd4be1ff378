"""`suphub letter list|show|issue|preview|due`: the letters that were written, and those that are to be."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.files import put
from hub.cli.options import Json
from hub.cli.output import print_json, print_table, say

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from hub.letters.issue import Wanted

letter = typer.Typer(help="文书 · letters: 通知书, 建议书, 决定书, 登记表, 通知单", no_args_is_help=True)
Day = Annotated[str | None, typer.Option("--today", help="成文日期 · date of the letter, YYYY-MM-DD")]
Kind = Annotated[str, typer.Argument(help="种类,如 inquiry、suggestion · kind, as inquiry, suggestion")]
Card = Annotated[int | None, typer.Option("--card", help="牌号 · number of the card")]
Order = Annotated[int | None, typer.Option("--order", help="督办单号 · number of the order")]
Former = Annotated[int | None, typer.Option("--letter", help="被更正的文书编号 · the letter to correct")]
Set = Annotated[
    list[str] | None, typer.Option("--set", help="字段=内容,可多次 · field=text, as often as needed")
]
To = Annotated[str | None, typer.Option("--org", help="主送机构的代码 · USCC of the addressee")]
Key = Annotated[
    str | None,
    typer.Option("--key", help="同一 key 即同一文书;不写则由内容决定 · the same key is the same letter"),
]


def add_to(app: typer.Typer) -> None:
    """Add the family to the command tree."""
    app.add_typer(letter, name="letter")


@letter.command("list")
def list_all(
    kind: Annotated[str | None, typer.Option(help="种类 · kind")] = None,
    system: Annotated[str | None, typer.Option(help="登记代码 · code of the registration")] = None,
    card: Card = None,
    as_json: Json = False,
) -> None:
    """列出文书 · list letters, oldest first."""
    from hub import wiring
    from hub.central.engine import reading
    from hub.letters.kinds import kind_of
    from hub.letters.listing import list_letters

    if kind is not None:
        kind_of(kind)
    with reading(wiring.engine()) as connection:
        found = list_letters(connection, kind=kind, system=system, card_id=card)
    if as_json:
        print_json(found)
        return
    columns = (
        "文书 letter",
        "文号 reference",
        "名称 title",
        "牌 card",
        "主送 to",
        "日期 date",
        "反馈 answer by",
    )
    rows = [
        (each["letter_id"], each["reference"], each["title"], each["card_id"], each["org_name"], each["issued_on"],
         each["answer_due_on"])
        for each in found
    ]  # fmt: skip
    print_table(f"{len(found)} 份文书 · letters", columns, rows)


@letter.command("show")
def show(
    letter_id: Annotated[int, typer.Argument(metavar="ID")],
    pdf: Annotated[Path | None, typer.Option(help="把 PDF 写到此文件 · write the PDF to this file")] = None,
    docx: Annotated[
        Path | None, typer.Option(help="把 DOCX 写到此文件 · write the DOCX to this file")
    ] = None,
    as_json: Json = False,
) -> None:
    """一份文书:内容、摘要;--pdf、--docx 取出存档的字节 · one letter; its stored bytes with --pdf and --docx."""
    from hub import wiring
    from hub.central.engine import reading
    from hub.letters.listing import show_letter

    with reading(wiring.engine()) as connection:
        found = show_letter(connection, letter_id)
    for name, path in (("pdf", pdf), ("docx", docx)):
        if path is not None:
            with wiring.raw_store().open(found[name]) as stream:
                put(path, stream.read())
    _print(found, as_json)


@letter.command("issue")
def issue(
    kind: Kind,
    card: Card = None,
    order: Order = None,
    former: Former = None,
    given: Set = None,
    org: To = None,
    key: Key = None,
    by: Annotated[str, typer.Option("--by", help="签发人 · who issues it")] = "cli",
    today: Day = None,
    as_json: Json = False,
) -> None:
    """发出一份文书:编号、存档、记日志;同一事由再发即原件 · write a letter: numbered, kept, in the log; asked again, the same."""
    from hub.wiring.letters import show_one, write

    written = write(_maker(kind, card, order, former, given or [], org, key, by), _day(today))
    assert written is not None
    _print(show_one(written["letter_id"]), as_json)


@letter.command("preview")
def preview(
    kind: Kind,
    out: Annotated[Path, typer.Option("--out", help="写到此 PDF 文件 · the PDF to write")],
    card: Card = None,
    order: Order = None,
    former: Former = None,
    given: Set = None,
    org: To = None,
    docx: Annotated[Path | None, typer.Option(help="另写 DOCX · also a DOCX")] = None,
    today: Day = None,
) -> None:
    """预览:不编号、不存档,页眉标明 · how a letter would look: no number, nothing kept, marked as a preview."""
    from hub.wiring.letters import show_preview

    made = show_preview(_maker(kind, card, order, former, given or [], org, None, "preview"), _day(today))
    put(out, made["pdf"])
    if docx is not None:
        put(docx, made["docx"])
    say(f"已写 · written: {out}")


@letter.command("due")
def due(today: Day = None, as_json: Json = False) -> None:
    """发出到期的文书:已发的黄牌、红牌,督办,更正;可重复执行 · write every letter that is due; again: nothing more."""
    from hub.letters.kinds import KINDS
    from hub.wiring.letters import NO_ADDRESSEE, issue_due, said_of_missing

    done = issue_due(_day(today))
    if as_json:
        print_json(done)
        return
    missing = done.pop(NO_ADDRESSEE, 0)
    say("; ".join(f"{KINDS[kind].zh} {kind}: {number}" for kind, number in done.items()) or "没有 · none due")
    if missing:
        say(said_of_missing(missing))


def _maker(
    kind: str,
    card: int | None,
    order: int | None,
    former: int | None,
    given: list[str],
    org: str | None,
    key: str | None,
    by: str,
) -> Any:
    """What writes down, within the transaction, which letter is wanted."""
    from hub.wiring.letters import wanted

    fields = {}
    for each in given:
        name, sign, text = each.partition("=")
        if not sign:
            raise typer.BadParameter(f"{each!r}: 写成 字段=内容 · write field=text", param_hint="--set")
        fields[name.strip()] = text

    def make(connection: Connection) -> Wanted:
        return wanted(
            connection, kind, card=card, order=order, former=former, fields=fields, org=org, key=key, by=by
        )

    return make


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r}: YYYY-MM-DD", param_hint="--today") from error


def _print(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    say(f"{found['title']}  {found['reference']}  {found['issued_on']}")
    say(f"主送 · to       {found['org_name'] or '-'}  {found['org_uscc'] or ''}")
    say(f"牌 · card       {found['card_id'] or '-'}  更正 corrects {found['follows'] or '-'}")
    say(f"反馈 · answer   {found['answer_due_on'] or '-'}")
    say(f"签发 · by       {found['issued_by']}  {found['issued_at']}")
    say(f"PDF {found['pdf']}\nDOCX {found['docx']}")
