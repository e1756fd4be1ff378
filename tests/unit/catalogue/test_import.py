"""Catalogue files come in whole or not at all; the same content changes nothing, other content is a new version."""

from __future__ import annotations

import csv
import io
import pickle
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook
from sqlalchemy import Engine

from hub.catalogue.columns import KINDS
from hub.catalogue.documents import listed
from hub.catalogue.faults import Refused
from hub.catalogue.importing import LOGGED_AT_MOST
from hub.central.tables import items
from hub.errors import StopError
from tests.support.catalogue import CODE, USCC, WHOLE, Log, bring, rows

ITEM = "item_code,name,org_uscc,promised_limit,promised_limit_unit"
ONE = f"{ITEM}\nA1,甲事项,{USCC},5,W\n"


def versions(engine: Engine) -> list[tuple[object, ...]]:
    return rows(engine, items.service_item, "item_code", "version", "name", "valid_from")


def test_a_whole_catalogue_in_yaml(engine: Engine, tmp_path: Path) -> None:
    done = bring(engine, tmp_path, {"whole.yaml": WHOLE})
    assert {name: counts["new"] for name, counts in done.counts.items()} == {
        "region": 1, "organization": 1, "post": 2, "staff": 2, "item": 1,
    }  # fmt: skip
    [item] = rows(engine, items.service_item, "item_code", "case_type", "promised_limit", "promised_limit_unit", "is_charged", "online_depth")  # fmt: skip
    assert item == (CODE, "2", 12, "W", 1, "whole")
    assert rows(engine, items.item_material, "seq", "name", "is_required") == [
        (1, "申请表", 1),
        (2, "批准文件", 0),
    ]
    assert rows(engine, items.item_fee, "fee_code", "standard_amount", "step_code") == [
        ("FE-001", 1000, "JD")
    ]
    assert rows(engine, items.item_flow_next, "step_code", "next_code", "condition") == [
        ("BZ", "SL", None), ("SC", "JD", None), ("SL", "BZ", "材料不全"), ("SL", "SC", None),
    ]  # fmt: skip
    assert rows(engine, items.item_flow_apart, "step_code", "other_code") == [("JD", "SC")]
    assert rows(engine, items.staff_post, "person_no", "post_code") == [("0731001", "CK"), ("0731002", "SC")]


def test_the_same_content_again_changes_nothing(engine: Engine, tmp_path: Path) -> None:
    log = Log()
    bring(engine, tmp_path, {"whole.yaml": WHOLE})
    again = bring(engine, tmp_path, {"whole.yaml": WHOLE}, log=log)
    assert again.change is None
    assert {counts["unchanged"] > 0 for counts in again.counts.values()} == {True}
    assert log.entries == []
    assert len(rows(engine, items.catalogue_change, "id")) == 1


def test_other_content_is_a_new_version_from_today_and_the_old_one_stays(
    engine: Engine, tmp_path: Path
) -> None:
    bring(engine, tmp_path, {"items.csv": ONE})
    bring(engine, tmp_path, {"items.csv": ONE.replace(",5,W", ",3,W")}, day=date(2026, 6, 1))
    assert versions(engine) == [("A1", 1, "甲事项", None), ("A1", 2, "甲事项", date(2026, 6, 1))]
    assert rows(engine, items.service_item, "promised_limit") == [(5,), (3,)]


def test_a_source_that_counts_its_versions_keeps_its_numbers(engine: Engine, tmp_path: Path) -> None:
    text = f"item_code,version,name,org_uscc,valid_from\nA1,3,甲,{USCC},2020-01-01\nA1,7,甲事项,{USCC},2024/1/1\n"
    bring(engine, tmp_path, {"items.csv": text})
    assert versions(engine) == [("A1", 3, "甲", date(2020, 1, 1)), ("A1", 7, "甲事项", date(2024, 1, 1))]
    with pytest.raises(Refused) as caught:
        bring(engine, tmp_path, {"items.csv": text.replace("甲事项", "乙事项")})
    [fault] = caught.value.faults
    assert (fault.code, fault.where.row, fault.column, fault.value) == ("VERSION_CONFLICT", 3, "version", "7")
    assert versions(engine)[1][2] == "甲事项"


def test_materials_alone_make_a_new_version_that_keeps_the_rest(engine: Engine, tmp_path: Path) -> None:
    bring(engine, tmp_path, {"whole.yaml": WHOLE})
    new = f"item_code,name,is_required\n{CODE},申请表,是\n{CODE},身份证,是\n"
    done = bring(engine, tmp_path, {"materials.csv": new})
    assert done.counts["item"] == {"new": 0, "changed": 1, "unchanged": 0}
    assert rows(engine, items.item_material, "version", "name")[2:] == [(2, "申请表"), (2, "身份证")]
    assert rows(engine, items.item_flow_step, "version", "step_code")[4:] == [
        (2, c) for c in ("BZ", "JD", "SC", "SL")
    ]
    assert rows(engine, items.item_fee, "version", "name") == [(1, "工本费"), (2, "工本费")]
    assert rows(engine, items.service_item, "name", "promised_limit")[1] == ("建设用地规划许可证核发", 12)
    assert bring(engine, tmp_path, {"materials.csv": new}).change is None


def test_what_an_import_does_not_hold_at_all_stays_and_what_it_holds_is_whole(
    engine: Engine, tmp_path: Path
) -> None:
    bring(engine, tmp_path, {"items.csv": ONE, "materials.csv": "item_code,name\nA1,申请表\nA1,照片\n"})
    bring(engine, tmp_path, {"items.csv": ONE.replace("甲", "乙")})
    assert rows(engine, items.item_material, "version", "name") == [
        (1, "申请表"), (1, "照片"), (2, "申请表"), (2, "照片"),
    ]  # fmt: skip
    bring(
        engine, tmp_path, {"items.csv": ONE.replace("甲", "乙"), "materials.csv": "item_code,name\nA1,照片\n"}
    )
    assert rows(engine, items.item_material, "version", "name")[4:] == [(3, "照片")]


def test_an_item_without_rows_of_a_kind_that_the_import_holds_has_none_any_more(
    engine: Engine, tmp_path: Path
) -> None:
    two = f"{ONE}A2,乙事项,{USCC},5,W\n"
    bring(engine, tmp_path, {"items.csv": two, "materials.csv": "item_code,name\nA1,申请表\nA2,申请表\n"})
    bring(engine, tmp_path, {"items.csv": two, "materials.csv": "item_code,name\nA2,申请表\n"})
    assert rows(engine, items.service_item, "item_code", "version") == [("A1", 1), ("A1", 2), ("A2", 1)]
    assert rows(engine, items.item_material, "item_code", "version") == [("A1", 1), ("A2", 1)]


def test_an_item_in_yaml_has_what_it_lists_and_nothing_else(engine: Engine, tmp_path: Path) -> None:
    bring(engine, tmp_path, {"whole.yaml": WHOLE})
    bring(engine, tmp_path, {"whole.yaml": WHOLE[: WHOLE.index("    fees:")]})
    assert rows(engine, items.item_material, "version") == [(1,), (1,), (2,), (2,)]
    assert rows(engine, items.item_fee, "version") == [(1,)]
    assert {version for (version,) in rows(engine, items.item_flow_step, "version")} == {1}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_in_any_of_three_encodings_with_chinese_headers(
    engine: Engine, tmp_path: Path, encoding: str
) -> None:
    text = f"实施编码,事项名称,机构代码,是否收费\n𠮷1,㛃䶮事项,{USCC},否\n"
    bring(engine, tmp_path, {"事项清单.csv": text.encode(encoding)})
    assert rows(engine, items.service_item, "item_code", "name", "is_charged") == [("𠮷1", "㛃䶮事项", 0)]


def test_a_cell_may_hold_commas_quotes_tabs_and_lines(engine: Engine, tmp_path: Path) -> None:
    awkward = '一、"甲"\t乙\\\n二，丙'
    text = io.StringIO()
    csv.writer(text).writerows(
        [["item_code", "name", "org_uscc", "exempt_basis"], ["A1", "甲", USCC, awkward]]
    )
    bring(engine, tmp_path, {"items.csv": text.getvalue()})
    assert rows(engine, items.service_item, "exempt_basis") == [(awkward,)]


def test_a_workbook_has_a_sheet_for_each_kind(engine: Engine, tmp_path: Path) -> None:
    book = Workbook()
    first = book.active
    assert first is not None
    first.title = "事项"
    first.append(["实施编码", "事项名称", "机构代码", "承诺时限", "承诺时限单位", "生效日期", None])
    first.append(["A1", "甲事项", USCC, 5, "工作日", date(2024, 1, 1)])
    first.append([])
    fees = book.create_sheet("fees")
    fees.append(["item_code", "fee_code", "name", "standard_amount"])
    fees.append(["A1", "F1", "工本费", 10.5])
    book.create_sheet("说明").append(["随便写"])
    book.create_sheet("Sheet9")
    book.save(tmp_path / "book.xlsx")
    bring(engine, tmp_path, {"book.xlsx": (tmp_path / "book.xlsx").read_bytes()})
    assert rows(engine, items.service_item, "promised_limit", "valid_from") == [(5, date(2024, 1, 1))]
    assert rows(engine, items.item_fee, "name", "standard_amount") == [("工本费", 1050)]


def test_a_code_that_a_spreadsheet_has_rounded_is_refused(engine: Engine, tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "items"
    sheet.append(["item_code", "name", "org_uscc"])
    sheet.append([1.1430100006121778e17, "甲", USCC])
    book.save(tmp_path / "book.xlsx")
    with pytest.raises(Refused) as caught:
        bring(engine, tmp_path, {"book.xlsx": (tmp_path / "book.xlsx").read_bytes()})
    assert ("ROUNDED", 2, "items") in {(f.code, f.where.row, f.where.sheet) for f in caught.value.faults}


FAULTS = {
    "unknown column": (f"{ITEM},颜色\n", "COLUMN", 1, "颜色"),
    "missing column": ("item_code,name\nA1,甲\n", "COLUMN", 1, "org_uscc"),
    "blank": (f"{ITEM}\nA1,,{USCC},5,W\n", "BLANK", 2, "name"),
    "number": (f"{ITEM}\nA1,甲,{USCC},五,W\n", "NUMBER", 2, "promised_limit"),
    "too large": (f"{ITEM}\nA1,甲,{USCC},10000,W\n", "NUMBER", 2, "promised_limit"),
    "unit": (f"{ITEM}\nA1,甲,{USCC},5,\n", "UNIT", 2, "promised_limit_unit"),
    "code": (f"{ITEM}\nA1,甲,{USCC},5,天\n", "CODE", 2, "promised_limit_unit"),
    "organisation": (f"{ITEM}\nA1,甲,1143,5,W\n", "PATTERN", 2, "org_uscc"),
    "length": (f"{ITEM}\nA1,{'甲' * 501},{USCC},5,W\n", "LENGTH", 2, "name"),
    "cells": (f"{ITEM}\nA1,甲,{USCC},5,W,多\n", "CELLS", 2, None),
    "twice": (f"{ITEM}\nA1,甲,{USCC},5,W\nA1,乙,{USCC},5,W\n", "TWICE", 3, None),
    "day": (f"item_code,name,org_uscc,valid_from\nA1,甲,{USCC},2026-02-30\n", "DAY", 2, "valid_from"),
    "backwards": (f"item_code,name,org_uscc,valid_from,valid_to\nA1,甲,{USCC},2026-02-02,2026-02-01\n", "VALIDITY", 2, "valid_to"),
    "quotes": (f'{ITEM}\nA1,"甲"x,{USCC},5,W\n', "CSV", 2, None),
    "nothing": (f"{ITEM}\n", "NOTHING", None, None),
}  # fmt: skip


@pytest.mark.parametrize(("text", "code", "row", "column"), FAULTS.values(), ids=FAULTS)
def test_each_fault_tells_its_place_and_remedy_and_nothing_is_imported(
    engine: Engine, tmp_path: Path, text: str, code: str, row: int | None, column: str | None
) -> None:
    with pytest.raises(Refused) as caught:
        bring(engine, tmp_path, {"items.csv": text})
    fault = caught.value.faults[0]
    if code != "NOTHING":  # is said of all files together
        assert fault.where.file == "items.csv"
    assert (fault.code, fault.where.row, fault.column) == (code, row, column)
    assert all((fault.zh, fault.en, fault.remedy_zh, fault.remedy_en))
    assert versions(engine) == rows(engine, items.catalogue_change, "id") == []


def test_all_faults_of_all_files_are_told_at_once_a_hundred_of_them_listed(
    engine: Engine, tmp_path: Path
) -> None:
    bad = "".join(f"A{n},甲,{USCC},五,天\n" for n in range(80))
    with pytest.raises(Refused) as caught:
        bring(engine, tmp_path, {"items.csv": f"{ITEM}\n{bad}", "fees.csv": "item_code,name\nA1,\n"})
    assert (caught.value.total, len(caught.value.faults)) == (161, 100)


YAML_FAULTS = {
    "unknown key": (WHOLE.replace("case_type:", "case_typ:"), "COLUMN", "case_typ"),
    "a list for a value": (WHOLE.replace("name: 建设用地规划许可证核发", "name: [甲]"), "SHAPE", None),
    "not YAML": ("items: [", "YAML", None),
    "a step twice": (WHOLE.replace("step_code: BZ", "step_code: SL"), "TWICE", "step_code"),
}


@pytest.mark.parametrize(("text", "code", "column"), YAML_FAULTS.values(), ids=YAML_FAULTS)
def test_a_fault_in_yaml_tells_its_line(
    engine: Engine, tmp_path: Path, text: str, code: str, column: str | None
) -> None:
    with pytest.raises(Refused) as caught:
        bring(engine, tmp_path, {"whole.yaml": text})
    fault = caught.value.faults[0]
    assert (fault.code, fault.column) == (code, column)
    assert fault.where.row is not None


def test_parts_of_an_item_that_nobody_knows_are_refused(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        bring(engine, tmp_path, {"materials.csv": "item_code,name\nB9,申请表\n"})
    assert [(f.code, f.where.row, f.value) for f in caught.value.faults] == [("ITEM_MISSING", 2, "B9")]


def test_codes_of_a_department_come_in_through_a_crosswalk(engine: Engine, tmp_path: Path) -> None:
    text = f"{ITEM},case_type\nA1,甲,{USCC},5,G,2\n"
    with pytest.raises(Refused):
        bring(engine, tmp_path, {"items.csv": text})
    codes = {"LIMIT_UNIT": {"G": "W"}, "CASE_TYPE": {"2": "1"}}
    bring(engine, tmp_path, {"items.csv": text}, codes=codes)
    assert rows(engine, items.service_item, "promised_limit_unit", "case_type") == [("W", "1")]


def test_a_kind_is_told_by_name_or_header_or_option(engine: Engine, tmp_path: Path) -> None:
    bring(engine, tmp_path, {"导出1.csv": f"{ITEM}\nA1,甲,{USCC},5,W\n"})
    steps = "item_code,step_code,name\nA1,SL,受理\n"
    bring(engine, tmp_path, {"导出2.csv": steps}, kind="step")
    assert rows(engine, items.item_flow_step, "version", "step_code") == [(2, "SL")]
    with pytest.raises(Refused) as caught:
        bring(engine, tmp_path, {"导出3.csv": "甲,乙\n1,2\n"})
    assert caught.value.faults[0].code == "KIND"


@pytest.mark.parametrize(
    ("name", "content"), [("x.pdf", b"%PDF"), ("x.xlsx", b"not a zip"), ("x.csv", b"\xff\xff\xff")]
)
def test_what_is_no_catalogue_file_is_told(engine: Engine, tmp_path: Path, name: str, content: bytes) -> None:
    with pytest.raises(StopError) as caught:
        bring(engine, tmp_path, {name: content})
    assert caught.value.code in {"CATALOGUE_FILE", "CATALOGUE_FAULTS"}
    assert name in caught.value.message_zh or caught.value.place.file == name


def test_the_log_says_who_changed_what(engine: Engine, tmp_path: Path) -> None:
    log = Log()
    bring(engine, tmp_path, {"items.csv": ONE}, log=log)
    bring(engine, tmp_path, {"items.csv": ONE.replace("甲", "乙")}, log=log)
    [(event, first), (_, second)] = log.entries
    assert (event, first["by"], first["sources"][0]["name"]) == ("catalogue.changed", "测试", "items.csv")
    assert first["counts"] == {"item": {"new": 1, "changed": 0, "unchanged": 0}}
    [before], [after] = first["changes"], second["changes"]
    assert (after["key"], after["version"], after["old"]) == ("A1", 2, before["new"])
    assert before["old"] is None


def test_of_very_many_changes_the_log_holds_the_root(engine: Engine, tmp_path: Path) -> None:
    log = Log()
    many = LOGGED_AT_MOST + 1
    bring(
        engine,
        tmp_path,
        {"items.csv": f"{ITEM}\n" + "".join(f"A{n},甲,{USCC},5,W\n" for n in range(many))},
        log=log,
    )
    [(_, body)] = log.entries
    assert "changes" not in body
    assert (body["changed"], len(body["root"])) == (many, 64)


def test_an_import_that_ends_in_the_middle_leaves_nothing(engine: Engine, tmp_path: Path) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the log is gone")

    with pytest.raises(RuntimeError):
        bring(engine, tmp_path, {"items.csv": ONE}, log=broken)
    assert versions(engine) == rows(engine, items.catalogue_change, "id") == []
    assert list((tmp_path / "work").iterdir()) == []


def test_a_document_type_definition_in_a_workbook_is_not_opened(engine: Engine, tmp_path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(tmp_path / "evil.xlsx", "w") as archive:
        archive.writestr("xl/workbook.xml", '<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>')
    with pytest.raises(Refused) as caught:
        bring(engine, tmp_path, {"evil.xlsx": (tmp_path / "evil.xlsx").read_bytes()})
    assert caught.value.faults[0].code == "DOCTYPE"


def test_a_refusal_travels_between_processes_with_all_its_faults(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        bring(engine, tmp_path, {"items.csv": f"{ITEM}\nA1,,{USCC},五,W\n"})
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.total, again.faults, str(again)) == (2, caught.value.faults, str(caught.value))


PUBLIC = (
    "机构代码,索引号,公开内容,标题,发布日期,发布部门,实施编码,办件编号\n"
    f"{USCC},A-1,办事指南,建设用地规划许可办事指南,2026-01-05,办公室,{CODE},\n"
    f"{USCC},R-1,result,许可决定公告,2026-02-10,办公室,,430100-2026-0000043\n"
)


def test_what_was_made_public_comes_in_and_is_shown(engine: Engine, tmp_path: Path) -> None:
    done = bring(engine, tmp_path, {"公开.csv": PUBLIC})
    assert done.counts["disclosure"] == {"new": 2, "changed": 0, "unchanged": 0}
    assert rows(engine, items.disclosure, "index_no", "matter", "name", "published_on", "item_code", "case_no") == [
        ("A-1", "guide", "建设用地规划许可办事指南", date(2026, 1, 5), CODE, None),
        ("R-1", "result", "许可决定公告", date(2026, 2, 10), None, "430100-2026-0000043"),
    ]  # fmt: skip
    assert bring(engine, tmp_path, {"公开.csv": PUBLIC}).change is None
    bring(engine, tmp_path, {"公开.csv": PUBLIC.replace("2026-02-10", "2026-02-11")})
    with engine.connect() as connection:
        listed_now = listed(connection, KINDS["disclosure"], search="公告")
    assert [(each["index_no"], each["version"], each["published_on"]) for each in listed_now] == [
        ("R-1", 2, "2026-02-11")
    ]


@pytest.mark.parametrize(
    ("broken", "column"),
    [
        (PUBLIC.replace(f",{CODE},", ",,"), "item_code"),
        (PUBLIC.replace(",430100-2026-0000043", ","), "case_no"),
        (PUBLIC.replace(",A-1,", ",,"), "index_no"),
        (PUBLIC.replace("建设用地规划许可办事指南", ""), "name"),
        (PUBLIC.replace("2026-01-05", ""), "published_on"),
        (PUBLIC.replace("2026-01-05,办公室", "2026-01-05,"), "department"),
    ],
)
def test_a_publication_without_what_it_is_known_by_is_refused(
    engine: Engine, tmp_path: Path, broken: str, column: str
) -> None:
    with pytest.raises(Refused) as caught:
        bring(engine, tmp_path, {"disclosures.csv": broken})
    [fault] = caught.value.faults
    assert (fault.code, fault.column) == ("BLANK", column)


def test_only_what_says_how_cases_are_judged_has_them_judged_again(engine: Engine, tmp_path: Path) -> None:
    bring(engine, tmp_path, {"disclosures.csv": PUBLIC})
    bring(engine, tmp_path, {"disclosures.csv": PUBLIC.replace("A-1", "A-2"), "items.csv": ONE})
    assert [each for (each,) in rows(engine, items.catalogue_change, "about_cases")] == [0, 1]
