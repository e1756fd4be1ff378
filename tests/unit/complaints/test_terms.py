"""The terms of complaints: each sentence of the written rule, at its boundary, and the cards for what is past."""

from __future__ import annotations

import json
from datetime import date

import pytest
from sqlalchemy import insert, update

from hub.central.engine import writing
from hub.central.tables.complaints import complaint_link, complaint_term
from hub.central.tables.exchange import system
from hub.complaints.shapes import Organisation
from hub.errors import StopError
from hub.returning import outbox
from hub.supervision.calendar import NamedDay, import_days
from hub.supervision.cards import ISSUED, PENDING, WITHDRAWN
from hub.supervision.changing import changed, enter
from hub.supervision.rules import current_rules
from tests.support.complaints import HOST, Office

# Monday 9 November 2026; no holiday until the new year.
MONDAY = "2026-11-09T09:00"


def test_where_unclear_the_complainant_is_told_within_3_working_days(office: Office) -> None:
    silent, told = office.register(MONDAY), office.register(MONDAY)
    office.act(told, "clarify", "2026-11-12T23:59")
    office.supervise("2026-11-12")
    assert office.cards() == []
    office.supervise("2026-11-13")
    assert office.cards() == [("K1", f"complaint {silent}", ISSUED)]


def test_once_the_complainant_has_made_it_clear_the_3_days_begin_anew(office: Office) -> None:
    number = office.register(MONDAY)
    office.act(number, "clarify", "2026-11-10T09:00")
    office.act(number, "supplement", "2026-11-18T09:00")
    office.supervise("2026-11-23")
    assert office.cards() == []
    office.supervise("2026-11-24")
    assert office.cards() == [("K1", f"complaint {number} #2", ISSUED)]


def test_own_simple_cases_are_decided_within_7_working_days_of_acceptance(office: Office) -> None:
    number = office.accepted(MONDAY)
    in_time = office.accepted(MONDAY)
    office.act(in_time, "decide", "2026-11-18T23:59")
    office.supervise("2026-11-18")
    assert office.cards() == []
    assert office.standing(number, "own", "2026-11-18").due_on == date(2026, 11, 18)
    office.supervise("2026-11-19")
    assert office.cards("rule", "used_days", "limit_days", "due_on") == [("K2", 8, 7, date(2026, 11, 18))]


def test_a_complaint_accepted_on_a_rest_day_counts_from_the_working_day_before(office: Office) -> None:
    number = office.accepted("2026-11-08T09:00")  # a Sunday
    assert office.standing(number, "own", "2026-11-17").due_on == date(2026, 11, 17)


def test_complex_ones_are_extended_with_approval_to_at_most_15(office: Office) -> None:
    number = office.accepted(MONDAY)
    office.act(number, "extend", "2026-11-18T17:00", days=15)
    office.supervise("2026-11-30")
    assert office.cards() == []
    office.supervise("2026-12-01")
    assert office.cards("rule", "used_days", "limit_days") == [("K2", 16, 15)]


@pytest.mark.parametrize(
    ("at", "more", "code"),
    [
        ("2026-11-18T17:00", {"days": 16}, "COMPLAINT_EXTENSION"),
        ("2026-11-18T17:00", {"days": 7}, "COMPLAINT_EXTENSION"),
        ("2026-11-19T00:00", {"days": 15}, "COMPLAINT_EXTENSION"),  # the term is past: nothing to extend
        ("2026-11-18T17:00", {"approver": "李明"}, "COMPLAINT_APPROVER"),
        ("2026-11-18T17:00", {"by": "Li Ming", "approver": "li  MING"}, "COMPLAINT_APPROVER"),
        ("2026-11-18T17:00", {"approver": " "}, "COMPLAINT_NEEDS"),
    ],
)
def test_an_extension_is_refused_beyond_15_too_late_or_without_anothers_approval(
    office: Office, at: str, more: dict[str, object], code: str
) -> None:
    number = office.accepted(MONDAY)
    with pytest.raises(StopError) as refused:
        office.act(number, "extend", at, **more)
    assert refused.value.code == code
    assert office.standing(number, "own", "2026-11-18").limit == 7


def test_a_complaint_is_extended_once(office: Office) -> None:
    number = office.accepted(MONDAY)
    office.act(number, "extend", "2026-11-10T09:00", days=9)
    with pytest.raises(StopError, match="COMPLAINT_EXTENSION"):
        office.act(number, "extend", "2026-11-11T09:00", days=15)


def test_transferred_ones_are_decided_within_15_working_days_of_acceptance(office: Office) -> None:
    number = office.accepted(MONDAY)
    office.act(number, "transfer", "2026-11-11T09:00")
    office.supervise("2026-11-30")
    assert office.cards() == []
    office.supervise("2026-12-01")
    [(rule, used, limit, org)] = office.cards("rule", "used_days", "limit_days", "org_name")
    assert (rule, used, limit, org) == ("K3", 16, 15, "市城管局"), "whose turn it is answers"


def test_an_opinion_that_waits_to_be_agreed_is_the_supervisors_turn(office: Office) -> None:
    number = office.accepted(MONDAY)
    office.act(number, "transfer", "2026-11-11T09:00")
    office.act(number, "opinion", "2026-11-12T09:00", role="department")
    office.supervise("2026-12-01")
    assert office.cards("rule", "org_uscc") == [("K3", HOST.uscc)]


def test_feedback_for_own_ones_is_given_within_10_working_days_of_acceptance(office: Office) -> None:
    number, told = office.accepted(MONDAY), office.accepted(MONDAY)
    for each in (number, told):
        office.act(each, "decide", "2026-11-13T09:00")
    office.act(told, "feedback", "2026-11-23T23:59")
    office.supervise("2026-11-23")
    assert office.cards() == []
    office.supervise("2026-11-24")
    assert office.cards() == [("K4", f"complaint {number}", ISSUED)]


def test_an_extension_moves_the_term_for_feedback_by_as_many_days(office: Office) -> None:
    number = office.accepted(MONDAY)
    office.act(number, "extend", "2026-11-10T09:00", days=15)
    standing = office.standing(number, "feedback", "2026-11-10")
    assert (standing.limit, standing.due_on) == (18, date(2026, 12, 3))


def test_a_transferred_complaint_has_no_term_for_feedback(office: Office) -> None:
    number = office.accepted(MONDAY)
    office.act(number, "transfer", "2026-11-11T09:00")
    assert office.standing(number, "feedback", "2026-12-31").ended_by == "transfer"
    office.supervise("2026-12-31")
    assert {rule for rule, *_ in office.cards()} == {"K3"}


@pytest.mark.parametrize(
    ("steps", "late"),
    [
        ((), ("refuse", "2026-11-13T09:00")),
        ((("accept", MONDAY),), ("decide", "2026-11-19T09:00")),
        ((("accept", MONDAY),), ("transfer", "2026-11-19T09:00")),
        ((("accept", MONDAY), ("decide", "2026-11-10T09:00")), ("feedback", "2026-11-24T09:00")),
    ],
)
def test_delays_are_explained(
    office: Office, steps: tuple[tuple[str, str], ...], late: tuple[str, str]
) -> None:
    number = office.register(MONDAY)
    for action, at in steps:
        office.act(number, action, at)
    with pytest.raises(StopError, match="COMPLAINT_DELAY"):
        office.act(number, *late)
    office.act(number, *late, explanation="当事人出差")
    events = office.show(number)["events"]
    assert [(each["action"], each["text"]) for each in events[-2:-1]] == [("explain", "当事人出差")]
    assert events[-1]["action"] == late[0]


def test_a_delay_explained_before_needs_no_second_explanation(office: Office) -> None:
    number = office.accepted(MONDAY)
    office.act(number, "explain", "2026-11-19T09:00", words="鉴定未出")
    assert office.act(number, "decide", "2026-11-20T09:00")["state"] == "已决定"


def test_an_explanation_does_not_serve_for_a_later_term(office: Office) -> None:
    number = office.register(MONDAY)
    office.act(number, "accept", "2026-11-16T09:00", explanation="登记后漏办")
    with pytest.raises(StopError, match="COMPLAINT_DELAY"):
        office.act(number, "decide", "2026-11-26T09:00")


def test_what_was_decided_late_has_its_card_all_the_same(office: Office) -> None:
    number = office.accepted(MONDAY)
    office.act(number, "decide", "2026-11-19T00:00", explanation="迟")
    office.act(number, "feedback", "2026-11-19T10:00")
    office.act(number, "close", "2026-11-19T11:00")
    office.supervise("2026-12-31")
    assert office.cards() == [("K2", f"complaint {number}", ISSUED)]


def test_a_second_run_raises_nothing_again(office: Office) -> None:
    office.accepted(MONDAY)
    office.supervise("2026-11-19")
    office.supervise("2026-11-20")
    assert len(office.cards()) == 1


def test_a_card_is_withdrawn_when_it_would_not_arise_as_of_its_issue(office: Office) -> None:
    number = office.accepted(MONDAY)
    office.supervise("2026-11-19")
    # Entered late: the decision was made in time.
    office.act(number, "decide", "2026-11-18T16:00")
    office.supervise("2026-11-20")
    assert office.cards() == [("K2", f"complaint {number}", WITHDRAWN)]


def test_a_decision_after_the_issue_leaves_the_card(office: Office) -> None:
    number = office.accepted(MONDAY)
    office.supervise("2026-11-19")
    office.act(number, "decide", "2026-11-19T16:00", explanation="迟")
    office.supervise("2026-11-20")
    assert office.cards() == [("K2", f"complaint {number}", ISSUED)]


def test_a_longer_term_in_the_library_withdraws_the_card_and_a_shorter_one_raises_it(office: Office) -> None:
    number = office.accepted(MONDAY)
    office.supervise("2026-11-19")
    for days, state in ((9, WITHDRAWN), (5, ISSUED)):
        with writing(office.engine) as connection:
            new = changed(current_rules(connection), "K2", {"workdays": days}, {})
            enter(connection, new, reason="试", told={}, at=1, log=lambda *_: None)
        office.supervise("2026-11-19")
        assert office.cards()[-1] == ("K2", f"complaint {number}", state)


def test_re_investigation_begins_the_terms_anew(office: Office) -> None:
    number = office.accepted(MONDAY)
    for action, at in (
        ("decide", "2026-11-10T09:00"),
        ("feedback", "2026-11-11T09:00"),
        ("close", "2026-11-11T10:00"),
    ):
        office.act(number, action, at)
    row = office.act(number, "reopen", "2026-11-16T09:00", words="投诉人不服")
    assert (row["state"], row["round"], row["decided_at"]) == ("受理", 2, None)
    office.supervise("2026-11-25")
    assert office.cards() == []
    office.supervise("2026-11-26")
    assert office.cards() == [("K2", f"complaint {number} #2", ISSUED)]


def test_a_withdrawn_or_refused_complaint_has_no_terms_any_more(office: Office) -> None:
    withdrawn, refused = office.accepted(MONDAY), office.register(MONDAY)
    office.act(withdrawn, "withdraw", "2026-11-10T09:00")
    office.act(refused, "refuse", "2026-11-10T09:00")
    office.supervise("2026-12-31")
    assert office.cards() == []


def test_a_card_over_an_unpublished_year_waits_until_it_is_published(office: Office) -> None:
    office.now = "2027-02-28T12:00"
    number = office.accepted("2026-12-30T09:00")
    office.supervise("2027-01-11")
    assert office.cards("rule", "state", "provisional") == [("K2", PENDING, 1)]
    assert office.standing(number, "own", "2027-01-11").provisional
    with writing(office.engine) as connection:
        rest = NamedDay(date(2027, 1, 1), False, "", "国办")
        import_days(connection, [rest], publishes=[2027])
    office.supervise("2027-01-11")
    # New Year's Day takes one day away: used 8 becomes 7, so the card of that day would not arise.
    assert office.cards("rule", "state") == [("K2", WITHDRAWN)]
    office.supervise("2027-01-12")
    assert office.cards("rule", "state", "provisional")[-1] == ("K2", ISSUED, 0)


def test_the_days_are_those_of_the_complaints_region(office: Office) -> None:
    with writing(office.engine) as connection:
        import_days(connection, [NamedDay(date(2026, 11, 11), False, "4331", "州政府")])
    there = office.accepted(MONDAY, region="433100")
    here = office.accepted(MONDAY, region="430100")
    assert office.standing(there, "own", "2026-11-12").due_on == date(2026, 11, 19)
    assert office.standing(here, "own", "2026-11-12").due_on == date(2026, 11, 18)
    office.supervise("2026-11-19")
    assert office.cards() == [("K2", f"complaint {here}", ISSUED)]


def test_the_list_and_the_rules_count_alike(office: Office) -> None:
    number = office.accepted(MONDAY)
    for today, overdue in (("2026-11-18", False), ("2026-11-19", True)):
        assert office.show(number, today)["overdue"] is overdue


def test_a_term_that_was_changed_by_hand_is_judged_as_it_stands(office: Office) -> None:
    number = office.accepted(MONDAY)
    with writing(office.engine) as connection:
        connection.execute(update(complaint_term).values(extended_by=20, extended_at=1))
    standing = office.standing(number, "own", "2026-11-30")
    assert standing.limit == 15, "never longer than the longest"
    office.supervise("2026-12-01")
    assert ("K2", 15) in office.cards("rule", "limit_days")


def put_systems(office: Office, *given: tuple[str, str, str]) -> None:
    with writing(office.engine) as connection:
        for code, organizations, status in given:
            row = {
                "code": code,
                "name": code,
                "organization": organizations,
                "region": "430100",
                "status": status,
            }
            connection.execute(insert(system).values(**row, registration_digest="0" * 64, seen_at=0))


LAND, CITY = "114301000000000001", "114301000000000009"


@pytest.mark.parametrize(
    ("systems", "duty", "named"),
    [
        ([("b", f"{LAND},{CITY}", "live"), ("c", CITY, "live")], CITY, "b"),
        ([("a", CITY, "trial"), ("c", CITY, "paused")], CITY, "c"),
        ([("a", LAND, "live")], CITY, "没有登记在用的系统"),
        ([("a", LAND, "live")], None, "没有统一社会信用代码"),
    ],
)
def test_the_card_names_the_system_of_whose_turn_it_is_or_says_why_none(
    office: Office, systems: list[tuple[str, str, str]], duty: str | None, named: str
) -> None:
    put_systems(office, *systems)
    number = office.accepted(MONDAY)
    office.act(number, "transfer", "2026-11-10T09:00", organization=Organisation(duty, "市城管局"))
    office.supervise("2026-12-01")
    [(code, org, text)] = office.cards("system", "org_uscc", "snapshot")
    assert org == duty
    assert named in (code or json.loads(text)["no_system"]["zh"])


def test_a_linked_case_says_which_of_several_systems_is_meant(office: Office) -> None:
    put_systems(office, ("a", CITY, "live"), ("b", CITY, "live"))
    number = office.accepted(MONDAY)
    office.act(number, "transfer", "2026-11-10T09:00", organization=Organisation(CITY, "市城管局"))
    with writing(office.engine) as connection:
        connection.execute(insert(complaint_link).values(complaint_id=number, kind="case", target="b/1"))
    office.supervise("2026-12-01")
    assert office.cards("system") == [("b",)]
    with writing(office.engine) as connection:  # so it is handed over with the cards of that system
        assert outbox.gather(connection, "b", ("cards",), None, 0) == 1
