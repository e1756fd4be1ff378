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
    """检查前置机:可达、可读写、时钟、磁盘、积压;有一项不通过时退出码为 1 · probe a front-end machine; exit code 1 if a check fails."""
    from connectors import open_connector
    from connectors.directory import DirectoryConnector
    from frontend_probe.directory import probe_directory
    from frontend_probe.report import FAIL
    from hub.errors import Place, StopError
    from hub.register import find_registration
    from hub.settings import load_settings

    found = find_registration(load_settings().systems, code)
    connector = open_connector(found.connector, code)
    if not isinstance(connector, DirectoryConnector):
        kind = found.connector["kind"]
        raise StopError(
            "PROBE_KIND",
            zh=f"不能探测 {kind} 方式",
            en=f"A connector of kind {kind} cannot be probed",
            remedy_zh="可探测:directory",
            remedy_en="Can be probed: directory",
            place=Place(system=code, field="connector.kind"),
        )
    report = probe_directory(connector)
    if as_json:
        print_json(report.as_dict())
    else:
        rows = [(c.verdict, c.name, c.seen, c.expected, c.remedy, c.took_ms) for c in report.checks]
        columns = ("结论 verdict", "检查 check", "所见 seen", "应为 expected", "处理 remedy", "ms")
        print_table(f"{code}: {report.verdict}", columns, rows)
    if report.verdict == FAIL:
        raise typer.Exit(1)
