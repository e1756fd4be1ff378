"""`suphub score …`: indicators and scores of a period, the lists behind them, publishing, and the parameters."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli.options import Json, who
from hub.cli.output import print_json, print_table, say
from hub.cli.scores_options import By, Days, Live, Month, Quarter, Version, Year, period_of
from hub.cli.scores_print import (
    print_head,
    print_indicators,
    print_published,
    print_rows,
    print_scores,
    reasons_of,
    value_of,
)

score = typer.Typer(
    help="绩效与统计 · performance: scores, indicators, the lists behind", no_args_is_help=True
)
Indicator = Annotated[str, typer.Argument(metavar="INDICATOR", help="指标 · see: suphub score indicators")]


def add_to(app: typer.Typer) -> None:
    """Add the family to the command tree."""
    from hub.cli import scores_files

    scores_files.add_to(score)
    app.add_typer(score, name="score")


@score.command("show")
def show(
    month: Month = None,
    quarter: Quarter = None,
    year: Year = None,
    days: Days = None,
    of: Annotated[
        str, typer.Option("--of", help="organization, office, post, person：谁的得分 · whose scores")
    ] = "organization",
    subject: Annotated[
        str | None, typer.Option("--subject", help="只看一个，含扣分明细 · one of them, with every line")
    ] = None,
    live: Live = False,
    version: Version = None,
    draft: Annotated[
        bool, typer.Option("--draft", help="已计算、待公布的 · as it was worked out to be published")
    ] = False,
    as_json: Json = False,
) -> None:
    """指标和得分 · indicators and scores of a period: as published, else as of now."""
    from hub.wiring import scores

    found = scores.show(period_of(month, quarter, year, days), live=live, version=version, draft=draft)
    if as_json:
        print_json(found)
        return
    print_head(found)
    if subject is None:
        print_indicators(found["indicators"])
    print_scores(found, of, subject)


@score.command("indicators")
def list_indicators(as_json: Json = False) -> None:
    """全部指标及其分子分母 · every indicator: what it counts, and what it can be told apart by."""
    from hub.scores.library import indicators

    found = [each.as_dict() for each in indicators().values()]
    if as_json:
        print_json(found)
        return
    print_table(
        f"{len(found)} 项指标 · indicators",
        ("指标 indicator", "名称 name", "分子/值 numerator", "分母 denominator", "维度 by"),
        [
            (
                each["indicator"],
                f"{each['zh']} {each['en']}",
                each["numerator"]["zh"],
                (each["denominator"] or {}).get("zh"),
                " ".join(each["by"]),
            )
            for each in found
        ],
    )


@score.command("figure")
def figure(
    indicator: Indicator,
    by: Annotated[
        str | None,
        typer.Option("--by", help="维度，或 month、quarter、year · a dimension, or month, quarter, year"),
    ] = None,
    month: Month = None,
    quarter: Quarter = None,
    year: Year = None,
    days: Days = None,
    live: Live = False,
    version: Version = None,
    as_json: Json = False,
) -> None:
    """一项指标，可按维度分列 · one indicator, as a whole or by a dimension: as published, else as of now."""
    from hub.wiring import score_lists

    period = period_of(month, quarter, year, days)
    found = score_lists.figures(indicator, period, by, live=live, version=version)
    if as_json:
        print_json(found)
        return
    print_table(
        f"{indicator}  {period.name}",
        (by or "", "名称 name", "值 value", "分子 num.", "分母 den.", "未判 not judged"),
        [
            (
                each["key"] or ("-" if by else "全部 all"),
                each["name"],
                value_of(each),
                each["numerator"],
                each["denominator"],
                reasons_of(each["not_judged"]),
            )
            for each in found
        ],
    )


@score.command("list")
def list_behind(
    indicator: Indicator,
    part: Annotated[
        str, typer.Option("--part", help="numerator、denominator、not_judged：哪张清单 · which list")
    ] = "numerator",
    by: Annotated[str | None, typer.Option("--by", help="维度 · a dimension, with --key")] = None,
    key: Annotated[
        str | None, typer.Option("--key", help="维度的值；不写为未报送 · its value; without it: not told")
    ] = None,
    page: Annotated[int, typer.Option("--page", min=1, help="页，从 1 起 · page, from 1")] = 1,
    size: Annotated[int, typer.Option("--size", min=1, max=100_000, help="每页行数 · rows of a page")] = 100,
    month: Month = None,
    quarter: Quarter = None,
    year: Year = None,
    days: Days = None,
    live: Live = False,
    version: Version = None,
    as_json: Json = False,
) -> None:
    """一项指标背后的清单，分页；已公布的用当时保存的 · the list behind a figure, as kept when it was published, else of now."""
    from hub.wiring import score_lists

    period = period_of(month, quarter, year, days)
    found = score_lists.behind(
        indicator,
        period,
        part,
        by=by,
        key=key,
        limit=size,
        offset=(page - 1) * size,
        live=live,
        version=version,
    )
    if as_json:
        print_json(found)
        return
    print_rows(f"{indicator} {part}  {period.name}  第 {page} 页 · page {page}", found)


@score.command("publish")
def publish(
    month: Month = None,
    quarter: Quarter = None,
    year: Year = None,
    by: By = "",
    as_json: Json = False,
) -> None:
    """公布：月汇总、季通报、年度考核，公布后冻结 · publish a period that is over; it is frozen then."""
    from hub.wiring import scores

    found = scores.publish(period_of(month, quarter, year, None), by=who(by))
    print_published(found, as_json=as_json)


@score.command("republish")
def republish(
    reason: Annotated[
        str, typer.Option("--reason", help="理由，随版本保存并记入日志 · kept, and in the log")
    ],
    month: Month = None,
    quarter: Quarter = None,
    year: Year = None,
    by: By = "",
    as_json: Json = False,
) -> None:
    """重新公布：另成一版，列出差异 · publish anew: a version beside the old one, with the differences."""
    from hub.wiring import scores

    found = scores.publish(period_of(month, quarter, year, None), by=who(by), reason=reason)
    print_published(found, as_json=as_json)


@score.command("compute")
def compute(as_json: Json = False) -> None:
    """计算刚结束的月、季、年，存为草稿，不公布(DAG scores 的工作)· work out what has just ended, as drafts, as the DAG does."""
    from hub.wiring.score_lists import compute_ended

    found = compute_ended()
    if as_json:
        print_json(found)
        return
    for each in found:
        say(
            f"{each['period']}: {each['organizations']} 个机构，{each['not_judged']} 个未判 · organisations, not judged;"
            f" suphub score show --{each['kind']} {each['period']} --draft"
        )
    if not found:
        say("刚结束的各期均已公布 · what has just ended is published already")


@score.command("published")
def list_published(as_json: Json = False) -> None:
    """已公布的各期各版 · what has been published, every version."""
    from hub import wiring
    from hub.central.engine import reading
    from hub.scores.publishing import published

    with reading(wiring.engine()) as connection:
        found = published(connection)
    if as_json:
        print_json(found)
        return
    print_table(
        f"{len(found)} 次公布 · publications",
        (
            "期 period",
            "版 version",
            "参数 parameters",
            "公布 at",
            "经办 by",
            "理由 reason",
            "过期 stale",
            "摘要 digest",
        ),
        [
            (
                p["period"],
                p["version"],
                p["parameters_version"],
                p["published_at"],
                p["who"],
                p["reason"],
                " ".join(p["stale"]),
                p["digest"][:12],
            )
            for p in found
        ],
    )


@score.command("parameters")
def parameters(
    values: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME=VALUE]...", help="改为 · what to change")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="改动的理由 · why")] = "",
    by: By = "",
    as_json: Json = False,
) -> None:
    """查看或改动权重、上限、等次和目标 · show the weights, caps, bands and targets, or enter a new version of them."""
    from hub import wiring
    from hub.central.engine import reading
    from hub.scores.parameters import current, declared, history
    from hub.wiring import scores

    if values:
        scores.set_parameters(_pairs(values), reason=reason, by=who(by))
    with reading(wiring.engine()) as connection:
        found, versions = current(connection), history(connection)
    if as_json:
        listed = {name: {**each, "value": found[name]} for name, each in declared().items()}
        print_json({"version": found.version, "parameters": listed, "versions": versions})
        return
    print_table(
        f"绩效参数第 {found.version} 版 · parameters, version {found.version}",
        ("参数 name", "值 value", "范围 bounds", "单位 unit", "含义 meaning"),
        [
            (
                name,
                found[name],
                f"{each['minimum']}..{each['maximum']}",
                each["unit"],
                f"{each['zh']} {each['en']}",
            )
            for name, each in declared().items()
        ],
    )
    for each in versions:
        say(
            f"第 {each['version']} 版 · version {each['version']}  {each['valid_from']}  {each['who']}  {each['reason']}"
        )


def _pairs(given: list[str]) -> dict[str, int]:
    """NAME=VALUE with whole numbers. Raises typer.BadParameter."""
    found = {}
    for each in given:
        name, _, value = each.partition("=")
        if not name or not value.isdecimal():
            raise typer.BadParameter(f"写作 名称=整数 · write NAME=WHOLE NUMBER: {each}")
        found[name] = int(value)
    return found
