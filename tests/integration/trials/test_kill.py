"""A worker that is killed at chosen steps and started again: every case once, every receipt the same, no file lost.

The short version of `make trials` (docs/trials.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.postgres import Databases
from bench.trials import department
from bench.trials.databases import SqliteDatabases
from bench.trials.nursery import Nursery, nursery
from bench.trials.points import PHASES
from bench.trials.trial import FreshDatabases, Reference, Trials

pytestmark = pytest.mark.trial


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the department."""
    return department.make(tmp_path_factory.mktemp("department") / "sent")


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    with nursery(tmp_path_factory.mktemp("workers")) as started:
        yield started


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def trials(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, sent: Path, workers: Nursery
) -> Trials:
    folder = tmp_path_factory.mktemp(request.param)
    kind: FreshDatabases = (
        SqliteDatabases(folder)
        if request.param == "sqlite"
        else Databases(request.getfixturevalue("postgres_server"))
    )
    return Trials(workers, kind, sent, folder / "lives")


@pytest.fixture(scope="module")
def reference(trials: Trials) -> Reference:
    return trials.undisturbed()


def test_the_department_sends_what_can_go_wrong(reference: Reference) -> None:
    outcomes = "".join(reference.state.tables["case_outcome"])
    for outcome in ("accepted", "rejected", "conflict", "stale", "duplicate"):
        assert f'"outcome": "{outcome}"' in outcomes
    assert reference.state.events["package.refused"] >= 3
    assert reference.state.events["package.repeated"] >= 1
    assert all(len(reference.of(phase)) >= 50 for phase in PHASES)


@pytest.mark.parametrize("seed", ["甲", "乙"])
def test_a_worker_killed_in_each_phase_leaves_what_an_undisturbed_one_leaves(
    trials: Trials, reference: Reference, seed: str
) -> None:
    life = trials.life(reference, seed, PHASES)

    assert life.faults == []
    assert [killed.phase for killed in life.killed] == list(PHASES)
