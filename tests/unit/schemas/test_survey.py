"""The survey finds every case of a package where it lies, or says why the package cannot be taken, whatever the bytes."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from hub.errors import PackageRefused
from hub.limits import Limits
from schemas.plain_head import plain_head
from schemas.survey import CHUNK_CASES, Survey, survey, survey_bytes
from tests.support.message import NAMESPACE, case, line_of, package

HEAD = (
    "<Head><PackageId>P1</PackageId><SystemCode>land-bureau</SystemCode><Serial>7</Serial>"
    "<CreatedAt>2026-04-15T18:00:00+08:00</CreatedAt><CaseCount>{count}</CaseCount></Head>"
)


def document(
    *cases: str, count: int | None = None, root: str = f'xmlns="{NAMESPACE}" version="1.0"'
) -> bytes:
    head = HEAD.format(count=len(cases) if count is None else count)
    return f"<ExchangePackage {root}>{head}<Body>{''.join(cases)}</Body></ExchangePackage>".encode()


def surveyed(tmp_path: Path, data: bytes) -> Survey:
    """Of the file; of the bytes in memory the same, or the same refusal."""
    path = tmp_path / "document.xml"
    path.write_bytes(data)
    try:
        found = survey(path)
    except PackageRefused as refused:
        with pytest.raises(PackageRefused) as again:
            survey_bytes(data)
        told = (refused.code, refused.line, refused.params, refused.claimed)
        assert (again.value.code, again.value.line, again.value.params, again.value.claimed) == told
        raise
    other = survey_bytes(data)
    assert (other, other.head.lines) == (found, found.head.lines)
    return found


def refusal(tmp_path: Path, data: bytes) -> PackageRefused:
    with pytest.raises(PackageRefused) as told:
        surveyed(tmp_path, data)
    return told.value


def contents(found: Survey, data: bytes) -> list[bytes]:
    """The bytes of each case, taken by way of the chunks as a reader takes them."""
    listed = []
    for chunk in found.chunks:
        piece = data[chunk.offset : chunk.offset + chunk.length]
        listed += [piece[start:end] for start, end in found.segments(chunk)]
    return listed


# --- Any document that a real parser reads ----------------------------------------------------------------------------

SPACE = st.sampled_from(["", "\n", "  \n\t", "\r\n"])
TEXT = st.text("ab>]'\"=/ 长𠮷\n", max_size=8)
COMMENT = st.sampled_from(
    ["", " <Case> ", "</Case>", "</Body></e:Body>", " - ", "<CaseNo>1</CaseNo>", "]]>", "?>"]
)
INSTRUCTION = st.sampled_from(["x", "x <Case>", "x </Case>", "x -->"])
DATA = st.sampled_from(["", "<Case>", "</Case>", "</Body>", "<!--", "-->", "<?x", "&amp;", "]]"])
MISC = st.one_of(COMMENT.map(lambda t: f"<!--{t}-->"), INSTRUCTION.map(lambda t: f"<?{t}?>"))
BETWEEN = st.lists(st.one_of(SPACE, SPACE, MISC), max_size=2).map("".join)
QUOTES = st.sampled_from("\"'")


@st.composite
def attributes(draw: st.DrawFn) -> str:
    quote = draw(QUOTES)
    value = draw(
        st.sampled_from(["", "a>b", "/", "</Case>".replace("<", "&lt;"), "x='1'".replace("'", "&apos;"), ">"])
    )
    return draw(st.sampled_from(["", "", f" a={quote}{value}{quote}", f"\n a = {quote}{value}{quote} "]))


@st.composite
def inside(draw: st.DrawFn, prefix: str) -> str:
    parts = st.one_of(
        TEXT.map(lambda t: t.replace("]]>", "").replace(">", "&gt;")),
        DATA.map(lambda t: f"<![CDATA[{t}]]>"),
        MISC,
        st.builds(
            lambda name, attribute, text: f"<{name}{attribute}>{text}</{name}>",
            st.sampled_from([f"{prefix}CaseNo", f"{prefix}Cases", f"{prefix}BodyText", "x:Caser"]),
            attributes(),
            TEXT.map(lambda t: t.replace("]]>", "").replace(">", "&gt;")),
        ),
        attributes().map(lambda attribute: f"<{prefix}CaseCount{attribute}/>"),
    )
    return "".join(draw(st.lists(parts, max_size=4)))


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    prefix = draw(st.sampled_from(["", "", "e:"]))
    quote = draw(QUOTES)
    declared = f"xmlns{':' + prefix[:-1] if prefix else ''}={quote}{NAMESPACE}{quote} xmlns:x='urn:x'"
    plain = draw(st.booleans())
    gap = SPACE if plain else BETWEEN
    cases = []
    for _ in range(draw(st.integers(1, 4))):
        attribute = "" if plain else draw(attributes())
        if not plain and draw(st.integers(0, 5)) == 0:
            cases.append(f"<{prefix}Case{attribute}/>")
            continue
        end = "" if plain else draw(st.sampled_from(["", "", " ", "\n"]))
        body = "<CaseNo>1</CaseNo>" if plain else draw(inside(prefix))
        cases.append(f"<{prefix}Case{attribute}>{body}</{prefix}Case{end}>")
    head = (
        HEAD.format(count=len(cases))
        .replace("</", f"</{prefix}")
        .replace("<", f"<{prefix}")
        .replace(f"<{prefix}/{prefix}", f"</{prefix}")
    )
    misc = draw(st.one_of(st.just(""), MISC))
    return (
        f"{misc}<{prefix}ExchangePackage {declared} version={quote}1.0{quote}>{misc}{head}{misc}<{prefix}Body>"
        + draw(gap)
        + "".join(each + draw(gap) for each in cases)
        + f"</{prefix}Body>{misc}\n</{prefix}ExchangePackage>{misc}\n"
    ).encode()


def parsed(data: bytes) -> list[bytes]:
    """The cases as a real parser finds them, in canonical form."""
    root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
    return [
        etree.tostring(each, method="c14n", with_tail=False) for each in root.iter(f"{{{NAMESPACE}}}Case")
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(documents())
def test_it_finds_the_cases_that_a_parser_finds(tmp_path: Path, data: bytes) -> None:
    found = surveyed(tmp_path, data)
    wrapped = b"<w" + found.namespaces + b">"
    cases = [etree.fromstring(wrapped + each + b"</w>")[0] for each in contents(found, data)]
    assert found.cases == len(cases) == len(parsed(data))
    for mine, theirs in zip(cases, parsed(data), strict=True):
        one, other = etree.fromstring(etree.tostring(mine, with_tail=False)), etree.fromstring(theirs)
        assert [(n.tag, n.text, dict(n.attrib)) for n in one.iter()] == [
            (n.tag, n.text, dict(n.attrib)) for n in other.iter()
        ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(documents())
def test_the_line_of_each_chunk_is_that_of_its_first_case(tmp_path: Path, data: bytes) -> None:
    for chunk in surveyed(tmp_path, data).chunks:
        assert chunk.line == data.count(b"\n", 0, chunk.offset) + 1


def test_a_case_behind_an_end_tag_with_a_blank_is_found(tmp_path: Path) -> None:
    assert surveyed(tmp_path, document("<Case></Case >", '<Case a=""></Case>')).cases == 2


def test_a_refusal_after_the_head_knows_what_the_package_calls_itself(tmp_path: Path) -> None:
    off = document("<Case></Case>", "<Case></Case>").replace(b"<CaseCount>2", b"<CaseCount>3")
    refused = refusal(tmp_path, off)
    assert (refused.code, refused.claimed) == ("PKG_COUNT", ("land-bureau", "P1", 7))


# --- Cut off, or spoilt -----------------------------------------------------------------------------------------------

SMALL = {
    "regular": document("<Case><CaseNo>1</CaseNo></Case>", "\n<Case><CaseNo>2</CaseNo></Case>\n"),
    "irregular": document("<Case a='>'><!-- x --><CaseNo>1</CaseNo></Case>", "<Case><![CDATA[</Case>]]></Case><!-- . -->"),
}  # fmt: skip


@pytest.mark.parametrize("data", SMALL.values(), ids=SMALL)
def test_a_file_that_is_cut_off_anywhere_is_refused(tmp_path: Path, data: bytes) -> None:
    for length in range(len(data)):
        assert refusal(tmp_path, data[:length]).code in {"PKG_EMPTY", "XML_MALFORMED", "PKG_HEAD"}, length


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.sampled_from(list(SMALL.values())), st.data())
def test_a_file_that_is_spoilt_anywhere_is_refused_or_surveyed_but_never_anything_else(
    tmp_path: Path, data: bytes, how: st.DataObject
) -> None:
    at = how.draw(st.integers(0, len(data) - 1))
    piece = how.draw(
        st.sampled_from(
            [b"<", b">", b"&", b"'", b"\0", b"\xff", b"</Case>", b"<Case>", b"<!--", b"</Body>", b""]
        )
    )
    try:
        found = surveyed(tmp_path, data[:at] + piece + data[at + 1 :])
    except PackageRefused:
        return
    assert found.cases == found.head.case_count == 2


def test_a_case_that_is_not_closed_ends_where_the_next_begins(tmp_path: Path) -> None:
    data = document("<Case><CaseNo>1</CaseNo>", "<Case><CaseNo>2</CaseNo></Case>")
    assert contents(surveyed(tmp_path, data), data) == [
        b"<Case><CaseNo>1</CaseNo>",
        b"<Case><CaseNo>2</CaseNo></Case>",
    ]


def test_the_last_case_that_is_not_closed_ends_with_the_body(tmp_path: Path) -> None:
    data = document("<Case><CaseNo>1</CaseNo></Case>", "<Case><CaseNo>2</CaseNo>")
    assert contents(surveyed(tmp_path, data), data)[1] == b"<Case><CaseNo>2</CaseNo>"


LINES = "\n" * 9
WHOLE = {
    "an empty file": (b"", "PKG_EMPTY", None),
    "no XML": (b"hello", "XML_MALFORMED", 1),
    "white space": (b"\n\n", "XML_MALFORMED", None),
    "another root": (document("<Case/>").replace(b"ExchangePackage", b"Receipt"), "PKG_ROOT", 1),
    "another root after some lines": (b"<!--" + LINES.encode() + b"--><html/>", "PKG_ROOT", 10),
    "another namespace": (document("<Case/>", root='xmlns="urn:other" version="1.0"'), "PKG_NAMESPACE", 1),
    "no namespace": (document("<Case/>", root='version="1.0"'), "PKG_NAMESPACE", 1),
    "another version": (document("<Case/>", root=f'xmlns="{NAMESPACE}" version="9.9"'), "PKG_VERSION", 1),
    "no version": (document("<Case/>", root=f'xmlns="{NAMESPACE}"'), "PKG_VERSION", 1),
    "no head": (document("<Case/>").replace(HEAD.format(count=1).encode(), b""), "PKG_HEAD", 1),
    "head and body changed about": (
        f'<ExchangePackage xmlns="{NAMESPACE}" version="1.0"><Body><Case/></Body>{HEAD}</ExchangePackage>'.encode(), "PKG_HEAD", 1),
    "no body": (document().replace(b"<Body></Body>", b""), "PKG_HEAD", None),
    "no case": (document(), "PKG_NO_CASES", None),
    "a closed body": (document().replace(b"<Body></Body>", b"<Body/>"), "PKG_NO_CASES", None),
    "a body of white space and comments": (document(" \n<!-- x -->", count=0), "PKG_NO_CASES", None),
    "more cases stated": (document("<Case/>", count=2), "PKG_COUNT", 1),
    "fewer cases stated": (document("<Case/>", "<Case/>", count=1), "PKG_COUNT", 1),
    "something after the root": (document("<Case/>") + b"<x/>", "XML_MALFORMED", 1),
    "text between cases": (document("<Case/>", LINES + "stray", "<Case/>", count=2), "XML_MALFORMED", 10),
    "another element between cases": (document("<Case/>", "<Other/>", "<Case/>", count=2), "XML_MALFORMED", 1),
    "an end too many": (document("<Case></Case></Case>", count=1), "XML_MALFORMED", 1),
}  # fmt: skip


@pytest.mark.parametrize(("data", "code", "line"), WHOLE.values(), ids=WHOLE)
def test_a_package_is_refused_for(tmp_path: Path, data: bytes, code: str, line: int | None) -> None:
    told = refusal(tmp_path, data)
    assert (told.code, told.line) == (code, line if line is not None else told.line)


def test_the_count_tells_both_numbers(tmp_path: Path) -> None:
    assert refusal(tmp_path, document("<Case/>", count=3)).params == {"stated": 3, "found": 1}


FIELDS = {
    "PackageId": ["", " ", "x" * 65, "a&#9;b", "<b/>"],
    "SystemCode": ["", "x" * 65],
    "Serial": ["", "0", "-1", "1.5", "x", "2147483648", "0" * 6000 + "1", "9" * 6000],
    "CreatedAt": ["", "yesterday", "2026-04-15 18:00:00", "20260415", "2026-04-15T18:00:00+8"],
    "CaseCount": ["", "-1", "x", "1e3", "9" * 6000],
}
HEADS = [(name, value) for name, values in FIELDS.items() for value in values]


@pytest.mark.parametrize(("name", "value"), HEADS, ids=lambda each: each[:12])
def test_a_head_field_must_be_right(tmp_path: Path, name: str, value: str) -> None:
    data = package([case("C1")]).decode()
    start, end = data.index(f"<{name}>") + len(name) + 2, data.index(f"</{name}>")
    spoilt = (data[:start] + value + data[end:]).encode()
    told = refusal(tmp_path, spoilt)
    assert (told.code, told.params["field"], told.line) == ("PKG_HEAD", name, line_of(spoilt, f"<{name}>"))


@pytest.mark.parametrize("name", FIELDS)
def test_a_head_field_must_be_there(tmp_path: Path, name: str) -> None:
    lines = [
        line
        for line in package([case("C1")]).split(b"\n")
        if not line.strip().startswith(f"<{name}>".encode())
    ]
    told = refusal(tmp_path, b"\n".join(lines))
    assert (told.code, told.params["field"]) == ("PKG_HEAD", name)


@pytest.mark.parametrize("extra", ["<Serial>8</Serial>", "<Extra/>", '<Remark xmlns="urn:x"/>'])
def test_a_head_field_that_is_not_expected_is_named(tmp_path: Path, extra: str) -> None:
    told = refusal(tmp_path, package([case("C1")]).replace(b"</Head>", extra.encode() + b"</Head>"))
    assert (told.code, told.params["field"]) == (
        "PKG_HEAD",
        extra[1:].split(">")[0].split(" ")[0].rstrip("/"),
    )


def test_the_head_is_read(tmp_path: Path) -> None:
    data = package([case("C1")], " P/1 ", serial=7).replace(
        b"</Head>", "<Remark>补报</Remark></Head>".encode()
    )
    head = surveyed(tmp_path, data).head
    assert (head.package_id, head.system_code, head.serial, head.case_count) == ("P/1", "land-bureau", 7, 1)
    assert (head.created_at, head.remark) == ("2026-04-15T18:00:00+08:00", "补报")


# --- Large, and hostile -----------------------------------------------------------------------------------------------


def test_chunks_hold_about_a_hundred_neighbouring_cases(tmp_path: Path) -> None:
    data = package(f"<Case>\n<CaseNo>{n}</CaseNo></Case>" for n in range(250))
    found = surveyed(tmp_path, data)
    assert [(chunk.first, chunk.count) for chunk in found.chunks] == [
        (1, CHUNK_CASES),
        (101, CHUNK_CASES),
        (201, 50),
    ]
    assert contents(found, data)[249] == b"<Case>\n<CaseNo>249</CaseNo></Case>"
    assert found.chunks[2].line == line_of(data, "<CaseNo>200</CaseNo>") - 1


def test_a_case_of_many_megabytes_is_refused(tmp_path: Path) -> None:
    told = refusal(tmp_path, document("<Case/>", "\n<Case>" + "x" * Limits().case_bytes + "</Case>"))
    assert (told.code, told.line) == ("XML_LIMIT", 2)


@pytest.mark.parametrize("opening", ["<!--", "<?x ", "<![CDATA[", "<a b='", '<a "', "<Case "])
@pytest.mark.parametrize("where", ["<Head>", "<Body>", "</Body>"])
def test_openings_without_an_end_take_no_time(tmp_path: Path, opening: str, where: str) -> None:
    data = document("<Case/>").replace(where.encode(), where.encode() + opening.encode() * 200_000, 1)
    begun = time.process_time()
    refusal(tmp_path, data)
    assert time.process_time() - begun < 20  # a second; searched anew for each of them it were hours


def test_one_tag_of_many_megabytes_is_refused(tmp_path: Path) -> None:
    told = refusal(tmp_path, document("<Case " + "a" * 20_000_000, count=1))
    assert told.code in {"XML_MALFORMED", "PKG_NO_CASES"}


# --- Heads that are read without a parser --------------------------------------------------------------------------------

PLAIN = package([case("A1")], "P1").decode()
HEADS: dict[str, tuple[str, str, bool]] = {
    "as it is": ("", "", True),
    "without a declaration": ('<?xml version="1.0" encoding="UTF-8"?>', "", True),
    "on several lines": ("<Serial>", "\n  <Serial>", True),
    "a remark": ("</CaseCount>", "</CaseCount><Remark>补报  三月</Remark>", True),
    "an empty remark": ("</CaseCount>", "</CaseCount><Remark></Remark>", True),
    "a blank around a value": ("P1<", " P1 <", True),
    "single quotes": ('version="1.0">', "version='1.0'>", False),
    "an escape": ("P1<", "P&amp;1<", False),
    "a comment": ("<Serial>", "<!-- 1 --><Serial>", False),
    "an attribute": ("<Serial>", '<Serial a="1">', False),
    "an empty element": ("</CaseCount>", "</CaseCount><Remark/>", False),
    "a line feed in a value": ("P1<", "P1\n<", False),
    "a carriage return": ("<Serial>", "\r\n<Serial>", False),
    "a field twice": ("<Serial>", "<Serial>8</Serial><Serial>", False),
    "a field of nobody's": ("<Serial>", "<Other>8</Other><Serial>", False),
    "a field without its end": ("</Serial>", "", False),
    "another end": ("</Serial>", "</Serie>", False),
    "a version of nobody's": ('version="1.0">', 'version="9.0">', False),
    "another namespace": (NAMESPACE, "urn:other", False),
    "no number": ("<Serial>", "<Serial>x", False),
    "a character that XML does not allow": ("P1<", "P1\ufffe<", False),
    "an ideographic space": ("</CaseCount>", "</CaseCount><Remark>三\u3000月</Remark>", False),
}


@pytest.mark.parametrize("what", HEADS)
def test_a_head_that_is_written_plainly_is_read_as_a_parser_reads_it(tmp_path: Path, what: str) -> None:
    old, new, plainly = HEADS[what]
    data = PLAIN.replace(old, new, 1).encode() if old else PLAIN.encode()
    assert (plain_head(data, 10_000) is not None) == plainly
    try:
        surveyed(tmp_path, data)  # which holds the two ways against each other
    except PackageRefused:
        assert not plainly


def test_a_head_that_is_no_utf_8_or_reaches_further_than_it_may_is_left_to_the_parser() -> None:
    assert plain_head(PLAIN.encode().replace(b"P1<", "单号<".encode("gbk")), 10_000) is None
    assert plain_head(PLAIN.encode(), 200) is None
