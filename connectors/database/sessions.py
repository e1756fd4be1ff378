"""How a session with each kind of server is opened and settled: arguments of the driver, time zone, order, limits of time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from connectors.base import Access
from connectors.database import postgres_times

CONNECT_SECONDS = 10
_DM_UTF8 = 1  # dmPython.PG_UTF8; by default the locale of the process decides
_TLS = ("sslmode", "sslrootcert", "sslcert", "sslkey")


def arguments(driver: str, access: Access, timeout: timedelta) -> tuple[dict[str, Any], dict[str, str]]:
    """Arguments of the driver's `connect`, and the query of the SQLAlchemy URL."""
    seconds = max(1, int(timeout.total_seconds()))
    kind = driver.partition("+")[0]
    if kind == "postgresql":
        return _postgresql(access), {}
    if kind == "mysql":
        return _mysql(access, seconds), {}
    if kind == "oracle":
        service = _service(access)
        return {"tcp_connect_timeout": CONNECT_SECONDS}, {"service_name": service} if service else {}
    if driver == "mssql+pymssql":
        return {"login_timeout": CONNECT_SECONDS, "timeout": seconds, "charset": "UTF-8"}, {}
    if kind == "dm":
        schema = {"schema": access.path} if access.path else {}
        return {
            "login_timeout": CONNECT_SECONDS,
            "connection_timeout": seconds,
            "local_code": _DM_UTF8,
            **schema,
        }, {}
    if driver == "mssql+pyodbc":
        query = {name: str(access.extra[name]) for name in ("driver", "Encrypt", "TrustServerCertificate")
                 if name in access.extra}  # fmt: skip
        return {"timeout": CONNECT_SECONDS}, query
    return {}, {}


def database(driver: str, access: Access) -> str | None:
    """The database of the SQLAlchemy URL. Oracle: the SID where one is given, else nothing (the service is in the query)."""
    if driver.startswith("dm"):
        return None  # one server is one database; the path names the schema
    if driver.startswith("oracle"):
        return str(access.extra["sid"]) if access.extra.get("sid") else None
    return access.path


def engine_options(driver: str, access: Access) -> dict[str, Any]:
    """Options of SQLAlchemy's `create_engine` beside the address.

    Oracle's `thick_mode` (with `thick_mode_lib_dir`) as Airflow's own Oracle connections have it: for servers before 12.1.
    """
    if driver.startswith("postgresql"):
        return {"use_native_hstore": False}  # one question less, and one that old relatives cannot answer
    if driver.startswith("oracle") and str(access.extra.get("thick_mode", "")).lower() in ("true", "1"):
        folder = access.extra.get("thick_mode_lib_dir")
        return {"thick_mode": {"lib_dir": str(folder)} if folder else True}
    return {}


def settle(connection: Any, driver: str, timeout: timedelta) -> None:
    """Settings of a fresh session: times as in Asia/Shanghai, one order, no statement longer than `timeout`, no silent `?`."""
    milliseconds = int(timeout.total_seconds() * 1000)
    kind = driver.partition("+")[0]
    if kind == "postgresql":
        postgres_times.read_all(connection)
    if kind == "oracle":
        connection.call_timeout = milliseconds
    maria = kind == "mysql" and "mariadb" in str(connection.get_server_info()).lower()
    chosen = statements("mariadb" if maria else kind, milliseconds)
    if not chosen:
        return
    cursor = connection.cursor()
    try:
        for statement in chosen:
            cursor.execute(statement)
    finally:
        cursor.close()
    connection.commit()


def statements(kind: str, milliseconds: int) -> list[str]:
    """What is said to a server of that kind at the start of a session."""
    if kind == "postgresql":
        return ["SET TIME ZONE INTERVAL '+08:00' HOUR TO MINUTE", f"SET statement_timeout = {milliseconds}"]
    if kind in ("mysql", "mariadb"):
        limit = (
            f"max_statement_time = {milliseconds / 1000}"
            if kind == "mariadb"
            else f"max_execution_time = {milliseconds}"
        )
        return [
            "SET SESSION time_zone = '+08:00'",
            "SET SESSION sql_mode = 'STRICT_ALL_TABLES'",
            f"SET SESSION {limit}",
        ]
    if kind == "oracle":
        # Comparisons are binary by default while ORDER BY may follow a language: pages would then skip rows.
        return [
            "ALTER SESSION SET TIME_ZONE = '+08:00'",
            "ALTER SESSION SET NLS_SORT = BINARY",
            "ALTER SESSION SET NLS_COMP = BINARY",
        ]
    if kind == "mssql":
        return [f"SET LOCK_TIMEOUT {milliseconds}"]
    return []


def _postgresql(access: Access) -> dict[str, Any]:
    tls = {name: str(access.extra[name]) for name in _TLS if name in access.extra}
    return {
        "connect_timeout": CONNECT_SECONDS,
        "application_name": "supervision-hub",
        "client_encoding": "utf8",  # else a server of SQL_ASCII would hand out bytes
        **tls,
    }


def _mysql(access: Access, seconds: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "connect_timeout": CONNECT_SECONDS,
        "read_timeout": seconds + CONNECT_SECONDS,  # the server's own limit comes first
        "write_timeout": seconds + CONNECT_SECONDS,
        "charset": "utf8mb4",
    }
    if access.password is not None:
        found["password"] = access.password.encode("utf-8")  # as text it would have to be Latin-1
    if isinstance(access.extra.get("ssl"), dict):
        found["ssl"] = dict(access.extra["ssl"])
    return found


def _service(access: Access) -> str | None:
    """Oracle's service name: of its own, else the path of the address; None where a SID is given."""
    found = access.extra.get("service_name") or (None if access.extra.get("sid") else access.path)
    return str(found) if found else None
