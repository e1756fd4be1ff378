"""One life of a department: the worker is killed again and again until everything is answered; then all is counted."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Protocol

from sqlalchemy import Engine

from bench import inputs
from bench.trials.department import Department, copy
from bench.trials.nursery import Ended, Nursery
from bench.trials.state import State, receipts_of, state_of
from hub.central.engine import create_engine

OUTSIDE = "outside"
"""The phase of kills that another process sends at a moment of the clock."""


class FreshDatabases(Protocol):
    """Where trials get empty databases with the hub's tables."""

    def fresh(self) -> AbstractContextManager[str]:
        """The address of one, gone after the block."""
        ...


@dataclass(frozen=True, slots=True)
class Killed:
    """One kill that hit: in which phase, and behind which step."""

    phase: str
    step: str


@dataclass(slots=True)
class Life:
    """What one life came to; `faults` must be empty."""

    killed: list[Killed] = field(default_factory=list)
    missed: int = 0  # kills whose step the worker did not reach
    faults: list[str] = field(default_factory=list)
    stale_locks: int = 0


@dataclass(frozen=True, slots=True)
class Reference:
    """An undisturbed run: its state, the files it refused, its steps in their order, and its seconds."""

    state: State
    refused: dict[str, str]
    steps: tuple[tuple[str, str], ...]  # phase and what
    seconds: float

    def of(self, phase: str) -> list[str]:
        """The steps of one phase."""
        return [what for each, what in self.steps if each == phase]


class Trials:
    """The trials on one kind of database."""

    def __init__(self, nursery: Nursery, databases: FreshDatabases, sent: Path, scratch: Path) -> None:
        self._nursery, self._databases, self._sent, self._scratch = nursery, databases, sent, scratch
        self._number = 0

    def undisturbed(self) -> Reference:
        """Run once without a kill. Raises AssertionError if even that has a fault."""
        with self._department() as (department, url, engine):
            start = perf_counter()
            ended = self._work(department, url)
            seconds = perf_counter() - start
            if ended.status != 0:
                raise AssertionError(f"the undisturbed worker failed:\n{ended.log}")
            state = state_of(engine)
            faults = list(_faults(department, state))
            if faults:
                raise AssertionError("even undisturbed: " + "; ".join(faults))
            return Reference(state, department.refused(), ended.steps, seconds)

    def life(self, reference: Reference, seed: str, phases: tuple[str, ...]) -> Life:
        """Kill the worker once in each of `phases`, in this order, at steps drawn from `seed`; then let it finish."""
        rng, life = random.Random(seed), Life()
        with self._department() as (department, url, engine):
            done: Counter[str] = Counter()
            receipts: dict[str, bytes] = {}
            for phase in phases:
                if phase == OUTSIDE:
                    ended = self._work(department, url, kill_after=rng.uniform(0, reference.seconds / 2))
                else:
                    number = _drawn(rng, reference.of(phase)[done[phase] :])
                    ended = self._work(department, url, phase, number)
                done += ended.counts()
                if not ended.killed:
                    life.missed += 1
                    life.faults += (
                        []
                        if ended.status == 0
                        else [f"worker ended with {ended.status}: {ended.log[-1500:]}"]
                    )
                    continue
                life.killed.append(
                    Killed(phase, ended.steps[-1][1] if ended.steps else "before the first step")
                )
                life.faults += _meanwhile(department, engine, receipts)
            self._finish(department, url, life)
            life.faults += _changed(receipts, department.delivered())
            state = state_of(engine)
            life.faults += _faults(department, state)
            life.faults += reference.state.differences(state)
            if department.refused() != reference.refused:
                life.faults.append("refused files differ from those of the undisturbed run")
            life.stale_locks = department.stale_locks()
        return life

    def _work(
        self,
        department: Department,
        url: str,
        phase: str = "",
        number: int = 0,
        kill_after: float | None = None,
    ) -> Ended:
        return self._nursery.work(department.environment(url), inputs.SYSTEM, phase, number, kill_after)

    def _finish(self, department: Department, url: str, life: Life) -> None:
        ended = self._work(department, url)
        if ended.status != 0:
            life.faults.append(f"the last worker ended with {ended.status}: {ended.log[-1500:]}")

    @contextmanager
    def _department(self) -> Iterator[tuple[Department, str, Engine]]:
        self._number += 1
        with self._databases.fresh() as url:
            engine = create_engine(url)
            try:
                yield copy(self._sent, self._scratch / f"life-{self._number}"), url, engine
            finally:
                engine.dispose()


def _drawn(rng: random.Random, steps: list[str]) -> int:
    """The number of one of the steps that are still to come: every kind of step as likely as any other."""
    if not steps:
        return 1
    kind = rng.choice(sorted(set(steps)))
    return 1 + rng.choice([index for index, step in enumerate(steps) if step == kind])


def _meanwhile(department: Department, engine: Engine, receipts: dict[str, bytes]) -> Iterator[str]:
    """What must hold at the very instant of a death; `receipts` are those that were there at the deaths before."""
    for name in department.lost():
        yield f"after a kill {name} lies nowhere"
    now, stored = department.delivered(), receipts_of(engine)
    for name, body in now.items():
        if body != stored.get(department.files.get(name, "")):
            yield f"after a kill the receipt of {name} is not the stored one"
    yield from _changed(receipts, now)
    receipts.update(now)


def _changed(before: dict[str, bytes], now: dict[str, bytes]) -> Iterator[str]:
    for name, body in before.items():
        if now.get(name) != body:
            yield f"the receipt of {name} was {'changed' if name in now else 'removed'} after its delivery"


def _faults(department: Department, state: State) -> Iterator[str]:
    """What must hold at the end of every life."""
    yield from (f"{name} lies nowhere" for name in department.lost())
    yield from (f"{name} was left at the source" for name in department.left())
    yield from (f"{name} was left among receipts or refused" for name in department.unfinished())
    delivered = department.delivered()
    for name, digest in department.files.items():
        if name not in delivered:
            yield f"{name} has no receipt"
        elif delivered[name] != state.receipts.get(digest):
            yield f"the receipt of {name} is not the stored one, byte for byte"
    yield from (f"{name} is a receipt for no file" for name in delivered.keys() - department.files.keys())
    if not state.log_ok:
        yield "the log does not verify"
    if state.unanswered:
        yield f"{state.unanswered} arrivals are not answered"
