"""A life as the department knew it on an earlier day: what came later is not told."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from hub.simulate.days import day_of
from hub.simulate.life import seen
from hub.simulate.ordinary import ordinary
from hub.simulate.world import Options

OPTIONS = Options(cases=1, out=Path("nowhere"), today=date(2026, 11, 20))


def test_later_events_are_not_told() -> None:
    for number in range(1, 40):
        life = ordinary(OPTIONS, number, OPTIONS.rng("case", number), full=True, quiet=15)
        assert life.handled is not None
        for day in range(day_of(life.applied), day_of(life.last_event()) + 2):
            known = seen(life, day)
            assert day_of(known.last_event()) <= day
            assert (known.handled is not None) == (day_of(life.handled) <= day)
            assert known.status == ("1" if known.handled is not None else None)
            assert (known.fee is not None) == (known.completed is not None)
            assert all(day_of(step.started) <= day for step in known.steps)
            assert {seq for seq, _ in known.results} <= {special.seq for special in known.specials}
        assert seen(life, day_of(life.last_event())) == life


def test_before_acceptance_there_is_no_process() -> None:
    life = ordinary(OPTIONS, 3, OPTIONS.rng("case", 3), full=True, quiet=15)
    assert life.handled is not None
    before = seen(life, day_of(life.handled) - 1)
    assert before.steps == []
    assert before.handled is None
    assert (before.notices, before.specials, before.completed) == ([], [], None)
