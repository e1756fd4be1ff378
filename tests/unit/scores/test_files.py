"""Boards, lists and run reports as files: whole, readable by others, harmless, and the same bytes for the same content."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
import typer
from openpyxl import load_workbook
from sqlalchemy import Engine, insert
from typer.testing import CliRunner

from hub.central.engine import writing
from hub.central.tables.items import region
from hub.cli import scores as commands
from hub.errors import StopError
from hub.scores.paper import pdf_bytes
from hub.scores.report import Chart, Document, Section
from hub.scores.sheets import csv_bytes, xlsx_bytes
from tests.unit.scores import examples
from tests.unit.scores.examples import OTHER, card, complaint

FORMULA = '=HYPERLINK("http://x","y")'
DOCUMENT = Document(
    "绩效月汇总", ["第一行 𠮷"],
    [
        Section("机构得分", ("对象", "得分"), [("甲局<b>&", 97), (FORMULA, None), ("\x0b乙", 1.5)]),
        Section("图", chart=Chart([f"局{n}" for n in range(60)], [("得分", [float(n) for n in range(60)], "#3d8b5f")], "分")),
        Section("柱状图", chart=Chart(["甲", "乙"], [("投诉", [3.0, None], "#c62828")], "件", upright=True)),
        Section("负值", chart=Chart(["甲"], [("压缩", [-50.0], "#c62828")], "%")),
        Section("全零", chart=Chart(["甲"], [("零", [0.0], "#c62828")], "%")),
        Section("人员得分", ("对象",), [("不上纸",)], wide=True),
    ],
)  # fmt: skip


@pytest.fixture
def suphub(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs a command over March 2025; it is 1 April."""
    app = typer.Typer()
    commands.add_to(app)
    monkeypatch.setenv("SUPHUB_HOME", str(tmp_path))
    monkeypatch.setenv("SUPHUB_DATABASE_URL", str(engine.url))
    monkeypatch.setenv("SUPHUB_TODAY", "2025-04-01")
    with writing(engine) as connection:
        examples.put_month(connection)
        examples.put_cards(connection, card(1, 2, "03-10", open_key="a"))
        examples.put_complaints(
            connection,
            complaint(1, "03-03T10:00:00", region_code="430121"),
            complaint(2, "03-03T10:00:00", org_uscc=OTHER),
        )

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(app, ["score", *arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.stdout

    return run


def test_the_same_document_is_the_same_pdf_with_its_type_embedded() -> None:
    made = pdf_bytes(DOCUMENT)
    assert made.startswith(b"%PDF-")
    assert made == pdf_bytes(DOCUMENT)
    assert b"/FontFile2" in made
    # 60 bars are three charts; with the table and the other charts they fill several pages
    assert made.count(b"/Type /Page\n") + made.count(b"/Type /Page ") >= 3


def test_a_spreadsheet_has_each_table_and_no_formula() -> None:
    book = load_workbook(io.BytesIO(xlsx_bytes(DOCUMENT)))
    assert book.sheetnames == ["说明", "机构得分", "图", "柱状图", "负值", "全零", "人员得分"]
    sheet = book["机构得分"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["对象", "得分"],
        ["甲局<b>&", 97],
        [FORMULA, None],
        ["\\x0b乙", 1.5],
    ]
    assert sheet["A3"].data_type == "s"


def test_a_spreadsheet_has_each_chart_resting_on_its_numbers() -> None:
    book = load_workbook(io.BytesIO(xlsx_bytes(DOCUMENT)))
    sheet = book["柱状图"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["件", "投诉"],
        ["甲", 3],
        ["乙", None],
    ]
    [chart] = sheet._charts
    assert chart.type == "col"
    [series] = chart.series
    assert series.val.numRef.f == "'柱状图'!$B$2:$B$3"
    assert series.cat.numRef.f == "'柱状图'!$A$2:$A$3"
    assert [len(each._charts) for each in book] == [0, 0, 1, 1, 1, 1, 0]


def test_a_table_longer_than_a_sheet_goes_on_on_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.scores.sheets.ROWS_OF_A_SHEET", 2)
    long = Document("t", [], [Section("清单", ("n",), [(n,) for n in range(5)])])
    book = load_workbook(io.BytesIO(xlsx_bytes(long)))
    assert book.sheetnames == ["说明", "清单", "清单 2", "清单 3"]
    assert [[row[0].value for row in sheet.iter_rows()] for sheet in list(book)[1:]] == [
        ["n", 0, 1],
        ["n", 2, 3],
        ["n", 4],
    ]


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_no_text_of_a_csv_begins_like_a_formula(begin: str) -> None:
    [_, [cell]] = csv.reader(
        io.StringIO(csv_bytes(("a",), [(f"{begin}1+1",)]).decode("utf-8-sig"), newline="")
    )
    assert cell == f"'{begin}1+1"


def test_a_csv_has_a_byte_order_mark_and_no_formula() -> None:
    made = csv_bytes(("对象", "得分"), DOCUMENT.sections[0].rows)
    assert made.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(made.decode("utf-8-sig"))))
    assert rows[2] == [f"'{FORMULA}", ""]


def test_a_board_is_exported_in_every_format(suphub: Any, tmp_path: Path) -> None:
    for suffix in ("csv", "xlsx", "pdf"):
        file = tmp_path / f"march.{suffix}"
        suphub("export", str(file), "--month", "2025-03")
        assert file.stat().st_size > 200
    assert not list(tmp_path.glob(".*.part"))
    book = load_workbook(tmp_path / "march.xlsx")
    assert {"指标", "机构得分", "机构得分所计的牌", "人员得分", "各机构指标"} <= set(book.sheetnames)
    assert [row[2].value for row in book["机构得分"].iter_rows(min_row=2)] == [100]
    suphub("export", str(tmp_path / "i.csv"), "--month", "2025-03", "--table", "指标")
    rows = list(csv.reader((tmp_path / "i.csv").open(encoding="utf-8-sig")))
    assert ["限时办结率", "72.73 %", "8", "11", "≥100 未达标", "2"] in rows


def test_the_list_behind_a_figure_is_exported_whole(suphub: Any, tmp_path: Path) -> None:
    suphub("export", str(tmp_path / "l.csv"), "--list", "on_time", "--month", "2025-03")
    rows = list(csv.DictReader((tmp_path / "l.csv").open(encoding="utf-8-sig")))
    assert [row["subject"] for row in rows] == examples.JUDGED
    assert sum(int(row["num"]) for row in rows) == len(examples.ON_TIME)


def test_the_run_report_is_told_per_county_and_per_department(
    suphub: Any, tmp_path: Path, engine: Engine
) -> None:
    counties = json.loads(suphub("report", "--month", "2025-03", "--json"))["rows"]
    assert [row["key"] for row in counties] == [None, "", "430100", "430121"]
    assert counties[2]["figures"]["finished"]["value"] == 11
    assert counties[3]["figures"]["complaints"]["value"] == 1
    departments = json.loads(suphub("report", "--by", "organization", "--month", "2025-03", "--json"))["rows"]
    assert {row["key"]: row["figures"].get("complaints", {}).get("value") for row in departments} == {
        None: 2, examples.ORG: 1, OTHER: 1,
    }  # fmt: skip
    assert "430121" in suphub("report", "--month", "2025-03")
    with writing(engine) as connection:
        connection.execute(
            insert(region),
            [
                {"region_code": code, "version": 1, "digest": "0" * 64, "change": 1, "name": name}
                for code, name in (("430100", "长沙市"), ("430121000000", "长沙县"))
            ],
        )
    named = json.loads(suphub("report", "--month", "2025-03", "--json"))["rows"]
    assert [row["name"] for row in named] == [None, None, "长沙市", "长沙县"]
    assert (
        json.loads(suphub("report", "--by", "city", "--month", "2025-03", "--json"))["rows"][2]["name"]
        == "长沙市"
    )
    suphub("report", "--month", "2025-03", "--out", str(tmp_path / "r.pdf"))
    assert (tmp_path / "r.pdf").read_bytes().startswith(b"%PDF-")


REFUSED = {
    "an unknown suffix": (("export", "x.doc"), "SCORE_FORMAT"),
    "an unknown table": (("export", "x.csv", "--table", "?"), "SCORE_FORMAT"),
    "a folder that is not there": (("export", "no/such/x.csv"), "SCORE_FILE"),
    "a report by rule": (("report", "--by", "rule"), "SCORE_DIMENSION"),
}


@pytest.mark.parametrize(("arguments", "code"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_written_is_explained(suphub: Any, arguments: tuple[str, ...], code: str) -> None:
    with pytest.raises(StopError) as caught:
        suphub(*arguments, "--month", "2025-03")
    assert caught.value.code == code
