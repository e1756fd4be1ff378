"""Reading by time loses no row version and repeats none, in whatever order rows are committed and workers die."""

from __future__ import annotations

import json
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.database import batch, watermark
from hub.errors import RetryError
from tests.support.exchange_database import (
    FLAG,
    WATERMARK,
    Exchange,
    keys,
    read_rows,
    sqlite_exchange,
    take_all,
)

BEGIN = datetime(2026, 3, 5, 9)
LATE = 15

WRITE = st.tuples(st.just("write"), st.sampled_from("abcde"), st.integers(0, LATE))
TICK = st.tuples(st.just("tick"), st.integers(1, 20), st.just(0))
POLL = st.tuples(st.just("poll"), st.integers(1, 3), st.sampled_from(["whole", "one", "killed", "unread"]))


def take(exchange: Exchange, batch: int, how: str) -> list[bytes]:
    """Poll as a worker does; `one` stops after one package, `killed` reads it and dies, `unread` dies before."""
    connector = exchange.connector(WATERMARK, batch=batch)
    bodies = []
    for notice in connector.ready():
        claim = connector.claim(notice)
        assert claim is not None
        if how == "unread":
            connector.release(claim)
            break
        with connector.read(claim) as stream:
            body = stream.read()
        if how == "killed":
            connector.release(claim)
            again = connector.claim(notice)
            assert again is not None
            with connector.read(again) as stream:
                assert stream.read() == body
            connector.release(again)
            break
        bodies.append(body)
        connector.acknowledge(claim)
        if how == "one":
            break
    return bodies


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(WRITE, WRITE, TICK, POLL), min_size=4, max_size=18))
def test_every_row_version_that_stays_is_delivered_once(steps: list[tuple[str, Any, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        exchange = sqlite_exchange(Path(folder))
        wall, written, delivered = BEGIN, 0, []
        for what, first, second in [*steps, ("poll", 2, "whole"), ("poll", 3, "whole")]:
            if what == "tick":
                wall += timedelta(minutes=first)
            elif what == "write":  # committed now, up to LATE minutes after the time that it bears
                written += 1
                time = wall - timedelta(minutes=second)
                exchange.put(first, time.isoformat(" "), task_name=f"version {written}")
            else:
                delivered += [json.dumps(row) for row in read_rows(take(exchange, first, second))]
        now = exchange.rows("SELECT row_guid, task_name FROM up_pro_accept")
        got = [(row["row_guid"], row["task_name"]) for _, row in map(json.loads, delivered)]
        assert set(now) <= set(got)
        assert len(delivered) == len(set(delivered))
        exchange.engine.dispose()


def test_a_batch_is_bounded_and_so_is_each_value_of_the_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watermark, "CHUNK", 10)
    exchange = sqlite_exchange(tmp_path)
    for number in range(35):
        exchange.put(f"{number:02}", "2026-03-05 09:00:00")
    assert len(read_rows(take(exchange, 20, "whole"))) == 35
    assert max(map(len, exchange.state.values.values())) < 500
    exchange.put("99", "2026-03-05 12:00:00")
    assert len(read_rows(take(exchange, 20, "whole"))) == 1
    assert len(exchange.state.values) == 2  # the head, and the one row of the last minutes


def test_a_list_of_seen_rows_that_is_gone_only_repeats_rows(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    exchange = sqlite_exchange(tmp_path)
    exchange.put("a", "2026-03-05 09:00:00")
    assert len(read_rows(take(exchange, 5, "whole"))) == 1
    exchange.state.values = {k: v for k, v in exchange.state.values.items() if k == "watermark"}
    assert len(read_rows(take(exchange, 5, "whole"))) == 1
    assert "duplicates" in caplog.text or "once more" in caplog.text


@pytest.mark.parametrize(
    "times",
    [
        ("2026-03-05T09:00:00", "2026-03-05T09:20:00.5", "2026-03-05T09:06:00"),
        ("20260305090000", "20260305092000", "20260305090600"),
        ("2026-03-05", "2026-03-05", "2026-03-05"),
        ("2026-03-05 09:00:00+08:00", "2026-03-05 09:20:00+08:00", "2026-03-05 09:06:00+08:00"),
    ],
)
def test_times_kept_as_text_in_any_usual_form_are_read_alike(tmp_path: Path, times: tuple[str, ...]) -> None:
    exchange = sqlite_exchange(tmp_path)
    exchange.run("CREATE TABLE visits (id TEXT PRIMARY KEY, at TEXT)")
    options = {"tables": {"visits": {"key": "id", "time": "at"}}}

    def poll() -> list[str]:
        connector, found = exchange.connector(WATERMARK, **options), []
        for notice in connector.ready():
            claim = connector.claim(notice)
            with connector.read(claim) as stream:
                found += [row["id"] for _, row in read_rows([stream.read()])]
            connector.acknowledge(claim)
        return found

    for number, time in enumerate(times[:2]):
        exchange.run("INSERT INTO visits VALUES (:id, :at)", id=str(number), at=time)
    exchange.run("INSERT INTO visits VALUES ('word', 'unknown')")
    assert poll() == ["0", "1", "word"]
    assert json.loads(exchange.state.values["watermark"])["tables"]["visits"]["floor"] is not None
    exchange.run("INSERT INTO visits VALUES ('late', :at)", at=times[2])
    assert poll() == ["late"]
    assert poll() == []


@pytest.mark.parametrize("way", [FLAG, WATERMARK], ids=["flag", "watermark"])
def test_a_package_is_also_bounded_by_its_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: Any
) -> None:
    monkeypatch.setattr(batch, "LARGEST", 1_500)
    exchange = sqlite_exchange(tmp_path)
    for number in range(9):
        exchange.put(f"{number}", "2026-03-05 09:00:00", task_name="字" * (800 if number == 4 else 100))
    bodies = take_all(exchange.connector(way))
    assert keys(bodies) == list("012345678")
    assert [len(keys([body])) for body in bodies] == [2, 2, 1, 2, 2]
    assert [len(body) > 1_500 for body in bodies] == [False, False, True, False, False]


def test_a_work_folder_that_fails_is_the_hubs_own_trouble(tmp_path: Path) -> None:
    exchange = sqlite_exchange(tmp_path)
    exchange.put("a", "2026-03-05 09:00:00")
    exchange.work.write_bytes(b"a file in its place")
    with pytest.raises(RetryError) as caught:
        list(exchange.connector(WATERMARK).ready())
    assert caught.value.code == "DATABASE_SPOOL"
    assert "SUPHUB_HOME" in caught.value.remedy_en
    exchange.work.unlink()
    assert keys(take_all(exchange.connector(WATERMARK))) == ["a"]
