"""The XSDs and pages in the repository are those that their sources give, and each type allows just what it says."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from schemas import document, generate
from schemas.codes import code_lists
from schemas.contract import load_contract, xsd_path

XS = "{http://www.w3.org/2001/XMLSchema}"
CONTRACT = load_contract("1.0")
MADE = {**generate.generated(), **document.generated()}


@pytest.mark.parametrize("path", MADE, ids=lambda path: path.name)
def test_what_is_committed_is_what_the_sources_give(path: Path) -> None:
    assert path.read_bytes() == MADE[path], f"{path.name} is not up to date: run `make schemas`"


@pytest.mark.parametrize("kind", ["structure", "canonical", "receipt"])
def test_every_element_of_the_schemas_is_documented_in_chinese_and_english(kind: str) -> None:
    elements = [e for e in etree.parse(xsd_path("1.0", kind)).iter(f"{XS}element") if "ref" not in e.attrib]
    assert elements
    for element in elements:
        if element.get("name") == "Head" and element.get("type") == "Head":
            continue  # documented on its type
        languages = element.xpath(
            "xs:annotation/xs:documentation[normalize-space()]/@xml:lang", namespaces={"xs": XS[1:-1]}
        )
        assert languages == ["zh", "en"], element.get("name")


def test_there_are_no_keys_and_only_the_canonical_schema_enumerates() -> None:
    structure, canonical = (etree.parse(xsd_path("1.0", kind)) for kind in ("structure", "canonical"))
    for tree in (structure, canonical):
        assert not [*tree.iter(f"{XS}key", f"{XS}keyref", f"{XS}unique", f"{XS}import", f"{XS}include")]
    assert not [*structure.iter(f"{XS}enumeration")]
    for name in CONTRACT.lists:
        values = canonical.xpath(
            f"//xs:simpleType[@name='code_{name}']//xs:enumeration/@value", namespaces={"xs": XS[1:-1]}
        )
        assert values == list(code_lists()[name])


def schema_of_types() -> etree.XMLSchema:
    root = etree.parse(xsd_path("1.0", "structure")).getroot()
    for each in root.findall(f"{XS}simpleType"):
        etree.SubElement(root, f"{XS}element", name=f"only_{each.get('name')}", type=each.get("name", ""))
    return etree.XMLSchema(root)


SCHEMA = schema_of_types()
DIGEST = "0123456789abcdef" * 4
ALLOWED = {
    "required_50": ["A", " A ", "𠮷" * 50, "第 1 号"],
    "text_200": ["", "  ", "长" * 200, "𠮷" * 200, "a\nb"],
    "int_0_9999": ["0", "9999", "007", " 12 "],
    "int_1_999999": ["1", "999999"],
    "bool": ["true", "false", "1", "0"],
    "money": ["0", "10.00", "10.5", "-3.10", "99999999999999.99"],
    "dt": [
        "2026-03-23T09:12:00+08:00",
        "2026-03-23T09:12:00Z",
        "2026-03-23T09:12:00",
        "2026-03-23T09:12:00.123456",
        "2026-03-23",
        "2024-02-29",
        "2026-03-23T24:00:00",
    ],
    "date": ["2026-03-23"],
    "code_CASE_TYPE": ["1", "业务办结", "Y"],
    "uscc": ["11430100006121778E", "006121778"],
    "region": ["430100", "430102001", "430102001003"],
    "sha256": [DIGEST, DIGEST.upper()],
}
REFUSED = {
    "required_50": ["", " ", "\n\t", "\u3000", "\u00a0", "A" * 51],
    "text_200": ["长" * 201],
    "int_0_9999": ["", "-1", "10000", "1.0", "一", "1e3"],
    "int_1_999999": ["0", "1000000"],
    "bool": ["", "是", "True", "yes"],
    "money": [
        "",
        "10.005",
        "999999999999999.99",
        "1234567890123456",
        "100000000000000",
        "10,00",
        "1e2",
        "十元",
    ],
    "dt": [
        "",
        "2026-02-29",
        "2026-03-23T09:12",
        "2026-03-23 09:12:00",
        "2026-03-23Z",
        "2026-03-23T09:12:00.1234567",
        "2026-03-23T25:00:00",
        "2026-03-23T23:59:60",
        "2026-03-23T09:12:00+15:00",
        "0999-01-01",
        "3000-01-01",
        "12026-01-01",
        "2026/03/23",
        "2026年3月23日",
    ],
    "date": ["", "2026-03-23T00:00:00", "2026-03-23+08:00", "2026-02-29", "长期"],
    "code_CASE_TYPE": ["", " ", "x" * 101],
    "uscc": ["", "1143010000612177", "11430100006121778e", "00612177-8"],
    "region": ["", "4301", "43010O", "4301000"],
    "sha256": ["", DIGEST[1:], "g" * 64],
}


def verdict(kind: str, value: str) -> bool:
    element = etree.Element(f"{{{CONTRACT.namespace}}}only_{kind}", nsmap={None: CONTRACT.namespace})
    element.text = value
    return bool(SCHEMA.validate(element))


@pytest.mark.parametrize(("kind", "value"), [(k, v) for k, values in ALLOWED.items() for v in values])
def test_the_type_allows(kind: str, value: str) -> None:
    assert verdict(kind, value)


@pytest.mark.parametrize(("kind", "value"), [(k, v) for k, values in REFUSED.items() for v in values])
def test_the_type_refuses(kind: str, value: str) -> None:
    assert not verdict(kind, value)


def test_every_type_in_use_has_its_row_of_examples() -> None:
    def family(name: str) -> str:
        return name.split("_")[0]

    used = {family(generate.type_name(field)) for _, field in CONTRACT.fields()}
    assert used == {family(name) for name in ALLOWED} == {family(name) for name in REFUSED}


RECEIPT = """<Receipt xmlns="urn:supervision-hub:receipt:1" version="1.0">
<PackageId>land-bureau-7</PackageId><SystemCode>land-bureau</SystemCode><Digest>{digest}</Digest><State>closed</State>
<Counts><Received>2</Received><Accepted>1</Accepted><Rejected>1</Rejected><Duplicate>0</Duplicate><Stale>0</Stale>
<Conflict>0</Conflict><Pending>0</Pending></Counts>
<Refused><Case><Ordinal>2</Ordinal><CaseNo>A-2</CaseNo><Line>40</Line><XPath>/ExchangePackage/Body/Case[2]/CaseNo</XPath>
<Field>Applicant/IdNo</Field><Value>4301**********4518</Value><Code>VALUE_EMPTY</Code><MessageZh>空</MessageZh>
<MessageEn>blank</MessageEn><RemedyZh>填写</RemedyZh><RemedyEn>fill in</RemedyEn></Case></Refused>
<HubTime>2026-04-15T18:00:05+08:00</HubTime><LogChain>land-bureau</LogChain><LogSeq>12</LogSeq></Receipt>"""


def test_the_receipt_schema_accepts_a_receipt_and_no_other_state() -> None:
    schema = etree.XMLSchema(etree.parse(xsd_path("1.0", "receipt")))
    good = RECEIPT.format(digest=DIGEST)
    assert schema.validate(etree.fromstring(good)), schema.error_log
    assert not schema.validate(etree.fromstring(good.replace("closed", "lost")))
    assert not schema.validate(etree.fromstring(good.replace("<Received>2</Received>", "")))
