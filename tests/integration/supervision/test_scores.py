"""Indicators and scores on every database, for each types, groups and locks in its own way; and two who publish at once."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import SQLAlchemyError

from hub.central.engine import create_engine, reading, writing
from hub.central.tables.scores import score_publication
from hub.errors import HubError
from hub.rawstore import RawStore
from hub.scores import incidents, lists
from hub.scores.board import Board, board
from hub.scores.library import find, indicators
from hub.scores.measuring import PARTS, has_part, measure, measure_by, rows
from hub.scores.period import parse_period
from hub.scores.publishing import publish
from hub.scores.working import working
from tests.oracle.loading import SYSTEM
from tests.unit.scores import examples
from tests.unit.scores.examples import ORG, card, complaint, item, package

MARCH = parse_period("2025-03")
NOW = examples.MARCH_OVER + 1


@pytest.fixture(params=["sqlite", "postgres", "mariadb"])
def each_database(request: pytest.FixtureRequest) -> Engine:
    """The same test on each database."""
    engine: Engine = request.getfixturevalue(f"supervised_{request.param}")
    return engine


@pytest.fixture
def month(each_database: Engine) -> Engine:
    with writing(each_database) as connection:
        examples.put_month(connection)
        examples.known(connection, 1, "03-07T09:00:00")
        examples.put_packages(connection, package(1, 1, "03-03T10:00:00"), package(2, 4, "03-04T10:00:00"))
        examples.put_cards(connection, *(card(n, 1, "03-12", open_key=None) for n in (11, 12, 13)))
        examples.put_items(connection, item("A", online_depth="apply", promised_limit=5, statutory_limit=20))
        examples.put_evaluation(connection, 1, "2", "03-06")
        examples.put_complaints(connection, complaint(1, "03-03T10:00:00", "03-03T16:00:00"))
        incidents.report(
            connection,
            "A",
            "停机",
            by="x",
            at=examples.micros("2025-03-05T09:00:00"),
            log=_silent,
            system=SYSTEM,
        )
        incidents.respond(connection, 1, by="y", at=examples.micros("2025-03-05T11:30:00"), log=_silent)
    return each_database


EXPECTED: dict[str, tuple[int | None, int, float | None]] = {
    "item_entry": (0, 1, 0.0),
    "online_available": (1, 1, 100.0),
    "online_handled": (4, 12, 33.3333),
    "on_time": (8, 11, 72.7273),
    "early": (5, 9, 55.5556),
    "promise_compression": (None, 1, 75.0),
    "complete_reporting": (2, 4, 50.0),
    "complaint_rate": (1, 13, 7.6923),
    "response_time": (None, 1, 6.0),
    "unreported": (0, 1, 0.0),
    "timely_reporting": (3, 3, 100.0),
    "satisfaction": (1, 1, 100.0),
    "accepted": (13, 13, 13),
    "finished": (11, 11, 11),
    "cards": (3, 3, 3),
    "complaints": (1, 1, 1),
    "incidents": (1, 1, 1),
    "incidents_in_time": (0, 1, 0.0),
    "incident_response": (None, 1, 2.5),
}


def test_every_figure_every_part_and_every_list(month: Engine) -> None:
    with working(month, MARCH, now=NOW) as opened:
        for code, each in indicators().items():
            found = measure(opened, each)
            if code in EXPECTED:
                assert (found.numerator, found.denominator, found.value) == EXPECTED[code], code
            for dimension in each.by:
                parts = measure_by(opened, each, dimension)
                assert sum(part.denominator for part in parts) == found.denominator, (code, dimension)
                for part in parts:
                    behind = list(rows(opened, each, "numerator", dimension=dimension, key=part.key))
                    length = part.denominator if each.kind == "mean" else part.numerator
                    assert sum(row.get("weight", 1) for row in behind) == length, (code, dimension, part.key)


def test_kept_lists_make_the_same_figures_and_the_same_lists(month: Engine, tmp_path: Path) -> None:
    raw = RawStore(tmp_path / "raw")
    with working(month, MARCH, now=NOW) as opened:
        kept = {each.indicator: each for each in lists.keep(opened, raw)}
        for code, each in indicators().items():
            stored = list(lists.read(raw, kept[code].digest))
            assert len(stored) == kept[code].rows
            target = opened.parameters.target(code)
            assert lists.figures(each, stored, target, None) == [measure(opened, each)], code
            for dimension in each.by:
                parts = measure_by(opened, each, dimension)
                assert lists.figures(each, stored, target, dimension) == parts, (code, dimension)
                # Figures count numerator and denominator of every key; of the lists one key of each dimension is enough.
                asked = {"dimension": dimension, "key": parts[-1].key if parts else None}
                for part in filter(partial(has_part, each), PARTS):
                    now = list(rows(opened, each, part, **asked))  # type: ignore[arg-type]
                    then = list(lists.part_of(each, stored, part, **asked))
                    assert sorted(map(str, then)) == sorted(map(str, now)), (code, part, asked)


def test_the_score_of_the_month(month: Engine) -> None:
    with working(month, MARCH, now=NOW) as opened:
        [found] = board(opened).scores["organization"]
    assert (found.subject, found.points) == (ORG, 102)  # 100 - 3 for three warnings + 5 for 55 % early


def test_of_two_who_publish_at_once_one_does_all_is_kept_and_nothing_can_be_changed(month: Engine) -> None:
    with working(month, MARCH, now=NOW) as opened:
        found = board(opened)
    people = [replace(found.scores["organization"][0], subject=f"{ORG}/李{n}") for n in range(400)]
    found = replace(found, scores={**found.scores, "person": people})
    engines = [create_engine(month.url.render_as_string(hide_password=False)) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(lambda engine: _publish(engine, found), engines))
    for engine in engines:
        engine.dispose()
    assert sorted(outcomes) == ["SCORE_PUBLISHED", "published"]
    with reading(month) as connection:
        assert connection.execute(select(score_publication.c.version)).scalars().all() == [1]
        kept = connection.execute(select(score_publication.c.content)).scalar_one()
    assert len(kept.encode()) > 65_536  # where a TEXT of MySQL ends
    assert json.loads(kept) == found.as_dict()
    for statement in (
        "UPDATE score_publication SET content = '{}'",
        "DELETE FROM score",
        "UPDATE score SET points = 1",
    ):
        with pytest.raises(SQLAlchemyError, match="append-only"), writing(month) as connection:
            connection.execute(text(statement))


def _silent(connection: Any, event: str, body: Any, /) -> None:
    """No log."""


def _publish(engine: Engine, found: Board) -> str:
    try:
        with writing(engine) as connection:
            publish(connection, found, by="x", at=NOW, now=NOW, log=_silent)
    except HubError as error:
        return error.code
    return "published"


def test_figures_hold_up_no_writer(month: Engine) -> None:
    with working(month, MARCH, now=NOW) as opened:
        measure(opened, find("on_time"))
        measure(opened, find("item_entry"))
        with writing(month) as connection:
            examples.put_items(connection, item("B"))
        if month.dialect.name in ("sqlite", "postgresql"):
            assert measure(opened, find("item_entry")).denominator == 1  # of its snapshot
    with working(month, MARCH, now=NOW) as opened:
        assert measure(opened, find("item_entry")).denominator == 2
