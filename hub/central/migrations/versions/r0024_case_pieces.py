"""Pieces are kept together, one row a case and package, instead of a row each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

AT_ONCE = 500
"""Cases whose rows are held in memory together."""
ROW = ("case_id", "kind", "source_key", "basis", "value", "operation", "package", "ordinal", "digest")
FRAGMENT = sa.table("fragment", *map(sa.column, (*ROW, "raw_digest")))
PIECE = sa.table("piece", *map(sa.column, (*ROW, "root", "part", "line", "raw_digest")))
CASE_PIECES = sa.table("case_pieces", *map(sa.column, ("case_id", "package", "ordinal", "body")))
_text = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def upgrade() -> None:
    op.create_table(
        "case_pieces",
        sa.Column("case_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("package", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb"), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "package", "ordinal", name=op.f("pk_case_pieces")),
    )
    bind = op.get_bind()
    if bind.dialect.name == "postgresql":
        # A body of some thousand bytes stays beside its case as it is: taking it out and packing it costs more than it saves.
        op.execute("ALTER TABLE case_pieces SET (toast_tuple_target = 8160)")
    for low in _spans(bind, PIECE):
        rows = [*_read(bind, PIECE, low), *_older(bind, low)]
        if rows:
            bind.execute(sa.insert(CASE_PIECES), list(_together(rows)))
    bind.execute(sa.delete(FRAGMENT).where(FRAGMENT.c.kind != "case"))
    op.drop_table("piece")


def downgrade() -> None:
    op.create_table(
        "piece",
        sa.Column("case_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("source_key", sa.String(length=100), nullable=False),
        sa.Column("basis", sa.SmallInteger(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("operation", sa.String(length=1), nullable=False),
        sa.Column("root", sa.SmallInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("package", sa.BigInteger(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("raw_digest", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("case_id", "kind", "source_key", name=op.f("pk_piece")),
    )
    bind = op.get_bind()
    for low in _spans(bind, CASE_PIECES):
        newest, all_orders = _apart(_read(bind, CASE_PIECES, low))
        for table, rows in ((PIECE, newest), (FRAGMENT, all_orders)):
            if rows:
                bind.execute(sa.insert(table), rows)
    op.drop_table("case_pieces")


def _spans(bind: sa.Connection, table: sa.TableClause) -> Iterator[int]:
    """The first case of each stretch of cases."""
    most = bind.execute(sa.select(sa.func.max(table.c.case_id))).scalar_one_or_none()
    yield from range(0, (most or 0) + 1, AT_ONCE)


def _read(bind: sa.Connection, table: sa.TableClause, low: int) -> list[dict[str, Any]]:
    rows = bind.execute(sa.select(table).where(table.c.case_id >= low, table.c.case_id < low + AT_ONCE))
    return [dict(row._mapping) for row in rows]


def _older(bind: sa.Connection, low: int) -> Iterator[dict[str, Any]]:
    """Orders that were seen and that no piece tells; of them only the digest is known."""
    for row in _read(bind, FRAGMENT, low):
        if row["kind"] != "case":
            yield {**row, "root": 0, "line": 0, "part": None}


def _together(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    def place(row: dict[str, Any]) -> tuple[int, int]:
        return row["case_id"], row["package"]

    ordered = sorted(rows, key=lambda row: (*place(row), row["ordinal"]))
    for (case_id, package), group in groupby(ordered, key=place):
        of_package = list(group)
        entries = [
            [row["kind"], row["source_key"], row["basis"], row["value"], row["operation"], row["root"], row["ordinal"],
             row["line"], row["digest"] if row["part"] is None else json.loads(row["part"])]
            for row in of_package
        ]  # fmt: skip
        last = max(row["ordinal"] for row in of_package)
        yield {"case_id": case_id, "package": package, "ordinal": last, "body": _text(entries)}


def _apart(rows: Iterable[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The newest piece of each key; and every order that was seen, as the older tables have them."""
    newest: dict[tuple[int, str, str], dict[str, Any]] = {}
    orders: dict[tuple[Any, ...], dict[str, Any]] = {}
    again: list[dict[str, Any]] = []
    for row in rows:
        for kind, key, basis, value, operation, root, ordinal, line, part in json.loads(row["body"]):
            piece = {"case_id": row["case_id"], "kind": kind, "source_key": key, "basis": basis, "value": value,
                     "operation": operation, "root": root, "package": row["package"], "ordinal": ordinal, "line": line,
                     "raw_digest": None}  # fmt: skip
            if isinstance(part, str):
                piece["digest"] = part
                again.append(piece)
            else:
                piece |= {"part": _text(part), "digest": _digest(operation, _text(part))}
                place = (row["case_id"], kind, key)
                if place not in newest or _order(piece) > _order(newest[place]):
                    newest[place] = piece
            fragment = {name: piece[name] for name in ROW}
            orders[tuple(piece[name] for name in ROW[:5])] = fragment | {"raw_digest": piece["digest"]}
    for piece in again:
        held = newest[piece["case_id"], piece["kind"], piece["source_key"]]
        if piece["digest"] == held["digest"] and _order(piece) > _order(held):
            held |= {"basis": piece["basis"], "value": piece["value"]}
    return list(newest.values()), list(orders.values())


def _order(piece: dict[str, Any]) -> tuple[int, int]:
    return piece["basis"], piece["value"]


def _digest(operation: str, part: str) -> str:
    return sha256(f"{operation}\n{part}".encode()).hexdigest()
