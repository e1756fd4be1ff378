"""What was published stays: a later change is a new version with its reason and the differences beside the old one."""

from __future__ import annotations

import gzip
import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import typer
from sqlalchemy import Engine, delete, select, update
from typer.testing import CliRunner

from hub.central.engine import reading, writing
from hub.central.tables.business import card as card_table
from hub.central.tables.scores import score, score_list, score_publication
from hub.central.tables.watch import outbox
from hub.cli import log as log_commands
from hub.cli import scores as commands
from hub.errors import StopError
from hub.ledger.tables import exchange_log
from hub.scores.drafts import just_ended
from hub.scores.library import indicators
from tests.unit.scores import examples
from tests.unit.scores.examples import ORG, card

Suphub = Any


@pytest.fixture
def suphub(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Suphub:
    """Runs a command over March 2025, with two yellow cards; it is Tuesday 1 April 2025."""
    app = typer.Typer()
    for family in (commands, log_commands):
        family.add_to(app)
    (tmp_path / "systems").mkdir()
    monkeypatch.setenv("SUPHUB_HOME", str(tmp_path))
    monkeypatch.setenv("SUPHUB_SYSTEMS", str(tmp_path / "systems"))
    monkeypatch.setenv("SUPHUB_DATABASE_URL", str(engine.url))
    monkeypatch.setenv("SUPHUB_TODAY", "2025-04-01")
    with writing(engine) as connection:
        examples.put_month(connection)
        examples.put_cards(connection, card(1, 2, "03-10", open_key="a"), card(2, 2, "03-11", open_key="b"))

    def run(*arguments: str, code: int = 0) -> Any:
        result = CliRunner().invoke(app, arguments)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, result.output
        return json.loads(result.stdout) if "--json" in arguments else result.output

    return run


def of(found: dict[str, Any], subject: str = ORG) -> dict[str, Any]:
    [one] = [each for each in found["scores"]["organization"] if each["subject"] == subject]
    return dict(one)


def refused(run: Suphub, *arguments: str) -> str:
    with pytest.raises(StopError) as caught:
        run(*arguments)
    return caught.value.code


def test_a_score_is_worked_out_from_cards_and_early_completions(suphub: Suphub) -> None:
    found = suphub("score", "show", "--month", "2025-03", "--json")
    # 100 - 2 x 5 for yellow cards + 5 for 5 of 9 early (55.6 %) = 95; what was told in time is not known here
    assert of(found)["points"] == 95
    assert of(found)["band"] == "优秀"
    assert {line["part"]: (line["count"], line["points"]) for line in of(found)["lines"]} == {
        "warnings": (0, 0),
        "yellow": (2, -10),
        "red": (0, 0),
        "early": (5, 5),
        "unreported": (0, 0),
    }
    assert found["published"] is None
    [person] = [each for each in found["scores"]["person"] if each["subject"] == f"{ORG}/赵决定"]
    assert person["points"] == 95


def test_what_is_published_stays_though_data_change(suphub: Suphub, engine: Engine) -> None:
    told = suphub("score", "publish", "--month", "2025-03", "--json")
    assert (told["version"], told["differences"]) == (1, None)
    with writing(engine) as connection:
        connection.execute(
            update(card_table).where(card_table.c.card_id == 2).values(state="撤销", open_key=None)
        )
    assert of(suphub("score", "show", "--month", "2025-03", "--json"))["points"] == 95
    assert of(suphub("score", "show", "--month", "2025-03", "--live", "--json"))["points"] == 100


def test_publishing_anew_is_a_second_version_with_reason_and_differences(
    suphub: Suphub, engine: Engine
) -> None:
    suphub("score", "publish", "--month", "2025-03")
    assert refused(suphub, "score", "publish", "--month", "2025-03") == "SCORE_PUBLISHED"
    assert refused(suphub, "score", "republish", "--month", "2025-03", "--reason", "再看") == "SCORE_SAME"
    assert refused(suphub, "score", "republish", "--month", "2025-03", "--reason", " ") == "SCORE_REASON"
    with writing(engine) as connection:
        connection.execute(
            update(card_table).where(card_table.c.card_id == 2).values(state="撤销", open_key=None)
        )
    told = suphub("score", "republish", "--month", "2025-03", "--reason", "申诉成立", "--json")
    assert told["version"] == 2
    changed = {(each["what"], each["subject"]) for each in told["differences"]}
    assert changed == {
        ("organization", ORG),
        ("person", f"{ORG}/赵决定"),
        ("indicator", "cards"),
        ("by_organization", f"cards {ORG}"),
        ("list", "cards"),
    }
    newest, first = (
        suphub("score", "show", "--month", "2025-03", "--json", *more) for more in ((), ("--version", "1"))
    )
    assert (of(newest)["points"], of(first)["points"]) == (100, 95)
    assert newest["published"]["reason"] == "申诉成立"
    listed = suphub("score", "published", "--json")
    assert [(each["period"], each["version"]) for each in listed] == [("2025-03", 1), ("2025-03", 2)]


def test_the_log_holds_the_digest_of_what_was_published(suphub: Suphub, engine: Engine) -> None:
    told = suphub("score", "publish", "--month", "2025-03", "--as", "赵主任", "--json")
    with reading(engine) as connection:
        row = connection.execute(select(score_publication)).one()
        body = json.loads(
            connection.execute(
                select(exchange_log.c.body).where(exchange_log.c.event == "score.published")
            ).scalar_one()
        )
        points = connection.execute(select(score.c.points).where(score.c.subject == ORG)).scalar_one()
    assert hashlib.sha256(row.content.encode()).hexdigest() == row.digest == body["digest"] == told["digest"]
    assert (body["by"], body["period"], body["version"], points) == ("赵主任", "2025-03", 1, 95)


def test_a_month_that_is_not_over_is_not_published(suphub: Suphub) -> None:
    assert refused(suphub, "score", "publish", "--month", "2025-04") == "SCORE_NOT_OVER"
    assert (
        refused(suphub, "score", "republish", "--month", "2025-03", "--reason", "x") == "SCORE_NOT_PUBLISHED"
    )
    assert refused(suphub, "score", "show", "--month", "2025-05") == "SCORE_FUTURE"
    assert refused(suphub, "score", "show", "--month", "2025-03", "--version", "3") == "SCORE_NOT_PUBLISHED"


def test_a_quarter_is_the_mean_of_its_published_months(suphub: Suphub, engine: Engine) -> None:
    assert refused(suphub, "score", "publish", "--quarter", "2025-Q1") == "SCORE_MONTHS"
    for month in ("2025-01", "2025-02", "2025-03"):
        suphub("score", "publish", "--month", month)
    with writing(engine) as connection:
        connection.execute(
            update(card_table).where(card_table.c.card_id == 2).values(state="撤销", open_key=None)
        )
    suphub("score", "publish", "--quarter", "2025-Q1")
    found = of(suphub("score", "show", "--quarter", "2025-Q1", "--json"))
    # January has nothing under way; February 100 (one case, not early: promised 4, finished on day 6, late); March as published
    assert [each["points"] for each in found["months"]] == [None, 100, 95]
    assert found["points"] == 97.5
    [year] = [
        each
        for each in suphub("score", "show", "--year", "2025", "--json")["scores"]["organization"]
        if each["subject"] == ORG
    ]
    assert year["points"] is not None
    assert len(year["months"]) == 12 - 8  # the months to come are none


def test_parameters_have_versions_and_what_was_published_keeps_its_own(suphub: Suphub) -> None:
    suphub("score", "publish", "--month", "2025-03")
    assert refused(suphub, "score", "parameters", "yellow_points=7") == "SCORE_REASON"
    assert refused(suphub, "score", "parameters", "yellow_points=101", "--reason", "x") == "SCORE_PARAMETER"
    assert refused(suphub, "score", "parameters", "nonsense=1", "--reason", "x") == "SCORE_PARAMETER"
    assert refused(suphub, "score", "parameters", "band_good=95", "--reason", "x") == "SCORE_PARAMETER"
    suphub("score", "parameters", "yellow_points=7", "target_on_time=70", "--reason", "区府办〔2025〕3 号")
    assert of(suphub("score", "show", "--month", "2025-03", "--json"))["points"] == 95
    live = suphub("score", "show", "--month", "2025-03", "--live", "--json")
    assert (of(live)["points"], live["parameters"]["version"]) == (91, 2)
    [on_time] = [each for each in live["indicators"] if each["indicator"] == "on_time"]
    assert (on_time["target"], on_time["reached"]) == (70, True)


def test_the_command_line_lists_what_is_behind_a_figure(suphub: Suphub) -> None:
    [whole] = suphub("score", "figure", "early", "--month", "2025-03", "--json")
    behind = suphub("score", "list", "early", "--month", "2025-03", "--json")
    assert len(behind) == whole["numerator"] == 5
    assert [row["subject"] for row in behind] == examples.EARLY
    by = suphub("score", "figure", "finished", "--month", "2025-03", "--by", "day", "--json")
    assert by[0] == {**by[0], "key": "2025-03-04", "value": 1}
    months = suphub("score", "figure", "finished", "--quarter", "2025-Q1", "--by", "month", "--json")
    assert [(each["key"], each["value"]) for each in months] == [
        ("2025-01", 0),
        ("2025-02", 1),
        ("2025-03", 11),
    ]
    for words in ("show", "indicators", "published", "parameters"):
        assert "·" in suphub("score", words)
    assert "未判" in suphub("score", "show", "--month", "2025-01")
    assert "yellow: 牌 · cards 1, 2" in suphub("score", "show", "--month", "2025-03", "--subject", ORG)
    assert "land-bureau/C1" in suphub("score", "list", "early", "--month", "2025-03")


def test_today_is_that_of_the_demonstration(suphub: Suphub) -> None:
    found = suphub("score", "show", "--json")
    assert found["period"] == "2025-04"
    assert found["as_of"].startswith("2025-04-02T00:00:00")


def withdrawn(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(
            update(card_table).where(card_table.c.card_id == 2).values(state="撤销", open_key=None)
        )


def test_what_was_published_is_clicked_down_to_the_lists_of_then(suphub: Suphub, engine: Engine) -> None:
    march = ("--month", "2025-03", "--json")
    suphub("score", "publish", *march)
    withdrawn(engine)
    listed = ("score", "list", "cards", *march)
    assert [row["subject"] for row in suphub(*listed)] == ["card 1", "card 2"]
    assert [row["subject"] for row in suphub(*listed, "--live")] == ["card 1"]
    of_people = suphub("score", "figure", "cards", "--by", "organization", *march)
    assert [(each["key"], each["value"]) for each in of_people] == [(ORG, 2)]
    suphub("score", "republish", *march, "--reason", "申诉成立")
    assert len(suphub(*listed)) == 1
    assert len(suphub(*listed, "--version", "1")) == 2
    assert suphub(*listed, "--version", "1", "--page", "2", "--size", "1")[0]["subject"] == "card 2"
    assert refused(suphub, *listed, "--version", "3") == "SCORE_NOT_PUBLISHED"
    assert refused(suphub, *listed, "--part", "denominator") == "SCORE_PART"
    assert refused(suphub, *listed, "--by", "nothing", "--key", "x") == "SCORE_DIMENSION"


def test_the_log_and_the_publication_name_the_bytes_of_each_list(
    suphub: Suphub, engine: Engine, tmp_path: Path
) -> None:
    suphub("score", "publish", "--month", "2025-03")
    with reading(engine) as connection:
        wanted = select(exchange_log.c.body).where(exchange_log.c.event == "score.published")
        told = json.loads(connection.execute(wanted).scalar_one())["lists"]
    assert set(told) == set(indicators())
    for digest in told.values():
        [file] = (tmp_path / "raw").rglob(digest)
        assert hashlib.sha256(file.read_bytes()).hexdigest() == digest
    with gzip.open(next((tmp_path / "raw").rglob(told["early"])), "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    assert [row["subject"] for row in rows if row.get("num") == 1] == examples.EARLY


def test_of_a_publication_without_kept_lists_the_newest_is_listed_as_of_now(
    suphub: Suphub, engine: Engine
) -> None:
    suphub("score", "publish", "--month", "2025-03")
    with writing(engine) as connection:
        connection.execute(delete(score_list))
    listed = ("score", "list", "cards", "--month", "2025-03", "--json")
    assert len(suphub(*listed)) == 2
    assert refused(suphub, *listed, "--version", "1") == "SCORE_LISTS"


@pytest.mark.parametrize(
    ("day", "names"),
    [
        ("2025-04-02", ["2025-03", "2025-Q1"]),
        ("2025-03-31", ["2025-02"]),
        ("2026-01-02", ["2025-12", "2025-Q4", "2025"]),
    ],
)
def test_what_has_just_ended(day: str, names: list[str]) -> None:
    assert [each.name for each in just_ended(date.fromisoformat(day))] == names


def test_what_has_ended_is_worked_out_told_once_and_published_by_nobody(
    suphub: Suphub, engine: Engine, tmp_path: Path
) -> None:
    book = "channels:\n  chat: {kind: webhook, connection: x}\nrecipients:\n  heads: {channel: chat, roles: [supervisor]}\n"
    (tmp_path / "messages.yaml").write_text(book, encoding="utf-8")
    for _ in range(2):
        found = suphub("score", "compute", "--json")
        assert [each["period"] for each in found] == ["2025-03", "2025-Q1"]
    assert suphub("score", "published", "--json") == []
    with reading(engine) as connection:
        told = [json.loads(text)["subject_zh"] for text in connection.scalars(select(outbox.c.content))]
        noted = connection.scalars(
            select(exchange_log.c.event).where(exchange_log.c.event == "score.computed")
        )
        assert len(list(noted)) == 2
    assert told == ["[绩效] 2025-03 已计算，待公布", "[绩效] 2025-Q1 已计算，待公布"]
    withdrawn(engine)
    draft = suphub("score", "show", "--month", "2025-03", "--draft", "--json")
    assert of(draft)["points"] == 95
    assert "草稿" in suphub("score", "show", "--month", "2025-03", "--draft")
    suphub("score", "compute")
    assert of(suphub("score", "show", "--month", "2025-03", "--draft", "--json"))["points"] == 100
    suphub("score", "publish", "--month", "2025-03")
    assert [each["period"] for each in suphub("score", "compute", "--json")] == ["2025-Q1"]
    assert refused(suphub, "score", "show", "--month", "2025-02", "--draft") == "SCORE_NO_DRAFT"
