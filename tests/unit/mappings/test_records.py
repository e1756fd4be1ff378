"""The rows and messages of a document are found where they lie, however the document is written."""

from __future__ import annotations

import mmap
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from mappings import messages as message_records
from mappings import records
from mappings.dialect import Message, load_dialect
from mappings.reading import Malformed, parse_message, read_message, read_plain
from mappings.records import Record
from tests.support.dialects import CASE_NO, MESSAGES, message, messages, row, row_set

BW = Message("BW", "BWJ", "@LX")


def found(data: bytes, folder: Path, dialect: str = "pinyin-stages") -> list[tuple[Record, bytes]]:
    path = folder / "document"
    path.write_bytes(data)
    find = message_records.messages if dialect == "pinyin-stages" else records.rows
    return [
        (each, data[each.offset : each.offset + each.length]) for each in find(path, load_dialect(dialect))
    ]


WRITTEN = {
    "plainly": messages([message("0"), message("9")]),
    "in one line": messages([message("0").replace("\n", ""), message("9").replace("\n", "")]).replace(b">\n<", b"><"),
    "with comments that look like messages": messages([message("0"), "<!-- <BW LX='1'></BW> > -->", message("9")]),
    "with CDATA": messages([message("0").replace("王小明", "<![CDATA[</BW>]]>"), message("9")]),
    "with a processing instruction": messages([message("0"), "<?x </BW>?>", message("9")]),
    "with single quotes": messages([message("0").replace('"', "'"), message("9")]),
    "with space in the tags": messages([message("0").replace("</BW>", "</BW \n>"), message("9")]),
    "with a default namespace": messages([message("0"), message("9")]).replace(b"<BWJ>", b'<BWJ xmlns="urn:x">'),
    "with a prefix": messages([message("0"), message("9")]).replace(b"<BWJ>", b"<q:BWJ xmlns:q='urn:x'>").replace(
        b"</BWJ>", b"</q:BWJ>").replace(b"<BW ", b"<q:BW ").replace(b"</BW>", b"</q:BW>"),
    "with a prefix within": messages([message("0").replace("SXMC", "q:SXMC"), message("9")]).replace(
        b"<BWJ>", b"<BWJ xmlns:q='urn:x'>"),
    "with references": messages([message("0").replace(CASE_NO, f"&#{ord(CASE_NO[0])};{CASE_NO[1:]}"), message("9")]),
}  # fmt: skip


@pytest.mark.parametrize("data", WRITTEN.values(), ids=WRITTEN)
def test_messages_are_found_however_they_are_written(data: bytes, tmp_path: Path) -> None:
    [(first, apply), (second, deliver)] = found(data, tmp_path)
    assert [(each.match, each.case_no) for each in (first, second)] == [("0", CASE_NO), ("9", CASE_NO)]
    assert read_message(parse_message(apply, first))["SXMC"] == MESSAGES["0"]["SXMC"]
    assert read_message(parse_message(deliver, second))["LQRXM"] == "王小明"
    assert apply.endswith(b">")
    assert [each.line for each in (first, second)] == [
        data.count(b"\n", 0, each.offset) + 1 for each in (first, second)
    ]
    assert first.place.endswith("BW[1]")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CR LF", "CR"])
@pytest.mark.parametrize("unusual", [False, True])
def test_lines_are_counted_whatever_ends_them(end: str, unusual: bool, tmp_path: Path) -> None:
    text = messages([message("0"), message("9")]).decode()
    if unusual:
        text = text.replace("</BWJ>", "<!-- by the parser --></BWJ>")
    lines = [number for number, line in enumerate(text.split("\n"), 1) if "<BW " in line]
    assert [record.line for record, _ in found(text.replace("\n", end).encode(), tmp_path)] == lines


def test_a_message_may_stand_alone(tmp_path: Path) -> None:
    [(record, data)] = found(message("7").encode(), tmp_path)
    assert (record.match, record.place, record.offset, data) == ("7", "/BW", 0, message("7").encode())


def test_an_empty_message_is_found_too(tmp_path: Path) -> None:
    [(first, one), (second, _)] = found(messages(['<BW LX="3"/>', message("9")]), tmp_path)
    assert (first.case_no, one) == ("", b'<BW LX="3"/>')
    assert second.match == "9"


TEXT = st.text(st.sampled_from("ab<>&'\"王 \n/="), max_size=6)
FIELD = st.tuples(st.sampled_from(["SBLSH", "A", "LXRXM", "BWX"]), TEXT)


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    """Documents of messages with any texts, written by another hand."""
    root = etree.Element("BWJ")
    for _ in range(draw(st.integers(1, 4))):
        one = etree.SubElement(root, "BW", LX=draw(st.sampled_from("0379")))
        one.tail = draw(st.sampled_from(["", "\n", "  \n "]))
        for name, text in draw(st.lists(FIELD, max_size=4)):
            etree.SubElement(one, name).text = text
        if draw(st.integers(0, 9)) == 0:
            one.append(etree.Comment(" </BW> "))
        if draw(st.integers(0, 9)) == 0:
            etree.SubElement(etree.SubElement(one, draw(st.sampled_from(["TIEF", "BW"]))), "A").text = "x"
    return etree.tostring(root, encoding="utf-8", xml_declaration=draw(st.booleans()))


@given(documents())
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_quick_way_finds_what_the_parser_finds(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "quick"
    path.write_bytes(data)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as held:
        quick = message_records.regular_messages(held, BW, "SBLSH")
        slow = list(message_records._Scan(BW, "SBLSH", held).records())
    assert quick is None or quick == slow
    for each in slow:
        piece = data[each.offset : each.offset + each.length]
        plain = read_plain(piece)
        try:
            parsed = read_message(parse_message(piece, each))
        except Malformed:
            assert plain is None
        else:
            assert plain is None or plain == parsed


def test_the_plain_way_is_taken_by_what_departments_write(tmp_path: Path) -> None:
    for _, data in found(messages([message(number) for number in MESSAGES]), tmp_path):
        assert read_plain(data) is not None


def test_rows_are_found_by_line_table_and_case(tmp_path: Path) -> None:
    data = row_set([row("up_pro_result"), "", row("up_pro_process", "P 2"), row("up_pro_result", 'P"3')])
    rows = found(data, tmp_path, "national-exchange-db")
    assert [(each.line, each.match, each.case_no) for each, _ in rows] == [
        (2, "up_pro_result", "P1"), (4, "up_pro_process", "P 2"), (5, "up_pro_result", 'P"3'),
    ]  # fmt: skip
    assert all(piece.endswith(b"}") for _, piece in rows)


def test_a_text_that_looks_like_the_case_number_is_not_taken_for_it(tmp_path: Path) -> None:
    [(record, _)] = found(
        row_set([row("up_pro_process", handle_explain=',"project_no":"X"')]), tmp_path, "national-exchange-db"
    )
    assert record.case_no == "P1"
