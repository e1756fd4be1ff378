"""Decrypts EnvelopedData and AuthEnvelopedData from file to file; what cannot be authenticated yet stays in the file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from asn1crypto import core  # type: ignore[import-untyped]
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, modes

from hub.envelope.cms import algorithms
from hub.envelope.cms.algorithms import Content
from hub.envelope.cms.ber import (
    INTEGER,
    OCTETS,
    OID,
    SEQUENCE,
    SET,
    Walk,
    context,
    malformed,
    understood,
    version_of,
)
from hub.envelope.cms.files import new_file, write_all
from hub.envelope.cms.recipients import content_key, recipients
from hub.envelope.keys import HubKey
from hub.errors import PackageRefused

LEAST_TAG = 12
"""Bytes of a GCM tag; shorter ones can be forged by trying."""


@dataclass(frozen=True, slots=True)
class Encryption:
    """How a package was encrypted: cipher, whether that is authenticated, and whether its padding was right.

    Wrong padding is told only when everything else has been looked at: told at once, it would be an oracle.
    """

    cipher: str
    authenticated: bool
    intact: bool


def decrypt(
    walk: Walk, kind: str, keys: Callable[[], Sequence[HubKey]], target: Path, *, triple_des: bool = False
) -> Encryption:
    """Decrypt a ContentInfo of `kind` (ENVELOPED or AUTH_ENVELOPED) into the new file `target`.

    `keys` gives the hub's keys, or raises StopError where it has none. Raises PackageRefused CMS_*; then `target` may be
    there and is not to be used.
    """
    with walk.inside(SEQUENCE, "ContentInfo"):
        walk.skip()  # its type, known already
        with walk.inside(context(0), "content"), walk.inside(SEQUENCE, "EnvelopedData"):
            found = _enveloped(walk, kind == algorithms.AUTH_ENVELOPED, keys, target, triple_des=triple_des)
    walk.end()
    return found


def _enveloped(
    walk: Walk, authenticated: bool, keys: Callable[[], Sequence[HubKey]], target: Path, *, triple_des: bool
) -> Encryption:
    version = integer(walk.whole("version", 16))
    originator = walk.peek() == context(0)
    if originator:
        walk.whole("originatorInfo")
    if walk.peek() != SET:
        raise malformed("缺收件人信息 / RecipientInfos are missing")
    found, expected = recipients(walk.whole("recipientInfos"), walk.limits)
    with walk.inside(SEQUENCE, "EncryptedContentInfo"):
        inner = object_id(walk.whole("contentType", 64))
        if inner != algorithms.DATA:
            raise PackageRefused("CMS_TYPE", found=inner, expected=f"data ({algorithms.DATA})")
        oid, parameters = _cipher(walk.whole("contentEncryptionAlgorithm", 256))
        cipher = algorithms.content_named(oid, triple_des=triple_des)
        if cipher.authenticated != authenticated:
            raise malformed(f"{cipher.name} 不能用于这种结构 / {cipher.name} does not go with this structure")
        if walk.peek() is None:
            raise malformed("没有密文 / there is no encrypted content")
        key = content_key(found, keys(), cipher.key_bytes)
        padding = _Padding()
        # The tag and what it also covers stand behind the content, and are needed before it.
        tail = walk.behind("EncryptedContentInfo", _read_tail) if authenticated else None
        blocks = walk.octets(context(0, constructed=False), "encryptedContent")
        with new_file(target) as file:
            plain: Iterable[bytes | memoryview] = (
                _gcm(cipher, key, parameters, tail, blocks)
                if tail
                else _cbc(cipher, key, parameters, blocks, padding)
            )
            for block in plain:
                write_all(file, block)
    attributes = False
    if authenticated:
        if walk.peek() == context(1):
            walk.skip()
        walk.whole("mac", 64)
    while walk.peek() in (context(1), context(2)):
        walk.whole("unprotected attributes")
        attributes = True
    _check_version(version, expected, authenticated, attributes, originator)
    return Encryption(cipher.name, authenticated, padding.intact)


def _check_version(
    found: int, by_recipients: int, authenticated: bool, attributes: bool, originator: bool
) -> None:
    if authenticated:
        expected = 0
    elif originator or attributes:
        expected = max(2, by_recipients)
    else:
        expected = by_recipients
    if found != expected:
        raise malformed(
            f"EnvelopedData 的版本为 {found},应为 {expected} / the version of EnvelopedData is {found}, not {expected}"
        )


def _cipher(data: bytes) -> tuple[str, bytes]:
    with understood("contentEncryptionAlgorithm"):
        found = core.SequenceOf.load(data, strict=True, spec=core.Any)
        if len(found) != 2:
            raise ValueError("parameters")
        return core.ObjectIdentifier.load(found[0].dump(), strict=True).dotted, found[1].dump()


def integer(data: bytes) -> int:
    """A version number. Raises PackageRefused CMS_MALFORMED."""
    if data[0] != INTEGER:
        raise malformed("应为版本号 / a version expected")
    with understood("version"):
        return version_of(core.Integer.load(data, strict=True))


def object_id(data: bytes) -> str:
    """An object identifier, dotted. Raises PackageRefused CMS_MALFORMED."""
    if data[0] != OID:
        raise malformed("应为类型标识 / a content type expected")
    with understood("contentType"):
        return str(core.ObjectIdentifier.load(data, strict=True).dotted)


@dataclass(frozen=True, slots=True)
class _Tail:
    """What follows authenticated content and is needed before it: attributes (as they are authenticated) and tag."""

    attributes: bytes
    tag: bytes


def _read_tail(walk: Walk) -> _Tail:
    attributes = b""
    if walk.peek() == context(1):
        attributes = b"\x31" + walk.whole("authAttrs")[1:]  # as a SET OF, RFC 5083, 2.2
    data = walk.whole("mac", 64)
    if data[0] != OCTETS:
        raise malformed("缺认证标签 / the authentication tag is missing")
    with understood("mac"):
        return _Tail(attributes, core.OctetString.load(data, strict=True).native)


def _gcm(
    cipher: Content, key: bytes, parameters: bytes, tail: _Tail, blocks: Iterator[bytes]
) -> Iterator[bytes]:
    with understood("GCMParameters"):
        found = _GcmParameters.load(parameters, strict=True)
        nonce, length = found["nonce"].native, int(found["icv_length"])
    if length != len(tail.tag) or not LEAST_TAG <= length <= 16 or not 8 <= len(nonce) <= 64:
        raise malformed("GCM 参数不合格 / unfit parameters of GCM")
    context_ = Cipher(cipher.cipher(key), modes.GCM(nonce, tail.tag, min_tag_length=LEAST_TAG)).decryptor()
    if tail.attributes:
        context_.authenticate_additional_data(tail.attributes)
    for block in blocks:
        yield context_.update(block)
    try:
        yield context_.finalize()
    except InvalidTag as error:
        raise PackageRefused("CMS_DECRYPT") from error


class _GcmParameters(core.Sequence):  # type: ignore[misc]
    _fields = [("nonce", core.OctetString), ("icv_length", core.Integer, {"default": 12})]  # noqa: RUF012 - asn1crypto's way


@dataclass(slots=True)
class _Padding:
    intact: bool = True


def _cbc(
    cipher: Content, key: bytes, parameters: bytes, blocks: Iterator[bytes], padding: _Padding
) -> Iterator[bytes | memoryview]:
    with understood("IV"):
        start = core.OctetString.load(parameters, strict=True).native
    size = cipher.block_bytes
    if len(start) != size:
        raise malformed("初始向量长度不对 / an initial value of the wrong length")
    decrypting = Cipher(cipher.cipher(key), modes.CBC(start)).decryptor()
    last: bytes | memoryview = b""
    for block in blocks:
        plain = memoryview(decrypting.update(block))
        if plain:
            # The last block of the file holds the padding: one block always stays back.
            yield last
            last = plain[-size:]
            yield plain[:-size]
    try:
        decrypting.finalize()
    except ValueError:
        padding.intact = False  # not a whole number of blocks
    tail = bytes(last)
    count = tail[-1] if tail else 0
    if 1 <= count <= size and tail.endswith(bytes([count]) * count):
        yield tail[:-count]
    else:
        padding.intact = False
        yield tail
