"""A quarter of a department, played by the hub's clock: what arrives late or not at all, and what people leave undone, is carded."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from hub.central.engine import reading, writing
from hub.demo.quarter import measure, play
from hub.simulate import Options
from hub.simulate.quarter import DIARY, LEVELS, RULES, write_quarter
from hub.supervision.seed import ensure_seeded
from tests.integration.pipeline.conftest import Hub

CODE = "quarterly"


def written(folder: Path, today: str) -> dict[str, Any]:
    write_quarter(Options(1, folder, date.fromisoformat(today), code=CODE))
    found: dict[str, Any] = json.loads((folder / DIARY).read_text(encoding="utf-8"))
    return found


def test_what_must_be_carded_is_and_nothing_else(sqlite_hub: Hub) -> None:
    with writing(sqlite_hub.engine) as connection:
        ensure_seeded(connection)
    folder = sqlite_hub.home / CODE
    written(folder, "2026-11-20")
    (sqlite_hub.systems / f"{CODE}.yaml").write_bytes((folder / f"{CODE}.yaml").read_bytes())
    play(folder)
    with reading(sqlite_hub.engine) as connection:
        found = measure(connection, folder)
    assert [(each.rule, each.expected) for each in found] == [
        ("E1", 2), ("E5", 2), ("E6", 2), ("E7", 3), ("T10", 3), ("T11", 3),
    ]  # fmt: skip
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
