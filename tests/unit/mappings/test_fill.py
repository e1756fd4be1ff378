"""What a case leaves out is filled from the item catalogue as it stood when the case was applied for, and marked so."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from hub.items import FeeFacts, ItemFacts, Limit, MaterialFacts, StepFacts, came_from
from hub.shapes import Fragment, Rejection, Violation
from mappings.mapper import Mapper
from tests.support.message import USCC, case, parsed, registration, rows_of

CODE = f"{USCC}4430101203001"
FACTS = ItemFacts(
    code=CODE, version=3, name="建设用地规划许可证核发", organization=USCC, organization_name="长沙市自然资源和规划局",
    item_type="01", case_type="2", statutory=Limit(20, "W"), promised=Limit(12, "W"), is_charged=True,
    steps=(StepFacts("SL", "受理", "1"), StepFacts("JD", "决定", "3")),
    fees=(FeeFacts("FE-001", "工本费", "湘发改〔2019〕1号", 1000),),
    materials=(MaterialFacts("申请表", True), MaterialFacts("复印件", False)),
)  # fmt: skip


class Twin:
    """A catalogue of few items; `asked` are the days it was asked for."""

    def __init__(self, *facts: ItemFacts, names: Mapping[str, str] | None = None, digest: str = "d1") -> None:
        self.facts = {each.code: each for each in facts}
        self.names = names or {}
        self.digest = digest
        self.asked: list[date | None] = []

    def find(self, code: str, on: date | None) -> ItemFacts | None:
        self.asked.append(on)
        return self.facts.get(code)

    def organization(self, uscc: str, on: date | None) -> str | None:
        return self.names.get(uscc)

    def lists(self, organization: str) -> bool:
        return any(each.organization == organization for each in self.facts.values())


def read(text: str, items: Twin | None) -> tuple[Fragment | Rejection, list[Violation]]:
    mapper = Mapper(registration(), {}, with_warnings=True, items=items)
    return mapper.map_case(parsed(text), text.encode(), "0" * 64, 1)


def accepted(text: str, items: Twin | None) -> Fragment:
    found, _ = read(text, items)
    assert isinstance(found, Fragment), found
    return found


def shared(fragment: Fragment) -> dict[str, Any]:
    [row] = rows_of(fragment, "approval_case")
    return row


def origins(fragment: Fragment) -> dict[str, str]:
    return json.loads(shared(fragment)["derived"] or "{}")


def test_what_the_item_lacks_comes_from_the_catalogue_with_its_origin() -> None:
    bare = {f"ServiceItem/{name}": None for name in ("Name", "CaseType", "IsCharged")}
    found = accepted(case("C1", {**bare, "ServiceItem/PromisedLimit": None, "ServiceItem/PromisedLimitUnit": None}), Twin(FACTS))  # fmt: skip
    row = shared(found)
    assert (row["item_name"], row["item_version"], row["case_type"], row["is_charged"]) == (
        "建设用地规划许可证核发", "3", "2", "1",
    )  # fmt: skip
    assert (row["promised_limit"], row["promised_limit_unit"]) == ("12", "W")
    assert (row["statutory_limit"], row["statutory_limit_unit"]) == ("20", "W")
    assert origins(found)["ServiceItem.PromisedLimitUnit"] == "catalogue"
    assert came_from(origins(found), "ServiceItem.ItemType") is None


def test_what_the_case_itself_says_is_never_touched() -> None:
    text = case("C1", {"ServiceItem/PromisedLimit": "5", "ServiceItem/PromisedLimitUnit": None, "ServiceItem/IsCharged": "false"})  # fmt: skip
    row = shared(accepted(text, Twin(replace(FACTS, promised=Limit(12, "D")))))
    assert (row["promised_limit"], row["promised_limit_unit"], row["is_charged"]) == ("5", None, "0")


def test_a_unit_without_a_number_does_not_stay_beside_the_catalogue_s_number() -> None:
    text = case("C1", {"ServiceItem/PromisedLimit": None, "ServiceItem/PromisedLimitUnit": "D"})
    row = shared(accepted(text, Twin(FACTS)))
    assert (row["promised_limit"], row["promised_limit_unit"]) == ("12", "W")


def test_the_item_is_asked_for_as_of_the_day_of_application() -> None:
    twin = Twin(FACTS)
    accepted(case("C1", {"Application/AppliedAt": "2025-12-31T16:30:00Z"}), twin)
    assert set(twin.asked) == {date(2026, 1, 1)}  # in UTC+8


def test_a_handling_item_goes_before_the_item_above_it() -> None:
    handled = replace(FACTS, code=f"{CODE}01", statutory=Limit(7, "W"))
    text = case("C1").replace("</ItemCode>", f"</ItemCode><HandleItemCode>{CODE}01</HandleItemCode>")
    assert shared(accepted(text, Twin(FACTS, handled)))["statutory_limit"] == "7"
    assert shared(accepted(text, Twin(FACTS)))["statutory_limit"] == "20"


def test_steps_fees_and_materials_are_found_by_code_else_by_a_name_that_is_the_only_one() -> None:
    changes = {
        "Process/Step/StepType": None,
        "Fees/Fee/Basis": None,
        "Fees/Fee/Name": None,
    }
    text = case("C1", changes).replace("<ChargedAmount>", "<FeeItemCode>FE-001</FeeItemCode><ChargedAmount>")
    found = accepted(text, Twin(FACTS))
    [step], [fee], [material] = (rows_of(found, table) for table in ("step", "fee", "material"))
    assert (step["step_code"], step["step_type"]) == ("JD", "3")
    assert (fee["name"], fee["basis"], fee["standard_amount"]) == ("工本费", "湘发改〔2019〕1号", "1000")
    assert material["is_required"] == "1"
    assert origins(found)["Step.StepType"] == origins(found)["Fee.StandardAmount"] == "catalogue"

    twice = replace(FACTS, steps=(StepFacts("J1", "决定", "3"), StepFacts("J2", "决定", "3")))
    [step] = rows_of(accepted(text, Twin(twice)), "step")
    assert step["step_code"] is None


def test_the_origin_tells_which_rows_were_filled() -> None:
    rows = "".join(
        f"<Material><Seq>{seq}</Seq><Name>{name}</Name>{extra}</Material>"
        for seq, name, extra in ((1, "申请表", ""), (2, "复印件", ""), (3, "别的", ""), (4, "申请表", "<IsRequired>false</IsRequired>"))
    )  # fmt: skip
    text = case("C1").replace("<Materials>", f"<Materials><!-- -->{rows}").replace("<!-- -->", "")
    start = text.index("</Material>", text.rindex("<Seq>4</Seq>"))
    text = text[: start + len("</Material>")] + text[text.index("</Materials>") :]
    found = accepted(text, Twin(FACTS))
    assert [row["is_required"] for row in rows_of(found, "material")] == ["1", "0", None, "0"]
    told = [came_from(origins(found), "Material.IsRequired", str(seq)) for seq in (1, 2, 3, 4)]
    assert told == ["catalogue", "catalogue", None, None]


def test_a_version_not_in_force_names_the_item_and_is_judged_by_no_more() -> None:
    text = case("C1", {"ServiceItem/Name": None, "ServiceItem/PromisedLimit": None, "ServiceItem/PromisedLimitUnit": None})  # fmt: skip
    found, warned = read(text, Twin(FACTS.not_in_force()))
    assert isinstance(found, Fragment)
    row = shared(found)
    assert (row["item_name"], row["item_version"], row["promised_limit"]) == (
        "建设用地规划许可证核发",
        None,
        None,
    )
    assert [(v.code, v.severity, v.field, v.value) for v in warned] == [
        ("ITEM_NOT_IN_FORCE", "warning", "ServiceItem.ItemCode", CODE)
    ]


def test_an_unknown_item_is_a_warning_where_the_catalogue_lists_the_organisation() -> None:
    other = replace(FACTS, code="别的事项")
    _, warned = read(case("C1"), Twin(other))
    assert [(v.code, v.severity) for v in warned] == [("ITEM_UNKNOWN", "warning")]
    assert warned[0].line is not None
    _, silent = read(case("C1"), Twin(replace(other, organization="11430000006121778X")))
    assert silent == []


def test_a_registration_may_refuse_unknown_items() -> None:
    strict = registration(checks={"ITEM_UNKNOWN": "error"})
    text = case("C1")
    mapper = Mapper(strict, {}, items=Twin(replace(FACTS, code="别的")))
    found, _ = mapper.map_case(parsed(text), text.encode(), "0" * 64, 1)
    assert isinstance(found, Rejection)


def test_the_name_of_the_organisation_comes_from_those_imported_else_from_its_item() -> None:
    text = case("C1", {"Organization/Name": None})
    assert shared(accepted(text, Twin(FACTS, names={USCC: "市自规局"})))["org_name"] == "市自规局"
    found = accepted(text, Twin(FACTS))
    assert shared(found)["org_name"] == "长沙市自然资源和规划局"
    assert origins(found)["Organization.Name"] == "catalogue"
    refused, _ = read(text, Twin(replace(FACTS, organization="11430000006121778X")))
    assert isinstance(refused, Rejection)
    assert [v.code for v in refused.violations] == ["DERIVED_MISSING"]


def test_the_same_message_after_a_change_of_the_catalogue_has_the_same_content() -> None:
    text = case("C1", {"ServiceItem/PromisedLimit": None, "ServiceItem/PromisedLimitUnit": None})
    before, after = Twin(FACTS), Twin(replace(FACTS, promised=Limit(3, "D")), digest="d2")
    digests = {accepted(text, items).digest for items in (None, before, after)}
    assert len(digests) == 1


def test_what_was_read_under_another_catalogue_is_read_again() -> None:
    prints = [Mapper(registration(), {}, items=items).fingerprint for items in (None, Twin(digest=""), Twin(), Twin(digest="d2"))]  # fmt: skip
    assert prints[0] == prints[1]
    assert len(set(prints)) == 3


@pytest.mark.parametrize("text", ["含\t制表符", "反斜杠\\", "𠮷㛃䶮"])
def test_any_text_of_the_catalogue_comes_through_whole(text: str) -> None:
    found = accepted(case("C1", {"ServiceItem/Name": None}), Twin(replace(FACTS, name=text)))
    assert shared(found)["item_name"] == text
