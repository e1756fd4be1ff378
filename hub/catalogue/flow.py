"""An item's flow (权力运行流程) as a graph: where it begins and ends, what cannot be reached, what never ends. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Branch:
    """From one step to one that may follow it."""

    start: str
    end: str
    condition: str | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """Steps by code in their order, and the branches between them; a branch to an unknown step is in `broken`."""

    steps: Mapping[str, Mapping[str, Any]]
    branches: tuple[Branch, ...]
    broken: tuple[Branch, ...] = field(default=())

    @property
    def first(self) -> str | None:
        """Where the flow begins: the first step of type 1, else the first that follows none, else the first."""
        for code, step in self.steps.items():
            if step.get("step_type") == "1":
                return code
        followed = {branch.end for branch in self.branches}
        return next((code for code in self.steps if code not in followed), next(iter(self.steps), None))

    @property
    def ends(self) -> tuple[str, ...]:
        """The steps that nothing follows."""
        begun = {branch.start for branch in self.branches}
        return tuple(code for code in self.steps if code not in begun)

    def after(self, code: str) -> list[str]:
        """The steps that may follow."""
        return [branch.end for branch in self.branches if branch.start == code]

    def unreachable(self) -> tuple[str, ...]:
        """The steps that no way from the first one reaches."""
        first = self.first
        seen = _reached([first] if first else [], self.branches)
        return tuple(code for code in self.steps if code not in seen)

    def endless(self) -> tuple[str, ...]:
        """The steps from which no end can be reached."""
        back = tuple(Branch(branch.end, branch.start) for branch in self.branches)
        seen = _reached(self.ends, back)
        return tuple(code for code in self.steps if code not in seen)

    def returns(self) -> frozenset[tuple[str, str]]:
        """Branches that lead back to a step that is still under way: found walking from the first, in order."""
        found: set[tuple[str, str]] = set()
        done: set[str] = set()
        for root in [self.first, *self.steps]:
            if root is None or root in done:
                continue
            way: list[tuple[str, list[str]]] = [(root, self.after(root))]
            under = {root}
            while way:
                code, rest = way[-1]
                if not rest:
                    way.pop()
                    under.discard(code)
                    done.add(code)
                    continue
                following = rest.pop(0)
                if following in under:
                    found.add((code, following))
                elif following not in done:
                    under.add(following)
                    way.append((following, self.after(following)))
        return frozenset(found)


def flow_of(steps: Sequence[Mapping[str, Any]]) -> Flow:
    """The flow of a document's steps (`next`: codes, or {to, when})."""
    known = {str(step["step_code"]): step for step in steps}
    branches = [
        Branch(code, str(each["to"]), each.get("when"))
        if isinstance(each, Mapping)
        else Branch(code, str(each))
        for code, step in known.items()
        for each in step.get("next", ())
    ]
    return Flow(
        known,
        tuple(branch for branch in branches if branch.end in known),
        tuple(branch for branch in branches if branch.end not in known),
    )


def _reached(begin: Sequence[str], branches: Sequence[Branch]) -> set[str]:
    following: dict[str, list[str]] = {}
    for branch in branches:
        following.setdefault(branch.start, []).append(branch.end)
    seen, waiting = set(begin), list(begin)
    while waiting:
        for each in following.get(waiting.pop(), ()):
            if each not in seen:
                seen.add(each)
                waiting.append(each)
    return seen
