"""Tells from a file's first bytes whether it is sealed (CMS as DER or PEM), and turns PEM into DER."""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from asn1crypto import cms  # type: ignore[import-untyped]

from hub.envelope.cms import algorithms
from hub.envelope.cms.ber import OID, SEQUENCE, malformed
from hub.envelope.cms.files import new_file, write_all
from hub.envelope.limits import BLOCK
from hub.errors import PackageRefused

HEAD = 1024
"""Bytes looked at; the object identifier of CMS stands within the first twenty."""
_OIDS = {
    bytes.fromhex("2a864886f70d010702"): algorithms.SIGNED,
    bytes.fromhex("2a864886f70d010703"): algorithms.ENVELOPED,
    bytes.fromhex("2a864886f70d0109100117"): algorithms.AUTH_ENVELOPED,
}
_BEGIN = re.compile(rb"(?:\xef\xbb\xbf)?\s*-----BEGIN ([A-Z0-9# ]{1,40})-----[ \t]*\r?\n")
_LABELS = (b"CMS", b"PKCS7", b"PKCS #7 SIGNED DATA")
_MIME = re.compile(
    rb"\s*(MIME-Version|Content-(Type|Disposition|Transfer-Encoding)|To|From|Subject|Date):", re.I
)
_BLANK = b" \t\r\n"


@dataclass(frozen=True, slots=True)
class Form:
    """How a sealed file is written: `kind` is the content type (dotted), None while it is still PEM."""

    kind: str | None
    label: bytes = b""


def form_of(stream: BinaryIO) -> Form | None:
    """What kind of sealed file this is; None: not sealed. The position is moved.

    Raises PackageRefused ENVELOPE_SMIME for mail, CMS_TYPE for CMS of another kind.
    """
    stream.seek(0)
    head = stream.read(HEAD)
    if found := _BEGIN.match(head):
        if found[1] not in _LABELS:
            raise PackageRefused(
                "CMS_TYPE", found=f"PEM {found[1].decode()}", expected="BEGIN CMS, BEGIN PKCS7"
            )
        return Form(None, found[1])
    if _MIME.match(head):
        raise PackageRefused("ENVELOPE_SMIME")
    oid = _content_type(head)
    if oid is None:
        return None
    if oid not in _OIDS:
        raise PackageRefused(
            "CMS_TYPE", found=_named(oid), expected="SignedData, EnvelopedData, AuthEnvelopedData"
        )
    return Form(_OIDS[oid])


def unarmored(stream: BinaryIO, label: bytes, target: Path) -> None:
    """Write the DER inside a PEM file into the new file `target`. Raises PackageRefused CMS_MALFORMED."""
    stream.seek(0)
    found = _BEGIN.match(stream.read(HEAD))
    stream.seek(found.end() if found else 0)
    end = b"-----END %s-----" % label
    left, closed = b"", False
    with new_file(target) as file:
        while block := stream.read(BLOCK):
            text = left + block
            if b"-" in text:
                text += stream.read(BLOCK if len(block) == BLOCK else 0)
                text, _, rest = text.partition(b"-")
                closed = (b"-" + rest).rstrip(_BLANK) == end and not stream.read(1)
            text = text.translate(None, _BLANK)
            whole = len(text) if closed else len(text) // 4 * 4
            write_all(file, _decoded(text[:whole]))
            left = text[whole:]
            if closed or b"-" in block:
                break
    if not closed:
        raise malformed("PEM 没有完整的结尾行 / the last line of the PEM is missing")


def _decoded(text: bytes) -> bytes:
    try:
        return binascii.a2b_base64(text, strict_mode=True) if text else b""
    except binascii.Error as error:
        raise malformed("PEM 中不是 Base64 / the PEM holds no Base64") from error


def _named(oid: bytes) -> str:
    """A content type as people look it up: name and dotted number."""
    try:
        found = cms.ContentType.load(bytes((OID, len(oid))) + oid, strict=True)
        return found.native if found.native == found.dotted else f"{found.native} ({found.dotted})"
    except (ValueError, IndexError):
        return f"OID {oid.hex()}"  # none that is written as it should be


def _content_type(head: bytes) -> bytes | None:
    """The object identifier at the start of a ContentInfo."""
    if len(head) < 20 or head[0] != SEQUENCE:
        return None
    at = 2 + (head[1] & 0x7F if head[1] > 0x80 else 0)
    if at > 10 or head[at] != OID or not 5 <= head[at + 1] <= 20:
        return None
    return head[at + 2 : at + 2 + head[at + 1]]
