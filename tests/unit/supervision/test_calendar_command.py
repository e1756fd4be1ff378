"""`suphub calendar import` as an administrator uses it: what a make-up day, a year and a regional day do to cards, once and visibly."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import Engine

from hub.central.engine import writing
from tests.oracle.lives import Life, on
from tests.oracle.loading import put
from tests.support.command import Suphub

HEADER = "date,is_workday,region,source,notice_no\n"
MONDAY = on("2025-03-03 09:00")
Cards = list[tuple[str, str, str]]


@pytest.fixture
def suphub(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> Suphub:
    monkeypatch.setenv("SUPHUB_HOME", str(tmp_path))
    monkeypatch.setenv("SUPHUB_SYSTEMS", str(tmp_path))
    monkeypatch.setenv("SUPHUB_DATABASE_URL", str(engine.url))
    return Suphub(monkeypatch, capfdbinary)


def keep(engine: Engine, *lives: Life) -> None:
    with writing(engine) as connection:
        put(connection, lives)


def cards(suphub: Suphub, *rules: str) -> Cards:
    """Case, rule and state of the cards of these rules."""
    listed = suphub("card", "list", "--json").document
    return [(each["case_no"], each["rule"], each["state"]) for each in listed if each["rule"] in rules]


def imported(suphub: Suphub, folder: Path, *rows: str) -> None:
    file = folder / "days.csv"
    file.write_text(HEADER + "".join(f"{row}\n" for row in rows), "utf-8")
    assert suphub("calendar", "import", file).code == 0


def run(suphub: Suphub, today: str) -> dict[str, int]:
    """How many cards of T2 and T3 a run raised, issued and withdrew."""
    done = suphub("supervise", "run", "--today", today, "--json").document
    return {
        what: number
        for what in ("raised", "issued", "withdrawn")
        if (number := sum(done[what].get(rule, 0) for rule in ("T2", "T3")))
    }


def test_a_make_up_day_imported_by_command_withdraws_a_card_once(
    suphub: Suphub, engine: Engine, tmp_path: Path
) -> None:
    """4 W from Monday 3 March end on Friday 7; with Thursday 6 at rest on Monday 10, with Saturday 8 worked for it, on that day."""
    keep(engine, Life(MONDAY, promised=4))
    assert run(suphub, "2025-03-10") == {"raised": 1}
    rest = "2025-03-06,0,,国务院办公厅,国办发明电〔2025〕9号"
    imported(suphub, tmp_path, rest)
    assert run(suphub, "2025-03-10") == {"withdrawn": 1}
    assert cards(suphub, "T2") == [("C1", "T2", "撤销")]
    imported(suphub, tmp_path, rest)  # the same file again
    assert run(suphub, "2025-03-10") == run(suphub, "2025-03-10") == {}
    imported(suphub, tmp_path, "2025-03-08,1,,国务院办公厅,国办发明电〔2025〕9号")
    assert run(suphub, "2025-03-10") == {"raised": 1}
    assert cards(suphub, "T2") == [("C1", "T2", "撤销"), ("C1", "T2", "已发")]
    shown = suphub(
        "card", "show", suphub("card", "list", "--json").document[-1]["card_id"], "--json"
    ).document
    assert (shown["due_on"], shown["used_days"], shown["excess_days"]) == ("2025-03-08", 5, 1)
    withdrawn = next(each for each in suphub("card", "list", "--json").document if each["state"] == "撤销")
    events = suphub("card", "show", withdrawn["card_id"], "--json").document["events"]
    assert [(event["from_state"], event["to_state"]) for event in events] == [
        (None, "已发"),
        ("已发", "撤销"),
    ]
    assert events[-1]["reason"]


def test_a_saturday_that_is_worked_makes_a_case_late_that_finished_on_sunday(
    suphub: Suphub, engine: Engine, tmp_path: Path
) -> None:
    keep(engine, Life(MONDAY, on("2025-03-09 15:00"), promised=4, result="7"))
    assert run(suphub, "2025-03-31") == {}
    imported(suphub, tmp_path, "2025-03-08,1,,国务院办公厅,")
    assert run(suphub, "2025-03-31") == {"raised": 1}
    imported(suphub, tmp_path, "2025-03-08,0,,国务院办公厅,更正")  # among equals the later import wins
    assert run(suphub, "2025-03-31") == {"withdrawn": 1}


def test_a_year_imported_by_command_issues_what_waited_once(
    suphub: Suphub, engine: Engine, tmp_path: Path
) -> None:
    """3 W from Monday 28 December 2026: the last day is the 31st, and nobody has said which days of 2027 are worked."""
    keep(engine, Life(on("2026-12-28 09:00"), statutory=3))
    assert run(suphub, "2027-01-05") == {"raised": 1}
    assert cards(suphub, "T3") == [("C1", "T3", "待发")]
    days = [f"2027-01-0{n},0,,国务院办公厅,国办发明电〔2026〕7号" for n in (1, 2, 3)]
    days += [f"2027-02-{n:02d},0,,国务院办公厅,国办发明电〔2026〕7号" for n in range(5, 12)]
    imported(suphub, tmp_path, *days[:9])
    assert run(suphub, "2027-01-05") == {}  # nine days are no notice
    imported(suphub, tmp_path, *days)
    assert run(suphub, "2027-01-05") == {"issued": 1}
    assert run(suphub, "2027-01-05") == {}
    assert cards(suphub, "T3") == [("C1", "T3", "已发")]


def test_a_regional_day_imported_by_command_is_for_its_region_alone(
    suphub: Suphub, engine: Engine, tmp_path: Path
) -> None:
    keep(engine, Life(MONDAY, promised=4, region="433101"), Life(MONDAY, promised=4, region="430100"))
    assert run(suphub, "2025-03-10") == {"raised": 2}
    imported(suphub, tmp_path, "2025-03-05,0,433100,湘西州人民政府,州庆")
    assert run(suphub, "2025-03-10") == {"withdrawn": 1}
    assert cards(suphub, "T2") == [("C1", "T2", "撤销"), ("C2", "T2", "已发")]
    imported(suphub, tmp_path, "2025-03-05,0,430000,湖南省人民政府,")
    assert run(suphub, "2025-03-10") == {"withdrawn": 1}
    imported(
        suphub, tmp_path, "2025-03-05,1,430000,湖南省人民政府,"
    )  # the prefecture's own word is the longer
    assert run(suphub, "2025-03-10") == {"raised": 1}
    assert cards(suphub, "T2")[-1] == ("C2", "T2", "已发")


def test_the_package_holidays_is_not_used() -> None:
    """It answers for a year that nobody has published, without make-up days, and says nothing of it."""
    root = Path(__file__).parents[3]
    for name in ("requirements.lock", "setup.cfg", "pyproject.toml"):
        assert not re.search(r"^\s*holidays\b", root.joinpath(name).read_text("utf-8"), re.MULTILINE)
    sources = [file for room in ("hub", "plugins", "dags") for file in root.joinpath(room).rglob("*.py")]
    assert sources
    for file in sources:
        assert not re.search(r"^\s*(import|from) holidays\b", file.read_text("utf-8"), re.MULTILINE), file
