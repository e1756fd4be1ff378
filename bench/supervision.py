"""Judging at size: the cases of the canonical package many times over, judged in full, and after ten thousand changed.

`python -m bench.supervision --cases 10000000` measures this alone, at a size of one's own.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bench import inputs
from bench.children import run, wrong
from bench.filling import multiply
from bench.postgres import Databases, databases
from hub.central.engine import create_engine, writing
from hub.central.tables.exchange import package
from hub.settings import load_settings
from hub.supervision.library import declared
from hub.supervision.seed import ensure_seeded

CASES = 300_000
"""Unless another size is asked for; what ten million take at this rate is told by the cost of a case."""
CHANGED = 10_000
ALWAYS = 0.002
"""Share of all cases that may be looked at in every run besides; 14 of the 10,000 of the package are."""
DEAREST = 12
Tell = Callable[[str], None]


def measure(
    folder: Path, server: Databases, clean: Path, tell: Tell, cases: int = CASES
) -> dict[str, list[float]]:
    """Cost and memory of a full run and of one after CHANGED cases, where all cards stand already."""
    systems = inputs.department(folder / "department")
    inputs.put(folder / "department", clean, "supervised.xml")
    judged = {"today": inputs.TODAY.isoformat(), "everything": True}
    with server.fresh() as url:
        environment = {
            "SUPHUB_DATABASE_URL": url,
            "SUPHUB_HOME": str(folder / "var"),
            "SUPHUB_SYSTEMS": str(systems),
        }
        engine = create_engine(url)
        with writing(engine) as connection:
            ensure_seeded(connection)
        engine.dispose()
        run("exchange", {"code": inputs.SYSTEM}, environment)
        first = run("supervise", judged, environment)
        tell(
            f"  {first['summary']['cases']} 件,发牌 · cases, cards: {sum(first['summary']['raised'].values())}"
        )
        total = multiply(server, url, cases // first["summary"]["cases"], tell)
        tell(f"  {total} 件的监察库 · {total} cases to be judged …")
        full = run("supervise", judged, environment)
        _tell("全部 · full", full, tell)
        _expect("full", full, cases=total, total=total)
        _change(url, total)
        few = run("supervise", {**judged, "everything": False}, environment)
        _tell(f"{CHANGED}", few, tell)
        _expect("changed", few, cases=CHANGED, total=total)
    shutil.rmtree(folder)
    return {
        "supervision_cases": [total],
        "supervision_full_per_case": [full["wall"] / total * 1e6],
        "supervision_10000_changed": [few["wall"]],
        "supervision_peak_memory": [max(full["peak"], few["peak"])],
    }


def _tell(name: str, result: dict[str, Any], tell: Tell) -> None:
    tell(
        f"  {name}: {result['wall']:.1f} s ({result['database_cpu']:.1f} s CPU database, {result['cpu']:.1f} s CPU hub),"
        f" {result['peak']:.0f} MB; 最费时的语句 · the dearest statements, CPU and clock:"
    )
    for what, processor, clock, times in result["costs"][:DEAREST]:
        tell(f"    {processor:9.2f} s {clock:9.2f} s  {times:6d} x  {what}")


def _expect(name: str, result: dict[str, Any], *, cases: int, total: int) -> None:
    """A run that looks at other cases, or raises or withdraws a card where nothing is new, measures something else."""
    # Copies end at one and the same instant, which is a finding of the rules over windows.
    cards = {
        key: {
            rule: number
            for rule, number in result["summary"][key].items()
            if number and not declared()[rule].window
        }
        for key in ("raised", "withdrawn", "closed")
    }
    moved = {key: found for key, found in cards.items() if found}
    # A few cases more are looked at in every run, whatever changed: those of which a verdict may be another one today.
    if not cases <= result["summary"]["cases"] <= cases * 1.1 + total * ALWAYS or moved:
        raise wrong(f"supervision, {name}", f"{result['summary']['cases']} cases, {moved}")


def _change(url: str, total: int) -> None:
    """Let CHANGED cases, from all over the tables, look as if a package that was closed just now had touched them."""
    engine = create_engine(url)
    columns = [name for name in package.c.keys() if name != "id"]  # noqa: SIM118 - a collection of columns
    fresh = {"digest": "'" + "f" * 64 + "'", "package_id": "'changed'", "claimed_id": "'changed'"}
    values = ", ".join(fresh.get(name, f'"{name}"') for name in columns)
    named = ", ".join(f'"{name}"' for name in columns)
    with writing(engine) as connection:
        number = connection.execute(
            text(f"INSERT INTO package ({named}) SELECT {values} FROM package LIMIT 1 RETURNING id")
        ).scalar_one()
        connection.execute(
            text(
                "INSERT INTO case_outcome (package, ordinal, case_no, outcome, codes, case_id, version)"
                " SELECT :package, ROW_NUMBER() OVER (ORDER BY id), case_no, 'accepted', '', id, version"
                f" FROM (SELECT * FROM case_head WHERE id % {max(1, total // CHANGED)} = 0 ORDER BY id LIMIT {CHANGED}) h"
            ),
            {"package": number},
        )
    engine.dispose()


def main() -> None:
    """Measure at the size that was asked for, and print it."""
    parser = argparse.ArgumentParser(prog="python -m bench.supervision", description=__doc__)
    parser.add_argument("--cases", type=int, default=CASES, help="how many cases lie in the judged tables")
    cases: int = parser.parse_args().cases
    kept = load_settings().home / "bench"
    kept.mkdir(parents=True, exist_ok=True)
    clean = inputs.base(kept, inputs.CASES)
    with tempfile.TemporaryDirectory(prefix="run-", dir=kept) as scratch, databases() as server:
        for metric, values in measure(Path(scratch) / "supervision", server, clean, _say, cases).items():
            _say(f"{metric} {values[0]:.1f}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
