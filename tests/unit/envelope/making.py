"""Packages for the tests of opening: small, and wrong in exactly one way."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping

DOCUMENT = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<!-- 报文 -->\n'
    '<ExchangePackage xmlns="urn:supervision-hub:exchange:1" version="1.0">\n  <Name>𠮷镕㛃䶮</Name>\r\n</ExchangePackage>\n'
)


def declared(encoding: str) -> str:
    return DOCUMENT.replace("UTF-8", encoding)


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return body.getvalue()


def named(raw: bytes, data: bytes = DOCUMENT.encode(), *, other: bytes | None = None) -> bytes:
    """A zip of one stored member whose name is these bytes (without the UTF-8 flag), and a good document beside it."""
    stand_in = b"N" * len(raw)
    body = zipped({stand_in.decode(): data, "p.xml": DOCUMENT.encode()}, zipfile.ZIP_STORED)
    first, second = (raw, other or raw)
    head, _, tail = body.partition(stand_in)
    return head + first + tail.replace(stand_in, second)


def patched(body: bytes, signature: bytes, at: int, layout: str, value: int, *, which: int = 0) -> bytes:
    """The archive with one number in one of its records changed."""
    start = -1
    for _ in range(which + 1):
        start = body.index(signature, start + 1)
    place = start + at
    return body[:place] + struct.pack(layout, value) + body[place + struct.calcsize(layout) :]


LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
