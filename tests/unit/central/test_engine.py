"""The engine's behaviour that needs no server: addresses, SQLite's transactions, errors in the hub's words."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from hub.central import engine as central
from hub.central.engine import create_engine, reading, writing
from hub.errors import HubError, RetryError, StopError


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    # As outside of tests, which do not wait for the disk.
    monkeypatch.setattr(central, "_prepare_sqlite", central._prepare_sqlite.__wrapped__)
    made = create_engine(f"sqlite:///{tmp_path}/new/folder/hub.db")
    with writing(made) as connection:
        connection.execute(
            text("CREATE TABLE thing (id INTEGER PRIMARY KEY, other INTEGER REFERENCES thing(id))")
        )
    return made


def test_making_an_engine_touches_nothing_until_it_is_used(tmp_path: Path) -> None:
    create_engine(f"sqlite:///{tmp_path}/new/hub.db")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("foreign_keys", 1), ("synchronous", 2), ("busy_timeout", 30_000)],
)
def test_sqlite_is_durable_checks_references_and_waits(engine: Engine, pragma: str, value: object) -> None:
    with reading(engine) as connection:
        assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value


def test_a_writer_holds_the_write_lock_from_its_beginning(engine: Engine, tmp_path: Path) -> None:
    impatient = create_engine(f"sqlite:///{tmp_path}/new/folder/hub.db")
    with impatient.connect() as other:
        other.exec_driver_sql("PRAGMA busy_timeout = 1")
        other.rollback()
        with writing(engine), pytest.raises(RetryError) as caught:
            other.exec_driver_sql("SELECT 1")
    assert caught.value.code == "DB_BUSY"


def test_a_reader_sees_one_snapshot_and_holds_up_no_writer(engine: Engine) -> None:
    count = text("SELECT count(*) FROM thing")
    with reading(engine) as reader:
        assert reader.execute(count).scalar() == 0
        with writing(engine) as writer:
            writer.execute(text("INSERT INTO thing (id) VALUES (1)"))
        assert reader.execute(count).scalar() == 0
    with reading(engine) as reader:
        assert reader.execute(count).scalar() == 1


def test_a_reader_cannot_write_and_leaves_the_connection_usable(engine: Engine) -> None:
    insert = text("INSERT INTO thing (id) VALUES (1)")
    with reading(engine) as reader, pytest.raises(DBAPIError):
        reader.execute(insert)
    with writing(engine) as writer:
        writer.execute(insert)


def test_an_error_rolls_everything_back_and_constraints_stay_sqlalchemys_own(engine: Engine) -> None:
    def write() -> None:
        with writing(engine) as writer:
            writer.execute(text("INSERT INTO thing (id) VALUES (1)"))
            writer.execute(text("INSERT INTO thing (id, other) VALUES (2, 99)"))

    with pytest.raises(IntegrityError):
        write()
    with reading(engine) as reader:
        assert reader.execute(text("SELECT count(*) FROM thing")).scalar() == 0


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("not an address", "DB_URL"),
        ("", "DB_URL"),
        ("postgresql://u:p@host:port/db", "DB_URL"),
        ("nosuchdb://u:geheim@host/db", "DB_DRIVER"),
        ("postgresql+psycopg2://u:geheim@host/db", "DB_DRIVER"),
    ],
)
def test_an_unusable_address_stops_with_a_remedy_and_without_the_password(url: str, code: str) -> None:
    with pytest.raises(StopError) as caught:
        create_engine(url)
    assert caught.value.code == code
    assert "geheim" not in str(caught.value)
    assert caught.value.remedy_zh


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_any_usual_name_of_postgresql_uses_the_installed_driver(scheme: str) -> None:
    engine = create_engine(f"{scheme}://u:p@127.0.0.1:1/db")
    assert (engine.dialect.name, engine.dialect.driver) == ("postgresql", "psycopg")


def test_a_server_that_is_not_there_is_tried_again_and_its_password_masked() -> None:
    engine = create_engine("postgresql://u:geheim@127.0.0.1:1/db")
    with pytest.raises(RetryError) as caught, reading(engine):
        pass
    assert caught.value.code == "DB_UNREACHABLE"
    assert "127.0.0.1:1" in caught.value.message_en
    assert "geheim" not in str(caught.value)


def test_a_file_that_is_no_database_stops(tmp_path: Path) -> None:
    file = tmp_path / "hub.db"
    file.write_bytes("不是数据库".encode() * 1000)
    assert stopped_by(f"sqlite:///{file}") == "DB_FILE"


def test_a_folder_in_place_of_the_file_stops(tmp_path: Path) -> None:
    assert stopped_by(f"sqlite:///{tmp_path}") == "DB_FILE"


def test_a_file_in_place_of_the_folder_stops(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert stopped_by(f"sqlite:///{tmp_path}/file/hub.db") == "DB_FILE"


def test_a_new_file_is_for_the_hubs_own_account_only(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/new/hub.db")
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE t (a INTEGER)"))
        found = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "new").iterdir()}
    engine.dispose()
    assert found["hub.db"] == 0o600
    assert set(found.values()) == {0o600}


@pytest.mark.parametrize("query", ["SELECT 1 FROM missing", "SELECT missing FROM thing"])
def test_tables_of_an_older_program_ask_for_the_upgrade(engine: Engine, query: str) -> None:
    with pytest.raises(StopError) as caught, reading(engine) as connection:
        connection.execute(text(query))
    assert caught.value.code == "DB_NOT_UPGRADED"
    assert "suphub db upgrade" in caught.value.remedy_en


def stopped_by(url: str) -> str:
    with pytest.raises(HubError) as caught, reading(create_engine(url)):
        pass
    assert isinstance(caught.value, StopError)
    return caught.value.code
