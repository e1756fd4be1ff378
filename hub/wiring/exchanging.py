"""The exchange with one system: take, process, deliver, one after the other or each beside the others.

By ways that are mostly waiting the three steps work at once, each on packages of its own: a thread takes the next groups,
the caller's processes those that are the hub's, a thread answers those that are closed. What each of them does, and in
which order on one package, is the same; a step that dies leaves what the next run takes up.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub import wiring
from hub.central.packages import OPEN_STATES
from hub.errors import HubError, StopError
from hub.pipeline.beside import Again, Ahead
from hub.pipeline.deliver import Laying
from hub.pipeline.deliver import deliver as deliver_receipts
from hub.pipeline.oversize import too_large
from hub.shapes import Package

log = logging.getLogger(__name__)

FLOWING = ("sftp",)
"""Ways on which taking and answering are mostly waiting."""
AHEAD = 4
"""Groups that may be taken before the first of them is processed."""
Group = list[Package]


def run(done: list[dict[str, Any]], code: str) -> None:
    """Take, process and deliver; what became of each package is in `done`, also where a failure is raised."""
    if wiring.registration(code).connector["kind"] in FLOWING:
        _beside_each_other(done, code)
    else:
        _one_after_the_other(done, code)


def _one_after_the_other(done: list[dict[str, Any]], code: str) -> None:
    failure: Exception | None = None
    large: dict[str, int] = {}
    try:
        waiting = wiring.take(code, large)
    except HubError as error:
        if error.kind == "stop":
            raise
        failure = error
        waiting = wiring.waiting_packages(code)
    try:
        for _, result in wiring.process_many(code, waiting, own=True):
            if isinstance(result, Exception):
                failure = failure or result
            else:
                done.append(result)
    except StopError as error:
        failure = error
    wiring.deliver(code)
    if failure is None and large:
        failure = too_large(code, large, wiring.limits().package_bytes)
    if failure is not None:
        raise failure


def _beside_each_other(done: list[dict[str, Any]], code: str) -> None:
    """A failure that concerns one file or package is raised after all the others are done. StopError in taking ends it all."""
    found, large = wiring.admitted(code), dict[str, int]()
    with wiring.reaching(found) as source:
        laying = Laying(wiring.engine(), source, wiring.raw_store(), code)

        def take(give: Callable[[Group], None]) -> None:
            wiring.take(code, large, give)

        with Ahead(take, AHEAD) as taken, Again(laying.go_on) as answering:
            processing = _Processing(code, done, answering.more)
            processing.follow(taken)
        _check(code, taken.error, answering.error)
        deliver_receipts(wiring.engine(), source, wiring.raw_store(), code)
    if processing.stopped is not None and taken.error is not None:
        log.error("%s: %s", code, taken.error)
    failure: BaseException | None = processing.stopped or taken.error or processing.failure
    if failure is None and large:
        failure = too_large(code, large, wiring.limits().package_bytes)
    if failure is not None:
        raise failure


def _ends(error: BaseException | None) -> bool:
    """Whether an error in taking ends the exchange: a StopError, or a fault of the hub's own."""
    return error is not None and (isinstance(error, StopError) or not isinstance(error, HubError))


def _check(code: str, taking: BaseException | None, answering: BaseException | None) -> None:
    """Raises what ends the exchange at once."""
    if taking is not None and _ends(taking):
        raise taking
    if answering is not None and not isinstance(answering, HubError):
        raise answering
    if answering is not None:
        log.warning("%s: receipts are laid once more at the end: %s", code, answering)


@dataclass(slots=True)
class _Processing:
    """Processes groups as they come; `failure` is the first package that is not finished, `stopped` what ended it."""

    code: str
    done: list[dict[str, Any]]
    closed: Callable[[], None]  # called when a package has been closed
    failure: Exception | None = None
    stopped: StopError | None = None
    tried: set[int] = field(default_factory=set)

    def follow(self, taken: Ahead[Group]) -> None:
        """Process what is taken, and with the first of it what was left before: that comes first."""
        try:
            for groups in taken.groups():
                if not self.tried:
                    self._process(wiring.waiting_packages(self.code))
                open_ones = {each.id for group in groups for each in group if each.state in OPEN_STATES}
                self._process(sorted(open_ones))
            if not _ends(taken.error):
                self._process(wiring.waiting_packages(self.code))
        except StopError as error:
            self.stopped = error

    def _process(self, ids: Sequence[int]) -> None:
        fresh = [each for each in ids if each not in self.tried]
        self.tried.update(fresh)
        for _, result in wiring.process_many(self.code, fresh, own=True):
            if isinstance(result, Exception):
                self.failure = self.failure or result
            else:
                self.done.append(result)
            self.closed()
