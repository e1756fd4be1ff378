"""Probes one system: its connector's own checks, a sample, and what the hub knows of it, all within a minute."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

import frontend_probe
from connectors import Access, Connector
from frontend_probe.report import FAIL, UNREACHED, WHOLE_S, Check, Report, in_time, run, unreached, within
from hub.clock import now_us
from hub.envelope import Limits
from hub.errors import HubError, RetryError
from hub.register import Registration
from hub.watch import checks
from hub.watch.answering import Answers, answered
from hub.watch.expiry import Own
from hub.watch.sampling import Read, sampled
from mappings.dialect import load_dialect

OWN_S = 40.0
"""What the connector's own checks may take of the minute."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What probes work with. `home` is where the hub keeps its state, `work` its scratch folder, `keys` gives the hub's own."""

    engine: Engine
    connector: Callable[[Registration], Connector]
    reach: Callable[[str], Access]
    limits: Callable[[], Limits]
    sample: Read
    home: Path
    work: Path
    keys: Own
    answers: Answers
    now: Callable[[], int] = now_us


def probe(found: Registration, tools: Tools) -> Report:
    """The report of a system. Raises StopError for a connector that cannot be made or has no probe."""
    with within(WHOLE_S):
        own = _own(found, tools)
        looks = [("sample", lambda: sampled(found, tools.reach, tools.work, tools.limits(), tools.sample))]
        if any(check.seen == UNREACHED for check in own.checks):
            looks = [("sample", unreached)]
        elif own.verdict == FAIL and not any(check.verdict != FAIL for check in own.checks):
            looks = []  # nobody answers there: one more attempt would only take time
        if found.cards and looks != [("sample", unreached)]:
            looks.append(("answers", lambda: answered(found, tools.answers)))
        looks += checks.looks(found, tools.engine, tools.home, tools.keys, tools.now)
        rest = run(found.code, looks, own.checks)
    return Report(found.code, (*own.checks, *rest.checks))


def reported(found: Registration, tools: Tools) -> Report:
    """As `probe`; what cannot be probed is a failed check of its own, so that it is kept and told."""
    try:
        return probe(found, tools)
    except HubError as error:
        remedy = f"{error.remedy_zh} / {error.remedy_en}"
        seen = f"{error.code}: {error.message_zh} / {error.message_en}"
        return Report(found.code, (Check("connector", FAIL, seen, "可用 / works", remedy, 0.0),))


def _own(found: Registration, tools: Tools) -> Report:
    begun = time.perf_counter()
    try:
        own = in_time(lambda: _looked(found, tools.connector(found)), OWN_S)
    except RetryError as error:
        own = run(found.code, [("connector", _raising(error))])
    if own is not None:
        return own
    took = round((time.perf_counter() - begun) * 1000, 1)
    late = Check(
        "connector",
        FAIL,
        f"{OWN_S:.0f} 秒内没有查完 / not done within {OWN_S:.0f} s",
        "可用 / works",
        "查看前置机、网络和挂载是否卡住,恢复后再探测 / See whether the machine, the network or a mount hangs, then probe again",
        took,
    )
    return Report(found.code, (late,))


def _looked(found: Registration, connector: Connector) -> Report:
    kind = str(found.connector["kind"])
    dialect = (
        load_dialect(found.dialect, schema=found.schema) if kind in frontend_probe.WITH_DIALECT else None
    )
    try:
        return frontend_probe.probe(kind, connector, dialect)
    finally:
        close = getattr(connector, "close", None)
        if close is not None:
            close()


def _raising(error: HubError) -> Callable[[], Any]:
    def look() -> Any:
        raise error

    return look
