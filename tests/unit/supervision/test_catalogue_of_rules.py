"""The shipped rules are those of the written catalogue: levels in both profiles, values of the parameters, a test per sentence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from hub.central.engine import reading, writing
from hub.central.tables.business import card
from hub.supervision.library import declared
from hub.views.cases import case, cases
from tests.oracle.judging import supervise
from tests.oracle.lives import Life, on
from tests.oracle.loading import SYSTEM, put

HERE = Path(__file__).resolve().parent
PAGE = HERE.parents[2] / "docs" / "rules" / "time.md"

# 1 预警, 2 黄牌, 3 红牌, as the catalogue says; what it does not name has its family's.
FAMILIES = {"L": 2, "C": 1, "F": 2, "E": 2, "G": 1, "S": 1, "X": 1, "K": 2}
LEVELS = {
    "T1": 1, "T2": 2, "T3": 3, "T4": 2, "T5": 2, "T6": 2, "T7": 2, "T8": 2, "T9": 3, "T12": 1, "T13": 1, "T14": 3,
    "L12": 3, "L14": 3, "C1": 2, "C2": 2, "C3": 2, "C4": 2, "F1": 3, "F3": 3, "E1": 1, "E5": 1, "E6": 1,
}  # fmt: skip
ONE_UP = {"T10", "T11"}  # a level above that of the card or the order
QINHUANGDAO = {"T1": 2, "T2": 3}  # near the limit a yellow light, past it a red one

VALUES = {
    "T1.share_percent": 20, "T1.min_workdays": 1, "T3.extension_cap": 10, "T3.extension_cap_joint": 15, "T6.workdays": 2,
    "T7.workdays": 5, "T8.workdays": 10, "T10.workdays": 30, "T12.days": 60, "T14.workdays": 3, "L6.notices": 1,
    "E1.hours": 24, "E3.grace_days": 5, "E7.days": 3, "K1.workdays": 3, "K2.workdays": 7, "K2.longest": 15,
    "K3.workdays": 15, "K4.workdays": 10,
}  # fmt: skip


@pytest.mark.parametrize("code", [code for code in declared() if code not in ONE_UP])
def test_a_rule_has_the_level_of_the_catalogue_in_both_profiles(code: str) -> None:
    level = LEVELS.get(code, FAMILIES.get(code[0], 0))
    assert declared()[code].levels == {"default": level, "qinhuangdao": QINHUANGDAO.get(code, level)}


@pytest.mark.parametrize("name", VALUES)
def test_a_parameter_has_the_value_of_the_catalogue_a_unit_and_bounds(name: str) -> None:
    code, _, parameter = name.partition(".")
    told = declared()[code].parameters[parameter]
    assert told["value"] == VALUES[name]
    assert told["unit"]
    assert told["minimum"] <= told["value"] <= told["maximum"]


def test_the_catalogue_is_whole() -> None:
    counts = {"T": 14, "L": 15, "C": 10, "F": 7, "E": 7, "G": 3, "S": 1, "X": 12, "K": 4}
    assert list(declared()) == sorted(
        (f"{family}{number}" for family, most in counts.items() for number in range(1, most + 1)),
        key=list(declared()).index,
    )


def test_every_sentence_on_time_has_tests_of_its_number() -> None:
    sentences = {
        int(number) for number in re.findall(r"^(\d+)\. \*\*", PAGE.read_text(encoding="utf-8"), re.M)
    }
    assert sentences >= set(range(1, 21))
    tests = "".join(each.read_text(encoding="utf-8") for each in HERE.glob("test_*_sentences.py"))
    tested = {int(number) for number in re.findall(r"^def test_(\d+)_", tests, re.M)}
    assert tested >= set(range(1, 26))


def test_the_level_of_a_case_is_that_of_its_highest_open_card(engine: Engine) -> None:
    with writing(engine) as connection:
        put(connection, [Life(on("2025-03-03 09:00"), promised=4, statutory=9)])

    def level() -> tuple[int, int]:
        with reading(engine) as connection:
            (listed,) = cases(connection)
            return case(connection, f"{SYSTEM}/{listed['case_no']}")["level"], listed["level"]

    assert level() == (0, 0)
    for today, expected in (("2025-03-06", 1), ("2025-03-10", 2), ("2025-03-17", 3)):
        supervise(engine, today=on(today).day)
        assert level() == (expected, expected)
    with writing(engine) as connection:
        connection.execute(update(card).where(card.c.level == 3).values(state="待发"))
    assert level() == (2, 2)
    with writing(engine) as connection:
        connection.execute(update(card).values(state="办结", open_key=None))
    assert level() == (0, 0)
