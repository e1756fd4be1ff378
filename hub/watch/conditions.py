"""Which findings are worth an alert, and what the alert says; nothing is touched here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from frontend_probe.report import FAIL, NOT_LOOKED_AT, OK, WARN, Check, Report
from hub.errors import HubError
from hub.register import Registration

HUB = "hub"
"""The system of conditions that concern the hub itself; no system may be registered under this code."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that may be wrong for a time: its name, how grave it is (1 to 3), how people call it."""

    name: str
    level: int
    zh: str
    en: str
    of_hub: bool = False  # of the hub itself, whichever system's probe found it


CONDITIONS: Mapping[str, Condition] = {
    each.name: each
    for each in (
        Condition("probe.failing", 2, "前置机探测不通过", "the probe of the front-end machine fails"),
        Condition("exchange.failing", 2, "交换失败", "the exchange fails"),
        Condition(
            "handover.failing",
            2,
            "牌和文书未能交给部门",
            "cards and letters cannot be handed to the department",
        ),
        Condition("backlog", 1, "报文积压", "packages pile up"),
        Condition("silence", 1, "长时间没有报送", "nothing has come for long"),
        Condition("volume", 1, "报送量异常", "the number of cases is unusual"),
        Condition("credentials", 1, "凭据或证书将到期", "credentials or certificates end soon"),
        Condition("hub.space", 3, "枢纽磁盘空间不足", "the hub's disk is nearly full", of_hub=True),
    )
}
"""All conditions by name; docs/probe.md lists them."""

BY_CHECK: Mapping[str, str] = {
    "backlog": "backlog",
    "not_ready": "backlog",
    "hub.backlog": "backlog",
    "answers": "backlog",
    "silence": "silence",
    "expected": "volume",
    "credentials": "credentials",
    "hub.space": "hub.space",
}
"""Check → the condition that its warning means. A failed check of any other name, or of these, is `probe.failing`."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A condition as it is found: of which system, and what people are told."""

    system: str
    condition: Condition
    name: str  # of the system, for people
    organizations: tuple[str, ...]
    body_zh: str
    body_en: str
    code: str | None = None  # of the error, where it is one error that was met


@dataclass(frozen=True, slots=True)
class Judged:
    """What a report means: conditions that hold, and those that certainly do not; of others it says nothing."""

    holds: tuple[Trouble, ...]
    over: tuple[Condition, ...]


def judge(found: Registration, report: Report) -> Judged:
    """Sort the checks of a report by condition. A check that was not looked at says nothing."""
    bad: dict[str, list[Check]] = {}
    good: set[str] = {"probe.failing"}
    for check in report.checks:
        if check.seen in NOT_LOOKED_AT:
            continue
        usual = BY_CHECK.get(check.name)
        if check.verdict == FAIL:
            bad.setdefault(usual if usual == "hub.space" else "probe.failing", []).append(check)
        elif check.verdict == WARN and usual is not None:
            bad.setdefault(usual, []).append(check)
        elif check.verdict == OK and usual is not None:
            good.add(usual)
    holds = [_trouble(found, CONDITIONS[name], checks) for name, checks in bad.items()]
    return Judged(tuple(holds), tuple(CONDITIONS[name] for name in sorted(good - set(bad))))


def _trouble(found: Registration, condition: Condition, checks: Iterable[Check]) -> Trouble:
    lines = [
        f"{check.name}: {check.seen}\n  应为 expected: {check.expected}\n  处理 remedy: {check.remedy}"
        for check in checks
    ]
    more_zh, more_en = f"suphub probe {found.code}", f"suphub probe {found.code} --history"
    text = "\n".join(lines)
    return Trouble(
        HUB if condition.of_hub else found.code,
        condition,
        "监察枢纽 Supervision Hub" if condition.of_hub else found.name,
        () if condition.of_hub else found.organizations,
        f"{text}\n再看一次: {more_zh}",
        f"{text}\nHistory: {more_en}",
    )


def of_failure(found: Registration, condition: str, error: Exception) -> Trouble:
    """What an exchange or a hand-over (`condition`) that failed means. Of an error that is none of the hub's own, its kind only is told."""
    zh, en = f"枢纽内部错误 {type(error).__name__}", f"a fault of the hub, {type(error).__name__}"
    remedy_zh, remedy_en = "查看该任务的日志并报告", "See the log of the task, and report it"
    code = error.code if isinstance(error, HubError) else type(error).__name__
    if isinstance(error, HubError):
        place = f" [{error.place}]" if str(error.place) else ""
        zh, en = f"{error.code}{place} {error.message_zh}", f"{error.code}{place} {error.message_en}"
        remedy_zh, remedy_en = error.remedy_zh, error.remedy_en
    next_zh, next_en = ("自动重试,恢复后另行告知", "It is tried again by itself; you will be told when it is over") \
        if not isinstance(error, HubError) or error.kind == "retry" else ("需有人处理,其他系统不受影响", "Somebody must mend it; other systems go on")  # fmt: skip
    return Trouble(
        found.code,
        CONDITIONS[condition],
        found.name,
        found.organizations,
        f"{zh}\n处理: {remedy_zh}\n{next_zh}",
        f"{en}\nRemedy: {remedy_en}\n{next_en}",
        code,
    )
