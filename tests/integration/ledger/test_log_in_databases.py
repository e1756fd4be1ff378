"""The log in real databases: it cannot be changed, never forks, and what was done to it by force is found."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.exc import DBAPIError

from hub.central.engine import create_engine, reading, writing
from hub.central.tables.exchange import exchange_log, log_head
from hub.ledger.chain import append, append_all
from hub.ledger.checkpoint import make_checkpoint
from hub.ledger.export import export
from hub.ledger.search import search
from hub.ledger.verify import Report, verify_file
from hub.ledger.verify_database import verify_database
from tests.support.log import NOON, close_package, refuse_package, write_log

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PROTECTED = ("exchange_log", "case_outcome", "receipt", "checkpoint")


@pytest.fixture
def written(any_engine: Engine) -> Engine:
    """A database with a log of three chains and a checkpoint."""
    with writing(any_engine) as connection:
        write_log(connection)
        make_checkpoint(connection, KEY, NOON)
    return any_engine


def verified(engine: Engine) -> Report:
    with reading(engine) as connection:
        return verify_database(connection)


def exported(engine: Engine, folder: Path) -> Report:
    with reading(engine) as connection:
        return export_verified(connection, folder)


def export_verified(connection: Connection, folder: Path) -> Report:
    file = folder / "log.jsonl"
    stream = io.StringIO()
    export(connection, stream, NOON)
    file.write_text(stream.getvalue(), encoding="utf-8")
    return verify_file(file)


def test_an_honest_log_verifies_in_the_database_and_in_its_export(written: Engine, tmp_path: Path) -> None:
    told = {"ok": True, "entries": 10, "chains": 3, "first_break": None, "checkpoints": 1}
    assert verified(written).as_dict() == told
    assert exported(written, tmp_path).as_dict() == told


def test_an_empty_database_verifies(any_engine: Engine) -> None:
    assert verified(any_engine).as_dict() == {
        "ok": True,
        "entries": 0,
        "chains": 0,
        "first_break": None,
        "checkpoints": 0,
    }


def test_many_entries_at_once_verify_whatever_stands_in_them(any_engine: Engine, tmp_path: Path) -> None:
    texts = ('"', "\\", "\\u0041", "\n\t\r", ":rows %s", "𠮷\u2028", "", "\x7f\x01")
    with writing(any_engine) as connection:
        append(connection, "land", "first", {}, NOON)
        entries = append_all(
            connection, "land", [(f"event {n}", {"text": t, t: n}) for n, t in enumerate(texts)], NOON
        )
    assert [entry.seq for entry in entries] == list(range(2, 2 + len(texts)))
    assert exported(any_engine, tmp_path).as_dict()["ok"]
    assert verified(any_engine).as_dict() == {
        "ok": True, "entries": 1 + len(texts), "chains": 1, "first_break": None, "checkpoints": 0,
    }  # fmt: skip


def test_rows_that_are_evidence_refuse_change(written: Engine) -> None:
    for statement in CHANGES_BY_FORCE:
        refused(written, statement)


def test_rows_that_are_evidence_refuse_change_on_mariadb(mariadb_engine: Engine) -> None:
    with writing(mariadb_engine) as connection:
        write_log(connection)
        make_checkpoint(connection, KEY, NOON)
    for statement in (*CHANGES_BY_FORCE, "REPLACE INTO exchange_log SELECT * FROM exchange_log"):
        refused(mariadb_engine, statement)
    assert verified(mariadb_engine).ok


CHANGES_BY_FORCE = (
    "UPDATE exchange_log SET event = 'forged'",
    "UPDATE exchange_log SET body = body",
    "DELETE FROM exchange_log",
    "UPDATE case_outcome SET outcome = 'accepted'",
    "DELETE FROM case_outcome WHERE ordinal = 1",
    "UPDATE receipt SET body = substr(body, 1, 1), delivered_at = 1",
    "UPDATE receipt SET digest = 'x'",
    "UPDATE receipt SET package = package + 100",
    "UPDATE receipt SET made_at = 0",
    "DELETE FROM receipt",
    "UPDATE checkpoint SET at = 0",
    "DELETE FROM checkpoint",
)


@pytest.mark.parametrize("table", PROTECTED)
def test_a_row_cannot_be_replaced_on_sqlite(sqlite_engine: Engine, table: str) -> None:
    with writing(sqlite_engine) as connection:
        write_log(connection)
        make_checkpoint(connection, KEY, NOON)
    refused(sqlite_engine, f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")
    refused(
        sqlite_engine, f"UPDATE OR REPLACE {table} SET {FIRST_COLUMN[table]} = {FIRST_COLUMN[table]} || '0'"
    )


FIRST_COLUMN = {"exchange_log": "seq", "case_outcome": "ordinal", "receipt": "package", "checkpoint": "id"}


@pytest.mark.parametrize("table", ["exchange_log", "case_outcome", "receipt"])
def test_no_hidden_row_number_lets_a_row_be_replaced_on_sqlite(sqlite_engine: Engine, table: str) -> None:
    with reading(sqlite_engine) as connection:
        ddl = connection.execute(
            text("SELECT sql FROM sqlite_master WHERE name = :name"), {"name": table}
        ).scalar_one()
    assert ddl.rstrip().endswith("WITHOUT ROWID")


def test_a_table_cannot_be_emptied_at_once_on_postgresql(postgres_engine: Engine) -> None:
    for table in PROTECTED:
        refused(postgres_engine, f"TRUNCATE {table}")
        refused(postgres_engine, f"TRUNCATE package, {table} CASCADE")


def test_the_delivery_of_a_receipt_may_be_noted(written: Engine) -> None:
    with writing(written) as connection:
        assert connection.execute(text("UPDATE receipt SET delivered_at = 5")).rowcount == 4
    assert verified(written).ok


def refused(engine: Engine, statement: str) -> None:
    def run() -> None:
        with writing(engine) as connection:
            connection.execute(text(statement))

    with pytest.raises(DBAPIError, match="append-only"):
        run()


def test_writers_at_the_same_time_never_fork_a_chain(any_engine: Engine) -> None:
    url = any_engine.url.render_as_string(hide_password=False)
    writers, each = 4, 15

    def write(number: int) -> None:
        engine = create_engine(url)
        for turn in range(each):
            with writing(engine) as connection:
                append(connection, "land-bureau", "package.received", {"writer": number, "turn": turn}, NOON)
        engine.dispose()

    with ThreadPoolExecutor(writers) as pool:
        list(pool.map(write, range(writers)))
    with reading(any_engine) as connection:
        seqs = connection.execute(select(exchange_log.c.seq).order_by(exchange_log.c.seq)).scalars().all()
        assert connection.execute(select(log_head.c.seq)).scalar_one() == writers * each
    assert seqs == list(range(1, writers * each + 1))
    assert verified(any_engine).as_dict()["entries"] == writers * each


FORGERIES = [
    ("UPDATE exchange_log SET at = at + 1 WHERE chain = 'land-bureau' AND seq = 3", "land-bureau", 3, "hash"),
    ("UPDATE exchange_log SET body = '{}' WHERE chain = 'land-bureau' AND seq = 4", "land-bureau", 4, "hash"),
    ("UPDATE exchange_log SET chain = 'x' WHERE chain = 'land-bureau' AND seq = 6", "land-bureau", 6, "head"),
    ("UPDATE exchange_log SET seq = 9 WHERE chain = 'land-bureau' AND seq = 3", "land-bureau", 3, "sequence"),
    ("DELETE FROM exchange_log WHERE chain = 'land-bureau' AND seq = 1", "land-bureau", 1, "sequence"),
    ("DELETE FROM exchange_log WHERE chain = 'land-bureau' AND seq = 6", "land-bureau", 6, "head"),
    ("DELETE FROM exchange_log WHERE chain = 'land-bureau'", "land-bureau", 1, "head"),
    ("UPDATE log_head SET seq = 5 WHERE chain = 'land-bureau'", "land-bureau", 6, "head"),
    ("DELETE FROM log_head WHERE chain = 'land-bureau'", "land-bureau", 6, "head"),
    ("UPDATE case_outcome SET codes = 'X' WHERE package = 2 AND ordinal = 5", "land-bureau", 4, "root"),
    ("DELETE FROM case_outcome WHERE package = 2 AND ordinal = 5", "land-bureau", 4, "counts"),
    ("DELETE FROM package WHERE id = 2", "land-bureau", 4, "package"),
    ("UPDATE receipt SET body = substr(body, 1, 1) WHERE package = 2", "land-bureau", 4, "receipt"),
    ("DELETE FROM receipt WHERE package = 2", "land-bureau", 4, "receipt"),
    ("DELETE FROM checkpoint", "hub", 2, "checkpoint"),
]
# SQLite keeps no types: what a forger puts there need not even be readable.
SQLITE_FORGERIES = [
    ("UPDATE receipt SET body = 'text' WHERE package = 2", "land-bureau", 4, "receipt"),
    ("UPDATE exchange_log SET at = 'noon' WHERE chain = 'land-bureau' AND seq = 3", None, None, "format"),
    ("UPDATE case_outcome SET version = 0.5 WHERE package = 2 AND ordinal = 1", None, None, "format"),
]


def test_what_an_administrator_does_by_force_is_found_alike_in_database_and_export(
    written: Engine, tmp_path: Path
) -> None:
    sqlite = written.dialect.name == "sqlite"
    for statement, *place in FORGERIES + SQLITE_FORGERIES * sqlite:
        with written.connect() as connection:
            take_the_triggers_away(connection)
            connection.execute(text(statement))
            report = verify_database(connection)
            assert export_verified(connection, tmp_path) == report, statement
            connection.rollback()
        assert report.first_break is not None, statement
        found = report.first_break
        assert [found.chain, found.seq, found.what] == place, statement
    assert verified(written).ok


@pytest.mark.parametrize("value", ["CAST(x'fffe' AS TEXT)", "x'7b7d'", "0.5"])
def test_text_that_is_none_is_a_finding_on_sqlite(sqlite_engine: Engine, value: str) -> None:
    with writing(sqlite_engine) as connection:
        write_log(connection)
        take_the_triggers_away(connection)
        connection.execute(text(f"UPDATE exchange_log SET event = {value} WHERE seq = 3"))
    report = verified(sqlite_engine)
    assert report.first_break is not None
    assert report.first_break.what in {"format", "hash"}  # 0.5 becomes the text '0.5' in a column of text


def take_the_triggers_away(connection: Connection) -> None:
    for table in PROTECTED:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        else:
            for kind in ("update", "delete", "replace"):
                connection.execute(text(f"DROP TRIGGER {table}_no_{kind}"))


def test_a_closed_package_without_an_entry_is_found(written: Engine, tmp_path: Path) -> None:
    with writing(written) as connection:
        take_the_triggers_away(connection)
        head = connection.execute(select(log_head).where(log_head.c.chain == "water-bureau")).one()
        close_package(connection, "water-bureau", 2)
        connection.execute(text("DELETE FROM exchange_log WHERE chain = 'water-bureau' AND seq = 3"))
        connection.execute(
            log_head.update().where(log_head.c.chain == head.chain).values(seq=2, hash=head.hash)
        )
    report = verified(written)
    assert report == exported(written, tmp_path)
    assert report.first_break is not None
    assert (report.first_break.chain, report.first_break.what) == ("water-bureau", "closed")


def test_a_refused_package_is_held_to_its_receipt_and_its_entry(any_engine: Engine, tmp_path: Path) -> None:
    with writing(any_engine) as connection:
        refuse_package(connection, "land-bureau", 1)
        close_package(connection, "land-bureau", 2)
    assert verified(any_engine).ok
    assert exported(any_engine, tmp_path).ok
    for statement, seq, what in (
        ("UPDATE receipt SET body = substr(body, 1, 1) WHERE package = 1", 1, "receipt"),
        ("DELETE FROM package WHERE id = 1", 1, "package"),
        ("UPDATE package SET state = 'refused', digest = 'x' WHERE id = 1", 1, "package"),
        ("INSERT INTO package (system, digest, state, origin, size, received_at) "
         "VALUES ('land-bureau', 'x', 'refused', 'x', 1, 1)", None, "closed"),
    ):  # fmt: skip
        with any_engine.connect() as connection:
            take_the_triggers_away(connection)
            connection.execute(text(statement))
            report = verify_database(connection)
            assert export_verified(connection, tmp_path) == report, statement
            connection.rollback()
        assert report.first_break is not None
        assert (report.first_break.seq, report.first_break.what) == (seq, what), statement


def test_the_log_is_searched_by_system_event_package_and_time(written: Engine) -> None:
    cases = [
        ({"chain": "hub"}, [("hub", 1), ("hub", 2)]),
        ({"event": "login"}, [("hub", 1)]),
        ({"event": "package.closed", "chain": "water-bureau"}, [("water-bureau", 2)]),
        ({"package": "P1", "chain": "land-bureau"}, [("land-bureau", 1), ("land-bureau", 2)]),
        ({"package": "P"}, []),
        ({"since": NOON + 2}, [("land-bureau", 4), ("land-bureau", 6)]),
        ({"until": NOON + 2, "since": NOON + 1}, [("land-bureau", 2), ("water-bureau", 2)]),
        ({"limit": 1}, [("land-bureau", 6)]),
        ({"event": "%"}, []),
    ]
    with reading(written) as connection:
        for asked, expected in cases:
            assert [(e["chain"], e["seq"]) for e in search(connection, **asked)] == expected, asked


def test_a_long_package_is_exported_and_verified_in_pieces(any_engine: Engine, tmp_path: Path) -> None:
    with writing(any_engine) as connection:
        for number in (1, 2):
            close_package(connection, "land", number, [(f"A-{n}", "accepted", "", 1) for n in range(2500)])
    assert verified(any_engine).as_dict() == exported(any_engine, tmp_path).as_dict()
    assert verified(any_engine).ok
