"""A quarter of three departments, one of each dialect, played by the hub's clock: what arrives late or not at all, and what
people leave undone, is carded, and nothing else."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from hub.central.engine import reading, writing
from hub.demo.departments import connection_variable
from hub.demo.quarter import DEPARTMENTS, make_known, measure, play, write_departments
from hub.simulate import Options
from hub.simulate.quarter import DIARY, LEVELS, RULES, write_quarter
from hub.simulate.quarter_ways import FOLDER
from hub.supervision.seed import ensure_seeded
from tests.integration.pipeline.conftest import Hub

CODE = "quarterly"


def written(folder: Path, today: str) -> dict[str, Any]:
    write_quarter(Options(1, folder, date.fromisoformat(today), code=CODE))
    found: dict[str, Any] = json.loads((folder / DIARY).read_text(encoding="utf-8"))
    return found


# Each rule: what is planted in canonical packages, in rows and in stage messages.
ALL = {"E1": 2 + 1 + 2, "E5": 2 + 1 + 1, "E6": 2, "E7": 3 + 4 + 4, "T10": 3 * 3, "T11": 3 * 3}
CANONICAL = {"E1": 2, "E5": 2, "E6": 2, "E7": 3, "T10": 3, "T11": 3}


def test_what_must_be_carded_is_and_nothing_else(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    # The rules do not know of dialects: on the other database the one that says most is enough.
    everybody = hub.engine.dialect.name == "sqlite"
    with writing(hub.engine) as connection:
        ensure_seeded(connection)
    for code in DEPARTMENTS:  # set by what follows, and taken back after the test
        monkeypatch.setenv(connection_variable(code), "")
    folders = write_departments(hub.home / "departments", date(2026, 11, 20))
    folders = folders if everybody else folders[:1]
    for folder in folders:
        make_known(folder, hub.systems)
    play(*folders)
    with reading(hub.engine) as connection:
        found = measure(connection, *folders)
    assert {each.rule: each.expected for each in found} == (ALL if everybody else CANONICAL)
    assert [each for each in found if (each.precision, each.recall) != (1, 1)] == []


# Counted by hand from the calendar of autumn 2026: the National Day holiday is 1 to 7 October, with working days on Sunday
# 20 September and Saturday 10 October.
HAND_COUNTED = {
    "deliver 1": "2026-09-11T09:00:00+08:00",
    "supervise 1": "2026-09-11T09:30:00+08:00",
    "answer 1": "2026-10-29T23:00:00+08:00",  # 30 working days after 11 September
    "answer 2": "2026-10-30T09:00:00+08:00",
    "order 1": "2026-10-23T11:00:00+08:00",
    "approve 1": "2026-10-27T16:00:00+08:00",  # within 2
    "feedback 1": "2026-11-11T16:00:00+08:00",  # signed on 28 October, within 10
    "finish 1": "2026-11-18T16:00:00+08:00",  # within 5
}


def test_the_days_of_the_diary_are_those_counted_by_hand(tmp_path: Path) -> None:
    times: dict[str, str] = {}
    seen: dict[str, int] = {}
    for scene in written(tmp_path, "2026-11-20")["scenes"]:
        seen[scene["do"]] = seen.get(scene["do"], 0) + 1
        times[f"{scene['do']} {seen[scene['do']]}"] = scene["at"]
    assert {name: times[name] for name in HAND_COUNTED} == HAND_COUNTED


@pytest.mark.parametrize("today", ["2026-11-20", "2026-02-24", "2027-01-08"])
def test_on_any_day_each_rule_has_a_card_and_the_scenes_are_in_order(tmp_path: Path, today: str) -> None:
    told = written(tmp_path / today, today)
    assert {each["rule"] for each in told["cards"]} == set(RULES) == set(LEVELS)
    times = [scene["at"] for scene in told["scenes"]]
    assert times == sorted(times)
    again = written(tmp_path / "again", today)
    assert again == told


UNSAYABLE = {"canonical": set(), "national-exchange-db": {"E6"}, "pinyin-stages": {"E6"}}


@pytest.mark.parametrize("dialect", UNSAYABLE)
def test_each_dialect_says_what_it_can_and_the_same_bytes_again(tmp_path: Path, dialect: str) -> None:
    for name in ("a", "b"):
        write_quarter(Options(1, tmp_path / name, date(2026, 11, 20), code=CODE, dialect=dialect))
    told = json.loads((tmp_path / "a" / DIARY).read_text(encoding="utf-8"))
    assert set(RULES) - {each["rule"] for each in told["cards"]} == UNSAYABLE[dialect]
    files = sorted(path.name for path in (tmp_path / "a" / FOLDER).iterdir())
    assert files == sorted(scene["file"] for scene in told["scenes"] if scene["do"] == "deliver")
    for name in files:
        first, second = ((tmp_path / each / FOLDER / name).read_bytes() for each in ("a", "b"))
        assert first == second, name
