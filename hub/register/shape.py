"""The shape of a registration and the words it may use."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

STATUSES = ("trial", "live", "paused")
EXPECTED = {"cases_per_day": ("min", "max", "why")}
CONTINUOUS = "continuous"
"""A schedule: one run after another, each looking every few seconds until there is something."""
SERIALS = ("source", "hub")
POLICIES = ("required", "allowed", "forbidden")
_DURATION = re.compile(r"([1-9][0-9]{0,4})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True, slots=True)
class Registration:
    """A departmental system that may send; `organizations` are the USCCs whose cases it may send."""

    code: str
    name: str
    organizations: tuple[str, ...]
    region: str
    connector: Mapping[str, Any]
    dialect: str
    codes: str
    schema: str
    status: str
    contact: Mapping[str, str] = dataclasses.field(default_factory=dict)
    envelope: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    serial: str = "source"
    schedule: str | None = None  # five cron fields, or CONTINUOUS
    trigger: str | None = None
    supervise_from: date | None = None
    silent_after: timedelta | None = None
    expect: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    checks: Mapping[str, str] = dataclasses.field(default_factory=dict)
    cards: Mapping[str, Any] = dataclasses.field(
        default_factory=dict
    )  # `deliver`, `since`; empty: no way back
    digest: str = ""
    path: str = ""
    regions: tuple[str, ...] = ()  # narrower than `region`: those of the node that sent a package

    @property
    def sealed(self) -> bool:
        """Whether an envelope (signature or encryption) is required."""
        return "required" in (self.envelope.get("signed"), self.envelope.get("encrypted"))


def duration(text: str) -> timedelta:
    """`60s`, `15m`, `2h`, `2d` as a time span; ValueError otherwise."""
    found = _DURATION.fullmatch(text)
    if not found:
        raise ValueError(text)
    return timedelta(seconds=int(found[1]) * _SECONDS[found[2]])
