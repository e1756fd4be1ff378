"""Writes the XSDs of a schema version from its elements.yaml and the code lists: `python -m schemas.generate`.

`structure.xsd` knows no code values (messages in foreign codes are checked by it, then translated); `canonical.xsd` is the
same with the values as enumerations. Both declare ExchangePackage, Body and Case, so that a chunk of cases under a Body is
a document by itself. There is no key or keyref: references between rows are checked in the flat pass.

The forms of types are chosen for libxml2's speed. A built-in facet costs 0.1-0.3 µs a value, a pattern 0.6 µs more, so
patterns stand only where nothing else says it: dates (no year beyond 2999, no zone on a day, microseconds at most), and
text that must not be blank. Values other than text are collapsed (leading and trailing white space means nothing).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from schemas.codes import CodeList, load_lists
from schemas.contract import (
    CODE_LENGTH,
    KINDS,
    VERSIONS,
    Contract,
    Element,
    Field,
    Group,
    load_contract,
    xsd_path,
)
from schemas.explain import MONEY_LIMIT

DT_PATTERN = (
    r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}"
    r"(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+\-][0-9]{2}:[0-9]{2})?)?"
)
DAY_PATTERN = r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}"
NOT_BLANK_PATTERN = r"[\s\p{Z}]*[^\s\p{Z}][\s\S]*"
USCC_PATTERN = r"[0-9A-Z]{9}([0-9A-Z]{9})?"
REGION_PATTERN = r"[0-9]{6}([0-9]{3}([0-9]{3})?)?"


def xsd(contract: Contract, kind: str, lists: Mapping[str, CodeList]) -> str:
    """The text of one XSD; the same input gives the same bytes."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<!-- Generated from schemas/{contract.version}/elements.yaml and schemas/codes.yaml by `make schemas`: edit those. -->",
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"',
        f'           xmlns="{contract.namespace}"',
        f'           targetNamespace="{contract.namespace}"',
        f'           elementFormDefault="qualified" version="{contract.version}">',
        *_indent(_roots(contract)),
        *_indent(_case(contract)),
        *(line for element in contract.elements for line in _indent(_element_type(element))),
        *_indent(_simple_types(contract, kind, lists)),
        "</xs:schema>",
    ]
    return "\n".join(lines) + "\n"


def type_name(field: Field) -> str:
    """The name of the field's simple type in the XSDs; validators' messages speak of it."""
    if field.type == "text":
        return f"{'required' if field.required else 'text'}_{field.max}"
    if field.type == "int":
        return f"int_{field.min}_{field.max}"
    return f"code_{field.list}" if field.type == "code" else field.type


def _roots(contract: Contract) -> Iterator[str]:
    root, body, head = contract.root, contract.body, contract.head
    yield from _open_element(root)
    yield "  <xs:complexType>"
    yield "    <xs:sequence>"
    yield f'      <xs:element name="{head.name}" type="{head.name}"/>'
    yield f'      <xs:element ref="{body.name}"/>'
    yield "    </xs:sequence>"
    yield f'    <xs:attribute name="version" use="required" fixed="{contract.version}"/>'
    yield "  </xs:complexType>"
    yield "</xs:element>"
    yield from _open_element(body)
    yield "  <xs:complexType>"
    yield "    <xs:sequence>"
    yield f'      <xs:element ref="{contract.case.name}" maxOccurs="unbounded"/>'
    yield "    </xs:sequence>"
    yield "  </xs:complexType>"
    yield "</xs:element>"
    yield from _sequence_type(head.name, head.zh, head.en, head.doc_zh, head.doc_en, map(_field, head.fields))


def _case(contract: Contract) -> Iterator[str]:
    case = contract.case
    yield from _open_element(case)
    yield "  <xs:complexType>"
    yield "    <xs:sequence>"
    for lines in (*map(_field, case.fields), *map(_occurrence, contract.elements)):
        yield from _indent(lines, 3)
    yield "    </xs:sequence>"
    yield "  </xs:complexType>"
    yield "</xs:element>"


def _occurrence(element: Element) -> Iterator[str]:
    low, high = {"1": ("1", "1"), "0..1": ("0", "1"), "0..n": ("0", "unbounded")}[element.occurs]
    if element.wrapper is None:
        yield from _declare(
            element.name,
            element.name,
            low,
            high,
            _texts(element.zh, element.en, element.doc_zh, element.doc_en),
        )
        return
    yield f'<xs:element name="{element.wrapper}" minOccurs="0">'
    yield from _indent(_annotation(element.wrapper_doc_zh, element.wrapper_doc_en))
    yield "  <xs:complexType>"
    yield "    <xs:sequence>"
    inner = _declare(
        element.name, element.name, low, high, _texts(element.zh, element.en, element.doc_zh, element.doc_en)
    )
    yield from _indent(inner, 3)
    yield "    </xs:sequence>"
    yield "  </xs:complexType>"
    yield "</xs:element>"


def _element_type(element: Element) -> Iterator[str]:
    texts = (element.zh, element.en, element.doc_zh, element.doc_en)
    yield from _sequence_type(element.name, *texts, map(_field, element.fields))


def _sequence_type(
    name: str, zh: str, en: str, doc_zh: str, doc_en: str, fields: Iterable[Iterator[str]]
) -> Iterator[str]:
    yield f'<xs:complexType name="{name}">'
    yield from _indent(_annotation(*_texts(zh, en, doc_zh, doc_en)))
    yield "  <xs:sequence>"
    for lines in fields:
        yield from _indent(lines, 2)
    yield "  </xs:sequence>"
    yield "</xs:complexType>"


def _field(field: Field) -> Iterator[str]:
    texts = _texts(field.zh, field.en, field.doc_zh, field.doc_en)
    return _declare(field.name, type_name(field), "1" if field.required else "0", "1", texts)


def _declare(name: str, kind: str, low: str, high: str, texts: tuple[str, str]) -> Iterator[str]:
    occurs = "".join(
        f" {key}={quoteattr(value)}"
        for key, value in (("minOccurs", low), ("maxOccurs", high))
        if value != "1"
    )
    yield f'<xs:element name="{name}" type="{kind}"{occurs}>'
    yield from _indent(_annotation(*texts))
    yield "</xs:element>"


def _open_element(group: Group) -> Iterator[str]:
    yield f'<xs:element name="{group.name}">'
    yield from _indent(_annotation(*_texts(group.zh, group.en, group.doc_zh, group.doc_en)))


def _texts(zh: str, en: str, doc_zh: str, doc_en: str) -> tuple[str, str]:
    return f"{zh}：{doc_zh}", f"{en}: {doc_en}"


def _annotation(zh: str, en: str) -> Iterator[str]:
    yield "<xs:annotation>"
    yield f'  <xs:documentation xml:lang="zh">{escape(zh)}</xs:documentation>'
    yield f'  <xs:documentation xml:lang="en">{escape(en)}</xs:documentation>'
    yield "</xs:annotation>"


def _simple_types(contract: Contract, kind: str, lists: Mapping[str, CodeList]) -> Iterator[str]:
    wanted = {type_name(field): field for _, field in contract.fields()}
    for name, field in sorted(wanted.items()):
        yield f'<xs:simpleType name="{name}">'
        yield from _indent(_simple_type(field, kind, lists))
        yield "</xs:simpleType>"


def _simple_type(field: Field, kind: str, lists: Mapping[str, CodeList]) -> Iterator[str]:
    if field.type == "dt":
        yield "<xs:restriction>"
        yield '  <xs:simpleType><xs:union memberTypes="xs:dateTime xs:date"/></xs:simpleType>'
        yield f"  {_facet('pattern', DT_PATTERN)}"
        yield "</xs:restriction>"
        return
    if field.type == "code":
        assert field.list is not None
        yield from _code_type(lists[field.list], kind)
        return
    base, facets = _base_and_facets(field)
    yield from _restriction(base, [_facet(name, value) for name, value in facets])


def _base_and_facets(field: Field) -> tuple[str, list[tuple[str, object]]]:
    blank = [("pattern", NOT_BLANK_PATTERN)] if field.required else []
    kinds: dict[str, tuple[str, list[tuple[str, object]]]] = {
        "text": ("string", [("maxLength", field.max), *blank]),
        "int": ("integer", [("minInclusive", field.min), ("maxInclusive", field.max)]),
        "bool": ("boolean", []),
        "money": (
            "decimal",
            [("fractionDigits", 2), ("minInclusive", f"-{MONEY_LIMIT}"), ("maxInclusive", MONEY_LIMIT)],
        ),
        "date": ("date", [("pattern", DAY_PATTERN)]),
        "uscc": ("token", [("pattern", USCC_PATTERN)]),
        "region": ("token", [("pattern", REGION_PATTERN)]),
        "sha256": ("hexBinary", [("length", 32)]),
    }
    return kinds[field.type]


def _code_type(codes: CodeList, kind: str) -> Iterator[str]:
    if kind == "structure":
        return _restriction("token", [_facet("minLength", 1), _facet("maxLength", CODE_LENGTH)])
    return _restriction(
        "token",
        [line for each in codes.values.values() for line in _enumeration(each.value, each.zh, each.en)],
    )


def _enumeration(value: str, zh: str, en: str) -> Iterator[str]:
    yield f"<xs:enumeration value={quoteattr(value)}>"
    yield from _indent(_annotation(zh, en))
    yield "</xs:enumeration>"


def _restriction(base: str, facets: list[str]) -> Iterator[str]:
    if not facets:
        yield f'<xs:restriction base="xs:{base}"/>'
        return
    yield f'<xs:restriction base="xs:{base}">'
    yield from _indent(facets)
    yield "</xs:restriction>"


def _facet(name: str, value: object) -> str:
    return f"<xs:{name} value={quoteattr(str(value))}/>"


def _indent(lines: Iterable[str], depth: int = 1) -> Iterator[str]:
    return ("  " * depth + line for line in lines)


def generated() -> dict[Path, bytes]:
    """Every XSD of every version, by the file it belongs into."""
    return {
        xsd_path(version, kind): xsd(load_contract(version), kind, load_lists()).encode()
        for version in VERSIONS
        for kind in KINDS
    }


def main() -> None:
    """Writes the files."""
    for path, content in generated().items():
        path.write_bytes(content)


if __name__ == "__main__":
    main()
