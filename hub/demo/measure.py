"""Per rule, how many of the cards that must stand do stand, and how many of those that stand must: recall and precision.

`suphub measure cards FOLDER…` compares the hub's cards with the truth.json of simulated departments, all of those
that are supervised together: the rule on peers (X12) looks at them side by side.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, select

from hub.central.tables.business import card
from hub.central.tables.complaints import complaint
from hub.demo.truth import ABOUT_WHAT_WAS_SENT, WITHDRAWN
from hub.simulate.anomaly_truth import far_off
from hub.simulate.complaints import TRUTH as COMPLAINTS
from hub.simulate.judge import LEVELS

Key = tuple[str, str, str, int]
TRUTH = "truth.json"
COLUMNS = (
    "规则 rule",
    "应发 expected",
    "已发 raised",
    "相符 right",
    "精确率 precision",
    "召回率 recall",
)
TERMS = ("K1", "K2", "K3", "K4")
LEVEL_OF_TERMS = 2


@dataclass(frozen=True, slots=True)
class Measured:
    """One rule: cards that must stand, cards that stand, and how many are both."""

    rule: str
    expected: int
    raised: int
    right: int

    @property
    def precision(self) -> float:
        """Of the cards that stand, the share that must; 1 where there is none."""
        return self.right / self.raised if self.raised else 1.0

    @property
    def recall(self) -> float:
        """Of the cards that must stand, the share that do; 1 where there is none."""
        return self.right / self.expected if self.expected else 1.0


def measure(
    connection: Connection, truths: Sequence[Mapping[str, Any]], complaints: Sequence[Mapping[str, Any]] = ()
) -> list[Measured]:
    """Every rule that was expected or raised in the systems of these truths, and about these complaints (complaints.json),
    in the order of the codes."""
    wanted = Counter(_key(truth["system"], each) for truth in truths for each in truth["cards"])
    wanted.update(_among_peers(truths))
    systems = [truth["system"] for truth in truths]
    rows = connection.execute(
        select(card.c.system, card.c.case_no, card.c.subject, card.c.rule, card.c.level).where(
            card.c.system.in_(systems), card.c.state != WITHDRAWN, ABOUT_WHAT_WAS_SENT
        )
    )
    seen = Counter(_key(row.system, row._asdict()) for row in rows)
    for told in complaints:
        wanted_of, seen_of = _of_complaints(connection, told)
        wanted, seen = wanted + wanted_of, seen + seen_of
    return compared(wanted, seen)


def compared(wanted: Counter[Key], seen: Counter[Key]) -> list[Measured]:
    """Per rule the cards that must stand against those that do."""
    both = wanted & seen
    rules = sorted({key[2] for key in wanted | seen}, key=lambda rule: (rule[:1], len(rule), rule))
    return [Measured(rule, *(_of(counter, rule) for counter in (wanted, seen, both))) for rule in rules]


def _among_peers(truths: Sequence[Mapping[str, Any]]) -> Counter[Key]:
    outcomes = {truth["system"]: truth["outcomes"] for truth in truths}
    return Counter((system, subject, "X12", LEVELS["X12"]) for system, subject in far_off(outcomes))


def _of_complaints(connection: Connection, told: Mapping[str, Any]) -> tuple[Counter[Key], Counter[Key]]:
    """Cards about complaints, by the hotline's numbers: those that must stand and those that do; none of a file that was
    never brought in."""
    numbers = [each["hotline_no"] for each in told["complaints"]]
    rows = connection.execute(
        select(complaint.c.complaint_id, complaint.c.hotline_no).where(complaint.c.hotline_no.in_(numbers))
    )
    names = {f"complaint {row.complaint_id}": row.hotline_no for row in rows}
    wanted = Counter(
        ("", each["hotline_no"], rule, LEVEL_OF_TERMS)
        for each in told["complaints"]
        for rule in each["cards"]
    )
    cards = connection.execute(
        select(card.c.unit_key, card.c.rule, card.c.level).where(
            card.c.unit_key.in_(list(names)), card.c.rule.in_(TERMS), card.c.state != WITHDRAWN
        )
    )
    seen = Counter(("", names[row.unit_key], row.rule, row.level) for row in cards)
    return (wanted, seen) if names else (Counter(), Counter())


def _key(system: str, told: Mapping[str, Any]) -> Key:
    """What is not about one case is named by its subject."""
    return system, told["case_no"] or told.get("subject") or "", told["rule"], told["level"]


def _of(counted: Counter[Key], rule: str) -> int:
    return sum(count for key, count in counted.items() if key[2] == rule)


def measured(folders: Sequence[Path]) -> list[Measured]:
    """The rules in the hub of the settings, by the truths of departments that are supervised together."""
    from hub import wiring
    from hub.central.engine import reading

    truths = [_read(folder / TRUTH) for folder in folders]
    complaints = [_read(folder / COMPLAINTS) for folder in folders if (folder / COMPLAINTS).is_file()]
    with reading(wiring.engine()) as connection:
        return measure(connection, truths, complaints)


def departments_of(home: Path) -> list[Path]:
    """The folders of the demonstration's departments below the hub's folder, or none."""
    return sorted(path.parent for path in (home / "departments").glob(f"*/{TRUTH}"))


def exact(found: Sequence[Measured]) -> bool:
    """Whether every rule has precision and recall 1."""
    return all(each.precision == each.recall == 1 for each in found)


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def main(folders: Sequence[str]) -> int:
    """Print what was measured; 0 when every rule has precision and recall 1, else 1."""
    return print_measured(measured([Path(folder) for folder in folders]))


def print_measured(found: Sequence[Measured]) -> int:
    """Print the table; 0 when every rule has precision and recall 1, else 1."""
    table = Table(*COLUMNS, box=None)
    for each in found:
        table.add_row(each.rule, *_figures(each))
    Console().print(table)
    return 0 if exact(found) else 1


def print_families(console: Console, found: Sequence[Measured]) -> None:
    """A line for each family of rules (T, L, C …), and one for each rule that is not exact."""
    table = Table(*COLUMNS, box=None, title="精确率与召回率 · Precision and recall", title_justify="left")
    table.title_style = "bold"
    for family, group in groupby(found, key=lambda each: each.rule[:1]):
        own = list(group)
        sums = (sum(getattr(each, name) for each in own) for name in ("expected", "raised", "right"))
        table.add_row(*_line(f"{family} ({len(own)})", Measured(family, *sums)))
        for each in own:
            if not exact([each]):
                table.add_row(*_line(f"  {each.rule}", each))
    console.print(table)


def _line(name: str, each: Measured) -> tuple[str, ...]:
    return name, *_figures(each)


def _figures(each: Measured) -> tuple[str, ...]:
    numbers = (each.expected, each.raised, each.right)
    return (*map(str, numbers), f"{each.precision:.3f}", f"{each.recall:.3f}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
