"""Looks at a front-end machine before and while it is in use: reachable, readable, writable, clock, disk, backlog."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from hub.errors import Place, StopError

if TYPE_CHECKING:
    from connectors.base import Connector
    from frontend_probe.report import Report
    from mappings.dialect import Dialect

PROBES: Mapping[str, str] = {
    "directory": "frontend_probe.directory:probe_directory",
    "sftp": "frontend_probe.sftp:probe_sftp",
    "ftp": "frontend_probe.ftp:probe_ftp",
    "database": "frontend_probe.database:probe_database",
    "soap-pull": "frontend_probe.soap:probe_soap",
    "push": "frontend_probe.directory:probe_spool",
}
"""Kind of connector → `module:function` of its probe: connector in, Report out. Loaded when it is asked for."""


WITH_DIALECT = ("database",)
"""Kinds whose probe holds the source itself against the dialect."""


def probe(kind: str, connector: Connector, dialect: Dialect | None = None) -> Report:
    """The kind's own checks of a connector. Raises StopError where that kind has no probe."""
    target = PROBES.get(kind)
    if target is None:
        raise StopError(
            "PROBE_KIND",
            zh=f"不能探测 {kind} 方式",
            en=f"A connector of kind {kind} cannot be probed",
            remedy_zh=f"可探测:{'、'.join(PROBES)}",
            remedy_en=f"Can be probed: {', '.join(PROBES)}",
            place=Place(system=connector.system, field="connector.kind"),
        )
    module, _, name = target.partition(":")
    more = {"dialect": dialect} if kind in WITH_DIALECT else {}
    report: Report = getattr(importlib.import_module(module), name)(connector, **more)
    return report
