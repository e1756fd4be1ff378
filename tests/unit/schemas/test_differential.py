"""Two validators of different make, and two routes of our own, must come to the same verdict on any document."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import cache
from typing import Any

import xmlschema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from schemas.codes import code_lists
from schemas.contract import Field, compiled_schema, load_contract, xsd_path
from schemas.generate import type_name

CONTRACT = load_contract("1.0")
NS = CONTRACT.namespace
CODES = {(group, field.name): field.list for group, field in CONTRACT.fields() if field.list}
TYPES = sorted({type_name(field) for _, field in CONTRACT.fields()})
XML_SPACE = " \t\r\n"

Node = tuple[str, Any]  # (name, text) or (name, [nodes])

OFFSETS = ("", "Z", "+08:00", "-14:00", "+14:00")
CHARACTERS = st.characters(min_codepoint=0x20, max_codepoint=0x2FFFF, exclude_categories=("Cs", "Cn", "Co"))
AWKWARD = (
        "", " ", "\u3000", "\u00a0", "0", "-1", "+1", "01", "1.0", "1.50", "1.505", "1.500", ".5", "5.", "1e3", "NaN", "INF", "99999999999999.99", "999999999999999.99", "12345678901234567", "-0", "10000", "999999", "1000000", "2147483648",
        "true", "True", "1", "是", "W", "w", " W ", "W\n", "9", "111", "D", "U",
        "2026-02-29", "2024-02-29", "2026-02-30", "2026-01-01Z", "2026-13-01", "2026-1-1", "0999-01-01", "3000-01-01",
        "12026-01-01", "-2026-01-01", "2026-01-01T24:00:00", "2026-01-01T24:00:01", "2026-01-01T23:59:60", "2026-01-01T00:00",
        "2026-01-01T00:00:00.1234567", "2026-01-01T00:00:00.123456Z", "2026-01-01T00:00:00+14:01", "2026-01-01T00:00:00+8:00",
        "2026-01-01 00:00:00", " 2026-01-01T00:00:00 ", "2026/1/1", "20260101", "9999-12-31T23:59:59-14:00",
        "11430100006121778E", "006121778", "00612177-8", "11430100006121778e", "1143010000612177", "430100", "4301", "430100000",
        "430100000000", "43010O", "a" * 64, "A" * 64, "a" * 63, "g" * 64, "x" * 51, "长" * 201, "𠮷" * 200, "长" * 2001,
)  # fmt: skip
NASTY = st.sampled_from(AWKWARD)


def texts(limit: int, required: bool) -> st.SearchStrategy[str]:
    found = st.text(CHARACTERS, max_size=min(limit, 12))
    return found.map(lambda text: text + "𠮷") if required else found


def money() -> st.SearchStrategy[str]:
    return st.decimals("-99999999999999.99", "99999999999999.99", places=2).map(lambda number: f"{number:f}")


def moments() -> st.SearchStrategy[str]:
    days = st.dates().filter(lambda day: 1000 <= day.year < 3000).map(lambda day: day.isoformat())
    times = st.times().map(lambda time: time.isoformat())
    offsets = st.sampled_from(OFFSETS)
    return days | st.tuples(days, times, offsets).map(lambda parts: f"{parts[0]}T{parts[1]}{parts[2]}")


@cache
def values(field: Field) -> st.SearchStrategy[str]:
    """Values that the field's type allows."""
    kinds: dict[str, Callable[[], st.SearchStrategy[str]]] = {
        "text": lambda: texts(field.max or 0, field.required),
        "int": lambda: st.integers(field.min, field.max).map(str),
        "bool": lambda: st.sampled_from(["true", "false", "1", "0", " true "]),
        "money": money,
        "dt": moments,
        "date": lambda: st.dates().filter(lambda day: 1000 <= day.year < 3000).map(str),
        "code": lambda: st.sampled_from(list(code_lists()[field.list or ""])),
        "uscc": lambda: st.sampled_from(["006121778", "11430100006121778E", "ZZZZZZZZZ", "0" * 18]),
        "region": lambda: st.sampled_from(["430100", "430102001", "430102001003", "000000"]),
        "sha256": lambda: st.sampled_from(["0" * 64, "aF" * 32]),
    }
    return kinds[field.type]()


@st.composite
def rows(draw: st.DrawFn, fields: tuple[Field, ...]) -> list[Node]:
    chosen = draw(st.integers(0, 2 ** len(fields) - 1)) & draw(st.integers(0, 2 ** len(fields) - 1))
    return [(f.name, draw(values(f))) for at, f in enumerate(fields) if f.required or chosen >> at & 1]


@st.composite
def cases(draw: st.DrawFn) -> Node:
    """A case that keeps to the contract."""
    children = draw(rows(CONTRACT.case.fields))
    for element in CONTRACT.elements:
        low, high = {"1": (1, 1), "0..1": (0, 1), "0..n": (0, 2)}[element.occurs]
        found = [(element.name, draw(rows(element.fields))) for _ in range(draw(st.integers(low, high)))]
        children += [(element.wrapper, found)] if element.wrapper and found else found
    return ("Case", children)


@st.composite
def mutated(draw: st.DrawFn) -> Node:
    """A case with up to three things changed that may or may not be allowed."""
    case = copy.deepcopy(draw(cases()))
    for _ in range(draw(st.integers(0, 3))):
        holders = [node for node in _walk(case) if isinstance(node[1], list) and node[1]]
        _, children = draw(st.sampled_from(holders)) if holders else case
        at = draw(st.integers(0, len(children) - 1)) if children else 0
        if not children:
            continue
        change = draw(
            st.sampled_from(["value", "value", "value", "drop", "double", "swap", "strange", "text"])
        )
        if change == "value" and not isinstance(children[at][1], list):
            children[at] = (children[at][0], draw(NASTY))
        elif change == "drop":
            del children[at]
        elif change == "double":
            children.insert(at, children[at])
        elif change == "swap":
            children.append(children.pop(at))
        elif change == "strange":
            children.insert(at, ("Strange", draw(NASTY)))
        elif change == "text":
            children.insert(at, ("", "stray"))
    return case


def _walk(node: Node) -> list[Node]:
    children = node[1] if isinstance(node[1], list) else []
    return [node, *(found for child in children for found in _walk(child))]


def document(case: Node) -> etree._Element:
    body = etree.Element(f"{{{NS}}}Body", nsmap={None: NS})
    _add(body, case)
    return body


def _add(parent: etree._Element, node: Node) -> None:
    name, content = node
    if not name:  # stray text between elements
        before = parent[-1] if len(parent) else None
        if before is None:
            parent.text = content
        else:
            before.tail = content
        return
    child = etree.SubElement(parent, f"{{{NS}}}{name}")
    if isinstance(content, list):
        for each in content:
            _add(child, each)
    else:
        child.text = content


@cache
def second_opinion() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(str(xsd_path("1.0", "canonical")))


def libxml2_accepts(body: etree._Element, kind: str) -> bool:
    return bool(compiled_schema("1.0", kind).validate(body))


def codes_known(body: etree._Element) -> bool:
    for child in body.iter():
        parent = child.getparent()
        if parent is not None:
            list_ = CODES.get((etree.QName(parent).localname, etree.QName(child).localname))
            if list_ and (child.text or "").strip(XML_SPACE) not in code_lists()[list_]:
                return False
    return True


def on_values_alone() -> etree.XMLSchema:
    """The canonical schema with an element of its own for each simple type."""
    schema = etree.parse(xsd_path("1.0", "canonical")).getroot()
    for name in TYPES:
        etree.SubElement(schema, "{http://www.w3.org/2001/XMLSchema}element", name=f"only_{name}", type=name)
    return etree.XMLSchema(schema)


def test_digits_of_other_scripts_are_no_numbers() -> None:
    """Apart from the comparison: here the second validator is the lax one, since Python's int() reads such digits."""
    schema, numbers = on_values_alone(), [name for name in TYPES if name.startswith(("int_", "money", "d"))]
    for name in numbers:
        for value in ("１２", "٣", "２０２６-01-01", "٣.00"):
            element = etree.Element(f"{{{NS}}}only_{name}", nsmap={None: NS})
            element.text = value
            assert not schema.validate(element), (name, value)


def test_libxml2_and_xmlschema_agree_on_every_awkward_value_of_every_type() -> None:
    schema, differ = on_values_alone(), []
    for name in TYPES:
        kind = second_opinion().types[name]
        for value in AWKWARD:
            element = etree.Element(f"{{{NS}}}only_{name}", nsmap={None: NS})
            element.text = value
            if schema.validate(element) != kind.is_valid(value):
                differ.append((name, value))
    assert differ == []


@given(mutated())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_libxml2_and_xmlschema_agree_on_every_document(case: Node) -> None:
    body = document(case)
    again = etree.fromstring(etree.tostring(body))  # as it would travel
    assert libxml2_accepts(again, "canonical") == second_opinion().is_valid(etree.tostring(body).decode())


@given(mutated())
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_structure_with_codes_looked_up_judges_like_the_canonical_schema(case: Node) -> None:
    body = document(case)
    by_lookup = libxml2_accepts(body, "structure") and codes_known(body)
    assert by_lookup == libxml2_accepts(body, "canonical")


@given(cases())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_keeps_to_the_contract_is_accepted(case: Node) -> None:
    body = document(case)
    schema = compiled_schema("1.0", "canonical")
    assert schema.validate(body), schema.error_log
