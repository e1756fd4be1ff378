"""A probe ends within its time whatever hangs, and says of each check what became of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest

from frontend_probe import report as reporting
from frontend_probe.report import FAIL, OK, UNSEEN, WARN, Finding, in_time, run, within
from hub.errors import RetryError


def fine() -> Finding:
    return Finding(OK, "seen", "expected", "a remedy that nobody needs")


@pytest.fixture
def hanging() -> threading.Event:
    """Never set while a test looks on."""
    return threading.Event()


def test_a_look_that_hangs_fails_after_its_time_and_the_next_ones_are_made(
    monkeypatch: pytest.MonkeyPatch, hanging: threading.Event
) -> None:
    def hang() -> Finding:
        hanging.wait(600)
        return fine()

    def looks() -> Iterator[tuple[str, Callable[[], Finding]]]:
        yield "first", fine
        with monkeypatch.context() as patch:
            patch.setattr(
                reporting, "LOOK_S", 0.2
            )  # for this one: the others have time on a busy machine too
            yield "stuck", hang
        yield "last", fine

    begun = time.monotonic()
    found = run("land", looks())
    hanging.set()
    assert time.monotonic() - begun < 300
    assert [(check.name, check.verdict) for check in found.checks] == [
        ("first", OK),
        ("stuck", FAIL),
        ("last", OK),
    ]
    assert "no answer" in found.checks[1].seen
    assert found.checks[1].remedy
    assert found.checks[1].took_ms >= 200


def test_what_the_common_time_does_not_reach_says_so() -> None:
    with within(0):
        found = run("land", [("one", fine)])
    [check] = found.checks
    assert (check.verdict, check.seen) == (WARN, UNSEEN)
    assert run("land", [("one", fine)]).verdict == OK


def test_all_probes_inside_share_the_time(monkeypatch: pytest.MonkeyPatch, hanging: threading.Event) -> None:
    def hang() -> Finding:
        hanging.wait(600)
        return fine()

    clock = iter([0.0, 0.0, 0.3])  # when the time is set, and when each look begins
    stopped = SimpleNamespace(monotonic=lambda: next(clock), perf_counter=time.perf_counter)
    monkeypatch.setattr(reporting, "time", stopped)
    with within(0.3):
        first, second = run("land", [("stuck", hang)]), run("land", [("late", fine)])
    hanging.set()
    assert first.checks[0].verdict == FAIL
    assert second.checks[0].seen == UNSEEN


def test_a_hubs_error_in_a_look_is_a_failed_check_with_its_remedy() -> None:
    def refuse() -> Finding:
        raise RetryError("CODE", zh="不通", en="down", remedy_zh="等", remedy_en="wait")

    [check] = run("land", [("one", refuse)]).checks
    assert (check.verdict, check.seen, check.remedy) == (FAIL, "CODE: 不通 / down", "等 / wait")


def test_a_fault_of_the_hub_in_a_look_is_a_failed_check_that_is_logged_and_holds_up_no_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail() -> Finding:
        raise KeyError("张三")

    broken, after = run("land", [("one", fail), ("two", fine)]).checks
    assert (broken.name, broken.verdict, after.verdict) == ("one", FAIL, OK)
    assert "KeyError" in broken.seen
    assert broken.remedy
    assert "张三" not in broken.seen + broken.remedy
    [said] = caplog.records
    assert "one" in said.getMessage()
    assert "Traceback" in caplog.text


def test_work_in_time_gives_its_result_and_late_work_none(hanging: threading.Event) -> None:
    assert in_time(lambda: 5, 600) == 5
    assert in_time(lambda: hanging.wait(600), 0.05) is None
    hanging.set()
