"""A case as it was known earlier, fitted to this installation: its raw store, its registrations, its keys for seals."""

from __future__ import annotations

from typing import Any

from hub import wiring
from hub.audit.earlier import known_at
from hub.audit.reread import Rereading
from hub.central.engine import reading
from hub.errors import HubError
from hub.views import origins
from hub.wiring.registered_then import Registrations


def case_at(name: str, at: int) -> dict[str, Any]:
    """The case `SYSTEM/NO` as it was known at the instant `at` (µs), with the origin of each value.

    Raises StopError CASE_UNKNOWN, CASE_NOT_KNOWN_THEN, CASE_VERSION_UNREAD.
    """
    with reading(wiring.engine()) as connection:
        then = Registrations.by(connection).of
        again = Rereading(wiring.engine(), wiring.archive(), then, wiring.limits(), wiring.catalogue())
        found, facts, told = known_at(connection, name, at, again)
    try:
        registration: Any = wiring.registration(facts.system)
    except HubError as error:
        registration = error
    found |= origins.trace(facts, registration, wiring.archive())
    found["unread"] += told
    return found
