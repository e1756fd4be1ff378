"""Character sets of the exchange database: which columns would store `?` for a character they do not know."""

from __future__ import annotations

import codecs
import logging
from collections.abc import Iterable

from sqlalchemy import Connection, String, Table, text
from sqlalchemy.dialects.oracle import NCLOB
from sqlalchemy.types import NCHAR, Unicode, UnicodeText

from connectors.database.failures import CHARSET, fault
from connectors.database.options import Options

WHOLE = {
    "utf8mb4",
    "gb18030",
    "utf16",
    "utf16le",
    "utf32",
    "utf8",
    "al32utf8",
    "utf-8",
    "al16utf16",
    "zhs32gb18030",
    "unicode",
}
"""Character sets that hold all of Unicode. MySQL's `utf8` is told apart: there it is called utf8mb3 or means it."""

_NATIONAL = (NCHAR, NCLOB, Unicode, UnicodeText)
_BASIC_PLANE = {"utf8mb3", "ucs2"}
_CODECS = {"latin1": "cp1252", "sql_ascii": "ascii", "euc_cn": "gb2312", "uhc": "cp949", "win1252": "cp1252",
           "zhs16gbk": "gbk", "zhs16cgb231280": "gb2312", "us7ascii": "ascii", "we8iso8859p1": "latin1", "we8mswin1252": "cp1252",
           "zht16big5": "big5", "zht16mswin950": "cp950", "iso_1": "cp1252"}  # fmt: skip
_MYSQL_COLUMNS = text(
    "SELECT column_name, character_set_name FROM information_schema.columns"
    " WHERE table_schema = COALESCE(:schema, DATABASE()) AND table_name = :name AND character_set_name IS NOT NULL"
)
_MSSQL_COLUMNS = text(
    "SELECT column_name, character_set_name FROM information_schema.columns"
    " WHERE table_schema = COALESCE(:schema, SCHEMA_NAME()) AND table_name = :name AND character_set_name IS NOT NULL"
)
_ORACLE = text(
    "SELECT parameter, value FROM nls_database_parameters WHERE parameter IN ('NLS_CHARACTERSET', 'NLS_NCHAR_CHARACTERSET')"
)
_DAMENG = text("SELECT SF_GET_UNICODE_FLAG() FROM DUAL")
_DAMENG_IS = {0: "gb18030", 1: "utf-8", 2: "euc_kr"}

_log = logging.getLogger(__name__)


def lossy(connection: Connection, table: Table, names: Iterable[str] | None = None) -> dict[str, str]:
    """Text columns (in lower case; all, or the named ones) that cannot hold every character, with their character set.

    Known for MySQL, MariaDB, PostgreSQL and its kin, Oracle, Dameng, SQL Server; SQLite holds everything.
    """
    wanted = {name.lower() for name in names} if names is not None else None
    found = _charsets(connection, table)
    return {
        name: charset
        for name, charset in found.items()
        if charset not in WHOLE and (wanted is None or name in wanted)
    }


def _charsets(connection: Connection, table: Table) -> dict[str, str]:
    """The character set of each text column, in lower case."""
    server, place = connection.dialect.name, {"schema": table.schema, "name": table.name}
    if server == "mysql":
        rows = connection.execute(_MYSQL_COLUMNS, place)
        return {str(row[0]).lower(): _mysql_name(str(row[1]).lower()) for row in rows}
    if server == "mssql":
        rows = connection.execute(_MSSQL_COLUMNS, place)
        return {str(row[0]).lower(): str(row[1]).lower() for row in rows}
    if server == "postgresql":
        usual = national = str(connection.scalar(text("SHOW server_encoding"))).lower()
    elif server == "oracle":
        told = {str(row[0]): str(row[1]).lower() for row in connection.execute(_ORACLE)}
        usual, national = told["NLS_CHARACTERSET"], told["NLS_NCHAR_CHARACTERSET"]
    elif server == "dm":
        flag = int(connection.scalar(_DAMENG) or 0)
        usual = national = _DAMENG_IS.get(flag, str(flag))
    else:
        return {}
    return {
        column.name.lower(): national if isinstance(column.type, _NATIONAL) else usual
        for column in table.columns
        if isinstance(column.type, String)
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
