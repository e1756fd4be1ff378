"""Which findings are worth an alert, what they say, and how long silence is."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from frontend_probe.report import FAIL, OK, UNREACHED, UNSEEN, WARN, Check, Report
from hub.clock import SHANGHAI, to_us
from hub.errors import Place, RetryError, StopError
from hub.pipeline.validate import anybody
from hub.watch.conditions import BY_CHECK, CONDITIONS, judge, of_failure
from hub.watch.facts import quiet_for

LAND = anybody("land-bureau")


def report(*checks: tuple[str, str] | tuple[str, str, str]) -> Report:
    rows = [(*check, "seen")[:3] for check in checks]
    return Report("land-bureau", tuple(Check(n, v, s, "expected", "remedy", 1.0) for n, v, s in rows))


@pytest.mark.parametrize(
    ("checks", "holds", "over"),
    [
        ([("clock", OK), ("silence", OK)], [], ["probe.failing", "silence"]),
        ([("clock", WARN)], [], ["probe.failing"]),
        ([("clock", FAIL)], ["probe.failing"], []),
        ([("silence", WARN)], ["silence"], ["probe.failing"]),
        ([("backlog", WARN), ("hub.backlog", OK)], ["backlog"], ["probe.failing"]),
        ([("backlog", FAIL), ("hub.backlog", OK)], ["probe.failing"], ["backlog"]),
        ([("hub.space", FAIL), ("expected", WARN)], ["hub.space", "volume"], ["probe.failing"]),
        ([("credentials", WARN), ("inbox.reachable", FAIL)], ["credentials", "probe.failing"], []),
        ([("silence", WARN, UNSEEN)], [], ["probe.failing"]),
        ([("reachable", FAIL), ("backlog", WARN, UNREACHED)], ["probe.failing"], []),
        ([("sample", WARN)], [], ["probe.failing"]),
    ],
)  # fmt: skip
def test_checks_become_conditions(checks: list[tuple[str, str]], holds: list[str], over: list[str]) -> None:
    found = judge(LAND, report(*checks))
    assert sorted(each.condition.name for each in found.holds) == holds
    assert [each.name for each in found.over] == over


def test_every_check_that_is_named_leads_to_a_condition() -> None:
    assert set(BY_CHECK.values()) < set(CONDITIONS)
    assert {each.level for each in CONDITIONS.values()} == {1, 2, 3}


def test_a_condition_of_the_hub_itself_is_one_whichever_system_finds_it() -> None:
    [trouble] = judge(LAND, report(("hub.space", WARN))).holds
    assert (trouble.system, trouble.organizations) == ("hub", ())


def test_a_trouble_says_what_was_seen_and_what_to_do() -> None:
    [trouble] = judge(LAND, report(("inbox.writable", FAIL), ("clock", FAIL))).holds
    for text in (trouble.body_zh, trouble.body_en):
        assert "inbox.writable: seen" in text
        assert "clock: seen" in text
        assert "remedy" in text
        assert "suphub probe land-bureau" in text


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (RetryError("DOWN", zh="不通", en="down", remedy_zh="等", remedy_en="wait", place=Place(file="/in")),
         ["DOWN", "file=/in", "down", "wait", "by itself"]),
        (StopError("KEY", zh="钥匙", en="key", remedy_zh="换", remedy_en="change it"), ["KEY", "change it", "Somebody must"]),
        (KeyError("张三 430102199001011234"), ["KeyError", "fault of the hub"]),
    ],
)  # fmt: skip
def test_an_exchange_that_fails_is_told_with_its_error_but_not_with_data(
    error: Exception, said: list[str]
) -> None:
    trouble = of_failure(LAND, "exchange.failing", error)
    assert all(word in trouble.body_en for word in said)
    assert "4301021990" not in trouble.body_zh + trouble.body_en


def at(text: str) -> int:
    return to_us(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI))


SATURDAY, SUNDAY = date(2026, 11, 21), date(2026, 11, 22)


@pytest.mark.parametrize(
    ("last", "now", "hours"),
    [
        ("2026-11-19T10:00", "2026-11-20T10:00", 24),
        ("2026-11-20T18:00", "2026-11-23T09:00", 15),  # over a weekend
        ("2026-11-21T12:00", "2026-11-22T12:00", 0),  # within it
        ("2026-11-21T12:00", "2026-11-23T01:30", 1.5),
        ("2026-11-20T23:00", "2026-11-21T05:00", 1),
        ("2026-11-20T10:00", "2026-11-20T09:00", 0),  # clocks may differ
    ],
)
def test_days_of_rest_are_no_silence(last: str, now: str, hours: float) -> None:
    assert quiet_for(at(last), at(now), [SATURDAY, SUNDAY]) == timedelta(hours=hours)
