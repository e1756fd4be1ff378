"""How pages write things: the language that is asked for, states, roles, units and times in words, and links."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

LANGUAGES = ("zh", "en")
UNITS: Mapping[str, tuple[str, str]] = {
    "W": ("工作日", "working days"),
    "D": ("自然日", "days"),
    "H": ("小时", "hours"),
    "M": ("月", "months"),
}
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
CASE_STATES = {
    "current": ("现行", "current"),
    "deleted": ("已注销", "deleted"),
    "pending": ("待补齐", "pending"),
}


def language_of(*asked: str | None) -> str:
    """The first language that there is of those asked for; Chinese where there is none."""
    return next((each for each in asked if each in LANGUAGES), "zh")


def minute(instant: str | None) -> str:
    """An instant of Beijing as people read it; to the microsecond it stands in the log."""
    return instant[:16].replace("T", " ") if instant else "-"


def place_of(subject: str | None) -> str | None:
    """Where the pages have what a card is about, if that is a card, an order or a complaint: `complaints/2026000007`."""
    kind, _, rest = (subject or "").partition(" ")
    number = rest.split(" ")[0].split("/")[0]
    found = {"card": "cards", "order": "orders", "complaint": "complaints"}.get(kind)
    return f"{found}/{number}" if found and number.isdecimal() else None


def case_path(named: str) -> str:
    """The path of a case's page from SYSTEM/NO."""
    system, _, number = named.partition("/")
    return f"cases/{quote(system, safe='')}/{quote(number, safe='')}"
