"""`suphub card cases`: every case behind a card that is about many, and none beside them."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from hub.central.engine import reading, writing
from hub.central.tables import process
from hub.central.tables.business import card
from tests.oracle.judging import supervise
from tests.oracle.loading import SYSTEM
from tests.support.command import Suphub
from tests.support.disclosures import approval, public
from tests.support.papers import ITEM, catalogue, store

TODAY = date(2025, 4, 30)
HIDDEN = 13
"""Results of March that are never public; beside them one that is, and one of April."""


@pytest.fixture
def judged(engine: Engine) -> Engine:
    with writing(engine) as connection:
        store(connection, *[approval()] * (HIDDEN + 1), approval("2025-04-02 10:00"))
        catalogue(connection, valid_from="2025-01-06")
        public(connection, "R-0", "2025-02-24", case_no="C99")
        public(connection, "R-1", "2025-03-04", case_no=f"C{HIDDEN + 1}")
        public(connection, "A-1", "2025-01-06", item_code="I9")
    supervise(engine, today=TODAY, only=["G1", "G3"])
    return engine


@pytest.fixture
def suphub(
    judged: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> Suphub:
    monkeypatch.setenv("SUPHUB_HOME", str(tmp_path))
    monkeypatch.setenv("SUPHUB_SYSTEMS", str(tmp_path))
    monkeypatch.setenv("SUPHUB_DATABASE_URL", str(judged.url))
    return Suphub(monkeypatch, capfdbinary)


def number_of(engine: Engine, rule: str, month: str = "") -> int:
    with reading(engine) as connection:
        mine = (card.c.rule == rule, card.c.subject.like(f"%{month}%"))
        return int(connection.execute(select(card.c.card_id).where(*mine)).scalar_one())


def test_all_cases_of_the_month_are_listed_though_the_card_names_ten(suphub: Suphub, judged: Engine) -> None:
    number = number_of(judged, "G3", "2025-03")
    with reading(judged) as connection:
        snapshot = connection.execute(select(card.c.snapshot).where(card.c.card_id == number)).scalar_one()
    assert len(json.loads(snapshot)["cases"]) == 10
    found = suphub("card", "cases", number, "--json").document
    assert [each["case_no"] for each in found["cases"]] == [f"C{place}" for place in range(HIDDEN, 0, -1)]
    assert found["cases"][0] == {
        "system": SYSTEM, "case_no": f"C{HIDDEN}", "applied": "2025-02-24T09:00:00+08:00",
        "handled": "2025-02-24T10:00:00+08:00", "completed": "2025-03-03T10:00:00+08:00",
    }  # fmt: skip
    assert (found["card_id"], found["rule"]) == (number, "G3")
    told = suphub("card", "cases", number)
    assert (told.code, f"{HIDDEN} 件" in told.text, f"{SYSTEM}/C1" in told.text) == (0, True, True)


def test_they_are_those_of_the_cards_month_and_group_alone(suphub: Suphub, judged: Engine) -> None:
    [each] = suphub("card", "cases", number_of(judged, "G3", "2025-04"), "--json").document["cases"]
    assert each["case_no"] == f"C{HIDDEN + 2}"


def test_a_spreadsheet_gets_them_as_csv(suphub: Suphub, judged: Engine) -> None:
    said = suphub("card", "cases", number_of(judged, "G3", "2025-03"), "--csv")
    rows = list(csv.reader(io.StringIO(said.out.decode("utf-8-sig"))))
    assert rows[0] == ["系统", "办件编号", "申请", "受理", "办结"]
    assert {row[1] for row in rows[1:]} == {f"C{place}" for place in range(1, HIDDEN + 1)}


def test_a_card_that_is_over_has_its_cases_still(suphub: Suphub, judged: Engine) -> None:
    number = number_of(judged, "G3", "2025-03")
    with writing(judged) as connection:
        connection.execute(update(card).where(card.c.card_id == number).values(open_key=None, state="办结"))
    assert len(suphub("card", "cases", number, "--json").document["cases"]) == HIDDEN


def test_behind_the_card_of_an_item_are_the_cases_of_its_version(suphub: Suphub, judged: Engine) -> None:
    with writing(judged) as connection:
        connection.execute(
            update(process.approval_case)
            .where(process.approval_case.c.case_id > 3)
            .values(item_code="I9", handle_item_code=None)
        )
    found = suphub("card", "cases", number_of(judged, "G1"), "--json").document
    assert (found["subject"], [each["case_no"] for each in found["cases"]]) == (
        f"{ITEM}@1",
        ["C3", "C2", "C1"],
    )


def test_a_card_that_is_about_no_cases_says_so(suphub: Suphub, judged: Engine) -> None:
    number = number_of(judged, "G3", "2025-03")
    with writing(judged) as connection:
        connection.execute(
            update(card).where(card.c.card_id == number).values(rule="E5", subject=f"{SYSTEM} serial 4")
        )
    said = suphub("card", "cases", number)
    assert (said.code, "CARD_WITHOUT_CASES" in said.err) == (3, True)
    assert (suphub("card", "cases", 999).code, "CARD_UNKNOWN" in suphub("card", "cases", 999).err) == (
        3,
        True,
    )
