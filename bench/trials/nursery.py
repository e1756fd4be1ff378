"""Runs workers one at a time and brings back how they ended and what they had done."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from bench.children import CHECKOUT

LONGEST_S = 300.0


@dataclass(frozen=True, slots=True)
class Ended:
    """How a worker ended: its exit status (-9: killed) and its steps as (phase, what), the last one last."""

    status: int
    steps: tuple[tuple[str, str], ...]
    log: str

    @property
    def killed(self) -> bool:
        return self.status == -signal.SIGKILL

    def counts(self) -> Counter[str]:
        """Steps by phase."""
        return Counter(phase for phase, _ in self.steps)


class Nursery:
    """The process that forks workers."""

    def __init__(self, told: IO[str], said: IO[str], folder: Path) -> None:
        self._told, self._said, self._folder = told, said, folder
        self._number = 0

    def work(
        self,
        environment: Mapping[str, str],
        code: str,
        phase: str = "",
        number: int = 0,
        kill_after: float | None = None,
    ) -> Ended:
        """One worker: killed by itself at step `number` of `phase`, or from outside after so many seconds, or neither."""
        self._number += 1
        trace, log = self._folder / f"{self._number}.trace", self._folder / f"{self._number}.log"
        trace.touch()
        log.touch()
        job = {"environment": dict(environment), "code": code, "phase": phase, "number": number}
        self._told.write(json.dumps(job | {"trace": str(trace), "log": str(log)}) + "\n")
        self._told.flush()
        pid = int(self._said.readline())
        timer = threading.Timer(LONGEST_S if kill_after is None else kill_after, _kill, (pid,))
        timer.start()
        try:
            status = int(self._said.readline())
        finally:
            timer.cancel()
            timer.join()
        steps = tuple(_step(line) for line in trace.read_text(encoding="utf-8").splitlines())
        return Ended(status, steps, log.read_text(encoding="utf-8", errors="replace"))


@contextmanager
def nursery(folder: Path) -> Iterator[Nursery]:
    """A nursery for the length of the block; `folder` takes traces and logs."""
    folder.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.trials.worker"],
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield Nursery(process.stdin, process.stdout, folder)
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # it had just ended by itself


def _step(line: str) -> tuple[str, str]:
    phase, _, what = line.partition("\t")
    return phase, what
