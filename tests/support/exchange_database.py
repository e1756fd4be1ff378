"""The department's side of an exchange database, the same on SQLite, PostgreSQL and MariaDB: its tables, its rows, its hands."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, NullPool, create_engine, text

from connectors.base import Access, Surroundings
from connectors.database import DatabaseConnector
from connectors.state import MemoryState

TABLES: Mapping[str, tuple[str, ...]] = {
    "up_pro_accept": ("project_no", "task_name", "applyer_name", "promise_date"),
    "up_pro_process": ("project_no", "event_name", "handle_explain"),
}
"""Two of the national tables, with some of their columns; each has the sync envelope beside them."""

ENTRIES = {name: {"key": "row_guid", "time": "cd_time"} for name in TABLES}
FLAG = {"flag": {"column": "sync_flag", "new": "0", "taken": "1", "refused": "2"}}
WATERMARK = {"watermark": {"late": "15m"}}
REJECTS = {"table": "dn_audit_abnormal"}

_TEXT = {"sqlite": "TEXT", "postgresql": "VARCHAR(200)", "mysql": "VARCHAR(200)"}
_TIME = {"sqlite": "DATETIME", "postgresql": "TIMESTAMP", "mysql": "DATETIME(6)"}


@dataclass(slots=True)
class Exchange:
    """One database with the two tables and the exception table; `state` and `work` are the hub's."""

    access: Access
    engine: Engine
    work: Path
    state: MemoryState = field(default_factory=MemoryState)

    @property
    def kind(self) -> str:
        return self.engine.dialect.name

    def make_tables(self) -> None:
        kind = self.kind
        for name, columns in TABLES.items():
            own = ", ".join(f"{column} {_TEXT[kind]}" for column in columns)
            self.run(
                f"CREATE TABLE {name} (row_guid VARCHAR(64) PRIMARY KEY, {own}, cd_operation CHAR(1),"
                f" cd_time {_TIME[kind]}, cd_batch VARCHAR(40), data_source VARCHAR(40), sync_flag CHAR(1))"
            )
            self.run(f"CREATE INDEX {name}_time ON {name} (cd_time, row_guid)")
        self.run(
            "CREATE TABLE dn_audit_abnormal (id VARCHAR(64) PRIMARY KEY, table_name VARCHAR(64), row_guid VARCHAR(64),"
            f" cd_batch VARCHAR(40), abnormal_type VARCHAR(40), remark VARCHAR(400), created_time {_TIME[kind]})"
        )

    def run(self, statement: str, **values: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(text(statement), values)

    def rows(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement), values)]

    def put(self, key: str, time: str | None, table: str = "up_pro_accept", **values: Any) -> None:
        """Write a row, new by its flag; one of the same key is replaced."""
        row = {
            "row_guid": key, "project_no": f"P{key}", "cd_operation": "I", "cd_time": time, "cd_batch": "B1",
            "data_source": "land", "sync_flag": "0", **values,
        }  # fmt: skip
        self.run(f"DELETE FROM {table} WHERE row_guid = :key", key=key)
        columns = ", ".join(row)
        self.run(f"INSERT INTO {table} ({columns}) VALUES ({', '.join(':' + c for c in row)})", **row)

    def flags(self, table: str = "up_pro_accept") -> dict[str, str]:
        return dict(self.rows(f"SELECT row_guid, sync_flag FROM {table} ORDER BY row_guid"))  # type: ignore[arg-type]

    def rejects(self) -> list[tuple[Any, ...]]:
        return self.rows(
            "SELECT id, table_name, row_guid, cd_batch, abnormal_type, remark FROM dn_audit_abnormal ORDER BY id"
        )

    def connector(self, take: Mapping[str, Any] = FLAG, **options: Any) -> DatabaseConnector:
        given = {
            "kind": "database",
            "connection": "land_exchange",
            "tables": ENTRIES,
            "take": take,
            **options,
        }
        return DatabaseConnector("land", given, Surroundings(self.state, lambda _: self.access, self.work))


def sqlite_exchange(folder: Path) -> Exchange:
    """A fresh SQLite file with the tables."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "exchange.db"
    engine = create_engine(f"sqlite:///{file}", poolclass=NullPool)
    exchange = Exchange(Access("land_exchange", "sqlite", path=str(file)), engine, folder / "work")
    exchange.make_tables()
    return exchange


def take_all(connector: Any) -> list[bytes]:
    """Take everything that waits, as the hub does; the bodies of the packages."""
    bodies = []
    for notice in connector.ready():
        claim = connector.claim(notice)
        if claim is None:
            continue
        with connector.read(claim) as stream:
            bodies.append(stream.read())
        connector.acknowledge(claim)
    return bodies


def read_rows(bodies: list[bytes]) -> list[tuple[str, dict[str, Any]]]:
    """Table and row of every line."""
    found = []
    for body in bodies:
        first, *lines = body.splitlines()
        assert json.loads(first) == {"format": "row-set", "version": 1}
        found += [(row["table"], row["row"]) for row in map(json.loads, lines)]
    return found


def keys(bodies: list[bytes]) -> list[str]:
    """Key of every row, in order."""
    return [row["row_guid"] for _, row in read_rows(bodies)]


def receipt(digest: str, *refused: tuple[str, str, str, str], state: str = "closed") -> bytes:
    """A receipt for (table, key, column, code), as the pipeline writes it; `state` refused: the package as a whole."""
    cases = "".join(
        f"<Case><Ordinal>{number}</Ordinal><CaseNo>P{key}</CaseNo><Line>{number + 1}</Line><XPath>{table}/{key}/{column}</XPath>"
        f"<Field>{column}</Field><Value>坏值 𠮷</Value><Code>{code}</Code>"
        "<MessageZh>不是日期</MessageZh><MessageEn>not a date</MessageEn>"
        "<RemedyZh>改正后置 sync_flag 为 0</RemedyZh><RemedyEn>Mend it and set sync_flag to 0</RemedyEn></Case>"
        for number, (table, key, column, code) in enumerate(refused, 1)
    )
    whole = (
        "<RefusalCode>PKG_EMPTY</RefusalCode><Refusal><MessageZh>空</MessageZh><MessageEn>empty</MessageEn>"
        "<RemedyZh>重发</RemedyZh><RemedyEn>again</RemedyEn></Refusal>"
        if state == "refused"
        else ""
    )
    return (
        f'<Receipt xmlns="urn:supervision-hub:receipt:1" version="1.0"><SystemCode>land</SystemCode><Digest>{digest}</Digest>'
        f"<State>{state}</State>{whole}<Counts/><Refused>{cases}</Refused>"
        "<HubTime>2026-03-05T12:00:00.000007+08:00</HubTime><LogChain>land</LogChain><LogSeq>1</LogSeq></Receipt>"
    ).encode()
