"""The commands supervise, card, rule and calendar: JSON that scripts rely on, texts that tell what to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from sqlalchemy import Engine
from typer.testing import CliRunner

from hub import wiring
from hub.central.engine import reading, writing
from hub.central.tables import exchange
from hub.cli import calendar, cards, rules, supervise
from hub.errors import StopError
from tests.oracle.judging import TIME
from tests.oracle.lives import Life, on
from tests.oracle.loading import put

LISTED = [
    "card_id", "system", "case_no", "subject", "rule", "level", "state", "provisional", "raised_on", "due_on",
    "used_days", "limit_days", "unit", "org_uscc", "org_name", "feedback_due_on", "answered_on", "version",
]  # fmt: skip


@pytest.fixture
def suphub(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs a command on the seeded database and returns its standard output."""
    app = typer.Typer()
    for family in (supervise, cards, rules, calendar):
        family.add_to(app)
    (tmp_path / "systems").mkdir()
    monkeypatch.setenv("SUPHUB_HOME", str(tmp_path))
    monkeypatch.setenv("SUPHUB_SYSTEMS", str(tmp_path / "systems"))
    monkeypatch.setenv("SUPHUB_DATABASE_URL", str(engine.url))
    with writing(engine) as connection:
        put(connection, [Life(on("2025-03-03 09:00"), promised=4, statutory=4)])

    def run(*arguments: str, code: int = 0) -> str:
        result = CliRunner().invoke(app, arguments)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, result.output
        return result.output

    return run


def test_supervise_run_raises_the_cards_that_card_list_shows(suphub: Any) -> None:
    summary = json.loads(suphub("supervise", "run", "--today", "2025-03-10", "--json"))
    assert {r: n for r, n in summary["raised"].items() if n and r in TIME} == {"T2": 1, "T3": 1}
    listed = json.loads(suphub("card", "list", "--json"))
    assert all(list(card) == LISTED for card in listed)
    listed = [card for card in listed if card["rule"] in TIME]
    assert [(card["rule"], card["level"], card["due_on"]) for card in listed] == [
        ("T2", 2, "2025-03-07"),
        ("T3", 3, "2025-03-07"),
    ]
    shown = json.loads(suphub("card", "show", str(listed[0]["card_id"]), "--json"))
    assert shown["snapshot"]["judged"]["used_days"] == 5
    again = json.loads(suphub("supervise", "run", "--today", "2025-03-10", "--json"))
    assert not any(again["raised"].values())


def test_people_get_tables(suphub: Any) -> None:
    assert "T3" in suphub("supervise", "run", "--today", "2025-03-10")
    assert "红牌" in suphub("card", "list")
    assert "行政许可法" in suphub("card", "show", "1")
    assert "share_percent = 20 percent (1..100)" in suphub("rule", "show", "T1")
    assert "临近承诺时限" in suphub("rule", "list")
    assert "2025-01-26" in suphub("calendar", "show", "--year", "2025")


def test_a_run_writes_its_cards_into_the_log(suphub: Any, engine: Engine) -> None:
    suphub("supervise", "run", "--today", "2025-03-10")
    with reading(engine) as connection:
        events = connection.execute(exchange.exchange_log.select()).mappings().all()
    assert {(e["chain"], e["event"]) for e in events} == {("hub", "card.raised")}
    assert len(events) >= 2


def test_a_wrong_date_is_a_matter_of_usage(suphub: Any) -> None:
    suphub("supervise", "run", "--today", "10.03.2025", code=2)
    suphub("calendar", "show", "--year", "1900", code=2)


@pytest.mark.parametrize("region", ["43310", "4331a", "湘西", "４３３１"])
def test_the_calendar_of_a_region_that_is_none_is_not_the_countrys(suphub: Any, region: str) -> None:
    assert "12" in suphub("calendar", "show", "--region", region, code=2)
    assert "版本 · version     1" in suphub("calendar", "show", "--region", "433100")


def test_unknown_cards_and_rules_are_named_with_a_remedy(suphub: Any) -> None:
    with pytest.raises(StopError, match="suphub card list"):
        suphub("card", "show", "99")
    with pytest.raises(StopError, match="suphub rule list"):
        suphub("rule", "show", "T99")


def test_rules_are_listed_as_data(suphub: Any) -> None:
    listed = json.loads(suphub("rule", "list", "--json"))
    assert [rule["rule"] for rule in listed][:4] == ["T1", "T2", "T3", "T4"]
    shown = json.loads(suphub("rule", "show", "T3", "--json"))
    assert [each["version"] for each in shown.pop("versions")] == [1]
    assert shown == listed[2]


def test_an_import_tells_what_it_published_and_what_it_did_not(
    suphub: Any, engine: Engine, tmp_path: Path
) -> None:
    file = tmp_path / "2027.csv"
    file.write_text("date,is_workday,region,source,notice_no\n2027-01-01,0,,国务院办公厅,1号\n", "utf-8")
    done = json.loads(suphub("calendar", "import", str(file), "--json"))
    assert (done["version"], done["published"], done["unpublished"]) == (2, [], {"2027": 1})
    assert "2027 still counts as unpublished: 1 days" in suphub("calendar", "import", str(file)).replace(
        "\n", " "
    )
    assert json.loads(suphub("calendar", "show", "--json"))["version"] == 3
    with reading(engine) as connection:
        events = [row["event"] for row in connection.execute(exchange.exchange_log.select()).mappings()]
    assert events == ["calendar.imported"] * 2


def test_a_bad_calendar_file_changes_nothing(suphub: Any, tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_text("date,is_workday,region,source,notice_no\n2027-01-01,0,,a,\n2027-01-02,2,,a,\n", "utf-8")
    with pytest.raises(StopError, match="line 3, column 2"):
        suphub("calendar", "import", str(file))
    assert json.loads(suphub("calendar", "show", "--json"))["version"] == 1


def test_the_commands_use_the_database_of_the_settings(suphub: Any, engine: Engine) -> None:
    assert str(wiring.engine().url) == str(engine.url)
