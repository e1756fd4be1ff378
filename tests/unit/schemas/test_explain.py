"""What libxml2 only calls wrong is told by code, field and what was expected: one table of defects."""

from __future__ import annotations

import pytest

from hub.shapes import Violation
from schemas.catalogue import describe
from schemas.explain import moment_is_valid
from tests.support.message import case, parsed


def violations(text: str) -> list[Violation]:
    return parsed(text).violations


def leaf(path: str, value: str) -> str:
    return case("C1", {path: value})


def without(path: str) -> str:
    return case("C1", {path: None})


LONG = "长" * 2001
VALUES = {
    "a blank required text": (leaf("Applicant/Name", " "), "VALUE_EMPTY", "Applicant.Name", {}),
    "an empty number": (leaf("Materials/Material/Seq", ""), "VALUE_EMPTY", "Material.Seq", {}),
    "an empty time": (leaf("Application/AppliedAt", ""), "VALUE_EMPTY", "Application.AppliedAt", {}),
    "an empty code": (leaf("Applicant/Type", ""), "VALUE_EMPTY", "Applicant.Type", {}),
    "a text that is too long": (leaf("Applicant/Name", "长" * 201), "VALUE_LENGTH", "Applicant.Name", {"limit": 200, "length": 201}),
    "a case number that is too long": (case("长" * 51), "VALUE_LENGTH", "Case.CaseNo", {"limit": 50, "length": 51}),
    "a text whose rare characters count once": (leaf("Applicant/Name", "𠮷" * 201), "VALUE_LENGTH", "Applicant.Name", {"limit": 200, "length": 201}),
    "a number that is none": (leaf("Materials/Material/Seq", "1.5"), "VALUE_TYPE", "Material.Seq", None),
    "a number that is too small": (leaf("Materials/Material/Seq", "0"), "VALUE_RANGE", "Material.Seq", {"minimum": 1, "maximum": 999999}),
    "a number that is too large": (leaf("ServiceItem/PromisedLimit", "10000"), "VALUE_RANGE", "ServiceItem.PromisedLimit", {"minimum": 0, "maximum": 9999}),
    "a version of zero": (case("C1", version=0), "VALUE_RANGE", "Case.DataVersion", {"minimum": 1, "maximum": 2147483647}),
    "money with three decimals": (leaf("Fees/Fee/ChargedAmount", "1.005"), "VALUE_TYPE", "Fee.ChargedAmount", None),
    "money in words": (leaf("Fees/Fee/ChargedAmount", "十元"), "VALUE_TYPE", "Fee.ChargedAmount", None),
    "more money than there is": (leaf("Fees/Fee/ChargedAmount", "100000000000000.00"), "VALUE_RANGE", "Fee.ChargedAmount", {"minimum": "-99999999999999.99", "maximum": "99999999999999.99"}),
    "a flag in words": (leaf("ServiceItem/IsCharged", "是"), "VALUE_TYPE", "ServiceItem.IsCharged", None),
    "a day that does not exist": (leaf("Application/AppliedAt", "2026-02-29"), "VALUE_TYPE", "Application.AppliedAt", None),
    "a time with a space": (leaf("Application/AppliedAt", "2026-03-23 09:12:00"), "VALUE_TYPE", "Application.AppliedAt", None),
    "a credit code of 17 characters": (leaf("Organization/Uscc", "11430100006121778"), "VALUE_PATTERN", "Organization.Uscc", None),
    "a region of 4 digits": (leaf("Organization/RegionCode", "4301"), "VALUE_PATTERN", "Organization.RegionCode", None),
    "a digest that is none": (leaf("Materials/Material/AttachmentDigest", "abc"), "VALUE_PATTERN", "Material.AttachmentDigest", None),
}  # fmt: skip


@pytest.mark.parametrize(("text", "code", "field", "params"), VALUES.values(), ids=VALUES)
def test_a_value_is_refused(text: str, code: str, field: str, params: dict[str, object] | None) -> None:
    [violation] = violations(text)
    assert (violation.code, violation.field) == (code, field)
    assert params is None or violation.params == params
    assert violation.value is not None


def moved(path: str, before: str) -> str:
    """The element at a path, taken away and put back in front of another."""
    whole = case("C1")
    name = path.split("/")[-1]
    start = whole.index(f"<{name}>")
    end = whole.index(f"</{name}>") + len(name) + 3
    rest = whole[:start] + whole[end:]
    return rest.replace(f"<{before}>", whole[start:end] + f"<{before}>", 1)


BODY = "/ExchangePackage/Body/Case[1]"
STRUCTURE = {
    "no applicant": (without("Applicant"), "STRUCT_MISSING", "Applicant", BODY),
    "no application": (without("Application"), "STRUCT_MISSING", "Application", BODY),
    "no item": (without("ServiceItem"), "STRUCT_MISSING", "ServiceItem", BODY),
    "no number": (without("CaseNo"), "STRUCT_MISSING", "Case.CaseNo", BODY),
    "no applicant's name": (without("Applicant/Name"), "STRUCT_MISSING", "Applicant.Name", f"{BODY}/Applicant"),
    "no time of application": (without("Application/AppliedAt"), "STRUCT_MISSING", "Application.AppliedAt", f"{BODY}/Application"),
    "no name of a material": (without("Materials/Material/Name"), "STRUCT_MISSING", "Material.Name", f"{BODY}/Materials/Material"),
    "no amount of a fee": (without("Fees/Fee/ChargedAmount"), "STRUCT_MISSING", "Fee.ChargedAmount", f"{BODY}/Fees/Fee"),
    "the last field that is required": (without("Delivery/DeliveredAt"), "STRUCT_MISSING", "Delivery.DeliveredAt", f"{BODY}/Delivery"),
    "an element nobody knows": (
        case("C1").replace("<Acceptance>", "<Accept/><Acceptance>"), "STRUCT_UNEXPECTED", "Case.Accept", f"{BODY}/Accept"),
    "a field nobody knows": (
        case("C1").replace("<Channel>", "<Chanel/><Channel>"), "STRUCT_UNEXPECTED", "Application.Chanel", f"{BODY}/Application/Chanel"),
    "an element at the wrong place": (moved("Delivery", "Acceptance"), "STRUCT_UNEXPECTED", "Case.Acceptance", f"{BODY}/Acceptance"),
    "an optional field at the wrong place": (
        moved("Application/Subject", "Channel"), "STRUCT_UNEXPECTED", "Application.Channel", f"{BODY}/Application/Channel"),
    "an element twice": (
        case("C1").replace("<Completion>", "<Completion><Result>0</Result><CompletedAt>2026-04-14</CompletedAt></Completion><Completion>"),
        "STRUCT_UNEXPECTED", "Case.Completion", f"{BODY}/Completion[2]"),
    "an element within a value": (
        case("C1").replace("<Status>1</Status>", "<Status><b>1</b></Status>"), "STRUCT_UNEXPECTED", "Acceptance.Status", f"{BODY}/Acceptance/Status"),
    "text between elements": (
        case("C1").replace("<Acceptance>", "<Acceptance>受理", 1), "STRUCT_UNEXPECTED", "Case.Acceptance", f"{BODY}/Acceptance"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "code", "field", "xpath"), STRUCTURE.values(), ids=STRUCTURE)
def test_a_structure_is_refused(text: str, code: str, field: str, xpath: str) -> None:
    [violation] = violations(text)
    assert (violation.code, violation.field, violation.xpath) == (code, field, xpath)


XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xs="http://www.w3.org/2001/XMLSchema"'
ATTRIBUTES = {
    'lang="zh"': "@lang",
    'xmlns:x="urn:x" x:lang="zh"': '@lang (xmlns="urn:x")',
    f'{XSI} xsi:type="xs:string"': "@xsi:type",
    f'{XSI} xsi:type="unknown"': "@xsi:type",
    f'{XSI} xsi:type="a:b"': "@xsi:type",
    f'{XSI} xsi:nil="true"': "@xsi:nil",
    f'{XSI} xsi:nil="?"': "@xsi:nil",
}


@pytest.mark.parametrize(("written", "found"), ATTRIBUTES.items())
@pytest.mark.parametrize("field", ["Case.Acceptance", "Acceptance.Status", "Application.Subject"])
def test_an_attribute_is_named_and_not_the_value_beside_it(written: str, found: str, field: str) -> None:
    element = field.split(".")[1]
    [violation] = violations(case("C1").replace(f"<{element}>", f"<{element} {written}>", 1))
    assert (violation.code, violation.field) == ("STRUCT_UNEXPECTED", field)
    assert violation.params == {"found": found, "expected": "没有属性 / no attribute"}


WITHOUT_NAMES = {
    "an element after the last": (
        case("C1").replace("</Case>", "<Acceptance/></Case>"),
        "no further element",
    ),
    "an element within a value": (STRUCTURE["an element within a value"][0], "not an element"),
}


@pytest.mark.parametrize(("text", "expected"), WITHOUT_NAMES.values(), ids=WITHOUT_NAMES)
def test_where_no_element_can_be_named_it_is_said_so(text: str, expected: str) -> None:
    [violation] = violations(text)
    assert expected in str(violation.params["expected"])


@pytest.mark.parametrize(
    "text", [each[0] for each in (*VALUES.values(), *STRUCTURE.values())], ids=[*VALUES, *STRUCTURE]
)
def test_everything_can_be_said_in_both_languages(text: str) -> None:
    for violation in violations(text):
        said = describe(violation.code, violation.field, violation.value, violation.params)
        assert all((said.message_zh, said.message_en, said.remedy_zh, said.remedy_en))


def test_a_value_is_told_cut_to_what_people_read() -> None:
    [violation] = violations(leaf("Applicant/Name", LONG))
    assert len(violation.value or "") == 500


def test_what_may_be_missing_is_not_missed() -> None:
    for path in (
        "Acceptance",
        "Materials",
        "Materials/Material",
        "Process",
        "CorrectionReceipt",
        "Fees",
        "Completion",
        "Delivery",
        "Organization/Uscc",
    ):
        assert violations(without(path)) == [], path


MOMENTS = {
    "2026-03-23": True, "2026-03-23T09:12:00": True, "2026-03-23T09:12:00Z": True, "2026-03-23T24:00:00": True,
    "2026-03-23T09:12:00.123456-05:00": True, "2026-02-30": False, "2026-03-23T25:00:00": False, "2026-03-23T09:12": False,
    "23.03.2026": False, "2026-03-23T09:12:00+8": False, "": False, "3026-03-23": False,
}  # fmt: skip


@pytest.mark.parametrize(("written", "valid"), MOMENTS.items())
def test_a_point_in_time_is_written_like_this(written: str, valid: bool) -> None:
    assert moment_is_valid(written) is valid
