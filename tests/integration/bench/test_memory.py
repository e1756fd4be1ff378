"""The memory of a process is bounded by the batch, not by the package."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bench import inputs

ROOT = Path(__file__).resolve().parents[3]
SURVEY = """
import sys
from pathlib import Path
from bench.tasks import peak_mb
from hub.envelope import Limits, open_package
from hub.rawstore import RawStore
from schemas.survey import survey
folder = Path(sys.argv[2])
store = RawStore(folder / "raw")
with open(sys.argv[1], "rb") as stream:
    digest, _ = store.put(stream, 1 << 40)
opened = open_package(store.path(digest), folder, Limits(), store, digest=digest)
print(survey(opened.document).cases, peak_mb())
"""


def test_a_package_of_two_hundred_megabytes_is_stored_opened_and_surveyed_in_a_hundred(
    tmp_path: Path,
) -> None:
    inputs.make_base(tmp_path / "small.xml", 1_000)
    large = tmp_path / "large.xml"
    cases = inputs.copies(tmp_path / "small.xml", large, 36)
    size = large.stat().st_size / 1e6

    done = subprocess.run(
        [sys.executable, "-c", SURVEY, large, tmp_path], cwd=ROOT, capture_output=True, text=True, check=True
    )

    found, peak = done.stdout.split()
    assert int(found) == cases
    assert size > 190
    assert float(peak) < 100
