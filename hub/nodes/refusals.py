"""Writes down who was turned away: a few entries per peer and minute, then one summary with the count.

The counts lie in the database, so that several workers agree; they also say when a peer has failed so often that it
is answered without any further checking.
"""

from __future__ import annotations

import ipaddress
import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from hub.central.engine import reading, writing
from hub.central.tables.nodes import node_refusal
from hub.clock import iso
from hub.ledger import chain

MINUTE_US = 60_000_000
ENTRIES = 5
"""Entries of their own per peer and minute."""
ENTRIES_OF_ALL = 120
"""Entries per minute, whoever the peers are: ten thousand addresses cannot flood the log either."""
FAILURES = 20
"""Failures of a peer within a minute after which it is answered without a hash until the minute is over."""
STEP = 100
"""Answers without a hash are counted in steps, by each worker: not even a count may cost a transaction each time."""
SETTLED = 500
NAMED = 50
PEERS_REMEMBERED = 10_000
OF_ALL = "*"

_R = node_refusal.c


def peer_name(peer: str) -> str:
    """How a peer is counted and told: an address (of IPv6 its /64, which one house owns), else the text made harmless."""
    try:
        address = ipaddress.ip_address(peer.strip().partition("%")[0])
    except ValueError:
        text = peer.encode("utf-8", "replace").decode()
        text = "".join(c if c.isprintable() else "?" for c in text).strip()[:100]
        return text if text not in ("", OF_ALL) else "?"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def note(engine: Engine, peer: str, body: Mapping[str, Any], now: int) -> None:
    """Count a refused attempt and, as far as the limits allow, write `node.refused` with `body` into the hub's chain."""
    with writing(engine) as connection:
        due = within(connection, peer, body, now)
    if due:
        settle(engine, now)


def within(connection: Connection, peer: str, body: Mapping[str, Any], now: int) -> bool:
    """The same in the caller's transaction, as the last thing in it; whether `settle` is due once that has ended."""
    name, minute = peer_name(peer), now - now % MINUTE_US
    first = _count(connection, name, minute, 1)
    if _may_log(connection, name, minute):
        chain.append(connection, chain.HUB_CHAIN, "node.refused", {"peer": name, **body}, now)
    return first


def failing(connection: Connection, peer: str, now: int) -> bool:
    """Whether a peer has failed so often in this minute that it is not worth checking."""
    wanted = select(_R.refused).where(_R.peer == peer_name(peer), _R.minute_at == now - now % MINUTE_US)
    return int(connection.execute(wanted).scalar_one_or_none() or 0) >= FAILURES


class Unchecked:
    """Counts the answers without a check; every STEP of a peer they go into the database."""

    def __init__(self) -> None:
        self._counts: OrderedDict[tuple[str, int], int] = OrderedDict()
        self._lock = threading.Lock()

    def note(self, engine: Engine, peer: str, now: int) -> None:
        """One more of this peer."""
        key = (peer_name(peer), now - now % MINUTE_US)
        with self._lock:
            count = self._counts.pop(key, 0) + 1
            self._counts[key] = count % STEP
            while len(self._counts) > PEERS_REMEMBERED:
                self._counts.popitem(last=False)
        if count == STEP:
            with writing(engine) as connection:
                _count(connection, *key, STEP)


def settle(engine: Engine, now: int) -> int:
    """Close the minutes that have been over for a minute (clocks of workers differ): one `node.refusals` for all that had no entry; returns how many attempts it tells.

    Workers that settle at the same moment each take other rows.
    """
    over = _R.minute_at <= now - now % MINUTE_US - 2 * MINUTE_US
    with reading(engine) as connection:  # nearly always there is nothing, and no writer need wait for that
        if connection.execute(select(_R.peer).where(over).limit(1)).first() is None:
            return 0
    with writing(engine) as connection:
        rows = connection.execute(
            select(node_refusal)
            .where(over)
            .order_by(_R.minute_at, _R.peer)
            .limit(SETTLED)
            .with_for_update(skip_locked=True)
        ).all()
        for row in rows:
            connection.execute(delete(node_refusal).where(_R.peer == row.peer, _R.minute_at == row.minute_at))
        untold = [row for row in rows if row.refused > row.logged]
        if untold:
            chain.append(connection, chain.HUB_CHAIN, "node.refusals", _summary(untold), now)
    return sum(row.refused - row.logged for row in untold)


def _summary(rows: list[Any]) -> dict[str, Any]:
    most = sorted(rows, key=lambda row: (-row.refused, row.peer, row.minute_at))
    return {
        "refused": sum(row.refused for row in rows),
        "without_entry": sum(row.refused - row.logged for row in rows),
        "peers": [
            {"peer": row.peer, "minute": iso(row.minute_at), "refused": row.refused, "entries": row.logged}
            for row in most[:NAMED]
        ],
        "more": max(0, len(rows) - NAMED),
    }


def _count(connection: Connection, peer: str, minute: int, more: int) -> bool:
    """Add to the row of a peer and minute, and hold it; whether the row is new."""
    here = (_R.peer == peer, _R.minute_at == minute)
    add = update(node_refusal).where(*here).values(refused=_R.refused + more)
    if connection.execute(add).rowcount:
        return False
    values = {"peer": peer, "minute_at": minute, "refused": more, "logged": 0}
    try:
        with connection.begin_nested():
            connection.execute(insert(node_refusal).values(values))
    except IntegrityError:
        connection.execute(add)  # another worker has just made it
        return False
    return True


def _may_log(connection: Connection, peer: str, minute: int) -> bool:
    """Take one of the entries of the peer, and one of all peers', if both have any left."""
    if not _take(connection, peer, minute, ENTRIES):
        return False
    _count(connection, OF_ALL, minute, 0)
    if _take(connection, OF_ALL, minute, ENTRIES_OF_ALL):
        return True
    given_back = update(node_refusal).where(_R.peer == peer, _R.minute_at == minute)
    connection.execute(given_back.values(logged=_R.logged - 1))
    return False


def _take(connection: Connection, peer: str, minute: int, limit: int) -> bool:
    taken = connection.execute(
        update(node_refusal)
        .where(_R.peer == peer, _R.minute_at == minute, _R.logged < limit)
        .values(logged=_R.logged + 1)
    )
    return taken.rowcount == 1


def waiting(connection: Connection) -> int:
    """How many rows are not settled yet."""
    return int(connection.execute(select(func.count()).select_from(node_refusal)).scalar_one())
