"""Mutated packages are taken or refused; nothing escapes, nothing hangs, nothing is left behind."""

from __future__ import annotations

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.fuzzing import tried

SECONDS = 10
"""Of one package of some kilobytes; they take milliseconds."""


@given(st.integers(0, 2**48))
@settings(max_examples=400, deadline=None)
def test_whatever_is_changed_in_a_package_it_is_taken_or_refused(seed: int) -> None:
    begun = time.process_time()
    tried(seed)
    assert time.process_time() - begun < SECONDS
