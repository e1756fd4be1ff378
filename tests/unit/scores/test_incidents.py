"""Faults: reported with a grade, taken up within its response time or not, closed once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from sqlalchemy import Engine, select
from typer.testing import CliRunner

from hub.central.engine import reading, writing
from hub.cli import incidents as commands
from hub.errors import StopError
from hub.ledger.tables import exchange_log
from hub.scores import incidents
from hub.scores.library import find
from hub.scores.measuring import measure, measure_by
from hub.scores.period import parse_period
from hub.scores.working import working
from tests.oracle.loading import SYSTEM
from tests.unit.scores.examples import MARCH_OVER, ORG, micros


def silent(connection: Any, event: str, body: Any, /) -> None:
    """No log."""


@pytest.fixture
def faults(engine: Engine) -> Engine:
    """1: A, taken up after 31 minutes; 2: B, after 2 hours; 3: C, nobody; 4: A of the month's last minutes, nobody yet."""
    with writing(engine) as connection:
        for grade, at in (
            ("A", "03-05T09:00:00"),
            ("B", "03-05T09:00:00"),
            ("C", "03-05T09:00:00"),
            ("A", "03-31T23:40:00"),
        ):
            incidents.report(
                connection, grade, "停机", by="x", at=micros(f"2025-{at}"), log=silent, system=SYSTEM
            )
        incidents.respond(connection, 1, by="y", at=micros("2025-03-05T09:31:00"), log=silent)
        incidents.close(connection, 2, by="y", at=micros("2025-03-05T11:00:00"), solution="重启", log=silent)
    return engine


def test_faults_are_counted_and_their_response_times_judged(faults: Engine) -> None:
    with working(faults, parse_period("2025-03"), now=MARCH_OVER) as opened:
        assert measure(opened, find("incidents")).value == 4
        in_time = measure(opened, find("incidents_in_time"))
        assert (in_time.numerator, in_time.denominator, in_time.not_judged) == (1, 3, {"response_running": 1})
        assert measure(opened, find("incident_response")).value == pytest.approx((31 / 60 + 2) / 2, abs=1e-4)
        closed = measure_by(opened, find("incidents_closed"), "hour")
        assert [(part.key, part.value) for part in closed] == [("11", 1)]
        by = {part.key: part.value for part in measure_by(opened, find("incidents"), "grade")}
        assert by == {"A": 2, "B": 1, "C": 1}
        assert [part.key for part in measure_by(opened, find("incidents"), "organization")] == [ORG]


def test_a_list_tells_who_was_in_time(faults: Engine) -> None:
    with reading(faults) as connection:
        found = {each["id"]: each for each in incidents.listed(connection)}
        assert [each["id"] for each in incidents.listed(connection, open_only=True)] == [4, 3, 1]
    assert {number: (each["state"], each["in_time"]) for number, each in found.items()} == {
        1: ("taken_up", False),
        2: ("closed", True),
        3: ("open", None),
        4: ("open", None),
    }


REFUSED: dict[str, tuple[Any, str]] = {
    "a grade D": (lambda c: incidents.report(c, "D", "t", by="x", at=0, log=silent), "INCIDENT_GRADE"),
    "no title": (lambda c: incidents.report(c, "A", " ", by="x", at=0, log=silent), "INCIDENT_TITLE"),
    "no such system": (
        lambda c: incidents.report(c, "A", "t", by="x", at=0, log=silent, system="?"),
        "INCIDENT_SYSTEM",
    ),
    "no such fault": (lambda c: incidents.respond(c, 99, by="x", at=0, log=silent), "INCIDENT_UNKNOWN"),
    "taken up twice": (
        lambda c: incidents.respond(c, 1, by="x", at=MARCH_OVER, log=silent),
        "INCIDENT_STATE",
    ),
    "closed twice": (
        lambda c: incidents.close(c, 2, by="x", at=MARCH_OVER, solution="", log=silent),
        "INCIDENT_STATE",
    ),
    "before it was reported": (lambda c: incidents.respond(c, 3, by="x", at=0, log=silent), "INCIDENT_STATE"),
}


@pytest.mark.parametrize(("act", "code"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_done_is_explained(faults: Engine, act: Any, code: str) -> None:
    with pytest.raises(StopError) as caught, writing(faults) as connection:
        act(connection)
    assert caught.value.code == code


def test_the_command_line_enters_takes_up_and_closes(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = typer.Typer()
    commands.add_to(app)
    monkeypatch.setenv("SUPHUB_HOME", str(tmp_path))
    monkeypatch.setenv("SUPHUB_DATABASE_URL", str(engine.url))

    def run(*arguments: str) -> Any:
        result = CliRunner().invoke(app, ["incident", *arguments, "--json"])
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    number = run("add", "B", "前置机不通", "--system", SYSTEM, "--at", "2025-03-05T09:00", "--as", "王")[
        "incident"
    ]
    run("respond", str(number), "--at", "2025-03-05T10:00")
    run("close", str(number), "--text", "换了网线", "--at", "2025-03-05T12:00")
    [found] = run("list")
    assert (found["state"], found["waited_minutes"], found["reported_at"]) == (
        "closed",
        60.0,
        "2025-03-05T09:00:00+08:00",
    )
    with reading(engine) as connection:
        events = connection.execute(select(exchange_log.c.event).order_by(exchange_log.c.seq)).scalars().all()
    assert events == ["incident.reported", "incident.responded", "incident.closed"]
