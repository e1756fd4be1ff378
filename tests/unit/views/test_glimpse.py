"""What kind of file a package is, what it is made of, and the lines around a place."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from hub.views import glimpse

HEADS = [
    (b"<?xml version", "xml"),
    (b"\xef\xbb\xbf <A/>", "xml"),
    ("<A/>".encode("utf-16"), "xml"),
    (b'{"row": {}}', "rows"),
    (b"PK\x03\x04", "zip"),
    (b"\x1f\x8b\x08", "gzip"),
    (b"-----BEGIN CMS-----", "pem"),
    (b"0\x82\x01\x00", "cms"),
    (b"", "other"),
    (b"\x00\x01", "other"),
]


@pytest.mark.parametrize(("head", "kind"), HEADS)
def test_a_file_is_known_by_its_first_bytes(head: bytes, kind: str) -> None:
    assert glimpse.kind_of(head) == kind


def written(folder: Path, data: bytes) -> Path:
    path = folder / "file"
    path.write_bytes(data)
    return path


def test_an_archive_lists_its_entries_and_a_broken_one_does_not_fail(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("张三13800138000.xml", "<A/>")
    assert glimpse.stored(path).entries == [("张三138******00.xml", 4)]
    assert glimpse.stored(written(tmp_path, path.read_bytes()[:-5])).entries == []


def test_the_structure_counts_elements_by_path_and_rows_by_table(tmp_path: Path) -> None:
    xml = b"<P><C><N>1</N></C><C/></P>"
    assert glimpse.structure(written(tmp_path, xml)) == ([("P", 1), ("P/C", 2), ("P/C/N", 1)], True)
    rows = b'{"format":"row-set"}\n{"row":{},"table":"A"}\n{"row":{},"table":"A"}\nbroken\n'
    assert glimpse.structure(written(tmp_path, rows)) == ([("A", 2)], True)


@pytest.mark.parametrize(
    "data", [b"<P><C>", b"<P></Q>", b"", b"<!DOCTYPE P [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><P>&a;</P>"]
)
def test_a_document_that_is_not_well_formed_is_told_as_far_as_it_goes(tmp_path: Path, data: bytes) -> None:
    counts, _ = glimpse.structure(written(tmp_path, data))
    assert [name for name, _ in counts if not name.startswith("P")] == []


def test_lines_around_a_place_are_numbered_as_in_the_document(tmp_path: Path) -> None:
    data = b"".join(b"<CaseNo>%d</CaseNo>\n" % number for number in range(1, 101))
    shown = list(glimpse.lines(written(tmp_path, data), {"CaseNo"}, 50))
    assert (shown[0], len(shown)) == ((42, "<CaseNo>42</CaseNo>"), glimpse.LINES)
    assert dict(shown)[50] == "<CaseNo>50</CaseNo>"
    assert list(glimpse.lines(tmp_path / "file", {"CaseNo"}, 1000)) == []


def test_only_line_feeds_end_lines(tmp_path: Path) -> None:
    data = "<CaseNo>1\x0c\x85\u2028</CaseNo>\r\n<CaseNo>2</CaseNo>".encode()
    assert [line for line, _ in glimpse.lines(written(tmp_path, data), {"CaseNo"}, 1)] == [1, 2]
    assert dict(glimpse.lines(tmp_path / "file", {"CaseNo"}, 1))[2] == "<CaseNo>2</CaseNo>"


def test_a_document_in_one_long_line_is_cut_and_the_lines_after_it_keep_their_numbers(tmp_path: Path) -> None:
    data = b"<P>" + b"<CaseNo>1</CaseNo>" * 100_000 + b"\n<CaseNo>2</CaseNo>\n"
    first, second = glimpse.lines(written(tmp_path, data), {"CaseNo"}, 1)
    assert len(first[1]) <= glimpse.LINE_CHARACTERS + 2
    assert second == (2, "<CaseNo>2</CaseNo>")
