"""月汇总, 季通报, 年度考核: what is published is frozen with its parameters and digest; publishing anew is a version beside it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, insert, select
from sqlalchemy.exc import IntegrityError

from hub.central.seals import seals
from hub.central.tables.scores import score, score_publication
from hub.clock import iso
from hub.errors import Place, StopError
from hub.scores import lists
from hub.scores.board import Board
from hub.scores.comparing import differences_of, list_differences
from hub.scores.lists import Kept
from hub.scores.parameters import reason_missing
from hub.scores.period import DAYS, MONTH, Period, parse_period
from hub.scores.scoring import Line, Score
from hub.supervision.cards import Log


def publish(
    connection: Connection,
    board: Board,
    *,
    by: str,
    at: int,
    now: int,
    log: Log,
    reason: str | None = None,
    kept: Sequence[Kept] = (),
) -> dict[str, Any]:
    """Freeze a board: the first version without a reason, any later one (重新公布) with it; returns what was written.

    `kept` are the lists behind its figures; they are the publication's from now on, and their digests stand in the log.

    `at` is when it is published, `now` the instant by which the period must be over (another one only in demonstrations).

    Raises StopError SCORE_NOT_OVER, SCORE_PUBLISHED, SCORE_NOT_PUBLISHED, SCORE_REASON, SCORE_SAME.
    """
    check(connection, board.period, now=now, reason=reason)
    before = latest(connection, board.period.name)
    content = canonical(board.as_dict())
    differences = None if before is None else _differences(connection, before, content, kept)
    if before is not None and differences == []:
        raise _same(board.period, before.version)
    version = 1 if before is None else before.version + 1
    row = {
        "kind": board.period.kind,
        "period": board.period.name,
        "version": version,
        "parameters_version": board.parameters.version,
        "as_of_at": board_instant(board),
        "published_at": at,
        "who": by,
        "reason": reason,
        "content": content,
        "digest": hashlib.sha256(content.encode()).hexdigest(),
        "differences": None if differences is None else json.dumps(differences, ensure_ascii=False),
    }
    try:
        with connection.begin_nested():
            number = connection.execute(
                insert(score_publication).values(row).returning(score_publication.c.id)
            ).scalar_one()
    except IntegrityError as error:  # somebody else published it since we looked
        there = latest(connection, board.period.name)
        assert there is not None
        raise _already(board.period, there) from error
    _enter_points(connection, board, number)
    if kept:
        lists.note(connection, number, kept)
    told = {name: row[name] for name in ("kind", "period", "version", "parameters_version", "digest")}
    event = "score.published" if version == 1 else "score.republished"
    behind = {"lists": {each.indicator: each.digest for each in kept}} if kept else {}
    sealed = {"score_publication": seals(connection, score_publication, score_publication.c.id == number)}
    log(connection, event, {**told, **behind, "by": by, "reason": reason or "", "seals": sealed})
    return {
        **told,
        "published_at": iso(at),
        "differences": differences,
        "made_stale": _containing(connection, board.period),
    }


def _differences(
    connection: Connection, before: Row[Any], content: str, kept: Sequence[Kept]
) -> list[dict[str, Any]]:
    """Of the boards, and of the lists behind their figures."""
    earlier = lists.of_publication(connection, before.id)
    return [
        *differences_of(json.loads(before.content), json.loads(content)),
        *list_differences(earlier, {each.indicator: each for each in kept}),
    ]


def _containing(connection: Connection, period: Period) -> list[str]:
    """The published quarter and year of a month that rest on an earlier version of it."""
    if period.kind != MONTH:
        return []
    rows = (latest(connection, each.name) for each in period.within())
    return [row.period for row in rows if row is not None and stale(connection, row)]


def stale(connection: Connection, row: Row[Any]) -> list[dict[str, Any]]:
    """The months of a published quarter or year that were published anew since: {month, built_on, newest}; else []."""
    if row.kind == MONTH:
        return []
    table = score_publication
    names = [month.name for month in parse_period(row.period).months()]
    found = connection.execute(
        select(table.c.id, table.c.period, table.c.version).where(table.c.period.in_(names))
    ).all()
    newest = {
        name: max((each.version for each in found if each.period == name), default=None) for name in names
    }
    built: Mapping[str, int | None] | None = json.loads(row.content).get("months")
    if built is None:  # of a program that did not write down on which versions a mean rests: on those of then
        built = {
            name: max(
                (each.version for each in found if each.period == name and each.id < row.id), default=None
            )
            for name in names
        }
    return [
        {"month": name, "built_on": built.get(name), "newest": newest[name]}
        for name in names
        if newest[name] != built.get(name)
    ]


def _enter_points(connection: Connection, board: Board, publication: int) -> None:
    points = [
        {"publication": publication, "subject_kind": kind, "subject": each.subject, "name": each.name,
         "points": each.points, "band": each.band}
        for kind, found in board.scores.items()
        for each in found
    ]  # fmt: skip
    if points:
        connection.execute(insert(score), points)


def _same(period: Period, version: int) -> StopError:
    return StopError(
        "SCORE_SAME",
        zh=f"{period.name} 与已公布的第 {version} 版没有差异",
        en=f"{period.name} is as it was published; nothing would change",
        remedy_zh="无需重新公布",
        remedy_en="There is nothing to publish anew",
    )


def check(connection: Connection, period: Period, *, now: int, reason: str | None) -> None:
    """Whether the period may be published (reason None) or published anew, before anything is worked out. Raises StopError."""
    if period.kind == DAYS or period.ends_at > now:
        raise StopError(
            "SCORE_NOT_OVER",
            zh=f"{period.name} 还没有结束，或不是月份、季度、年份，不能公布",
            en=f"{period.name} is not over yet, or is no month, quarter or year: it cannot be published",
            remedy_zh="到期后再公布；在此之前用 suphub score show 查看",
            remedy_en="Publish it once it is over; until then see it with: suphub score show",
            place=Place(field="period"),
        )
    before = latest(connection, period.name)
    if reason is None and before is not None:
        raise _already(period, before)
    if reason is not None and before is None:
        raise StopError(
            "SCORE_NOT_PUBLISHED",
            zh=f"{period.name} 尚未公布",
            en=f"{period.name} has not been published",
            remedy_zh="先用 suphub score publish 公布",
            remedy_en="Publish it first: suphub score publish",
            place=Place(field="period"),
        )
    if reason is not None and not reason.strip():
        raise reason_missing()


def latest(connection: Connection, period: str, version: int | None = None) -> Row[Any] | None:
    """The newest publication of a period, or the version asked for."""
    table = score_publication
    wanted = select(table).where(table.c.period == period).order_by(table.c.version.desc()).limit(1)
    return connection.execute(wanted if version is None else wanted.where(table.c.version == version)).first()


def published(connection: Connection) -> list[dict[str, Any]]:
    """Every publication, oldest first, without its content: period, kind, version, who, when, why, digest.

    `stale` names the months that were published anew since, of the newest version of a quarter or year.
    """
    table = score_publication
    columns = (
        table.c.period, table.c.kind, table.c.version, table.c.parameters_version, table.c.published_at, table.c.who,
        table.c.reason, table.c.digest,
    )  # fmt: skip
    rows = connection.execute(select(*columns).order_by(table.c.id)).mappings().all()
    newest = {row["period"]: row["version"] for row in rows}
    found = []
    for row in rows:
        whole = row["kind"] != MONTH and newest[row["period"]] == row["version"]
        last = latest(connection, row["period"]) if whole else None
        months = [] if last is None else [each["month"] for each in stale(connection, last)]
        found.append({**row, "published_at": iso(row["published_at"]), "stale": months})
    return found


def shown(connection: Connection, row: Row[Any]) -> dict[str, Any]:
    """A publication as people and scripts see it: the board, and when, by whom and why it was published.

    `stale` says of a quarter or year which of its months were published anew since; `newest` is the newest version.
    """
    newest = latest(connection, row.period)
    return {
        **json.loads(row.content),
        "published": {
            "version": row.version,
            "at": iso(row.published_at),
            "by": row.who,
            "reason": row.reason,
            "digest": row.digest,
            "differences": None if row.differences is None else json.loads(row.differences),
            "newest": row.version if newest is None else newest.version,
            "stale": stale(connection, row),
        },
    }


def scores_of(content: Mapping[str, Any]) -> dict[str, list[Score]]:
    """The scores of a published month, as they were worked out."""
    return {kind: [_score(each) for each in found] for kind, found in content["scores"].items()}


def board_instant(board: Board) -> int:
    """As of when a board was worked out: a published period is over, so its end."""
    return board.period.ends_at


def _already(period: Period, there: Row[Any]) -> StopError:
    return StopError(
        "SCORE_PUBLISHED",
        zh=f"{period.name} 已由 {there.who} 于 {iso(there.published_at)} 公布，第 {there.version} 版",
        en=f"{period.name} was published by {there.who} at {iso(there.published_at)}, version {there.version}",
        remedy_zh="数据或参数有变时用 suphub score republish 重新公布并说明理由",
        remedy_en="If data or parameters have changed, publish it anew with: suphub score republish, and the reason",
        place=Place(field="period"),
    )


def _score(given: Mapping[str, Any]) -> Score:
    points = None if given["points"] is None else Decimal(str(given["points"]))
    lines = tuple(
        Line(line["part"], line["count"], line["of"], line["points"], tuple(line["cards"]))
        for line in given["lines"]
    )
    return Score(given["subject"], given["name"], points, given["band"], lines)


def canonical(data: Mapping[str, Any]) -> str:
    """The one text of a board that digests are made of."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
