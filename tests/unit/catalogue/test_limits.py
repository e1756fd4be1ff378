"""The limit of the item's version in force on the day of application counts, else the message's; the card says which."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from hub.central.engine import writing
from hub.central.tables.business import card
from tests.oracle.holding import assert_judged_as_written
from tests.oracle.judging import supervise_limits as supervise
from tests.oracle.lives import ItemVersion, Life, Today, on
from tests.oracle.loading import clear, found, put, registered
from tests.support.seeded import copied

TODAY = Today(date(2025, 3, 14))
ACCEPTED = on("2025-03-03")  # a Monday: five working days end on the 10th, ten on the 17th


def life(
    *versions: ItemVersion, applied: str | None = "2025-03-01", handling: Sequence[ItemVersion] = ()
) -> Life:
    """A case with a promise of ten working days by its message, open on the tenth day."""
    return Life(
        accepted=ACCEPTED, promised=10, promised_unit="W", applied=on(applied) if applied else None,
        item=tuple(versions), handling_item=tuple(handling),
    )  # fmt: skip


def version(number: int, promised: int | None, first: str | None = None, last: str | None = None, state: str = "in_force") -> ItemVersion:  # fmt: skip
    days = [date.fromisoformat(day) if day else None for day in (first, last)]
    return ItemVersion(number, *days, state, promised, "W")


LATE = {
    "the catalogue's is shorter": (life(version(1, 5)), True),
    "no catalogue": (life(), False),
    "the catalogue sets none": (life(version(1, None)), False),
    "zero is none": (life(version(1, 0)), False),
    "not yet valid": (life(version(1, 5, "2025-03-02")), False),
    "valid on its first day": (life(version(1, 5, "2025-03-01")), True),
    "valid on its last day": (life(version(1, 5, None, "2025-03-01")), True),
    "no longer valid": (life(version(1, 5, None, "2025-02-28")), False),
    "suspended": (life(version(1, 5, state="suspended")), False),
    "the highest valid version": (life(version(1, 20), version(2, 5)), True),
    "the highest is valid later": (life(version(1, 5), version(2, 20, "2025-03-02")), True),
    "no day of application, an open version": (life(version(1, 5), applied=None), True),
    "no day of application, a version with days": (life(version(1, 5, "2025-01-01"), applied=None), False),
    "the handling item's": (life(version(1, 20), handling=[version(1, 5)]), True),
    "the handling item is known and suspended": (life(version(1, 5), handling=[version(1, 5, state="suspended")]), False),
}  # fmt: skip


@pytest.fixture
def judged(seeded_file: Path, tmp_path: Path) -> Iterator[Engine]:
    with copied(seeded_file, tmp_path) as engine:
        registered(engine)
        yield engine


def test_which_limit_counts(judged: Engine) -> None:
    lives = [each for each, _ in LATE.values()]
    with writing(judged) as connection:
        clear(connection)
        put(connection, lives)
        findings = found(connection, TODAY)
        late = {name: "T2" in findings.get(number, {}) for number, name in enumerate(LATE, 1)}
        assert late == {name: expected for name, (_, expected) in LATE.items()}
        assert_judged_as_written(connection, TODAY, lives)


def test_a_card_names_whose_limit_was_counted(judged: Engine) -> None:
    own = Life(accepted=ACCEPTED, promised=5, promised_unit="W")
    with writing(judged) as connection:
        put(connection, [life(version(4, 5)), own])
    supervise(judged, today=TODAY.day)
    with writing(judged) as connection:
        rows = connection.execute(select(card.c.case_id, card.c.snapshot).where(card.c.rule == "T2"))
        told = {row.case_id: json.loads(row.snapshot)["limits_counted"] for row in rows}
    assert told[1]["promised"] == {"limit": 5, "unit": "W", "source": "catalogue", "item_version": 4}
    assert told[2] == {"promised": {"limit": 5, "unit": "W", "source": "message"}, "statutory": None}
