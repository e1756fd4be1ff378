"""Finds entries of the log by system, event, package and time, newest last."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, select

from hub.ledger.tables import exchange_log


def search(
    connection: Connection,
    *,
    chain: str | None = None,
    event: str | None = None,
    package: str | None = None,
    since: int | None = None,
    until: int | None = None,
    limit: int = 1000,
) -> list[dict[str, Any]]:
    """The newest `limit` entries that fit, oldest first: {chain, seq, at, event, body, hash}, body as an object.

    `event` also takes a group (`package` finds `package.closed`); `package` is a package's id or the SHA-256 of its
    bytes; `since` (inclusive) and `until` (exclusive) are µs UTC.
    """
    log = exchange_log.c
    wanted = select(exchange_log).order_by(log.at.desc(), log.chain.desc(), log.seq.desc())
    if chain is not None:
        wanted = wanted.where(log.chain == chain)
    if event is not None:
        wanted = wanted.where((log.event == event) | log.event.startswith(event + ".", autoescape=True))
    if package is not None:
        # A quick look at the text first; what the body really says is asked below.
        wanted = wanted.where(log.body.contains(json.dumps(package, ensure_ascii=False), autoescape=True))
    if since is not None:
        wanted = wanted.where(log.at >= since)
    if until is not None:
        wanted = wanted.where(log.at < until)
    found: list[dict[str, Any]] = []
    for row in connection.execute(wanted.execution_options(yield_per=min(limit, 1000))):
        body = json.loads(row.body)
        if package is None or package in {body.get("package"), body.get("digest")}:
            found.append(
                {
                    "chain": row.chain,
                    "seq": row.seq,
                    "at": row.at,
                    "event": row.event,
                    "body": body,
                    "hash": row.hash,
                }
            )
        if len(found) == limit:
            break
    return found[::-1]
