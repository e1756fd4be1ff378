"""The dialects that send pieces, and the catalogue, beside the canonical way: the same lives, gated on the same cases."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import inputs
from bench.catalogue import ITEMS
from bench.children import run as run_child
from bench.children import wrong
from bench.dialects import document
from bench.postgres import Databases
from hub.simulate.world import DIALECTS

SHORT = {"national-exchange-db": "national_rows", "pinyin-stages": "pinyin_messages"}


@dataclass(slots=True)
class Piecewise:
    """One document in each dialect, of the same life-cycles, and what is measured with them."""

    folder: Path
    server: Databases
    cases: int
    tell: Callable[[str], None]
    documents: dict[str, Path] = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        self.documents = {name: document(name, self.cases, self.folder) for name in DIALECTS}

    def round(self) -> dict[str, float]:
        """Metric → value: cases a second of CPU in reading, mapping and assembling; and on the whole way into PostgreSQL."""
        reading = {name: self._read(name) for name in DIALECTS}
        whole = {name: self._exchange(name) for name in DIALECTS}
        found = {}
        for name, short in SHORT.items():
            found[f"{short}_vs_canonical_reading"] = reading["canonical"] / reading[name]
            found[f"{short}_vs_canonical_end_to_end"] = whole["canonical"] / whole[name]
        self.tell("  " + "  ".join(f"{name} {reading[name]:.2f}s/{whole[name]:.2f}s" for name in DIALECTS))
        return found

    def catalogue(self, items: int = ITEMS) -> float:
        """Seconds that the import of a catalogue takes."""
        self.tell(f"  {items} 个事项的事项库 · a catalogue of {items} items …")
        with self.server.fresh() as url:
            return float(run_child("import_catalogue", {"url": url, "items": items}, {})["seconds"])

    def _read(self, name: str) -> float:
        result = run_child("read_dialect", {"dialect": name, "document": str(self.documents[name])}, {})
        if result["cases"] != self.cases:
            raise wrong(f"read {name}", f"{result['cases']} cases instead of {self.cases}")
        return float(result["cpu"])

    def _exchange(self, name: str) -> float:
        """Wall seconds from the file in the inbox to its receipt; every case must be there and whole."""
        home = self.folder / f"home-{name}"
        systems = inputs.department(home / "department", dialect=name)
        suffix = "jsonl" if name == "national-exchange-db" else "xml"
        inputs.put(home / "department", self.documents[name], f"all.{suffix}")
        with self.server.fresh() as url:
            environment = {
                "SUPHUB_DATABASE_URL": url, "SUPHUB_HOME": str(home / "var"), "SUPHUB_SYSTEMS": str(systems),
            }  # fmt: skip
            result = run_child("exchange", {"code": inputs.SYSTEM, "heads": True}, environment)
        shutil.rmtree(home)
        [package] = result["packages"]
        self._gate(name, package, result["heads"])
        return float(result["wall"])

    def _gate(self, name: str, package: dict[str, Any], heads: dict[str, int]) -> None:
        # In the stage messages an application alone does not name the organisation: its case waits for the acceptance.
        waiting = heads.get("pending", 0)
        taken = package["accepted"] + package["pending"]
        whole = heads.get("current", 0) + waiting == self.cases and waiting <= self.cases // 50
        if package["state"] != "closed" or taken != package["cases"] or not whole:
            raise wrong(f"exchange {name}", f"{package}, heads {heads}")
