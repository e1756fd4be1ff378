"""A nursery of workers: `python -m bench.trials.worker` loads the hub once, then forks a process for each job it is told.

A job is one JSON line on standard input: {environment, code, phase, number, trace, log}. The answer is two lines: the
process id at once, and when the process has ended its exit status (negative: the signal that ended it).
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any


def serve() -> None:
    """Until standard input ends."""
    _load()
    for line in sys.stdin:
        job = json.loads(line)
        pid = os.fork()
        if pid == 0:
            try:
                os._exit(_run(job))
            finally:
                os._exit(1)  # never back into the loop of the parent
        _say(pid)
        _, status = os.waitpid(pid, 0)
        _say(os.waitstatus_to_exitcode(status))


def _load() -> None:
    """Everything a worker imports, so that a fork is ready at once; no connection is opened, no thread started."""
    for name in (
        "psycopg",
        "bench.trials.points",
        "connectors.directory",
        "hub.pipeline.process",
        "hub.wiring",
    ):
        importlib.import_module(name)


def _run(job: dict[str, Any]) -> int:
    """The work of `suphub exchange run CODE`, in a process that may end at any instant."""
    from bench.trials.points import Points, install
    from hub import wiring

    log = os.open(job["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (0, 1, 2):
        os.dup2(log, stream)
    os.environ.update(job["environment"])
    try:
        install(Points(job["phase"], job["number"], Path(job["trace"])))
        wiring.exchange(job["code"])
    except Exception:
        os.write(log, traceback.format_exc().encode())
        raise
    return 0


def _say(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    serve()
