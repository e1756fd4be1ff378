"""Content checks: what refuses a case, what is only remarked upon, and what a registration may raise to a refusal."""

from __future__ import annotations

import pytest

from hub.errors import StopError
from hub.shapes import Fragment, Rejection, Violation
from mappings.mapper import Mapper
from tests.support.message import USCC, case, line_of, mapped, parsed, registration

DIGEST = "a" * 64
OTHER = "11430100MB1234567J"  # well-formed but for its check digit
FOREIGN = "91430100MA4L12346D"


def refused(text: str, **known: object) -> list[tuple[str, str | None, str | None]]:
    found, _ = mapped(text, registration(**known))
    assert isinstance(found, Rejection), "the case was accepted"
    return [(v.code, v.field, v.value) for v in found.violations]


def steps(*inner: str) -> str:
    body = "".join(f"<Step>{each}</Step>" for each in inner)
    return case("C1", {"Process": None, "Fees": None}).replace(
        "<CorrectionNotice>", f"<Process>{body}</Process><CorrectionNotice>"
    )


ERRORS = {
    "an unknown code": (case("C1", {"Applicant/Type": "77"}), ("CODE_UNKNOWN", "Applicant.Type", "77")),
    "an unknown code in a list of rows": (
        case("C1", {"Process/Step/StepType": "x"}), ("CODE_UNKNOWN", "Step.StepType", "x")),
    "an unknown operation": (case("C1", operation="X"), ("CODE_UNKNOWN", "Case.Operation", "X")),
    "what nothing supplies": (case("C1", {"Organization/Name": None}), ("DERIVED_MISSING", "Organization.Name", None)),
    "an item without a name": (case("C1", {"ServiceItem/Name": None}), ("DERIVED_MISSING", "ServiceItem.Name", None)),
    "an acceptance without status": (
        case("C1", {"Acceptance/Status": None}), ("DERIVED_MISSING", "Acceptance.Status", None)),
    "a special procedure without kind": (
        case("C1", {"SpecialProcedure/Kind": None}), ("DERIVED_MISSING", "SpecialProcedure.Kind", None)),
    "a code with a wrong check digit": (
        case("C1", {"Organization/Uscc": OTHER}), ("USCC_CHECK", "Organization.Uscc", OTHER)),
    "another organisation's case": (
        case("C1", {"Organization/Uscc": FOREIGN}), ("ORG_FOREIGN", "Organization.Uscc", FOREIGN)),
    "nine digits of another organisation": (
        case("C1", {"Organization/Uscc": "MA4L12346"}), ("ORG_FOREIGN", "Organization.Uscc", "MA4L12346")),
    "nine digits with a wrong check digit": (
        case("C1", {"Organization/Uscc": "MA4L12345"}), ("USCC_CHECK", "Organization.Uscc", "MA4L12345")),
    "another region's case": (
        case("C1", {"Organization/RegionCode": "430200"}), ("REGION_FOREIGN", "Organization.RegionCode", "430200")),
    "a receipt for a notice that is not there": (
        case("C1", {"CorrectionReceipt/NoticeSeq": "2"}), ("REF_UNKNOWN", "CorrectionReceipt.NoticeSeq", "2")),
    "a result of a procedure that is not there": (
        case("C1", {"SpecialProcedure": None}),
        ("REF_UNKNOWN", "SpecialProcedureResult.ProcedureSeq", "1")),
    "a fee in a step that is not there": (
        case("C1", {"Fees/Fee/StepSeq": "9"}), ("REF_UNKNOWN", "Fee.StepSeq", "9")),
    "a step without any time": (
        steps("<StepName>受理</StepName>"), ("STEP_TIME_MISSING", "Step.EndedAt", None)),
    "a number twice": (
        steps(*["<Seq>1</Seq><StepName>受理</StepName><StartedAt>2026-03-24</StartedAt>"] * 2),
        ("SEQ_DUPLICATE", "Step.Seq", "1")),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), ERRORS.values(), ids=ERRORS)
def test_a_case_is_refused_for(text: str, expected: tuple[str, str | None, str | None]) -> None:
    assert refused(text) == [expected]


def test_everything_that_is_wrong_is_said_at_once() -> None:
    text = case(
        "C1", {"Applicant/Type": "77", "Organization/RegionCode": "110000", "Acceptance/Status": None}
    )
    assert {code for code, _, _ in refused(text)} == {"CODE_UNKNOWN", "REGION_FOREIGN", "DERIVED_MISSING"}


def test_a_code_that_cannot_be_read_is_not_also_missing() -> None:
    assert refused(case("C1", {"Acceptance/Status": "9"})) == [("CODE_UNKNOWN", "Acceptance.Status", "9")]


def test_unknown_codes_are_told_beside_what_the_structure_lacks() -> None:
    found = refused(case("C1", {"Application": None, "Acceptance/Status": "9"}))
    assert [code for code, _, _ in found] == ["STRUCT_MISSING", "CODE_UNKNOWN"]


def test_the_crosswalk_of_the_registration_decides_what_is_known() -> None:
    assert refused(case("C1"), codes="hunan-2011")[0][0] == "CODE_UNKNOWN"
    found, _ = mapped(case("C1"), registration(codes="hunan-2011"))
    assert isinstance(found, Rejection)
    assert found.violations[0].params["crosswalk"] == "hunan-2011"


@pytest.mark.parametrize(
    ("region", "of_the_node", "accepted"),
    [
        ("430100", "430000", True), ("430102", "430100", True), ("430102001", "430100", True),
        ("430000", "430100", False), ("430200", "430100", False), ("430102", "430102001", False),
    ],
)  # fmt: skip
def test_a_region_lies_within_the_nodes(region: str, of_the_node: str, accepted: bool) -> None:
    found, _ = mapped(case("C1", {"Organization/RegionCode": region}), registration(region=of_the_node))
    assert isinstance(found, Fragment) is accepted


def test_the_place_is_that_of_the_value_or_of_the_element_that_lacks_it() -> None:
    text = case("C1", {"Applicant/Type": "77", "Organization/Name": None})
    found, _ = mapped(text)
    assert isinstance(found, Rejection)
    places = {v.code: (v.line, v.xpath) for v in found.violations}
    assert places == {
        "CODE_UNKNOWN": (line_of(text.encode(), "<Type>77"), "/ExchangePackage/Body/Case[1]/Applicant/Type"),
        "DERIVED_MISSING": (
            line_of(text.encode(), "<Organization>"),
            "/ExchangePackage/Body/Case[1]/Organization",
        ),
    }


def with_attachment(digest: str = DIGEST) -> str:
    return case(
        "C1", {"Materials/Material/AttachmentDigest": digest, "Materials/Material/AttachmentRef": "a.pdf"}
    )


def test_an_attachment_must_be_the_one_that_is_stated() -> None:
    found, _ = mapped(with_attachment(), attachments={"a.pdf": "b" * 64})
    assert isinstance(found, Rejection)
    [violation] = found.violations
    assert (violation.code, violation.params) == (
        "ATTACHMENT_DIGEST",
        {"expected": DIGEST, "found": "b" * 64},
    )


@pytest.mark.parametrize("digest", [DIGEST, DIGEST.upper()])
def test_a_digest_may_be_written_in_capitals(digest: str) -> None:
    found, remarks = mapped(with_attachment(digest), attachments={"a.pdf": DIGEST})
    assert isinstance(found, Fragment)
    assert remarks == []


def test_an_attachment_that_did_not_come_along_is_remarked_upon() -> None:
    found, remarks = mapped(with_attachment(), attachments={"other.pdf": DIGEST})
    assert isinstance(found, Fragment)
    assert [(v.code, v.severity, v.value) for v in remarks] == [("ATTACHMENT_MISSING", "warning", "a.pdf")]


def test_a_right_case_raises_no_remark() -> None:
    assert mapped(case("C1"))[1] == []


APPLICANT = {"Applicant/IdType": "111", "Applicant/Type": "1", "Applicant/LegalRepresentative": None}
WARNINGS = {
    "an identity number whose check digit is wrong": (
        {**APPLICANT, "Applicant/IdNo": "430102198503174519"}, ("ID_CHECK", "Applicant.IdNo")),
    "an identity number of somebody not yet born": (
        {**APPLICANT, "Applicant/IdNo": "430102203003174513"}, ("ID_CHECK", "Applicant.IdNo")),
    "a contact's number": ({"Applicant/ContactIdNo": "430102198503174519"}, ("ID_CHECK", "Applicant.ContactIdNo")),
    "a credit code": ({"Applicant/IdNo": "91430100MA4L12346E"}, ("ID_CHECK", "Applicant.IdNo")),
    "a refusal without reason": ({"Acceptance/Status": "2"}, ("REASON_MISSING", "Acceptance.Reason")),
    "a refusal with a blank reason": (
        {"Acceptance/Status": "2", "Acceptance/Reason": "　"}, ("REASON_MISSING", "Acceptance.Reason")),
    "an end without grant and without reason": ({"Completion/Result": "1"}, ("REASON_MISSING", "Completion.Explanation")),
    "a procedure nobody approved": ({"SpecialProcedure/Approver": None}, ("APPROVER_MISSING", "SpecialProcedure.Approver")),
    "a procedure without basis": ({"SpecialProcedure/Basis": " "}, ("BASIS_MISSING", "SpecialProcedure.Basis")),
    "a decision without opinion": ({"Process/Step/Opinion": None}, ("OPINION_MISSING", "Step.Opinion")),
    "a company that nobody represents": (
        {"Applicant/LegalRepresentative": None}, ("LEGAL_REPRESENTATIVE_MISSING", "Applicant.LegalRepresentative")),
    "an acceptance before the application": (
        {"Acceptance/HandledAt": "2026-03-23T09:11:59+08:00"}, ("TIME_ORDER", "Acceptance.HandledAt")),
    "an end before the acceptance": (
        {"Completion/CompletedAt": "2026-03-23"}, ("TIME_ORDER", "Completion.CompletedAt")),
    "a delivery before the end": ({"Delivery/DeliveredAt": "2026-04-13"}, ("TIME_ORDER", "Delivery.DeliveredAt")),
}  # fmt: skip


def changed(changes: dict[str, str | None]) -> str:
    # A field that the whole case lacks is put where the schema wants it.
    text = case("C1", {k: v for k, v in changes.items() if not k.endswith(("Reason", "Explanation"))})
    if "Acceptance/Reason" in changes:
        text = text.replace("</Acceptance>", f"<Reason>{changes['Acceptance/Reason']}</Reason></Acceptance>")
    return text


@pytest.mark.parametrize(("changes", "expected"), WARNINGS.values(), ids=WARNINGS)
def test_a_case_is_accepted_with_a_remark_on(
    changes: dict[str, str | None], expected: tuple[str, str]
) -> None:
    found, remarks = mapped(changed(changes))
    assert isinstance(found, Fragment), found
    assert [(v.code, v.field, v.severity) for v in remarks] == [(*expected, "warning")]


IN_ORDER = {
    "equal instants": {"Acceptance/HandledAt": "2026-03-23T01:12:00Z"},
    "a day and a time on it": {"Acceptance/HandledAt": "2026-03-23"},
    "a time and the day it lies on": {"Application/AppliedAt": "2026-03-24"},
    "a step of a wrong type without opinion": {"Process/Step/Opinion": None, "Process/Step/StepType": "1"},
    "a foreigner's number": {**APPLICANT, "Applicant/IdType": "999", "Applicant/IdNo": "E1"},
}  # fmt: skip


@pytest.mark.parametrize("changes", IN_ORDER.values(), ids=IN_ORDER)
def test_nothing_is_remarked_on(changes: dict[str, str | None]) -> None:
    assert mapped(changed(changes))[1] == []


def test_a_registration_raises_a_remark_to_a_refusal() -> None:
    text = case("C1", {"Process/Step/Opinion": None, "SpecialProcedure/Basis": None})
    found, remarks = mapped(
        text, registration(checks={"OPINION_MISSING": "error", "BASIS_MISSING": "warning"})
    )
    assert isinstance(found, Rejection)
    assert [(v.code, v.severity) for v in found.violations] == [("OPINION_MISSING", "error")]
    assert [v.code for v in remarks] == ["BASIS_MISSING"]


def test_and_it_does_so_where_remarks_are_not_asked_for() -> None:
    mapper = Mapper(registration(checks={"OPINION_MISSING": "error"}), {})
    text = case("C1", {"Process/Step/Opinion": None})
    found, _ = mapper.map_case(parsed(text), text.encode(), "0" * 64, 1)
    assert isinstance(found, Rejection)


@pytest.mark.parametrize("code", ["OPINION_MISING", "USCC_CHECK", "PKG_COUNT"])
def test_a_check_that_cannot_be_raised_stops_the_system(code: str) -> None:
    with pytest.raises(StopError) as told:
        Mapper(registration(checks={code: "error"}), {})
    assert code in told.value.message_en
    assert "OPINION_MISSING" in told.value.remedy_en
    assert told.value.place.field == f"checks.{code}"


@pytest.mark.parametrize(
    ("changes", "word"), [({"dialect": "canonicall"}, "canonical"), ({"codes": "hunan2011"}, "hunan-2011")]
)
def test_a_dialect_or_crosswalk_that_is_not_there_stops_the_system(
    changes: dict[str, str], word: str
) -> None:
    with pytest.raises(StopError) as told:
        Mapper(registration(**changes), {})
    assert word in told.value.remedy_en


def test_an_organisation_that_sends_for_several_names_its_own() -> None:
    known = registration(organizations=(USCC, FOREIGN))
    for uscc in known.organizations:
        assert isinstance(mapped(case("C1", {"Organization/Uscc": uscc}), known)[0], Fragment)
    found, _ = mapped(case("C1", {"Organization/Uscc": None}), known)
    assert isinstance(found, Rejection)
    assert [v.code for v in found.violations] == ["DERIVED_MISSING"]


def test_values_of_any_length_are_cut_where_they_are_told() -> None:
    found, _ = mapped(case("C1", {"Applicant/Type": "7" * 100_000}))
    assert isinstance(found, Rejection)
    violation: Violation = found.violations[0]
    assert violation.code == "CODE_UNKNOWN"
    assert len(violation.value or "") <= 500
