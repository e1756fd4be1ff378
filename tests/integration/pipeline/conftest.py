"""A department with an exchange directory, and a hub that serves it, on each database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from sqlalchemy import Engine, func, select

from hub import wiring
from hub.central.engine import reading
from hub.central.tables import exchange, metadata
from hub.wiring import parts
from schemas.contract import HERE
from tests.support.message import SYSTEM, USCC

RECEIPT = HERE / "1.0" / "receipt.xsd"
NS = {"r": "urn:supervision-hub:receipt:1"}


@dataclass
class Receipt:
    """A delivered receipt: the bytes, and what they say. Reading it checks it against its schema."""

    body: bytes

    def __post_init__(self) -> None:
        self.root = etree.fromstring(self.body)
        etree.XMLSchema(etree.parse(str(RECEIPT))).assertValid(self.root)

    def text(self, path: str) -> str | None:
        found: str | None = self.root.findtext(
            "/".join(f"r:{name}" for name in path.split("/")), namespaces=NS
        )
        return found

    @property
    def counts(self) -> dict[str, int]:
        names = ("Received", "Accepted", "Rejected", "Duplicate", "Stale", "Conflict", "Pending")
        return {name.lower(): int(self.text(f"Counts/{name}") or 0) for name in names}

    @property
    def refused(self) -> list[dict[str, str]]:
        """Per violation of a refused case its fields, by name."""
        return [
            {etree.QName(leaf).localname: leaf.text or "" for leaf in case}
            for case in self.root.iterfind("r:Refused/r:Case", NS)
        ]


class Hub:
    """One installation; `send` is the department's side, everything else the hub's."""

    def __init__(self, engine: Engine, home: Path) -> None:
        self.engine = engine
        self.home = home
        self.systems = home / "systems"
        self.systems.mkdir(parents=True)
        self.register()

    def folder(self, name: str, code: str = SYSTEM) -> Path:
        return self.home / "departments" / code / name

    def register(self, code: str = SYSTEM, *, ready: str = "{marker: .ok}", **words: str) -> None:
        """Write the registration of a department, and make its folders."""
        for name in ("out", "in", "bad"):
            self.folder(name, code).mkdir(parents=True, exist_ok=True)
        fields = {
            "name": "国土资源局审批系统", "organization": USCC, "region": '"430100"',
            "connector": f"{{kind: directory, inbox: '{self.folder('out', code)}', receipts: '{self.folder('in', code)}',"
                         f" refused: '{self.folder('bad', code)}', ready: {ready}}}",
            "dialect": "canonical", "codes": "canonical", "schema": '"1.0"', "status": "live", **words,
        }  # fmt: skip
        text = "".join(f"{name}: {value}\n" for name, value in {"code": code, **fields}.items())
        (self.systems / f"{code}.yaml").write_text(text, encoding="utf-8")

    def send(self, name: str, body: bytes, code: str = SYSTEM) -> str:
        """The department writes a file and its marker; returns the file's digest."""
        path = self.folder("out", code) / name
        path.write_bytes(body)
        path.with_name(name + ".ok").touch()
        return sha256(body).hexdigest()

    def run(self, code: str = SYSTEM) -> list[dict[str, Any]]:
        return wiring.exchange(code)

    def exchange(self, name: str, body: bytes, code: str = SYSTEM) -> Receipt:
        """Send one file, run, and read its receipt."""
        self.send(name, body, code)
        self.run(code)
        return self.receipt(name, code)

    def receipt(self, name: str, code: str = SYSTEM) -> Receipt:
        return Receipt((self.folder("in", code) / f"{name}.receipt.xml").read_bytes())

    def rows(self, table: str, *columns: str) -> list[tuple[Any, ...]]:
        """All rows of a table in the order of its first columns."""
        found = metadata.tables[table]
        names = columns or tuple(found.columns.keys())
        statement = select(*(found.c[name] for name in names)).order_by(*list(found.columns)[:3])
        with reading(self.engine) as connection:
            return [tuple(row) for row in connection.execute(statement)]

    def outcomes(self, digest: str) -> list[tuple[str | None, str, str]]:
        """What became of each case of a package: number, outcome, codes."""
        table, package = exchange.case_outcome, exchange.package
        statement = (
            select(table.c.case_no, table.c.outcome, table.c.codes)
            .join(package, package.c.id == table.c.package)
            .where(package.c.digest == digest)
            .order_by(table.c.ordinal)
        )
        with reading(self.engine) as connection:
            return [tuple(row) for row in connection.execute(statement)]

    def package(self, digest: str) -> Any:
        with reading(self.engine) as connection:
            return connection.execute(
                select(exchange.package).where(exchange.package.c.digest == digest)
            ).one()

    def count(self, table: str) -> int:
        with reading(self.engine) as connection:
            return int(
                connection.execute(select(func.count()).select_from(metadata.tables[table])).scalar_one()
            )

    def case(self, number: str) -> Any:
        head = exchange.case_head
        with reading(self.engine) as connection:
            return connection.execute(select(head).where(head.c.case_no == number)).one_or_none()

    def events(self, chain: str = SYSTEM) -> list[str]:
        return [event for name, event in self.rows("exchange_log", "chain", "event") if name == chain]

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """All rows of all tables, to tell that nothing has changed; times of a look do not count."""
        return {name: self.rows(name) for name in metadata.tables if name != "system"}


@pytest.fixture
def hub(any_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """An installation on the database of the test."""
    yield from installed(any_engine, tmp_path, monkeypatch)


@pytest.fixture
def sqlite_hub(sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """For what has nothing to do with the database."""
    yield from installed(sqlite_engine, tmp_path, monkeypatch)


def installed(engine: Engine, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    made = Hub(engine, home)
    monkeypatch.setenv("SUPHUB_HOME", str(home / "home"))
    monkeypatch.setenv("SUPHUB_SYSTEMS", str(made.systems))
    monkeypatch.setenv("SUPHUB_DATABASE_URL", engine.url.render_as_string(hide_password=False))
    yield made
    wiring.engine().dispose()
    parts._engine.cache_clear()
    parts._catalogue.cache_clear()
