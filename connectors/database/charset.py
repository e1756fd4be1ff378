"""Character sets of the exchange database: which columns would store `?` for a character they do not know."""

from __future__ import annotations

import codecs
import logging
from collections.abc import Iterable

from sqlalchemy import Connection, String, Table, text

from connectors.database.failures import CHARSET, fault
from connectors.database.options import Options

WHOLE = {"utf8mb4", "gb18030", "utf16", "utf16le", "utf32", "utf8", "al32utf8", "utf-8"}
"""Character sets that hold all of Unicode. MySQL's `utf8` is told apart: there it is called utf8mb3 or means it."""

_BASIC_PLANE = {"utf8mb3", "ucs2"}
_CODECS = {"latin1": "cp1252", "sql_ascii": "ascii", "euc_cn": "gb2312", "uhc": "cp949", "win1252": "cp1252"}
_MYSQL_COLUMNS = text(
    "SELECT column_name, character_set_name FROM information_schema.columns"
    " WHERE table_schema = COALESCE(:schema, DATABASE()) AND table_name = :name AND character_set_name IS NOT NULL"
)

_log = logging.getLogger(__name__)


def lossy(connection: Connection, table: Table, names: Iterable[str] | None = None) -> dict[str, str]:
    """Text columns (in lower case; all, or the named ones) that cannot hold every character, with their character set.

    Known for MySQL, MariaDB and PostgreSQL; SQLite holds everything; others are not asked.
    """
    wanted = {name.lower() for name in names} if names is not None else None
    found: dict[str, str] = {}
    if connection.dialect.name == "mysql":
        rows = connection.execute(_MYSQL_COLUMNS, {"schema": table.schema, "name": table.name})
        found = {str(row[0]).lower(): _mysql_name(str(row[1]).lower()) for row in rows}
    elif connection.dialect.name == "postgresql":
        encoding = str(connection.scalar(text("SHOW server_encoding"))).lower()
        found = {c.name.lower(): encoding for c in table.columns if isinstance(c.type, String)}
    return {
        name: charset
        for name, charset in found.items()
        if charset not in WHOLE and (wanted is None or name in wanted)
    }


def check(
    connection: Connection, system: str, options: Options, table: Table, names: Iterable[str] | None
) -> None:
    """Raise StopError for a lossy column where that is to be refused, else log it. `names` None: a source table.

    Without the option `charset`, a rejects table is refused (the hub would write `?` itself), a source table is told.
    """
    wrong = lossy(connection, table, names)
    if not wrong:
        return
    listed = ", ".join(f"{table.name}.{name}: {charset}" for name, charset in sorted(wrong.items()))
    policy = options.charset or ("warn" if names is None else "refuse")
    if policy == "refuse":
        raise fault(CHARSET, system, table.name, why_zh=listed, why_en=listed, field="connector.charset")
    _log.warning(
        "%s: 有的列存不下全部汉字,会存成“?” / these columns cannot hold all characters: %s", system, listed
    )


def fitting(value: str, charset: str | None) -> str:
    """The text with every character that the character set does not know written as {U+20BB7}, never as `?`."""
    if charset is None:
        return value
    return "".join(c if _holds(charset, c) else f"{{U+{ord(c):04X}}}" for c in value)


def _holds(charset: str, character: str) -> bool:
    if charset in _BASIC_PLANE:
        return ord(character) <= 0xFFFF
    name = _CODECS.get(charset, charset)
    try:
        character.encode(codecs.lookup(name).name)
    except LookupError:
        return character.isascii()
    except UnicodeEncodeError:
        return False
    return True


def _mysql_name(charset: str) -> str:
    return "utf8mb3" if charset == "utf8" else charset
