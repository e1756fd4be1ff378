"""Days and times as people write them in options, Asia/Shanghai unless they say otherwise."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import typer

from hub.clock import SHANGHAI, start_of, to_us


def instant(value: str | None, option: str, *, end_of_day: bool = False) -> int | None:
    """A day or a time (Asia/Shanghai unless it says otherwise) as µs UTC."""
    if value is None:
        return None
    try:
        if len(value) == 10:
            return start_of(date.fromisoformat(value) + timedelta(days=1 if end_of_day else 0))
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise typer.BadParameter(
            f"{value!r}: 应如 2026-12-01 或 2026-12-01T08:30 · expected like 2026-12-01 or 2026-12-01T08:30",
            param_hint=option,
        ) from error
    return to_us(moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI))
