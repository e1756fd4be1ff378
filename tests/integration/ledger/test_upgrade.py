"""Upgrading real databases: what the revisions make is what the tables say, once, and together or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, inspect, text

from hub.central.engine import create_engine, reading, writing
from hub.central.tables import metadata
from hub.central.upgrade import VERSION_TABLE, info, upgrade
from hub.errors import StopError


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/hub.db"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def empty_engine(empty_url: str) -> Iterator[Engine]:
    engine = create_engine(empty_url)
    yield engine
    engine.dispose()


def test_the_revisions_make_exactly_the_tables_of_the_program(any_engine: Engine) -> None:
    with any_engine.connect() as connection:
        # Alembic takes SQLite's DEFAULT '' for a missing default; PostgreSQL's side holds the defaults.
        defaults = connection.dialect.name == "postgresql"
        options = {"version_table": VERSION_TABLE, "compare_server_default": defaults}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []


def test_an_empty_database_is_upgraded_once_and_then_left_alone(empty_engine: Engine) -> None:
    before = info(empty_engine)
    applied = upgrade(empty_engine)
    after = info(empty_engine)
    assert before["revision"] is None
    assert before["pending"] == applied
    assert (after["revision"], after["pending"], after["up_to_date"]) == (applied[-1], [], True)
    assert upgrade(empty_engine) == []


def test_every_upgrade_ends_with_the_seed_in_the_same_transaction(empty_engine: Engine) -> None:
    def broken_seed(connection: Connection) -> None:
        connection.execute(text("INSERT INTO calendar_year (year, source, version) VALUES (2026, 'x', 1)"))
        raise ValueError("the seed is broken")

    with pytest.raises(ValueError, match="seed is broken"):
        upgrade(empty_engine, after=broken_seed)
    with reading(empty_engine) as connection:
        assert inspect(connection).get_table_names() == []

    seeded: list[Connection] = []
    upgrade(empty_engine, after=seeded.append)
    upgrade(empty_engine, after=seeded.append)
    assert len(seeded) == 2


def test_two_that_upgrade_at_once_do_it_once(empty_url: str) -> None:
    engines = [create_engine(empty_url) for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        applied = sorted(pool.map(upgrade, engines), key=len)
    assert [len(each) > 0 for each in applied] == [False, False, True]
    for engine in engines:
        engine.dispose()


def test_a_database_of_a_newer_program_is_not_touched(any_engine: Engine) -> None:
    with writing(any_engine) as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    with pytest.raises(StopError) as caught:
        upgrade(any_engine)
    assert caught.value.code == "DB_NEWER"
    assert "9999" in caught.value.message_zh


def test_info_masks_the_password(postgres_engine: Engine) -> None:
    told = info(postgres_engine)
    assert told["url"].startswith("postgresql+psycopg://hub:***@127.0.0.1:")
    assert told["server"].startswith("15")


def test_a_wrong_password_and_a_missing_database_stop(postgres_url: str) -> None:
    address = create_engine(postgres_url).url
    cases = {"DB_PASSWORD": address.set(password="falsch"), "DB_MISSING": address.set(database="nirgends")}
    for code, url in cases.items():
        with (
            pytest.raises(StopError) as caught,
            reading(create_engine(url.render_as_string(hide_password=False))),
        ):
            pass
        assert caught.value.code == code
        assert "falsch" not in str(caught.value)
