"""Message 1.1 is message 1.0 and what follows it; 1.0 itself is what it was, to the byte."""

from __future__ import annotations

import pytest
from lxml import etree

from hub.central.tables import metadata
from hub.errors import PackageRefused
from hub.shapes import Head
from schemas.contract import VERSIONS, compiled_schema, load_contract, xsd_path
from schemas.head import check_version, read_head
from tests.support.message import case, package

OLD, NEW = load_contract("1.0"), load_contract("1.1")


def test_a_version_holds_all_of_the_one_before_it() -> None:
    assert NEW.elements[: len(OLD.elements)] == OLD.elements
    assert (NEW.head, NEW.case, NEW.namespace) == (OLD.head, OLD.case, OLD.namespace)


def test_evaluation_is_what_1_1_adds() -> None:
    [added] = NEW.elements[len(OLD.elements) :]
    assert (added.number, added.name, added.occurs) == (15, "Evaluation", "0..n")
    assert [(field.name, field.marks) for field in added.fields][:3] == [
        ("Seq", "†"),
        ("Grade", "*"),
        ("EvaluatedAt", "‡"),
    ]
    assert list(added.columns) == [
        c.name for c in metadata.tables["evaluation"].columns if c.name != "case_id"
    ]


def test_an_evaluation_does_not_tell_who_gave_it() -> None:
    [added] = NEW.elements[len(OLD.elements) :]
    assert not [
        field.name
        for field in added.fields
        if field.name.startswith(("Evaluator", "Applicant", "Id", "Mobile"))
    ]


EVALUATION = (
    "<Evaluation><Seq>1</Seq><Grade>{grade}</Grade><EvaluatedAt>2026-04-16</EvaluatedAt></Evaluation>"
)


def document(version: str, grade: str | None) -> etree._Element:
    told = case("C1")
    if grade is not None:
        told = told.replace("</Case>", EVALUATION.format(grade=grade) + "</Case>")
    return etree.fromstring(package([told]).replace(b'version="1.0">', f'version="{version}">'.encode()))


VALID = [
    ("1.0", None, True),
    ("1.0", "4", False),
    ("1.1", None, True),
    ("1.1", "4", True),
    ("1.1", "6", False),
]


@pytest.mark.parametrize(("version", "grade", "valid"), VALID)
def test_the_schema_of_a_version_takes_what_the_version_knows(
    version: str, grade: str | None, valid: bool
) -> None:
    assert compiled_schema(version, "canonical").validate(document(version, grade)) is valid


def test_a_message_states_its_own_version() -> None:
    assert not compiled_schema("1.1", "canonical").validate(document("1.0", None))
    text = etree.tostring(document("1.1", None))
    assert read_head(text[: text.index(b"<Body>")] + b"<Body></Body></ExchangePackage>").version == "1.1"


@pytest.mark.parametrize(
    ("stated", "registered", "taken"),
    [("1.0", "1.0", 1), ("1.0", "1.1", 1), ("1.1", "1.1", 1), ("1.1", "1.0", 0)],
)
def test_an_older_message_is_taken_from_a_system_that_has_a_newer_one_not_the_reverse(
    stated: str, registered: str, taken: int
) -> None:
    head = Head("P1", "land-bureau", 1, "", 1, version=stated)
    if taken:
        check_version(head, registered)
        return
    with pytest.raises(PackageRefused) as caught:
        check_version(head, registered)
    assert caught.value.code == "PKG_VERSION"


def test_the_receipt_is_the_same_for_every_version() -> None:
    assert len({xsd_path(version, "receipt") for version in VERSIONS}) == 1
