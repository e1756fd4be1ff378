"""Runs the benchmark: interleaved rounds, each timing gated on exact counts and on digests of the rows."""

from __future__ import annotations

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import cms, dagfolder, inputs, sftp, supervision
from bench.children import Child, wrong, xmllint
from bench.children import run as run_child
from bench.model import Figure, figure
from bench.piecewise import Piecewise
from bench.postgres import Databases, databases
from bench.trials import arrival
from hub.settings import load_settings

ROUNDS = 5

Tell = Callable[[str], None]
Result = dict[str, Any]


def run(*, quick: bool, tell: Tell, supervision_cases: int = supervision.CASES) -> list[Figure]:
    """Measure everything; `quick` is one round over fewer cases, and leaves supervision out, which judges
    `supervision_cases`. Raises StopError if any result is wrong."""
    cases, rounds = (inputs.QUICK_CASES, 1) if quick else (inputs.CASES, ROUNDS)
    kept = load_settings().home / "bench"
    kept.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="run-", dir=kept) as scratch, databases() as server:
        bench = Bench(Path(scratch), server, cases, inputs.base(kept, cases), tell)
        for number in range(1, rounds + 1):
            tell(f"第 {number}/{rounds} 轮 · round {number} of {rounds}")
            bench.reading()
            bench.loading()
            bench.dialects()
            bench.values["dag_folder_200_registrations"].append(dagfolder.seconds(bench.folder))
        if not quick:
            bench.large()
            bench.sftp()
            bench.cms()
            bench.supervision(supervision_cases)
            bench.values["catalogue_import_200000"].append(bench.piecewise.catalogue())
            bench.arrival()
    return bench.figures()


@dataclass(slots=True)
class Bench:
    """One run: where it works, what it measures with, and the values found so far."""

    folder: Path
    server: Databases
    cases: int
    clean: Path
    tell: Tell
    values: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    again: Path = field(init=False)
    bad: Path = field(init=False)
    bad_cases: int = field(init=False)
    schema: Path = field(init=False)
    piecewise: Piecewise = field(init=False)

    def __post_init__(self) -> None:
        self.schema = inputs.schema()
        self.again, self.bad = self.folder / "again.xml", self.folder / "bad.xml"
        inputs.again(self.clean, self.again)
        self.bad_cases = inputs.spoilt(self.clean, self.bad)
        self.piecewise = Piecewise(self.folder / "dialects", self.server, self.cases, self.tell)

    def reading(self) -> None:
        """One core: the bare way and the hub's reader, each between two runs of xmllint; then the reader in two processes."""
        args = self._args(inputs.department(self.folder / "reading"))
        before = xmllint(self.schema, self.clean)
        bare = run_child("read_bare", args, {})
        between = xmllint(self.schema, self.clean)
        whole = run_child("read_whole", args, {})
        after = xmllint(self.schema, self.clean)
        for name, result in (("read_bare", bare), ("read_whole", whole)):
            self._gate(name, result)
            inputs.held(f"rows_{self.cases}", result["rows"])
        self.values["parse_validate_shred_vs_xmllint"].append((before + between) / 2 / bare["cpu"])
        self.values["read_with_checks_vs_xmllint"].append((between + after) / 2 / whole["cpu"])
        both = [Child("read_whole", args | {"share": (i, 2)}, {}) for i in range(2)]
        halves = [child.result() for child in both]
        if sum(half["accepted"] for half in halves) != self.cases:
            raise wrong("read_whole", f"two halves with {[half['accepted'] for half in halves]} cases")
        slower = max(half["wall"] for half in halves)
        self.values["two_processes_vs_one_reading"].append(whole["wall"] / slower)
        self.tell(f"  xmllint {between:.2f}s  bare {bare['cpu']:.2f}s  reader {whole['cpu']:.2f}s")

    def loading(self) -> None:
        """PostgreSQL: bare load, the whole way, the same cases again, and a package with one bad case in a hundred."""
        bare = self._bare()
        with self.server.fresh() as url:
            first = self._exchange("first", url, self.clean, accepted=self.cases)
            self._same_rows("end_to_end", bare, first)
            again = self._exchange("again", url, self.again, duplicate=self.cases)
            self._same_rows("again", bare, again)
        with self.server.fresh() as url:
            good = self.cases - self.bad_cases
            bad = self._exchange("bad", url, self.bad, accepted=good, rejected=self.bad_cases)
        values = self.values
        values["end_to_end_vs_bare_load"].append(first["wall"] / bare["wall"])
        values["end_to_end_rate"].append(self.cases / first["wall"])
        values["same_cases_again_vs_first_load"].append(again["wall"] / first["wall"])
        values["one_percent_bad_vs_clean"].append(bad["wall"] / first["wall"])
        values["peak_memory"] += [max(first["peak"], again["peak"], bad["peak"])]
        self.tell(
            f"  bare load {bare['wall']:.2f}s  end to end {first['wall']:.2f}s  again {again['wall']:.2f}s"
            f"  1 % bad {bad['wall']:.2f}s  peak {first['peak']:.0f} MB"
        )

    def dialects(self) -> None:
        """Rows and stage messages beside whole cases."""
        for name, value in self.piecewise.round().items():
            self.values[name].append(value)

    def large(self) -> None:
        """Peak memory for one package twenty times as large."""
        path = self.folder / "large.xml"
        total = inputs.copies(self.clean, path, inputs.LARGE_COPIES)
        self.tell(f"  {total} 件一包 · {total} cases in one package …")
        with self.server.fresh() as url:
            result = self._exchange("large", url, path, tables=False, accepted=total)
        path.unlink()
        self.values["peak_memory_200000"].append(result["peak"])

    def sftp(self) -> None:
        """An SFTP directory on OpenSSH: many small packages, one large, a listing of very many."""
        for name, found in sftp.measure(self.folder / "sftp", self.server, self.tell).items():
            self.values[name] += found

    def cms(self) -> None:
        """Sealed packages beside openssl."""
        for name, found in cms.measure(self.folder / "cms", self.tell).items():
            self.values[name] += found

    def supervision(self, cases: int) -> None:
        """The whole rule library over the cases many times over."""
        for name, found in supervision.measure(
            self.folder / "supervision", self.server, self.clean, self.tell, cases
        ).items():
            self.values[name] += found

    def arrival(self) -> None:
        """From a file in the directory to its card, by way of Airflow."""
        for name, found in arrival.measure(
            self.folder / "arrival", self.server, self.clean, self.tell
        ).items():
            self.values[name] += found

    def figures(self) -> list[Figure]:
        """The lines of the result."""
        peaks = ("peak_memory", "peak_memory_200000")
        return [
            figure(name, found, max) if name in peaks else figure(name, found)
            for name, found in self.values.items()
        ]

    def _bare(self) -> Result:
        with self.server.fresh() as url:
            args = self._args(inputs.department(self.folder / "bare"))
            result = run_child("load_bare", args, {"SUPHUB_DATABASE_URL": url})
        self._gate("load_bare", result)
        inputs.held(f"rows_{self.cases}", result["rows"])
        return result

    def _exchange(self, name: str, url: str, package: Path, *, tables: bool = True, **counts: int) -> Result:
        """One exchange of one package in a home of its own; the counts named must be met, all others zero."""
        home = self.folder / name
        systems = inputs.department(home / "department")
        inputs.put(home / "department", package, f"{name}.xml")
        environment = {
            "SUPHUB_DATABASE_URL": url,
            "SUPHUB_HOME": str(home / "var"),
            "SUPHUB_SYSTEMS": str(systems),
        }
        result = run_child("exchange", {"code": inputs.SYSTEM, "tables": tables}, environment)
        [found] = result["packages"]
        outcomes = ("accepted", "rejected", "duplicate", "stale", "conflict", "pending")
        seen = {outcome: found[outcome] for outcome in outcomes if found[outcome]}
        if found["state"] != "closed" or seen != {k: v for k, v in counts.items() if v}:
            raise wrong(name, f"{found['state']}, {seen} instead of {counts}")
        if not (home / "department" / "receipts" / f"{name}.xml.receipt.xml").is_file():
            raise wrong(name, "no receipt")
        shutil.rmtree(home)
        return result

    def _gate(self, name: str, result: Mapping[str, Any]) -> None:
        if (result["accepted"], result["rejected"]) != (self.cases, 0):
            raise wrong(name, f"{result['accepted']} accepted, {result['rejected']} rejected")

    def _same_rows(self, name: str, bare: Result, other: Result) -> None:
        for table, found in bare["tables"].items():
            if other["tables"][table] != found:
                raise wrong(name, f"table {table}: {other['tables'][table]} instead of {found}")

    def _args(self, systems: Path) -> dict[str, Any]:
        return {"systems": str(systems), "code": inputs.SYSTEM, "document": str(self.clean)}
