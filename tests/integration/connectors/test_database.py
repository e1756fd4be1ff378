"""An exchange database is read by flag or by time, and told what was refused: the same on three real servers."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from typing import Any

import pytest

from connectors.database import scan
from hub.errors import RetryError, StopError
from hub.shapes import Notice
from tests.support.exchange_database import (
    FLAG,
    REJECTS,
    WATERMARK,
    Exchange,
    keys,
    read_rows,
    receipt,
    take_all,
)

WAYS = pytest.mark.parametrize("way", [FLAG, WATERMARK], ids=["flag", "watermark"])


def day(minute: int, second: int = 0) -> str:
    return f"2026-03-05 09:{minute:02}:{second:02}"


@WAYS
def test_rows_are_taken_once_in_order_of_table_time_and_key(exchange: Exchange, way: Any) -> None:
    exchange.put("s", day(1), "up_pro_process")
    for key, minute in (("c", 2), ("a", 2), ("b", 1)):
        exchange.put(key, day(minute))

    assert keys(take_all(exchange.connector(way))) == ["b", "a", "c", "s"]
    assert take_all(exchange.connector(way)) == []
    exchange.put("d", day(3))
    assert keys(take_all(exchange.connector(way))) == ["d"]


def test_a_row_set_is_canonical_json_lines(exchange: Exchange) -> None:
    exchange.put("1", "2026-03-05 09:10:11.5", task_name="𠮷 “\t\\", applyer_name=None)
    [body] = take_all(exchange.connector())
    assert body.decode() == (
        '{"format":"row-set","version":1}\n'
        '{"row":{"applyer_name":null,"cd_batch":"B1","cd_operation":"I","cd_time":"2026-03-05T09:10:11.500000",'
        '"data_source":"land","project_no":"P1","promise_date":null,"row_guid":"1","sync_flag":"0",'
        '"task_name":"𠮷 “\\t\\\\"},"table":"up_pro_accept"}\n'
    )


@WAYS
def test_a_batch_holds_so_many_rows_over_all_tables(exchange: Exchange, way: Any) -> None:
    for number in range(7):
        exchange.put(str(number), day(number))
        exchange.put(str(number), day(number), "up_pro_process")
    bodies = take_all(exchange.connector(way, batch=4))

    assert [len(read_rows([body])) for body in bodies] == [4, 4, 4, 2]
    assert sorted(keys(bodies)) == sorted([*"0123456"] * 2)
    assert take_all(exchange.connector(way, batch=4)) == []


@WAYS
def test_many_rows_of_one_instant_are_all_taken(exchange: Exchange, way: Any) -> None:
    wanted = [f"{number:03}" for number in range(30)]
    for key in wanted:
        exchange.put(key, day(1))
    assert keys(take_all(exchange.connector(way, batch=7))) == wanted


@WAYS
def test_a_page_that_ends_among_rows_of_one_instant_goes_on_with_the_next_key(
    exchange: Exchange, way: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "PAGE", 2)
    wanted = [*"mnopq", *"tuvwx", *"abcd"]
    for at, key in enumerate(wanted):
        exchange.put(key, None if at < 5 else day(1) if at < 10 else day(2))
    assert [keys([body]) for body in take_all(exchange.connector(way))] == [wanted]


@WAYS
def test_what_was_not_acknowledged_comes_again_byte_for_byte(exchange: Exchange, way: Any) -> None:
    for key in "abc":
        exchange.put(key, day(1))
    dead = exchange.connector(way)
    claim = dead.claim(next(dead.ready()))
    with dead.read(claim) as stream:
        first = stream.read()
    dead.release(claim)

    worker = exchange.connector(way)
    again = worker.claim(next(worker.ready()))
    assert again is not None
    assert again.notice == Notice("land", claim.notice.name, len(first))
    with worker.read(again) as stream:
        assert stream.read() == first
    assert hashlib.sha256(first).hexdigest()[:12] in again.notice.name
    worker.release(again)


@WAYS
def test_a_row_changed_between_reading_and_acknowledging_comes_again(exchange: Exchange, way: Any) -> None:
    """Also within the same second, as in the many databases whose times have no fractions."""
    for key in ("later", "same", "left"):
        exchange.put(key, day(1), task_name="old")
    worker = exchange.connector(way)
    claim = worker.claim(next(worker.ready()))
    with worker.read(claim) as stream:
        stream.read()
    exchange.put("later", day(2), task_name="new")
    exchange.put("same", day(1), task_name="new")
    worker.acknowledge(claim)

    found = read_rows(take_all(exchange.connector(way)))
    assert sorted((row["row_guid"], row["task_name"]) for _, row in found) == [
        ("later", "new"),
        ("same", "new"),
    ]


@WAYS
def test_a_row_without_a_time_is_taken_once_and_told(
    exchange: Exchange, way: Any, caplog: pytest.LogCaptureFixture
) -> None:
    exchange.put("timeless", None)
    exchange.put("a", day(1))
    with caplog.at_level(logging.WARNING):
        assert keys(take_all(exchange.connector(way))) == ["timeless", "a"]
    assert "up_pro_accept" in caplog.text
    assert take_all(exchange.connector(way)) == []
    exchange.put("timeless", None, task_name="new")
    assert keys(take_all(exchange.connector(way))) == ["timeless"]


def test_a_row_committed_late_is_not_missed(exchange: Exchange) -> None:
    exchange.put("a", day(10))
    exchange.put("b", day(20))
    assert keys(take_all(exchange.connector(WATERMARK))) == ["a", "b"]
    exchange.put("late", day(6))
    exchange.put("too-late", day(4))  # more than 15 minutes: the registration says that cannot be
    assert keys(take_all(exchange.connector(WATERMARK))) == ["late"]
    assert take_all(exchange.connector(WATERMARK)) == []


def test_a_row_committed_late_while_a_long_look_is_under_way_is_not_missed(exchange: Exchange) -> None:
    for number in range(6):
        exchange.put(f"{number}", day(number))
    worker = exchange.connector(WATERMARK, batch=4)
    claim = worker.claim(next(worker.ready()))
    with worker.read(claim) as stream:
        assert keys([stream.read()]) == ["0", "1", "2", "3"]
    worker.acknowledge(claim)
    exchange.put("late", day(2, 30))
    assert sorted(keys(take_all(exchange.connector(WATERMARK, batch=4)))) == ["4", "5", "late"]
    assert take_all(exchange.connector(WATERMARK, batch=4)) == []


def test_a_time_far_in_the_future_hides_nothing(exchange: Exchange) -> None:
    exchange.put("mistake", "2999-01-01 00:00:00")
    exchange.put("a", day(1))
    assert keys(take_all(exchange.connector(WATERMARK))) == ["a", "mistake"]
    exchange.put("b", day(2))
    exchange.put("c", "2026-07-01 00:00:00")
    assert keys(take_all(exchange.connector(WATERMARK))) == ["b", "c"]
    assert take_all(exchange.connector(WATERMARK)) == []


def test_what_is_remembered_stays_small(exchange: Exchange) -> None:
    for number in range(0, 60, 6):
        exchange.put(f"{number:02}", day(number))
        take_all(exchange.connector(WATERMARK))
    assert sum(len(value) for value in exchange.state.values.values()) < 500


def test_two_workers_of_a_machine_never_read_at_the_same_time(exchange: Exchange) -> None:
    exchange.put("a", day(1))
    first, second = exchange.connector(), exchange.connector()
    claim = first.claim(next(first.ready()))
    assert second.claim(Notice("land", "rows")) is None
    assert list(second.ready()) == []
    second.acknowledge(claim)
    second.release(claim)
    with first.read(claim) as stream:
        assert keys([stream.read()]) == ["a"]


@WAYS
def test_of_two_machines_the_slower_ones_acknowledgement_changes_nothing(
    exchange: Exchange, way: Any
) -> None:
    exchange.put("a", day(1))
    here, there = exchange.connector(way), exchange.connector(way)
    mine = here.claim(next(here.ready()))
    exchange.work = exchange.work.with_name("another-machine")
    there = exchange.connector(way)
    theirs = there.claim(next(there.ready()))
    with here.read(mine) as one, there.read(theirs) as two:
        assert one.read() == two.read()
    there.acknowledge(theirs)
    exchange.put("b", day(2))
    assert keys(take_all(there)) == ["b"]
    here.acknowledge(mine)
    assert take_all(exchange.connector(way)) == []
    exchange.put("c", day(3))
    assert keys(take_all(exchange.connector(way))) == ["c"]


def test_refused_rows_are_flagged_and_told_in_the_exception_table_together(exchange: Exchange) -> None:
    for key in "abc":
        exchange.put(key, day(1))
    worker = exchange.connector(rejects=REJECTS)
    claim = worker.claim(next(worker.ready()))
    with worker.read(claim) as stream:
        stream.read()
    worker.acknowledge(claim)
    body = receipt(
        "ab" * 32,
        ("up_pro_accept", "a", "task_name", "VALUE_EMPTY"),
        ("up_pro_accept", "a", "promise_date", "VALUE_TYPE"),
        ("up_pro_accept", "c", "", "CASE_MALFORMED"),
    )
    for _ in range(2):
        worker.deliver(claim.notice.name, body)
        assert exchange.flags() == {"a": "2", "b": "1", "c": "2"}
        found = exchange.rejects()
        assert sorted(row[1:5] for row in found) == [
            ("up_pro_accept", "a", "B1", "VALUE_EMPTY"),
            ("up_pro_accept", "a", "B1", "VALUE_TYPE"),
            ("up_pro_accept", "c", "B1", "CASE_MALFORMED"),
        ]
    [remark] = [row[5] for row in found if row[4] == "VALUE_EMPTY"]
    assert remark.startswith("task_name=坏值 𠮷:")
    assert "处理:" in remark
    assert take_all(exchange.connector()) == []


def test_a_refusal_never_marks_a_row_that_was_corrected_meanwhile(exchange: Exchange) -> None:
    for key in "ab":
        exchange.put(key, day(1))
    worker = exchange.connector(rejects=REJECTS)
    claim = worker.claim(next(worker.ready()))
    with worker.read(claim) as stream:
        stream.read()
    worker.acknowledge(claim)
    exchange.put("a", day(5))  # corrected, not yet taken
    exchange.put("b", day(5))
    exchange.run("UPDATE up_pro_accept SET sync_flag = '1' WHERE row_guid = 'b'")  # corrected and taken
    worker.deliver(
        claim.notice.name,
        receipt("ab" * 32, *(("up_pro_accept", key, "task_name", "VALUE_EMPTY") for key in "ab")),
    )
    assert exchange.flags() == {"a": "0", "b": "1"}
    assert len(exchange.rejects()) == 2


def test_flags_and_reject_rows_are_written_both_or_neither(exchange: Exchange) -> None:
    exchange.put("a", day(1))
    worker = exchange.connector(rejects=REJECTS)
    [body] = take_all(worker)
    name = f"rows-20260305T090100.000000-{hashlib.sha256(body).hexdigest()[:12]}.jsonl"
    told = receipt("ab" * 32, ("up_pro_accept", "a", "task_name", "VALUE_EMPTY"))
    exchange.run("DROP TABLE dn_audit_abnormal")
    with pytest.raises(StopError) as caught:
        worker.deliver(name, told)
    assert caught.value.code == "DATABASE_TABLE"
    assert exchange.flags() == {"a": "1"}


def test_two_workers_writing_the_same_refusals_end_with_one_set(exchange: Exchange) -> None:
    for number in range(20):
        exchange.put(f"{number:02}", day(1))
    take_all(exchange.connector())
    told = receipt("ab" * 32, *(("up_pro_accept", f"{n:02}", "task_name", "VALUE_EMPTY") for n in range(20)))
    start = threading.Barrier(2)
    wrong: list[RetryError] = []

    def work() -> None:
        worker = exchange.connector(rejects=REJECTS)
        start.wait()
        try:
            worker.deliver("rows-20260305T090100.000000-0123456789ab.jsonl", told)
        except RetryError as error:
            wrong.append(error)  # a deadlock is told and tried again

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if wrong:
        exchange.connector(rejects=REJECTS).deliver("rows-20260305T090100.000000-0123456789ab.jsonl", told)
    assert len(exchange.rejects()) == 20
    assert set(exchange.flags().values()) == {"2"}


def test_the_watermark_way_writes_reject_rows_and_no_flag(exchange: Exchange) -> None:
    exchange.put("a", day(1))
    worker = exchange.connector(WATERMARK, rejects=REJECTS)
    take_all(worker)
    worker.deliver(
        "rows-untimed-0.jsonl", receipt("ab" * 32, ("up_pro_accept", "a", "task_name", "VALUE_EMPTY"))
    )
    assert exchange.flags() == {"a": "0"}
    assert len(exchange.rejects()) == 1
    assert take_all(exchange.connector(WATERMARK)) == []


def test_a_package_refused_as_a_whole_marks_the_rows_that_are_still_the_same(
    exchange: Exchange, tmp_path: Any
) -> None:
    for key in "ab":
        exchange.put(key, day(1))
    worker = exchange.connector(rejects=REJECTS)
    [body] = take_all(worker)
    exchange.put("b", day(1), task_name="corrected", sync_flag="1")
    raw = tmp_path / "raw"
    raw.write_bytes(body)
    name = "rows-20260305T090100.000000-0123456789ab.jsonl"
    worker.refuse(name, raw)
    worker.deliver(name, receipt("ab" * 32, state="refused"))
    assert exchange.flags() == {"a": "2", "b": "1"}
    assert [row[1:5] for row in exchange.rejects()] == [("*", name, None, "PKG_EMPTY")]


def test_a_remark_too_long_for_its_column_is_cut(exchange: Exchange) -> None:
    exchange.run("DROP TABLE dn_audit_abnormal")
    exchange.run(
        "CREATE TABLE dn_audit_abnormal (id VARCHAR(32) PRIMARY KEY, table_name VARCHAR(64), row_guid VARCHAR(64),"
        " abnormal_type VARCHAR(40), remark VARCHAR(20))"
    )
    exchange.put("a", day(1))
    worker = exchange.connector(rejects=REJECTS)
    take_all(worker)
    worker.deliver(
        "rows-untimed-0.jsonl", receipt("ab" * 32, ("up_pro_accept", "a", "task_name", "VALUE_EMPTY"))
    )
    [(id_, remark)] = exchange.rows("SELECT id, remark FROM dn_audit_abnormal")
    if exchange.kind != "sqlite":  # which keeps no length
        assert (len(id_), len(remark), remark[-1]) == (32, 20, "…")
    assert remark.startswith("task_name=")


def test_keys_and_flags_may_be_numbers(exchange: Exchange) -> None:
    time = {"sqlite": "TEXT", "postgresql": "TIMESTAMPTZ", "mysql": "TIMESTAMP"}[exchange.kind]
    exchange.run(
        f"CREATE TABLE visits (n INTEGER PRIMARY KEY, changed_at {time} NULL, sent INTEGER, amount DECIMAL(12,2))"
    )
    for number in (10, 9):
        exchange.run(
            "INSERT INTO visits VALUES (:n, '2026-03-05 01:02:03+00:00', 0, 12.5)"
            if exchange.kind != "mysql"
            else "INSERT INTO visits VALUES (:n, '2026-03-05 01:02:03', 0, 12.5)",
            n=number,
        )
    take = {"flag": {"column": "SENT", "new": "0", "taken": "1", "refused": "2"}}
    tables = {"visits": {"key": "N", "time": "changed_at"}}
    worker = exchange.connector(take, tables=tables)
    [body] = take_all(worker)
    rows = [row for _, row in read_rows([body])]
    assert [(row["n"], row["sent"], row["amount"]) for row in rows] == [(9, 0, "12.50"), (10, 0, "12.50")]
    assert rows[0]["changed_at"].startswith(
        {"sqlite": "2026-03-05 01:02:03"}.get(exchange.kind, "2026-03-05T")
    )
    worker.deliver("rows-untimed-0.jsonl", receipt("ab" * 32, ("visits", "9", "amount", "VALUE_TYPE")))
    assert exchange.rows("SELECT n, sent FROM visits ORDER BY n") == [(9, 2), (10, 1)]

    exchange.state.values.clear()
    assert len(read_rows(take_all(exchange.connector(WATERMARK, tables=tables, batch=1)))) == 2
    assert take_all(exchange.connector(WATERMARK, tables=tables)) == []
    assert json.loads(exchange.state.values["watermark"])["version"] == 1


@WAYS
def test_keys_of_fixed_length_lose_the_blanks_that_the_database_added(exchange: Exchange, way: Any) -> None:
    exchange.run("CREATE TABLE visits (k CHAR(36) PRIMARY KEY, cd_time TIMESTAMP NULL, sync_flag CHAR(2))")
    for key in ("b", "甲"):
        exchange.run("INSERT INTO visits VALUES (:k, :t, '0')", k=key, t=day(1))
    tables = {"visits": {"key": "k", "time": "cd_time"}}
    worker = exchange.connector(way, tables=tables, rejects=REJECTS, batch=1)
    rows = [row for _, row in read_rows(take_all(worker))]
    assert [(row["k"], row["sync_flag"]) for row in rows] == [("b", "0"), ("甲", "0")]
    assert take_all(worker) == []
    told = receipt("ab" * 32, ("visits", "%E7%94%B2", "k", "VALUE_EMPTY"))
    worker.deliver("rows-untimed-0.jsonl", told)
    assert [row[2] for row in exchange.rejects()] == ["甲"]
    if way is FLAG:
        flags = {key.strip(): flag.strip() for key, flag in exchange.rows("SELECT k, sync_flag FROM visits")}
        assert flags == {"b": "1", "甲": "2"}


@WAYS
@pytest.mark.parametrize("server", ["postgres_exchange", "maria_exchange"])
def test_a_time_that_python_has_no_word_for_hides_no_neighbour(
    request: pytest.FixtureRequest, server: str, way: Any
) -> None:
    exchange: Exchange = request.getfixturevalue(server)
    odd = ["infinity", "-infinity", "12026-03-05 09:00:00", "0044-03-15 12:00:00 BC"]
    if exchange.kind == "mysql":
        odd = ["0000-00-00 00:00:00", "2026-00-00 00:00:00"]
    exchange.run(
        "ALTER TABLE up_pro_accept ADD COLUMN promised_at "
        + ("TIMESTAMP" if exchange.kind != "mysql" else "DATETIME")
    )
    if exchange.kind == "mysql":
        exchange.run("ALTER TABLE up_pro_accept MODIFY cd_time DATETIME NULL")
    for number, time in enumerate(odd):
        with exchange.engine.begin() as connection:
            if exchange.kind == "mysql":
                connection.exec_driver_sql("SET SESSION sql_mode = ''")
            connection.exec_driver_sql(
                f"INSERT INTO up_pro_accept (row_guid, cd_time, promised_at, sync_flag) VALUES ('{number}', '{time}', '{time}', '0')"
            )
            connection.exec_driver_sql(
                f"INSERT INTO up_pro_accept (row_guid, cd_time, promised_at, sync_flag) VALUES ('x{number}', '{day(1)}', '{time}', '0')"
            )
    exchange.put("plain", day(2))
    wanted = sorted([*map(str, range(len(odd))), *(f"x{number}" for number in range(len(odd))), "plain"])
    found = read_rows(take_all(exchange.connector(way, batch=2)))
    assert sorted(row["row_guid"] for _, row in found) == wanted
    assert {row["promised_at"] for _, row in found} == {*odd, None}
    assert take_all(exchange.connector(way, batch=2)) == []
    exchange.put("next", day(3))
    assert keys(take_all(exchange.connector(way, batch=2))) == ["next"]


@pytest.mark.parametrize("server", ["postgres_exchange", "maria_exchange"])
def test_tables_of_another_schema_are_read_and_written_back(
    request: pytest.FixtureRequest, server: str
) -> None:
    exchange: Exchange = request.getfixturevalue(server)
    exchange.run("CREATE SCHEMA other")
    for table in ("up_pro_accept", "up_pro_process", "dn_audit_abnormal"):
        if exchange.kind == "postgresql":
            exchange.run(f"ALTER TABLE {table} SET SCHEMA other")
        else:
            exchange.run(f"ALTER TABLE {table} RENAME other.{table}")
    exchange.put("a", day(1), "other.up_pro_accept")
    worker = exchange.connector(schema="other", rejects=REJECTS)
    assert [table for table, _ in read_rows(take_all(worker))] == ["up_pro_accept"]
    worker.deliver(
        "rows-untimed-0.jsonl", receipt("ab" * 32, ("up_pro_accept", "a", "task_name", "VALUE_EMPTY"))
    )
    assert exchange.flags("other.up_pro_accept") == {"a": "2"}
    assert exchange.rows("SELECT row_guid FROM other.dn_audit_abnormal") == [("a",)]
    with pytest.raises(StopError) as caught:
        list(exchange.connector(schema="elsewhere").ready())
    assert "elsewhere" in caught.value.message_en
    exchange.run("DROP SCHEMA other" + (" CASCADE" if exchange.kind == "postgresql" else ""))


def test_rows_without_a_flag_can_be_those_that_wait(exchange: Exchange) -> None:
    take = {"flag": {"column": "sync_flag", "new": "", "taken": "1", "refused": "2"}}
    for key, flag in (("a", None), ("b", ""), ("c", "1"), ("d", None)):
        exchange.put(key, "2026-03-05 09:00:00", sync_flag=flag)
    assert keys(take_all(exchange.connector(take))) == ["a", "b", "d"]
    assert take_all(exchange.connector(take)) == []
    exchange.connector(take).deliver(
        "rows", receipt("ab" * 32, ("up_pro_accept", "a", "promise_date", "VALUE_DATE"))
    )
    assert exchange.flags() == {"a": "2", "b": "1", "c": "1", "d": "1"}
