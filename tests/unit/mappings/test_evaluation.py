"""Evaluations on their way into rows: from the message, from the national result table; a system on 1.0 has none."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.shapes import Fragment, Piece
from mappings.dialect import NEWER, delivered, load_dialect
from mappings.mapper import Mapper
from mappings.pieces import PieceMapper
from schemas.head import NAMESPACE
from schemas.validator import ChunkValidator
from tests.support.message import case, fragment_of, registration, rows_of
from tests.support.pieces import ACCEPT, NATIONAL, RESULT, row, row_set

TWO = (
    "<Evaluation><Grade>2</Grade></Evaluation>"
    "<Evaluation><Grade>5</Grade><EvaluatedAt>2026-04-16T09:00:00+08:00</EvaluatedAt><Channel>3</Channel>"
    "<Comment>跑了三趟</Comment></Evaluation>"
)


def read(text: str, plainly: bool = True) -> Fragment:
    """A case of message 1.1; `plainly` without a tree."""
    data = (text if plainly else text.replace("<CaseNo>", "<!-- --><CaseNo>")).encode()
    found = registration(schema="1.1")
    [parsed] = ChunkValidator("1.1", f' xmlns="{NAMESPACE}"'.encode()).read(data, [(0, len(data))], 1, 1)
    assert (parsed.plain is not None) is plainly
    fragment, _ = Mapper(found, {}).map_case(parsed, data, "0" * 64, 1)
    assert isinstance(fragment, Fragment), fragment
    return fragment


@pytest.mark.parametrize("plainly", [True, False])
def test_each_evaluation_is_a_row_and_numbered_in_order(plainly: bool) -> None:
    rows = rows_of(read(case("C1").replace("</Case>", TWO + "\n</Case>"), plainly), "evaluation")
    assert [(each["seq"], each["grade"], each["channel"], each["comment_text"]) for each in rows] == [
        ("1", "2", None, None),
        ("2", "5", "3", "跑了三趟"),
    ]
    assert [each["evaluated_day"] for each in rows] == [None, "2026-04-16"]


def test_a_case_without_an_evaluation_keeps_its_digest() -> None:
    assert read(case("C1")).digest == fragment_of(case("C1")).digest
    assert read(case("C1").replace("</Case>", TWO + "\n</Case>")).digest != fragment_of(case("C1")).digest


@pytest.mark.parametrize("name", ["canonical", "national-exchange-db"])
def test_a_system_on_1_0_delivers_no_evaluation(name: str) -> None:
    assert "Evaluation.Grade" in delivered(load_dialect(name))
    assert "Evaluation.Grade" in delivered(load_dialect(name, schema="1.1"))
    old = load_dialect(name, schema="1.0")
    assert not [field for field in delivered(old) if field.startswith("Evaluation")]
    assert old.contract.version == "1.0"


def test_a_dialect_of_1_0_stays_one_for_a_system_on_1_1() -> None:
    assert load_dialect("pinyin-stages", schema="1.1") is load_dialect("pinyin-stages")


def test_the_column_of_a_newer_element_is_left_out_and_not_unknown() -> None:
    [result] = [
        kind for kind in load_dialect("national-exchange-db", schema="1.0").kinds if kind.name == "result"
    ]
    assert result.ignored["satisfaction"] == NEWER


def mapped(schema: str, tmp_path: Path, satisfaction: str | None) -> tuple[str, list[str]]:
    """What the result row says, and what is remarked upon."""
    path = tmp_path / "rows.jsonl"
    path.write_bytes(
        row_set(row("up_pro_accept", ACCEPT), row("up_pro_result", RESULT, satisfaction=satisfaction))
    )
    mapper = PieceMapper(registration(**NATIONAL, schema=schema), with_warnings=True)
    parts, warned = [], []
    for ordinal, record in enumerate(mapper.records(path), 1):
        data = path.read_bytes()[record.offset : record.offset + record.length]
        piece, remarks = mapper.map(data, record, ordinal, 1)
        assert isinstance(piece, Piece), piece
        parts.append(piece.part)
        warned += [each.code for each in remarks]
    return parts[1], warned


def test_the_national_result_row_tells_the_grade(tmp_path: Path) -> None:
    part, _ = mapped("1.1", tmp_path, "4")
    assert '"Evaluation":{"Grade":"4"}' in part
    assert "Evaluation" not in mapped("1.1", tmp_path, None)[0]


def test_a_national_system_on_1_0_says_what_it_always_said(tmp_path: Path) -> None:
    part, warned = mapped("1.0", tmp_path, "4")
    assert part == mapped("1.1", tmp_path, None)[0]
    assert "UNMAPPED" not in warned
