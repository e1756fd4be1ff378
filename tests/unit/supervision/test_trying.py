"""A change is tried on what is there before anybody wants it: which cards it would raise, which not; nothing is written."""

from __future__ import annotations

import json
import sqlite3
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import typer
from sqlalchemy import delete
from typer.testing import CliRunner

from hub.central.engine import create_engine, writing
from hub.central.tables.business import card
from hub.cli import rules, supervise
from hub.clock import now_us
from hub.errors import StopError
from hub.supervision.changing import changed
from hub.supervision.judge import Judging
from hub.supervision.rules import current_rules
from hub.supervision.trying import try_out
from tests.oracle.judging import supervise as judge
from tests.oracle.lives import Life, on
from tests.oracle.loading import put

# Ten working days from Monday 3 March 2025: the last day is Monday 17 March.
FIRST, LAST = date(2025, 3, 3), date(2025, 3, 31)
LATE = Life(on("2025-03-03 09:00"), promised=10)
IN_TIME = Life(on("2025-03-03 09:00"), completed=on("2025-03-13 16:00"), promised=10)


@pytest.fixture(scope="module")
def judged_file(seeded_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which the cards of every day of March 2025 were raised, made once."""
    file = tmp_path_factory.mktemp("judged") / "hub.db"
    file.write_bytes(seeded_file.read_bytes())
    engine = create_engine(f"sqlite:///{file}")
    with writing(engine) as connection:
        put(connection, [LATE, IN_TIME])
    for day in range(FIRST.day, LAST.day + 1):
        judge(engine, today=date(2025, 3, day))
    engine.dispose()  # the last connection leaves one whole file behind
    return file


@pytest.fixture
def database(judged_file: Path, tmp_path: Path) -> Path:
    file = tmp_path / "hub.db"
    file.write_bytes(judged_file.read_bytes())
    return file


@pytest.fixture
def tried(database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs `suphub …` on that database; --json is given."""
    app = typer.Typer()
    supervise.add_to(app)
    rules.add_to(app)
    monkeypatch.setenv("SUPHUB_HOME", str(tmp_path))
    monkeypatch.setenv("SUPHUB_DATABASE_URL", f"sqlite:///{database}")

    def run(*arguments: str) -> Any:
        result = CliRunner().invoke(app, [*arguments, "--json"])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, result.output
        return json.loads(result.output)

    return run


def march(tried: Any, *arguments: str) -> tuple[dict[str, Any], list[tuple[Any, ...]]]:
    found = tried("supervise", "try", *arguments, "--from", "2025-03-03", "--to", "2025-03-31")
    return found["rules"], [(c["change"], c["rule"], c["case_no"], c["day"]) for c in found["changes"]]


def contents(database: Path) -> str:
    """The whole database as text."""
    with sqlite3.connect(database) as connection:
        return "\n".join(connection.iterdump())


def numbers(database: Path) -> list[str]:
    with sqlite3.connect(database) as connection:
        return [row[0] for row in connection.execute("SELECT case_no FROM case_head ORDER BY id")]


def test_an_earlier_warning_would_reach_a_case_that_was_still_in_time(tried: Any, database: Path) -> None:
    _, in_time = numbers(database)
    counts, changes = march(tried, "--rule", "T1", "--set", "share_percent=50")
    # With 20 % two days are left on the 13th, when the case in time is finished; with 50 % five are on the 10th.
    assert counts == {"T1": {"there": 1, "same": 1, "raised": 1, "not_raised": 0, "level": 0, "order": 0}}
    assert changes == [("raised", "T1", in_time, "2025-03-10")]


def test_a_later_warning_would_be_raised_too(tried: Any) -> None:
    counts, changes = march(tried, "--rule", "T1", "--set", "share_percent=1")
    assert counts["T1"] == {"there": 1, "same": 1, "raised": 0, "not_raised": 0, "level": 0, "order": 0}
    assert changes == []


def test_a_holiday_would_take_cards_back(tried: Any, database: Path, tmp_path: Path) -> None:
    late, _ = numbers(database)
    file = tmp_path / "days.csv"
    rest = "".join(f"2025-03-{day},0,,市政府,试\n" for day in range(17, 32))
    file.write_text("date,is_workday,region,source,notice_no\n" + rest, encoding="utf-8")
    counts, changes = march(tried, "--rule", "T2", "--calendar", str(file))
    assert counts["T2"] == {"there": 1, "same": 0, "raised": 0, "not_raised": 1, "level": 0, "order": 0}
    assert changes == [("not_raised", "T2", late, "2025-03-18")]


def test_another_level_is_told_card_by_card(tried: Any, database: Path) -> None:
    late, _ = numbers(database)
    counts, changes = march(tried, "--rule", "T2", "--level", "default=3")
    assert counts["T2"] == {"there": 1, "same": 0, "raised": 0, "not_raised": 0, "level": 1, "order": 0}
    assert changes == [("level", "T2", late, "2025-03-18")]


def rested(tmp_path: Path, first: int) -> str:
    """A calendar in which every day of March is a rest day from this one on."""
    file = tmp_path / "days.csv"
    rest = "".join(f"2025-03-{day},0,,市政府,试\n" for day in range(first, 32))
    file.write_text("date,is_workday,region,source,notice_no\n" + rest, encoding="utf-8")
    return str(file)


def test_a_red_card_above_a_yellow_one_that_would_not_be_there_would_not_be_there_either(
    tried: Any, database: Path, tmp_path: Path
) -> None:
    late, _ = numbers(database)
    # The yellow card of the 18th is above by the 24th, the fourth working day. Without a working day after the 14th there is none.
    counts, changes = march(tried, "--rule", "T14", "--calendar", rested(tmp_path, 17))
    assert counts["T14"] == {"there": 1, "same": 0, "raised": 0, "not_raised": 1, "level": 0, "order": 0}
    assert changes == [("not_raised", "T14", late, "2025-03-24")]


def test_a_red_card_stays_while_its_yellow_one_does_and_it_has_its_days(tried: Any, tmp_path: Path) -> None:
    counts, changes = march(tried, "--rule", "T14", "--rule", "T2", "--calendar", rested(tmp_path, 25))
    assert (counts["T14"]["same"], counts["T2"]["same"], changes) == (1, 1, [])


def test_a_yellow_card_that_would_be_raised_has_its_red_one_some_days_later(
    tried: Any, database: Path
) -> None:
    late, _ = numbers(database)
    with sqlite3.connect(database) as connection:
        connection.execute("DELETE FROM card WHERE rule IN ('T2', 'T14')")
    _, changes = march(tried, "--rule", "T14", "--set", "workdays=2")
    assert changes == [("raised", "T14", late, "2025-03-21")]


def test_a_shorter_time_for_answers_is_tried_on_the_cards_of_the_period(tried: Any, database: Path) -> None:
    late, _ = numbers(database)
    found = tried(
        "supervise",
        "try",
        "--rule",
        "T10",
        "--set",
        "workdays=3",
        "--from",
        "2025-03-03",
        "--to",
        "2025-03-31",
    )
    with sqlite3.connect(database) as connection:
        open_cards = connection.execute(
            "SELECT 'card ' || card_id, level FROM card WHERE open_key IS NOT NULL AND issued_on <= '2025-03-25'"
        ).fetchall()
        [yellow] = connection.execute("SELECT card_id FROM card WHERE rule = 'T2'").fetchone()
    told = {each["subject"]: (each["case_no"], each["day"], each["level"]) for each in found["changes"]}
    assert told.keys() == {subject for subject, _ in open_cards}
    assert told[f"card {yellow}"] == (late, "2025-03-24", 3)  # 19, 20, 21, and the next one has begun


def test_a_card_that_would_be_raised_is_never_answered_and_has_one_above_it(database: Path) -> None:
    late, _ = numbers(database)
    engine = create_engine(f"sqlite:///{database}")
    with engine.begin() as connection:
        connection.execute(delete(card))
        before = current_rules(connection)
        judging = Judging({**before, "T10": changed(before, "T10", {"workdays": 3}, {})})
        found = try_out(connection, judging, ["T2", "T10"], (FIRST, LAST), now_us(), before).changes
    engine.dispose()
    assert [
        (each["rule"], each["subject"], each["case_no"], each["day"], each["level"]) for each in found
    ] == [
        ("T2", None, late, "2025-03-18", 2),
        ("T10", f"card by T2 {late}", late, "2025-03-24", 3),
    ]


def test_a_condition_that_passed_within_the_period_is_found_on_its_days(tried: Any, database: Path) -> None:
    """A completion ends E3: it is told for the days on which it held, also where the period goes on."""
    late, _ = numbers(database)
    with sqlite3.connect(database) as connection:
        # The late case is finished on the 28th, eight working days past its limit.
        connection.execute(
            "INSERT INTO completion (case_id, result, completed_day, completed_at) SELECT id, '0', '2025-03-28',"
            " 1743149400000000 FROM case_head WHERE case_no = ?",
            (late,),
        )
    counts, changes = march(tried, "--rule", "E3", "--set", "grace_days=2")
    assert counts["E3"]["raised"] == 1
    assert changes == [("raised", "E3", late, "2025-03-20")]


def test_another_profile_tells_which_cards_would_get_an_order(tried: Any) -> None:
    found = tried(
        "supervise", "try", "--profile", "qinhuangdao", "--from", "2025-03-03", "--to", "2025-03-31"
    )
    assert (found["rules"]["T2"]["level"], found["rules"]["T2"]["order"], found["rules"]["T3"]["order"]) == (
        1,
        1,
        0,
    )
    told = {(c["change"], c["rule"], c["level"]) for c in found["changes"] if c["rule"] == "T2"}
    assert told == {("level", "T2", 3), ("order", "T2", 3)}


def test_what_was_proposed_can_be_tried_by_its_number(tried: Any) -> None:
    number = tried("rule", "set", "T1", "share_percent=50", "--reason", "试点")["proposal"]
    counts, _ = march(tried, "--proposal", str(number))
    assert counts["T1"]["raised"] == 1


def test_a_trial_leaves_no_trace(tried: Any, database: Path, tmp_path: Path) -> None:
    file = tmp_path / "days.csv"
    file.write_text("date,is_workday,region,source,notice_no\n2025-03-17,0,,市政府,试\n", encoding="utf-8")
    before = contents(database)
    march(tried, "--rule", "T1", "--set", "share_percent=50", "--calendar", str(file))
    assert contents(database) == before


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), "TRY_NOTHING"),
        (("--rule", "T1"), "TRY_NOTHING"),
        (("--rule", "T1", "--rule", "T2", "--set", "share_percent=50"), "TRY_NOTHING"),
        (("--rule", "T99", "--set", "a=1"), "RULE_UNKNOWN"),
        (("--rule", "T1", "--set", "share_percent=101"), "RULE_PARAMETER"),
        (("--rule", "T1", "--set", "share_percent=20"), "RULE_SAME"),
        (("--proposal", "7"), "RULE_PROPOSAL"),
        (("--rule", "T1", "--set", "share_percent=50", "--from", "2025-01-01"), "TRY_PERIOD"),
        (("--rule", "T1", "--set", "share_percent=50", "--from", "2025-04-01", "--to", "2025-03-01"), "TRY_PERIOD"),
    ],
)  # fmt: skip
def test_what_cannot_be_tried_is_refused_with_a_reason(
    tried: Any, arguments: tuple[str, ...], code: str
) -> None:
    with pytest.raises(StopError) as refused:
        tried("supervise", "try", *arguments)
    assert refused.value.code == code
