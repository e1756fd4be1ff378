"""Packages that departments push to the hub: taken from the hub's own spool, their receipts laid where the sender asks."""

from __future__ import annotations

from connectors.push.connector import PushConnector
from connectors.push.spool import Spool, spool_of

__all__ = ["PushConnector", "Spool", "spool_of"]
