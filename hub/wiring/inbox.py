"""The door that departments push to, fitted together: database, registrations, spool and limits of this installation."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import FastAPI

from hub import wiring
from hub.inbox import House, application
from hub.inbox.house import Network


def house(proxies: Sequence[Network] = ()) -> House:
    """What the door works with; nothing is opened yet. `proxies` are those whose word on certificates is taken."""
    return House(
        engine=wiring.engine(),
        registration=wiring.registration,
        spool=wiring.settings().spool,
        limit=lambda: wiring.limits().package_bytes,
        proxies=tuple(proxies),
    )


def inbox(proxies: Sequence[Network] = ()) -> FastAPI:
    """The ASGI application of this installation."""
    return application(house(proxies))
