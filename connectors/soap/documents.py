"""The XML document inside a reply's text as bytes whose own declaration is true; rare characters survive.

A document in a SOAP string is text: its declaration (`encoding="gb2312"`) speaks of bytes that no longer exist. It is made
true again: GB2312, GBK and GB18030 are written as GB18030 (which has every character), UTF-8 and no declaration as UTF-8;
any other name is replaced by UTF-8. A document in base64 is bytes already and is left as it is.
"""

from __future__ import annotations

import base64
import binascii
import re

from lxml import etree

_DECLARATION = re.compile(
    r"^<\?xml\s+version\s*=\s*(?:\"[^\"]*\"|'[^']*')\s*(?:encoding\s*=\s*(?:\"(?P<a>[^\"]*)\"|'(?P<b>[^']*)'))?[^?]*\?>"
)
_SPACE = re.compile(r"\s+")
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]+={0,2}\s*")
_MAGIC = (b"<", b"\xef\xbb\xbf<", b"\xff\xfe<", b"\xfe\xff\x00<", b"\x84\x31\x95\x33<", b"\x1f\x8b", b"PK")
GB_FAMILY = ("gb", "cp936", "ms936", "windows-936", "x-gbk", "euc-cn")


def from_text(text: str) -> bytes:
    """The bytes of what stands in a reply's string: an XML document, base64 of a package, or whatever text it is."""
    text = text.strip().lstrip("\ufeff").lstrip()
    if not text.startswith("<") and _BASE64.fullmatch(text):
        found = _unpacked(text)
        if found is not None:
            return found
    said = _DECLARATION.match(text)
    name = (said["a"] or said["b"] or "") if said else ""
    if name.lower().startswith(GB_FAMILY):
        return text.encode("gb18030")
    if said and name and name.lower() not in ("utf-8", "utf8"):
        start, end = said.span("a" if said["a"] is not None else "b")
        text = text[:start] + "UTF-8" + text[end:]
    return text.encode("utf-8")


def from_element(element: etree._Element) -> bytes:
    """The bytes of a document that stands in the reply as XML itself: UTF-8, with declaration, always the same."""
    return etree.tostring(element, encoding="UTF-8", xml_declaration=True, with_tail=False)


def _unpacked(text: str) -> bytes | None:
    """What base64 holds, if that can be a package; a word like `null` is base64 too, and is none."""
    try:
        found = base64.b64decode(_SPACE.sub("", text), validate=True)
    except (binascii.Error, ValueError):
        return None
    return found if found.startswith(_MAGIC) else None
