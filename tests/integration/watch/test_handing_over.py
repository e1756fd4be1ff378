"""A hand-over that fails is told to ops once, tried again, shown, and told once more when everything lies at the department."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from hub import wiring
from hub.central.engine import writing
from hub.clock import now_us
from hub.errors import HubError
from hub.returning import outbox
from hub.wiring.returning import run, run_each
from tests.integration.watch.conftest import Watched
from tests.support.carded import put_card
from tests.support.command import Suphub
from tests.support.message import SYSTEM

BEGUN, OVER = (
    "[告警] 国土资源局审批系统:牌和文书未能交给部门",
    "[恢复] 国土资源局审批系统:牌和文书未能交给部门",
)


@pytest.fixture
def carded(watched_lightly: Watched) -> Watched:
    """A department that is handed its cards, and one card for it."""
    change(watched_lightly, SYSTEM, {"deliver": ["cards"]})
    with writing(wiring.engine()) as connection:
        put_card(connection)
    return watched_lightly


def change(watched: Watched, code: str, cards: Mapping[str, Any]) -> None:
    path = wiring.settings().systems / f"{code}.yaml"
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump({**found, "cards": dict(cards)}, allow_unicode=True), encoding="utf-8")


def again() -> None:
    with writing(wiring.engine()) as connection:
        outbox.retry(connection, None, now_us())


def test_a_hand_over_that_fails_is_told_once_and_so_is_its_end(carded: Watched, suphub: Suphub) -> None:
    receipts = carded.hub.folder("in")
    aside = receipts.rename(receipts.with_name("aside"))
    receipts.write_text("a file where the folder was")
    for _ in range(2):
        with pytest.raises(HubError):
            run(SYSTEM)
        again()
    assert carded.heard == [BEGUN]
    [listed] = suphub("handover", "list", "--json").document
    assert (listed["state"], listed["name"]) == ("waiting", "card-1-1")
    assert listed["error"]
    receipts.unlink()
    aside.rename(receipts)
    for _ in range(2):
        run(SYSTEM)
    assert carded.heard == [BEGUN, OVER]
    assert (receipts / "card-1-1.xml").is_file()


def test_it_is_not_over_while_something_waits_for_its_next_attempt(carded: Watched) -> None:
    receipts = carded.hub.folder("in")
    aside = receipts.rename(receipts.with_name("aside"))
    receipts.write_text("a file where the folder was")
    with pytest.raises(HubError):
        run(SYSTEM)
    receipts.unlink()
    aside.rename(receipts)
    assert run(SYSTEM)["delivered"] == 0  # not yet due again
    assert carded.heard == [BEGUN]
    again()
    assert run(SYSTEM)["delivered"] == 1
    assert carded.heard == [BEGUN, OVER]


def test_a_department_that_cannot_be_reached_holds_up_no_other(carded: Watched) -> None:
    done: dict[str, dict[str, Any]] = {}
    with pytest.raises(HubError, match="nobody"):
        run_each(["nobody", SYSTEM], done)
    assert done[SYSTEM]["delivered"] == 1


def answers_check(suphub: Suphub) -> tuple[str, str]:
    report = suphub("probe", SYSTEM, "--json").document
    [found] = [each for each in report["checks"] if each["name"] == "answers"]
    assert found["remedy"] or found["verdict"] == "ok"
    return found["verdict"], found["seen"]


def test_the_folder_of_answers_is_looked_at_once_there_can_be_answers(
    carded: Watched, suphub: Suphub
) -> None:
    assert "nothing handed over yet" in answers_check(suphub)[1]
    assert run(SYSTEM)["delivered"] == 1
    assert answers_check(suphub)[0] == "ok"

    answers = carded.hub.folder("out").with_name("answers")
    (answers / "old.xml").write_text("<Answer/>")
    (answers / "old.xml.ok").touch()
    for name in ("old.xml", "old.xml.ok"):
        os.utime(answers / name, (1_700_000_000, 1_700_000_000))
    assert (answers_check(suphub)[0], "backlog" in answers_check(suphub)[1]) == ("warn", True)

    receipts = answers / "receipts"
    if receipts.exists():
        receipts.rmdir()
    receipts.write_text("a file where the folder should be")
    verdict, seen = answers_check(suphub)
    assert (verdict, "receipts.writable" in seen) == ("fail", True)
