"""A run of supervision by the time rules alone: what the other families find in the tests' plain cases is theirs to test."""

from __future__ import annotations

from functools import partial

from hub.supervision import run
from hub.supervision.library import declared

TIME = tuple(code for code, rule in declared().items() if rule.family == "time")
supervise = partial(run.supervise, only=TIME)
supervise_limits = partial(run.supervise, only=("T1", "T2", "T3"))
