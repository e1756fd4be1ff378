"""`python -m bench.trials`: the long trials on SQLite and PostgreSQL, as a table; exit 1 if anything was lost or doubled."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from time import perf_counter

from rich.console import Console
from rich.table import Table

from bench.postgres import databases
from bench.trials import department
from bench.trials.databases import SqliteDatabases
from bench.trials.nursery import nursery
from bench.trials.points import PHASES
from bench.trials.trial import OUTSIDE, FreshDatabases, Life, Trials

LEAST_OF_PHASE = 15
LEAST = 60
LIVES = 16
MOST_LIVES = 40
OUTSIDE_LIVES = 3


def main() -> int:
    """Run everything and print where the kills fell."""
    parser = argparse.ArgumentParser(prog="python -m bench.trials", description=__doc__)
    parser.add_argument("--seed", default="1", help="kills are drawn from it")
    seed = parser.parse_args().seed
    with tempfile.TemporaryDirectory(prefix="suphub-trials-") as scratch, databases() as server:
        folder = Path(scratch)
        sent = department.make(folder / "sent")
        with nursery(folder / "workers") as workers:
            kinds: dict[str, FreshDatabases] = {
                "SQLite": SqliteDatabases(folder / "sqlite"),
                "PostgreSQL": server,
            }
            found = {
                name: _lives(name, seed, Trials(workers, kind, sent, folder / name))
                for name, kind in kinds.items()
            }
    return _tell(found)


def _lives(name: str, seed: str, trials: Trials) -> list[Life]:
    start = perf_counter()
    reference = trials.undisturbed()
    lives: list[Life] = []
    while len(lives) < LIVES or (_short(lives) and len(lives) < MOST_LIVES):
        lives.append(trials.life(reference, f"{seed}:{name}:{len(lives)}", PHASES))
        _progress(name, lives, start)
    for number in range(OUTSIDE_LIVES):
        lives.append(trials.life(reference, f"{seed}:{name}:outside:{number}", (OUTSIDE,) * len(PHASES)))
        _progress(name, lives, start)
    return lives


def _progress(name: str, lives: list[Life], start: float) -> None:
    kills = sum(len(life.killed) for life in lives)
    _progress_line(f"{name}: {len(lives)} 程 · lives, {kills} 次杀死 · kills, {perf_counter() - start:.0f} s")
    for fault in lives[-1].faults:
        _progress_line(f"  错 · FAULT {fault}")


def _short(lives: Iterable[Life]) -> bool:
    hits = _hits(lives)
    return any(hits[phase] < LEAST_OF_PHASE for phase in PHASES) or hits.total() - hits[OUTSIDE] < LEAST


def _hits(lives: Iterable[Life]) -> Counter[str]:
    return Counter(killed.phase for life in lives for killed in life.killed)


TITLES = {
    "claim": "领取 · during the claim",
    "transaction": "事务内 · inside a transaction",
    "commit": "提交后、回执前 · between commit and receipt",
    "delivery": "回送 · during delivery",
    OUTSIDE: "任意时刻,从外部 · at any moment, from outside",
}


def _tell(found: dict[str, list[Life]]) -> int:
    rows = [
        (
            TITLES[phase],
            *(_hits(lives)[phase] for lives in found.values()),
            "" if phase == OUTSIDE else LEAST_OF_PHASE,
        )
        for phase in TITLES
    ]
    rows.append(("合计 · all", *(_hits(lives).total() for lives in found.values()), LEAST))
    rows.append(("程 · lives", *(len(lives) for lives in found.values()), ""))
    rows.append(("错 · faults", *(sum(len(life.faults) for life in lives) for lives in found.values()), 0))
    _table("kill -9", ("", *found, "至少 · least"), rows)
    steps = Counter((k.phase, k.step) for lives in found.values() for life in lives for k in life.killed)
    _table("落点 · where they fell", ("", "", ""), [(p, s, n) for (p, s), n in sorted(steps.items())])
    faulty = any(life.faults for lives in found.values() for life in lives)
    too_few = any(_short(lives) for lives in found.values())
    if faulty or too_few:
        _line("未通过 · FAILED" + (":次数不足 · too few kills" if too_few else ""))
        return 1
    _line("每件一次,回执逐字节相同,无文件丢失 · Each case once, receipts byte-identical, no file lost")
    return 0


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*map(str, row))
    Console().print(table, markup=False)


def _line(text: str) -> None:
    Console().print(text, markup=False)


def _progress_line(text: str) -> None:
    Console(stderr=True).print(text, markup=False, soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main())
