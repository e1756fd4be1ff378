"""Credentials for tests: a token of a node, or one with a fingerprint, made as the command line makes them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, select

from hub.central.engine import reading
from hub.central.tables.exchange import exchange_log
from hub.clock import DAY_US
from hub.ledger.search import search
from hub.ledger.verify import Report
from hub.ledger.verify_database import verify_database
from hub.nodes.changes import issue
from hub.nodes.shapes import Credential, Grant, Material
from hub.nodes.tokens import new_id, new_token

NOW = 1_796_097_600_000_000  # 2026-12-01T12:00+08:00 in µs
SYSTEM = "land-bureau"
USCC = "11430100006121778E"
OTHER = "11430100006127328X"


def grant(name: str = "front-1", **changes: Any) -> Grant:
    """A grant of a year from NOW on, without bounds of its own."""
    values: dict[str, Any] = {
        "system": SYSTEM, "name": name, "organizations": None, "regions": None, "valid_from": NOW,
        "valid_to": NOW + 365 * DAY_US, "by": "王管理员", "reason": "首次",
    }  # fmt: skip
    return Grant(**(values | changes))


def token_of(engine: Engine, name: str = "front-1", **changes: Any) -> tuple[str, Credential]:
    """A token that was issued to a node, and what is kept of it."""
    token, material = new_token()
    return token, issue(engine, grant(name, **changes), material, NOW)


def holder_of(
    engine: Engine, kind: str, fingerprint: str, name: str = "front-1", **changes: Any
) -> Credential:
    """A certificate or key, known by its fingerprint, that was issued to a node."""
    return issue(engine, grant(name, **changes), Material(kind, new_id(), fingerprint=fingerprint), NOW)


def entries(engine: Engine, event: str | None = None) -> list[dict[str, Any]]:
    """The bodies of the hub's chain, oldest first."""
    with reading(engine) as connection:
        return [each["body"] for each in search(connection, chain="hub", event=event)]


def log_text(connection: Connection) -> str:
    """Everything that the log holds, to look for what it must not hold."""
    return "\n".join(row.body for row in connection.execute(select(exchange_log.c.body)))


def verified(engine: Engine) -> Report:
    """What the verifier says of the log in the database."""
    with reading(engine) as connection:
        return verify_database(connection)
