"""The options of a `soap-pull` registration as one frozen value; what the reference table cannot check is checked here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.failures import option_wrong
from hub.register import duration

SECURITY = ("basic", "token", "token-digest", "none")
VERSIONS = ("1.1", "1.2")
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
_OWN = {"{login}", "{password}"}


@dataclass(frozen=True, slots=True)
class Page:
    """Reading by page number; `size` is how many records a full page has."""

    argument: str
    first: int = 1
    size_argument: str | None = None
    size: int | None = None
    more: str | None = None
    count: str | None = None


@dataclass(frozen=True, slots=True)
class Cursor:
    """Reading by a cursor that each reply gives for the next call."""

    argument: str
    field: str
    first: str = ""


@dataclass(frozen=True, slots=True)
class SoapOptions:
    """See hub/register/soap.py, where each is explained."""

    connection: str
    wsdl: str
    operation: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    soap: str | None = None
    service: str | None = None
    port: str | None = None
    timeout_s: float = 60.0
    security: str = "basic"
    page: Page | None = None
    cursor: Cursor | None = None
    reply: str | None = None
    charset: str = "auto"
    receipt_operation: str | None = None
    receipt_arguments: Mapping[str, Any] = field(default_factory=dict)
    retry: tuple[str, ...] = ()
    stop: tuple[str, ...] = ()


def options_of(system: str, given: Mapping[str, Any]) -> SoapOptions:
    """The options of a registration. Raises StopError CONNECTOR_OPTION."""
    for name in ("connection", "wsdl", "operation"):
        if not isinstance(given.get(name), str) or not given[name].strip():
            raise _wrong(system, name, "缺少", "is missing")
    for name, words in (
        ("security", SECURITY),
        ("soap", VERSIONS),
        ("charset", ("auto", "utf-8", "gb18030")),
    ):
        if given.get(name) is not None and given[name] not in words:
            raise _wrong(
                system, name, f"不认识 {given[name]!r}", f"does not know {given[name]!r}", " / ".join(words)
            )
    receipt, faults = _mapping(system, given, "receipt"), _mapping(system, given, "faults")
    return SoapOptions(
        connection=given["connection"],
        wsdl=given["wsdl"],
        operation=given["operation"],
        arguments=_arguments(system, given, "arguments", _OWN),
        soap=given.get("soap"),
        service=given.get("service"),
        port=given.get("port"),
        timeout_s=_seconds(system, given.get("timeout", "60s")),
        security=given.get("security", "basic"),
        page=_page(system, _mapping(system, given, "page"), bool(given.get("cursor"))),
        cursor=_cursor(system, _mapping(system, given, "cursor")),
        reply=given.get("reply"),
        charset=given.get("charset", "auto"),
        receipt_operation=receipt.get("operation"),
        receipt_arguments=_arguments(system, receipt, "arguments", {*_OWN, "{receipt}", "{name}"}),
        retry=_texts(system, faults, "retry"),
        stop=_texts(system, faults, "stop"),
    )


def _page(system: str, given: Mapping[str, Any], given_cursor: bool) -> Page | None:
    if not given:
        return None
    size = _mapping(system, given, "size")
    if given.get("more") and given.get("count"):
        raise _wrong(system, "page", "more 与 count 只写一个", "takes more or count, not both")
    if given.get("count") and not size:
        raise _wrong(system, "page.count", "须同时写 page.size", "needs page.size beside it")
    if given_cursor and not (given.get("more") or given.get("count")):
        raise _wrong(
            system,
            "page",
            "与 cursor 同用时须写 more 或 count",
            "needs more or count where there is a cursor too",
        )
    return Page(
        argument=_text(system, given, "argument", "page"),
        first=_whole(system, given.get("first", "1"), "page.first"),
        size_argument=_text(system, size, "argument", "page.size") if size else None,
        size=_whole(system, size.get("value"), "page.size.value") if size else None,
        more=given.get("more"),
        count=given.get("count"),
    )


def _cursor(system: str, given: Mapping[str, Any]) -> Cursor | None:
    if not given:
        return None
    texts = [_text(system, given, name, "cursor") for name in ("argument", "from")]
    return Cursor(texts[0], texts[1], str(given.get("first") or ""))


def _arguments(system: str, given: Mapping[str, Any], name: str, known: set[str]) -> Mapping[str, Any]:
    found = _mapping(system, given, name)
    for text in _leaves(found):
        if _PLACEHOLDER.fullmatch(text) and text not in known:
            raise _wrong(system, name, f"不认识 {text}", f"does not know {text}", " / ".join(sorted(known)))
    return found


def _leaves(value: object) -> list[str]:
    if isinstance(value, Mapping):
        return [text for each in value.values() for text in _leaves(each)]
    if isinstance(value, list):
        return [text for each in value for text in _leaves(each)]
    return [str(value)]


def _mapping(system: str, given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = given.get(name) or {}
    if not isinstance(found, Mapping):
        raise _wrong(system, name, "应为键值表", "must be a mapping")
    return found


def _texts(system: str, given: Mapping[str, Any], name: str) -> tuple[str, ...]:
    found = given.get(name) or []
    if not isinstance(found, list):
        raise _wrong(system, f"faults.{name}", "应为列表", "must be a list", "[A, B]")
    return tuple(str(each) for each in found)


def _text(system: str, given: Mapping[str, Any], name: str, within: str) -> str:
    found = given.get(name)
    if not isinstance(found, str) or not found:
        raise _wrong(system, f"{within}.{name}", "缺少", "is missing")
    return found


def _whole(system: str, value: object, name: str) -> int:
    try:
        return int(str(value))
    except ValueError as error:
        raise _wrong(system, name, f"{value!r} 不是整数", f"{value!r} is no whole number") from error


def _seconds(system: str, value: object) -> float:
    try:
        return duration(str(value)).total_seconds()
    except ValueError as error:
        raise _wrong(
            system, "timeout", f"{value!r} 不是时长", f"{value!r} is no duration", "60s, 5m"
        ) from error


def _wrong(system: str, name: str, zh: str, en: str, allowed: str = "") -> Exception:
    more_zh = f"可用:{allowed};" if allowed else ""
    more_en = f"Allowed: {allowed}; " if allowed else ""
    page = "docs/connectors/soap-pull.md"
    return option_wrong(system, name, zh, en, f"{more_zh}见 {page}", f"{more_en}see {page}")
