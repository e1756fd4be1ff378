"""A document in any encoding departments use comes out as UTF-8, line by line the same."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.envelope.limits import Limits
from hub.envelope.text import HEAD, headed, root_name, spelling_of, to_utf8
from hub.errors import PackageRefused

RARE = "𠮷镕㛃䶮〇"


def cut(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


def utf8(data: bytes, size: int = 1 << 20, limits: Limits | None = None) -> bytes:
    head, blocks = headed(cut(data, size))
    return b"".join(to_utf8(blocks, spelling_of(head), limits or Limits()))


def xml(encoding: str, body: str = RARE) -> str:
    return f'<?xml version="1.0"\n encoding="{encoding}" ?>\n<a>\r\n{body}\n</a>\n'


READ = [
    ("UTF-8", "utf-8", b""),
    ("utf8", "utf-8", b""),
    ("UTF-8", "utf-8", codecs.BOM_UTF8),
    ("UTF-16", "utf-16-le", codecs.BOM_UTF16_LE),
    ("utf-16", "utf-16-be", codecs.BOM_UTF16_BE),
    ("UTF-16LE", "utf-16-le", b""),
    ("UTF-16BE", "utf-16-be", b""),
    ("GB18030", "gb18030", b""),
    ("GB18030", "gb18030", b"\x84\x31\x95\x33"),
    ("gbk", "gb18030", b""),
    ("GB2312", "gb18030", b""),
    ("cp936", "gb18030", b""),
]


@pytest.mark.parametrize(("declared", "codec", "mark"), READ)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 4096, 1 << 20])
def test_every_encoding_is_read_whole_whatever_the_block_size(
    declared: str, codec: str, mark: bytes, size: int
) -> None:
    out = utf8(mark + xml(declared).encode(codec), size).decode("utf-8")
    assert out == xml("UTF-8")


NOTED = [
    (xml("gb2312").encode("gb18030"), "gb2312 read as gb18030"),
    (xml("GBK").encode("gb18030"), "GBK read as gb18030"),
    (codecs.BOM_UTF8 + xml("gb2312").encode(), "read as utf-8 by its mark"),
    (codecs.BOM_UTF16_LE + xml("utf-8").encode("utf-16-le"), "read as utf-16-le by its mark"),
    (xml("GB18030").encode("gb18030"), ""),
    (xml("UTF-8").encode(), ""),
    (b"<a/>", ""),
]


@pytest.mark.parametrize(("data", "note"), NOTED)
def test_reading_otherwise_than_declared_is_told(data: bytes, note: str) -> None:
    notes = spelling_of(data).notes
    assert bool(notes) == bool(note)
    assert note in "".join(notes)


UNREADABLE = [
    (xml("big5").encode("big5", "ignore"), 1, "big5", "unknown"),
    (xml("utf-16").encode(), 1, "utf-16", "the bytes are not"),
    (codecs.BOM_UTF32_LE + "<a/>".encode("utf-32-le"), 1, "utf-32", "not supported"),
    (b"<a>\n\n\xc4\xe3</a>", 3, "utf-8", "byte 6"),
    (xml("UTF-8").encode()[:-5] + b"\xff", 5, "UTF-8", "byte"),
    (b"<a>\n\xe9\x95", 2, "utf-8", "byte 5"),
    (b"<a>\n\0</a>", 2, "utf-8", "character"),
    ("<?xml version='1.0' encoding='gbk'?>\n<a>\n".encode("gbk") + b"\xff</a>", 3, "gbk", "byte 42"),
    (
        codecs.BOM_UTF16_LE + "<a>\n\ud800b</a>".encode("utf-16-le", "surrogatepass"),
        2,
        "utf-16-le",
        "byte 11",
    ),
    (codecs.BOM_UTF16_LE + b"<\0a\0>", 1, "utf-16-le", "byte 7"),
    (b"<a>\r\r\xc4\xe3</a>", 3, "utf-8", "byte 6"),
]


@pytest.mark.parametrize(("data", "line", "encoding", "detail"), UNREADABLE)
@pytest.mark.parametrize("size", [1, 5, 1 << 20])
def test_what_cannot_be_read_names_line_and_byte(
    data: bytes, line: int, encoding: str, detail: str, size: int
) -> None:
    with pytest.raises(PackageRefused) as caught:
        utf8(data, size)
    assert caught.value.code == "XML_ENCODING"
    assert caught.value.line == line
    assert caught.value.params["encoding"] == encoding
    assert detail in str(caught.value.params["detail"])


def test_a_declaration_without_end_is_refused() -> None:
    with pytest.raises(PackageRefused) as caught:
        utf8(b"<?xml version='1.0' " + b" " * 5000 + b"encoding='gbk'?><a/>")
    assert caught.value.code == "XML_MALFORMED"


HOSTILE = [
    ("<!DOCTYPE a><a/>", "DOCTYPE", 1),
    ('<?xml version="1.0"?>\n<!-- <a> -->\n<?pi <a> ?>\n<!DOCTYPE a SYSTEM "http://x/">\n<a/>', "DOCTYPE", 4),
    ("<!-- -->\n<!ENTITY x 'y'>\n<a/>", "ENTITY", 2),
    ("<!DOCTYPE", "DOCTYPE", 1),
    ("<a>\n<b xmlns:xi='http://www.w3.org/2001/XInclude'/></a>", "XInclude", 2),
    (
        "<a>\n" + "x" * 70_000 + "\n<xi:include xmlns:xi='http://www.w3.org/2001/XInclude'/></a>",
        "XInclude",
        3,
    ),
]


@pytest.mark.parametrize(("text", "what", "line"), HOSTILE, ids=lambda value: str(value)[:20])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("size", [1, 3, 4099, 1 << 20])
def test_doctype_entities_and_xinclude_are_refused_with_their_line(
    text: str, what: str, line: int, encoding: str, size: int
) -> None:
    if size == 1 and len(text) > 1000:
        size = 1000
    with pytest.raises(PackageRefused) as caught:
        utf8(text.encode(encoding), size)
    assert (caught.value.code, caught.value.params["what"], caught.value.line) == ("XML_DOCTYPE", what, line)


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_a_doctype_cut_by_blocks_is_named_whole(size: int) -> None:
    comment, rest = b"<!--" + b" " * 4089 + b"-->", b"\n<!-- -->\n<!DOCTYPE note><note/>"
    with pytest.raises(PackageRefused) as caught:
        utf8(comment + b"\n" * (-len(comment) % size) + rest, size)
    assert caught.value.params["what"] == "DOCTYPE"


HARMLESS = [
    "<a><!-- <!DOCTYPE x> --><![CDATA[<!DOCTYPE y>]]></a>",
    "<!-- <!DOCTYPE x> --><a/>",
    "<?pi <!DOCTYPE x> ?>\n<a/>",
    "\n\n<a/>",
    "",
    "<",
    "<!",
    "no xml at all",
    "<a>http://www.w3.org/2001/XInclud</a>",
]


@pytest.mark.parametrize("text", HARMLESS)
@pytest.mark.parametrize("size", [1, 1 << 20])
def test_what_only_looks_like_a_doctype_passes(text: str, size: int) -> None:
    assert utf8(text.encode(), size).decode() == text


def test_a_prolog_without_end_is_cut_off() -> None:
    with pytest.raises(PackageRefused) as caught:
        utf8(b"<!-- " + b"x" * 3000, 500, Limits(prolog_bytes=1000))
    assert caught.value.code == "XML_LIMIT"
    assert caught.value.params["limit"] == 1000


ROOTS = [
    (b"<ExchangePackage/>", "ExchangePackage"),
    (
        "<?xml version='1.0' encoding='gbk'?><!-- 注 --><x:ExchangePackage a='1'>".encode("gbk"),
        "ExchangePackage",
    ),
    ("<资料>".encode("utf-16"), "资料"),
    (b"", ""),
    (b"%PDF", ""),
    (b"<?xml version='1.0' encoding='big5'?><a/>", ""),
]


@pytest.mark.parametrize(("head", "name"), ROOTS)
def test_the_root_is_known_from_the_first_bytes(head: bytes, name: str) -> None:
    assert root_name(head) == name


TEXTS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=200)
CODECS = st.sampled_from(
    [("UTF-8", "utf-8"), ("GB18030", "gb18030"), ("gbk", "gb18030"), ("UTF-16", "utf-16")]
)


@pytest.mark.parametrize("size", [1, 2, 7, 1 << 20])
@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("<a>\r<b/>\r\r</a>\r", "<a>\n<b/>\n\n</a>\n"),
        ("<a>\r" + " " * HEAD + "<b/>\r\n</a>\r", "<a>\n" + " " * HEAD + "<b/>\r\n</a>\n"),
        ("<a>\r\n<b/>\r</a>", "<a>\r\n<b/>\r</a>"),
    ],
    ids=["carriage returns alone", "newlines later on", "both from the beginning"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_lines_that_end_with_a_carriage_return_alone_are_lines(
    text: str, lines: str, encoding: str, size: int
) -> None:
    assert utf8(text.encode(encoding), size).decode() == lines


@given(TEXTS, CODECS, st.integers(1, 50), st.integers(0, 5000))
@settings(max_examples=150, deadline=None)
def test_any_text_in_any_encoding_and_block_size_comes_out_the_same(
    text: str, codec: tuple[str, str], size: int, padding: int
) -> None:
    document = xml(codec[0], " " * padding + text)
    out = utf8(document.encode(codec[1]), size).decode("utf-8")
    assert out == xml("UTF-8", " " * padding + text)


@given(st.binary(max_size=80), CODECS, st.integers(1, 30))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_read_or_refused_never_worse(junk: bytes, codec: tuple[str, str], size: int) -> None:
    data = xml(codec[0]).encode(codec[1]) + junk
    results = set()
    for block in (size, 1 << 20):
        try:
            results.add(utf8(data, block))
        except PackageRefused as refusal:
            results.add((refusal.code, refusal.line, str(refusal)))
    assert len(results) == 1


def test_a_plain_document_is_not_copied_and_any_other_is(
    opened: Callable[..., Any], making: Any, tmp_path: Any, work: Any
) -> None:
    plain = opened(making.DOCUMENT.encode())
    assert plain.document == tmp_path / "package"
    assert not work.exists()

    other = opened(making.declared("gb2312").encode("gb18030"))
    assert other.document.parent == work
    assert other.document.read_bytes().decode() == making.DOCUMENT
    assert other.notes
