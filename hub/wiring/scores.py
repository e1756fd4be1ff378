"""Performance fitted together: which systems deliver what, which months are published, and the log that publishing writes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection

from hub import wiring
from hub.central.engine import reading, writing
from hub.clock import iso, local_day, now_us, start_of
from hub.errors import Place, StopError
from hub.ledger import chain
from hub.scores import drafts, lists, publishing
from hub.scores.board import Board, Scores, board, month_scores
from hub.scores.library import find
from hub.scores.parameters import Parameters, current
from hub.scores.period import DAYS, MONTH, QUARTER, YEAR, Period, month_of
from hub.scores.report import Document, Section
from hub.scores.scoring import Score
from hub.scores.service import service_report
from hub.scores.working import Working, working
from mappings.dialect import delivered, load_dialect


def now() -> int:
    """The instant up to which is judged: now, or the end of SUPHUB_TODAY in demonstrations."""
    today = wiring.settings().today
    return now_us() if not today else start_of(date.fromisoformat(today) + timedelta(days=1))


def this_month() -> Period:
    """The month of today."""
    day = local_day(now() - 1)
    return month_of(day.year, day.month)


def show(
    period: Period, *, live: bool = False, version: int | None = None, draft: bool = False
) -> dict[str, Any]:
    """The board of a period: as published (the newest version, or the one asked for), else, or if `live`, worked out now.

    With `draft` as it was worked out to be published. Raises StopError SCORE_NOT_PUBLISHED for a version that there is
    not, SCORE_NO_DRAFT, SCORE_FUTURE.
    """
    if draft:
        return _draft(period)
    if not live:
        with reading(wiring.engine()) as connection:
            row = publishing.latest(connection, period.name, version)
            if row is not None:
                return publishing.shown(connection, row)
        if version is not None:
            raise no_version(period, version)
    with boarded(period) as (_, found):
        return {**found.as_dict(), "published": None}


def publish(period: Period, *, by: str, reason: str | None = None) -> dict[str, Any]:
    """Publish a period, with `reason` anew. A quarter or year needs its months published. Raises StopError SCORE_…"""
    with reading(wiring.engine()) as connection:
        publishing.check(connection, period, now=now(), reason=reason)
        waiting = [
            month.name
            for month in period.months()
            if period.kind != MONTH and publishing.latest(connection, month.name) is None
        ]
    if waiting:
        raise StopError(
            "SCORE_MONTHS",
            zh=f"{period.name} 由各月平均，尚未公布的月份：{'、'.join(waiting)}",
            en=f"{period.name} is the mean of its months; not published yet: {', '.join(waiting)}",
            remedy_zh="先用 suphub score publish --month 公布这些月份",
            remedy_en="Publish those first: suphub score publish --month",
            place=Place(field="period"),
        )
    with boarded(period) as (each, found):
        kept = lists.keep(each, wiring.raw_store())
    with writing(wiring.engine()) as connection:
        return publishing.publish(
            connection, found, by=by, at=now_us(), now=now(), log=to_log, reason=reason, kept=kept
        )


def service(period: Period, by: str) -> dict[str, Any]:
    """The run report of a period per county, department or town. Raises StopError SCORE_DIMENSION, SCORE_FUTURE."""
    with opened(period) as each:
        found = service_report(each, by)
        return {"period": period.name, "as_of": iso(each.as_of.at), "by": by, "rows": found}


def written(document: Document, suffix: str, table: str | None = None) -> bytes:
    """A document as .csv (one of its tables: the one called `table`, else the first), .xlsx or .pdf.

    Raises StopError SCORE_FORMAT for any other suffix, or a table that it does not have.
    """
    from hub.scores.paper import pdf_bytes
    from hub.scores.sheets import csv_bytes, xlsx_bytes

    if suffix == ".pdf":
        return pdf_bytes(document)
    if suffix == ".xlsx":
        return xlsx_bytes(document)
    tables = {section.title: section for section in document.sections if section.header}
    found = tables.get(table) if table is not None else next(iter(tables.values()), None)
    if suffix != ".csv" or found is None:
        listed = "、".join(tables)
        raise StopError(
            "SCORE_FORMAT",
            zh=f"不能写成 {suffix or '没有扩展名的文件'}，或没有名为 {table} 的表；现有 {listed}",
            en=f"It cannot be written as {suffix or 'a file without a suffix'}, or has no table {table}; there are {listed}",
            remedy_zh="文件名以 .csv、.xlsx 或 .pdf 结尾；CSV 只含一张表，用 --table 选择",
            remedy_en="Let the file end in .csv, .xlsx or .pdf; a CSV holds one table: choose it with --table",
            place=Place(field="file"),
        )
    return csv_bytes(found.header, found.rows)


def list_document(code: str, period: Period, part: str, found: Sequence[Mapping[str, Any]]) -> Document:
    """The whole list behind a figure as a document of one table."""
    header = tuple(dict.fromkeys(name for row in found for name in row)) or ("subject",)
    table = Section(f"{code} {part}", header, [tuple(row.get(name) for name in header) for row in found])
    return Document(f"{find(code).zh}（{period.name}）", [f"{find(code).en}, {part}"], [table])


def set_parameters(values: Mapping[str, int], *, reason: str, by: str) -> Parameters:
    """Enter a new version of the parameters. Raises StopError SCORE_PARAMETER, SCORE_REASON."""
    from hub.scores.parameters import set_values

    with writing(wiring.engine()) as connection:
        return set_values(connection, values, reason=reason, by=by, at=now_us(), log=to_log)


@contextmanager
def boarded(period: Period) -> Iterator[tuple[Working, Board]]:
    """The board of a period as of now, and what it was worked out with: one snapshot. Raises StopError SCORE_FUTURE."""
    with reading(wiring.engine()) as connection:
        parameters = current(connection)
    months: list[Mapping[str, Sequence[Score]]] | None = None
    versions: dict[str, int | None] | None = None
    if period.kind in (QUARTER, YEAR):
        found = {month.name: _month(month, parameters) for month in period.months()}
        months = [scores for scores, _ in found.values()]
        versions = {name: version for name, (_, version) in found.items()}
    elif period.kind == DAYS:
        months = [{} for _ in period.months()]  # days have figures and no scores
    with opened(period, parameters) as each:
        yield each, board(each, months, versions)


def _draft(period: Period) -> dict[str, Any]:
    with reading(wiring.engine()) as connection:
        row = drafts.find(connection, period.name)
    if row is None:
        raise StopError(
            "SCORE_NO_DRAFT",
            zh=f"{period.name} 没有草稿：尚未由 DAG scores 或 suphub score compute 计算",
            en=f"There is no draft of {period.name}: neither the DAG scores nor suphub score compute has worked it out",
            remedy_zh="去掉 --draft，按现有数据查看",
            remedy_en="See it as of now, without --draft",
            place=Place(field="period"),
        )
    return drafts.shown(row)


def _month(month: Period, parameters: Parameters) -> tuple[Scores, int | None]:
    """The scores of a month as published, and the version; else as of now; of a month to come none."""
    with reading(wiring.engine()) as connection:
        row = publishing.latest(connection, month.name)
    if row is not None:
        return publishing.scores_of(json.loads(row.content)), row.version
    if month.begins_at >= now():
        return {}, None
    with opened(month, parameters) as each:
        return month_scores(each), None


@contextmanager
def opened(period: Period, parameters: Parameters | None = None) -> Iterator[Working]:
    """What figures of a period are worked out with. Raises StopError SCORE_FUTURE."""
    if period.begins_at >= now():
        raise StopError(
            "SCORE_FUTURE",
            zh=f"{period.name} 还没有开始",
            en=f"{period.name} has not begun",
            remedy_zh="查看已经开始的月份、季度或年份",
            remedy_en="Ask for a month, quarter or year that has begun",
            place=Place(field="period"),
        )
    with working(wiring.engine(), period, now=now(), delivers=_delivers(), parameters=parameters) as each:
        yield each


def _delivers() -> dict[str, frozenset[str]]:
    """System → what its dialect delivers; of a system whose dialect cannot be read nothing is judged that needs it."""
    found: dict[str, frozenset[str]] = {}
    for each in wiring.registrations()[0].values():
        try:
            found[each.code] = delivered(load_dialect(each.dialect, schema=each.schema))
        except StopError as error:
            wiring.log.warning("%s: %s", each.code, error)
            found[each.code] = frozenset()
    return found


def no_version(period: Period, version: int) -> StopError:
    """There is no such version."""
    return StopError(
        "SCORE_NOT_PUBLISHED",
        zh=f"{period.name} 没有公布过第 {version} 版",
        en=f"No version {version} of {period.name} has been published",
        remedy_zh="用 suphub score published 查看已公布的版本",
        remedy_en="See what has been published with: suphub score published",
        place=Place(field="version"),
    )


def to_log(connection: Connection, event: str, body: Mapping[str, Any], /) -> None:
    """Write an event into the hub's chain."""
    chain.append(connection, chain.HUB_CHAIN, event, body, now_us())
