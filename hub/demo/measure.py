"""Per rule, how many of the cards that must stand do stand, and how many of those that stand must: recall and precision.

`python -m hub.demo.measure FOLDER…` compares the hub's cards with the truth.json of simulated departments, all of those
that are supervised together: the rule on peers (X12) looks at them side by side.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from hub.central.tables.business import card
from hub.demo.truth import WITHDRAWN
from hub.simulate.anomaly_truth import far_off
from hub.simulate.judge import LEVELS

Key = tuple[str, str, str, int]


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


def measure(connection: Connection, truths: Sequence[Mapping[str, Any]]) -> list[Measured]:
    """Every rule that was expected or raised in the systems of these truths, in the order of the codes."""
    wanted = Counter(_key(truth["system"], each) for truth in truths for each in truth["cards"])
    wanted.update(_among_peers(truths))
    systems = [truth["system"] for truth in truths]
    rows = connection.execute(
        select(card.c.system, card.c.case_no, card.c.subject, card.c.rule, card.c.level).where(
            card.c.system.in_(systems), card.c.state != WITHDRAWN
        )
    )
    seen = Counter(_key(row.system, row._asdict()) for row in rows)
    both = wanted & seen
    rules = sorted({key[2] for key in wanted | seen}, key=lambda rule: (rule[:1], len(rule), rule))
    return [Measured(rule, *(_of(counter, rule) for counter in (wanted, seen, both))) for rule in rules]


def _among_peers(truths: Sequence[Mapping[str, Any]]) -> Counter[Key]:
    outcomes = {truth["system"]: truth["outcomes"] for truth in truths}
    return Counter((system, subject, "X12", LEVELS["X12"]) for system, subject in far_off(outcomes))


def _key(system: str, told: Mapping[str, Any]) -> Key:
    """What is not about one case is named by its subject."""
    return system, told["case_no"] or told.get("subject") or "", told["rule"], told["level"]


def _of(counted: Counter[Key], rule: str) -> int:
    return sum(count for key, count in counted.items() if key[2] == rule)


def main(folders: Sequence[str]) -> int:
    """Print the table; 0 when every rule has precision and recall 1, else 1."""
    from rich.console import Console
    from rich.table import Table

    from hub import wiring
    from hub.central.engine import reading

    truths = [json.loads((Path(folder) / "truth.json").read_text(encoding="utf-8")) for folder in folders]
    with reading(wiring.engine()) as connection:
        found = measure(connection, truths)
    table = Table(
        "规则 rule",
        "应发 expected",
        "已发 raised",
        "相符 right",
        "精确率 precision",
        "召回率 recall",
        box=None,
    )
    for each in found:
        numbers = (each.expected, each.raised, each.right)
        table.add_row(each.rule, *map(str, numbers), f"{each.precision:.3f}", f"{each.recall:.3f}")
    Console().print(table)
    return 0 if all(each.precision == each.recall == 1 for each in found) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
