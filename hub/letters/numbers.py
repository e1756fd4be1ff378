"""Numbers of letters: by issuer, kind and year, without gaps; whoever takes one holds the row of the last until the transaction ends."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, select, update
from sqlalchemy.dialects import mysql, postgresql

from hub.central.tables.letters import letter_counter


def next_number(connection: Connection, issuer: str, kind: str, year: int) -> int:
    """One more than the last; the row stays locked, so that a number undone with its transaction is given to the next letter."""
    mine = _mine(issuer, kind, year)
    wanted = select(letter_counter.c.last).where(*mine).with_for_update()
    last = connection.execute(wanted).scalar_one_or_none()
    if last is None:
        _begin(connection, {"issuer": issuer, "kind": kind, "year": year, "last": 0})
        last = connection.execute(wanted).scalar_one()
    connection.execute(update(letter_counter).where(*mine).values(last=last + 1))
    return int(last) + 1


def give_back(connection: Connection, issuer: str, kind: str, year: int, number: int) -> None:
    """The number is not used after all; within the transaction that took it."""
    connection.execute(update(letter_counter).where(*_mine(issuer, kind, year)).values(last=number - 1))


def _begin(connection: Connection, first: dict[str, Any]) -> None:
    """The row of the first number, unless another worker was first: then its row is the one to wait for."""
    if connection.dialect.name == "postgresql":
        connection.execute(postgresql.insert(letter_counter).values(first).on_conflict_do_nothing())
    elif connection.dialect.name in ("mysql", "mariadb"):
        # A plain or IGNOREd insert waits with a shared lock: two that wait for one who gives up would lock each other out.
        begun = mysql.insert(letter_counter).values(first)
        connection.execute(begun.on_duplicate_key_update(last=letter_counter.c.last))
    else:
        connection.execute(insert(letter_counter).values(first))


def _mine(issuer: str, kind: str, year: int) -> tuple[ColumnElement[bool], ...]:
    return letter_counter.c.issuer == issuer, letter_counter.c.kind == kind, letter_counter.c.year == year
