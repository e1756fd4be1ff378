"""Values that no schema has seen are judged by the slot table as the XSDs would judge them, and stored as a case's are."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from mappings.slots import Unfit, Value, reader
from mappings.values import BOOLEANS, SPACE, fen, moment, whole
from schemas.codes import code_lists
from schemas.contract import Field, load_contract, xsd_path
from schemas.explain import value_violation
from schemas.generate import type_name

CONTRACT = load_contract("1.0")
XSD = "{http://www.w3.org/2001/XMLSchema}"
FIELDS = {type_name(field): field for element in CONTRACT.elements for field in element.fields}
AWKWARD = (
    "", " ", "\u3000", "\u00a0", "\x85", "0", "-0", "-1", "+1", "01", "1.0", "1.50", "1.505", "1.500", ".5", "5.", "+.5", "-",
    "1e3", "NaN", "99999999999999.99", "999999999999999.99", "-99999999999999.99", "0000000000000000000001.10", "10000",
    "9999", "999999", "1000000", "2147483648", "9" * 40, "true", "True", "1", " false ", "是", "W", "w", " W ", "111", "X",
    "2026-02-29", "2024-02-29", "2026-01-01Z", "2026-13-01", "2026-1-1", "0999-01-01", "3000-01-01", "2026-01-01T24:00:00",
    "2026-01-01T24:00:01", "2026-01-01T24:00:00.000Z", "2026-01-01T23:59:60", "2026-01-01T00:00", "2026-01-01T00:00:00.1234567",
    "2026-01-01T00:00:00.123456Z", "2026-01-01T00:00:00+14:01", "2026-01-01T00:00:00+14:00", "2026-01-01T00:00:00-13:59",
    "2026-01-01T00:00:00+8:00", "2026-01-01T00:00:00+08:60", "2026-01-01 00:00:00", " 2026-01-01T00:00:00\n", "2026/1/1",
    "2026-W01-1", "20260101", "２０２６-01-01", "１２", "11430100006121778E", "006121778", "00612177-8", "11430100006121778e",
    "430100", "4301", "430100000", "430100000000", "43010O", "a" * 64, "A" * 64, "a" * 63, "g" * 64, "x" * 20, "x" * 51,
    "长" * 200, "长" * 201, "𠮷" * 200, "长" * 2001, "a\tb", "a\nb", "a\\b", "\u2028", "\ufeff", "\u200b",
)  # fmt: skip
CHARACTERS = st.characters(exclude_categories=("Cs",)).filter(lambda c: c not in "\r")


@cache
def only_values() -> etree.XMLSchema:
    """The canonical schema with an element of its own for each type of value."""
    schema = etree.parse(xsd_path("1.0", "canonical")).getroot()
    for name in FIELDS:
        etree.SubElement(schema, f"{XSD}element", name=f"only_{name}", type=name)
    return etree.XMLSchema(schema)


def by_xsd(name: str, value: str) -> bool:
    element = etree.Element(f"{{{CONTRACT.namespace}}}only_{name}")
    try:
        element.text = value
    except ValueError:
        return False  # no XML can hold it
    return bool(only_values().validate(element))


def by_slot(field: Field, value: str) -> Value | Unfit:
    table = {code: code for code in code_lists()[field.list]} if field.list else None
    try:
        return reader(field, table)(value)
    except Unfit as unfit:
        return unfit


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_slot_and_xsd_agree_on_every_awkward_value_of(name: str) -> None:
    differ = [
        value for value in AWKWARD if by_xsd(name, value) == isinstance(by_slot(FIELDS[name], value), Unfit)
    ]
    assert differ == []


@given(st.sampled_from(sorted(FIELDS)), st.text(CHARACTERS, max_size=30) | st.from_regex(
    r"[+-]?[0-9]{0,17}\.?[0-9]{0,4}|[0-9]{3,4}-[0-1][0-9]-[0-3][0-9]([T ][0-2][0-9]:[0-6][0-9]:[0-6][0-9](\.[0-9]{1,7})?(Z|[+-][0-1][0-9]:[0-6][0-9])?)?",
    fullmatch=True,
))  # fmt: skip
@settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
def test_slot_and_xsd_agree_on_any_value(name: str, value: str) -> None:
    assert by_xsd(name, value) != isinstance(by_slot(FIELDS[name], value), Unfit)


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_a_refused_value_is_told_in_the_words_of_the_schema(name: str) -> None:
    field = FIELDS[name]
    for value in AWKWARD:
        found = by_slot(field, value)
        if isinstance(found, Unfit):
            assert (found.code, dict(found.params)) == value_violation(field, value)


STORED = {
    "dt": moment, "int": whole, "money": fen, "bool": lambda value: BOOLEANS[value.strip(SPACE)],
}  # fmt: skip


@pytest.mark.parametrize("name", [name for name, field in FIELDS.items() if field.type in STORED])
def test_an_accepted_value_is_stored_as_that_of_a_whole_case(name: str) -> None:
    field = FIELDS[name]
    for value in AWKWARD:
        found = by_slot(field, value)
        if not isinstance(found, Unfit):
            expected = STORED[field.type](value.strip(SPACE))
            assert found == (
                [None if expected[0] == "\0" else expected[0], expected[1]]
                if field.type == "dt"
                else expected
            )


@pytest.mark.parametrize("text", ["a\x00b", "a\x0bb", "a\ud800b", "a\ufffe"])
def test_characters_that_nothing_can_store_are_refused(text: str) -> None:
    found = by_slot(FIELDS["text_200"], text)
    assert isinstance(found, Unfit)
    assert found.code == "VALUE_TYPE"
