"""What stands behind figures, fitted together: the lists that were kept with a publication, else those of now; and drafts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row

from hub import wiring
from hub.central.engine import reading, writing
from hub.clock import local_day, now_us
from hub.errors import Place, StopError
from hub.messages import outbox
from hub.messages.shapes import Message
from hub.scores import drafts, lists, publishing
from hub.scores.library import Indicator, find
from hub.scores.measuring import measure, measure_by, rows
from hub.scores.period import MONTH, QUARTER, YEAR, Period
from hub.wiring import scores
from hub.wiring.cards import readable_book


def figures(
    code: str, period: Period, by: str | None = None, *, live: bool = False, version: int | None = None
) -> list[dict[str, Any]]:
    """One indicator: the whole, or one figure per value of a dimension, or per month, quarter or year of the period.

    As published, from the lists that were kept; else, or if `live`, worked out now.
    Raises StopError SCORE_INDICATOR, SCORE_DIMENSION, SCORE_FUTURE, SCORE_NOT_PUBLISHED, SCORE_LISTS.
    """
    indicator = find(code)
    if by in (MONTH, QUARTER, YEAR):
        return [
            {**each, "key": part.name}
            for part in period.parts(by)
            if part.begins_at < scores.now()
            for each in figures(code, part, live=live)
        ]
    row = None if live else _publication(period, version)
    kept = None if row is None else _kept(row, indicator, version)
    if row is not None and kept is not None:
        content = json.loads(row.content)
        whole = [each for each in content["indicators"] if each["indicator"] == code]
        if by is None and whole:
            return whole
        if by == "organization" and code in content["by_organization"]:
            return list(content["by_organization"][code])  # a list of millions need not be read for it
        target = whole[0]["target"] if whole else None
        return [each.as_dict() for each in lists.figures(indicator, kept, target, by)]
    with scores.opened(period) as each:
        found = [measure(each, indicator)] if by is None else measure_by(each, indicator, by)
    return [figure.as_dict() for figure in found]


def behind(
    code: str,
    period: Period,
    part: str,
    *,
    by: str | None = None,
    key: str | None = None,
    limit: int | None = None,
    offset: int = 0,
    live: bool = False,
    version: int | None = None,
) -> list[dict[str, Any]]:
    """The rows behind a figure, page by page: those kept with the publication, else, or if `live`, those of now.

    With `by` month, quarter or year `key` names the period. Raises StopError as `figures`, and SCORE_PART, SCORE_PERIOD.
    """
    indicator = find(code)
    if by in (MONTH, QUARTER, YEAR):
        return behind(code, _part(period, by, key), part, limit=limit, offset=offset, live=live)
    row = None if live else _publication(period, version)
    kept = None if row is None else _kept(row, indicator, version)
    if kept is not None:
        chosen = lists.part_of(indicator, kept, part, dimension=by, key=key)
        return list(islice(chosen, offset, None if limit is None else offset + limit))
    with scores.opened(period) as each:
        return list(rows(each, indicator, part, dimension=by, key=key, limit=limit, offset=offset))


def _part(period: Period, kind: str, name: str | None) -> Period:
    """The month, quarter or year of that name within the period, cut to it. Raises StopError SCORE_PERIOD."""
    found = {part.name: part for part in period.parts(kind)}
    if name in found:
        return found[name]
    raise StopError(
        "SCORE_PERIOD",
        zh=f"{period.name} 中没有 {name or '未写明的期间'}；有 {'、'.join(found)}",
        en=f"{period.name} has no part {name or '(none named)'}; it has {', '.join(found)}",
        remedy_zh="--key 写其中之一",
        remedy_en="Name one of those with --key",
        place=Place(field="key"),
    )


def kept_lists(period: Period, version: int | None = None) -> dict[str, dict[str, Any]]:
    """Indicator → digest, rows and bytes of the list that was kept; none where nothing was published, or without lists."""
    with reading(wiring.engine()) as connection:
        row = publishing.latest(connection, period.name, version)
        found = {} if row is None else lists.of_publication(connection, row.id)
    return {
        code: {"digest": each.digest, "rows": each.rows, "size": each.size} for code, each in found.items()
    }


def compute_ended() -> list[dict[str, Any]]:
    """Work out what has just ended and is not published, keep it as drafts, tell the supervisors once; publish nothing.

    A quarter or year is the mean of its months as they are published, else as they are now.
    """
    done = []
    for period in drafts.just_ended(local_day(scores.now() - 1)):
        with reading(wiring.engine()) as connection:
            known = publishing.latest(connection, period.name) is not None
        if not known:
            done.append(_drafted(period))
    return done


def _drafted(period: Period) -> dict[str, Any]:
    with scores.boarded(period) as (_, board):
        pass
    at = now_us()
    with writing(wiring.engine()) as connection:
        told = drafts.keep(connection, board, at=at, log=scores.to_log)
        if told["first"]:
            _tell(connection, told, at)
    return told


def _tell(connection: Connection, told: Mapping[str, Any], at: int) -> None:
    period, count, blank = told["period"], told["organizations"], told["not_judged"]
    see, publish = (
        f"suphub score show --{told['kind']} {period} --draft",
        f"suphub score publish --{told['kind']} {period}",
    )
    message = Message(
        "scores.ready", 1, f"[绩效] {period} 已计算，待公布", f"[Scores] {period} has been worked out and can be published",
        f"{count} 个机构，其中 {blank} 个未判\n查看：{see}\n公布：{publish}",
        f"{count} organisations, {blank} of them not judged\nSee it: {see}\nPublish it: {publish}",
        roles=("supervisor",),
    )  # fmt: skip
    outbox.post(connection, readable_book(), message, at)


def _publication(period: Period, version: int | None) -> Row[Any] | None:
    with reading(wiring.engine()) as connection:
        row = publishing.latest(connection, period.name, version)
    if row is None and version is not None:
        raise scores.no_version(period, version)
    return row


def _kept(row: Row[Any], indicator: Indicator, version: int | None) -> Iterator[dict[str, Any]] | None:
    """The list kept with a publication; None for one of before lists were kept, unless that very version is asked for."""
    with reading(wiring.engine()) as connection:
        found = lists.of_publication(connection, row.id).get(indicator.code)
    if found is not None:
        return lists.read(wiring.raw_store(), found.digest)
    if version is None:
        return None
    raise StopError(
        "SCORE_LISTS",
        zh=f"{row.period} 第 {row.version} 版没有保存指标 {indicator.code} 的清单",
        en=f"No list of {indicator.code} was kept with version {row.version} of {row.period}",
        remedy_zh="当时的版本还不保存清单；按现有数据查看用 --live",
        remedy_en="Lists were not kept then; see the list of now with --live",
        place=Place(field="version"),
    )
