"""`suphub probe CODE`: looks at the front-end machine of one system and says what to mend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, cast

import typer

from hub.cli.output import print_json, print_table
from hub.errors import Place, StopError

if TYPE_CHECKING:
    from connectors.base import Connector
    from connectors.database import DatabaseConnector
    from connectors.directory import DirectoryConnector
    from connectors.soap.connector import SoapConnector
    from frontend_probe.report import Report


def add_to(app: typer.Typer) -> None:
    """Add the command to the command tree."""
    app.command("probe")(probe)


def probe(
    code: Annotated[str, typer.Argument(help="登记代码 · code of the registration")],
    as_json: Annotated[bool, typer.Option("--json", help="机器可读 · one JSON document")] = False,
) -> None:
    """检查前置机或服务:可达、可信、可读写、时钟、磁盘、积压;有一项不通过时退出码为 1 · probe a front-end machine or a service; exit code 1 if a check fails."""
    from frontend_probe.report import FAIL
    from hub import wiring

    found = wiring.registration(code)
    report = _probe(code, str(found.connector["kind"]), wiring.connector(found))
    if as_json:
        print_json(report.as_dict())
    else:
        rows = [(c.verdict, c.name, c.seen, c.expected, c.remedy, c.took_ms) for c in report.checks]
        columns = ("结论 verdict", "检查 check", "所见 seen", "应为 expected", "处理 remedy", "ms")
        print_table(f"{code}: {report.verdict}", columns, rows)
    if report.verdict == FAIL:
        raise typer.Exit(1)


def _probe(code: str, kind: str, connector: Connector) -> Report:
    """The probe of a connector of that kind. Raises StopError where there is none."""
    if kind == "directory":
        from frontend_probe.directory import probe_directory

        return probe_directory(cast("DirectoryConnector", connector))
    if kind == "database":
        from frontend_probe.database import probe_database

        return probe_database(cast("DatabaseConnector", connector))
    if kind == "soap-pull":
        from frontend_probe.soap import probe_soap

        return probe_soap(cast("SoapConnector", connector))
    raise StopError(
        "PROBE_KIND",
        zh=f"不能探测 {kind} 方式",
        en=f"A connector of kind {kind} cannot be probed",
        remedy_zh="可探测:directory、database、soap-pull",
        remedy_en="Can be probed: directory, database, soap-pull",
        place=Place(system=code, field="connector.kind"),
    )
