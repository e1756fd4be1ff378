"""Starts what is measured in processes of its own and brings back what they say."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hub.errors import Place, StopError

CHECKOUT = Path(__file__).resolve().parents[1]


class Child:
    """A task that runs; `result` waits for it."""

    def __init__(self, task: str, args: Mapping[str, Any], environment: Mapping[str, str]) -> None:
        self.task = task
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.tasks", task, json.dumps(dict(args))],
            cwd=CHECKOUT,
            env={**os.environ, "PYTHONHASHSEED": "0", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def result(self) -> dict[str, Any]:
        """What the task found. Raises StopError if it failed."""
        out, errors = self._process.communicate()
        if self._process.returncode != 0:
            raise wrong(self.task, f"exit {self._process.returncode}: {errors.strip()[-2000:]}")
        found: dict[str, Any] = json.loads(out.splitlines()[-1])
        return found


def run(task: str, args: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """Run one task to its end."""
    return Child(task, args, environment).result()


def xmllint(schema: Path, document: Path) -> float:
    """CPU seconds (user and system) that xmllint takes to validate a document. Raises StopError if it does not."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = ["xmllint", "--noout", "--huge", "--nonet", "--schema", str(schema), str(document)]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise StopError(
            "BENCH_XMLLINT",
            zh="没有安装 xmllint(libxml2-utils)",
            en="xmllint (libxml2-utils) is not installed",
            remedy_zh="执行 make bench,它会安装",
            remedy_en="Run make bench, which installs it",
        ) from error
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise wrong("xmllint", done.stderr.strip()[-500:])
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def wrong(what: str, why: str) -> StopError:
    """A run whose result is not what it must be: its time means nothing."""
    return StopError(
        "BENCH_WRONG",
        zh=f"基准 {what} 的结果不对,其时间不作数:{why}",
        en=f"The benchmark's {what} came to a wrong result, its time means nothing: {why}",
        remedy_zh="先让结果正确,再谈快慢",
        remedy_en="Make the result right first, then measure",
        place=Place(field=what),
    )
