"""Looks at where a department lays its answers about cards: whether they can be read, claimed and receipted, and how many wait."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import frontend_probe
from connectors import Connector
from frontend_probe.report import FAIL, OK, Check, Finding
from hub.register import Registration

Answers = Callable[[Registration], AbstractContextManager[Connector | None]]
"""The connector that fetches a system's answers; None while nothing has been handed to it, and so nothing can be answered."""
_TOLD_ALREADY = ("clock", "free_space", "trusted", "login", "connection")
"""Of the machine as a whole: the checks of the packages' own folders tell it."""


def answered(found: Registration, opened: Answers) -> Finding:
    """The check `answers`. Raises RetryError and StopError as the connector does."""
    expected = (
        "能列、能读、能领取、能写回执,不积压 / can be listed, read, claimed and receipted, none waits long"
    )
    with opened(found) as connector:
        kind = str(found.connector["kind"])
        if connector is None:
            return Finding(OK, "尚未交付过牌,还不会有答复 / nothing handed over yet, so no answers", expected)
        if kind not in frontend_probe.PROBES:
            return Finding(OK, "这种方式不检查 / not looked at for this kind", expected)
        report = frontend_probe.probe(kind, connector)
    looked = [each for each in report.checks if not each.name.endswith(_TOLD_ALREADY)]
    bad = sorted((each for each in looked if each.verdict != OK), key=lambda each: each.verdict != FAIL)
    if bad:
        return Finding(bad[0].verdict, "; ".join(map(_shown, bad)), expected, bad[0].remedy)
    return Finding(
        OK,
        "; ".join(_shown(each) for each in looked if each.name.endswith(("readable", "backlog"))),
        expected,
    )


def _shown(check: Check) -> str:
    return f"{check.name}: {check.seen}"
