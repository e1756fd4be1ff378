"""What a trial foretells is what happens: the days of a period are lived twice, under what is so and under what was tried."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from hub.central.engine import create_engine, reading, writing
from hub.central.tables.business import card
from hub.supervision import proposing
from hub.supervision.calendar import import_days
from hub.supervision.calendar_file import read_calendar
from hub.wiring.trying import Wish, try_out
from tests.oracle.judging import supervise
from tests.oracle.lives import Life, Pause, Stage, on, us
from tests.oracle.loading import put
from tests.support.cards import AT

FIRST, LAST = date(2025, 3, 3), date(2025, 3, 28)
BEGUN = on("2025-03-03 09:00")
LIVES = (
    Life(BEGUN, promised=10),
    Life(BEGUN, completed=on("2025-03-13 16:00"), promised=10),
    Life(BEGUN, completed=on("2025-03-20 16:00"), promised=10, statutory=12),
    Life(BEGUN, promised=5, statutory=15, pauses=(Pause(1, "5", on("2025-03-06 09:00"), 3, "W"),), ends=((1, on("2025-03-14 09:00")),)),
    Life(BEGUN, promised=20, promised_unit="D", statutory=25, statutory_unit="D"),
    Life(BEGUN, promised=30, steps=(Stage(1, BEGUN, on("2025-03-14 10:00"), 5, "W"), Stage(2, on("2025-03-14 10:00"), None, 8, "W"))),
    Life(BEGUN, promised=25, notices=((1, on("2025-03-04 09:00")),)),
    Life(on("2025-03-10 09:00"), completed=on("2025-03-12 10:00"), promised=5),  # approved, never delivered
    Life(on("2025-03-17 09:00"), promised=15, applied=on("2025-03-05 09:00"), channel="2"),
)  # fmt: skip
REST = "date,is_workday,region,source,notice_no\n" + "".join(
    f"2025-03-{number},0,,市政府,试\n" for number in (10, 11, 12, 13, 14, 24)
)


@dataclass(frozen=True)
class Change:
    """What is tried: a wish, and the same change entered."""

    wish: Wish
    values: dict[str, int] = field(default_factory=dict)
    levels: dict[str, int] = field(default_factory=dict)
    calendar: str = ""

    def enter(self, engine: Engine, folder: Path) -> None:
        if self.calendar:
            with writing(engine) as connection:
                import_days(connection, read_calendar(self.file(folder)), at_us=0)
            return
        said: dict[str, Any] = {"reason": "试点", "at": AT, "log": lambda *_: None}
        with writing(engine) as connection:
            code = self.wish.rules[0]
            number = proposing.propose_rule(connection, code, self.values, self.levels, by="甲", **said)
            proposing.activate(connection, number, by="乙", **said)

    def file(self, folder: Path) -> Path:
        file = folder / "days.csv"
        file.write_text(self.calendar, encoding="utf-8")
        return file


def of(code: str, **values: int) -> Change:
    return Change(Wish([code], values), values)


CHANGES = {
    "T1 earlier": of("T1", share_percent=60),
    "T1 later": of("T1", share_percent=1),
    "T8 sooner": of("T8", workdays=4),
    "T14 sooner": of("T14", workdays=1),
    "T10 soon": of("T10", workdays=5),
    "T3 as yellow": Change(Wish(["T3"], levels={"default": 2}), levels={"default": 2}),
    "a calendar": Change(Wish(), calendar=REST),
}


def lived(engine: Engine) -> Engine:
    """The days of the period, judged one after the other."""
    for number in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(days=number)
        supervise(engine, today=day, now=us(day, 23))
    return engine


def standing(engine: Engine) -> dict[tuple[str, int | None, str], int]:
    """(rule, case, what of it) → level, of the cards that were not withdrawn; above another card by what that is about."""
    with reading(engine) as connection:
        rows = connection.execute(select(card).where(card.c.standing == 1)).all()
    names = {f"card {row.card_id}": f"above {row.rule}" for row in rows}
    return {(row.rule, row.case_id, names.get(row.subject, row.subject or "")): row.level for row in rows}


@pytest.fixture(scope="module")
def told_file(seeded_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(seeded_file, tmp_path_factory.mktemp("told"), lambda engine: told(engine))


@pytest.fixture(scope="module")
def lived_file(told_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(told_file, tmp_path_factory.mktemp("lived"), lived)


def told(engine: Engine) -> None:
    with writing(engine) as connection:
        put(connection, LIVES)


def made(file: Path, folder: Path, do: Callable[[Engine], object]) -> Path:
    own = folder / "hub.db"
    own.write_bytes(file.read_bytes())
    engine = create_engine(f"sqlite:///{own}")
    do(engine)
    engine.dispose()
    return own


def contents(file: Path) -> list[str]:
    with sqlite3.connect(file) as connection:
        return list(connection.iterdump())


@pytest.mark.parametrize("name", CHANGES)
def test_what_a_trial_foretells_is_what_happens(
    name: str, told_file: Path, lived_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change = CHANGES[name]
    wish = change.wish
    codes = list(wish.rules) or ["T1", "T2", "T3", "T4", "T6", "T7", "T8", "T12", "T14"]
    if change.calendar:
        wish = replace(wish, rules=codes, calendar=change.file(tmp_path))
    is_so = made(lived_file, tmp_path, lambda engine: None)
    monkeypatch.setenv("SUPHUB_HOME", str(tmp_path))
    monkeypatch.setenv("SUPHUB_DATABASE_URL", f"sqlite:///{is_so}")
    before = contents(is_so)
    found = try_out(wish, FIRST, LAST)
    assert contents(is_so) == before, "a trial writes nothing"
    engine = create_engine(f"sqlite:///{is_so}")
    foretold = standing(engine)
    with reading(engine) as connection:
        about = {
            row.card_id: row for row in connection.execute(select(card).where(card.c.standing == 1)).all()
        }
    engine.dispose()
    names = {f"card {number}": f"above {row.rule}" for number, row in about.items()}
    for each in found["changes"]:
        if each["change"] == "raised":
            case = int(each["case_no"][1:])
            foretold[each["rule"], case, names.get(each["subject"], each["subject"] or "")] = each["level"]
            continue
        row = about[each["card_id"]]
        key = (row.rule, row.case_id, names.get(row.subject, row.subject or ""))
        if each["change"] == "not_raised":
            del foretold[key]
        elif each["change"] == "level":
            foretold[key] = each["level"]

    other = tmp_path / "other"
    other.mkdir()

    def other_life(engine: Engine) -> None:
        change.enter(engine, tmp_path)
        lived(engine)

    engine = create_engine(f"sqlite:///{made(told_file, other, other_life)}")
    happened = standing(engine)
    engine.dispose()
    tried = {key: level for key, level in foretold.items() if key[0] in codes}
    assert tried == {key: level for key, level in happened.items() if key[0] in codes}
    assert found["changes"] or name == "T1 later", "the change is about something"
