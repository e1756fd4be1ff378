"""A rule is changed by a new version that two people want; the next run judges all cases by it, and by the profile in force."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import typer
from sqlalchemy import Engine, select
from typer.testing import CliRunner

from hub.central.engine import reading, writing
from hub.central.tables.business import card_event
from hub.central.tables.exchange import exchange_log
from hub.cli import rules
from hub.cli import supervise as supervise_commands
from hub.errors import StopError
from hub.supervision.listing import list_cards
from hub.supervision.summary import Summary
from tests.oracle.judging import supervise
from tests.oracle.lives import Life, on
from tests.oracle.loading import put

DAY = date(2025, 3, 12)  # 7 of 10 working days


@pytest.fixture
def suphub(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    app = typer.Typer()
    rules.add_to(app)
    supervise_commands.add_to(app)
    monkeypatch.setenv("SUPHUB_HOME", str(tmp_path))
    monkeypatch.setenv("SUPHUB_DATABASE_URL", str(engine.url))
    with writing(engine) as connection:
        put(connection, [Life(on("2025-03-03 09:00"), promised=10)])

    def run(*arguments: str, code: int = 0) -> str:
        result = CliRunner().invoke(app, arguments)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, result.output
        return result.output

    return run


def levels(engine: Engine) -> dict[str, tuple[int, str]]:
    with reading(engine) as connection:
        return {c["rule"]: (c["level"], c["state"]) for c in list_cards(connection)}


def changed(suphub: Any, *arguments: str, by: str = "王提出") -> None:
    """One person proposes, another activates."""
    number = json.loads(suphub("rule", *arguments, "--by", by, "--json"))["proposal"]
    suphub("rule", "activate", str(number), "--reason", "同意", "--by", "李审核")


def test_a_changed_parameter_is_judged_by_at_once_and_the_old_version_stays(
    suphub: Any, engine: Engine
) -> None:
    supervise(engine, today=DAY, everything=False)
    assert levels(engine) == {}
    changed(suphub, "set", "T1", "share_percent=40", "--reason", "试点", by="监察科")
    supervise(engine, today=DAY, everything=False)
    assert levels(engine) == {"T1": (1, "已发")}
    shown = json.loads(suphub("rule", "show", "T1", "--json"))
    assert [(v["version"], v["parameters"]["share_percent"]) for v in shown["versions"]] == [(1, 20), (2, 40)]
    changed(suphub, "set", "T1", "share_percent=20", "--reason", "试点结束")
    supervise(engine, today=DAY, everything=False)
    assert levels(engine) == {"T1": (1, "撤销")}
    with reading(engine) as connection:
        logged = connection.execute(
            select(exchange_log.c.body).where(exchange_log.c.event == "rule.changed")
        ).scalars()
        told = [json.loads(body) for body in logged]
        assert [(each["reason"], each["by"], each["activated_by"]) for each in told] == [
            ("试点", "监察科", "李审核"),
            ("试点结束", "王提出", "李审核"),
        ]


def test_what_is_only_proposed_is_not_judged_by(suphub: Any, engine: Engine) -> None:
    suphub("rule", "set", "T1", "share_percent=40", "--reason", "试点")
    supervise(engine, today=DAY)
    assert levels(engine) == {}
    [waiting] = json.loads(suphub("rule", "proposals", "--json"))
    assert (waiting["rule"], waiting["state"], waiting["change"]["values"]) == (
        "T1",
        "proposed",
        {"share_percent": 40},
    )


def refused(suphub: Any, *arguments: str) -> str:
    with pytest.raises(StopError) as error:
        suphub("rule", *arguments)
    return error.value.code


def test_nobody_activates_a_change_of_his_own_whatever_the_case_of_the_name(suphub: Any) -> None:
    suphub("rule", "set", "T1", "share_percent=40", "--reason", "试点", "--by", "Wang")
    assert refused(suphub, "activate", "1", "--reason", "好", "--by", " wang") == "RULE_SECOND"
    assert refused(suphub, "activate", "1", "--reason", " ", "--by", "Li") == "RULE_REASON"
    assert refused(suphub, "activate", "2", "--reason", "好", "--by", "Li") == "RULE_PROPOSAL"
    assert json.loads(suphub("rule", "proposals", "--json"))[0]["state"] == "proposed"


def test_a_change_is_decided_once(suphub: Any) -> None:
    suphub("rule", "set", "T1", "share_percent=40", "--reason", "试点", "--by", "Wang")
    suphub("rule", "reject", "1", "--reason", "不妥", "--by", "Li")
    assert refused(suphub, "activate", "1", "--reason", "好", "--by", "Li") == "RULE_PROPOSAL"
    [decided] = json.loads(suphub("rule", "proposals", "--json"))
    assert (decided["state"], decided["decided_by"], decided["decision"]) == ("rejected", "Li", "不妥")


def test_of_two_changes_to_one_version_the_second_must_be_proposed_anew(suphub: Any) -> None:
    for share in ("30", "40"):
        suphub("rule", "set", "T1", f"share_percent={share}", "--reason", "试点", "--by", "Wang")
    suphub("rule", "activate", "1", "--reason", "好", "--by", "Li")
    assert refused(suphub, "activate", "2", "--reason", "好", "--by", "Li") == "RULE_STALE"
    assert json.loads(suphub("rule", "show", "T1", "--json"))["version"] == 2


def test_each_profile_has_levels_of_its_own(suphub: Any, engine: Engine) -> None:
    assert json.loads(suphub("rule", "profile", "--json")) == {"profile": "default"}
    changed(suphub, "profile", "qinhuangdao", "--reason", "秦皇岛方案")
    supervise(engine, today=date(2025, 3, 18), everything=False)
    assert levels(engine) == {"T2": (3, "督办")}
    assert json.loads(suphub("rule", "show", "T1", "--json"))["level"] == 2


def test_a_level_is_changed_for_one_profile(suphub: Any, engine: Engine) -> None:
    changed(suphub, "set", "T2", "--level", "default=3", "--reason", "从严")
    supervise(engine, today=date(2025, 3, 18))
    assert levels(engine) == {"T2": (3, "已发")}


def states(engine: Engine, rule: str) -> list[str]:
    with reading(engine) as connection:
        return sorted(c["state"] for c in list_cards(connection) if c["rule"] == rule)


def counted(found: Summary, rule: str) -> tuple[int, dict[str, int], int]:
    return found.judged[rule], found.not_judged[rule], found.withdrawn[rule]


def test_a_rule_is_switched_off_and_on_visibly(suphub: Any, engine: Engine) -> None:
    """Past its promised limit on 18 March; the rule is off from then to the 20th."""
    supervise(engine, today=date(2025, 3, 18))
    assert levels(engine)["T2"] == (2, "已发")
    changed(suphub, "set", "T2", "--off", "--reason", "暂停")
    assert "停用 off" in suphub("rule", "show", "T2")
    found: Any = supervise(engine, today=date(2025, 3, 19), everything=False)
    assert counted(found, "T2") == (0, {"rule_off": 1}, 1)
    assert states(engine, "T2") == ["撤销"]
    again: Any = supervise(engine, today=date(2025, 3, 19), everything=False)
    assert (sum(again.withdrawn.values()), sum(again.raised.values())) == (0, 0)
    with reading(engine) as connection:
        reasons = (
            connection.execute(select(card_event.c.reason).where(card_event.c.to_state == "撤销"))
            .scalars()
            .all()
        )
    assert reasons == ["规则 T2 已停用(第 2 版) · the rule is switched off"]
    changed(suphub, "set", "T2", "--on", "--reason", "恢复")
    found = supervise(engine, today=date(2025, 3, 20), everything=False)
    assert (found.raised["T2"], states(engine, "T2")) == (1, ["已发", "撤销"])
    shown = json.loads(suphub("rule", "show", "T2", "--json"))
    assert [version["active"] for version in shown["versions"]] == [True, False, True]


def test_switching_off_is_proposed_tried_and_cannot_be_done_twice(suphub: Any, engine: Engine) -> None:
    supervise(engine, today=date(2025, 3, 18))
    suphub("rule", "set", "T2", "--off", "--reason", "暂停", "--by", "王提出")
    assert "off" in suphub("rule", "proposals")
    period = ("--from", "2025-03-17", "--to", "2025-03-18", "--json")
    tried = json.loads(suphub("supervise", "try", "--proposal", "1", *period))
    assert tried["rules"]["T2"]["not_raised"] == 1
    assert levels(engine)["T2"] == (2, "已发")
    suphub("rule", "activate", "1", "--reason", "同意", "--by", "李审核")
    assert refused(suphub, "set", "T2", "--off", "--reason", "x") == "RULE_SAME"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("set", "T99", "a=1", "--reason", "x"), "RULE_UNKNOWN"),
        (("set", "T1", "share_percent=101", "--reason", "x"), "RULE_PARAMETER"),
        (("set", "T1", "unheard=1", "--reason", "x"), "RULE_PARAMETER"),
        (("set", "T1", "share_percent=30", "--reason", " "), "RULE_REASON"),
        (("set", "T1", "share_percent=20", "--reason", "x"), "RULE_SAME"),
        (("set", "T1", "--level", "default=4", "--reason", "x"), "RULE_LEVEL"),
        (("set", "T1", "--level", "beijing=2", "--reason", "x"), "RULE_LEVEL"),
        (("profile", "beijing", "--reason", "x"), "RULE_PROFILE"),
        (("profile", "qinhuangdao"), "RULE_REASON"),
        (("profile", "default", "--reason", "x"), "RULE_SAME"),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason_and_changes_nothing(
    suphub: Any, engine: Engine, arguments: tuple[str, ...], code: str
) -> None:
    before = suphub("rule", "list", "--json")
    with pytest.raises(StopError) as refused:
        suphub("rule", *arguments)
    assert refused.value.code == code
    assert suphub("rule", "list", "--json") == before


def test_a_value_that_is_no_number_is_a_matter_of_usage(suphub: Any) -> None:
    suphub("rule", "set", "T1", "share_percent=viel", "--reason", "x", code=2)
    suphub("rule", "set", "T1", "share_percent=30", code=2)
