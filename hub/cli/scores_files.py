"""`suphub score export` and `suphub score report`: boards, lists and run reports as CSV, XLSX and PDF."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.files import special
from hub.cli.options import Json
from hub.cli.output import print_json, print_table, say
from hub.cli.scores_options import Days, Live, Month, Quarter, Version, Year, period_of
from hub.errors import Place, StopError


def add_to(score: typer.Typer) -> None:
    """Add the commands to the family."""
    score.command("export")(export)
    score.command("report")(report)


def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=".csv .xlsx .pdf")],
    indicator: Annotated[
        str | None,
        typer.Option(
            "--list", metavar="INDICATOR", help="改为导出该指标背后的清单 · the list behind it instead"
        ),
    ] = None,
    part: Annotated[str, typer.Option("--part", help="numerator、denominator、not_judged")] = "denominator",
    by: Annotated[
        str | None, typer.Option("--by", help="维度，与 --key 同用 · a dimension, with --key")
    ] = None,
    key: Annotated[str | None, typer.Option("--key", help="维度的值 · its value")] = None,
    table: Annotated[
        str | None, typer.Option("--table", help="CSV 写哪张表 · which table a CSV holds")
    ] = None,
    live: Live = False,
    version: Version = None,
    month: Month = None,
    quarter: Quarter = None,
    year: Year = None,
    days: Days = None,
) -> None:
    """导出指标、得分和图表，或一项指标的清单 · a board with its charts, or the list behind a figure, as a file."""
    from hub.scores.report import board_document
    from hub.wiring import score_lists, scores

    period = period_of(month, quarter, year, days)
    if indicator is None:
        document = board_document(scores.show(period, live=live, version=version))
    else:
        found = score_lists.behind(indicator, period, part, by=by, key=key, live=live, version=version)
        document = scores.list_document(indicator, period, part, found)
    _write(file, scores.written(document, file.suffix.lower(), table))


def report(
    by: Annotated[
        str, typer.Option("--by", help="county 县区, organization 部门, town 乡镇, city, province, region")
    ] = "county",
    file: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="写成 .csv .xlsx .pdf · write a file")
    ] = None,
    table: Annotated[
        str | None, typer.Option("--table", help="CSV 写哪张表 · which table a CSV holds")
    ] = None,
    month: Month = None,
    quarter: Quarter = None,
    year: Year = None,
    days: Days = None,
    as_json: Json = False,
) -> None:
    """运行服务报告：办件量、故障、响应、满意率、投诉 · the run report per county, department or town."""
    from hub.scores.service import service_document
    from hub.wiring import scores

    found = scores.service(period_of(month, quarter, year, days), by)
    if as_json:
        print_json(found)
        return
    document = service_document(found["period"], found["as_of"], by, found["rows"])
    if file is not None:
        _write(file, scores.written(document, file.suffix.lower(), table))
        return
    for section in document.sections:
        if section.header:
            print_table(section.title, section.header, section.rows)


def _write(file: Path, data: bytes) -> None:
    """By way of a file beside it, so that nobody ever reads half of one. Raises StopError SCORE_FILE."""
    part = file if special(file) else file.with_name(f".{file.name}.part")
    try:
        part.write_bytes(data)
        if part != file:
            part.replace(file)
    except OSError as error:
        raise StopError(
            "SCORE_FILE",
            zh=f"不能写入 {file}：{error.strerror}",
            en=f"{file} cannot be written: {error.strerror}",
            remedy_zh="检查文件夹是否存在、可写，磁盘是否有空间",
            remedy_en="Check that the folder is there and may be written, and that the disk has room",
            place=Place(file=str(file)),
        ) from error
    say(f"已写入 · written: {file} ({len(data)} B)")
