"""From the encodings departments write to UTF-8, line by line the same, with no DOCTYPE and no XInclude."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from hub.errors import PackageRefused
from hub.limits import Limits

HEAD = 4096
"""Bytes that must hold the whole XML declaration."""

_BOMS = (
    (codecs.BOM_UTF32_LE, ""),
    (codecs.BOM_UTF32_BE, ""),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
_FAMILIES = {
    "utf-8": ("utf-8", "utf8"),
    "ascii": ("us-ascii", "ascii"),
    "utf-16": ("utf-16", "utf16", "utf-16le", "utf-16be"),
    "gb18030": ("gb18030", "gbk", "gb2312", "gb_2312-80", "cp936", "ms936", "windows-936", "x-gbk", "euc-cn"),
}
_CODEC = {name: codec for codec, names in _FAMILIES.items() for name in names}
_DECLARATION = re.compile(r"<\?xml(?=[ \t\r\n])[^?]*\?>")
_BEGUN = re.compile(r"<\?xml[ \t\r\n]")
_ENCODING = re.compile(r"""([ \t\r\n]encoding[ \t\r\n]*=[ \t\r\n]*)(?:"([^"<>]*)"|'([^'<>]*)')""")
_PROLOG = re.compile(rb"(?:[ \t\r\n]+|<!--.*?-->|<\?.*?\?>)*+", re.S)
_WORD = re.compile(rb"<!([A-Za-z]+)")
_ROOT = re.compile(rb"<(?:[^\s<>/:]+:)?([^\s<>/:]+)")
_STYLESHEET = b"<?xml-stylesheet"
_LONE_CR = re.compile(rb"\r(?!\n)")
XINCLUDE = b"http://www.w3.org/2001/XInclude"


@dataclass(frozen=True, slots=True)
class Spelling:
    """How a document's bytes are to be read."""

    codec: str  # Python's name
    skip: int  # bytes of the byte order mark
    named: str  # as the document says, for messages
    plain: bool  # already UTF-8 as we hand it on: no copy is needed
    notes: tuple[str, ...] = ()
    by_cr: bool = False  # its lines end with a carriage return alone


def spelling_of(head: bytes) -> Spelling:
    """The encoding of a document by its first HEAD bytes: byte order mark, else declaration, else UTF-8.

    Raises PackageRefused XML_ENCODING where it is unknown, XML_MALFORMED where the declaration never ends.
    """
    mark, codec = next(((mark, codec) for mark, codec in _BOMS if head.startswith(mark)), (b"", ""))
    if mark and not codec:
        raise _unreadable("utf-32", "不支持 / not supported", 1)
    if not mark and head[:2] in (b"<\0", b"\0<"):
        codec = "utf-16-le" if head[0] else "utf-16-be"
    declared = _declared(head[len(mark) :].decode(codec or "latin-1", "replace"))
    said = _CODEC.get(declared.lower(), "") if declared else "utf-8"
    if not said:
        raise _unreadable(declared, "不认识的字符集 / unknown encoding", 1)
    if not codec and said == "utf-16":
        raise _unreadable(declared, "声明为 UTF-16,字节却不是 / declared, but the bytes are not", 1)
    notes = []
    if codec and declared and not codec.startswith(said):
        notes.append(
            f"声明 {declared},按字节顺序标记以 {codec} 读 / declared {declared}, read as {codec} by its mark"
        )
    elif said == "gb18030" and declared.lower() != "gb18030":
        notes.append(f"声明 {declared},按 gb18030 读 / {declared} read as gb18030")
    text = head[len(mark) :].decode(codec or said, "ignore")
    by_cr = "\r" in text and "\n" not in text
    plain = not mark and not codec and declared.lower() in ("", "utf-8") and not by_cr
    return Spelling(codec or said, len(mark), declared or codec or said, plain, tuple(notes), by_cr)


def to_utf8(blocks: Iterator[bytes], spelling: Spelling, limits: Limits) -> Iterator[bytes]:
    """The document as UTF-8 without byte order mark, its declaration neutral, its newlines where they were.

    Where lines end with a carriage return alone, each becomes a newline, as XML 1.0 §2.11 has it: parsers read the same but
    for the line that they are in.
    `blocks` are those of `headed`. Raises PackageRefused XML_ENCODING (with line and byte), XML_DOCTYPE, XML_LIMIT.
    """
    reader, prolog, inclusion = _Reader(spelling), _Prolog(limits), _Inclusion()
    first = next(blocks, b"")[spelling.skip :]
    for data in chain((_neutral(reader.read(first)),), map(reader.read, blocks), (reader.end() for _ in "1")):
        if data:
            prolog.look(data, last=False)
            inclusion.look(data, reader.line)
            yield data
    prolog.look(b"", last=True)


def headed(blocks: Iterator[bytes], size: int = HEAD) -> tuple[bytes, Iterator[bytes]]:
    """The first `size` bytes (fewer if there are no more), and all blocks again, the first of them holding these."""
    first = b""
    for block in blocks:
        first += block
        if len(first) >= size:
            break
    return first[:size], chain((first,), blocks)


def gathered(blocks: Iterator[bytes], size: int) -> Iterator[bytes]:
    """The same bytes in blocks of `size` and more, but for the last: a million tiny ones would each be looked at."""
    held: list[bytes] = []
    length = 0
    for block in blocks:
        held.append(block)
        length += len(block)
        if length >= size:
            yield b"".join(held)
            held, length = [], 0
    if held:
        yield b"".join(held)


def root_name(head: bytes) -> str:
    """The local name of the root element, as far as the first bytes show it; "" where they do not."""
    try:
        spelling = spelling_of(head[:HEAD])
    except PackageRefused:
        return ""
    text = head[spelling.skip :].decode(spelling.codec, "replace").encode("utf-8", "replace")
    match = _PROLOG.match(text)
    found = _ROOT.match(text, match.end() if match else 0)
    return found[1].decode("utf-8") if found else ""


def _declared(text: str) -> str:
    declaration = _DECLARATION.match(text)
    if not declaration:
        if _BEGUN.match(text):
            detail = "XML 声明不完整或过长 / the XML declaration is incomplete or too long"
            raise PackageRefused("XML_MALFORMED", line=1, detail=detail)
        return ""
    found = _ENCODING.search(declaration[0])
    return (found[2] or found[3] or "") if found else ""


def _neutral(data: bytes) -> bytes:
    # Latin-1 takes any byte and gives it back: only the declaration, which is ASCII, is touched.
    text = data[:HEAD].decode("latin-1")
    declaration = _DECLARATION.match(text)
    if not declaration:
        return data
    neutral = _ENCODING.sub(r'\1"UTF-8"', declaration[0], count=1)
    return neutral.encode("latin-1") + data[declaration.end() :]


def _unreadable(encoding: str, detail: str, line: int) -> PackageRefused:
    return PackageRefused("XML_ENCODING", line=line, encoding=encoding[:40], detail=detail)


class _Reader:
    """Decodes block by block; knows the line and byte where it cannot."""

    def __init__(self, spelling: Spelling) -> None:
        self._spelling = spelling
        self._decoder = codecs.getincrementaldecoder(spelling.codec)("strict")
        self._offset = spelling.skip  # bytes taken in
        self._return = b""  # a carriage return that may be half a newline
        self.line = 1  # of the end of what was read

    def read(self, block: bytes) -> bytes:
        self._offset += len(block)
        return self._decode(block, final=False)

    def end(self) -> bytes:
        return self._decode(b"", final=True)

    def _decode(self, block: bytes, *, final: bool) -> bytes:
        held = self._decoder.getstate()[0]
        try:
            text = self._decoder.decode(block, final)
        except UnicodeDecodeError as error:
            good = error.object[: error.start].decode(self._spelling.codec, "ignore")
            raise self._bad(good, self._offset - len(error.object) + error.start) from error
        try:
            data = self._utf8(held, block, text)
        except UnicodeEncodeError as error:
            raise self._bad(text[: error.start], None) from error
        if b"\0" in data:
            raise self._bad(text[: text.index("\0")], None)
        if self._spelling.by_cr:
            data = self._by_newline(data, final=final)
        self.line += data.count(b"\n")
        return data

    def _by_newline(self, data: bytes, *, final: bool) -> bytes:
        data, self._return = self._return + data, b""
        if data.endswith(b"\r") and not final:
            data, self._return = data[:-1], b"\r"
        return _LONE_CR.sub(b"\n", data)

    def _utf8(self, held: bytes, block: bytes, text: str) -> bytes:
        """What was decoded, as UTF-8: the bytes themselves if they are that already, but for a character cut in two."""
        if self._spelling.codec != "utf-8":
            return text.encode("utf-8")
        whole, rest = held + block, self._decoder.getstate()[0]
        return whole[: len(whole) - len(rest)]

    def _bad(self, before: str, at: int | None) -> PackageRefused:
        if at is None:
            why = "含有 XML 不允许的字符 / a character that XML does not allow"
        else:
            why = f"第 {at + 1} 字节不是该字符集的字节 / byte {at + 1} is none of this encoding"
        ends = before.count("\r" if self._spelling.by_cr else "\n") + len(self._return)
        return _unreadable(self._spelling.named, why, self.line + ends)


class _Prolog:
    """Looks for a DOCTYPE before the root element: nowhere else can one stand."""

    def __init__(self, limits: Limits) -> None:
        self._limits, self._limit = limits, limits.prolog_bytes
        self._seen: bytearray | None = bytearray()

    def look(self, data: bytes, *, last: bool) -> None:
        if self._seen is None:
            return
        self._seen += data[: self._limit + 1]
        match = _PROLOG.match(self._seen)
        end = match.end() if match else 0
        style = self._seen.find(_STYLESHEET, 0, end)
        if style >= 0:  # a browser would show something else than what is read here
            line = 1 + self._seen.count(b"\n", 0, style)
            raise PackageRefused("XML_DOCTYPE", line=line, what="xml-stylesheet")
        rest = bytes(self._seen[end : end + 20])
        word = _WORD.match(rest)
        if word and (last or len(rest) == 20):
            line = 1 + self._seen.count(b"\n", 0, end)
            raise PackageRefused("XML_DOCTYPE", line=line, what=word[1].decode("ascii"))
        unfinished = rest in (b"", b"<", b"<!") or rest.startswith((b"<!-", b"<?")) or word
        if not unfinished:
            self._seen = None
        elif len(self._seen) > self._limit:
            raise self._limits.exceeded("prolog_bytes", len(self._seen))


class _Inclusion:
    """Looks for the namespace of XInclude anywhere, also across two blocks."""

    def __init__(self) -> None:
        self._tail = b""

    def look(self, data: bytes, line: int) -> None:
        """`line` is that of the end of `data`."""
        joined = self._tail + data
        at = joined.find(XINCLUDE)
        if at >= 0:
            raise PackageRefused("XML_DOCTYPE", line=line - joined.count(b"\n", at), what="XInclude")
        self._tail = joined[max(len(joined) - len(XINCLUDE) + 1, 0) :]
