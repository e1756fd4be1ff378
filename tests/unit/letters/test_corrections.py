"""A letter that was sent is followed by a correction for every change of its card; letters by hand are of their card's system."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import typer
from sqlalchemy import Engine, select
from typer.testing import CliRunner

from hub.central.engine import reading, writing
from hub.central.tables.letters import letter
from hub.cli import letters
from hub.clock import now_us
from hub.errors import StopError
from hub.supervision import cards, handling
from hub.supervision.change import Change
from hub.supervision.figures import Figures
from hub.supervision.rules import current_rules
from tests.support.carded import ORGANIZATION, put_card

DAY = ("--today", "2026-11-20")


@pytest.fixture
def suphub(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs a command on a central database and returns what it said."""
    app = typer.Typer()
    letters.add_to(app)
    (tmp_path / "systems").mkdir()
    monkeypatch.setenv("SUPHUB_HOME", str(tmp_path))
    monkeypatch.setenv("SUPHUB_SYSTEMS", str(tmp_path / "systems"))
    monkeypatch.setenv("SUPHUB_DATABASE_URL", str(engine.url))

    def run(*arguments: str) -> Any:
        result = CliRunner().invoke(app, [*arguments, "--json"])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return json.loads(result.output)

    return run


def changed(engine: Engine, card_id: int, deed: Callable[[Change, dict[str, Any]], Any]) -> None:
    with writing(engine) as connection:
        change = Change(connection, now_us())
        change.lock()
        deed(change, cards.find(change, card_id))


def recounted(used: float, excess: float, due_on: date) -> Callable[[Change, dict[str, Any]], None]:
    found = Figures("W", used, 5.0, excess, due_on, 0)
    return lambda change, row: cards.refigure(change, row, found, False, 2)


def corrections(engine: Engine) -> list[dict[str, str]]:
    with reading(engine) as connection:
        rows = connection.scalars(select(letter.c.fields).where(letter.c.kind == "correction"))
        return [json.loads(row) for row in rows]


def test_a_card_whose_limit_is_counted_anew_is_corrected_once_with_what_was_wrong(
    engine: Engine, suphub: Any
) -> None:
    with writing(engine) as connection:
        number = put_card(connection)
    assert suphub("letter", "due", *DAY) == {"inquiry": 1}
    changed(engine, number, recounted(7.0, 2.0, date(2026, 11, 17)))
    assert suphub("letter", "due", *DAY) == {"correction": 1}
    assert suphub("letter", "due", *DAY) == {}
    [told] = corrections(engine)
    assert told["change"] == (
        "第1号牌的已用时间由8个工作日改为7个工作日，超过时间由3个工作日改为2个工作日，"
        "期限最后一日由2026年11月16日改为2026年11月17日"
    )
    assert told["reason"] == "按现有数据和日历重算期限"
    changed(engine, number, recounted(8.0, 3.0, date(2026, 11, 16)))  # and back again
    assert suphub("letter", "due", *DAY) == {"correction": 1}
    assert corrections(engine)[1]["former_reference"] == "监更〔2026〕1号"


def test_a_card_counted_anew_before_its_letter_needs_no_correction(engine: Engine, suphub: Any) -> None:
    with writing(engine) as connection:
        number = put_card(connection)
    changed(engine, number, recounted(7.0, 2.0, date(2026, 11, 17)))
    assert suphub("letter", "due", *DAY) == {"inquiry": 1}
    assert suphub("letter", "due", *DAY) == {}


def test_the_reason_of_a_correction_is_that_of_the_change_and_not_what_came_after(
    engine: Engine, suphub: Any
) -> None:
    with writing(engine) as connection:
        number = put_card(connection)
    suphub("letter", "due", *DAY)

    def relevel(change: Change, row: dict[str, Any]) -> None:
        cards.relevel(change, row, 1, current_rules(change.connection)["T2"])

    changed(engine, number, relevel)
    said: dict[str, Any] = {"by": "李四", "role": "department", "at": now_us(), "log": None}
    with writing(engine) as connection:
        handling.answer(connection, number, text="系统升级所致", **said)
    assert suphub("letter", "due", *DAY) == {"correction": 1}
    [told] = corrections(engine)
    assert "级别已改变" in told["reason"]
    assert told["change"] == "第1号牌由黄牌改为预警"


def test_a_letter_by_hand_about_a_card_is_of_its_system_and_organisation(engine: Engine, suphub: Any) -> None:
    with writing(engine) as connection:
        number = put_card(connection)
    fields = (
        "matter=提速",
        "facts=多次超期",
        "basis=行政监察法",
        "requirement=整改",
        "organization=长沙市自然资源和规划局",
    )
    given = [part for each in fields for part in ("--set", each)]
    made = suphub("letter", "issue", "suggestion", "--card", str(number), *given, *DAY)
    assert (made["system"], made["org_uscc"], made["case_no"]) == (
        "land-bureau",
        ORGANIZATION,
        "430100-2026-1",
    )
    other = suphub(
        "letter", "issue", "decision", "--card", str(number), "--org", "11430100006127328X", *given, *DAY
    )
    assert (other["system"], other["org_uscc"]) == (None, "11430100006127328X")
    with pytest.raises(StopError, match="CARD_UNKNOWN"):
        suphub("letter", "issue", "suggestion", "--card", "99", *given, *DAY)
