"""Every violation names its line and path in the original file, wherever and however the case stands in it."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from pathlib import Path

import pytest

from hub.envelope import Limits, open_package
from hub.shapes import Violation
from schemas.survey import survey
from schemas.validator import MAX_VIOLATIONS, ChunkValidator, ParsedCase
from tests.support.message import NAMESPACE, case, line_of, package

BAD = {"Acceptance/HandledAt": "gestern"}
PLACE = "/ExchangePackage/Body/Case[{}]/Acceptance/HandledAt"


def read(tmp_path: Path, data: bytes) -> list[ParsedCase]:
    """All cases of a package, by the way that a package takes."""
    path = tmp_path / "package"
    path.write_bytes(data)
    opened = open_package(path, tmp_path / "work", Limits())
    found = survey(opened.document)
    validator = ChunkValidator("1.0", found.namespaces)
    document = opened.document.read_bytes()
    cases: list[ParsedCase] = []
    for chunk in found.chunks:
        piece = document[chunk.offset : chunk.offset + chunk.length]
        cases += validator.read(piece, found.segments(chunk), chunk.first, chunk.line)
    return cases


def told(cases: Iterable[ParsedCase]) -> list[Violation]:
    return [violation for each in cases for violation in each.violations]


def places(cases: Iterable[ParsedCase]) -> list[tuple[str, int | None, str | None]]:
    return [(violation.code, violation.line, violation.xpath) for violation in told(cases)]


def test_a_right_package_has_no_violations(tmp_path: Path) -> None:
    cases = read(tmp_path, package([case("C1"), case("C2")]))
    assert [(each.ordinal, each.violations) for each in cases] == [(1, []), (2, [])]


def test_a_violation_has_line_path_field_and_value(tmp_path: Path) -> None:
    data = package([case("C1"), case("C2", BAD)])
    [violation] = told(read(tmp_path, data))
    assert (violation.code, violation.severity) == ("VALUE_TYPE", "error")
    assert (violation.field, violation.value) == ("Acceptance.HandledAt", "gestern")
    assert (violation.line, violation.xpath) == (line_of(data, "gestern"), PLACE.format(2))


def test_every_case_knows_its_first_line(tmp_path: Path) -> None:
    data = package([case("C1"), "\n\n" + case("C2"), case("C3")])
    assert [each.line for each in read(tmp_path, data)] == [line_of(data, "<Case>", n) for n in (1, 2, 3)]


def test_lines_beyond_65535_are_counted_on(tmp_path: Path) -> None:
    data = package(
        [case("C1"), "\n" * 70_000 + case("C2", BAD), *(case(f"D{n}") for n in range(900)), case("C3", BAD)]
    )
    assert line_of(data, "gestern", 2) > 140_000
    assert places(read(tmp_path, data)) == [
        ("VALUE_TYPE", line_of(data, "gestern", 1), PLACE.format(2)),
        ("VALUE_TYPE", line_of(data, "gestern", 2), PLACE.format(903)),
    ]


def test_also_those_of_elements_that_hold_nothing(tmp_path: Path) -> None:
    empty = case("C2").replace("<Acceptance>", "<Accept/>\n\n<Acceptance>")
    data = package([case("C1"), "\n" * 70_000 + empty])
    place = "/ExchangePackage/Body/Case[2]/Accept"
    assert places(read(tmp_path, data)) == [("STRUCT_UNEXPECTED", line_of(data, "<Accept/>"), place)]


def test_lines_within_one_case_beyond_65535_are_counted_on(tmp_path: Path) -> None:
    data = package([case("C1", BAD).replace("<Acceptance>", "\n" * 70_000 + "<Acceptance>")])
    assert places(read(tmp_path, data)) == [("VALUE_TYPE", line_of(data, "gestern"), PLACE.format(1))]


def test_in_a_file_of_one_line_the_path_tells_the_place(tmp_path: Path) -> None:
    cases = [case(f"C{n}", BAD if n in (1, 700, 2200) else None) for n in range(1, 2201)]
    data = package(each.replace("\n", "").replace("  ", "") for each in cases).replace(b"\n", b"")
    assert len(data) > 5_000_000
    assert places(read(tmp_path, data)) == [("VALUE_TYPE", 1, PLACE.format(n)) for n in (1, 700, 2200)]


@pytest.mark.parametrize("encoding", ["utf-16", "gb18030", "gbk", "utf-8-sig"])
def test_lines_are_those_of_the_file_in_its_own_encoding(tmp_path: Path, encoding: str) -> None:
    name = {"utf-8-sig": "UTF-8"}.get(encoding, encoding.upper())
    declaration = f'<?xml version="1.0" encoding="{name}"?>\n'
    changes = {"Applicant/Name": "长沙置业", "Applicant/LegalRepresentative": "建国"}
    data = package([case("C1", changes), case("C2", {**changes, **BAD})], declaration=declaration)
    written = data.decode("utf-8").encode(encoding)
    assert places(read(tmp_path, written)) == [("VALUE_TYPE", line_of(data, "gestern"), PLACE.format(2))]
    assert places(read(tmp_path, gzip.compress(written))) == [
        ("VALUE_TYPE", line_of(data, "gestern"), PLACE.format(2))
    ]


def test_windows_line_ends_count_once(tmp_path: Path) -> None:
    data = package([case("C1"), case("C2", BAD)])
    assert places(read(tmp_path, data.replace(b"\n", b"\r\n"))) == [
        ("VALUE_TYPE", line_of(data, "gestern"), PLACE.format(2))
    ]


def prefixed(text: str, prefix: str) -> str:
    return (
        text.replace("</", f"</{prefix}")
        .replace("<", f"<{prefix}")
        .replace(f"<{prefix}/{prefix}", f"</{prefix}")
        .replace(f"<{prefix}?", "<?")
    )


def test_a_document_with_prefixes_reads_the_same(tmp_path: Path) -> None:
    data = package([case("C1"), case("C2", BAD)])
    other = prefixed(data.decode(), "e:").replace("xmlns=", "xmlns:e=").encode()
    assert places(read(tmp_path, other)) == [("VALUE_TYPE", line_of(data, "gestern"), PLACE.format(2))]


def test_a_document_with_further_declarations_reads_the_same(tmp_path: Path) -> None:
    extra = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:x http://127.0.0.1:1/x.xsd" version='
    data = (
        package([case("C1"), case("C2", BAD)])
        .replace(b"version=", extra.encode(), 2)
        .replace(extra.encode(), b"version=", 1)
    )
    assert b"xsi" in data
    assert places(read(tmp_path, data)) == [("VALUE_TYPE", line_of(data, "gestern"), PLACE.format(2))]


def test_a_case_may_declare_our_namespace_itself(tmp_path: Path) -> None:
    own = prefixed(case("C2", BAD), "o:").replace("<o:Case>", f'<o:Case xmlns:o="{NAMESPACE}">', 1)
    data = package([case("C1"), own, case("C3")])
    assert places(read(tmp_path, data)) == [("VALUE_TYPE", line_of(data, "gestern"), PLACE.format(2))]


FOREIGN = {
    "of another namespace with a prefix": ('<x:Note xmlns:x="urn:x">1</x:Note>', "x:Note", 'Note (xmlns="urn:x")'),
    "of another namespace without a prefix": ('<Status xmlns="urn:x">1</Status>', "*[1]", 'Status (xmlns="urn:x")'),
    "of no namespace": ('<Status xmlns="">1</Status>', "Status", 'Status (xmlns="")'),
    "of a namespace without end": ('<x:Note xmlns:x="urn:%s">1</x:Note>' % ("x" * 1020), "x:Note", 'Note (xmlns="urn:%s…")' % ("x" * 95)),
    "of a namespace that hides ours": (f'<o:Status xmlns:o="{NAMESPACE}x">1</o:Status>', "o:Status", f'Status (xmlns="{NAMESPACE}x")'),
}  # fmt: skip


@pytest.mark.parametrize(("element", "step", "found"), FOREIGN.values(), ids=FOREIGN)
def test_an_element_that_is_not_ours_is_named_and_spoils_its_case_only(
    tmp_path: Path, element: str, step: str, found: str
) -> None:
    spoilt = case("C2").replace("<Status>1</Status>", element)
    data = package([case("C1"), spoilt, case("C3", BAD), case("C4")])
    cases = read(tmp_path, data)
    assert places(cases) == [
        ("STRUCT_UNEXPECTED", line_of(data, element), f"/ExchangePackage/Body/Case[2]/Acceptance/{step}"),
        ("VALUE_TYPE", line_of(data, "gestern"), PLACE.format(3)),
    ]
    violation = told(cases)[0]
    assert violation.params["found"] == found
    assert violation.field == "Acceptance." + found.split(" ")[0]


def test_a_case_of_another_namespace_spoils_itself_only(tmp_path: Path) -> None:
    foreign = case("C1").replace("<Case>", '<x:Case xmlns:x="urn:x">').replace("</Case>", "</x:Case>")
    data = package([foreign, case("C2", BAD), foreign, case("C4", BAD)])
    assert places(read(tmp_path, data)) == [
        ("STRUCT_UNEXPECTED", line_of(data, "<x:Case", 1), "/ExchangePackage/Body/Case[1]"),
        ("VALUE_TYPE", line_of(data, "gestern", 1), PLACE.format(2)),
        ("STRUCT_UNEXPECTED", line_of(data, "<x:Case", 2), "/ExchangePackage/Body/Case[3]"),
        ("VALUE_TYPE", line_of(data, "gestern", 2), PLACE.format(4)),
    ]


def test_a_case_that_is_not_well_formed_spoils_itself_only(tmp_path: Path) -> None:
    data = package([case("C1", BAD), case("C2").replace("</Status>", "</Statos>"), case("C3", BAD)])
    cases = read(tmp_path, data)
    assert [(v.code, v.line) for v in told(cases)] == [
        ("VALUE_TYPE", line_of(data, "gestern", 1)),
        ("CASE_MALFORMED", line_of(data, "</Statos>")),
        ("VALUE_TYPE", line_of(data, "gestern", 2)),
    ]
    assert [each.node is None for each in cases] == [False, True, False]
    assert "line" not in str(
        told(cases)[1].params["detail"]
    )  # it would be a place in the chunk, not in the file
    assert told(cases)[1].xpath == "/ExchangePackage/Body/Case[2]"


SPOILT = {
    "a prefix that is not declared": "<x:Status>1</x:Status>",
    "an entity that is not defined": "<Status>&nbsp;</Status>",
    "an ampersand that is not escaped": "<Status>1 & 2</Status>",
    "a control character": "<Status>\x01</Status>",
    "a reference to a control character": "<Status>&#1;</Status>",
    "an attribute twice": "<Status a='1' a='2'>1</Status>",
}


@pytest.mark.parametrize("text", SPOILT.values(), ids=SPOILT)
def test_it_is_not_well_formed_for(tmp_path: Path, text: str) -> None:
    data = package([case("C1"), case("C2").replace("<Status>1</Status>", text), case("C3")])
    assert [(each.ordinal, [v.code for v in each.violations]) for each in read(tmp_path, data)] == [
        (1, []), (2, ["CASE_MALFORMED"]), (3, []),
    ]  # fmt: skip


def test_comments_instructions_and_cdata_may_stand_anywhere(tmp_path: Path) -> None:
    text = (
        case("C1")
        .replace("<Acceptance>", "<!-- </Case> --><?x <Case>?><Acceptance>")
        .replace("李受理", "<![CDATA[李<受>理]]>")
    )
    cases = read(tmp_path, package([text, "<!-- <Case> -->", case("C2")], count=2))
    assert told(cases) == []
    assert cases[0].node is not None
    assert cases[0].node.findtext("Acceptance/HandlerName") == "李<受>理"


@pytest.mark.parametrize("attribute", ["schemaLocation", "noNamespaceSchemaLocation"])
def test_a_hint_at_another_schema_is_not_followed(tmp_path: Path, attribute: str) -> None:
    evil = tmp_path / "evil.xsd"
    evil.write_text("<no schema", encoding="utf-8")
    where = str(evil) if attribute.startswith("no") else f"urn:x {evil}"
    hint = f'<Case xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:{attribute}="{where}">'
    cases = read(tmp_path, package([case("C1").replace("<Case>", hint), case("C2", BAD)]))
    assert [v.code for v in told(cases)] == ["VALUE_TYPE"]


def test_an_attribute_is_named(tmp_path: Path) -> None:
    data = package([case("C1").replace("<Status>", '<Status lang="zh">')])
    [violation] = told(read(tmp_path, data))
    assert (violation.code, violation.params["found"], violation.line) == (
        "STRUCT_UNEXPECTED",
        "@lang",
        line_of(data, "lang="),
    )


def test_one_case_tells_no_more_than_some_of_its_violations(tmp_path: Path) -> None:
    material = "<Material><Seq>x</Seq><Name>n</Name></Material>" * 200
    text = case("C1").replace("<Materials>", "<Materials>" + material)
    assert len(told(read(tmp_path, package([text])))) == MAX_VIOLATIONS


def test_a_thousand_bad_cases_are_each_told(tmp_path: Path) -> None:
    data = package(case(f"C{n}", BAD) for n in range(1, 1001))
    lines = [number for number, line in enumerate(data.split(b"\n"), 1) if b"gestern" in line]
    assert places(read(tmp_path, data)) == [
        ("VALUE_TYPE", line, PLACE.format(n)) for n, line in enumerate(lines, 1)
    ]
