"""`suphub probe CODE`: looks at the front-end machine of one system, or of all, and says what to mend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.options import Json
from hub.cli.output import complain, print_json, print_marked, print_table, say

if TYPE_CHECKING:
    from frontend_probe.report import Report

alert = typer.Typer(help="告警 · alerts", no_args_is_help=True)
MARKS = {"ok": "✓", "warn": "!", "fail": "✗"}
"""How a verdict is shown; `system check` has the same marks."""


def add_to(app: typer.Typer) -> None:
    """Add the commands to the command tree."""
    app.command("probe")(probe)
    app.add_typer(alert, name="alert")


def probe(
    code: Annotated[str | None, typer.Argument(help="登记代码 · code of the registration")] = None,
    every: Annotated[
        bool, typer.Option("--all", help="全部未停用的系统 · every system that is not paused")
    ] = False,
    record: Annotated[
        bool,
        typer.Option(
            "--record", help="记入历史,并告警和恢复 · keep the report, open and close alerts, as the DAG does"
        ),
    ] = False,
    history: Annotated[bool, typer.Option("--history", help="以前的报告 · former reports")] = False,
    as_json: Json = False,
) -> None:
    """检查前置机或服务:可达、可信、可读写、时钟、磁盘、积压、样本、静默;有一项不通过时退出码为 1 · probe a front-end machine or a service; exit code 1 if a check fails."""
    if (code is None) != every:
        raise typer.BadParameter("CODE 或 --all · CODE or --all", param_hint="CODE")
    if history:
        _history(code, as_json)
        return
    from frontend_probe.report import FAIL

    reports = _reports(code, record=record)
    if as_json:
        print_json([report.as_dict() for report in reports] if every else reports[0].as_dict())
    elif every:
        _print_all(reports)
    else:
        _print_one(reports[0])
    if any(report.verdict == FAIL for report in reports):
        raise typer.Exit(1)


def _reports(code: str | None, *, record: bool) -> list[Report]:
    from hub import wiring
    from hub.watch.probing import probe as look

    watcher = wiring.watcher()
    if code is not None:
        found = wiring.registration(code)
        return watcher.watch([found]) if record else [look(found, watcher.tools)]
    good, bad = wiring.registrations()
    for stem in bad:
        complain(f"{stem}: 登记有误,未探测 · faulty registration, not probed: suphub system check {stem}")
    systems = [each for each in good.values() if each.status != "paused"]
    return watcher.watch(systems) if record else watcher.look(systems)


def _print_one(report: Report) -> None:
    """A line for each check; of those that are not well also what should be seen, and what to do: once for all of one fault."""
    say(f"{report.system}: {report.verdict}")
    names: dict[tuple[str, ...], list[str]] = {}
    for c in report.checks:
        fault = ("",) if c.verdict != "ok" else (c.name,)
        names.setdefault((c.verdict, c.seen, c.expected, c.remedy, *fault), []).append(c.name)
    print_marked(
        (MARKS[verdict], "\n".join(alike), seen, () if verdict == "ok" else _help(expected, remedy))
        for (verdict, seen, expected, remedy, _), alike in names.items()
    )


def _help(expected: str, remedy: str) -> list[str]:
    said = (("应为 expected", expected), ("处理 remedy", remedy))
    return [f"{name}: {text}" for name, text in said if text]


def _print_all(reports: list[Report]) -> None:
    rows = [(r.verdict, r.system, ", ".join(_bad(r.as_dict())) or "-") for r in reports]
    print_table(
        f"{len(rows)} 个系统 · systems", ("结论 verdict", "系统 system", "要看的检查 checks to look at"), rows
    )


def _bad(report: dict[str, Any]) -> list[str]:
    return [f"{check['name']} ({check['verdict']})" for check in report["checks"] if check["verdict"] != "ok"]


def _history(code: str | None, as_json: bool) -> None:
    from hub import wiring
    from hub.central.engine import reading
    from hub.watch.history import listed

    if code is None:
        raise typer.BadParameter(
            "--history 需要 CODE · --history is of one system: CODE", param_hint="--history"
        )
    wiring.registration(code)
    with reading(wiring.engine()) as connection:
        found = listed(connection, code)
    if as_json:
        print_json(found)
        return
    rows = [(each["at"], each["verdict"], ", ".join(_bad(each)) or "-") for each in found]
    columns = ("时间 at", "结论 verdict", "要看的检查 checks to look at")
    print_table(f"{code}: {len(rows)} 次 · reports", columns, rows)


@alert.command("list")
def list_alerts(
    system: Annotated[str | None, typer.Option(help="登记代码 · code of the registration")] = None,
    every: Annotated[bool, typer.Option("--all", help="包括已恢复的 · those that are over too")] = False,
    as_json: Json = False,
) -> None:
    """哪些告警未恢复,自何时起 · which alerts are open, and since when."""
    from hub import wiring
    from hub.central.engine import reading
    from hub.watch.alerts import listed

    with reading(wiring.engine()) as connection:
        found = listed(connection, system, all_of_them=every)
    if as_json:
        print_json(found)
        return
    rows = [
        (
            a["level"],
            a["system"],
            a["condition"],
            a["code"] or "-",
            a["opened_at"],
            a["closed_at"] or "-",
            a["times"],
        )
        for a in found
    ]
    columns = (
        "级 level", "系统 system", "情况 condition", "错误 code", "自 since", "至 until", "见过几次 times"
    )  # fmt: skip
    print_table(f"{len(rows)} 个告警 · alerts", columns, rows)
