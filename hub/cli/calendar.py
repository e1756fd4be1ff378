"""`suphub calendar import|show`: the working calendar that limits are judged with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from hub.cli.options import Json
from hub.cli.output import print_json, print_table, say

calendar = typer.Typer(help="工作日历 · working calendar: import, show", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add the family to the command tree."""
    app.add_typer(calendar, name="calendar")


@calendar.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="CSV: date,is_workday,region,source,notice_no")],
    as_json: Json = False,
) -> None:
    """导入节假日、调休和民族节日 · import holidays, make-up days, regional days; all of the file or nothing."""
    from hub import wiring
    from hub.central.engine import writing
    from hub.clock import now_us
    from hub.ledger import chain
    from hub.supervision.calendar import import_days
    from hub.supervision.calendar_file import read_calendar
    from hub.supervision.calendar_seal import sealed_days
    from hub.wiring.deadlines import move_deadlines

    days = read_calendar(file)
    with writing(wiring.engine()) as connection:
        at = now_us()
        done = import_days(connection, days, at_us=at).as_dict()
        told = {**done, "file": file.name, "sealed": sealed_days(connection, done["version"])}
        chain.append(connection, "hub", "calendar.imported", told, at)
    done["moved"] = move_deadlines()
    if as_json:
        print_json(done)
        return
    regions = "、".join(region or "全国 nation" for region in done["regions"])
    say(f"已导入 · imported: {done['days']} 天 · days ({regions})，日历第 {done['version']} 版 · version")
    for year in done["published"]:
        say(f"{year} 年现为已公布 · {year} counts as published now")
    for year, count in done["unpublished"].items():
        say(
            f"{year} 年仍视为未公布：全国只写明 {count} 天，少于 {done['days_to_publish']} 天，其余日期按周一至周五推定"
            f" · {year} still counts as unpublished: {count} days are named for the whole country,"
            f" fewer than {done['days_to_publish']}"
        )
    cards, hands = done["moved"]["cards"], done["moved"]["hands"]
    say(f"反馈期限改期 · deadlines moved: 牌 cards {cards}，督办环节 hands of orders {hands}")
    say("下一次 suphub supervise run 会重判受影响的牌 · the next supervise run judges anew what it touches")


@calendar.command("show")
def show(
    year: Annotated[
        int | None, typer.Option(min=1990, max=2060, help="某一年的调休和节假日 · one year")
    ] = None,
    region: Annotated[str, typer.Option(help="行政区划 · GB/T 2260 code or prefix")] = "",
    as_json: Json = False,
) -> None:
    """日历的版本、适用地区、已公布年份 · version, scopes, published years; of one year what departs from Mon-Fri."""
    from hub import wiring
    from hub.central.engine import reading
    from hub.supervision.calendar_file import is_region
    from hub.supervision.listing import show_calendar

    if not is_region(region):  # else the country's days would answer for a place that was mistyped
        told = f"行政区划应为 2、4、6、9 或 12 位数字 · 2, 4, 6, 9 or 12 digits expected, got {region!r}"
        raise typer.BadParameter(told, param_hint="--region")
    with reading(wiring.engine()) as connection:
        found = show_calendar(connection, year=year, region=region)
    if as_json:
        print_json(found)
        return
    _print(found)


def _print(found: dict[str, Any]) -> None:
    say(f"版本 · version     {found['version']}")
    say(f"适用 · scope       {found['scope'] or '全国 nation'}")
    say(f"地区 · scopes      {'、'.join(scope or '全国 nation' for scope in found['scopes'])}")
    say(f"已公布 · published {'、'.join(str(year) for year in found['published'])}")
    if "year" in found:
        say(
            f"{found['year']} 年 · year    工作日 · workdays {found['workdays']}，"
            f"推定的日子 · presumed days {found['presumed_days']}"
        )
        print_table(
            "与周一至周五不同的日子 · days that depart from Monday to Friday",
            ("日期 date", "", "地区 region", "来源 source", "文号 notice"),
            [
                (
                    d["date"],
                    "上班 work" if d["is_workday"] else "休息 rest",
                    d.get("region"),
                    d.get("source"),
                    d.get("notice_no"),
                )
                for d in found["departures"]
            ],
        )
