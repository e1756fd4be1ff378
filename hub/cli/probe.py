"""`suphub probe CODE`: looks at the front-end machine of one system and says what to mend."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli.output import print_json, print_table


def add_to(app: typer.Typer) -> None:
    """Add the command to the command tree."""
    app.command("probe")(probe)


def probe(
    code: Annotated[str, typer.Argument(help="登记代码 · code of the registration")],
    as_json: Annotated[bool, typer.Option("--json", help="机器可读 · one JSON document")] = False,
) -> None:
    """检查前置机或服务:可达、可信、可读写、时钟、磁盘、积压;有一项不通过时退出码为 1 · probe a front-end machine or a service; exit code 1 if a check fails."""
    import frontend_probe
    from frontend_probe.report import FAIL
    from hub import wiring
    from mappings.dialect import load_dialect

    found = wiring.registration(code)
    kind = str(found.connector["kind"])
    report = frontend_probe.probe(kind, wiring.connector(found), load_dialect(found.dialect))
    if as_json:
        print_json(report.as_dict())
    else:
        rows = [(c.verdict, c.name, c.seen, c.expected, c.remedy, c.took_ms) for c in report.checks]
        columns = ("结论 verdict", "检查 check", "所见 seen", "应为 expected", "处理 remedy", "ms")
        print_table(f"{code}: {report.verdict}", columns, rows)
    if report.verdict == FAIL:
        raise typer.Exit(1)
