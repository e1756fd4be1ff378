"""Servers that speak PostgreSQL's protocol under a banner of their own (Kingbase, openGauss, GaussDB), for SQLAlchemy."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from hub.errors import Place, StopError

DRIVER = "postgresql+suphub_fork"
Version = tuple[int, ...]

_GAUSS = re.compile(r"openGauss|GaussDB|gsql|MogDB|Vastbase", re.I)
_KINGBASE = re.compile(r"KingbaseES\s+V0*(\d+)R0*(\d+)", re.I)
_POSTGRES = re.compile(r"PostgreSQL (\d+(?:\.\d+)*)")
_NUMBERS = re.compile(r"\d+(?:\.\d+)*")
GAUSS_IS: Version = (9, 2, 4)  # what openGauss was made from, and what its catalogue looks like
_KINGBASE_IS: dict[tuple[int, int], Version] = {(8, 3): (9, 6), (8, 6): (12, 1), (9, 1): (12, 1)}


def register() -> None:
    """Make the dialect known to SQLAlchemy; may be repeated."""
    registry.register("postgresql.suphub_fork", __name__, "ForkDialect")


class ForkDialect(PGDialect_psycopg):
    """PostgreSQL's dialect, which fails on a banner that does not say PostgreSQL."""

    driver = "suphub_fork"
    supports_statement_cache = True

    def _get_server_version_info(self, connection: Connection) -> Version:
        banner = str(connection.exec_driver_sql("SELECT version()").scalar())
        setting = ""
        if not _POSTGRES.search(banner):
            setting = str(connection.exec_driver_sql("SHOW server_version").scalar())
        return version_of(banner, setting)

    @classmethod
    def import_dbapi(cls) -> Any:
        import psycopg

        return psycopg


def version_of(banner: str, setting: str) -> Version:
    """The version of PostgreSQL that a server is like, by `version()` and `SHOW server_version`. Raises StopError."""
    if _GAUSS.search(banner):
        return GAUSS_IS
    kingbase = _KINGBASE.search(banner)
    if kingbase is not None:
        known = _KINGBASE_IS.get((int(kingbase[1]), int(kingbase[2])))
        if known is not None:
            return known
    like = _POSTGRES.search(banner)
    numbers = like[1] if like else _NUMBERS.fullmatch(setting.split(" ")[0])
    if numbers is not None:
        return tuple(int(part) for part in (numbers if isinstance(numbers, str) else numbers[0]).split("."))
    raise StopError(
        "DATABASE_VERSION",
        zh=f"不认识的数据库版本：{banner[:120]}({setting[:40]})",
        en=f"Unknown version of the database: {banner[:120]} ({setting[:40]})",
        remedy_zh="请向枢纽的维护者报告这一行版本文字",
        remedy_en="Report this text to those who maintain the hub",
        place=Place(field="connector.connection"),
    )
