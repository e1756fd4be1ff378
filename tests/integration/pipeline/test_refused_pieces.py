"""A refused row or stage message is mended by a later one of its kind and key, or by the withdrawal of its case, by nothing else."""

from __future__ import annotations

import dataclasses

import pytest
from sqlalchemy import Engine, select

from hub.central.engine import reading
from hub.central.pieces import PieceBatch
from hub.central.tables.exchange import refused_piece
from hub.shapes import Piece, Rejection, Violation
from tests.integration.pipeline.test_pieces_store import Department, piece

WRONG = (Violation("CODE_UNKNOWN", field="Step.Action"),)


def refused(kind: str = "step", key: str = "s1", case_no: str = "C1") -> Rejection:
    return Rejection(0, case_no, 3, WRONG, b"{}", (kind, key))


@pytest.fixture
def department(any_engine: Engine) -> Department:
    return Department(any_engine)


def mended(department: Department) -> dict[tuple[str, str, int, int], int | None]:
    """Case, key, package and ordinal of each refused piece → the package that mended it."""
    with reading(department.engine) as connection:
        rows = connection.execute(select(refused_piece)).all()
    return {(row.case_no, row.source_key, row.package, row.ordinal): row.mended_by for row in rows}


# What is sent after the step s1 of C1 was refused in the first package, beside its application → whether it is mended.
LATER: dict[str, tuple[Piece | Rejection, bool]] = {
    "the step itself": (piece("step", "s1", 2, "right"), True),
    "another step of the case": (piece("step", "s2", 2, "right"), False),
    "a piece of another kind under its key": (piece("notice", "s1", 2, "right"), False),
    "the same step of another case": (piece("step", "s1", 2, "right", case_no="C2"), False),
    "the step, refused once more": (refused(), False),
    "the withdrawal of the step": (piece("step", "s1", 2, "", "D"), True),
    "the withdrawal of another step": (piece("step", "s2", 2, "", "D"), False),
    "the withdrawal of the case": (piece("apply", "", 2, "", "D"), True),
    "the application once more": (piece("apply", "", 1, "a"), False),
}


@pytest.mark.parametrize("name", LATER)
def test_a_refused_step_is_mended_by(department: Department, name: str) -> None:
    later, expected = LATER[name]
    department.send(piece("apply", "", 1, "a"), refused())
    assert mended(department) == {("C1", "s1", 1, 2): None}
    department.send(later)
    assert mended(department)["C1", "s1", 1, 2] == (2 if expected else None)


def test_what_was_said_before_it_was_refused_does_not_mend_it(department: Department) -> None:
    department.send(piece("apply", "", 1, "a"), piece("step", "s1", 1, "old"))
    department.send(piece("step", "s1", 2, "new"), refused())
    department.send(piece("step", "s1", 1, "old"))  # a duplicate
    assert mended(department) == {("C1", "s1", 2, 2): None}
    department.send(piece("step", "s1", 3, "right"))
    assert mended(department) == {("C1", "s1", 2, 2): 4}


def test_the_same_package_may_say_it_right_later_on(department: Department) -> None:
    department.send(refused(), piece("apply", "", 1, "a"), piece("step", "s1", 1, "right"))
    assert mended(department) == {("C1", "s1", 1, 1): 1}


def test_a_piece_that_waits_for_its_case_mends_as_well(department: Department) -> None:
    department.send(refused())
    assert department.send(piece("step", "s1", 1, "right")) == ["pending"]
    assert mended(department) == {("C1", "s1", 1, 1): 2}


def test_a_mark_stays_where_it_was_made(department: Department) -> None:
    department.send(refused(), refused(key="s2"))
    department.send(piece("step", "s1", 1, "right"))
    department.send(piece("step", "s1", 2, "more"), piece("step", "s2", 1, "right"))
    assert mended(department) == {("C1", "s1", 1, 1): 2, ("C1", "s2", 1, 2): 3}


def test_a_package_that_is_processed_after_the_one_that_says_it_right_is_mended_all_the_same(
    department: Department,
) -> None:
    department.new_package()
    held, package = _batch(department, refused()), department.package
    department.send(piece("apply", "", 1, "a"), piece("step", "s1", 1, "right"))
    department.store(held)
    assert mended(department) == {("C1", "s1", package, 1): 2}


def _batch(department: Department, *items: Piece | Rejection) -> PieceBatch:
    department.last = [dataclasses.replace(item, ordinal=n) for n, item in enumerate(items, 1)]
    return department.batch()


def test_a_batch_that_is_repeated_marks_nothing_twice(department: Department) -> None:
    department.send(refused())
    department.store(department.batch())
    assert mended(department) == {("C1", "s1", 1, 1): None}


def test_a_piece_whose_key_could_not_be_read_is_not_kept(department: Department) -> None:
    department.send(Rejection(0, "C1", 3, WRONG, b"{}"))
    assert mended(department) == {}
