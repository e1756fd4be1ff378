"""The watch at work: probes systems side by side, keeps their reports, opens and closes alerts, and sends what is to be said."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from frontend_probe.report import FAIL, Report
from hub.central.engine import reading, writing
from hub.errors import HubError, StopError
from hub.messages.send import ROUND_S, Round, send_due
from hub.messages.shapes import Book
from hub.register import Registration
from hub.watch import alerts, history
from hub.watch.conditions import HUB, Trouble, judge, of_failure
from hub.watch.probing import Tools, reported

log = logging.getLogger(__name__)

AT_ONCE = 4
"""Systems that are probed at the same time by one worker: they mostly wait."""
AFTERWARDS_S = 20.0
"""What is sent right after an alert may take so long; the rest leaves with the next round."""


@dataclass(frozen=True, slots=True)
class Watcher:
    """`book` reads messages.yaml and raises StopError MESSAGES_FILE."""

    tools: Tools
    book: Callable[[], Book]

    def watch(self, systems: Sequence[Registration]) -> list[Report]:
        """Probe systems, keep the reports, open and close alerts. One that fails or hangs holds up no other.

        A faulty messages.yaml is raised after all have been probed: until it is mended no alert changes, so that none
        is opened without being told.
        """
        reports = self.look(systems)
        for report in reports:
            with writing(self.tools.engine) as connection:
                history.record(connection, report, self.tools.now())
        book = self.book()
        changed = [self._judged(book, *each) for each in zip(systems, reports, strict=True)]
        if any(changed):
            self._send_now(book)
        return reports

    def look(self, systems: Sequence[Registration]) -> list[Report]:
        """Probe systems and keep nothing."""
        with ThreadPoolExecutor(AT_ONCE) as threads:
            return list(threads.map(lambda found: reported(found, self.tools), systems))

    def forget(self, codes: Sequence[str]) -> int:
        """Close alerts of systems that are registered no longer (`codes` are those that are, paused ones left out)."""
        book = self.book()
        with reading(self.tools.engine) as connection:
            left = alerts.gone(connection, codes)
        closed = [self._over(book, *each) for each in left]
        return sum(closed)

    def failed(self, found: Registration, condition: str, error: Exception) -> None:
        """Open the alert of an exchange or a hand-over that fails. Raises nothing: the failure itself is what has to be seen."""
        self._quietly(lambda book: self._begin(book, of_failure(found, condition, error)))

    def done(self, found: Registration, condition: str) -> None:
        """Close it again. Raises nothing: what was exchanged is exchanged, what was handed over lies there."""
        self._quietly(lambda book: self._over(book, found.code, condition))

    def send(self, seconds: float = ROUND_S) -> Round:
        """Send what is due. Raises StopError MESSAGES_FILE."""
        return send_due(self.tools.engine, self.book(), self.tools.reach, self.tools.now, seconds)

    def prune(self, days: str) -> dict[str, int]:
        """Remove histories older than so many days. Raises StopError HISTORY_DAYS for what is no number of days."""
        number = history.days_of(days)
        with writing(self.tools.engine) as connection:
            return history.prune(connection, number, self.tools.now())

    def _judged(self, book: Book, found: Registration, report: Report) -> bool:
        judged = judge(found, report)
        changed = [self._begin(book, trouble) for trouble in judged.holds]
        changed += [self._over(book, HUB if each.of_hub else found.code, each.name) for each in judged.over]
        return any(changed)

    def _begin(self, book: Book, trouble: Trouble) -> bool:
        with writing(self.tools.engine) as connection:
            return alerts.begin(connection, book, trouble, self.tools.now())

    def _over(self, book: Book, system: str, condition: str) -> bool:
        with reading(self.tools.engine) as connection:
            if (system, condition) not in alerts.open_ones(connection):
                return False  # mostly so: nobody waits for the write lock
        with writing(self.tools.engine) as connection:
            return alerts.over(connection, book, system, condition, self.tools.now())

    def _quietly(self, deed: Callable[[Book], bool]) -> None:
        try:
            book = self.book()
            if deed(book):
                self._send_now(book)
        except HubError as error:
            log.error("告警未能记录 · the alert could not be kept: %s", error)

    def _send_now(self, book: Book) -> None:
        """What cannot leave now leaves with the next round."""
        try:
            done = send_due(self.tools.engine, book, self.tools.reach, self.tools.now, AFTERWARDS_S)
            log.info("消息 messages: %s", done.as_dict())
        except HubError as error:
            log.error("%s", error)


def failing(reports: Sequence[Report]) -> list[Report]:
    """Those with a failed check."""
    return [report for report in reports if report.verdict == FAIL]


def failure(reports: Sequence[Report]) -> StopError | None:
    """The error that makes failed probes visible: which systems, which checks. None where all is well."""
    bad = failing(reports)
    if not bad:
        return None
    told = "; ".join(
        f"{report.system}: {', '.join(check.name for check in report.checks if check.verdict == FAIL)}"
        for report in bad
    )
    first = bad[0].system
    return StopError(
        "PROBE_FAILED",
        zh=f"探测不通过:{told}",
        en=f"Probes that fail: {told}",
        remedy_zh=f"suphub probe {first},按各项的处理办法做;下一小时再探测,或清除本任务",
        remedy_en=f"Run `suphub probe {first}` and do what its checks say; the next probe is within the hour, or clear this task",
    )
