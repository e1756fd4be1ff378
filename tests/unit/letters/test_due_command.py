"""`suphub letter due` numbers no letter that has no addressee, says how many there are, and writes the others."""

from __future__ import annotations

import json
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
from hub.supervision import handling, ordering
from tests.support.carded import put_card, put_event

DAY = ("--today", "2026-11-20")


@pytest.fixture
def suphub(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs a command on an empty central database and returns what it said."""
    app = typer.Typer()
    letters.add_to(app)
    (tmp_path / "systems").mkdir()
    monkeypatch.setenv("SUPHUB_HOME", str(tmp_path))
    monkeypatch.setenv("SUPHUB_SYSTEMS", str(tmp_path / "systems"))
    monkeypatch.setenv("SUPHUB_DATABASE_URL", str(engine.url))
    monkeypatch.setenv("COLUMNS", "400")

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(app, arguments)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.output

    return run


def put(engine: Engine, **columns: Any) -> int:
    with writing(engine) as connection:
        return put_card(connection, **columns)


def references(engine: Engine) -> list[tuple[str, str]]:
    with reading(engine) as connection:
        rows = connection.execute(select(letter).order_by(letter.c.letter_id)).mappings().all()
    return [(row["reference"], json.loads(row["fields"])["organization"]) for row in rows]


def test_a_card_without_an_organisation_gets_no_numbered_letter_and_is_told(
    engine: Engine, suphub: Any
) -> None:
    nobody = put(engine, case_no="1", org_uscc=None, org_name=None)
    put(engine, case_no="2", org_name="甲局")
    said = suphub("letter", "due", *DAY)
    assert "1 件不能发文" in said
    assert "not issuable: 1" in said
    assert references(engine) == [("监问〔2026〕1号", "甲局")]
    assert json.loads(suphub("letter", "due", "--json", *DAY)) == {"no_addressee": 1}
    with pytest.raises(StopError, match="LETTER_FIELD"):
        suphub("letter", "issue", "inquiry", "--card", str(nobody), *DAY)


def test_a_letter_is_not_dated_ahead_of_its_day_and_takes_no_number_of_a_year_to_come(
    engine: Engine, suphub: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUPHUB_TODAY", "2026-11-20")
    put(engine, case_no="2", org_name="甲局")
    with pytest.raises(StopError, match="LETTER_AHEAD"):
        suphub("letter", "due", "--today", "2027-01-04")
    assert references(engine) == []
    suphub("letter", "due", "--today", "2026-11-20")
    assert references(engine) == [("监问〔2026〕1号", "甲局")]


def test_a_card_whose_letter_was_addressed_by_hand_is_corrected_to_the_same_addressee(
    engine: Engine, suphub: Any
) -> None:
    nobody = put(engine, case_no="1", org_uscc=None, org_name=None)
    suphub("letter", "issue", "inquiry", "--card", str(nobody), "--set", "organization=乙局", *DAY)
    with writing(engine) as connection:
        put_event(connection, nobody, "已发", "撤销", "复核 · reviewed")
    assert json.loads(suphub("letter", "due", "--json", *DAY)) == {"correction": 1}
    assert references(engine)[1] == ("监更〔2026〕1号", "乙局")


def test_the_letter_of_an_order_that_is_recalled_or_withdrawn_with_its_card_is_corrected_once(
    engine: Engine, suphub: Any
) -> None:
    said: dict[str, Any] = {"by": "王五", "role": "supervisor", "at": now_us(), "log": None}
    recalled, withdrawn = put(engine, case_no="1", state="已反馈"), put(engine, case_no="2", state="已反馈")
    for number in (recalled, withdrawn):
        with writing(engine) as connection:
            order = ordering.start_from_card(
                connection, number, reason="久拖不办", supervisor="监察局", **said
            )
            ordering.act(connection, order, "approve", opinion="同意", **said)
    assert json.loads(suphub("letter", "due", "--json", *DAY)) == {"supervision": 2}
    assert json.loads(suphub("letter", "due", "--json", *DAY)) == {}
    with writing(engine) as connection:
        ordering.act(connection, 1, "recall", opinion="改由约谈处理。", **said)
        handling.withdraw(connection, withdrawn, reason="申诉成立", **said)
    assert json.loads(suphub("letter", "due", "--json", *DAY)) == {"correction": 2}
    assert json.loads(suphub("letter", "due", "--json", *DAY)) == {}
    with reading(engine) as connection:
        rows = connection.execute(select(letter).where(letter.c.kind == "correction")).mappings().all()
    told = [(row["follows"], row["order_id"], json.loads(row["fields"])) for row in rows]
    assert [
        (follows, order, fields["former_reference"], fields["reason"]) for follows, order, fields in told
    ] == [
        (1, 1, "监督〔2026〕1号", "改由约谈处理"),
        (2, 2, "监督〔2026〕2号", "申诉成立"),
    ]
    assert told[0][2]["change"] == "第1号督办单予以撤销，原文书同时作废"


def test_the_letter_of_a_card_and_the_letter_of_its_order_are_each_corrected(
    engine: Engine, suphub: Any
) -> None:
    said: dict[str, Any] = {"by": "王五", "role": "supervisor", "at": now_us(), "log": None}
    number = put(engine, level=3)
    suphub("letter", "due", *DAY)
    with writing(engine) as connection:
        order = ordering.start_from_card(connection, number, reason="久拖不办", supervisor="监察局", **said)
        ordering.act(connection, order, "approve", opinion="同意", **said)
    suphub("letter", "due", *DAY)
    with writing(engine) as connection:
        ordering.act(connection, order, "recall", opinion="改由约谈处理", **said)
    assert json.loads(suphub("letter", "due", "--json", *DAY)) == {"correction": 1}
    with writing(engine) as connection:
        handling.withdraw(connection, number, reason="申诉成立", **said)
    assert json.loads(suphub("letter", "due", "--json", *DAY)) == {"correction": 1}
    with reading(engine) as connection:
        rows = connection.execute(select(letter.c.kind, letter.c.follows).order_by(letter.c.letter_id)).all()
    assert [tuple(row) for row in rows] == [
        ("accountability", None), ("supervision", None), ("correction", 2), ("correction", 1),
    ]  # fmt: skip
    with pytest.raises(StopError, match="LETTER_AS_SENT"):
        suphub("letter", "issue", "correction", "--letter", "3", *DAY)
