"""The door that departments push to: an ASGI application (REST) that asks for a node's credential and fills the spool."""

from __future__ import annotations

from hub.inbox.app import application
from hub.inbox.house import House

__all__ = ["House", "application"]
