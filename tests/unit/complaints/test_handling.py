"""A complaint's way step by step: the table, who may what, numbers, groups, links, figures, and whom nobody may see."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text

from hub.central.engine import reading, writing
from hub.central.tables import exchange
from hub.central.tables.complaints import complaint, complaint_person
from hub.complaints import figures
from hub.complaints.form import FIELDS, form_fields
from hub.complaints.listing import Wanted, list_complaints
from hub.complaints.people import hidden, unmasked
from hub.complaints.shapes import CHANNELS, Organisation, Person
from hub.complaints.states import ACTIONS, ROLES, STATES
from hub.errors import StopError
from tests.support.complaints import ABOUT, WORDS, ZHANG, Office, personal

DOCS = Path(__file__).resolve().parents[3] / "docs" / "complaints.md"
MONDAY, TODAY = "2026-11-09T09:00", date(2026, 12, 31)

# The shortest way to each state.
WAYS: dict[str, tuple[str, ...]] = {
    "登记": (),
    "待说明": ("clarify",),
    "受理": ("accept",),
    "不予受理": ("refuse",),
    "转办": ("accept", "transfer"),
    "待审核": ("accept", "transfer", "opinion"),
    "已同意": ("accept", "transfer", "opinion", "agree"),
    "已决定": ("accept", "decide"),
    "已反馈": ("accept", "decide", "feedback"),
    "办结": ("accept", "decide", "feedback", "close"),
    "撤回": ("withdraw",),
}
LINK = {"link": ("organization", "114301000000000001")}


def brought(office: Office, state: str) -> int:
    """A complaint in a state."""
    number = office.register(MONDAY)
    for action in WAYS[state]:
        office.act(number, action, MONDAY)
    return number


def test_from_each_state_the_steps_of_the_table_are_possible_and_all_others_are_explained(
    office: Office,
) -> None:
    for state in STATES:
        number = brought(office, state)
        possible = office.show(number)["possible"]
        assert office.show(number)["state"] == state
        assert possible == [name for name, action in ACTIONS.items() if state in action.sources]
        for name in ACTIONS.keys() - set(possible):
            with pytest.raises(StopError) as refused:
                office.act(number, name, MONDAY, **LINK)
            told = refused.value
            assert told.code == "COMPLAINT_TRANSITION"
            assert str(number) in told.message_zh
            assert state in told.message_zh
            assert all(each in told.message_en for each in possible)


def test_each_step_of_the_table_leads_where_it_says(office: Office) -> None:
    for name, action in ACTIONS.items():
        for state in action.sources:
            number = brought(office, state)
            row = office.act(number, name, MONDAY, **LINK)
            assert row["state"] == (action.to or state), (state, name)
            events = office.show(number)["events"]
            assert [each["number"] for each in events] == list(range(1, row["version"] + 1))
            assert (events[-1]["from_state"], events[-1]["to_state"]) == (state, row["state"])


def test_the_page_shows_the_table_of_the_program() -> None:
    rows = re.findall(r"^\| `(\w+)` (\S+) \| (\S+) .*?\| (\S+?) \| (\S+) \|", DOCS.read_text("utf-8"), re.M)
    told = {name: (zh, sources.rstrip(), to, roles) for name, zh, sources, to, roles in rows}
    for action in ACTIONS.values():
        zh, sources, to, roles = told.pop(action.name)
        assert (zh, to, roles) == (action.zh, action.to or "-", "、".join(action.roles)), action.name
        assert sources == ("任何" if action.sources == tuple(STATES) else "、".join(action.sources)), (
            action.name
        )
    assert not told


def test_a_step_is_for_its_roles_only(office: Office) -> None:
    for name, action in ACTIONS.items():
        number = brought(office, action.sources[0])
        for role in ROLES.keys() - set(action.roles):
            with pytest.raises(StopError, match="COMPLAINT_ROLE"):
                office.act(number, name, MONDAY, role=role, **LINK)
        assert office.show(number)["state"] == action.sources[0]


def test_what_a_step_needs_must_be_given(office: Office) -> None:
    for name, action in ACTIONS.items():
        number = brought(office, action.sources[0])
        for missing in action.needs:
            given = {**LINK, missing: Organisation() if missing == "organization" else None}
            with pytest.raises(StopError, match="COMPLAINT_NEEDS") as refused:
                office.act(number, name, MONDAY, **given)
            assert refused.value.place.field == missing


def test_the_opinion_of_the_handling_organisation_is_agreed_before_the_decision(office: Office) -> None:
    number = brought(office, "待审核")
    with pytest.raises(StopError, match="COMPLAINT_TRANSITION"):
        office.act(number, "decide", MONDAY)
    office.act(number, "disagree", MONDAY)
    office.act(number, "opinion", MONDAY, role="department")
    office.act(number, "agree", MONDAY)
    assert office.act(number, "decide", MONDAY)["state"] == "已决定"


def test_whoever_comes_second_is_told_what_the_first_did(office: Office) -> None:
    number = office.register(MONDAY)
    office.act(number, "accept", MONDAY, by="王芳", if_version=1)
    with pytest.raises(StopError, match="COMPLAINT_CHANGED") as refused:
        office.act(number, "refuse", MONDAY, if_version=1)
    assert "王芳 受理(accept) → 受理" in refused.value.message_zh


@pytest.mark.parametrize("at", ["2027-01-01T00:00", "2026-11-09T08:59"])
def test_a_step_is_neither_later_than_now_nor_before_the_last_one(office: Office, at: str) -> None:
    number = office.register(MONDAY)
    with pytest.raises(StopError, match="COMPLAINT_TIME"):
        office.act(number, "accept", at)
    assert office.show(number)["version"] == 1


def test_numbers_run_without_gaps_within_each_year(office: Office) -> None:
    office.now = "2027-01-05T09:00"
    numbers = [office.register(at) for at in ("2026-12-30", "2026-12-31T23:59", "2027-01-01")]
    with pytest.raises(StopError):
        office.register("2026-12-31", title=" ")
    with pytest.raises(StopError):
        office.register("2026-12-31", links=(("case", "no-such/case"),))
    assert [*numbers, office.register("2026-12-31")] == [2026000001, 2026000002, 2027000001, 2026000003]


def test_complaints_come_by_every_channel(office: Office) -> None:
    for channel in CHANNELS:
        hotline = {"hotline": "12345", "hotline_no": "HT-1"} if channel == "热线" else {}
        assert office.show(office.register(MONDAY, channel=channel, **hotline))["channel"] == channel


WRONG: list[tuple[dict[str, object], str]] = [
    ({"channel": "微信"}, "COMPLAINT_WORD"),
    ({"topic": "天气"}, "COMPLAINT_WORD"),
    ({"title": ""}, "COMPLAINT_FIELD"),
    ({"content": "x" * 20_001}, "COMPLAINT_FIELD"),
    ({"people": 0}, "COMPLAINT_FIELD"),
    ({"about": Organisation("123", None)}, "COMPLAINT_FIELD"),
    ({"region": "湖南"}, "COMPLAINT_FIELD"),
    ({"channel": "热线"}, "COMPLAINT_FIELD"),
    ({"hotline": "12345", "hotline_no": "1"}, "COMPLAINT_FIELD"),
    ({"person": replace(ZHANG, name="张" * 101)}, "COMPLAINT_FIELD"),
    ({"links": (("case", "land-bureau/none"),)}, "COMPLAINT_LINK"),
]


def test_what_cannot_be_registered_is_refused_without_a_trace(office: Office) -> None:
    for more, code in WRONG:
        with pytest.raises(StopError, match=code):
            office.register(MONDAY, **more)
    assert office.register(MONDAY) == 2026000001


@pytest.mark.parametrize(
    ("more", "upward"),
    [({"people": 4}, False), ({"people": 5}, True), ({"major": True}, True), ({}, False)],
)
def test_group_or_major_complaints_are_reported_upward(
    office: Office, more: dict[str, object], upward: bool
) -> None:
    shown = office.show(office.register(MONDAY, **more))
    assert (shown["reported_at"] is not None) is upward
    assert [(n.kind, n.level, n.roles) for n in office.told if n.kind == "complaint.report"] == (
        [("complaint.report", 3, ("supervisor", "province"))] if upward else []
    )
    assert [event for event, _ in office.logged] == ["complaint.registered", "complaint.reported"][
        : 1 + upward
    ]


def test_one_that_turns_out_to_be_major_is_reported_by_hand(office: Office) -> None:
    number = brought(office, "受理")
    assert office.act(number, "report", MONDAY)["reported_at"] is not None
    assert office.logged[-1][0] == "complaint.reported"


def test_the_complainant_is_masked_everywhere(office: Office) -> None:
    told = f"{ZHANG.name}（{ZHANG.phone}，{ZHANG.id_no}，{ZHANG.email}，{ZHANG.address}）和 139 0013 9000、0731-8888777 来反映"
    number = office.register("2026-11-09", title=told[:60], content=told, people=6)
    for action in ("accept", "transfer", "opinion", "agree", "decide", "feedback"):
        office.act(number, action, "2026-11-09", words=told)
    office.now = "2026-12-31T12:00"
    late = office.register("2026-11-09", content=told)
    office.supervise("2026-12-31")
    with reading(office.engine) as connection:
        listed = list_complaints(connection, TODAY)
        stored = connection.execute(text("SELECT snapshot, org_name, handler, subject FROM card")).all()
    seen = "\n".join(
        map(str, [listed, office.show(number), office.show(late), stored, office.told, office.logged])
    )
    assert personal(seen) == []
    assert "139 0013 9000" not in seen
    assert "8888777" not in seen
    assert len(stored) >= 1


def test_the_complainant_lies_in_a_table_of_its_own(office: Office) -> None:
    number, anonymous = office.register(MONDAY), office.register(MONDAY, person=Person())
    with reading(office.engine) as connection:
        row = connection.execute(select(complaint).where(complaint.c.complaint_id == number)).one()
        persons = connection.execute(select(complaint_person.c.complaint_id)).scalars().all()
    assert personal(str(row)) == []
    assert persons == [number]
    assert office.show(anonymous)["anonymous"]


def test_who_sees_the_complainant_in_full_is_an_entry_of_the_log(office: Office) -> None:
    number = office.register(MONDAY)
    with writing(office.engine) as connection:
        found = unmasked(office.desk(), connection, number, by="李明", role="supervisor", why="电话核实")
    assert found["phone"] == ZHANG.phone
    event, body = office.logged[-1]
    assert (event, body["by"], body["why"], body["fields"]) == (
        "complaint.unmasked", "李明", "电话核实", ["address", "email", "id_no", "name", "phone"],
    )  # fmt: skip
    assert personal(str(body)) == []


@pytest.mark.parametrize(("role", "why"), [("department", "核实"), ("supervisor", " ")])
def test_nobody_else_and_nobody_without_a_reason_sees_the_complainant(
    office: Office, role: str, why: str
) -> None:
    number = office.register(MONDAY)
    with writing(office.engine) as connection, pytest.raises(StopError, match="COMPLAINT_UNMASK"):
        unmasked(office.desk(), connection, number, by="李明", role=role, why=why)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("请拨13800138000或0731-8888777", "请拨138******00或073*******77"),
        ("身份证43010219800101123X", "身份证430*************3X"),
        ("2026-11-09 第 123 号", "2026-11-09 第 123 号"),
        ("写信a.b@c.gov.cn", "写信a.b*******cn"),
    ],
)
def test_what_reaches_a_person_is_hidden_in_texts(given: str, shown: str) -> None:
    assert hidden(given, Person()) == shown


def test_a_long_name_is_hidden_whole() -> None:
    assert "买买提" not in hidden("买买提·吐尔逊江说", Person(name="买买提·吐尔逊江"))


def test_the_log_keeps_the_digest_of_what_was_said(office: Office) -> None:
    number = office.register(MONDAY)
    office.act(number, "refuse", MONDAY, words="不属本机关受理范围")
    event, body = office.logged[-1]
    assert event == "complaint.changed"
    assert len(body["words_sha256"]) == 64
    assert "受理范围" not in str(body)


def test_the_registration_form_has_its_fields_and_is_logged(office: Office) -> None:
    number = brought(office, "已反馈")
    with writing(office.engine) as connection:
        found = form_fields(office.desk(), connection, number, by="李明", role="supervisor", why="打印登记表")
    assert tuple(found) == FIELDS
    assert (found["complainant"], found["received_on"]) == (ZHANG.name, "2026年11月9日")
    assert ZHANG.phone in found["contact"]
    assert (found["result"], found["due_on"], found["opinion"]) == (WORDS["words"], "2026年11月18日", "")
    assert office.logged[-1][0] == "complaint.unmasked"


def test_a_complaint_is_linked_to_what_there_is(office: Office) -> None:
    number = office.register(MONDAY)
    with writing(office.engine) as connection:
        connection.execute(
            insert(exchange.case_head).values(
                {**dict.fromkeys((c.name for c in exchange.case_head.c if not c.nullable and not c.primary_key), 0),
                 "system": "land-bureau", "case_no": "A-1", "state": "current"}
            )
        )  # fmt: skip
    office.act(number, "link", MONDAY, link=("case", "land-bureau/A-1"))
    office.act(number, "link", MONDAY, link=("case", "land-bureau/A-1"))
    assert office.show(number)["links"] == [{"kind": "case", "target": "land-bureau/A-1"}]
    for kind, target in (
        ("case", "land-bureau/A-2"),
        ("item", "none"),
        ("card", "99"),
        ("organization", "x"),
    ):
        with pytest.raises(StopError, match="COMPLAINT_LINK"):
            office.act(number, "link", MONDAY, link=(kind, target))
    with reading(office.engine) as connection:
        found = list_complaints(connection, TODAY, Wanted(link=("case", "land-bureau/A-1")))
    assert [each["complaint_id"] for each in found] == [number]


def test_figures_by_department_month_and_channel_have_their_complaints_behind_them(office: Office) -> None:
    other = Organisation(None, "市城管局")
    first = office.register("2026-10-12T09:00")
    office.act(first, "accept", "2026-10-12T21:00")
    second = office.register("2026-11-09T09:00", channel="来访")
    office.act(second, "refuse", "2026-11-10T09:00")
    third = office.register("2026-11-09T09:00", about=other)
    office.supervise("2026-11-30")
    with reading(office.engine) as connection:
        departments = {row["key"]: row for row in figures.figures(connection, "organization")}
        months = {row["key"]: row for row in figures.figures(connection, "month")}
        lists = {
            figure: figures.behind(connection, "organization", ABOUT.uscc or "", figure)
            for figure in figures.FIGURES
        }
        assert figures.behind(connection, "month", "202611", "complaints") == [second, third]
        assert [row["key"] for row in figures.figures(connection, "channel")] == ["来电", "来访"]
    mine = departments[ABOUT.uscc or ""]
    assert (mine["complaints"], mine["answered"], mine["ended"], mine["mean_answer_hours"]) == (2, 2, 1, 18.0)
    assert (departments["市城管局"]["mean_answer_hours"], departments["市城管局"]["overdue"]) == (None, 1)
    assert (months["202610"]["complaints"], months["202611"]["complaints"]) == (1, 2)
    assert {figure: len(found) for figure, found in lists.items()} == {f: mine[f] for f in figures.FIGURES}
    assert lists["overdue"] == [first]


def test_lists_are_narrowed(office: Office) -> None:
    open_one, closed = office.register(MONDAY), brought(office, "办结")
    wanted = {
        Wanted(): [open_one, closed],
        Wanted(open=True): [open_one],
        Wanted(overdue=True): [open_one],
        Wanted(state="办结"): [closed],
        Wanted(organization="市国土局"): [open_one, closed],
        Wanted(channel="来函"): [],
        Wanted(topic="服务态度"): [open_one, closed],
    }
    with reading(office.engine) as connection:
        for each, numbers in wanted.items():
            found = list_complaints(connection, TODAY, each)
            assert [c["complaint_id"] for c in found] == numbers, each
        with pytest.raises(StopError, match="COMPLAINT_WORD"):
            list_complaints(connection, TODAY, Wanted(state="完成"))


@pytest.mark.parametrize(
    "said",
    [
        "投诉人张 三 丰", "张\u200b三丰", "张·三丰", "１３８００１３８０００", "138.0013.8000", "138-00138-000", "(138)0013 8000",
        "43010219800101123X", "430102 19800101 123x", "ZHANG@EXAMPLE.CN", "zhang＠example.cn", "某市某路18号", "某市某路　１８　号",
    ],
)  # fmt: skip
def test_the_complainant_is_hidden_however_written(said: str) -> None:
    person = Person("张三丰", "43010219800101123X", "13800138000", "zhang@example.cn", "某市某路 18 号")
    shown = hidden(f"他说：{said}，如此。", person)
    assert shown.startswith("他说：")
    assert shown.endswith("，如此。")
    plain = "".join(each for each in shown if each.isalnum()).casefold()
    for known in ("张三丰", "8001380", "1980010", "１９８", "０１３８", "example", "某路"):
        assert known not in plain


def test_what_only_looks_like_the_name_across_a_sentence_stays() -> None:
    person = Person("王一")
    assert hidden("找了姓王，一次也没见", person) == "找了姓王，一次也没见"
    assert hidden("Li, a policy of life", Person("Li")) == "**, a policy of life"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("0731-8888 6666", "073*********66"),
        ("(0731)88886666", "(073********66"),
        ("138 0013 8000", "138********00"),
        ("430102 19800101 1230", "430***************30"),
        ("2026-11-09 10:00 至 11:30", "2026-11-09 10:00 至 11:30"),
        ("案号 430100-2026-43", "案号 430100-2026-43"),
    ],
)
def test_a_number_in_groups_that_reaches_a_person_is_hidden(given: str, shown: str) -> None:
    assert hidden(given, Person()) == shown
