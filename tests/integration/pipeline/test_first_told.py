"""What a later version of a case tells first is noted as the package is stored; a first load notes nothing."""

from __future__ import annotations

from tests.integration.pipeline.conftest import Hub
from tests.support.message import case, package
from tests.support.pieces import ACCEPTED, APPLY, CASE_NO, CLOSED, PINYIN, document, message

BEGUN = ("Organization", "ServiceItem", "Applicant", "Application")


def test_a_first_load_notes_nothing_and_each_later_version_what_it_tells_first(hub: Hub) -> None:
    hub.exchange("a.xml", package([case("C1", only=BEGUN), case("C2")]))
    assert hub.rows("event_told") == []
    accepted = case("C1", version=2, only=(*BEGUN, "Acceptance"))
    hub.exchange(
        "b.xml",
        package([accepted, case("C2", {"Application/Subject": "另一地块"}, version=2)], "P2", serial=2),
    )
    assert hub.rows("event_told", "event", "number", "version") == [("Acceptance.HandledAt", 0, 2)]
    hub.exchange("c.xml", package([case("C1", version=3)], "P3", serial=3))
    told = {(event, number): version for _, event, number, version in hub.rows("event_told")}
    assert told == {
        ("Acceptance.HandledAt", 0): 2, ("Step.StartedAt", 1): 3, ("Step.EndedAt", 1): 3, ("CorrectionNotice.NotifiedAt", 1): 3,
        ("CorrectionReceipt.ReceivedAt", 1): 3, ("SpecialProcedure.StartedAt", 1): 3, ("SpecialProcedureResult.EndedAt", 1): 3,
        ("Completion.CompletedAt", 0): 3, ("Delivery.DeliveredAt", 0): 3,
    }  # fmt: skip


def test_a_time_that_is_put_right_is_no_new_event_and_what_is_older_changes_nothing(hub: Hub) -> None:
    hub.exchange("a.xml", package([case("C1", version=5)]))
    right = {"Completion/CompletedAt": "2026-04-14T16:31:00+08:00"}
    hub.exchange(
        "b.xml", package([case("C1", right, version=6), case("C1", only=BEGUN, version=2)], "P2", serial=2)
    )
    assert (hub.case("C1").version, hub.rows("event_told")) == (2, [])


def test_a_stage_that_follows_tells_its_event_first_and_what_waited_for_the_first_stage_counts_as_told(
    hub: Hub,
) -> None:
    hub.register(**PINYIN)
    hub.exchange("1.xml", document(message(0, APPLY), message(2, ACCEPTED)))
    assert hub.rows("event_told") == []
    hub.exchange("2.xml", document(message(4, CLOSED)))
    assert ("Completion.CompletedAt", 0, 2) in hub.rows("event_told", "event", "number", "version")
    before = hub.count("event_told")
    other = f"{CASE_NO[:-1]}2"
    hub.exchange("3.xml", document(message(4, CLOSED, other)))
    hub.exchange("4.xml", document(message(0, APPLY, other), message(2, ACCEPTED, other)))
    assert hub.case(other).state == "current"
    assert hub.count("event_told") == before
