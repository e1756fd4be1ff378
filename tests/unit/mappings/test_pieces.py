"""One row or stage message becomes one piece, or is refused with its place; its neighbours go on."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from hub.errors import PackageRefused, StopError
from hub.shapes import Order, Piece, Rejection, Violation
from mappings.dialect import load_dialect
from mappings.pieces import PieceMapper
from schemas.catalogue import describe
from tests.support.dialects import (
    CASE_NO,
    MESSAGES,
    NATIONAL,
    PINYIN,
    ROWS,
    known,
    mapped,
    message,
    messages,
    pieces,
    row,
    row_set,
)
from tests.support.message import USCC, line_of, registration

OTHER = "91430100MA4L12346D"


def national(folder: Path, *rows: str, **changes: Any) -> list[Piece | Rejection]:
    return [item for item, _ in mapped(row_set(rows), known(NATIONAL, **changes), folder)]


def pinyin(folder: Path, *inner: str, **changes: Any) -> list[Piece | Rejection]:
    return [item for item, _ in mapped(messages(inner), known(PINYIN, **changes), folder)]


def the_piece(item: Piece | Rejection) -> Piece:
    assert isinstance(item, Piece), item
    return item


def why(item: Piece | Rejection) -> list[tuple[str, str | None, str | None]]:
    assert isinstance(item, Rejection), "it was accepted"
    return [(v.code, v.field, v.xpath) for v in item.violations]


@pytest.mark.parametrize("table", ROWS)
def test_every_row_of_a_whole_case_is_a_piece(table: str, tmp_path: Path) -> None:
    [item] = national(tmp_path, row(table))
    piece = the_piece(item)
    assert (piece.case_no, piece.root, piece.operation) == ("P1", table == "up_pro_accept", "U")
    assert piece.place == f"{table}/{ROWS[table]['row_guid']}"
    assert piece.source_key == (
        "" if table in ("up_pro_accept", "up_pro_result") else ROWS[table]["row_guid"]
    )
    assert json.loads(piece.content)["table"] == table


@pytest.mark.parametrize("number", MESSAGES)
def test_every_message_of_a_whole_case_is_a_piece(number: str, tmp_path: Path) -> None:
    first, second = pinyin(tmp_path, message("0"), message(number))
    piece = the_piece(second)
    assert (piece.case_no, piece.order, piece.place) == (CASE_NO, Order(2, 1), "/BWJ/BW[2]")
    assert piece.source_key == {"3": "31", "5": "1", "6": "1", "7": "71", "8": "81"}.get(number, "")
    assert piece.line == the_piece(first).line + message("0").count("\n") + 1


def test_a_part_holds_values_in_the_form_of_slots(tmp_path: Path) -> None:
    [item] = pinyin(tmp_path, message("4"))
    assert json.loads(the_piece(item).part) == {
        "Completion": {
            "Result": "0", "CompletedAt": [None, "2026-04-14"], "Department": "局领导", "Opinion": "准予许可",
            "CertificateName": "许可证", "CertificateNo": "第1号",
        },
        "Fee": {"ChargedAmount": "1500000"},
    }  # fmt: skip


@pytest.mark.parametrize(("amount", "fee"), [("0", {"ChargedAmount": "0"}), ("", None), (None, None)])
def test_zero_and_not_charged_are_told_apart(amount: str | None, fee: object, tmp_path: Path) -> None:
    [item] = pinyin(tmp_path, message("4", SFJE=amount, JEDWDM="1"))
    assert json.loads(the_piece(item).part).get("Fee") == fee


def test_an_applied_case_without_acceptance_has_none(tmp_path: Path) -> None:
    [item] = national(tmp_path, row("up_pro_accept", accept_date=None, accept_doc_no=None))
    assert "Acceptance" not in json.loads(the_piece(item).part)


NATIONAL_WRONG: dict[str, tuple[str, dict[str, Any], tuple[str, str | None, str]]] = {
    "an unknown code": ("up_pro_accept", {"apply_type": "77"}, ("CODE_UNKNOWN", "Application.Channel", "apply_type")),
    "a day that is none": ("up_pro_accept", {"apply_date": "2026-02-30"}, ("VALUE_TYPE", "Application.AppliedAt", "apply_date")),
    "a date in a column of another type": ("up_pro_accept", {"apply_date": 20260323}, ("VALUE_TYPE", "Application.AppliedAt", "apply_date")),
    "a text that is too long": ("up_pro_accept", {"applyer_name": "长" * 201}, ("VALUE_LENGTH", "Applicant.Name", "applyer_name")),
    "a needed field that is null": ("up_pro_accept", {"applyer_name": None}, ("STRUCT_MISSING", "Applicant.Name", "applyer_name")),
    "a needed field that is blank": ("up_pro_accept", {"applyer_name": " "}, ("VALUE_EMPTY", "Applicant.Name", "applyer_name")),
    "another's organisation": ("up_pro_accept", {"org_code": OTHER}, ("ORG_FOREIGN", "Organization.Uscc", "org_code")),
    "nine digits of another's": ("up_pro_accept", {"org_code": OTHER[8:17]}, ("ORG_FOREIGN", "Organization.Uscc", "org_code")),
    "a check digit that is wrong": ("up_pro_accept", {"org_code": USCC[:17] + "0"}, ("USCC_CHECK", "Organization.Uscc", "org_code")),
    "a number that is none": ("up_pro_accept", {"task_version": "二"}, ("VALUE_TYPE", "ServiceItem.Version", "task_version")),
    "an acceptance without its time": ("up_pro_accept", {"accept_date": None}, ("STRUCT_MISSING", "Acceptance.HandledAt", "accept_date")),
    "no case number": ("up_pro_process", {"project_no": None}, ("STRUCT_MISSING", "Case.CaseNo", "project_no")),
    "a case number that is too long": ("up_pro_process", {"project_no": "x" * 51}, ("VALUE_LENGTH", "Case.CaseNo", "project_no")),
    "an operation that is none": ("up_pro_process", {"cd_operation": "X"}, ("OPERATION_UNKNOWN", "Case.Operation", "cd_operation")),
    "a time of the change that is none": ("up_pro_process", {"cd_time": "gestern"}, ("VALUE_TYPE", "cd_time", "cd_time")),
    "a step without any time": (
        "up_pro_process", {"event_start_time": None, "event_end_time": None}, ("STEP_TIME_MISSING", "Step.EndedAt", "event_end_time")),
    "a special procedure without kind": (
        "up_pro_special_procedure", {"special_type": None}, ("DERIVED_MISSING", "SpecialProcedure.Kind", "special_type")),
    "characters that nothing stores": ("up_pro_process", {"process_name": "a\x00b"}, ("VALUE_TYPE", "Step.StepName", "process_name")),
}  # fmt: skip


@pytest.mark.parametrize(("table", "changes", "expected"), NATIONAL_WRONG.values(), ids=NATIONAL_WRONG)
def test_a_row_is_refused_with_its_column_for(
    table: str, changes: dict[str, Any], expected: tuple[str, str | None, str], tmp_path: Path
) -> None:
    bad, good = national(tmp_path, row(table, **changes), row("up_pro_result"))
    code, field, column = expected
    assert why(bad) == [(code, field, f"{table}/{ROWS[table]['row_guid']}/{column}")]
    assert bad.line == 2
    assert isinstance(good, Piece)


def test_a_place_is_quoted_so_that_it_can_be_taken_apart(tmp_path: Path) -> None:
    [bad] = national(tmp_path, row("up_pro_process", row_guid="a/b 号", cd_operation="X"))
    assert why(bad)[0][2] == "up_pro_process/a%2Fb%20%E5%8F%B7/cd_operation"


def test_everything_that_is_wrong_with_a_row_is_said_at_once(tmp_path: Path) -> None:
    [bad] = national(tmp_path, row("up_pro_accept", apply_type="77", applyer_name=None, org_code=OTHER))
    assert {code for code, _, _ in why(bad)} == {"CODE_UNKNOWN", "STRUCT_MISSING", "ORG_FOREIGN"}


def test_a_message_is_refused_with_line_and_xpath(tmp_path: Path) -> None:
    data = messages([message("0"), message("4", BJSJ="2026-13-01")])
    [_, (bad, _)] = mapped(data, known(PINYIN), tmp_path)
    assert isinstance(bad, Rejection)
    [found] = bad.violations
    assert (found.code, found.field, found.value) == ("VALUE_TYPE", "Completion.CompletedAt", "2026-13-01")
    assert (found.line, found.xpath) == (line_of(data, "<BJSJ>"), "/BWJ/BW[2]/BJSJ")


def test_another_region_is_refused(tmp_path: Path) -> None:
    [bad] = pinyin(tmp_path, message("0", XZQHDM="430200"))
    assert why(bad) == [("REGION_FOREIGN", "Organization.RegionCode", "/BWJ/BW[1]/XZQHDM")]


STRANGE = {
    "a message of no known type": (message("0").replace('LX="0"', 'LX="77"'), "MESSAGE_UNKNOWN"),
    "a message without type": (message("0").replace(' LX="0"', ""), "MESSAGE_UNKNOWN"),
    "another element": ("<ANTWORT>ok</ANTWORT>", "MESSAGE_UNKNOWN"),
    "an element twice": (message("9").replace("</BW>", "<LQRXM>李</LQRXM></BW>"), "CASE_MALFORMED"),
    "a version that is no number": (message("9", version="v2"), "VALUE_TYPE"),
    "a step without its number": (message("3", YWLSH=None), "STRUCT_MISSING"),
}


@pytest.mark.parametrize(("text", "code"), STRANGE.values(), ids=STRANGE)
def test_a_strange_message_is_refused_alone(text: str, code: str, tmp_path: Path) -> None:
    bad, good = pinyin(tmp_path, text, message("9"))
    assert [each[0] for each in why(bad)] == [code]
    assert isinstance(good, Piece)


def test_a_message_without_type_is_told_by_the_name_of_what_it_lacks(tmp_path: Path) -> None:
    [bad] = pinyin(tmp_path, message("0").replace(' LX="0"', ""))
    assert isinstance(bad, Rejection)
    assert bad.violations[0].params["found"] == "LX 缺失 / missing"


def test_an_operation_that_is_none_is_for_the_sender_to_mend(tmp_path: Path) -> None:
    [bad] = national(tmp_path, row("up_pro_process", cd_operation="X"))
    assert isinstance(bad, Rejection)
    [found] = bad.violations
    told = describe(found.code, found.field, found.value, found.params)
    assert "I, U, D" in told.message_en
    assert "crosswalk" not in told.remedy_en
    assert "对照" not in told.remedy_zh


@pytest.mark.parametrize("number", ["1", "x" * 29, CASE_NO + "0", CASE_NO[:-1], CASE_NO[:-1] + "９"])
def test_a_case_number_that_is_not_29_digits_is_warned_of_and_can_be_refused(
    number: str, tmp_path: Path
) -> None:
    data = messages([message("0", number), message("0")])
    [(odd, warned), (_, silent)] = mapped(data, known(PINYIN), tmp_path, warn=True)
    assert the_piece(odd).case_no == number
    [found] = [each for each in warned if each.code == "CASE_NO_FORM"]
    assert (found.severity, found.field, found.value, found.xpath) == (
        "warning", "Case.CaseNo", number, "/BWJ/BW[1]/SBLSH",
    )  # fmt: skip
    assert "29 digits" in describe(found.code, found.field, found.value, found.params).message_en
    assert not [each for each in silent if each.code == "CASE_NO_FORM"]
    bad, good = pinyin(tmp_path, message("0", number), message("9"), checks={"CASE_NO_FORM": "error"})
    assert [code for code, _, _ in why(bad)] == ["CASE_NO_FORM"]
    assert isinstance(good, Piece)


ROW_LINES = {
    "no JSON": ('{"row":', "ROW_MALFORMED"),
    "a list": ("[1]", "ROW_MALFORMED"),
    "a value that is a list": (row("up_pro_result", remark=["x"]), "ROW_MALFORMED"),
    "an unknown table": (
        row("up_pro_result").replace('"table":"up_pro_result"', '"table":"t"'),
        "ROW_UNKNOWN_TABLE",
    ),
    "two documents": (row("up_pro_result") + " {}", "ROW_MALFORMED"),
}


@pytest.mark.parametrize(("line", "code"), ROW_LINES.values(), ids=ROW_LINES)
def test_a_strange_line_is_refused_alone(line: str, code: str, tmp_path: Path) -> None:
    good, bad, also = national(tmp_path, row("up_pro_result"), line, row("up_pro_process"))
    assert [each[0] for each in why(bad)] == [code]
    assert isinstance(good, Piece)
    assert isinstance(also, Piece)


ORDERS = [
    (row("up_pro_result", cd_time="1970-01-01T08:00:01"), Order(1, 1_000_000)),
    (row("up_pro_result", cd_time="1970-01-02"), Order(1, 57_600_000_000)),
    (row("up_pro_result", cd_time=None), Order(0, 42)),
]


@pytest.mark.parametrize(("line", "order"), ORDERS)
def test_a_row_is_ordered_by_its_time_else_by_the_package(line: str, order: Order, tmp_path: Path) -> None:
    [(item, _)] = mapped(row_set([line]), known(NATIONAL), tmp_path, serial=42)
    assert the_piece(item).order == order


@pytest.mark.parametrize(
    ("version", "order"), [("7", Order(2, 7)), ("007", Order(2, 7)), (None, Order(0, 42))]
)
def test_a_message_is_ordered_by_its_version_else_by_the_package(
    version: str | None, order: Order, tmp_path: Path
) -> None:
    [(item, _)] = mapped(messages([message("9", version=version)]), known(PINYIN), tmp_path, serial=42)
    assert the_piece(item).order == order


SAME = {"cd_time": "2027-01-01T00:00:00", "cd_batch": "x", "remark": "x", "data_source": "9", "legal": None}


def test_the_digest_is_of_what_a_row_says_and_not_of_its_envelope(tmp_path: Path) -> None:
    one, again, other = national(
        tmp_path, row("up_pro_result"), row("up_pro_result", **SAME), row("up_pro_result", result_type="1")
    )
    assert the_piece(one).digest == the_piece(again).digest != the_piece(other).digest
    assert the_piece(one).raw_digest != the_piece(again).raw_digest


def test_a_withdrawal_says_nothing_but_is_held_to_its_organisation(tmp_path: Path) -> None:
    step, root, foreign = national(
        tmp_path, row("up_pro_process", cd_operation="D", process_name=None),
        row("up_pro_accept", cd_operation="D"), row("up_pro_accept", cd_operation="D", org_code=OTHER),
    )  # fmt: skip
    assert (the_piece(step).operation, the_piece(step).part) == ("D", "{}")
    assert (the_piece(root).operation, the_piece(root).root) == ("D", True)
    assert [code for code, _, _ in why(foreign)] == ["ORG_FOREIGN"]


def warned(found: list[tuple[Piece | Rejection, list[Violation]]]) -> list[tuple[str, str | None]]:
    return [(v.code, v.field) for _, violations in found for v in violations]


def test_a_column_that_is_neither_mapped_nor_ignored_is_told_once_for_the_package(tmp_path: Path) -> None:
    data = row_set(
        [row("up_pro_result", extra="x"), row("up_pro_result", extra=None), row("up_pro_process", extra=1)]
    )
    found = mapped(data, known(NATIONAL), tmp_path)
    assert warned(found) == [("UNMAPPED", "extra"), ("UNMAPPED", "extra")]
    assert [v.xpath for _, each in found for v in each] == [
        "up_pro_result/r1/extra",
        "up_pro_process/p1/extra",
    ]


def test_an_element_that_is_neither_mapped_nor_ignored_is_told_too(tmp_path: Path) -> None:
    found = mapped(messages([message("9", NEU="x", NEU2="")]), known(PINYIN), tmp_path)
    assert warned(found) == [("UNMAPPED", "NEU"), ("UNMAPPED", "NEU2")]


def test_a_registration_may_raise_what_is_unmapped_to_an_error(tmp_path: Path) -> None:
    [bad] = national(tmp_path, row("up_pro_result", extra="x"), checks={"UNMAPPED": "error"})
    assert [code for code, _, _ in why(bad)] == ["UNMAPPED"]


def test_remarks_are_made_on_what_one_piece_says_and_may_be_raised(tmp_path: Path) -> None:
    data = messages([message("2", SLZTDM="2", BSLYY=None)])
    [(item, remarks)] = mapped(data, known(PINYIN), tmp_path, warn=True)
    assert isinstance(item, Piece)
    assert [(v.code, v.field, v.severity, v.line) for v in remarks] == [
        ("REASON_MISSING", "Acceptance.Reason", "warning", 3)
    ]
    [(bad, _)] = mapped(data, known(PINYIN, checks={"REASON_MISSING": "error"}), tmp_path)
    assert [code for code, _, _ in why(bad)] == ["REASON_MISSING"]


WHOLE_REFUSED = {
    "no row set": (b"<html/>\n", NATIONAL, "ROWS_HEAD"),
    "a row set of another version": (b'{"format":"row-set","version":2}\n', NATIONAL, "ROWS_HEAD"),
    "a row set without rows": (row_set([]), NATIONAL, "PKG_NO_CASES"),
    "a table that lacks a column": (
        row_set([row("up_pro_result", result_type=...)]),
        NATIONAL,
        "ROWS_COLUMN",
    ),
    "a web page": (b"<html><body/></html>", PINYIN, "MESSAGES_ROOT"),
    "XML that breaks off": (messages([message("0")])[:-9], PINYIN, "XML_MALFORMED"),
    "messages of which none is there": (b"<BWJ> </BWJ>", PINYIN, "PKG_NO_CASES"),
    "nothing at all": (b"", PINYIN, "PKG_EMPTY"),
}


@pytest.mark.parametrize(("data", "dialect", "code"), WHOLE_REFUSED.values(), ids=WHOLE_REFUSED)
def test_a_package_is_refused_as_a_whole_for(data: bytes, dialect: str, code: str, tmp_path: Path) -> None:
    with pytest.raises(PackageRefused) as caught:
        mapped(data, known(dialect), tmp_path)
    assert caught.value.code == code


def test_a_missing_column_is_named_with_its_table_and_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(PackageRefused) as caught:
        national(tmp_path, row("up_pro_process"), row("up_pro_result", result_type=..., result_date=...))
    assert (caught.value.line, caught.value.params["table"]) == (3, "up_pro_result")
    assert caught.value.params["column"] == "result_type, result_date"
    assert "row_guid" in str(caught.value.params["present"])


def test_a_crosswalk_without_the_lists_of_the_dialect_stops_the_system() -> None:
    with pytest.raises(StopError):
        PieceMapper(known(PINYIN, codes="hunan"))


def test_a_dialect_of_whole_cases_has_no_pieces() -> None:
    with pytest.raises(ValueError, match="canonical"):
        PieceMapper(registration())


@pytest.mark.parametrize(
    "change",
    [
        {"codes": "hunan"},
        {"organizations": (OTHER,)},
        {"region": "430000"},
        {"checks": {"UNMAPPED": "error"}},
    ],
)
def test_the_fingerprint_changes_with_what_decides(change: dict[str, Any]) -> None:
    assert PieceMapper(known(NATIONAL, **change)).fingerprint != PieceMapper(known(NATIONAL)).fingerprint


def test_all_of_a_whole_case_is_taken(tmp_path: Path) -> None:
    assert len(pieces(row_set(row(table) for table in ROWS), known(NATIONAL), tmp_path)) == len(ROWS)
    assert len(pieces(messages([message(number) for number in MESSAGES]), known(PINYIN), tmp_path)) == len(
        MESSAGES
    )


def test_a_part_is_canonical_json(tmp_path: Path) -> None:
    both = (WHOLE_ROWS, known(NATIONAL)), (WHOLE_MESSAGES, known(PINYIN))
    for piece in (piece for data, registration_ in both for piece in pieces(data, registration_, tmp_path)):
        assert piece.part == json.dumps(
            json.loads(piece.part), ensure_ascii=False, sort_keys=True, separators=(",", ":")
        )
        assert piece.digest == hashlib.sha256(f"U\n{piece.part}".encode()).hexdigest()


WHOLE_ROWS = row_set(row(table) for table in ROWS)
WHOLE_MESSAGES = messages([message(number) for number in MESSAGES])


def test_what_another_kind_supplies_for_its_own_rows_is_still_needed_for_these(tmp_path: Path) -> None:
    [bad] = pinyin(tmp_path, message("3", SPHJMC=None))
    assert why(bad) == [("STRUCT_MISSING", "Step.StepName", "/BWJ/BW[1]")]


CONSTANT = """\
dialect: sample
zh: 样例
en: Sample
source: a test
schema: "1.0"
format: row-set
case_no: no
row_id: id
kinds:
  accept:
    match: t
    order: {version: v}
    fields:
      Applicant.Name: name
      Applicant.IdType: {constant: "111"}
delivers: {Applicant: [Name, IdType]}
"""


def test_a_constant_stands_in_its_place_and_brings_no_element_about(tmp_path: Path) -> None:
    (tmp_path / "sample.yaml").write_text(CONSTANT, encoding="utf-8")
    mapper = PieceMapper(known(NATIONAL), load_dialect("sample", tmp_path))
    rows = [
        '{"row":{"id":"1","name":"王","no":"P1","v":1},"table":"t"}',
        '{"row":{"id":"2","name":null,"no":"P1","v":1},"table":"t"}',
    ]
    path = tmp_path / "rows"
    path.write_bytes(row_set(rows))
    data = path.read_bytes()
    found = [mapper.map(data[r.offset : r.offset + r.length], r, 1, 1)[0] for r in mapper.records(path)]
    assert [the_piece(item).part for item in found] == ['{"Applicant":{"IdType":"111","Name":"王"}}', "{}"]


TWO = CONSTANT.replace("delivers:", """\
  more:
    match: u
    order: {version: v}
    fields:
      Applicant.Name: name
      Applicant.IdNo: number
delivers:""").replace("[Name, IdType]", "[Name, IdType, IdNo]")  # fmt: skip


def test_what_two_kinds_can_supply_is_needed_of_neither(tmp_path: Path) -> None:
    (tmp_path / "sample.yaml").write_text(TWO, encoding="utf-8")
    mapper = PieceMapper(known(NATIONAL), load_dialect("sample", tmp_path))
    path = tmp_path / "rows"
    path.write_bytes(row_set(['{"row":{"id":"1","name":null,"no":"P1","number":"9","v":1},"table":"u"}']))
    data = path.read_bytes()
    [found] = [mapper.map(data[r.offset : r.offset + r.length], r, 1, 1)[0] for r in mapper.records(path)]
    assert the_piece(found).part == '{"Applicant":{"IdNo":"9"}}'
