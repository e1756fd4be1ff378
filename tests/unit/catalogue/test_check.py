"""A check finds what is missing or contradictory in an item, across levels, and among organisations and people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine

from hub.catalogue.checking import check_item, check_items
from hub.catalogue.checking_people import check_organizations, check_staff
from hub.catalogue.flow import flow_of
from hub.central.engine import reading
from tests.support.catalogue import CODE, TODAY, USCC, WHOLE, bring


def good() -> dict[str, Any]:
    """The item of WHOLE as a document."""
    [item] = yaml.safe_load(WHOLE)["items"]
    return {
        **item,
        "is_charged": True,
        "issues_certificate": True,
        "steps": [{**s, "step_type": str(s["step_type"])} for s in item["steps"]],
    }


def codes(item: dict[str, Any]) -> set[str]:
    return {finding.code for finding in check_item(item)}


def test_a_good_item_has_no_findings() -> None:
    assert codes(good()) == set()


def steps(*rows: tuple[str, str, list[str]]) -> list[dict[str, Any]]:
    return [
        {"step_code": code, "name": code, "step_type": kind, "next": following}
        for code, kind, following in rows
    ]


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "basis missing": ({"basis": None}, "INCOMPLETE"),
    "promise longer than the law": ({"promised_limit": 30, "promised_limit_unit": "W"}, "PROMISED_LONGER"),
    "charged without fees": ({"fees": []}, "NO_FEES"),
    "free with fees": ({"is_charged": False}, "FEES_THOUGH_FREE"),
    "fee without basis": ({"fees": [{"name": "费", "standard_amount": "1.00"}]}, "FEE_BASIS"),
    "fee without standard": ({"fees": [{"name": "费", "basis": "b"}]}, "FEE_STANDARD"),
    "charged at no step": ({"fees": [{"name": "费", "basis": "b", "standard_text": "x", "step_code": "没有"}]}, "CHARGING_STEP"),
    "certificate without a name": ({"certificate_name": None}, "CERTIFICATE_NAME"),
    "exempt without basis": ({"is_exempt": True}, "EXEMPT_BASIS"),
    "no materials": ({"materials": []}, "NO_MATERIALS"),
    "no flow": ({"steps": []}, "NO_FLOW"),
    "of another organisation": ({"org_uscc": "11430000006121778X"}, "CODE_ORGANIZATION"),
    "of another catalogue code": ({"catalog_code": "430101203002"}, "CODE_CATALOGUE"),
    "next unknown": ({"steps": steps(("SL", "1", ["JD", "X"]), ("JD", "3", []))}, "NEXT_UNKNOWN"),
    "unreachable": ({"steps": steps(("SL", "1", ["JD"]), ("SC", "2", ["JD"]), ("JD", "3", []))}, "UNREACHABLE"),
    "no end": ({"steps": steps(("SL", "1", ["SC"]), ("SC", "2", ["SL"]))}, "NO_END"),
    "endless": ({"steps": steps(("SL", "1", ["A", "JD"]), ("A", "2", ["B"]), ("B", "2", ["A"]), ("JD", "3", []))}, "ENDLESS"),
    "no start": ({"steps": steps(("SC", "2", ["JD"]), ("JD", "3", []))}, "NO_START"),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "code"), WRONG.values(), ids=WRONG)
def test_each_fault_of_an_item_is_found(changes: dict[str, Any], code: str) -> None:
    assert code in codes({**good(), **changes})


def test_branches_that_lead_back_are_told_from_those_that_lead_on() -> None:
    flow = flow_of(
        steps(("SL", "1", ["SC"]), ("SC", "2", ["FH"]), ("FH", "2", ["JD", "SC"]), ("JD", "3", []))
    )
    assert flow.returns() == {("FH", "SC")}
    assert (flow.first, flow.ends, flow.unreachable(), flow.endless()) == ("SL", ("JD",), (), ())


def found(engine: Engine) -> set[tuple[str, str]]:
    with reading(engine) as connection:
        return {(each.code, each.subject) for each in check_items(connection, TODAY)}


def test_posts_of_a_flow_must_be_known_and_held_by_somebody_in_service(
    engine: Engine, tmp_path: Path
) -> None:
    bring(engine, tmp_path, {"whole.yaml": WHOLE})
    assert found(engine) == set()
    left = WHOLE.replace("valid_from: 2024-01-01", "valid_to: 2026-02-28").replace("step_code: BZ, name: 补正, step_type: 2, posts: [CK]", "step_code: BZ, name: 补正, step_type: 2, posts: [XX]")  # fmt: skip
    bring(engine, tmp_path, {"whole.yaml": left})
    assert found(engine) == {("POST_EMPTY", CODE), ("POST_UNKNOWN", CODE)}


def test_the_same_item_has_one_name_and_basis_at_every_level(engine: Engine, tmp_path: Path) -> None:
    head = "item_code,catalog_code,name,org_uscc,item_type,basis\n"
    lines = [f"A{n},C1,核发许可,{USCC},01,第{1 if n < 3 else 2}条\n" for n in range(4)]
    lines[1] = lines[1].replace("核发许可", "发许可").replace(",01,", ",07,")
    bring(engine, tmp_path, {"items.csv": head + "".join(lines)})
    across = {each for each in found(engine) if each[0].startswith("LEVELS")}
    assert across == {("LEVELS_NAME", "A1"), ("LEVELS_TYPE", "A1"), ("LEVELS_BASIS", "A3")}


def test_cancelled_and_past_items_are_not_checked(engine: Engine, tmp_path: Path) -> None:
    head = "item_code,name,org_uscc,state,valid_to\n"
    bring(engine, tmp_path, {"items.csv": f"{head}A1,甲,{USCC},取消,\nA2,乙,{USCC},,2026-02-28\n"})
    assert found(engine) == set()


def test_organisations_and_people(engine: Engine, tmp_path: Path) -> None:
    other = "11430100006121778X"
    text = f"""\
organizations:
  - {{org_uscc: {USCC}, name: 甲, parent_uscc: {other}, region_code: "430100"}}
  - {{org_uscc: {other}, name: 乙, parent_uscc: {USCC}, region_code: "999999"}}
  - {{org_uscc: 11430000006121778A, name: 丙, parent_uscc: "000000000"}}
regions: [{{region_code: "430100", name: 长沙市}}]
staff:
  - {{org_uscc: {USCC}, person_no: "1", name: 李}}
  - {{org_uscc: "000000001", person_no: "2", name: 王, posts: [X]}}
"""
    bring(engine, tmp_path, {"whole.yaml": text})
    with reading(engine) as connection:
        wrong = {(each.code, each.subject) for each in check_organizations(connection)}
        people = {(each.code, each.subject) for each in check_staff(connection)}
    assert wrong == {
        ("CIRCLE", USCC), ("CIRCLE", other), ("USCC", other), ("REGION_UNKNOWN", other),
        ("USCC", "11430000006121778A"), ("PARENT_UNKNOWN", "11430000006121778A"),
    }  # fmt: skip
    assert people == {
        ("NO_POST", f"{USCC}/1"), ("ORGANIZATION_UNKNOWN", "000000001/2"), ("POST_UNKNOWN", "000000001/2"),
    }  # fmt: skip
