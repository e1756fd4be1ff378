"""A dialect is read strictly: what it says must fit the contract, and a mistake is told with line, column and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.errors import StopError
from mappings.dialect import FOLDER, delivered, dialect_names, load_dialect
from schemas.contract import VERSIONS, load_contract
from tests.support.dialects import MESSAGES, ROWS

TABLES = {
    table: {*row, "project_no", "cd_operation", "cd_time", "cd_batch", "data_source", "sync_flag", "remark"} - (
        {"remark"} if table == "up_pro_accept" else set()
    )
    for table, row in ROWS.items()
}  # fmt: skip
COMMON = {"SBLSH", "SXBM", "XZQHDM", "SJBBH", "YWLSH", "BZ"}


@pytest.mark.parametrize("name", dialect_names())
def test_every_dialect_that_there_is_can_be_loaded(name: str) -> None:
    assert load_dialect(name).name == name


def test_the_canonical_dialect_delivers_every_field() -> None:
    contract = load_contract(VERSIONS[-1])
    everything = {f"{element.name}.{field.name}" for element in contract.elements for field in element.fields}
    assert delivered(load_dialect("canonical")) == everything


def test_the_national_tables_deliver_no_corrections_fees_delivery_and_types_of_steps() -> None:
    found = delivered(load_dialect("national-exchange-db"))
    assert not [name for name in found if name.startswith(("Correction", "Fee.", "Delivery."))]
    assert "Step.StepType" not in found
    assert "Step.StepName" in found


def test_the_stage_messages_deliver_no_materials() -> None:
    assert not [name for name in delivered(load_dialect("pinyin-stages")) if name.startswith("Material.")]


@pytest.mark.parametrize("table", TABLES)
def test_every_column_of_the_national_tables_is_mapped_or_ignored_with_a_reason(table: str) -> None:
    dialect = load_dialect("national-exchange-db")
    kind = next(kind for kind in dialect.kinds if kind.match == table)
    used = {
        dialect.case_no,
        dialect.row_id,
        *kind.envelope(),
        *(s for rule in kind.rules for s in rule.reads),
    }
    assert TABLES[table] <= used | set(kind.ignored)
    assert not used & set(kind.ignored)
    assert all(len(reason) > 8 for reason in kind.ignored.values())


@pytest.mark.parametrize("number", MESSAGES)
def test_every_element_of_the_stage_messages_is_mapped_or_ignored_with_a_reason(number: str) -> None:
    dialect = load_dialect("pinyin-stages")
    kind = next(kind for kind in dialect.kinds if kind.match == number)
    used = {dialect.case_no, *kind.envelope(), *(s for rule in kind.rules for s in rule.reads)}
    assert COMMON | set(MESSAGES[number]) <= used | set(kind.ignored)


GOOD = """\
dialect: sample
zh: 样例
en: Sample
source: a test
schema: "1.0"
format: row-set
case_no: no
row_id: id
ignored: {remark: 备注}
kinds:
  accept:
    match: t_accept
    root: true
    order: {time: at}
    operation: {from: op, codes: {I: U, D: D}}
    fields:
      Applicant.Name: name
      Application.AppliedAt: {from: day, as: time, formats: [YYYYMMDD]}
      Acceptance.Status: {constant: "1"}
  step:
    match: t_step
    key: id
    order: {version: v}
    fields:
      Step.StepName: step
      Step.EndedAt: done
delivers:
  Applicant: [Name]
  Application: [AppliedAt]
  Step: [StepName, EndedAt]
"""
FAULTS = {
    "an unknown key": ("zh: 样例", "zh: 样例\nversion: 2", 3, "version", "dialect"),
    "a key twice": ("en: Sample", "en: Sample\nen: Again", 4, "en", "Keep one"),
    "another name than the file's": ("dialect: sample", "dialect: other", 1, "other", "sample"),
    "an unknown schema": ('schema: "1.0"', 'schema: "9.9"', 5, "9.9", "1.0"),
    "an unknown form": ("format: row-set", "format: rows", 6, "rows", "row-set"),
    "a form that lacks its keys": ("row_id: id\n", "", 1, "row_id", "Add"),
    "a key of another form": ("row_id: id", "row_id: id\nmessage: {}", 9, "message", "row_id"),
    "an unknown element": ("Applicant.Name: name", "Aplicant.Name: name", 17, "Aplicant", "Applicant"),
    "an unknown field": ("Applicant.Name: name", "Applicant.Nam: name", 17, "Nam", "Name"),
    "a field twice": ("Applicant.Name: name", "Applicant.Name: name\n      Applicant.Name: other", 18, "Applicant.Name", "Keep"),
    "an unknown transform": ("as: time, formats: [YYYYMMDD]", "as: when", 18, "when", "time"),
    "a transform that cannot give the type": ("as: time, formats: [YYYYMMDD]", "as: flag", 18, "flag", "time"),
    "an option of another transform": ("as: time, formats: [YYYYMMDD]", "as: time, index: 1", 18, "index", "formats"),
    "a format without a day": ("[YYYYMMDD]", "[YYYYMM]", 18, "YYYYMM", "YYYY"),
    "a constant that is no canonical code": ('{constant: "1"}', '{constant: "8"}', 19, "8", "1, 2, 3"),
    "two repeated elements in one kind": (
        "      Step.EndedAt: done", "      Step.EndedAt: done\n      Material.Name: m", 24, "Material", "several kinds"),
    "a repeated element that lacks what it needs": ("      Step.StepName: step\n", "", 24, "StepName", "Map it"),
    "rows without any time": (
        "      Step.EndedAt: done", "      Step.Opinion: done", 24, "StartedAt / EndedAt", "Map it"),
    "a table that two kinds read": ("match: t_step", "match: t_accept", 20, "t_accept", "one kind"),
    "an order that is none": ("order: {version: v}", "order: {}", 23, "order", "version"),
    "an operation that is none of ours": ("codes: {I: U, D: D}", "codes: {I: X}", 15, "X", "U, D"),
    "a source both mapped and ignored": (
        "    key: id\n", "    key: id\n    ignored: {step: no}\n", 23, "step", "Keep one"),
    "an element brought about that the kind does not know": (
        "    key: id\n", "    key: id\n    when: {Fee: [x]}\n", 23, "Fee", "Step"),
    "delivering what nothing maps": ("Step: [StepName, EndedAt]", "Step: [StepName, EndedAt, Opinion]", 28, "Step.Opinion", "Map it"),
    "mapping what is not delivered": ("Step: [StepName, EndedAt]", "Step: [StepName]", 28, "Step.EndedAt", "delivers"),
    "no YAML": ("kinds:", "kinds: [", 12, "YAML", "Mend"),
}  # fmt: skip


def write(folder: Path, text: str) -> Path:
    (folder / "sample.yaml").write_text(text, encoding="utf-8")
    return folder


def test_the_sample_itself_is_right(tmp_path: Path) -> None:
    dialect = load_dialect("sample", write(tmp_path, GOOD))
    assert delivered(dialect) == {"Applicant.Name", "Application.AppliedAt", "Step.StepName", "Step.EndedAt"}
    assert [kind.order_basis for kind in dialect.kinds] == [1, 2]


@pytest.mark.parametrize(("old", "new", "line", "said", "remedy"), FAULTS.values(), ids=FAULTS)
def test_a_dialect_is_refused_for(
    old: str, new: str, line: int, said: str, remedy: str, tmp_path: Path
) -> None:
    assert old in GOOD
    with pytest.raises(StopError) as caught:
        load_dialect("sample", write(tmp_path, GOOD.replace(old, new, 1)))
    error = caught.value
    assert error.code == "DIALECT"
    assert said in error.message_en
    assert remedy in error.remedy_en
    assert (error.place.line, bool(error.place.column)) == (line, True)


def test_the_type_of_a_message_is_an_attribute(tmp_path: Path) -> None:
    text = GOOD.replace("format: row-set", "format: messages").replace(
        "row_id: id", "message: {element: M, within: R, type: KIND}"
    )
    with pytest.raises(StopError) as caught:
        load_dialect("sample", write(tmp_path, text))
    assert (caught.value.place.line, "KIND" in caught.value.message_en) == (8, True)


def test_an_unknown_dialect_names_those_there_are_and_the_nearest() -> None:
    with pytest.raises(StopError) as caught:
        load_dialect("pinyin-stage")
    assert "pinyin-stages?" in caught.value.remedy_en
    assert "canonical" in caught.value.remedy_zh


@pytest.mark.parametrize("name", ["../canonical", "crosswalks/hunan", ""])
def test_a_path_is_no_name(name: str) -> None:
    with pytest.raises(StopError):
        load_dialect(name)


def test_a_change_of_the_file_changes_its_digest(tmp_path: Path) -> None:
    one = load_dialect("sample", write(tmp_path, GOOD)).digest
    (tmp_path / "b").mkdir()
    assert load_dialect("sample", write(tmp_path / "b", GOOD.replace("样例", "例子"))).digest != one
    assert FOLDER.name == "mappings"
