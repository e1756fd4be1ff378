"""Deeds that are begun at the same instant: whatever comes of them must be what one after the other would have given."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from itertools import permutations
from typing import Any

from hub.errors import StopError

Deed = Callable[[], Any]
WAIT = 300


def at_once(*deeds: Deed) -> list[BaseException | None]:
    """Run deeds side by side; what each failed with."""
    failures: list[BaseException | None] = [None] * len(deeds)
    start = threading.Barrier(len(deeds))

    def run(number: int) -> None:
        try:
            start.wait(timeout=60)
            deeds[number]()
        except BaseException as error:  # noqa: BLE001 - handed to the test, which looks at it
            failures[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=WAIT)
        assert not thread.is_alive(), "one waits for the other for ever"
    return failures


def one_by_one(deeds: Sequence[Deed], order: Sequence[int]) -> list[BaseException | None]:
    """Run deeds one after the other; what each was refused with."""
    failures: list[BaseException | None] = [None] * len(deeds)
    for number in order:
        try:
            deeds[number]()
        except StopError as error:
            failures[number] = error
    return failures


def codes(failures: Sequence[BaseException | None]) -> tuple[str | None, ...]:
    """The codes of refusals, None for what was done; anything else that went wrong is raised."""
    found: list[str | None] = []
    for failure in failures:
        if failure is not None and not isinstance(failure, StopError):
            raise failure
        found.append(None if failure is None else failure.code)
    return tuple(found)


def as_if_one_by_one(
    make: Callable[[], Any], deeds: Sequence[Callable[[Any], Any]], view: Callable[[Any], Any]
) -> list[BaseException | None]:
    """Do the deeds at once with what `make` makes; codes and `view` are those of some order. Returns the refusals."""
    allowed = []
    for order in permutations(range(len(deeds))):
        thing = make()
        failures = one_by_one([partial(deed, thing) for deed in deeds], order)
        allowed.append((codes(failures), view(thing)))
    thing = make()
    failures = at_once(*(partial(deed, thing) for deed in deeds))
    found = (codes(failures), view(thing))
    assert found in allowed, (found, allowed)
    return failures
