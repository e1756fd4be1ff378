"""Ways to reach a system: bytes in, receipts out, no meaning."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from connectors.base import Claim, Connector
from connectors.directory import DirectoryConnector
from connectors.memory import MemoryConnector
from hub.errors import Place, StopError

__all__ = ["KINDS", "Claim", "Connector", "open_connector"]

KINDS: Mapping[str, Callable[[str, Mapping[str, Any]], Connector]] = {
    "directory": DirectoryConnector,
    "memory": MemoryConnector,
}
"""What `connector.kind` of a registration may say."""


def open_connector(registration_connector: Mapping[str, Any], system: str) -> Connector:
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
    return make(system, registration_connector)
