"""A printed letter can be read back by a program that did not write it: embedded fonts, every character, the same bytes."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from io import BytesIO

import docx as library
import pytest

from hub.letters.document import Document, chinese_date, reference
from hub.letters.docx import docx
from hub.letters.pdf import pdf
from tests.support.pdf_text import read_pdf

LETTER = Document(
    "华亭县监察局", "效能问询通知书", "监问〔2026〕12号", "县国土资源局𠮷：",
    ("经监察，你单位办理的“新建项目”<A&B>超过承诺时限。" * 3, "请于即日反馈，责任人镕\ue123。"),
    (("办件编号", "620824-1"), ("责任人", "朱镕基")), "特此通知。", "华亭县监察局", "2026年11月22日", "", form=False,
)  # fmt: skip


@pytest.mark.parametrize("document", [LETTER, replace(LETTER, form=True, mark="预览")])
def test_the_text_of_a_pdf_is_there_and_all_its_fonts_are_embedded(document: Document) -> None:
    read = read_pdf(pdf(document))
    text = read.text.replace("\n", "")
    wanted = [document.title, document.reference, document.date, "620824-1", "朱镕基", document.mark]
    if not document.form:
        wanted += ["县国土资源局𠮷：", "“新建项目”<A&B>超过承诺时限。", "责任人镕{U+E123}。", "特此通知。"]
    missing = [each for each in wanted if each not in text]
    assert not missing, text
    assert read.faces
    for name, face in read.faces.items():
        assert face.embedded > 1000, f"{name} {face.name} is not embedded"
    assert read.pages == 1


def test_a_long_letter_goes_over_several_pages_that_are_numbered() -> None:
    read = read_pdf(pdf(replace(LETTER, body=LETTER.body * 20)))
    assert read.pages > 2
    assert f"— {read.pages} —" in read.text


@pytest.mark.parametrize("form", [True, False])
def test_a_fact_longer_than_a_page_goes_on_over_the_next_ones(form: bool) -> None:
    words = "".join(f"第{number}句投诉人说的话。" for number in range(400))
    read = read_pdf(pdf(replace(LETTER, facts=(("投诉内容", words), ("经办人", "王五")), form=form)))
    assert read.pages > 3
    text = read.text.replace("\n", "")
    missing = [number for number in range(400) if f"第{number}句" not in text]
    assert len(missing) <= read.pages  # one may be cut by the end of a page
    assert "王五" in text


def test_what_no_xml_may_hold_is_printed_all_the_same() -> None:
    letter = replace(LETTER, body=("前\ufffe后\uffff\x01完",))
    assert "前�后��完" in "\n".join(each.text for each in library.Document(BytesIO(docx(letter))).paragraphs)
    assert "前{U+FFFE}后{U+FFFF}{U+0001}完" in read_pdf(pdf(letter)).text.replace("\n", "")


def test_the_same_letter_is_the_same_bytes() -> None:
    assert pdf(LETTER) == pdf(LETTER)
    assert docx(LETTER) == docx(LETTER)
    assert pdf(LETTER) != pdf(replace(LETTER, close=""))


def test_a_docx_opens_with_its_text_and_the_fonts_of_official_documents() -> None:
    data = docx(LETTER)
    sheet = library.Document(BytesIO(data))
    text = "\n".join(paragraph.text for paragraph in sheet.paragraphs)
    assert "县国土资源局𠮷：" in text
    assert sheet.tables[0].cell(0, 1).text == "620824-1"
    with zipfile.ZipFile(BytesIO(data)) as archive:
        assert "仿宋" in archive.read("word/document.xml").decode()
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}


def test_numbers_and_dates_are_written_as_official_documents_write_them() -> None:
    from datetime import date

    assert reference("监问", 2026, 12) == "监问〔2026〕12号"
    assert chinese_date(date(2026, 3, 5)) == "2026年3月5日"
