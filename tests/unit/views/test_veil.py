"""What of a package's text is masked, and what stays readable."""

from __future__ import annotations

import json

import pytest

from hub.views.veil import veiled_row, veiled_xml

NAMES = frozenset({"Subject", "CaseNo", "title"})
XML = [
    ("<CaseNo>2026-1</CaseNo>", "<CaseNo>2026-1</CaseNo>"),
    ("<IdNo>430102198001011234</IdNo>", "<IdNo>******************</IdNo>"),
    ("<a:IdNo>43</a:IdNo><b:CaseNo>7</b:CaseNo>", "<a:IdNo>**</a:IdNo><b:CaseNo>7</b:CaseNo>"),
    ("<Subject>电话 13800138000</Subject>", "<Subject>电话 138******00</Subject>"),
    ("张三</Name><CaseNo>1</CaseNo>", "**</Name><CaseNo>1</CaseNo>"),
    ('o="43">x</A>\n<CaseNo>1', '********</A>\n<CaseNo>1'),
    ("<CaseNo>1</CaseNo>张三", "<CaseNo>1</CaseNo>**"),
    ("<Phone>123<!-- 张三 430102 -->4</Phone>", "<Phone>***<!** ** ****** **>*</Phone>"),
    ("<IdNo><![CDATA[4301<02]]></IdNo>", "<IdNo><![CDATA[*******]]></IdNo>"),
    ("<CaseNo><![CDATA[<7>]]></CaseNo>", "<CaseNo><![CDATA[<7>]]></CaseNo>"),
    ('<Row id="43" title="许可" xmlns:x="urn:y">', '<Row id="**" title="许可" xmlns:x="urn:y">'),
    ('<?xml version="1.0" encoding="UTF-8"?>', '<?xml version="1.0" encoding="UTF-8"?>'),
    ("<!DOCTYPE a [<!ENTITY x '43'>]>", "********* * *<!****** * ****>**"),
    ("<Row id='43", "<…"),
    ("<CaseNo/>4301", "<CaseNo/>****"),
]  # fmt: skip
ROWS = [
    ({"row": {"CaseNo": "1", "id": "4301"}, "table": "SB"}, {"row": {"CaseNo": "1", "id": "****"}, "table": "SB"}),
    ({"row": {"a": {"id": "43", "Subject": "x"}}, "table": "T"}, {"row": {"a": {"id": "**", "Subject": "x"}}, "table": "T"}),
    ({"row": {"id": None, "l": ["43"]}, "table": "T"}, {"row": {"id": None, "l": ["**"]}, "table": "T"}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "shown"), XML)
def test_values_of_unknown_and_personal_elements_are_starred(text: str, shown: str) -> None:
    assert "".join(veiled_xml(text, NAMES)) == shown


@pytest.mark.parametrize(("row", "shown"), ROWS)
def test_columns_that_the_dialect_does_not_know_are_starred(row: object, shown: object) -> None:
    assert json.loads(veiled_row(json.dumps(row), NAMES)) == shown


@pytest.mark.parametrize("line", ["4301 张三", '["4301"]', '{"4301": "4301"}', '{"row": "4301"}'])
def test_a_line_that_is_no_row_is_starred_whole(line: str) -> None:
    assert "4301" not in veiled_row(line, NAMES)


def test_stars_are_as_many_as_characters_and_lines_stay_lines() -> None:
    text = "<Note>一二\n三</Note>"
    assert "".join(veiled_xml(text, NAMES)) == "<Note>**\n*</Note>"
