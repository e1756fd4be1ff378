"""How pages write things: the language that is asked for, states, roles, units and times in words, and links."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

from hub.supervision.library import declared

LANGUAGES = ("zh", "en")
SHOWN = 100
"""Rows of one page of a list."""
UNITS: Mapping[str, tuple[str, str]] = {
    "W": ("工作日", "working day"),
    "D": ("自然日", "day"),
    "H": ("小时", "hour"),
    "M": ("月", "month"),
}
"""What limits are counted in; in English of one of them."""
ROLES: Mapping[str, tuple[str, str]] = {
    "hub": ("自动", "by itself"),
    "supervisor": ("监察", "supervisor"),
    "department": ("部门", "department"),
    "ops": ("运维代录", "ops"),
    "hotline": ("热线", "hotline"),
}

PACKAGE_STATES = {
    "received": ("已收", "received"),
    "processing": ("处理中", "processing"),
    "set_aside": ("搁置", "set aside"),
    "refused": ("整包拒收", "refused"),
    "closed": ("办完", "closed"),
}
OUTCOMES = {
    "accepted": ("接收", "Accepted"),
    "rejected": ("拒收", "Rejected"),
    "pending": ("待补齐", "Pending"),
    "duplicate": ("重复", "Duplicate"),
    "stale": ("陈旧", "Stale"),
    "conflict": ("冲突", "Conflict"),
}
LEVELS = {1: ("预警", "warning"), 2: ("黄牌", "yellow"), 3: ("红牌", "red")}
CASE_STATES = {
    "current": ("现行", "current"),
    "deleted": ("已注销", "deleted"),
    "pending": ("待补齐", "pending"),
}


def language_of(*asked: str | None) -> str:
    """The first language that there is of those asked for; Chinese where there is none."""
    return next((each for each in asked if each in LANGUAGES), "zh")


def turned(number: int) -> dict[str, int]:
    """Which rows page `number` (from 1) needs: one more than it shows, which tells whether there is a next page."""
    return {"limit": SHOWN + 1, "offset": (number - 1) * SHOWN}


def minute(instant: str | None) -> str:
    """An instant of Beijing as people read it; to the microsecond it stands in the log."""
    return instant[:16].replace("T", " ") if instant else "-"


def place_of(subject: str | None, rule: str | None = None) -> str | None:
    """Where the pages have what a card is about, if that is a card, an order, a complaint or (by its rule) a version of an item:
    `complaints/2026000007`, `items/1143…001?version=2`."""
    kind, _, rest = (subject or "").partition(" ")
    number = rest.split(" ")[0].split("/")[0]
    found = {"card": "cards", "order": "orders", "complaint": "complaints"}.get(kind)
    if found:
        return f"{found}/{number}" if number.isdecimal() else None
    version = item_version(subject) if about_items(rule) else None
    return None if version is None else item_path(*version)


def about_items(rule: str | None) -> bool:
    """Whether cards of a rule are about versions of items."""
    known = declared().get(rule or "")
    return known is not None and known.scope == "item_version"


def item_version(subject: str | None) -> tuple[str, int] | None:
    """Code and version of `CODE@VERSION`; None for another subject."""
    found = re.fullmatch(r"(.+)@([0-9]{1,9})", subject or "")
    return (found[1], int(found[2])) if found else None


def item_path(code: str, version: int | None = None) -> str:
    """The path of an item's page: of one version, or of the newest."""
    return f"items/{quote(code, safe='')}" + ("" if version is None else f"?version={version}")


def counted(language: str, number: int | float, zh: str, one: str, many: str | None = None) -> str:
    """A number with what it counts: `1 件`, `1 case`, `2 cases`; Chinese has no plural, `many` is `one` with an s if left out."""
    if language == "zh":
        return f"{number} {zh}"
    return f"{number} {one if abs(number) == 1 else many or one + 's'}"


def package_name(package_id: str) -> str:
    """A package as people call it: its id, or the beginning of its digest where it has none."""
    digest = len(package_id) == 64 and set(package_id) <= set("0123456789abcdef")
    return f"{package_id[:12]}…" if digest else package_id


def case_path(named: str) -> str:
    """The path of a case's page from SYSTEM/NO."""
    system, _, number = named.partition("/")
    return f"cases/{quote(system, safe='')}/{quote(number, safe='')}"
