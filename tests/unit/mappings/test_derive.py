"""What a message may leave out (†) is filled in from the registration or the case itself, and its origin is kept."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hub.shapes import Fragment
from tests.support.message import USCC, case, fragment_of, registration, rows_of

OTHER = "11430100MB1234567J"


def shared(fragment: Fragment) -> dict[str, str | None]:
    [row] = rows_of(fragment, "approval_case")
    return row


def origins(fragment: Fragment) -> dict[str, Any]:
    return json.loads(shared(fragment)["derived"] or "{}")


def test_a_whole_message_has_nothing_derived() -> None:
    assert shared(fragment_of(case("C1")))["derived"] is None


def test_the_organisation_and_the_region_come_from_the_registration() -> None:
    found = fragment_of(case("C1", {"Organization/Uscc": None, "Organization/RegionCode": None}))
    assert (shared(found)["org_uscc"], shared(found)["region_code"]) == (USCC, "430100")
    assert origins(found) == {"Organization.Uscc": "registration", "Organization.RegionCode": "registration"}


def test_a_nine_digit_code_is_positions_9_to_17_of_the_organisation() -> None:
    found = fragment_of(case("C1", {"Organization/Uscc": USCC[8:17]}))
    assert shared(found)["org_uscc"] == USCC
    assert origins(found) == {"Organization.Uscc": "registration"}


def test_among_several_organisations_the_nine_digits_choose() -> None:
    known = registration(organizations=(OTHER, USCC))
    assert shared(fragment_of(case("C1", {"Organization/Uscc": USCC[8:17]}), known))["org_uscc"] == USCC


def test_the_item_type_stands_in_a_31_digit_code() -> None:
    code = f"{USCC}4430501203001"  # level 4, province 43, type 05
    found = fragment_of(case("C1", {"ServiceItem/ItemCode": code, "ServiceItem/ItemType": None}))
    assert shared(found)["item_type"] == "05"
    assert origins(found) == {"ServiceItem.ItemType": "item code"}


@pytest.mark.parametrize("code", [f"{USCC}443", f"{USCC}4439901203001"])
def test_a_code_that_does_not_tell_the_type_leaves_it_not_reported(code: str) -> None:
    found = fragment_of(case("C1", {"ServiceItem/ItemCode": code, "ServiceItem/ItemType": None}))
    assert shared(found)["item_type"] is None


def materials(*numbers: str) -> str:
    items = "".join(
        f"<Material>{n and f'<Seq>{n}</Seq>'}<Name>M{i}</Name></Material>" for i, n in enumerate(numbers, 1)
    )
    whole = case("C1", {"Materials": None})
    return whole.replace("<Process>", f"<Materials>{items}</Materials><Process>")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (("", "", ""), ["1", "2", "3"]),
        (("2", "", ""), ["2", "1", "3"]),
        (("", "7", ""), ["1", "7", "2"]),
        (("3", "1"), ["3", "1"]),
    ],
)
def test_rows_without_a_number_get_the_free_ones_in_order(
    given: tuple[str, ...], expected: list[str]
) -> None:
    found = fragment_of(materials(*given))
    assert [row["seq"] for row in rows_of(found, "material")] == expected
    assert origins(found) == ({"Material.Seq": "order"} if "" in given else {})


def test_steps_are_numbered_by_time_and_not_by_their_place() -> None:
    times = (
        "<StartedAt>2026-04-03</StartedAt>",
        "<StartedAt>2026-04-01T09:00:00+08:00</StartedAt>",
        "<EndedAt>2026-04-02T09:00:00+08:00</EndedAt>",
        "<StartedAt>2026-04-01T08:00:00+08:00</StartedAt>",
    )
    steps = "".join(f"<Step><StepName>S{n}</StepName>{time}</Step>" for n, time in enumerate(times))
    text = case("C1", {"Process": None, "Fees": None}).replace(
        "<CorrectionNotice>", f"<Process>{steps}</Process><CorrectionNotice>"
    )
    rows = rows_of(fragment_of(text), "step")
    assert [(row["step_name"], row["seq"]) for row in rows] == [
        ("S0", "4"),
        ("S1", "2"),
        ("S2", "3"),
        ("S3", "1"),
    ]


def corrected(received: str, *notified: str) -> list[str | None]:
    notices = "".join(
        f"<CorrectionNotice><Seq>{n}</Seq><NotifiedAt>{when}</NotifiedAt></CorrectionNotice>"
        for n, when in enumerate(notified, 1)
    )
    receipt = f"<CorrectionReceipt><ReceivedAt>{received}</ReceivedAt></CorrectionReceipt>"
    text = case("C1", {"CorrectionNotice": None, "CorrectionReceipt": None})
    text = text.replace("<SpecialProcedure>", notices + receipt + "<SpecialProcedure>", 1)
    return [row["notice_seq"] for row in rows_of(fragment_of(text), "correction_receipt")]


REFERENCES = {
    "the latest earlier notice": ("2026-03-27T15:00:00", ("2026-03-25T09:00:00", "2026-03-26T09:00:00", "2026-03-28"), "2"),
    "the latest by time, not by place": ("2026-03-27T15:00:00", ("2026-03-26T09:00:00", "2026-03-25T09:00:00"), "1"),
    "the only one, although it is later": ("2026-03-24T15:00:00", ("2026-03-25T09:00:00",), "1"),
    "none of several later ones": ("2026-03-24", ("2026-03-25", "2026-03-26"), None),
    "none where there is none": ("2026-03-24", (), None),
    "a notice of the same day where the receipt has a day only": ("2026-03-26", ("2026-03-25", "2026-03-26T09:00:00"), "2"),
    "a notice of that day where the notice has a day only": ("2026-03-26T08:00:00", ("2026-03-25", "2026-03-26"), "2"),
    "not one of the same day that is later": ("2026-03-26T08:00:00", ("2026-03-25", "2026-03-26T08:00:01"), "1"),
    "one of the same instant": ("2026-03-26T08:00:00", ("2026-03-25", "2026-03-26T00:00:00Z"), "2"),
}  # fmt: skip


@pytest.mark.parametrize(("received", "notified", "expected"), REFERENCES.values(), ids=REFERENCES)
def test_a_correction_receipt_answers(received: str, notified: tuple[str, ...], expected: str | None) -> None:
    assert corrected(received, *notified) == [expected]


def test_a_result_ends_the_latest_earlier_procedure() -> None:
    found = fragment_of(case("C1", {"SpecialProcedureResult/ProcedureSeq": None}))
    [row] = rows_of(found, "special_procedure_result")
    assert (row["procedure_seq"], row["ordinal"]) == ("1", "1")
    assert origins(found) == {"SpecialProcedureResult.ProcedureSeq": "order"}


def test_what_nothing_supplies_is_not_reported() -> None:
    found = fragment_of(
        case(
            "C1",
            {"ServiceItem/PromisedLimit": None, "ServiceItem/IsCharged": None, "Application/Channel": None},
        )
    )
    assert (shared(found)["promised_limit"], shared(found)["is_charged"]) == (None, None)
    [row] = rows_of(found, "application")
    assert row["channel"] is None
