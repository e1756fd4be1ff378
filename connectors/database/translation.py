"""The one place where errors of drivers and servers become errors of the hub, with place and remedy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, NoSuchModuleError, SQLAlchemyError

from connectors.database.failures import (
    BUSY,
    CHARSET,
    COLUMN,
    DENIED,
    DRIVER,
    FAILED,
    LOGIN,
    LOGIN_METHOD,
    LOST,
    OLD_SERVER,
    READ_ONLY,
    TABLE,
    TIMEOUT,
    UNKNOWN,
    UNREACHABLE,
    fault,
    outage,
)
from connectors.failures import Passing, Stopping
from hub.errors import HubError

LONGEST_REASON = 300

_POSTGRES: dict[str, Passing | Stopping] = {
    "28P01": LOGIN, "28000": LOGIN, "3D000": UNKNOWN, "3F000": TABLE, "42P01": TABLE, "42703": COLUMN, "42501": DENIED,
    "25006": READ_ONLY, "57014": TIMEOUT, "40001": BUSY, "40P01": BUSY, "55P03": BUSY, "53300": BUSY, "57P01": LOST,
    "57P02": LOST, "57P03": UNREACHABLE, "22P05": CHARSET, "22021": CHARSET,
}  # fmt: skip
_NUMBERED: dict[int, Passing | Stopping] = {
    1045: LOGIN, 1698: LOGIN, 1130: LOGIN, 1049: UNKNOWN, 1044: DENIED, 1142: DENIED, 1143: DENIED, 1227: DENIED,
    1370: DENIED, 1146: TABLE, 1054: COLUMN, 1290: READ_ONLY, 1792: READ_ONLY, 1836: READ_ONLY, 1969: TIMEOUT, 3024: TIMEOUT,
    1205: BUSY, 1213: BUSY, 1040: BUSY, 1203: BUSY, 1226: BUSY, 2002: UNREACHABLE, 2003: UNREACHABLE, 2005: UNREACHABLE,
    2006: LOST, 2013: LOST, 2055: LOST, 1053: LOST, 1927: LOST, 1366: CHARSET,
    # SQL Server by pymssql; its 1205 (deadlock) means the same as MySQL's.
    18456: LOGIN, 4060: UNKNOWN, 208: TABLE, 207: COLUMN, 229: DENIED, 230: DENIED, 1222: BUSY, 3906: READ_ONLY, 20003: TIMEOUT,
    20009: UNREACHABLE, 20002: UNREACHABLE, 20006: LOST, 20047: LOST,
}  # fmt: skip
_SAID: tuple[tuple[str, Passing | Stopping], ...] = (
    # Servers answer a refused log-in without a code in psycopg; Oracle and SQLite speak in words throughout.
    ("timed out", TIMEOUT), ("timeout expired", UNREACHABLE),
    ("password authentication failed", LOGIN), ("no password supplied", LOGIN), ("no pg_hba.conf entry", LOGIN),
    (r"role \".*\" does not exist", LOGIN), (r"database \".*\" does not exist", UNKNOWN),
    (r"permission denied for database", DENIED), (r"too many (clients|connections)", BUSY),
    ("server closed the connection", LOST), ("consuming input failed", LOST), ("the connection is (closed|lost)", LOST),
    ("unable to open database file", UNREACHABLE), ("readonly database", READ_ONLY),
    (r"database (table )?is locked", BUSY), ("no such table", TABLE), ("no such column", COLUMN),
    ("file is not a database", UNKNOWN), ("ORA-01017", LOGIN), ("ORA-28000", LOGIN), ("ORA-1251[46]", UNKNOWN),
    ("ORA-00942", TABLE), ("ORA-00904", COLUMN), ("ORA-01031", DENIED), ("ORA-16000", READ_ONLY), ("ORA-01013", TIMEOUT),
    ("ORA-0311[345]", LOST), ("ORA-00054|ORA-00060", BUSY), ("connection (to server )?.*(failed|refused)", UNREACHABLE),
    # python-oracledb: DPY, thin mode; DPI, thick mode.
    ("DPY-4024|DPI-1067", TIMEOUT), ("DPY-4011|DPY-1001|DPI-1080|DPI-1010", LOST), ("DPY-3010", OLD_SERVER), ("DPY-3015", LOGIN_METHOD),
    ("DPY-600[13]", UNKNOWN), ("DPY-60|ORA-1254[135]|ORA-12170", UNREACHABLE), ("ORA-2800[12]|ORA-01005", LOGIN), ("ORA-01045", DENIED),
    ("ORA-0102[08]|ORA-00018", BUSY), ("ORA-01461|ORA-12704", CHARSET),
    # Dameng
    (r"CODE:-2501\b", LOGIN), (r"CODE:-2106\b", TABLE), (r"CODE:-2207\b", COLUMN), (r"CODE:-55\d\d\b", DENIED),
    (r"CODE:-640[37]\b", BUSY), (r"CODE:-70028\b", UNREACHABLE), (r"CODE:-(70019|70025|6010)\b", LOST),
    # SQL Server by pyodbc
    ("Login failed for user", LOGIN), ("Cannot open database", UNKNOWN), ("Invalid object name", TABLE), ("Invalid column name", COLUMN),
    ("permission was denied", DENIED), ("deadlocked on lock", BUSY), ("Login timeout expired", UNREACHABLE),
    # openGauss's SHA-256 log-in
    ("authentication method 1[0-2] not supported|SASL authentication mechanisms are supported", LOGIN_METHOD),
    ("failed to resolve host|could not translate host name|Name or service not known", UNREACHABLE),
)  # fmt: skip


@contextmanager
def translated(system: str, doing_zh: str, doing_en: str, place: str) -> Iterator[None]:
    """Whatever SQLAlchemy or a driver raises inside becomes a RetryError or a StopError; the hub's own pass through."""
    try:
        yield
    except HubError:
        raise
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise fault(DRIVER, system, place, why_zh=str(error), why_en=str(error)) from error
    except (SQLAlchemyError, OSError) as error:
        texts, why = meaning(error), reason(error)
        if isinstance(texts, Stopping):
            raise fault(texts, system, place, why_zh=why, why_en=why) from error
        raise outage(texts, system, place, doing_zh=doing_zh, doing_en=doing_en, why=why) from error


def meaning(error: Exception) -> Passing | Stopping:
    """What an error of a driver means: by the server's code where it has one, else by its words."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    text = str(cause)
    number = cause.args[0] if cause is not None and cause.args else None
    if isinstance(number, int) and number in _NUMBERED:
        return TIMEOUT if _NUMBERED[number] is LOST and "timed out" in text else _NUMBERED[number]
    state = getattr(cause, "sqlstate", None)
    if isinstance(state, str) and state and not isinstance(number, int):
        return _POSTGRES.get(state) or (LOST if state.startswith("08") else FAILED)
    for words, texts in _SAID:
        if re.search(words, text):
            return texts
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return LOST
    return UNREACHABLE if isinstance(cause, OSError) else FAILED


def reason(error: Exception) -> str:
    """The server's own words, one line; never the statement or its values, which are personal data."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    primary = getattr(getattr(cause, "diag", None), "message_primary", None)
    if not primary and cause is not None and cause.args:
        primary = cause.args[1] if len(cause.args) > 1 else cause.args[0]
    lines = str(primary or type(cause).__name__).splitlines()
    return lines[0].strip()[:LONGEST_REASON]
