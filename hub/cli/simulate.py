"""`suphub simulate`: life-like packages with planted violations, a registration for them, and the truth beside them."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from hub.cli.output import complain, print_json, print_table, say
from hub.clock import local_day, now_us
from hub.simulate import OptionError, Options, Summary, simulate
from hub.simulate.codes import CROSSWALKS
from hub.simulate.registration import connection
from hub.simulate.world import DELIVERIES, DIALECTS, ENCODINGS

KINDS = {
    "ordinary": "普通办件 / ordinary cases",
    "times": "时限情形 / planted times",
    "defects": "办件差错 / case defects",
    "warnings": "内容提示 / warnings",
    "exchange": "重复、版本、作废 / repeats, versions, withdrawals",
    "attachments": "附件 / attachments",
    "answers": "答复、补正、延长 / answers, corrections, extensions",
    "items": "事项承诺、环节时限 / promises of items, limits of their flows",
    "steps": "环节时限 / steps with a limit",
    "evaluations": "评价 / evaluations",
    "results": "办理结果公开 / results made public",
    "fabricated": "编造的月份 / a fabricated month",
    "packages": "报文包形态与差错 / package forms and defects",
}

STATES = {
    "current": "已成件 / complete",
    "pending": "待补 / pending",
    "deleted": "已作废 / withdrawn",
}


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("simulate")(command)


def command(
    cases: Annotated[int, typer.Option(help="办件数 · number of case life-cycles")],
    out: Annotated[Path, typer.Option(help="输出目录 · folder to write to")],
    seed: Annotated[int, typer.Option(help="种子 · seed: the same seed gives the same bytes")] = 1,
    today: Annotated[str | None, typer.Option(help="判定日 · day of judgement, YYYY-MM-DD")] = None,
    code: Annotated[str, typer.Option(help="系统编码 · code of the simulated system")] = "land-bureau",
    codes: Annotated[str, typer.Option(help="代码对照 · " + ", ".join(CROSSWALKS))] = "canonical",
    encoding: Annotated[str, typer.Option(help="字符集 · " + ", ".join(ENCODINGS))] = "utf-8",
    package_size: Annotated[int | None, typer.Option(help="每包办件数 · cases in each package")] = None,
    clean: Annotated[bool, typer.Option("--clean", help="不植入差错 · plant nothing")] = False,
    lawful: Annotated[
        bool,
        typer.Option(
            "--lawful",
            help="同 --clean,且每件守规,不应有牌 · as --clean, and every case keeps every rule: no card",
        ),
    ] = False,
    dialect: Annotated[str, typer.Option(help="方言 · dialect: " + ", ".join(DIALECTS))] = "canonical",
    schema: Annotated[
        str, typer.Option(help="报文版本，1.1 含评价 · version of the message; 1.1 has evaluations")
    ] = "1.0",
    deliver: Annotated[
        str, typer.Option(help="环节报文的送法 · how stage messages are delivered: " + ", ".join(DELIVERIES))
    ] = "directory",
    database_url: Annotated[
        str | None,
        typer.Option(help="交换库地址,缺省 DIR/exchange.db · address of the exchange database"),
    ] = None,
    fabricate: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RULE",
            help="在最近结束的月份编造数据 · fabricate in the latest ended month: X1 … X12, repeatable",
        ),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="以 JSON 输出摘要 · print the summary as JSON")
    ] = False,
) -> None:
    """模拟一个部门:写出报文包、登记和预期结果 · Simulate a department: packages, registration and truth."""
    try:
        options = Options(
            cases=cases,
            out=out,
            today=_day(today),
            seed=seed,
            code=code,
            codes=codes,
            encoding=encoding.lower(),
            package_size=package_size,
            clean=clean,
            lawful=lawful,
            dialect=dialect,
            deliver=deliver,
            schema=schema,
            database_url=database_url,
            fabricate=tuple(fabricate or ()),
        )
    except OptionError as error:
        complain(f"{error.option}:{error.zh}\n{error.option}: {error.en}")
        sys.exit(2)
    summary = simulate(options)
    if json:
        print_json(_as_data(summary))
    else:
        _show(options, summary)


def _day(text: str | None) -> date:
    """The day given, else the present one in Shanghai; the truth names it."""
    if text is None:
        return local_day(now_us())
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise OptionError(
            "--today",
            f"{text!r} 不是日期;写成 2026-12-01",
            f"{text!r} is not a date; write it as 2026-12-01",
        ) from error


def _as_data(summary: Summary) -> dict[str, object]:
    return {
        "today": summary.today,
        "system": summary.system,
        "files": summary.files,
        "packages": summary.packages,
        "refused": summary.refused,
        "pieces": summary.pieces,
        "cases": dict(summary.cases),
        "outcomes": dict(summary.outcomes),
        "codes": dict(summary.codes),
        "cards": dict(summary.cards),
        "planted": {kind: dict(names) for kind, names in summary.planted.items()},
    }


def _show(options: Options, summary: Summary) -> None:
    say(
        f"模拟系统 {summary.system},截至 {summary.today} / simulated system, as of {summary.today}: {options.out}"
    )
    rows = [
        ("文件 / files", summary.files),
        ("报文包 / packages", summary.packages),
        ("整包拒收 / packages to be refused", summary.refused),
    ]
    if options.dialect != "canonical":
        rows.append(("行或环节报文 / rows or stage messages", summary.pieces))
    print_table("写出 / written", ("", "数量/count"), rows)
    if summary.cases:
        states = [(STATES[state], count) for state, count in sorted(summary.cases.items())]
        print_table("预期办件 / expected cases", ("", "数量/count"), states)
    print_table("预期结果 / expected outcomes", ("", "数量/count"), summary.outcomes.most_common())
    print_table("预期错误代码 / expected error codes", ("", "数量/count"), summary.codes.most_common())
    print_table("预期发牌 / expected cards", ("", "数量/count"), sorted(summary.cards.items()))
    columns = ("", "种类/kinds", "数量/count")
    print_table("植入 / planted", columns, _planted(summary.planted))
    if options.dialect != "canonical":
        say(f"先导入 / import first: suphub item import {options.out / 'catalogue.yaml'}")
    if options.dialect == "national-exchange-db":
        variable = f"AIRFLOW_CONN_{connection(options).upper()}"
        shown = options.database_url or f"sqlite://{(options.out / 'exchange.db').absolute()}"
        say(f"连接 / connection: {variable}={shown if options.database_url is None else '…'}")


def _planted(planted: dict[str, Counter[str]]) -> Iterator[tuple[str, int, int]]:
    for kind, title in KINDS.items():
        if kind in planted:
            yield title, len(planted[kind]), planted[kind].total()
