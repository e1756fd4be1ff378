"""The probe of an exchange database tells what is wrong before a row does, and changes nothing."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from frontend_probe import database_trust
from frontend_probe.database import probe_database
from frontend_probe.report import UNREACHED
from hub.clock import from_us, now_us
from mappings.columns import columns_of
from mappings.dialect import Dialect, load_dialect
from tests.support.exchange_database import FLAG, REJECTS, WATERMARK, Exchange, sqlite_exchange, take_all
from tests.support.ftp_tls import Authority
from tests.support.postgres import PostgresServer

CHECKS = [
    "reachable", "trusted", "tables", "rights.select", "indexes", "charset", "times", "engine", "clock", "backlog", "flags", "rights.flag",
    "rejects",
]  # fmt: skip


def look(
    exchange: Exchange, take: Any = FLAG, shift_s: int = 0, dialect: Dialect | None = None, **options: Any
) -> dict[str, Any]:
    connector = exchange.connector(take, **options)
    found = probe_database(connector, lambda: now_us() + shift_s * 1_000_000, dialect)
    return {check.name: check for check in found.checks}


def test_a_sound_database_passes_every_check_and_stays_as_it_was(exchange: Exchange) -> None:
    for table in ("up_pro_accept", "up_pro_process"):
        exchange.run(f"CREATE INDEX {table}_flag ON {table} (sync_flag, cd_time)")
    exchange.put("a", f"{from_us(now_us() - 60_000_000):%Y-%m-%d %H:%M:%S}")
    found = look(exchange, rejects=REJECTS)

    assert list(found) == CHECKS
    assert {name: check.verdict for name, check in found.items()} == dict.fromkeys(CHECKS, "ok")
    assert not any(check.remedy for check in found.values())
    assert (exchange.flags(), exchange.rejects()) == ({"a": "0"}, [])
    assert exchange.state.values == {}
    assert "up_pro_accept: 1, up_pro_process: 0" in found["backlog"].seen


def test_reading_by_time_asks_for_no_right_to_write(exchange: Exchange) -> None:
    exchange.put("a", "2026-03-05 09:00:00")
    take_all(exchange.connector(WATERMARK))
    before = dict(exchange.state.values)
    found = look(exchange, WATERMARK)
    assert list(found) == CHECKS[:-3]
    assert {check.verdict for check in found.values()} == {"ok"}
    assert exchange.state.values == before


def test_what_waits_too_long_and_indexes_that_are_missing_are_warned_of(exchange: Exchange) -> None:
    exchange.put("a", "2026-03-05 09:00:00")
    found = look(exchange)
    assert found["backlog"].verdict == "warn"
    assert "2026-03-05 09:00:00" in found["backlog"].seen
    assert found["indexes"].verdict == "warn"
    statements = found["indexes"].remedy.split("its table): ")[1].split("; ")
    assert any("up_pro_accept (sync_flag, cd_time, row_guid)" in each for each in statements)
    for each in statements:
        exchange.run(each)
    assert look(exchange)["indexes"].verdict == "ok"


def test_columns_that_the_dialect_maps_are_looked_for_one_by_one(exchange: Exchange) -> None:
    found = look(exchange, dialect=load_dialect("national-exchange-db"))["columns"]
    assert found.verdict == "fail"
    assert "up_pro_accept.org_code" in found.seen
    assert "up_pro_accept.task_name" not in found.seen
    assert "up_pro_result" in found.seen.split("not read: ")[1]


def _wide(exchange: Exchange, **kinds: str) -> None:
    """The table of acceptance with every column that the dialect reads, text unless it is said otherwise."""
    own = {
        "row_guid": "VARCHAR(64) PRIMARY KEY",
        "cd_time": {"mysql": "DATETIME"}.get(exchange.kind, "TIMESTAMP"),
        **kinds,
    }
    columns = [each.column for each in columns_of(load_dialect("national-exchange-db"))["up_pro_accept"]]
    exchange.run("DROP TABLE up_pro_accept")
    listed = ", ".join(f"{name} {own.get(name, 'VARCHAR(100)')}" for name in [*columns, "sync_flag"])
    exchange.run(f"CREATE TABLE up_pro_accept ({listed})")


@pytest.mark.parametrize(
    ("kinds", "verdict", "named"),
    [
        ({}, "ok", ""),
        ({"apply_date": "DATE", "task_version": "INTEGER", "project_type": "CHAR(1)"}, "ok", ""),
        ({"org_code": "VARCHAR(9)"}, "fail", "org_code: VARCHAR(9)"),
        ({"task_version": "DATE"}, "fail", "task_version: DATE"),
        ({"accept_date": "INTEGER"}, "fail", "accept_date: INTEGER"),
        ({"task_version": "REAL"}, "warn", "task_version: "),
        ({"task_name": "REAL"}, "warn", "task_name: "),
    ],
)
def test_a_column_that_cannot_hold_its_field_is_named(
    postgres_exchange: Exchange, kinds: dict[str, str], verdict: str, named: str
) -> None:
    _wide(postgres_exchange, **kinds)
    entries = {"up_pro_accept": {"key": "row_guid", "time": "cd_time"}}
    found = look(postgres_exchange, dialect=load_dialect("national-exchange-db"), tables=entries)["columns"]
    assert (found.verdict, named in found.seen) == (verdict, True)


def test_flags_that_nobody_would_ever_take_are_counted(exchange: Exchange) -> None:
    for key, flag in (("a", "0"), ("b", "1"), ("c", "2"), ("d", "9"), ("e", "9"), ("f", None)):
        exchange.put(key, "2026-03-05 09:00:00", sync_flag=flag)
    found = look(exchange)["flags"]
    assert found.verdict == "warn"
    assert set(found.seen.split("; ")) == {
        "up_pro_accept.sync_flag = '9': 2",
        "up_pro_accept.sync_flag = NULL: 1",
    }


def test_times_that_lie_ahead_are_warned_of(exchange: Exchange) -> None:
    exchange.put("a", "2099-03-05 09:00:00")
    found = look(exchange)["times"]
    assert (found.verdict, found.seen) == ("warn", "up_pro_accept: 2099-03-05 09:00:00")


def test_a_rejects_table_that_takes_no_row_of_ours_fails_before_a_row_is_refused(exchange: Exchange) -> None:
    exchange.run("DROP TABLE dn_audit_abnormal")
    exchange.run(
        "CREATE TABLE dn_audit_abnormal (id VARCHAR(64) PRIMARY KEY, table_name VARCHAR(64), row_guid VARCHAR(64),"
        " abnormal_type VARCHAR(40), remark VARCHAR(400), checked_by VARCHAR(10) NOT NULL)"
    )
    found = look(exchange, rejects=REJECTS)["rejects"]
    assert found.verdict == "fail"
    assert "checked_by" in found.seen
    assert exchange.rows("SELECT * FROM dn_audit_abnormal") == []


def test_a_rejects_table_that_changes_what_is_written_fails(sqlite_file: Exchange) -> None:
    sqlite_file.run(
        "CREATE TRIGGER lossy AFTER INSERT ON dn_audit_abnormal BEGIN"
        " UPDATE dn_audit_abnormal SET remark = replace(remark, '𠮷', '?') WHERE id = new.id; END"
    )
    found = look(sqlite_file, rejects=REJECTS)["rejects"]
    assert found.verdict == "fail"
    assert "试写 trial ?" in found.seen
    assert sqlite_file.rejects() == []


def test_where_nothing_can_be_undone_no_reject_row_is_tried(maria_exchange: Exchange) -> None:
    maria_exchange.run("ALTER TABLE dn_audit_abnormal ENGINE = MyISAM")
    assert look(maria_exchange, rejects=REJECTS)["rejects"].verdict == "ok"
    assert maria_exchange.rejects() == []


@pytest.mark.parametrize(("shift", "verdict"), [(0, "ok"), (60, "warn"), (-60, "warn"), (4_000, "fail")])
def test_a_clock_that_goes_wrong_is_told(exchange: Exchange, shift: int, verdict: str) -> None:
    assert look(exchange, shift_s=shift)["clock"].verdict == ("ok" if exchange.kind == "sqlite" else verdict)


def test_a_table_that_is_missing_fails_what_needs_it_and_no_more(exchange: Exchange) -> None:
    exchange.run("DROP TABLE dn_audit_abnormal")
    found = look(exchange, rejects=REJECTS)
    assert found["rejects"].verdict == "fail"
    assert "DATABASE_TABLE" in found["rejects"].seen
    assert found["rights.flag"].verdict == found["tables"].verdict == "ok"


def test_a_column_that_is_missing_is_told_once_and_not_by_every_check(exchange: Exchange) -> None:
    exchange.run("ALTER TABLE up_pro_accept RENAME COLUMN sync_flag TO flag_of_sync")
    found = look(exchange, rejects=REJECTS)
    assert [name for name, check in found.items() if "DATABASE_COLUMN" in check.seen] == ["tables"]
    assert {found[name].seen for name in ("rights.select", "backlog", "flags", "rights.flag")} == {UNREACHED}
    assert found["clock"].verdict == "ok"


def test_a_session_that_can_be_overheard_is_warned_of(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_trust, "on_this_machine", lambda host: False)
    found = look(exchange)["trusted"]
    assert found.verdict == ("ok" if exchange.kind == "sqlite" else "warn")
    assert ("in clear" in found.seen) == (exchange.kind != "sqlite")


@pytest.fixture
def tls(postgres_server: PostgresServer) -> Iterator[Path]:
    """The server speaks TLS for a while; the certificate of its authority."""
    authority = Authority(postgres_server.folder)
    file = authority.issue("tls", days=20).file
    postgres_server._own(file)
    with postgres_server.connect() as connection:
        for name, value in (("ssl_cert_file", file), ("ssl_key_file", file), ("ssl", "on")):
            connection.execute(f"ALTER SYSTEM SET {name} = '{value}'".encode())
        connection.execute("SELECT pg_reload_conf()")
        yield authority.file
        connection.execute("ALTER SYSTEM RESET ALL")
        connection.execute("SELECT pg_reload_conf()")


@pytest.mark.parametrize(
    ("extra", "ahead", "verdict", "said"),
    [
        ({"sslmode": "require"}, 0, "warn", "20 天 / days"),
        ({"sslmode": "verify-full"}, 0, "warn", "20 天 / days"),
        ({"sslmode": "verify-full"}, -20 * 86_400, "ok", "40 天 / days"),
        ({"sslmode": "require"}, -20 * 86_400, "warn", "not verified"),
        ({"sslmode": "verify-full"}, 21 * 86_400, "fail", "-1 天 / days"),
        ({"sslmode": "disable"}, 0, "warn", "in clear"),
    ],
)
def test_a_servers_certificate_is_verified_and_its_days_are_counted(
    postgres_exchange: Exchange, tls: Path, monkeypatch: pytest.MonkeyPatch, extra: dict[str, str], ahead: int, verdict: str, said: str
) -> None:  # fmt: skip
    monkeypatch.setattr(database_trust, "on_this_machine", lambda host: False)
    given = {**extra, "sslrootcert": str(tls)}
    postgres_exchange.access = dataclasses.replace(postgres_exchange.access, extra=given)
    found = look(postgres_exchange, shift_s=ahead)["trusted"]
    assert (found.verdict, said in found.seen) == (verdict, True), found.seen


@pytest.mark.parametrize(
    ("host", "here"),
    [(None, True), ("localhost", True), ("127.0.0.9", True), ("::1", True), ("10.1.2.3", False), ("db.land.gov", False)],
)  # fmt: skip
def test_a_server_on_the_hubs_own_machine_needs_no_tls(host: str | None, here: bool) -> None:
    assert database_trust.on_this_machine(host) == here


def test_where_nobody_can_log_in_nothing_else_is_tried(postgres_exchange: Exchange) -> None:
    postgres_exchange.access = dataclasses.replace(postgres_exchange.access, password="wrong")
    found = look(postgres_exchange)
    assert list(found) == ["reachable"]
    assert found["reachable"].verdict == "fail"
    assert "DATABASE_LOGIN" in found["reachable"].seen


def test_tables_without_transactions_and_lossy_character_sets_are_warned_of(maria_exchange: Exchange) -> None:
    maria_exchange.run("ALTER TABLE dn_audit_abnormal ENGINE = MyISAM")
    maria_exchange.run("ALTER TABLE up_pro_accept MODIFY task_name VARCHAR(200) CHARACTER SET gbk")
    found = look(maria_exchange, rejects=REJECTS)
    assert (found["engine"].verdict, found["charset"].verdict) == ("warn", "warn")
    assert "dn_audit_abnormal" in found["engine"].seen
    assert found["charset"].seen == "up_pro_accept.task_name: gbk"


def test_an_account_that_may_only_read_fails_the_right_to_write(postgres_exchange: Exchange) -> None:
    exchange = postgres_exchange
    exchange.run("DROP ROLE IF EXISTS looker")
    exchange.run("CREATE ROLE looker LOGIN PASSWORD 'pw'")
    exchange.run("GRANT SELECT ON up_pro_accept, up_pro_process, dn_audit_abnormal TO looker")
    exchange.access = dataclasses.replace(exchange.access, login="looker", password="pw")
    found = look(exchange, rejects=REJECTS)
    assert found["rights.select"].verdict == "ok"
    for name in ("rights.flag", "rejects"):
        assert found[name].verdict == "fail"
        assert "DATABASE_DENIED" in found[name].seen
    exchange.run("DROP OWNED BY looker")
    exchange.run("DROP ROLE looker")


REGISTRATION = """\
code: land
name: 国土资源局
organization: 11430100006127328K
region: "430100"
connector:
  kind: database
  connection: land_exchange
  tables:
    up_pro_accept: {key: row_guid, time: cd_time}
    up_pro_process: {key: row_guid, time: cd_time}
  take: {flag: {column: sync_flag, refused: "2"}}
  rejects: {table: dn_audit_abnormal}
serial: hub
dialect: national-exchange-db
codes: gbt-39046
schema: "1.0"
status: trial
"""


def test_the_command_probes_a_registered_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hub.cli import probe as command

    exchange = sqlite_exchange(tmp_path / "exchange")
    (tmp_path / "land.yaml").write_text(REGISTRATION, "utf-8")
    monkeypatch.setenv("SUPHUB_SYSTEMS", str(tmp_path))
    monkeypatch.setenv("SUPHUB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("AIRFLOW_CONN_LAND_EXCHANGE", f"sqlite:///{exchange.access.path}")
    app = typer.Typer()
    app.callback()(lambda: None)
    command.add_to(app)
    result = CliRunner().invoke(app, ["probe", "land", "--json"])
    found = json.loads(result.output)
    verdicts = {check["name"]: check["verdict"] for check in found["checks"]}
    own = [*CHECKS[:3], "columns", *CHECKS[3:]]
    assert list(verdicts)[: len(own)] == own
    assert verdicts["columns"] == "fail"  # the two tables here have a few of the columns only
    assert (result.exit_code, found["verdict"]) == (1, "fail")
