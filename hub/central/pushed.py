"""Rows of what departments pushed: by which node's credential, under which name, and what has become of it since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from hub.central.sets import among
from hub.central.tables import exchange
from hub.central.tables.nodes import node_credential

_PUSHED = exchange.pushed
_PACKAGE = exchange.package
_ARRIVAL = exchange.arrival
SKEW_US = 600_000_000
"""So far the clock of the door's machine may be ahead of that of the worker which takes the package."""


@dataclass(frozen=True, slots=True)
class Push:
    """One push: who sent which bytes under which name; `credential` is the public id, `at` µs."""

    system: str
    name: str
    digest: str
    size: int
    node: str
    credential: str
    at: int


def note(connection: Connection, push: Push) -> None:
    """Write a push down, before its file can be taken."""
    values = {
        "system": push.system, "name": push.name, "digest": push.digest, "size": push.size, "node": push.node,
        "credential": push.credential, "pushed_at": push.at,
    }  # fmt: skip
    connection.execute(insert(_PUSHED).values(values))


def sender(connection: Connection, package: Row[Any]) -> str | None:
    """The public id of the credential by which a package (its row) came; None where it was not pushed.

    The last push of these bytes under this name before the package was taken: whoever sends the same bytes later is not it.
    """
    pushes = connection.execute(
        select(_PUSHED.c.credential, _PUSHED.c.pushed_at)
        .where(
            _PUSHED.c.system == package.system, _PUSHED.c.digest == package.digest, _PUSHED.c.name == package.origin,
            _PUSHED.c.pushed_at <= package.received_at + SKEW_US,
        )
        .order_by(_PUSHED.c.pushed_at, _PUSHED.c.id)
    ).all()  # fmt: skip
    before = [each for each in pushes if each.pushed_at <= package.received_at]
    found = before[-1] if before else next(iter(pushes), None)
    return None if found is None else str(found.credential)


def bounded(connection: Connection, system: str, digests: Sequence[str]) -> set[str]:
    """Those of the digests that came by a credential with bounds of its own (organisations, regions)."""
    of_node = node_credential.c
    wanted = (
        select(_PUSHED.c.digest)
        .join(node_credential, of_node.public_id == _PUSHED.c.credential)
        .where(
            _PUSHED.c.system == system,
            among(connection, _PUSHED.c.digest, list(digests)),
            (of_node.organizations != "") | (of_node.regions != ""),
        )
    )
    return set(connection.execute(wanted).scalars())


@dataclass(frozen=True, slots=True)
class Standing:
    """The last push under a name whose package the hub has: whose it was, and whether its receipt lies there."""

    digest: str
    size: int
    node: str
    answered: bool


def standing(connection: Connection, system: str, name: str) -> Standing | None:
    """What was last taken of a name; None where nothing ever was."""
    last = connection.execute(
        select(_PUSHED.c.digest, _PUSHED.c.size, _PUSHED.c.node, _PACKAGE.c.id)
        .join(_PACKAGE, (_PACKAGE.c.system == _PUSHED.c.system) & (_PACKAGE.c.digest == _PUSHED.c.digest))
        .join(_ARRIVAL, (_ARRIVAL.c.package == _PACKAGE.c.id) & (_ARRIVAL.c.origin == _PUSHED.c.name))
        .where(_PUSHED.c.system == system, _PUSHED.c.name == name)
        .order_by(_PUSHED.c.id.desc())
        .limit(1)
    ).one_or_none()
    if last is None:
        return None
    arrival = connection.execute(
        select(_ARRIVAL.c.answered_at)
        .where(_ARRIVAL.c.package == last.id, _ARRIVAL.c.origin == name)
        .order_by(_ARRIVAL.c.id.desc())
        .limit(1)
    ).scalar_one()
    return Standing(last.digest, last.size, last.node, arrival is not None)
