"""What is published anew: every difference is found, however small, and a quarter that rests on an older month says so."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete, select, update

from hub.central.engine import reading, writing
from hub.central.tables.business import card as card_table
from hub.central.tables.process import acceptance
from hub.central.tables.result import completion
from hub.central.tables.scores import score_publication
from hub.scores.publishing import stale
from hub.scores.report import board_document
from hub.wiring import score_pages
from tests.unit.scores import examples
from tests.unit.scores.examples import ORG, OTHER, card
from tests.unit.scores.test_publishing import of, refused, suphub, withdrawn

Suphub = Any
__all__ = ["suphub"]
MARCH = ("--month", "2025-03")


def change(engine: Engine, table: Any, number: int, **values: Any) -> None:
    with writing(engine) as connection:
        key = table.c.card_id if table is card_table else table.c.case_id
        connection.execute(update(table).where(key == number).values(**values))


def differences(suphub: Suphub, *period: str) -> dict[tuple[str, str], tuple[Any, Any]]:
    told = suphub("score", "republish", *(period or MARCH), "--reason", "数据有变", "--json")["differences"]
    return {(each["what"], each["subject"]): (each["before"], each["after"]) for each in told}


def test_a_withdrawn_card_late_data_and_a_changed_parameter_are_each_told(
    suphub: Suphub, engine: Engine
) -> None:
    suphub("score", "publish", *MARCH)
    # Case 5 was finished on 5 March, as is told now: no longer overdue, and early.
    with writing(engine) as connection:
        done = {**dict.fromkeys(("result",), "0"), "case_id": 5, "handler_name": "赵决定",
                "completed_at": examples.micros("2025-03-05T16:00:00"), "completed_day": date(2025, 3, 5)}  # fmt: skip
        connection.execute(completion.insert().values(**done))
    found = differences(suphub)
    before, after = found["indicator", "on_time"]
    assert (before["numerator"], before["denominator"], before["value"]) == (8, 11, 72.7273)
    assert (after["numerator"], after["denominator"], after["value"]) == (9, 11, 81.8182)
    assert found["by_organization", f"on_time {ORG}"][1]["numerator"] == 9
    assert found["list", "on_time"][0]["rows"] == found["list", "on_time"][1]["rows"] == 13
    assert ("list", "cards") not in found

    withdrawn(engine)
    found = differences(suphub)
    assert found["organization", ORG][0]["lines"]["yellow"]["cards"] == [1, 2]
    assert found["organization", ORG][1]["lines"]["yellow"]["cards"] == [1]

    suphub("score", "parameters", "yellow_points=7", "--reason", "x")
    found = differences(suphub)
    assert found["parameter", "yellow_points"] == (5, 7)
    assert [each["version"] for each in suphub("score", "published", "--json")] == [1, 2, 3, 4]
    assert [of(suphub("score", "show", *MARCH, "--version", str(n), "--json"))["points"] for n in (1, 2, 3, 4)] == [
        95, 96, 101, 99,
    ]  # fmt: skip


def test_what_only_moves_from_one_organisation_to_another_is_a_difference(
    suphub: Suphub, engine: Engine
) -> None:
    with writing(engine) as connection:
        examples.put_cards(connection, card(3, 2, "03-12", org_uscc=OTHER, org_name="水务局", open_key="c"))
    suphub("score", "publish", *MARCH)
    change(engine, card_table, 3, org_uscc=ORG, org_name="局")
    change(engine, card_table, 2, org_uscc=OTHER, org_name="水务局")
    found = differences(suphub)  # as many cards as before, one of each of other numbers
    assert found["organization", ORG][0]["lines"]["yellow"]["cards"] == [1, 2]
    assert found["organization", ORG][1]["lines"]["yellow"]["cards"] == [1, 3]
    change(
        engine, acceptance, 13, status="1"
    )  # was refused, is not judged for another reason: numbers of silence change
    assert ("indicator", "accepted") in differences(suphub)


def test_a_quarter_and_a_year_say_that_a_month_was_published_anew(suphub: Suphub, engine: Engine) -> None:
    for month in ("2025-01", "2025-02", "2025-03"):
        suphub("score", "publish", "--month", month)
    suphub("score", "publish", "--quarter", "2025-Q1")
    quarter = ("score", "show", "--quarter", "2025-Q1", "--json")
    assert suphub(*quarter)["months"] == {"2025-01": 1, "2025-02": 1, "2025-03": 1}
    assert suphub(*quarter)["published"]["stale"] == []
    withdrawn(engine)
    told = suphub("score", "republish", *MARCH, "--reason", "申诉成立", "--json")
    assert told["made_stale"] == ["2025-Q1"]
    shown = suphub(*quarter)
    assert shown["published"]["stale"] == [{"month": "2025-03", "built_on": 1, "newest": 2}]
    assert of(shown)["points"] == 97.5  # as it was published
    assert [
        each["stale"] for each in suphub("score", "published", "--json") if each["kind"] == "quarter"
    ] == [["2025-03"]]
    assert "过期" in suphub(*quarter[:-1])
    assert any("过期" in line for line in board_document(shown).lines)
    found = differences(suphub, "--quarter", "2025-Q1")
    assert found["month", "2025-03"] == (1, 2)
    assert found["organization", ORG][1]["points"] == 100
    assert suphub(*quarter)["published"]["stale"] == []
    assert refused(suphub, "score", "republish", "--quarter", "2025-Q1", "--reason", "x") == "SCORE_SAME"


def test_a_quarter_of_a_program_that_wrote_down_no_versions_is_stale_by_what_came_later(
    suphub: Suphub, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for month in ("2025-01", "2025-02", "2025-03"):
        suphub("score", "publish", "--month", month)
    monkeypatch.setattr("hub.scores.board.Board.as_dict", _without_months)
    suphub("score", "publish", "--quarter", "2025-Q1")
    monkeypatch.undo()
    with reading(engine) as connection:
        row = connection.execute(select(score_publication).where(score_publication.c.kind == "quarter")).one()
        assert stale(connection, row) == []
    withdrawn(engine)
    with writing(engine) as connection:
        later = connection.execute(
            select(score_publication).where(score_publication.c.period == "2025-03")
        ).one()
        connection.execute(score_publication.insert().values({**later._mapping, "id": 99, "version": 2}))
        assert stale(connection, row) == [{"month": "2025-03", "built_on": 1, "newest": 2}]


def _without_months(self: Any) -> dict[str, Any]:
    return {
        "period": self.period.name, "kind": self.period.kind, "as_of": self.as_of, "by_organization": {}, "indicators": [],
        "parameters": {"version": 1, "values": {}}, "scores": {},
    }  # fmt: skip


def test_the_differences_are_told_in_words_on_paper_and_page(suphub: Suphub, engine: Engine) -> None:
    suphub("score", "publish", *MARCH)
    withdrawn(engine)
    text = suphub("score", "republish", *MARCH, "--reason", "申诉成立")
    assert f"organization {ORG}: 95 优秀; 黄牌 2 (-10) #1 #2 → 100 优秀; 黄牌 1 (-5) #1" in text
    [changes] = [
        each
        for each in board_document(suphub("score", "show", *MARCH, "--json")).sections
        if "差异" in each.title
    ]
    assert ("机构得分", ORG, "95 优秀; 黄牌 2 (-10) #1 #2", "100 优秀; 黄牌 1 (-5) #1") in changes.rows
    assert not [cell for row in changes.rows for cell in row if "{" in str(cell)]
    page = score_pages.board("2025-03", version=1)
    assert (page["board"]["published"]["newest"], of(page["board"])["points"]) == (2, 95)
    first = score_pages.figure(
        "2025-03", "cards", by=None, part="numerator", key=None, number=1, size=10, version=1
    )
    assert [row["subject"] for row in first["rows"]] == ["card 1", "card 2"]


def test_a_figure_of_a_month_of_a_year_has_its_list_under_the_same_name(
    suphub: Suphub, tmp_path: Path
) -> None:
    year = ("--year", "2025", "--by", "month")
    for each in suphub("score", "figure", "finished", *year, "--json"):
        behind = suphub("score", "list", "finished", *year, "--key", each["key"], "--json")
        assert len(behind) == each["value"], each["key"]
    assert refused(suphub, "score", "list", "finished", *year, "--key", "2024-01") == "SCORE_PERIOD"
    assert refused(suphub, "score", "list", "finished", *year) == "SCORE_PERIOD"
    page = score_pages.figure(
        "2025-Q1", "finished", by="month", part="numerator", key="2025-03", number=1, size=99
    )
    assert len(page["rows"]) == 11


def test_lists_kept_and_gone_are_no_difference(suphub: Suphub, engine: Engine) -> None:
    from hub.central.tables.scores import score_list

    suphub("score", "publish", *MARCH)
    with writing(engine) as connection:
        connection.execute(delete(score_list))
    assert refused(suphub, "score", "republish", *MARCH, "--reason", "x") == "SCORE_SAME"
