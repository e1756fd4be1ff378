"""What a registration says of an exchange database, read into one value; nothing is touched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from connectors.failures import option_wrong
from hub.register import duration

BATCH = 5_000
LATE = timedelta(minutes=15)
TIMEOUT = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Entry:
    """One table that is read: its name, the column that names a row, and the one that says when it was written."""

    name: str
    key: str
    time: str


@dataclass(frozen=True, slots=True)
class Flag:
    """The sync flag: its column, and its values for new, taken and refused rows (None: never set)."""

    column: str
    new: str = "0"
    taken: str = "1"
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Options:
    """All options; exactly one of `flag` and `late` is set."""

    connection: str
    tables: tuple[Entry, ...]
    schema: str | None = None
    flag: Flag | None = None
    late: timedelta | None = None
    batch: int = BATCH
    rejects: str | None = None
    cards: str | None = None  # table that cards, orders and letters are written to
    answers: str | None = None  # table that the department writes answers to
    charset: str | None = (
        None  # refuse or warn, for all tables; None: refuse for rejects, warn for the others
    )
    timeout: timedelta = TIMEOUT


def options_of(system: str, given: Mapping[str, Any]) -> Options:
    """The options of a registration. Raises StopError (CONNECTOR_OPTION) for what cannot be worked with."""
    flag, late = _take(system, given.get("take"))
    rejects = given.get("rejects")
    cards = given.get("cards")
    charset = given.get("charset")
    if charset not in (None, "refuse", "warn"):
        raise option_wrong(
            system, "charset", f"不认识 {charset!r}", f"{charset!r} is unknown", "写 refuse 或 warn", "Write refuse or warn"
        )  # fmt: skip
    return Options(
        connection=_text(system, given, "connection"),
        tables=_tables(system, given.get("tables")),
        schema=str(given["schema"]) if given.get("schema") else None,
        flag=flag,
        late=late,
        batch=_batch(system, given.get("batch", BATCH)),
        rejects=_text(system, rejects, "table", "rejects.table") if isinstance(rejects, Mapping) else None,
        cards=_text(system, cards, "table", "cards.table") if isinstance(cards, Mapping) else None,
        answers=_text(system, cards, "answers", "cards.answers") if isinstance(cards, Mapping) else None,
        charset=charset,
        timeout=_span(system, "timeout", given["timeout"]) if "timeout" in given else TIMEOUT,
    )


def _tables(system: str, given: object) -> tuple[Entry, ...]:
    if not isinstance(given, Mapping) or not given:
        raise option_wrong(
            system,
            "tables",
            "没有要读的表",
            "no table to read",
            "写:表名: {key: 主键列, time: 时间列}",
            "Write: table: {key: column that names a row, time: column of its time}",
        )
    return tuple(
        Entry(
            str(name),
            _text(system, about, "key", f"tables.{name}.key"),
            _text(system, about, "time", f"tables.{name}.time"),
        )
        for name, about in given.items()
    )


def _take(system: str, given: object) -> tuple[Flag | None, timedelta | None]:
    if isinstance(given, Mapping) and set(given) == {"flag"}:
        about = given["flag"]
        refused = about.get("refused") if isinstance(about, Mapping) else None
        flag = Flag(
            _text(system, about, "column", "take.flag.column"),
            str(about.get("new", "0")),
            str(about.get("taken", "1")),
            None if refused is None else str(refused),
        )
        if flag.new in (flag.taken, flag.refused):
            raise option_wrong(
                system,
                "take.flag",
                f"new 与 taken 或 refused 相同({flag.new!r}):同一行会被反复取走",
                f"new equals taken or refused ({flag.new!r}): the same row would be taken again and again",
                "三个值各不相同",
                "Give three different values",
            )
        return flag, None
    if isinstance(given, Mapping) and set(given) == {"watermark"}:
        about = given["watermark"] or {}
        late = about.get("late") if isinstance(about, Mapping) else None
        return None, LATE if late is None else _span(system, "take.watermark.late", late)
    raise option_wrong(
        system,
        "take",
        f"{given!r} 不是一种取数方式",
        f"{given!r} is not a way of taking rows",
        "写一种:{watermark: {late: 15m}} 或 {flag: {column: sync_flag, new: '0', taken: '1', refused: '2'}}",
        "Write one of {watermark: {late: 15m}}, {flag: {column: sync_flag, new: '0', taken: '1', refused: '2'}}",
    )


def _batch(system: str, given: object) -> int:
    if isinstance(given, bool) or not str(given).isdigit() or not 1 <= int(str(given)) <= 100_000:
        raise option_wrong(
            system, "batch", f"{given!r} 不是 1 到 100000 的整数", f"{given!r} is not a whole number from 1 to 100000",
            "默认 5000", "The default is 5000",
        )  # fmt: skip
    return int(str(given))


def _span(system: str, name: str, given: object) -> timedelta:
    try:
        return duration(str(given))
    except ValueError as error:
        raise option_wrong(
            system, name, f"{given!r} 不是时长", f"{given!r} is not a duration", "写成 60s、15m 或 2h", "Write it as 60s, 15m or 2h"
        ) from error  # fmt: skip


def _text(system: str, given: object, name: str, shown: str = "") -> str:
    value = given.get(name) if isinstance(given, Mapping) else None
    if not isinstance(value, str) or not value.strip():
        raise option_wrong(
            system,
            shown or name,
            "没有写,或不是文字",
            "is missing or is no text",
            f"补上 {name}",
            f"Add {name}",
        )
    return value
