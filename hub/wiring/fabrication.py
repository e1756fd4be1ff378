"""数据真实性分析报告 put together: the rules in force, what each system delivers, one month; nothing is written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection

from hub import wiring
from hub.clock import iso, local_day, now_us, start_of
from hub.errors import Place, StopError
from hub.supervision.fabrication import Month, analyse, behind
from hub.supervision.judge import Judging
from hub.supervision.rules import current_rules

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


def month_of(name: str | None) -> Month:
    """The month that is named (2026-10), else the latest that has ended; StopError FABRICATION_MONTH."""
    if name is None:
        today = local_day(_now() - 1) + timedelta(days=1)
        return Month((today.replace(day=1) - timedelta(days=1)).replace(day=1))
    found = _MONTH.fullmatch(name)
    if found is None:
        raise StopError(
            "FABRICATION_MONTH",
            zh=f"{name!r} 不是月份",
            en=f"{name!r} is not a month",
            remedy_zh="写成 2026-10",
            remedy_en="Write it as 2026-10",
            place=Place(field="--month"),
        )
    return Month(date(int(found[1]), int(found[2]), 1))


def report(system: str, month: Month) -> dict[str, Any]:
    """{system, name, month, ended, made_at, rules, charts}: see `hub.supervision.fabrication.analyse`.

    Raises StopError SYSTEM_UNKNOWN, RULES_EMPTY.
    """
    found = wiring.registration(system)
    with judging_on_snapshot() as (connection, judging):
        told = analyse(connection, judging, system, month)
    return {
        "system": system,
        "name": found.name,
        "month": month.label,
        "ended": month.as_of.at <= _now(),
        "made_at": iso(now_us() // 1_000_000 * 1_000_000),
        **told,
    }


def written(found: Mapping[str, Any], suffix: str) -> bytes:
    """A report as the bytes of a .html, .pdf or .json file."""
    if suffix == ".pdf":
        from hub.scores.fabrication_paper import fabrication_document
        from hub.scores.paper import pdf_bytes

        return pdf_bytes(fabrication_document(found))
    if suffix == ".html":
        from hub.supervision.fabrication_page import page

        return page(found).encode("utf-8", "backslashreplace")
    return (json.dumps(found, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "backslashreplace")


def cases(system: str, month: Month, rule: str) -> list[dict[str, Any]]:
    """All the cases that bear a rule out: {subject, case_no, …}. Raises StopError SYSTEM_UNKNOWN, FABRICATION_RULE."""
    wiring.registration(system)
    with judging_on_snapshot() as (connection, judging):
        known = [code for code, each in judging.rules.items() if each.declared.family == "anomaly"]
        if rule not in known:
            raise StopError(
                "FABRICATION_RULE",
                zh=f"{rule} 不是数据真实性规则",
                en=f"{rule} is no rule on fabricated data",
                remedy_zh=f"可用：{'、'.join(known)}",
                remedy_en=f"There are {', '.join(known)}",
                place=Place(field="--cases"),
            )
        return behind(connection, judging, system, month, rule)


def _now() -> int:
    """Now, or the end of SUPHUB_TODAY in demonstrations."""
    today = wiring.settings().today
    return now_us() if not today else start_of(date.fromisoformat(today) + timedelta(days=1))


@contextmanager
def judging_on_snapshot() -> Iterator[tuple[Connection, Judging]]:
    """One snapshot, in which temporary tables may be made; rolled back."""
    delivers = wiring.delivers()
    with wiring.engine().connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.execution_options(suphub_begin="BEGIN")
        else:
            connection.execution_options(isolation_level="REPEATABLE READ")
        try:
            yield connection, Judging(current_rules(connection), delivers)
        finally:
            connection.rollback()
