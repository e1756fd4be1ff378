"""The statements for Oracle do what is meant, as far as H2's Oracle mode is like Oracle; the server itself was never tried."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from connectors.base import Access
from connectors.database import flags, rejects, scan
from connectors.database.batch import Batch
from connectors.database.receipts import read_receipt
from hub.errors import RetryError, StopError
from tests.support import dialect_tables
from tests.support.dialect_tables import OPTIONS
from tests.support.exchange_database import Exchange, receipt, take_all
from tests.support.h2 import Oracle, Refused, oracle_mode
from tests.support.ports import free_port

TABLES = (
    'CREATE TABLE up_pro_accept (row_guid VARCHAR2(64) PRIMARY KEY, project_no VARCHAR2(64), "LEVEL" VARCHAR2(64), fee NUMBER(12, 2),'
    " accept_date DATE, photo RAW(16), handle_explain CLOB, cd_time TIMESTAMP, cd_batch VARCHAR2(64), sync_flag VARCHAR2(1))",
    "CREATE TABLE dn_audit_abnormal (id VARCHAR2(64) PRIMARY KEY, table_name VARCHAR2(64), row_guid VARCHAR2(64), cd_batch VARCHAR2(64),"
    " abnormal_type VARCHAR2(64), remark VARCHAR2(100), created_time TIMESTAMP)",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Oracle]:
    with oracle_mode(tmp_path_factory.mktemp("h2")) as found:
        for each in TABLES:
            found.run(each)
        yield found


@pytest.fixture
def oracle(server: Oracle) -> Oracle:
    server.run("DELETE FROM up_pro_accept")
    server.run("DELETE FROM dn_audit_abnormal")
    for key, time in (
        ("a", "'2026-03-05 09:00:00.000007'"),
        ("b", "'2026-03-05 09:00:00.000007'"),
        ("c", "NULL"),
        ("d", "'2026-03-05 08:00:00'"),
    ):
        server.run(
            f"INSERT INTO up_pro_accept VALUES ('{key}', 'P{key}', '', 12.5, TO_DATE('2026-03-04 16:30:00', 'YYYY-MM-DD HH24:MI:SS'),"
            f" 'b9ff', '同意 𠮷 ''甲''', CAST({time} AS TIMESTAMP), 'B1', '0')"
        )
    return server


@pytest.fixture(params=["oracle", "oracle-11"])
def talk(oracle: Oracle, request: pytest.FixtureRequest) -> Oracle:
    """The same with FETCH FIRST and with ROWNUM."""
    oracle.dialect = dialect_tables.SERVERS[request.param].dialect()
    return oracle


def waiting(oracle: Any) -> Batch:
    batch = Batch("land", io.BytesIO(), 100)
    flags.fill(oracle, batch, OPTIONS, [dialect_tables.source("oracle")])
    return batch


def of_all(oracle: Oracle) -> dict[str, str]:
    table = dialect_tables.source("oracle")
    return {row[0]: row[-1] for row in scan.walk(oracle, table)}  # type: ignore[arg-type]


def test_rows_come_page_by_page_with_days_numbers_bytes_and_long_text(
    talk: Oracle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "PAGE", 1)
    batch = waiting(talk)
    assert [key for key, _ in batch.taken["up_pro_accept"]] == ["c", "d", "a", "b"]
    line = batch.file.getvalue().decode().splitlines()[3]  # type: ignore[attr-defined]
    assert line == (
        '{"row":{"accept_date":"2026-03-04T16:30:00","cd_batch":"B1","cd_time":"2026-03-05T09:00:00.000007","fee":"12.5",'
        '"handle_explain":"同意 𠮷 \'甲\'","level":null,"photo":"b9ff","project_no":"Pa","row_guid":"a","sync_flag":"0"},"table":"up_pro_accept"}'
    )


def test_what_was_taken_is_marked_and_a_row_that_changed_stays_new(oracle: Any) -> None:
    batch = waiting(oracle)
    oracle.run("UPDATE up_pro_accept SET project_no = 'Pz' WHERE row_guid = 'b'")
    for _ in range(2):
        flags.mark_taken(oracle, OPTIONS, [dialect_tables.source("oracle")], batch.taken)
        assert of_all(oracle) == {"a": "1", "b": "0", "c": "1", "d": "1"}
    assert flags.waiting(oracle, OPTIONS, [dialect_tables.source("oracle")])


def test_refused_rows_are_marked_and_told_once_however_often_it_is_tried(oracle: Any) -> None:
    table, batch = dialect_tables.source("oracle"), waiting(oracle)
    flags.mark_taken(oracle, OPTIONS, [table], batch.taken)
    answer = read_receipt(
        "rows",
        receipt(
            "ab" * 32,
            ("up_pro_accept", "a", "fee", "VALUE_EMPTY"),
            ("up_pro_accept", "a", "fee", "VALUE_EMPTY"),
        ),
    )
    for written in (2, 0):
        flags.mark_refused(oracle, OPTIONS, table, answer.keys("up_pro_accept"), None)
        assert rejects.write(oracle, dialect_tables.rejects("oracle"), [table], answer) == written
    assert of_all(oracle) == {"a": "2", "b": "1", "c": "1", "d": "1"}
    there = dialect_tables.rejects("oracle")
    found = oracle.execute(there.table.select())
    assert [row[1:4] for row in found] == [("up_pro_accept", "a", "B1")] * 2
    assert found[0][5].startswith("fee=坏值 𠮷:不是日期")
    flags.mark_package_refused(oracle, OPTIONS, [table], batch.file.getvalue().splitlines())  # type: ignore[attr-defined]
    assert of_all(oracle) == dict.fromkeys("abcd", "2")


def test_the_stand_in_refuses_what_is_not_oracles(oracle: Oracle) -> None:
    with pytest.raises(Refused):
        oracle.run("SELECT row_guid FROM up_pro_accept LIMIT 1")


@pytest.mark.parametrize("kind", ["oracle", "oracle+cx_oracle", "dm"])
def test_the_drivers_own_error_where_nobody_listens_is_understood(kind: str, sqlite_file: Exchange) -> None:
    sqlite_file.access = Access("land_exchange", kind, "127.0.0.1", free_port(), "hub", "pässword", "EXCH")
    with pytest.raises(RetryError) as caught:
        take_all(sqlite_file.connector())
    assert caught.value.code == "DATABASE_UNREACHABLE"
    assert "pässword" not in str(caught.value)


def test_a_driver_that_is_not_installed_is_named_with_what_to_install(
    sqlite_file: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "dmPython", None)
    sqlite_file.access = Access("land_exchange", "dm", "127.0.0.1", free_port(), "hub", "p", "EXCH")
    with pytest.raises(StopError) as caught:
        take_all(sqlite_file.connector())
    assert caught.value.code == "DATABASE_DRIVER"
    assert "dmPython" in caught.value.message_en
    assert "dmSQLAlchemy" in caught.value.remedy_en
