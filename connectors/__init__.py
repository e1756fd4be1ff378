"""Ways to reach a system: bytes in, receipts out, no meaning."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from connectors.base import Access, Claim, Connector, Surroundings
from connectors.directory import DirectoryConnector
from connectors.memory import MemoryConnector
from hub.errors import Place, StopError
from hub.settings import load_settings

__all__ = ["KINDS", "Access", "Claim", "Connector", "Surroundings", "open_connector"]

Make = Callable[[str, Mapping[str, Any], Surroundings | None], Connector]


def _directory(system: str, options: Mapping[str, Any], around: Surroundings | None) -> Connector:
    return DirectoryConnector(system, options, state=None if around is None else around.state)


def _memory(system: str, options: Mapping[str, Any], around: Surroundings | None) -> Connector:
    return MemoryConnector(system, options)


def _database(system: str, options: Mapping[str, Any], around: Surroundings | None) -> Connector:
    from connectors.database import DatabaseConnector  # here: its libraries take time to load

    return DatabaseConnector(system, options, _needed(around))


def _soap(system: str, options: Mapping[str, Any], around: Surroundings | None) -> Connector:
    from connectors.soap.connector import SoapConnector  # here: its library takes time to load

    return SoapConnector(system, options, _needed(around))


def _sftp(system: str, options: Mapping[str, Any], around: Surroundings | None) -> Connector:
    from connectors.sftp.connector import SftpConnector  # here: its library takes time to load

    return SftpConnector(system, options, _needed(around))


def _ftp(system: str, options: Mapping[str, Any], around: Surroundings | None) -> Connector:
    from connectors.ftp import FtpConnector  # here: most hubs have no use for it

    return FtpConnector(system, options, _needed(around))


def _push(system: str, options: Mapping[str, Any], around: Surroundings | None) -> Connector:
    from connectors.push import PushConnector  # here: only hubs that are pushed to have use for it

    return PushConnector(
        system, options, load_settings().spool, state=None if around is None else around.state
    )


def _needed(around: Surroundings | None) -> Surroundings:
    if around is None:
        raise TypeError("this kind of connector keeps a state: open_connector needs `around`")
    return around


KINDS: Mapping[str, Make] = {
    "directory": _directory,
    "sftp": _sftp,
    "ftp": _ftp,
    "database": _database,
    "soap-pull": _soap,
    "push": _push,
    "memory": _memory,
}
"""What `connector.kind` of a registration may say."""


def open_connector(
    registration_connector: Mapping[str, Any], system: str, around: Surroundings | None = None
) -> Connector:
    """The connector that a registration describes; nothing is touched yet. Raises StopError for a wrong option."""
    kind = registration_connector.get("kind")
    make = KINDS.get(kind) if isinstance(kind, str) else None
    if make is None:
        raise StopError(
            "CONNECTOR_KIND",
            zh=f"登记中 connector.kind 不认识 {kind!r}",
            en=f"connector.kind of the registration does not know {kind!r}",
            remedy_zh=f"可用:{'、'.join(KINDS)}",
            remedy_en=f"Allowed: {', '.join(KINDS)}",
            place=Place(system=system, field="connector.kind"),
        )
    return make(system, registration_connector, around)
