"""Connections by name from the environment: AIRFLOW_CONN_<NAME>, written as Airflow writes it (address or JSON)."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from connectors import Access
from hub.errors import Place, StopError

PREFIX = "AIRFLOW_CONN_"


def variable(name: str) -> str:
    """The variable that holds a connection."""
    return PREFIX + name.upper().replace("-", "_")


def from_environment(name: str, environment: Mapping[str, str] | None = None) -> Access | None:
    """The connection of that name; None where no variable holds it. Raises StopError for one that cannot be read."""
    value = (os.environ if environment is None else environment).get(variable(name))
    if not value:
        return None
    try:
        return _from_json(name, value) if value.lstrip().startswith("{") else _from_address(name, value)
    except (ValueError, TypeError, AttributeError) as error:
        # The value holds a password: neither it nor a parser's excerpt of it is shown.
        raise StopError(
            "CONNECTION",
            zh=f"环境变量 {variable(name)} 不是连接的写法({type(error).__name__})",
            en=f"The variable {variable(name)} is not written as a connection ({type(error).__name__})",
            remedy_zh="写成 类型://用户:口令@主机:端口/库?选项=值(特殊字符用 %xx),或 JSON",
            remedy_en="Write kind://login:password@host:port/database?option=value (special characters as %xx), or JSON",
            place=Place(field=f"connection {name}"),
        ) from None


def unknown(name: str) -> StopError:
    """The error for a connection that nobody knows."""
    return StopError(
        "CONNECTION_UNKNOWN",
        zh=f"没有名为 {name} 的连接",
        en=f"There is no connection named {name}",
        remedy_zh=f"在 Airflow 的 Admin → Connections 中建立,或设置环境变量 {variable(name)}",
        remedy_en=f"Make it in Airflow (Admin → Connections), or set the variable {variable(name)}",
        place=Place(field=f"connection {name}"),
    )


def _from_json(name: str, value: str) -> Access:
    data: dict[str, Any] = json.loads(value)
    extra = data.get("extra") or {}
    if isinstance(extra, str):
        extra = json.loads(extra)
    port = data.get("port")
    return Access(
        name, str(data.get("conn_type") or ""), data.get("host") or None, int(port) if port else None,
        data.get("login") or None, data.get("password") or None, data.get("schema") or None, dict(extra),
    )  # fmt: skip


def _from_address(name: str, value: str) -> Access:
    # The kind by itself: `oracle+cx_oracle` has a character that no scheme of a URL may have (RFC 3986).
    kind, mark, _ = value.partition("://")
    if not mark or not re.fullmatch(r"[A-Za-z0-9_.+-]+", kind):
        raise ValueError("no kind")
    parts = urlsplit("x" + value[len(kind) :])
    extra: dict[str, Any] = dict(parse_qsl(parts.query, keep_blank_values=True))
    if "__extra__" in extra:  # how Airflow writes what is no flat mapping
        extra = json.loads(extra["__extra__"])
    path = unquote(parts.path[1:]) or None
    host = unquote(parts.netloc.rpartition("@")[2].rpartition(":")[0] or parts.hostname or "") or None
    if parts.port is None:
        host = unquote(parts.netloc.rpartition("@")[2]) or None
    return Access(
        name, kind.lower(), host, parts.port,
        unquote(parts.username) if parts.username else None,
        unquote(parts.password) if parts.password else None, path, extra,
    )  # fmt: skip
