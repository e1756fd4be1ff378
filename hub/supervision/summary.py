"""What a run of supervision did, as people and scripts read it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.supervision.moving import Moved


@dataclass(slots=True)
class Summary:
    """What a run did. `judged` and `not_judged` count cases (or units) per rule, the rest counts cards per rule."""

    as_of: str
    day: str
    calendar_version: int
    profile: str
    rules: Sequence[str]
    everything: bool = True  # all cases, or those that could have changed
    cases: int = 0  # looked at
    judged: Counter[str] = field(default_factory=Counter)
    not_judged: dict[str, dict[str, int]] = field(default_factory=dict)
    raised: Counter[str] = field(default_factory=Counter)
    issued: Counter[str] = field(default_factory=Counter)  # 待发 → 已发
    relevelled: Counter[str] = field(default_factory=Counter)  # another level by a changed rule
    refigured: Counter[str] = field(
        default_factory=Counter
    )  # another last day by other data or another calendar
    ordered: Counter[str] = field(default_factory=Counter)  # orders begun for cards that were there
    moved: Moved = field(default_factory=Moved)  # deadlines of answers and hands that the calendar moved
    closed: Counter[str] = field(default_factory=Counter)
    withdrawn: Counter[str] = field(default_factory=Counter)

    def count(self, judged: Mapping[str, int], not_judged: Mapping[str, Mapping[str, int]]) -> None:
        """Add what one chunk counted."""
        self.judged.update(judged)
        for rule, reasons in not_judged.items():
            held = self.not_judged.setdefault(rule, {})
            for reason, cases in reasons.items():
                held[reason] = held.get(reason, 0) + cases

    def empty(self) -> Summary:
        """A summary of the same run that has counted nothing yet."""
        return Summary(self.as_of, self.day, self.calendar_version, self.profile, self.rules, self.everything)

    def add(self, other: Summary) -> None:
        """Add what another part of the run counted and did."""
        self.cases += other.cases
        self.count(other.judged, other.not_judged)
        for name in ("raised", "issued", "relevelled", "refigured", "ordered", "closed", "withdrawn"):
            getattr(self, name).update(getattr(other, name))

    def as_dict(self) -> dict[str, Any]:
        """The summary as plain data; every rule is named, also with 0."""
        return {
            "as_of": self.as_of,
            "day": self.day,
            "calendar_version": self.calendar_version,
            "profile": self.profile,
            "everything": self.everything,
            "cases": self.cases,
            "judged": {rule: self.judged[rule] for rule in self.rules},
            "not_judged": {rule: dict(sorted(self.not_judged.get(rule, {}).items())) for rule in self.rules},
            **{
                name: {rule: counter[rule] for rule in self.rules}
                for name, counter in (
                    ("raised", self.raised),
                    ("issued", self.issued),
                    ("relevelled", self.relevelled),
                    ("refigured", self.refigured),
                    ("ordered", self.ordered),
                    ("closed", self.closed),
                    ("withdrawn", self.withdrawn),
                )
            },
            "moved": {"cards": self.moved.cards, "hands": self.moved.hands},
        }
