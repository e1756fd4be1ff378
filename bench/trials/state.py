"""What a central database holds after a trial, without ids, times and positions in the log: equal states are equal results."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Row, Table, select

from hub.central.caserows import CASE_TABLES
from hub.central.engine import reading
from hub.central.tables import exchange, metadata
from hub.ledger.verify_database import verify_database

TIMES = {"received_at", "closed_at", "changed_at", "known_at", "arrived_at", "made_at", "delivered_at"}
_PASSING = re.compile(rb"<(HubTime|LogSeq)>[^<]*</\1>")

ONCE = ("package.received", "package.closed", "package.refused", "package.set_aside", "registration.changed")
"""Events that stand in the log once for each package (or registration), however often the work was repeated."""


@dataclass(frozen=True, slots=True)
class State:
    """Rows by table as a multiset of JSON lines, receipts by package digest, and what the log says of itself."""

    tables: Mapping[str, Counter[str]]
    receipts: Mapping[str, bytes]
    log_ok: bool
    events: Counter[str]
    unanswered: int

    def differences(self, other: State) -> list[str]:
        """What `other` has more or less than this state; empty if they are equal."""
        found = [
            line for name, rows in self.tables.items() for line in _difference(name, rows, other.tables[name])
        ]
        mine, theirs = (
            {digest: _PASSING.sub(b"", body) for digest, body in state.receipts.items()}
            for state in (self, other)
        )
        found += [
            f"receipt of {d}: differs" for d in mine.keys() | theirs.keys() if mine.get(d) != theirs.get(d)
        ]
        once = {name: (self.events[name], other.events[name]) for name in ONCE}
        found += [
            f"log: {name} {seen[1]} times, not {seen[0]}" for name, seen in once.items() if seen[0] != seen[1]
        ]
        delivered = "receipt.delivered"
        if self.events[delivered] != other.events[delivered]:
            found.append(f"log: {delivered} {other.events[delivered]} times, not {self.events[delivered]}")
        return found


def state_of(engine: Engine) -> State:
    """Read the state on one snapshot."""
    with reading(engine) as connection:
        cases = {
            row.id: f"{row.system}/{row.case_no}" for row in connection.execute(select(exchange.case_head))
        }
        packages = {row.id: row.digest for row in connection.execute(select(exchange.package))}
        log = connection.execute(select(exchange.exchange_log.c.event))
        events = Counter(row.event for row in log)
        waiting = connection.execute(select(exchange.arrival).where(exchange.arrival.c.answered_at.is_(None)))
        return State(
            tables=_tables(connection, cases, packages),
            receipts=_receipts(connection),
            log_ok=verify_database(connection).ok,
            events=events,
            unanswered=len(waiting.all()),
        )


def receipts_of(engine: Engine) -> dict[str, bytes]:
    """The stored receipts by package digest."""
    with reading(engine) as connection:
        return _receipts(connection)


def _receipts(connection: Connection) -> dict[str, bytes]:
    joined = select(exchange.package.c.digest, exchange.receipt.c.body).join(
        exchange.receipt, exchange.receipt.c.package == exchange.package.c.id
    )
    return {row.digest: bytes(row.body) for row in connection.execute(joined)}


def _tables(
    connection: Connection, cases: Mapping[int, str], packages: Mapping[int, str]
) -> dict[str, Counter[str]]:
    named: dict[str, Callable[[Any], Any]] = {"case_id": cases.get, "package": packages.get}
    wanted: list[tuple[Table, set[str]]] = [(metadata.tables[name], set()) for name in CASE_TABLES]
    wanted += [(exchange.case_head, {"id"}), (exchange.case_version, set()), (exchange.fragment, set())]
    wanted += [
        (exchange.case_pieces, set()),
        (exchange.case_outcome, set()),
        (exchange.rejection, set()),
        (exchange.quarantine, set()),
    ]
    wanted += [(exchange.package, {"id", "attempts"}), (exchange.arrival, {"id", "answered_at"})]
    return {
        table.name: Counter(_line(row, named, left_out | TIMES) for row in connection.execute(select(table)))
        for table, left_out in wanted
    }


def _line(row: Row[Any], named: Mapping[str, Callable[[Any], Any]], left_out: set[str]) -> str:
    values = {
        name: named[name](value) if name in named and value is not None else value
        for name, value in row._mapping.items()
        if name not in left_out
    }
    return json.dumps(values, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> str:
    return value.hex() if isinstance(value, bytes | memoryview) else str(value)


def _difference(name: str, mine: Counter[str], theirs: Counter[str]) -> list[str]:
    missing, extra = mine - theirs, theirs - mine
    found = [f"{name}: {missing.total()} rows missing, e.g. {next(iter(missing))[:300]}"] if missing else []
    return found + (
        [f"{name}: {extra.total()} rows too many, e.g. {next(iter(extra))[:300]}"] if extra else []
    )
