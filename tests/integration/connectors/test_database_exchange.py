"""The same department on three database servers, on the hub's whole way: the same bytes, outcomes, flags and reject rows."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, Engine, create_engine, text

from hub import wiring
from hub.simulate import Options, simulate
from tests.integration.pipeline.conftest import Hub, installed
from tests.support import postgres
from tests.support.mariadb import MariaServer
from tests.support.postgres import PostgresServer

CODE = "land-bureau"
TABLES = ("up_pro_accept", "up_pro_process", "up_pro_result", "up_pro_special_procedure", "up_pro_material")


@pytest.fixture
def hub(sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    yield from installed(sqlite_engine, tmp_path, monkeypatch)


@pytest.fixture
def addresses(
    postgres_server: PostgresServer, mariadb_server: MariaServer, tmp_path: Path
) -> Iterator[dict[str, tuple[str, dict[str, Any]]]]:
    """Per server the address that the department writes to, and the connection that the hub uses."""
    theirs, ours = postgres_server.new_database(), mariadb_server.new_database()
    with mariadb_server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("CREATE USER IF NOT EXISTS department@'127.0.0.1' IDENTIFIED BY 'pw'")
        cursor.execute("GRANT ALL ON *.* TO department@'127.0.0.1'")
    maria = {
        "host": "127.0.0.1", "port": mariadb_server.port, "login": "department", "password": "pw", "schema": ours,
    }  # fmt: skip
    file = tmp_path / "exchange.db"
    yield {
        "sqlite": (f"sqlite:///{file}", {"conn_type": "sqlite", "schema": str(file)}),
        "postgresql": (
            postgres_server.url(theirs),
            {
                "conn_type": "postgres", "host": "127.0.0.1", "port": postgres_server.port, "login": postgres.USER,
                "password": postgres.PASSWORD, "schema": theirs,
            },
        ),
        "mariadb": (
            URL.create("mysql+pymysql", "department", "pw", "127.0.0.1", mariadb_server.port, ours).render_as_string(False),
            {"conn_type": "mysql", **maria},
        ),
    }  # fmt: skip
    postgres_server.drop_database(theirs)
    mariadb_server.drop_database(ours)


def department(hub: Hub, code: str, url: str) -> None:
    """A simulated department, its rows in the database of that address, registered under a code of its own."""
    out = hub.home / code
    options = Options(
        out=out, today=date(2026, 11, 20), code=CODE, cases=60, seed=3, dialect="national-exchange-db",
        package_size=150, database_url=url,
    )  # fmt: skip
    simulate(options)
    registration = (out / f"{CODE}.yaml").read_text(encoding="utf-8")
    (hub.systems / f"{code}.yaml").write_text(
        registration.replace(f"code: {CODE}\n", f"code: {code}\n"), encoding="utf-8"
    )


def written_back(url: str) -> tuple[dict[str, Counter[str]], list[tuple[Any, ...]]]:
    """Flags by table, and the exception table."""
    engine = create_engine(url)
    with engine.connect() as connection:
        flags = {
            table: Counter(connection.scalars(text(f"SELECT sync_flag FROM {table}"))) for table in TABLES
        }
        rejects = connection.execute(
            text("SELECT table_name, row_guid, cd_batch, abnormal_type, remark FROM dn_audit_abnormal")
        )
        found = sorted(tuple(row) for row in rejects)
    engine.dispose()
    return flags, found


def test_three_servers_give_the_same_bytes_outcomes_flags_and_reject_rows(
    hub: Hub, addresses: dict[str, tuple[str, dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {}
    for code, (url, connection) in addresses.items():
        department(hub, code, url)
        monkeypatch.setenv("AIRFLOW_CONN_LAND_BUREAU", json.dumps(connection))
        packages = [wiring.process(code, package) for package in wiring.take(code)]
        wiring.deliver(code)
        digests = [digest for system, digest in hub.rows("package", "system", "digest") if system == code]
        counts = [
            {name: package[name] for name in ("cases", "accepted", "rejected", "conflict", "pending")}
            for package in packages
        ]
        told[code] = (digests, counts, *written_back(url))
        before = written_back(url)
        assert wiring.take(code) == []
        wiring.deliver(code)
        assert written_back(url) == before

    digests, counts, flags, rejects = told["sqlite"]
    assert len(digests) > 2
    assert sum(found["0"] for found in flags.values()) == 0
    refused = sum(each["rejected"] + each["conflict"] for each in counts)
    assert sum(found["2"] for found in flags.values()) == refused > 0
    assert {table for table, *_ in rejects} <= set(TABLES)
    assert told["postgresql"] == told["sqlite"]
    assert told["mariadb"] == told["sqlite"]
