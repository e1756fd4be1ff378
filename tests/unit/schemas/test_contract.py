"""The contract names the elements in the order of the message and every column of the tables, no more and no less."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
from lxml import etree

from hub.central.tables import metadata
from hub.errors import StopError
from schemas import contract as module
from schemas.codes import code_lists
from schemas.contract import KINDS, Field, compiled_schema, load_contract, xsd_path

CONTRACT = load_contract("1.0")
OF_THE_HUB = ("case_id", "derived", "ordinal")
COLUMN_TYPES = {
    "text": ("VARCHAR", "TEXT"),
    "int": ("INTEGER",),
    "bool": ("SMALLINT",),
    "money": ("BIGINT",),
    "date": ("DATE",),
    "code": ("VARCHAR",),
    "uscc": ("VARCHAR",),
    "region": ("VARCHAR",),
    "sha256": ("VARCHAR",),
}


def test_the_fourteen_elements_stand_in_their_order() -> None:
    assert [(e.number, e.name, e.wrapper, e.occurs) for e in CONTRACT.elements] == [
        (1, "Organization", None, "1"),
        (2, "ServiceItem", None, "1"),
        (3, "Applicant", None, "1"),
        (4, "Application", None, "1"),
        (5, "Acceptance", None, "0..1"),
        (6, "Material", "Materials", "0..n"),
        (7, "Step", "Process", "0..n"),
        (8, "CorrectionNotice", None, "0..n"),
        (9, "CorrectionReceipt", None, "0..n"),
        (10, "SpecialProcedure", None, "0..n"),
        (11, "SpecialProcedureResult", None, "0..n"),
        (12, "Fee", "Fees", "0..n"),
        (13, "Completion", None, "0..1"),
        (14, "Delivery", None, "0..1"),
    ]


def test_the_columns_of_each_table_are_the_fields_in_order() -> None:
    tables: dict[str, list[str]] = {}
    for element in CONTRACT.elements:
        tables.setdefault(element.table, []).extend(element.columns)
    for name, columns in tables.items():
        assert columns == [c.name for c in metadata.tables[name].columns if c.name not in OF_THE_HUB], name


def fields_with_columns() -> list[tuple[str, Field]]:
    return [(e.table, f) for e in CONTRACT.elements for f in e.fields if f.type != "dt"]


@pytest.mark.parametrize(
    ("table", "field"), fields_with_columns(), ids=lambda each: getattr(each, "name", str(each))
)
def test_a_column_holds_whatever_its_field_allows(table: str, field: Field) -> None:
    column = metadata.tables[table].c[field.column or ""]
    kind = column.type.compile()
    assert kind.split("(")[0] in COLUMN_TYPES[field.type]
    length = getattr(column.type, "length", None)
    if length is None:
        return
    longest = {"uscc": 18, "region": 12, "sha256": 64, "text": field.max or 0}.get(field.type)
    if field.list:
        longest = max(map(len, code_lists()[field.list]))
    assert longest == length if field.type == "text" else (longest or 0) <= length


def test_every_code_field_names_a_list_that_exists() -> None:
    assert set(CONTRACT.lists) <= set(code_lists())


def test_every_reference_and_every_choice_names_fields_that_exist() -> None:
    for element in CONTRACT.elements:
        for field in element.fields:
            if field.refers:
                target, name = field.refers.split(".")
                assert CONTRACT.element(target).field(name).unique
        assert set(element.one_of) <= {field.name for field in element.fields}


def test_everything_is_described_in_chinese_and_english() -> None:
    for owner, field in CONTRACT.fields():
        for chinese in (field.zh, field.doc_zh):
            assert any("\u4e00" <= character <= "\u9fff" for character in chinese), (owner, field.name)
        for english in (field.en, field.doc_en):
            assert english.isascii(), (owner, field.name)


def test_an_unknown_version_stops_and_names_those_there_are() -> None:
    with pytest.raises(StopError) as caught:
        load_contract("2.0")
    assert "1.0" in caught.value.remedy_zh
    assert "1.0" in caught.value.remedy_en


FAULTS = {
    "unknown type": ("type", "float"),
    "unknown mark": ("marks", "?"),
    "code without list": ("type", "code"),
    "misspelt key": ("colum", "x"),
    "text without limit": ("max", None),
}


@pytest.mark.parametrize(("key", "value"), FAULTS.values(), ids=FAULTS)
def test_a_faulty_field_stops_with_the_name_of_the_file(
    key: str, value: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import yaml

    data = yaml.safe_load((module.HERE / "1.0" / "elements.yaml").read_text(encoding="utf-8"))
    data["head"]["fields"][0][key] = value
    (tmp_path / "1.0").mkdir()
    (tmp_path / "1.0" / "elements.yaml").write_text(
        yaml.safe_dump(data, allow_unicode=True), encoding="utf-8"
    )
    monkeypatch.setattr(module, "HERE", tmp_path)
    with pytest.raises(StopError) as caught:
        load_contract.__wrapped__("1.0")
    assert caught.value.place.file == str(tmp_path / "1.0" / "elements.yaml")


def test_an_xsd_that_cannot_be_used_stops_with_the_command_that_mends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "1.0").mkdir()
    (tmp_path / "1.0" / "canonical.xsd").write_text("<xs:schema", encoding="utf-8")
    monkeypatch.setattr(module, "HERE", tmp_path)
    with pytest.raises(StopError) as caught:
        compiled_schema.__wrapped__("1.0", "canonical")
    assert "make schemas" in caught.value.remedy_en


def test_only_kinds_that_exist_have_a_path() -> None:
    assert [xsd_path("1.0", kind).is_file() for kind in (*KINDS, "receipt")] == [True] * 3
    with pytest.raises(ValueError, match="kind must be"):
        xsd_path("1.0", "other")


def test_the_compiled_schema_is_made_once() -> None:
    assert compiled_schema("1.0", "canonical") is compiled_schema("1.0", "canonical")


WHOLE_CASE = """
<Case>
  <CaseNo>430100-2026-000123</CaseNo><DataVersion>3</DataVersion><UpdatedAt>2026-04-15T17:42:10+08:00</UpdatedAt>
  <Operation>U</Operation>
  <Organization><Uscc>11430100006121778E</Uscc><Name>长沙市自然资源和规划局</Name><RegionCode>430100</RegionCode></Organization>
  <ServiceItem><ItemCode>11430100006121778E4430101203001</ItemCode><CaseType>2</CaseType><IsCharged>true</IsCharged></ServiceItem>
  <Applicant><Type>2</Type><Name>长沙𠮷祥置业有限公司</Name><IdType>001</IdType><IdNo>91430100MA4L12346D</IdNo>
    <LegalRepresentative>㛃建国</LegalRepresentative></Applicant>
  <Application><AppliedAt>2026-03-23</AppliedAt><Summary/></Application>
  <Acceptance><Status>1</Status><HandledAt>2026-03-24T10:05:00</HandledAt></Acceptance>
  <Materials><Material><Name>申请表</Name></Material><Material><Name>批准文件</Name></Material></Materials>
  <Process><Step><StepName>受理</StepName><EndedAt>2026-03-24T10:05:00.5Z</EndedAt></Step></Process>
  <CorrectionNotice><NotifiedAt>2026-03-25</NotifiedAt></CorrectionNotice>
  <CorrectionNotice><NotifiedAt>2026-03-26</NotifiedAt></CorrectionNotice>
  <CorrectionReceipt><ReceivedAt>2026-03-27</ReceivedAt></CorrectionReceipt>
  <SpecialProcedure><Kind>10</Kind><StartedAt>2026-03-30</StartedAt></SpecialProcedure>
  <SpecialProcedureResult><EndedAt>2026-04-03</EndedAt><FeeAmount>0</FeeAmount></SpecialProcedureResult>
  <Fees><Fee><ChargedAmount>10.00</ChargedAmount></Fee></Fees>
  <Completion><Result>0</Result><CompletedAt>2026-04-14T16:30:00+08:00</CompletedAt><CertificateValidTo>2031-04-14</CertificateValidTo></Completion>
  <Delivery><Method>2</Method><DeliveredAt>2026-04-15T10:00:00+08:00</DeliveredAt></Delivery>
</Case>
"""
HEAD = (
    "<Head><PackageId>land-bureau-7</PackageId><SystemCode>land-bureau</SystemCode><Serial>7</Serial>"
    "<CreatedAt>2026-04-15T18:00:00+08:00</CreatedAt><CaseCount>1</CaseCount></Head>"
)


def parsed(inside: str) -> etree._Element:
    return etree.fromstring(
        f'<ExchangePackage xmlns="{CONTRACT.namespace}" version="1.0">{HEAD}<Body>{inside}</Body></ExchangePackage>'
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_package_its_body_alone_and_its_case_alone_are_documents(kind: str) -> None:
    package = parsed(WHOLE_CASE)
    body = package[1]
    for root in (package, body, body[0]):
        alone = copy.deepcopy(root)
        assert compiled_schema("1.0", kind).validate(alone), compiled_schema("1.0", kind).error_log


def test_a_body_holds_a_chunk_of_many_cases_but_not_none() -> None:
    schema = compiled_schema("1.0", "canonical")
    assert schema.validate(parsed(WHOLE_CASE * 3))
    assert not schema.validate(parsed(""))


def test_foreign_codes_pass_the_structure_schema_and_not_the_canonical_one() -> None:
    foreign = parsed(WHOLE_CASE.replace("<Status>1<", "<Status>Y<"))
    assert compiled_schema("1.0", "structure").validate(foreign)
    assert not compiled_schema("1.0", "canonical").validate(foreign)


REQUIRED = [(owner, field.name) for owner, field in CONTRACT.fields() if field.required and owner != "Head"]


@pytest.mark.parametrize(("owner", "name"), REQUIRED)
def test_a_required_field_cannot_be_left_out(owner: str, name: str) -> None:
    package = parsed(WHOLE_CASE)
    holder = next(package.iter(f"{{{CONTRACT.namespace}}}{owner}"))
    found = holder.find(f"{{{CONTRACT.namespace}}}{name}")
    assert found is not None, f"the sample case lacks {owner}/{name}"
    holder.remove(found)
    assert not compiled_schema("1.0", "structure").validate(package)
