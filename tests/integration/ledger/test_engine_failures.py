"""A database that fails while it is used: what passes is tried again, and the next transaction finds its way."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from hub.central.engine import create_engine, reading, writing
from hub.errors import RetryError
from tests.support.postgres import running_server


@pytest.mark.parametrize("state", ["40P01", "40001", "53100", "53300", "55P03", "57P03"])
def test_what_passes_by_itself_is_tried_again(postgres_engine: Engine, state: str) -> None:
    statement = text(f"DO $$ BEGIN RAISE EXCEPTION 'trouble' USING ERRCODE = '{state}'; END $$")
    with pytest.raises(RetryError, match="trouble") as caught, writing(postgres_engine) as connection:
        connection.execute(statement)
    assert caught.value.code in {"DB_BUSY", "DB_UNREACHABLE"}


@pytest.mark.parametrize(
    ("sql", "kind"), [("SELEC 1", ProgrammingError), ("INSERT INTO log_head VALUES ('x')", IntegrityError)]
)
def test_a_fault_of_the_program_is_not_tried_again(
    postgres_engine: Engine, sql: str, kind: type[Exception]
) -> None:
    with pytest.raises(kind), writing(postgres_engine) as connection:
        connection.execute(text(sql))


@pytest.mark.parametrize("number", [1205, 1213, 1040, 1114])
def test_what_passes_by_itself_on_mariadb_is_tried_again(mariadb_engine: Engine, number: int) -> None:
    statement = text(f"SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = {number}, MESSAGE_TEXT = 'trouble'")
    with pytest.raises(RetryError, match="trouble") as caught, writing(mariadb_engine) as connection:
        connection.execute(statement)
    assert caught.value.code == "DB_BUSY"


def test_a_full_disk_rolls_back_and_is_tried_again(sqlite_engine: Engine) -> None:
    blob = text("INSERT INTO receipt VALUES (:key, zeroblob(1000000), '', 0, NULL, NULL)")
    with sqlite_engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 10}")
    with pytest.raises(RetryError, match="disk is full") as caught, writing(sqlite_engine) as connection:
        connection.execute(blob, {"key": 1})
    assert caught.value.code == "DB_BUSY"
    with writing(sqlite_engine) as connection:
        assert connection.execute(text("SELECT count(*) FROM receipt")).scalar() == 0
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
        connection.execute(blob, {"key": 1})


def test_a_connection_that_was_cut_is_tried_again_and_then_works(postgres_engine: Engine) -> None:
    cut = text("SELECT pg_terminate_backend(pg_backend_pid())")
    with pytest.raises(RetryError) as caught, writing(postgres_engine) as connection:
        connection.execute(cut)
    assert caught.value.code == "DB_UNREACHABLE"
    with reading(postgres_engine) as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1


def test_what_was_committed_before_the_server_died_is_there_after_it_recovered(tmp_path: Path) -> None:
    with running_server() as server:
        engine = create_engine(server.url(server.new_database()))
        with writing(engine) as connection:
            connection.execute(text("CREATE TABLE kept (id integer)"))
        server.kill()
        with pytest.raises(RetryError) as caught, reading(engine):
            pass
        assert caught.value.code == "DB_UNREACHABLE"
        server.start()
        with reading(engine) as connection:
            assert connection.execute(text("SELECT count(*) FROM kept")).scalar() == 0
        engine.dispose()
