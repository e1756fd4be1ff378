"""Pieces that an older program kept row by row stand, after the upgrade, as if they had come to this one; and back."""

from __future__ import annotations

import json
from typing import Any

from alembic import command
from sqlalchemy import Connection, Engine, text

from hub.central import upgrade as upgrading
from hub.central.engine import reading, writing
from hub.central.piece_table import histories, pieces_of
from hub.shapes import piece_digest

OLD = "0023"
ONE, TWO = '{"Step":{"StepName":"受理"}}', '{"Step":{"StepName":"审核"}}'


def move(connection: Connection, revision: str) -> None:
    config = upgrading._config()
    config.attributes["connection"] = connection
    going = command.upgrade if revision == "head" else command.downgrade
    going(config, revision)


def piece(
    kind: str, key: str, value: int, part: str, package: int, ordinal: int, raw: str | None
) -> dict[str, Any]:
    return {"case_id": 600, "kind": kind, "source_key": key, "basis": 2, "value": value, "operation": "U", "root": 0,
            "digest": piece_digest("U", part), "part": part, "package": package, "ordinal": ordinal, "line": 7,
            "raw_digest": raw}  # fmt: skip


def insert(connection: Connection, table: str, row: dict[str, Any]) -> None:
    columns = ", ".join(row)
    connection.execute(
        text(f"INSERT INTO {table} ({columns}) VALUES ({', '.join(f':{c}' for c in row)})"), row
    )


def older(row: dict[str, Any], value: int, part: str, package: int, ordinal: int) -> dict[str, Any]:
    names = ("case_id", "kind", "source_key", "basis", "operation")
    return {name: row[name] for name in names} | {
        "value": value, "digest": piece_digest("U", part), "raw_digest": "a" * 64, "package": package, "ordinal": ordinal,
    }  # fmt: skip


def test_pieces_of_an_older_database_are_kept(any_engine: Engine) -> None:
    newest = piece("step", "s1", 2, TWO, 5, 1, "b" * 64)
    other = piece("apply", "", 1, ONE, 4, 9, None)  # its order stands among the fragments already
    with writing(any_engine) as connection:
        move(connection, OLD)
        for row in (newest, other):
            insert(connection, "piece", row)
        insert(connection, "fragment", older(newest, 1, ONE, 4, 8))
        insert(connection, "fragment", older(other, 1, ONE, 4, 9))
        insert(connection, "fragment", older(other, 3, ONE, 4, 9) | {"kind": "case", "case_id": 1})
        before = connection.execute(text("SELECT * FROM piece ORDER BY kind")).mappings().all()
        move(connection, "head")
    with reading(any_engine) as connection:
        [known] = histories(connection, [600]).values()
        assert known.states["step", "s1"].seen == {
            (2, 1): piece_digest("U", ONE),
            (2, 2): piece_digest("U", TWO),
        }
        assert known.held["step", "s1"].part == TWO
        assert (known.held["step", "s1"].package, known.held["step", "s1"].line) == (5, 7)
        assert known.states["apply", ""].seen == {(2, 1): piece_digest("U", ONE)}
        assert [each["kind"] for each in pieces_of(connection, 600)] == ["apply", "step"]
        kept = connection.execute(
            text("SELECT package, ordinal, body FROM case_pieces ORDER BY package")
        ).all()
        assert [(row.package, row.ordinal, len(json.loads(row.body))) for row in kept] == [
            (4, 9, 3),
            (5, 1, 1),
        ]
        assert connection.execute(text("SELECT kind FROM fragment")).scalars().all() == ["case"]
    with writing(any_engine) as connection:
        move(connection, OLD)
        after = connection.execute(text("SELECT * FROM piece ORDER BY kind")).mappings().all()
        assert [{**row, "raw_digest": None} for row in after] == [
            {**row, "raw_digest": None} for row in before
        ]
        assert connection.execute(text("SELECT count(*) FROM fragment")).scalar_one() == 4
        move(connection, "head")
