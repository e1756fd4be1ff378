"""Takes the hostile packages of a group in a process of their own, whose memory and time are then theirs alone.

As a program: `python -m tests.support.hostile_group MANIFEST`, which lies in a folder with the packages.
"""

from __future__ import annotations

import json
import pickle
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from hub.envelope import Limits
from tests.support.corpus import corpus
from tests.support.hostile_run import Verdict, judge_file

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 600


@dataclass(frozen=True)
class Judged:
    """Verdicts by the packages' names; the most memory (MB) of the process; the slowest package and its CPU seconds."""

    verdicts: dict[str, Verdict]
    memory_mb: int
    slowest: str
    cpu_s: float


@cache
def judge_group(group: str) -> Judged:
    """Take all packages of a group, one after the other; once, however many ask."""
    with TemporaryDirectory(prefix="suphub-hostile-") as folder:
        listed = []
        for number, hostile in enumerate(each for each in corpus() if each.group == group):
            raw = Path(folder) / str(number) / "package"
            raw.parent.mkdir()
            raw.write_bytes(hostile.bytes(1))
            listed.append([hostile.name, str(raw), hostile.form, hostile.limits])
        manifest = Path(folder) / "manifest.json"
        manifest.write_text(json.dumps(listed), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", __name__, str(manifest)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2_000:]
        verdicts = {name: pickle.loads(_verdict(Path(raw)).read_bytes()) for name, raw, *_ in listed}
        return Judged(verdicts, *json.loads(done.stdout))


def main(manifest: Path) -> None:
    """Take what the manifest lists; a verdict lies beside each package's folder, memory and time go to standard output."""
    slowest, longest = "", 0.0
    for name, raw, form, limits in json.loads(manifest.read_text(encoding="utf-8")):
        begun = time.process_time()
        verdict = judge_file(Path(raw), form, Limits(**limits))
        took = time.process_time() - begun
        if took > longest:
            slowest, longest = name, took
        with _verdict(Path(raw)).open("wb") as file:
            pickle.dump(verdict, file)
        del verdict
    # Not getrusage: its peak is that of the parent too, from before the program was exchanged.
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert peak is not None
    print(json.dumps([int(peak[1]) // 1024, slowest, longest]))


def _verdict(raw: Path) -> Path:
    return raw.parent.with_suffix(".verdict")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
