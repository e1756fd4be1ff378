"""Every rule that must be raised for a case: what the limits say, and what each family of rules says beside them."""

from __future__ import annotations

from hub.simulate import (
    anomaly_case,
    evaluation_plants,
    fees_truth,
    paper_truth,
    reporting_truth,
    standing_truth,
)
from hub.simulate.judge import findings
from hub.simulate.judge_further import further
from hub.simulate.life import Life

CANONICAL = "canonical"


def verdicts(life: Life, today: int, dialect: str = CANONICAL) -> tuple[str, ...]:
    """The rules that hold for a case as of the end of `today`, in order, as far as the dialect tells what they need."""
    limits = findings(life, today)
    found = (
        limits,
        further(life, today, dialect),
        standing_truth.steps(life, today, dialect),
        evaluation_plants.findings(life, today),
        fees_truth.findings(life, today, dialect),
        reporting_truth.findings(life, today, limits),
        paper_truth.findings(life, today, dialect),
        anomaly_case.findings(life, today, dialect),
    )
    return tuple(sorted(rule for family in found for rule in family))
