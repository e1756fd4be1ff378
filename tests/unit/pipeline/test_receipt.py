"""A receipt is valid and says everything, whatever the refused values hold."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from hub.pipeline.receipt import COUNTS, NAMESPACE, Answer, _written, receipt_bytes
from schemas.contract import HERE

XSD = etree.XMLSchema(etree.parse(str(HERE / "1.0" / "receipt.xsd")))
COUNTED = dict.fromkeys(COUNTS, 0)
NO_XML = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def answer(**changes: Any) -> Answer:
    given: dict[str, Any] = {
        "system": "land-bureau", "digest": "a" * 64, "state": "closed", "counts": COUNTED, "at": 1_796_097_600_000_000,
        "seq": 7, "package_id": "P1",
    }  # fmt: skip
    return Answer(**(given | changes))


def refused(**changes: Any) -> Any:
    row: dict[str, Any] = {
        "ordinal": 1, "case_no": "C1", "line": 10, "xpath": "/ExchangePackage/Body/Case[1]", "field": "Applicant.Name",
        "value": "x", "code": "VALUE_LENGTH", "params": '{"limit": 200, "length": 201}',
    }  # fmt: skip
    return SimpleNamespace(**(row | changes))


def read(body: bytes) -> etree._Element:
    root = etree.fromstring(body)
    XSD.assertValid(root)
    return root


def value(root: etree._Element, name: str) -> str:
    return root.findtext(f".//{{{NAMESPACE}}}{name}") or ""


@given(
    st.text(st.characters(exclude_categories=())), st.text(st.characters(exclude_categories=()), min_size=1)
)
def test_any_value_and_any_number_make_a_valid_receipt(text: str, number: str) -> None:
    root = read(receipt_bytes(answer(), [refused(value=text, case_no=number)]))
    as_parsed = {"\r\n": "\n", "\r": "\n"}
    expected = NO_XML.sub("\ufffd", text)
    assert value(root, "Value") in {expected, re.sub("\r\n?", lambda found: as_parsed[found[0]], expected)}


def test_characters_that_are_younger_than_the_program_are_kept() -> None:
    text = "㛃　䶮\u00a0\U0002ebf0\U000323b0"
    root = read(receipt_bytes(answer(package_id=text), [refused(value=text)]))
    assert (value(root, "Value"), value(root, "PackageId")) == (text, text)


def test_a_personal_value_is_masked_wherever_it_stands() -> None:
    body = receipt_bytes(answer(), [refused(field="Applicant.IdNo", value="430102198503174518")])
    assert b"198503" not in body
    assert value(read(body), "Value") == "430*************18"


@given(st.one_of(st.none(), st.text("Pd-9 ;<>&'\"\t\r\n长\u3000\u00a0\x7f", max_size=6)))
def test_the_receipt_of_a_package_without_a_fault_is_written_as_any_other(package_id: str | None) -> None:
    told = answer(package_id=package_id, counts=COUNTED | {"received": 3, "accepted": 3})
    assert receipt_bytes(told, []) == _written(told, [])


def test_what_is_not_known_is_left_out() -> None:
    bare = refused(
        case_no=None, line=None, xpath=None, field=None, value=None, code="VALUE_EMPTY", params="{}"
    )
    body = receipt_bytes(answer(package_id=None), [bare])
    root = read(body)
    assert root.find(f"{{{NAMESPACE}}}PackageId") is None
    assert value(root, "Code") == "VALUE_EMPTY"


def test_a_refused_package_says_why_and_where() -> None:
    refusal = ("PKG_COUNT", 7, {"stated": 2, "found": 1})
    root = read(receipt_bytes(answer(state="refused", refusal=refusal), []))
    assert (value(root, "State"), value(root, "RefusalCode"), value(root, "Line")) == (
        "refused",
        "PKG_COUNT",
        "7",
    )
    assert "2" in value(root, "MessageZh")


def test_the_same_answer_is_the_same_bytes() -> None:
    assert receipt_bytes(answer(), [refused()]) == receipt_bytes(answer(), [refused()])


def test_the_time_is_that_of_shanghai() -> None:
    assert value(read(receipt_bytes(answer(), [])), "HubTime") == "2026-12-01T12:00:00+08:00"
