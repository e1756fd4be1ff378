"""Systems on message 1.0 and 1.1 side by side: the evaluation comes in, makes a version, and raises a card."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import select

from hub import wiring
from hub.central.engine import reading
from hub.central.tables.business import card
from hub.limits import Limits
from hub.pipeline.validate import validate_file
from hub.scores.period import parse_period
from hub.wiring import score_lists
from tests.integration.pipeline.conftest import Hub
from tests.support.message import case, package

GRADE = "<Evaluation><Seq>1</Seq><Grade>{}</Grade><EvaluatedAt>2026-04-16T09:00:00+08:00</EvaluatedAt></Evaluation>\n</Case>"


def newer(text: bytes) -> bytes:
    return text.replace(b'version="1.0">', b'version="1.1">')


def evaluated(number: str, grade: str, version: int = 1) -> str:
    return case(number, version=version).replace("</Case>", GRADE.format(grade))


def test_a_message_of_1_1_is_refused_from_a_system_on_1_0(hub: Hub) -> None:
    body = newer(package([evaluated("C1", "4")]))
    hub.exchange("a.xml", body)
    assert hub.package(sha256(body).hexdigest()).refusal_code == "PKG_VERSION"
    told = package([evaluated("C1", "4")])
    hub.exchange("b.xml", told)
    assert hub.outcomes(sha256(told).hexdigest()) == [("C1", "rejected", "STRUCT_UNEXPECTED")]


def test_an_evaluation_that_follows_makes_a_version_and_none_leaves_the_digest(hub: Hub) -> None:
    hub.exchange("a.xml", package([case("C1"), case("C2")]))
    old = hub.case("C1").digest
    hub.register(schema='"1.1"')
    first = newer(package([case("C1")], "P2", serial=2))
    hub.exchange("b.xml", first)
    assert hub.outcomes(sha256(first).hexdigest()) == [("C1", "duplicate", "")]
    assert hub.case("C1").digest == old

    second = newer(package([evaluated("C1", "4", 2), evaluated("C2", "1", 2)], "P3", serial=3))
    hub.exchange("c.xml", second)
    assert hub.outcomes(sha256(second).hexdigest()) == [("C1", "accepted", ""), ("C2", "accepted", "")]
    assert hub.case("C1").version == 2
    assert hub.rows("evaluation", "seq", "grade") == [(1, "4"), (1, "1")]

    third = newer(package([case("C1", version=3)], "P4", serial=4))
    hub.exchange("d.xml", third)
    assert (hub.case("C1").version, hub.case("C1").digest) == (3, old)
    assert hub.rows("evaluation", "grade") == [("1",)]


def cards() -> list[tuple[str, str]]:
    with reading(wiring.engine()) as connection:
        rows = connection.execute(select(card.c.case_no, card.c.subject).where(card.c.rule == "S1"))
        return sorted((row.case_no, row.subject) for row in rows)


def test_a_bad_evaluation_raises_a_card_and_a_system_on_1_0_is_not_judged(hub: Hub) -> None:
    wiring.upgrade()
    hub.register(schema='"1.1"')
    hub.exchange("a.xml", newer(package([evaluated("C1", "4"), evaluated("C2", "3"), case("C3")])))
    hub.register("water-bureau")
    hub.exchange("a.xml", package([case("C4")], system="water-bureau"), "water-bureau")
    summary = wiring.supervise(date(2026, 5, 20))
    assert cards() == [("C1", "evaluation 1")]
    assert (summary["judged"]["S1"], summary["not_judged"]["S1"]) == (3, {"not_reported": 1})


def test_validate_knows_the_version_that_a_file_states(tmp_path: Path) -> None:
    file = tmp_path / "a.xml"
    file.write_bytes(newer(package([evaluated("C1", "6")])))
    assert {found["code"] for found in validate_file(file, None, Limits())} == {"CODE_UNKNOWN"}
    file.write_bytes(newer(package([evaluated("C1", "5")])))
    assert validate_file(file, None, Limits()) == []


def states() -> list[tuple[str, str]]:
    with reading(wiring.engine()) as connection:
        rows = connection.execute(
            select(card.c.subject, card.c.state).where(card.c.rule == "S1").order_by(card.c.card_id)
        )
        return [(row.subject, row.state) for row in rows]


def satisfied() -> tuple[int | None, int]:
    [found] = score_lists.figures("satisfaction", parse_period("2026-04"))
    return found["numerator"], found["denominator"]


def test_an_evaluation_that_is_changed_raises_a_card_and_withdraws_it(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUPHUB_TODAY", "2026-05-25")
    wiring.upgrade()
    hub.register(schema='"1.1"')
    seen = []
    for version, grade in ((1, "2"), (2, "5"), (3, "2"), (4, "4")):
        body = newer(package([evaluated("C1", grade, version)], f"P{version}", serial=version))
        hub.exchange(f"{version}.xml", body)
        wiring.supervise(date(2026, 5, 20 + version))
        seen.append((states(), satisfied()))
    assert [figure for _, figure in seen] == [(1, 1), (0, 1), (1, 1), (0, 1)]
    assert [cards for cards, _ in seen[:3]] == [
        [],
        [("evaluation 1", "已发")],
        [("evaluation 1", "撤销")],
    ]
    assert seen[3][0] == [("evaluation 1", "撤销"), ("evaluation 1", "已发")]


def test_evaluations_before_the_completion_and_several_of_one_case(hub: Hub) -> None:
    wiring.upgrade()
    hub.register(schema='"1.1"')
    two = "<Evaluation><Grade>4</Grade></Evaluation><Evaluation><Grade>5</Grade></Evaluation>\n</Case>"
    open_one = case("C1", {"Completion": None, "Delivery": None}).replace("</Case>", two)
    body = newer(package([open_one]))
    hub.exchange("a.xml", body)
    assert hub.outcomes(sha256(body).hexdigest()) == [("C1", "accepted", "")]
    wiring.supervise(date(2026, 4, 20))
    assert states() == [("evaluation 1", "已发"), ("evaluation 2", "已发")]
    # Finished, and the first evaluation told with a better grade: the second card stands.
    better = two.replace("<Grade>4", "<Grade>1")
    hub.exchange("b.xml", newer(package([case("C1", version=2).replace("</Case>", better)], "P2", serial=2)))
    wiring.supervise(date(2026, 4, 21))
    assert states() == [("evaluation 1", "撤销"), ("evaluation 2", "已发")]
    # Neither says its day: both count with the completion, of April.
    assert satisfied() == (1, 2)
