"""What a registration says of an SFTP directory, read into one value; nothing is touched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.failures import option_wrong
from connectors.folders import Folders, folders_of
from connectors.readiness import Readiness, readiness_of
from hub.register import duration

TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class Options:
    """All options; `timeout_s` is the longest wait for one answer of the server."""

    connection: str
    folders: Folders
    readiness: Readiness
    host_keys: tuple[str, ...] = ()
    timeout_s: float = TIMEOUT_S


def options_of(system: str, given: Mapping[str, Any]) -> Options:
    """The options of a registration. Raises StopError (CONNECTOR_OPTION) for what cannot be worked with."""
    connection = given.get("connection")
    if not isinstance(connection, str) or not connection.strip():
        raise option_wrong(
            system, "connection", "没有写连接的名称", "names no connection",
            "写 Airflow 连接的名称", "Write the name of an Airflow Connection",
        )  # fmt: skip
    try:
        timeout = duration(str(given["timeout"])).total_seconds() if "timeout" in given else TIMEOUT_S
    except ValueError as error:
        raise option_wrong(
            system, "timeout", f"{given['timeout']!r} 不是时长", f"{given['timeout']!r} is not a duration",
            "写成 30s 或 2m", "Write it as 30s or 2m",
        ) from error  # fmt: skip
    keys = given.get("host_keys") or ()
    return Options(
        connection,
        folders_of(system, given),
        readiness_of(system, given),
        tuple(str(key) for key in ((keys,) if isinstance(keys, str) else keys)),
        timeout,
    )
