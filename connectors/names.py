"""File names as departments write them: any bytes, turned into storable text and back without loss."""

from __future__ import annotations

import hashlib
import unicodedata
from urllib.parse import quote_from_bytes, unquote_to_bytes

from hub.errors import Place, StopError

RECEIPT_SUFFIX = b".receipt.xml"
SIGNATURE = b".p7s"  # after the receipt's whole name
LONGEST_NAME = 255  # bytes of one file name on the file systems in use
LONGEST = LONGEST_NAME - len(SIGNATURE)  # of a receipt, its signature beside it
_GB = "gb18030/"
_BYTES = "bytes/"


def text_of(raw: bytes) -> str:
    """A file name as text that a database can store and `raw_of` turns back into the same bytes.

    A UTF-8 name is itself. Other bytes get a prefix with a slash, which no file name can hold: `gb18030/报文.xml`
    where they are GBK or GB18030, else `bytes/` and percent signs.
    """
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        pass  # not a failure: the name is in another encoding, tried next
    try:
        text = raw.decode("gb18030")
    except UnicodeDecodeError:
        text = "\n"  # neither
    if text.isprintable():
        return _GB + text
    return _BYTES + quote_from_bytes(raw)


def raw_of(name: str) -> bytes:
    """The bytes of a name made by `text_of`. Raises StopError for anything that is not one plain file name."""
    try:
        if name.startswith(_GB):
            raw = name.removeprefix(_GB).encode("gb18030")
        elif name.startswith(_BYTES):
            raw = unquote_to_bytes(name.removeprefix(_BYTES))
        else:
            raw = name.encode("utf-8")
    except UnicodeEncodeError:
        raw = b""
    if raw in (b"", b".", b"..") or b"/" in raw or b"\0" in raw:
        raise StopError(
            "CONNECTOR_NAME",
            zh=f"{name!r} 不是单个文件名",
            en=f"{name!r} is not a plain file name",
            remedy_zh="报文名不得含目录;请把该名称报给枢纽管理员",
            remedy_en="A package's name holds no folder; report this name to the hub's administrator",
            place=Place(file=shown(name)),
        )
    return raw


def shown(name: str) -> str:
    """A name for people and for the log: the prefix of `text_of` left out, line ends and other control characters escaped."""
    text = name.removeprefix(_GB) if name.startswith(_GB) else name.removeprefix(_BYTES)
    return "".join(map(_visible, text))


def _visible(character: str) -> str:
    kind = unicodedata.category(character)
    if kind[0] == "C" or kind in (
        "Zl",
        "Zp",
    ):  # controls, marks of direction, lone surrogates, line separators
        return character.encode("unicode_escape").decode("ascii")
    return character


def receipt_name(raw: bytes) -> bytes:
    """`<original name>.receipt.xml`; a name too long for that is shortened and told apart by eight hex digits."""
    return _shortened(raw, LONGEST - len(RECEIPT_SUFFIX)) + RECEIPT_SUFFIX


def refused_name(raw: bytes) -> bytes:
    """The name of a refused file: its own; a replay's, longer than what was sent, may have to be shortened likewise."""
    return _shortened(raw, LONGEST_NAME)


def _shortened(raw: bytes, longest: int) -> bytes:
    if len(raw) <= longest:
        return raw
    mark = b"~" + hashlib.sha256(raw).hexdigest()[:8].encode("ascii")
    head = raw[: longest - len(mark)]
    for encoding in ("utf-8", "gb18030"):
        try:
            raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        head = head.decode(encoding, "ignore").encode(encoding)  # never cut a character in two
        break
    return head + mark
