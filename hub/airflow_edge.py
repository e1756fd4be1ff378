"""The one module between the hub and Airflow: what holds for every DAG, what an error means for a task, what each task does."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import (
    Asset,
    Connection,
    Context,
    CronTriggerTimetable,
    RetryDecision,
    RetryPolicy,
    get_current_context,
)
from airflow.sdk.exceptions import AirflowFailException, AirflowNotFoundException, AirflowSkipException

from hub.airflow_slices import MOST_PROBES, cut, slice_name
from hub.errors import RetryError, StopError
from hub.register import load_registration
from hub.settings import load_settings

if TYPE_CHECKING:
    from connectors import Access

log = logging.getLogger(__name__)

RETRIES = 5
"""Tries after the first for an endpoint that does not answer; also what a killed worker gets."""
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=30)
LOOK_SECONDS = 5.0
WATCH_SECONDS = 120.0
"""How often and how long a run of a system that is exchanged continuously looks; receipts that were held up wait no longer."""
CASES = Asset(name="cases", uri="suphub://cases")
"""Updated when an exchange brought something; wakes the judging."""
CARDS = Asset(name="cards", uri="suphub://cards")
"""Updated when cases were judged; wakes the writing of letters."""


class HubRetry(RetryPolicy):
    """Endpoint failures are tried again with growing pauses; anything unexpected once more, then a person must look."""

    def evaluate(
        self,
        exception: BaseException,
        try_number: int,
        max_tries: int,
        context: Context | None = None,
    ) -> RetryDecision:
        attempt = max(1, try_number - max_tries + RETRIES)  # counts anew after somebody cleared the task
        if isinstance(exception, RetryError):
            pause = min(FIRST_PAUSE * 2 ** (attempt - 1), LONGEST_PAUSE)
            return RetryDecision.retry(
                pause, f"{exception.code}: {exception.message_zh} {exception.message_en}"
            )
        if isinstance(exception, StopError):
            return RetryDecision.fail(exception.code)
        if attempt > 1:
            return RetryDecision.fail(f"unexpected twice: {type(exception).__name__}")
        return RetryDecision.retry(FIRST_PAUSE, f"unexpected: {type(exception).__name__}")

    def serialize(self) -> dict[str, object]:
        """Nothing to keep: the policy has no settings."""
        return {}


TASKS: dict[str, Any] = {"retries": RETRIES, "retry_policy": HubRetry(), "retry_delay": FIRST_PAUSE}
"""default_args of every DAG."""
HOUSE: dict[str, Any] = dict(
    catchup=False, max_active_runs=1, is_paused_upon_creation=False, default_args=TASKS
)
"""What holds for every DAG: one run at a time, as of now, from the beginning on."""


def cron(expression: str) -> CronTriggerTimetable:
    """A timetable by the clock of UTC+8."""
    return CronTriggerTimetable(expression, timezone="Asia/Shanghai")


@contextmanager
def stop_fails_at_once() -> Iterator[None]:
    """What a person must mend turns the task red without a retry, with the whole text in the task's log."""
    try:
        yield
    except StopError as error:
        raise AirflowFailException(str(error)) from error


def refuse_registration(stem: str) -> None:
    """The single task of a DAG whose registration cannot be read.

    Reads the file again, so that clearing the task after the file was mended turns it green; the scheduler finds the
    real DAG with its next look into the folder. Raises AirflowFailException with file, line and allowed words.
    """
    with stop_fails_at_once():
        load_registration(load_settings().systems / f"{stem}.yaml")


def connection_of(name: str) -> Access | None:
    """A connection as Airflow keeps it (its screens, a secrets backend); None where it has none of that name."""
    from connectors import Access

    try:
        found = Connection.get(name)
    except AirflowNotFoundException:
        return None
    return Access(
        name, found.conn_type or "", found.host, found.port, found.login, found.password, found.schema,
        dict(found.extra_dejson),
    )  # fmt: skip


def take(code: str, watching: bool = False) -> list[int]:
    """Claim and store what is ready; ids of all packages of the system that are not closed, oldest first.

    `watching`: look again and again for a while until there is something. A run that finds nothing costs as much as one that does.
    """
    from hub import wiring

    wiring.find_connections_with(connection_of)
    with stop_fails_at_once(), wiring.told(code):
        until = time.monotonic() + (WATCH_SECONDS if watching else 0)
        while not (waiting := wiring.take(code)) and time.monotonic() < until:
            time.sleep(LOOK_SECONDS)
        return waiting


def process(code: str, packages: Sequence[int]) -> None:
    """Process the packages of one slice in order, and name the mapped task after them.

    One package that cannot be finished never holds the others: its error is raised after they are done (RetryError or
    whatever it was). A StopError concerns the whole system and is raised at once.
    """
    context = get_current_context()
    context["slice_name"] = slice_name([f"#{package}" for package in packages])  # type: ignore[typeddict-unknown-key]
    from hub import wiring

    wiring.find_connections_with(connection_of)
    with stop_fails_at_once(), wiring.told(code):
        names = _process(code, packages)
    context["slice_name"] = slice_name(names)  # type: ignore[typeddict-unknown-key]


def deliver(code: str) -> None:
    """Give back the receipts that wait. Without packages and receipts the task is skipped and nobody is woken."""
    from hub import wiring

    wiring.find_connections_with(connection_of)
    with stop_fails_at_once(), wiring.told(code):
        delivered = wiring.deliver(code)
    log.info("%s receipts delivered to %s", delivered, code)
    if not delivered and not get_current_context()["ti"].xcom_pull(task_ids="take"):
        raise AirflowSkipException("没有新报文 · nothing new")


def all_finished(code: str) -> None:
    """Runs only where no step was red: a delivered receipt must not hide a failed slice. An alert of its failing is over."""
    from hub import wiring

    wiring.find_connections_with(connection_of)
    with stop_fails_at_once():
        wiring.watcher().done(wiring.registration(code), "exchange.failing")


def probe_slices() -> list[list[str]]:
    """Systems that are not paused, cut into at most MOST_PROBES runs; alerts of those no longer registered are closed."""
    from hub import wiring

    wiring.find_connections_with(connection_of)
    with stop_fails_at_once():
        good, bad = wiring.registrations()
        codes = sorted(code for code, found in good.items() if found.status != "paused")
        wiring.watcher().forget([*codes, *bad])  # a file that cannot be read now is no system that is gone
    return cut(codes, MOST_PROBES)


def probe(codes: Sequence[str]) -> None:
    """Probe the systems of one slice side by side, and name the mapped task after them; red where one fails, without a retry."""
    from hub import wiring
    from hub.watch.running import failure

    get_current_context()["slice_name"] = slice_name(codes)  # type: ignore[typeddict-unknown-key]
    wiring.find_connections_with(connection_of)
    with stop_fails_at_once():
        reports = wiring.watcher().watch([wiring.registration(code) for code in codes])
        for report in reports:
            for check in report.checks:
                level = {"fail": logging.ERROR, "warn": logging.WARNING}.get(check.verdict, logging.INFO)
                log.log(level, "%s %s %s: %s", report.system, check.verdict, check.name, check.seen)
        error = failure(reports)
        if error is not None:
            raise error


def send_messages() -> None:
    """Send what waits in the outbox and is due."""
    from hub import wiring

    wiring.find_connections_with(connection_of)
    with stop_fails_at_once():
        log.info("%s", wiring.watcher().send().as_dict())


def forget_history() -> None:
    """Remove reports of probes, closed alerts and sent messages that are older than SUPHUB_HISTORY_DAYS."""
    from hub import wiring

    with stop_fails_at_once():
        log.info("%s removed", wiring.watcher().prune(load_settings().history_days))


def supervise() -> None:
    """Judge as of now, or as of the end of SUPHUB_TODAY (demonstrations, rehearsals)."""
    from hub import wiring

    with stop_fails_at_once():
        today = wiring.settings().today
        found = wiring.supervise(date.fromisoformat(today) if today else None)
    log.info("%s", found)
    for each in found["waiting"]:
        if each["incomplete"]:
            log.warning(
                "%s: %s 件超过 7 天仍未补齐 · cases incomplete for more than 7 days: suphub case list --system %s --state incomplete",
                each["system"], each["incomplete"], each["system"],
            )  # fmt: skip


def issue_letters() -> None:
    """Write the letters that are due, dated today or SUPHUB_TODAY."""
    from hub.wiring.letters import NO_ADDRESSEE, issue_due, said_of_missing

    with stop_fails_at_once():
        done = issue_due()
    log.info("%s", done)
    if NO_ADDRESSEE in done:
        log.warning("%s", said_of_missing(done[NO_ADDRESSEE]))


def compute_scores() -> None:
    """Work out the month, quarter and year that have just ended; publishing them is somebody's decision."""
    from hub.wiring.score_lists import compute_ended

    with stop_fails_at_once():
        for each in compute_ended():
            log.info("%s", each)


def returning_systems() -> list[str]:
    """Systems that are handed cards; without one nothing is mapped."""
    from hub.wiring.returning import systems

    with stop_fails_at_once():
        return systems()


def hand_over(code: str) -> None:
    """Hand over what waits for one system and take its answers; the mapped task is named after it."""
    from hub import wiring
    from hub.wiring.returning import run

    get_current_context()["slice_name"] = code  # type: ignore[typeddict-unknown-key]
    wiring.find_connections_with(connection_of)
    with stop_fails_at_once():
        log.info("%s: %s", code, run(code))


def sweep() -> None:
    """Remove temporary files older than a day, raw packages stay; write the last summaries of refused log-ins."""
    from hub.wiring.sweeping import run

    with stop_fails_at_once():
        log.info("%s scratch entries removed", run())


def _process(code: str, packages: Sequence[int]) -> list[str]:
    from hub import wiring

    names: list[str] = []
    failed: Exception | None = None
    # Airflow does not promise to begin slices in their order. What came first is judged first all the same: otherwise
    # an older version of a case would be told to be stale because a newer one, sent later, was read before it.
    ordered = [*wiring.untouched(code, min(packages, default=0)), *packages]
    for package, result in wiring.process_many(code, ordered):
        if isinstance(result, Exception):
            failed = failed or result
            continue
        if package in packages:
            names.append(str(result.get("package_id") or result.get("name") or package))
        log.info("%s", " ".join(f"{key}={value}" for key, value in result.items()))
    if failed is not None:
        raise failed
    return names
