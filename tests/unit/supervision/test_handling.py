"""What people do with a card: each action, what it needs, who may do it, and how a refusal tells what is possible."""

from __future__ import annotations

import json
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from hub.central.engine import reading, writing
from hub.central.tables.business import case_watch
from hub.rawstore import RawStore
from hub.supervision import attachments, by_hand, handling
from hub.supervision.change import Seen
from hub.supervision.listing import Wanted, list_cards
from hub.supervision.states import CLOSED, TRANSITIONS, WITHDRAWN
from tests.oracle.judging import supervise
from tests.support.cards import AT, DAY, ORGANIZATION, Logged, do, refused, shown


def test_an_answer_is_kept_with_who_when_and_its_files(
    yellow: Engine, logged: Logged, tmp_path: Path
) -> None:
    file = attachments.keep(RawStore(tmp_path / "raw"), "C:\\说明\\情况说明.pdf", BytesIO(b"%PDF"))
    done = do(yellow, "answer", text="已整改，联系人 13800001234", attachments=[file], log=logged)
    assert (done.state, done.level, done.version) == ("已反馈", 2, 2)
    found = shown(yellow)
    assert (found["answered_on"], found["state"]) == ("2025-03-12", "已反馈")
    event = found["events"][-1]
    assert (event["action"], event["by"], event["role"]) == ("answer", "王监察", "department")
    assert event["attachments"] == [{"name": "情况说明.pdf", "digest": file.digest, "size": 4}]
    assert "13800001234" not in event["text"]
    assert event["text"].startswith("已整改")
    [(name, body)] = logged.entries
    assert (name, body["card"], body["from"], body["state"]) == ("card.answered", 1, "已发", "已反馈")
    assert "13800001234" not in json.dumps(body, ensure_ascii=False)
    with reading(yellow) as connection:
        [listed] = attachments.of_card(connection, 1)
    assert (listed["number"], listed["event"], listed["name"]) == (1, 2, "情况说明.pdf")
    with RawStore(tmp_path / "raw").open(listed["digest"]) as stored:
        assert stored.read() == b"%PDF"


def test_a_further_answer_keeps_the_day_of_the_first(yellow: Engine) -> None:
    do(yellow, "answer", text="一")
    do(yellow, "answer", text="二", at=AT + DAY)
    assert shown(yellow)["answered_on"] == "2025-03-12"
    assert [event["text"] for event in shown(yellow)["events"]][1:] == ["一", "二"]


def test_an_appeal_that_is_upheld_leads_on_and_cannot_be_repeated(yellow: Engine, logged: Logged) -> None:
    do(yellow, "appeal", text="已按期办结", log=logged)
    assert do(yellow, "uphold", reason="未见按期办结的凭证", log=logged).state == "维持"
    told = refused("CARD_TRANSITION", lambda: do(yellow, "appeal", text="再申诉", log=logged))
    assert "反馈(answer)" in told.remedy_zh
    assert "escalate" in told.remedy_en
    assert do(yellow, "answer", text="补充说明", log=logged).state == "维持"
    assert do(yellow, "close", reason="已整改", log=logged).state == "办结"
    assert logged.events == [
        "card.appealed", "card.upheld", "card.answered", "card.closed",
    ]  # fmt: skip


def test_an_upheld_card_is_looked_at_again_by_the_next_run(yellow: Engine) -> None:
    do(yellow, "appeal", text="x")
    do(yellow, "uphold", reason="x")
    with reading(yellow) as connection:
        assert connection.execute(select(case_watch.c.watch_at)).scalars().all() == [-AT]


def test_a_withdrawn_card_stays_and_changes_no_more(yellow: Engine) -> None:
    do(yellow, "withdraw", reason="误发")
    found = shown(yellow)
    assert (found["state"], found["possible"]) == ("撤销", [])
    assert (found["events"][-1]["before"]["state"], found["events"][-1]["after"]["state"]) == ("已发", "撤销")
    for action in ("answer", "appeal", "uphold", "withdraw", "escalate", "close"):
        given = {"text": "x"} if action in ("answer", "appeal") else {"reason": "x"}
        refused("CARD_TRANSITION", lambda a=action, g=given: do(yellow, a, **g))
    assert len(shown(yellow)["events"]) == 2


def test_what_people_have_withdrawn_is_not_raised_again(yellow: Engine) -> None:
    do(yellow, "withdraw", reason="经核实为系统故障")
    assert not supervise(yellow, today=date(2025, 3, 13)).raised["T2"]


def test_an_escalation_is_one_level_with_before_and_after(yellow: Engine, logged: Logged) -> None:
    done = do(yellow, "escalate", reason="情节较重", log=logged)
    assert (done.state, done.level) == ("已发", 3)
    event = shown(yellow)["events"][-1]
    assert (event["before"]["level"], event["after"]["level"]) == (2, 3)
    assert (logged.entries[-1][1]["level_before"], logged.entries[-1][1]["level"]) == (2, 3)
    told = refused("CARD_HIGHEST", lambda: do(yellow, "escalate", reason="x"))
    assert "suphub order start" in told.remedy_zh


@pytest.mark.parametrize(
    ("action", "given", "code"),
    [
        ("answer", {"text": " "}, "CARD_TEXT"),
        ("answer", {"text": "x" * 4001}, "CARD_TEXT"),
        ("answer", {"text": "x", "by": " "}, "CARD_WHO"),
        ("answer", {"text": "x", "role": "hub"}, "CARD_WHO"),
        ("answer", {"text": "x", "role": "mayor"}, "CARD_WHO"),
        ("answer", {"text": "x", "role": "supervisor"}, "CARD_ROLE"),
        ("withdraw", {"reason": "x", "role": "department"}, "CARD_ROLE"),
        ("withdraw", {"reason": ""}, "CARD_TEXT"),
        ("close", {"reason": "x"}, "CARD_ROLE"),
        ("uphold", {"reason": "x"}, "CARD_TRANSITION"),
        ("escalate", {"reason": "x", "role": "ops"}, "CARD_ROLE"),
        ("answer", {"text": "x", "card_id": 99}, "CARD_UNKNOWN"),
        ("answer", {"text": "x", "attachments": [attachments.Attachment("a", "0" * 64, 1)] * 21}, "CARD_ATTACHMENT"),
        ("consequence", {"kind": "罚款", "text": "x"}, "CARD_CONSEQUENCE"),
        ("consequence", {"kind": "限期整改", "text": "x"}, "CARD_CONSEQUENCE"),
        ("consequence", {"kind": "限期整改", "text": "x", "due_on": date(2025, 3, 11)}, "CARD_CONSEQUENCE"),
        ("consequence", {"kind": "约谈", "text": "x", "due_on": date(2025, 3, 20)}, "CARD_CONSEQUENCE"),
    ],
)  # fmt: skip
def test_what_may_not_be_is_refused_and_changes_nothing(
    yellow: Engine, logged: Logged, action: str, given: dict[str, Any], code: str
) -> None:
    refused(code, lambda: do(yellow, action, log=logged, **given))
    assert logged.entries == []
    assert len(shown(yellow)["events"]) == 1


@pytest.mark.parametrize("name", ["", "..", "a\x00b", "x" * 201, "a\u202egpj.exe"])
def test_a_file_name_that_could_mislead_is_refused(tmp_path: Path, name: str) -> None:
    refused("CARD_ATTACHMENT", lambda: attachments.keep(RawStore(tmp_path), name, BytesIO(b"x")))


def test_a_file_that_is_too_large_is_refused_and_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attachments, "LARGEST", 3)
    refused("CARD_ATTACHMENT", lambda: attachments.keep(RawStore(tmp_path), "a.pdf", BytesIO(b"1234")))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_the_fourth_talk_of_an_organisation_is_with_its_head(yellow: Engine) -> None:
    talks = [do(yellow, "consequence", kind="约谈", text="谈话") for _ in range(5)]
    assert [(t["talks"], t["head"], t["next_is_head"]) for t in talks] == [
        (1, False, False), (2, False, False), (3, False, True), (0, True, False), (1, False, False),
    ]  # fmt: skip
    assert talks[3]["person"] == "单位主要负责人"
    rectify = do(yellow, "consequence", kind="限期整改", text="整改", due_on=date(2025, 3, 20))
    assert rectify["due_on"] == "2025-03-20"
    found = shown(yellow)
    assert [each["kind"] for each in found["consequences"]] == ["约谈"] * 5 + ["限期整改"]
    assert found["state"] == "已发"


def test_talks_about_a_withdrawn_card_do_not_count(yellow: Engine) -> None:
    for _ in range(3):
        do(yellow, "consequence", kind="约谈", text="谈话")
    do(yellow, "withdraw", reason="误发")
    with reading(yellow) as connection:
        assert handling.talks_since_head(connection, ORGANIZATION) == 0


def test_who_acts_on_what_is_no_longer_so_is_told_what_happened(yellow: Engine) -> None:
    before = Seen(version=shown(yellow)["version"])
    do(yellow, "answer", text="已整改", by="李承办")
    told = refused("CARD_CHANGED", lambda: do(yellow, "withdraw", reason="误发", seen=before))
    assert "李承办 反馈" in told.message_zh
    assert "it is now answered" in told.message_en
    refused("CARD_CHANGED", lambda: do(yellow, "close", reason="x", seen=Seen(state="维持")))
    assert do(yellow, "close", reason="已整改", seen=Seen("已反馈", 2)).state == "办结"


# 人工发牌


def issue(engine: Engine, about: by_hand.About, **given: Any) -> int:
    said = {"level": 2, "reason": "暗访发现", "basis": "监察法", "by": "王监察", "at": AT, "log": None}
    with writing(engine) as connection:
        return by_hand.issue(connection, about, **{**said, **given})


def test_a_card_by_hand_tells_the_same_as_any_other(yellow: Engine, logged: Logged) -> None:
    card_id = issue(
        yellow, by_hand.About("land-bureau", "C1", step="受理", handler="张三"), level=3, log=logged
    )
    found = shown(yellow, card_id)
    assert (found["rule"], found["level"], found["state"], found["case_no"]) == ("H", 3, "已发", "C1")
    assert (found["org_uscc"], found["step"], found["handler"]) == (ORGANIZATION, "受理", "张三")
    assert found["basis"] == "监察法"
    assert found["feedback_due_on"] == "2025-04-24"
    assert found["snapshot"]["accepted"] == "2025-03-03T09:00:00+08:00"
    assert found["snapshot"]["by_hand"]["reason"] == "暗访发现"
    assert logged.events == ["card.raised"]
    supervise(yellow, today=date(2025, 3, 13))
    assert shown(yellow, card_id)["state"] == "已发"  # no rule withdraws it


@pytest.mark.parametrize(
    ("about", "subject"),
    [
        (by_hand.About("land-bureau"), "land-bureau"),
        (by_hand.About("land-bureau", subject="停机"), "land-bureau 停机"),
        (by_hand.About(organization=ORGANIZATION, organization_name="局"), ORGANIZATION),
    ],
)
def test_a_card_by_hand_may_be_about_a_system_or_an_organisation(
    yellow: Engine, about: by_hand.About, subject: str
) -> None:
    found = shown(yellow, issue(yellow, about))
    assert (found["subject"], found["case_no"], found["org_uscc"]) == (subject, None, ORGANIZATION)


def test_two_cards_by_hand_about_the_same_need_two_subjects(yellow: Engine) -> None:
    about = by_hand.About("land-bureau", "C1")
    first = issue(yellow, about)
    told = refused("CARD_OPEN", lambda: issue(yellow, about))
    assert str(first) in told.message_zh
    issue(yellow, by_hand.About("land-bureau", "C1", "另一事由"))
    do(yellow, "withdraw", card_id=first, reason="误发")
    assert issue(yellow, about) > first


@pytest.mark.parametrize(
    ("about", "given", "code"),
    [
        (by_hand.About("land-bureau", "C9"), {}, "CARD_ABOUT"),
        (by_hand.About("sea-bureau"), {}, "CARD_ABOUT"),
        (by_hand.About(), {}, "CARD_ABOUT"),
        (by_hand.About("land-bureau"), {"level": 4}, "CARD_LEVEL"),
        (by_hand.About("land-bureau"), {"basis": ""}, "CARD_TEXT"),
        (by_hand.About("land-bureau"), {"role": "department"}, "CARD_ROLE"),
    ],
)
def test_a_card_by_hand_that_may_not_be_is_refused(
    yellow: Engine, about: by_hand.About, given: dict[str, Any], code: str
) -> None:
    refused(code, lambda: issue(yellow, about, **given))


# The list


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(), [1, 2]),
        (Wanted(system="land-bureau"), [1, 2]),
        (Wanted(system="sea-bureau"), []),
        (Wanted(state="已反馈"), [1]),
        (Wanted(level=3), [2]),
        (Wanted(organization=ORGANIZATION), [1, 2]),
        (Wanted(rule="H"), [2]),
        (Wanted(overdue_on=date(2025, 4, 24)), []),
        (Wanted(overdue_on=date(2025, 4, 25)), [2]),
        (Wanted(open_only=True), [1, 2]),
    ],
)
def test_cards_are_found_by_what_is_asked(yellow: Engine, wanted: Wanted, found: list[int]) -> None:
    do(yellow, "answer", text="x")
    issue(yellow, by_hand.About("land-bureau", "C1"), level=3)
    with reading(yellow) as connection:
        assert [each["card_id"] for each in list_cards(connection, wanted)] == found


def test_nothing_leads_out_of_a_card_that_is_over() -> None:
    assert {each.action for each in TRANSITIONS if each.origin in (WITHDRAWN, CLOSED)} == {
        "consequence",
        "move",
    }
    assert all(each.to == (CLOSED,) for each in TRANSITIONS if each.origin == CLOSED)


def test_what_is_refused_is_told_in_each_language_wholly(yellow: Engine) -> None:
    told = refused("CARD_TRANSITION", lambda: do(yellow, "uphold", reason="见卷"))
    assert "已发" in told.message_zh
    assert told.message_en.startswith("Card 1 is issued (20")
    assert told.message_en.endswith(" hub: raise); not possible: uphold (uphold)")
    do(yellow, "answer", text="一")
    seen = Seen(state="已发", version=1)
    told = refused("CARD_CHANGED", lambda: do(yellow, "answer", text="二", seen=seen))
    assert told.message_en.endswith("it is now answered (version 2; you saw issued version 1)")
