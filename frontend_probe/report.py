"""What a probe finds: one row per check, with what was seen, what is expected and what to do; no look lasts for ever."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Set
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from hub.errors import HubError

log = logging.getLogger(__name__)

OK, WARN, FAIL = "ok", "warn", "fail"
_ORDER = (OK, WARN, FAIL)
LOOK_S = 20.0
"""A single look lasts at most so long."""
WHOLE_S = 55.0
"""All looks of one probe together, so that its report is there within a minute."""

UNSEEN = "未检查:时间已用完 / not looked at: the time is up"
"""What is seen of a check for which no time was left."""
UNREACHED = "未检查:所需的前一项检查不通过 / not looked at: a check that it needs has failed"
"""What is seen of a check that could only meet once more what an earlier one has told."""
NOT_LOOKED_AT = (UNSEEN, UNREACHED)

T = TypeVar("T")
_until: ContextVar[float | None] = ContextVar("until", default=None)


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


Look = Callable[[], Finding]


class Unreached(Exception):
    """What this look needs could not be reached by an earlier one, which has told why, and what to do."""


def unreached() -> Finding:
    """The finding of a look that was not made because an earlier one failed."""
    remedy = "先处理上面不通过的检查,再探测一次 / Mend the check above that failed, then probe again"
    return Finding(WARN, UNREACHED, "可用 / works", remedy)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """All looks made inside share this time; what is not reached in it says so."""
    token = _until.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _until.reset(token)


def run(system: str, looks: Iterable[tuple[str, Look]], before: Iterable[Check] = ()) -> Report:
    """Make all checks, one after the other; one that fails or hangs never holds back the next.

    A look that has not ended after LOOK_S is left to itself in its thread and told as failed. One that fails by the very
    error that an earlier check (of `before`, too) has told counts as not made: one fault is told once.
    """
    told = {check.seen for check in before}
    made = []
    for name, look in looks:
        made.append(_check(name, look, told))
        told.add(made[-1].seen)
    return Report(system, tuple(made))


def _check(name: str, look: Look, told: Set[str]) -> Check:
    begun = time.perf_counter()
    try:
        found = _bounded(look)
    except Unreached:
        found = unreached()
    except HubError as error:
        seen = f"{error.code}: {error.message_zh} / {error.message_en}"
        remedy = f"{error.remedy_zh} / {error.remedy_en}"
        found = unreached() if seen in told else Finding(FAIL, seen, "可用 / works", remedy)
    except Exception as error:
        # Nobody has foreseen it, so that only the log can help; what it says may hold data, its kind does not.
        log.exception("检查 %s 时枢纽出错 · a fault of the hub in the check %s", name, name)
        kind = type(error).__name__
        found = Finding(
            FAIL,
            f"枢纽内部错误 {kind} / a fault of the hub, {kind}",
            "可用 / works",
            "查看日志中的出错位置并报告 / Look its place up in the log, and report it",
        )
    took = round((time.perf_counter() - begun) * 1000, 1)
    return Check(
        name, found.verdict, found.seen, found.expected, found.remedy if found.verdict != OK else "", took
    )


def _bounded(look: Look) -> Finding:
    until = _until.get()
    left = LOOK_S if until is None else min(LOOK_S, until - time.monotonic())
    if left <= 0:
        return Finding(
            WARN,
            UNSEEN,
            f"全部检查在 {WHOLE_S:.0f} 秒内 / all checks within {WHOLE_S:.0f} s",
            "先处理用时最长的检查,再探测一次 / Mend the checks that took longest, then probe again",
        )
    found = in_time(look, left)
    if found is not None:
        return found
    return Finding(
        FAIL,
        f"{left:.0f} 秒没有应答 / no answer within {left:.0f} s",
        f"{LOOK_S:.0f} 秒内应答 / an answer within {LOOK_S:.0f} s",
        "查看前置机、网络和挂载是否卡住(mount、ping),恢复后再探测"
        " / See whether the machine, the network or a mount hangs (mount, ping), then probe again",
    )


def in_time(work: Callable[[], T], seconds: float) -> T | None:
    """What a piece of work gives; None if that takes longer, and it is left to itself. Raises what the work raises."""
    found: list[T] = []
    failed: list[BaseException] = []
    context = copy_context()

    def doing() -> None:
        try:
            found.append(context.run(work))
        except Exception as error:  # noqa: BLE001 - handed to the caller, who raises it; once left, told as too slow
            failed.append(error)

    # A share or a server that hangs cannot be interrupted, only left: a daemon ends with its process.
    thread = threading.Thread(target=doing, name="probe", daemon=True)
    thread.start()
    thread.join(seconds)
    if failed:
        raise failed[0]
    return found[0] if found else None
