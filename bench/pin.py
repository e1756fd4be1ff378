"""`python -m bench.pin`: writes the digests that the benchmark holds input, schema and rows to; for deliberate changes."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from bench import inputs, reading
from hub.register import find_registration
from schemas.contract import xsd_path


def digests(folder: Path) -> dict[str, str]:
    """The digests as the software is now; `folder` is used for the packages."""
    found = {"xsd": inputs.sha256(xsd_path("1.0", "canonical"))}
    registration = find_registration(inputs.department(folder / "department"), inputs.SYSTEM)
    for cases in (inputs.QUICK_CASES, inputs.CASES):
        path = folder / f"{cases}.xml"
        inputs.make_base(path, cases)
        found[f"input_{cases}"] = inputs.sha256(path)
        timing, rows = reading.read_whole(registration, path)
        if (timing.accepted, timing.rejected) != (cases, 0):
            raise SystemExit(
                f"{timing.accepted} of {cases} cases accepted: nothing is pinned to a wrong result"
            )
        found[f"rows_{cases}"] = rows
    return found


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        text = json.dumps(digests(Path(scratch)), indent=2) + "\n"
    inputs.PINS.write_text(text, encoding="utf-8")
    print(text, end="")
