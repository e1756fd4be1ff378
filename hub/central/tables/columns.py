"""Column kinds that every library shares, and the metadata object.

A point in time is two columns: `<name>_at`, the UTC instant in integer microseconds since 1970, null when the source
gave a day only; and `<name>_day`, the calendar day in UTC+8. So a day-precise value can never be taken for midnight,
and arithmetic is the same on every database.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Date, Integer, MetaData, SmallInteger, String, Text
from sqlalchemy.dialects import mysql

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite gives out row ids only for INTEGER primary keys.
BigId = BigInteger().with_variant(Integer, "sqlite")

LONG = Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")
"""Text of any length: MySQL's TEXT ends at 64 KB."""


def text(name: str, length: int, **kwargs: Any) -> Column[str]:
    """Characters up to `length`; what exceeds 2,000 is unbounded text."""
    return Column(name, String(length) if length <= 2000 else Text(), **kwargs)


def number(name: str, **kwargs: Any) -> Column[int]:
    """A whole number of the message (limits 0..9999, sequence numbers)."""
    return Column(name, Integer, **kwargs)


def flag(name: str, **kwargs: Any) -> Column[int]:
    """0 or 1; null is *not reported*."""
    return Column(name, SmallInteger, **kwargs)


def fen(name: str, **kwargs: Any) -> Column[int]:
    """Money in fen (CNY cents), exact on every database."""
    return Column(name, BigInteger, **kwargs)


def digest(name: str, **kwargs: Any) -> Column[str]:
    """A SHA-256 as 64 lower-case hex digits."""
    return Column(name, String(64), **kwargs)


def instant(name: str, **kwargs: Any) -> Column[int]:
    """A UTC instant in microseconds."""
    return Column(name, BigInteger, **kwargs)


def moment(name: str) -> tuple[Column[Any], Column[Any]]:
    """A time of the source: `<name>_at` (instant or null) and `<name>_day` (local day)."""
    return Column(f"{name}_at", BigInteger), Column(f"{name}_day", Date)


def case_key(**kwargs: Any) -> Column[int]:
    """The case that a row belongs to: `case_head.id`.

    No foreign key: rows are loaded in bulk in the transaction that claims the head; tests hold the reference.
    """
    return Column("case_id", BigInteger, nullable=False, **kwargs)
