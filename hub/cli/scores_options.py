"""Options that the commands of `suphub score` share: the period, who, and JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from hub.scores.period import Period

Month = Annotated[
    str | None, typer.Option("--month", metavar="YYYY-MM", help="月份，默认本月 · default: this month")
]
Quarter = Annotated[str | None, typer.Option("--quarter", metavar="YYYY-QN", help="季度 · a quarter")]
Year = Annotated[str | None, typer.Option("--year", metavar="YYYY", help="年度 · a year")]
Days = Annotated[
    str | None, typer.Option("--days", metavar="FROM..TO", help="日期区间 · days, 2026-03-05..2026-03-20")
]
Live = Annotated[
    bool, typer.Option("--live", help="按现有数据重算，不看已公布的 · worked out now, whatever was published")
]
Version = Annotated[int | None, typer.Option("--version", help="已公布的某一版 · a published version")]
By = Annotated[
    str, typer.Option("--by", "--as", help="经办人，默认系统用户 · who; default: the user of this machine")
]


def period_of(month: str | None, quarter: str | None, year: str | None, days: str | None) -> Period:
    """The one period that was asked for; this month where none was."""
    from hub.scores.period import parse_period
    from hub.wiring import scores

    given = [each for each in (month, quarter, year, days) if each is not None]
    if len(given) > 1:
        raise typer.BadParameter("只写一个期间 · name one period: --month, --quarter, --year or --days")
    return parse_period(given[0]) if given else scores.this_month()
