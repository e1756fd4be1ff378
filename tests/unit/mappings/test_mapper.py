"""A case becomes a fragment: its number, order, operation and digest, or a rejection that keeps what can be known of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.shapes import Fragment, Order, Rejection
from mappings.mapper import Mapper
from schemas.validator import ParsedCase
from tests.support.message import case, fragment_of, mapped, registration, rows_of

ORDERS = {
    "the source's version, if it tells one": (
        {"version": 3, "updated": "2026-04-15T17:42:10+08:00"},
        Order(2, 3),
    ),
    "a version with zeros in front": ({"version": "0003"}, Order(2, 3)),
    "else its time": ({"version": None, "updated": "1970-01-01T08:00:01+08:00"}, Order(1, 1_000_000)),
    "else the package's serial": ({"version": None}, Order(0, 42)),
}


@pytest.mark.parametrize(("said", "expected"), ORDERS.values(), ids=ORDERS)
def test_a_fragment_is_ordered_by(said: dict[str, object], expected: Order) -> None:
    assert fragment_of(case("C1", **said), serial=42).order == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(("written", "meant"), [(None, "U"), ("U", "U"), ("D", "D")])
def test_without_an_operation_an_update_is_meant(written: str | None, meant: str) -> None:
    assert fragment_of(case("C1", operation=written)).operation == meant


SAME = {
    "version and time": case("C1", version=9, updated="2026-05-01"),
    "the number": case("C2"),
    "an explicit U": case("C1", operation="U"),
    "white space between and around": case("C1").replace("  ", "\t\n ").replace("申请表", "  申请表\n"),
    "another way to write a time": case("C1", {"Application/AppliedAt": "2026-03-23T01:12:00Z"}),
    "another way to write a flag": case("C1", {"ServiceItem/IsCharged": "1"}),
    "another way to write money": case("C1", {"Fees/Fee/ChargedAmount": "10"}),
}
OTHER = {
    "a tombstone": case("C1", operation="D"),
    "a text": case("C1", {"Applicant/Name": "长沙𠮷祥置业有限公司1"}),
    "an element less": case("C1", {"Delivery": None}),
    "a field that is blank instead of absent": case("C1", {"Process/Step/Opinion": ""}),
    "a day instead of a time": case("C1", {"Application/AppliedAt": "2026-03-23"}),
    "midnight instead of a day": case("C1", {"Application/AppliedAt": "2026-03-23T00:00:00+08:00"}),
}


@pytest.mark.parametrize("text", SAME.values(), ids=SAME)
def test_the_digest_does_not_tell_apart(text: str) -> None:
    assert fragment_of(text).digest == fragment_of(case("C1")).digest


def test_the_digest_tells_all_other_contents_apart() -> None:
    digests = {name: fragment_of(text).digest for name, text in OTHER.items()}
    digests["the whole case"] = fragment_of(case("C1")).digest
    assert len(set(digests.values())) == len(digests)


def test_blank_and_absent_are_two_things() -> None:
    assert rows_of(fragment_of(case("C1", {"Process/Step/Opinion": ""})), "step")[0]["opinion"] == ""
    assert rows_of(fragment_of(case("C1", {"Process/Step/Opinion": None})), "step")[0]["opinion"] is None


def test_all_fourteen_elements_reach_their_tables() -> None:
    found = fragment_of(case("C1"))
    assert list(found.lines) == [
        "approval_case", "applicant", "application", "acceptance", "material", "step", "correction_notice",
        "correction_receipt", "special_procedure", "special_procedure_result", "fee", "completion", "delivery",
    ]  # fmt: skip
    [step] = rows_of(found, "step")
    assert (step["step_name"], step["ended_day"], step["opinion"]) == ("决定", "2026-04-14", "同意。")
    [fee] = rows_of(found, "fee")
    assert (fee["charged_amount"], fee["standard_amount"]) == ("1000", None)


def test_rare_characters_reach_their_tables() -> None:
    [row] = rows_of(fragment_of(case("C1", {"Applicant/Name": "𠮷㛃䶮\U0002ebf0"})), "applicant")
    assert row["name"] == "𠮷㛃䶮\U0002ebf0"


def test_a_text_that_spells_null_is_stored_as_the_text() -> None:
    [row] = rows_of(fragment_of(case("C1", {"Applicant/Name": "\\N"})), "applicant")
    assert row["name"] == "\\N"


def test_numbers_with_thousands_of_zeros_in_front_are_numbers() -> None:
    zeros = "0" * 5000
    changes = {"Materials/Material/Seq": zeros + "1", "Fees/Fee/ChargedAmount": zeros + "1.5"}
    found = fragment_of(case("C1", changes, version=zeros + "7"))
    assert found.order == Order(2, 7)
    assert rows_of(found, "material")[0]["seq"] == "1"
    assert rows_of(found, "fee")[0]["charged_amount"] == "150"


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        (b"<Case><CaseNo> C1 </CaseNo><Orga", "C1"),
        (b"<Case><CaseNo>C1", None),
        (b"<Case><CaseNo></CaseNo>", None),
        (b"<Case><CaseNo>" + b"x" * 51 + b"</CaseNo>", None),
        ("<Case><CaseNo>𠮷-1</CaseNo>".encode(), "𠮷-1"),
        (b"\xff\xfe", None),
    ],
)
def test_a_case_that_cannot_be_parsed_keeps_its_number_if_it_can_be_read(
    raw: bytes, number: str | None
) -> None:
    found, _ = Mapper(registration(), {}).map_case(ParsedCase(3, None, 17, 16, []), raw, "0" * 64, 1)
    assert isinstance(found, Rejection)
    assert (found.case_no, found.ordinal, found.line, found.content) == (number, 3, 17, raw)


def test_a_refused_case_keeps_its_bytes() -> None:
    text = case("C1", {"Applicant/Type": "77"})
    found, _ = mapped(text)
    assert isinstance(found, Rejection)
    assert (found.case_no, found.content) == ("C1", text.encode())


def test_the_fingerprint_changes_with_everything_that_decides_what_a_case_becomes() -> None:
    variants = [
        {}, {"codes": "hunan"}, {"organizations": ("91430100MA4L12346D",)}, {"region": "430000"},
        {"checks": {"OPINION_MISSING": "error"}}, {"checks": {"OPINION_MISSING": "warning"}},
    ]  # fmt: skip
    prints = {Mapper(registration(**each), {}).fingerprint for each in variants}
    assert len(prints) == len(variants)
    assert Mapper(registration(name="另名", path=str(Path("x"))), {}).fingerprint in prints


def test_whoever_reads_without_remarks_reads_the_same() -> None:
    thorough, _ = mapped(case("C1"))
    plain = fragment_of(case("C1"))
    assert isinstance(thorough, Fragment)
    assert (thorough.lines, thorough.digest) == (plain.lines, plain.digest)


@pytest.mark.parametrize(
    "number", ["A\u200b1", "A\n1", "A\t1", "\ufeffA1", "A\u202e1", "A\u00ad1", "A&#xA;1", "A\u20281"]
)
@pytest.mark.parametrize("plainly", [True, False])
def test_a_case_number_with_what_nobody_sees_is_refused_and_not_shown(number: str, plainly: bool) -> None:
    text = case("HERE").replace("HERE", number)
    found, _ = mapped(text if plainly else text.replace("<CaseNo>", "<!-- --><CaseNo>"))
    assert isinstance(found, Rejection)
    assert found.case_no is None
    [told] = found.violations
    assert (told.code, told.field) == ("VALUE_TYPE", "Case.CaseNo")
    assert "zero-width" in str(told.params["expected"])


@pytest.mark.parametrize("number", ["湘国土（2026）第１号", "A 1", "𠮷-1", "A\u30001"])
def test_a_case_number_that_people_can_read_is_taken(number: str) -> None:
    found, _ = mapped(case(number))
    assert isinstance(found, Fragment)
    assert found.case_no == number
