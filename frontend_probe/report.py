"""What a probe finds: one row per check, with what was seen, what is expected and what to do."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from hub.errors import HubError

OK, WARN, FAIL = "ok", "warn", "fail"
_ORDER = (OK, WARN, FAIL)


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one look: a verdict (ok, warn, fail) and, unless it is ok, a remedy."""

    verdict: str
    seen: str
    expected: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A named finding and how long the look took."""

    name: str
    verdict: str
    seen: str
    expected: str
    remedy: str
    took_ms: float


@dataclass(frozen=True, slots=True)
class Report:
    """All checks of one system; its verdict is the worst of theirs."""

    system: str
    checks: tuple[Check, ...]

    @property
    def verdict(self) -> str:
        return max((check.verdict for check in self.checks), key=_ORDER.index, default=OK)

    def as_dict(self) -> dict[str, Any]:
        """The report as plain data."""
        return {
            "system": self.system,
            "verdict": self.verdict,
            "checks": [asdict(check) for check in self.checks],
        }


def run(system: str, looks: Iterable[tuple[str, Callable[[], Finding]]]) -> Report:
    """Make all checks, one after the other; one that fails never holds back the next."""
    return Report(system, tuple(_check(name, look) for name, look in looks))


def _check(name: str, look: Callable[[], Finding]) -> Check:
    begun = time.perf_counter()
    try:
        found = look()
    except HubError as error:
        found = Finding(
            FAIL,
            f"{error.code}: {error.message_zh} / {error.message_en}",
            "可用 / works",
            f"{error.remedy_zh} / {error.remedy_en}",
        )
    took = round((time.perf_counter() - begun) * 1000, 1)
    return Check(
        name, found.verdict, found.seen, found.expected, found.remedy if found.verdict != OK else "", took
    )
