"""Which version of an item counts on a day, and what the catalogue answers then."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from hub.catalogue.lookup import FEW, chosen, lookup
from hub.items import Limit, MaterialFacts, StepFacts
from tests.support.catalogue import CODE, USCC, WHOLE, bring

JAN, JUN, DEC = date(2025, 1, 1), date(2025, 6, 1), date(2025, 12, 31)
Period = tuple[date | None, date | None]
CHOICES: dict[str, tuple[list[Period], date | None, int, bool]] = {
    "the only one, without end": ([(None, None)], JUN, 0, True),
    "its first day": ([(JUN, None)], JUN, 0, True),
    "its last day": ([(JAN, JUN)], JUN, 0, True),
    "of several the highest": ([(JAN, None), (JUN, None)], DEC, 1, True),
    "before the later begins": ([(JAN, None), (JUN, None)], date(2025, 5, 31), 0, True),
    "a later one that corrects an earlier day": (
        [(JAN, None), (JUN, None), (JAN, None)],
        date(2025, 3, 1),
        2,
        True,
    ),
    "past its end": ([(JAN, JUN)], DEC, 0, False),
    "in a hole between two": ([(JAN, date(2025, 2, 1)), (JUN, None)], date(2025, 4, 1), 0, False),
    "before all": ([(JUN, None), (JAN, JUN)], date(2020, 1, 1), 1, False),
    "no day": ([(JAN, JUN), (JUN, DEC)], None, 1, True),
}


@pytest.mark.parametrize(("periods", "on", "number", "valid"), CHOICES.values(), ids=CHOICES)
def test_the_version_that_counts(periods: list[Period], on: date | None, number: int, valid: bool) -> None:
    versions = [(period, index) for index, period in enumerate(periods)]
    assert chosen(versions, on) == (number, valid)


def test_nothing_is_known_of_nothing() -> None:
    assert chosen([], JUN) is None


def test_an_item_with_all_that_fills_a_case(engine: Engine, tmp_path: Path) -> None:
    bring(engine, tmp_path, {"whole.yaml": WHOLE})
    found = lookup(engine).find(CODE, JUN)
    assert found is not None
    assert (found.version, found.case_type, found.promised, found.statutory) == (
        1,
        "2",
        Limit(12, "W"),
        Limit(20, "W"),
    )
    assert (found.is_charged, found.in_force) == (True, True)
    assert found.steps[0] == StepFacts("SL", "受理", "1")
    assert found.fees[0].standard == 1000
    assert found.materials == (MaterialFacts("申请表", True), MaterialFacts("批准文件", False))


def test_a_suspended_item_is_known_and_not_in_force(engine: Engine, tmp_path: Path) -> None:
    text = f"item_code,name,org_uscc,state\nA1,甲,{USCC},暂停\n"
    bring(engine, tmp_path, {"items.csv": text})
    found = lookup(engine).find("A1", JUN)
    assert found is not None
    assert not found.in_force


def test_organisations_by_name_and_whether_their_items_are_listed(engine: Engine, tmp_path: Path) -> None:
    bring(engine, tmp_path, {"whole.yaml": WHOLE})
    asked = lookup(engine)
    assert asked.organization(USCC, JUN) == "长沙市自然资源和规划局"
    assert asked.organization("11430000006121778X", JUN) is None
    assert (asked.lists(USCC), asked.lists("11430000006121778X")) == (True, False)
    assert asked.find("没有", JUN) is None


def test_the_digest_is_empty_at_first_and_changes_with_every_change(engine: Engine, tmp_path: Path) -> None:
    digests = [lookup(engine).digest]
    for name in ("甲", "乙", "乙", "甲"):
        bring(engine, tmp_path, {"items.csv": f"item_code,name,org_uscc\nA1,{name},{USCC}\n"})
        digests.append(lookup(engine).digest)
    assert digests[0] == ""
    assert digests[2] == digests[3]
    assert len(set(digests)) == 4


def test_items_that_are_read_together_are_the_same_as_read_alone(engine: Engine, tmp_path: Path) -> None:
    lines = "".join(f"A{n},事项{n},{USCC}\n" for n in range(3 * FEW))
    bring(engine, tmp_path, {"items.csv": f"item_code,name,org_uscc\n{lines}"})
    together = lookup(engine)
    for n in range(3 * FEW):
        assert together.find(f"A{n}", JUN) == lookup(engine).find(f"A{n}", JUN)
