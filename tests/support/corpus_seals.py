"""Hostile seals: CMS with lengths that lie, nesting, floods of recipients, certificates, signatures and attributes, and bombs inside."""

from __future__ import annotations

import atexit
import io
import os
import random
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

from hub.envelope.certificates import Certificate, certificates_of
from hub.envelope.cms.der import tlv
from hub.envelope.keys import HubKey, keys_in
from hub.envelope.trust import Policy
from tests.support.corpus import Hostile, document
from tests.support.forge import Part, gzipped, zip_of
from tests.support.sealing import Holder, encrypted, holder, rsa_key, signed

MEBI = 1 << 20
Make = Callable[[random.Random], bytes]
HOUSE = "SUPHUB_TEST_SEALS"
"""The folder with the keys of this run: processes that are started later use the same."""
DATA, SIGNED, ENVELOPED = (bytes.fromhex(f"06092a864886f70d01070{number}") for number in (1, 2, 3))
SHA256, RSA = bytes.fromhex("300b0609608648016503040201"), bytes.fromhex("300d06092a864886f70d0101010500")
AES = bytes.fromhex("301d060960864801650304012a0410") + bytes(16)
NULL, ONE, ZERO, VERSION_3 = b"\x05\x00", b"\x02\x01\x01", b"\x02\x01\x00", b"\x02\x01\x03"
ENDLESS, END = b"\x80", b"\0\0"


@lru_cache
def folder() -> Path:
    """Where the keys lie; made on first use, removed when the process that made it ends."""
    if HOUSE in os.environ:
        return Path(os.environ[HOUSE])
    made = Path(tempfile.mkdtemp(prefix="suphub-seals-"))
    owner = os.getpid()
    atexit.register(lambda: os.getpid() == owner and shutil.rmtree(made, ignore_errors=True))
    holder(made / "keys", "hub", rsa_key(), signs=False)
    holder(made / "land", "land", rsa_key())
    os.environ[HOUSE] = str(made)
    return made


def keys() -> list[HubKey]:
    return list(keys_in(folder() / "keys"))


def policy() -> Policy:
    """Of a department that may sign and encrypt, and whose one certificate is known."""
    return Policy("land-bureau", "allowed", "allowed", certificates=(land(),))


@lru_cache
def land() -> Certificate:
    return certificates_of((folder() / "land" / "land.crt").read_bytes())[0]


def _holder(name: str) -> Holder:
    at = folder() / ("keys" if name == "hub" else name)
    [found] = certificates_of((at / f"{name}.crt").read_bytes())
    return Holder(name, None, found.parsed, at / f"{name}.key", at / f"{name}.crt")


def sealed(content: bytes, *options: str, cipher: str = "-aes-256-cbc", signs: bool = True) -> bytes:
    """What `openssl cms` makes of it."""
    with tempfile.TemporaryDirectory(prefix="suphub-seal-") as made:
        file = Path(made) / "p"
        file.write_bytes(content)
        inner = signed(file, _holder("land")) if signs else file
        return encrypted(inner, _holder("hub"), *options, cipher=cipher).read_bytes()


def signed_only(content: bytes, *options: str) -> bytes:
    with tempfile.TemporaryDirectory(prefix="suphub-seal-") as made:
        file = Path(made) / "p"
        file.write_bytes(content)
        return signed(file, _holder("land"), *options).read_bytes()


def info(oid: bytes, body: bytes) -> bytes:
    """ContentInfo, RFC 5652, 3."""
    return tlv(0x30, oid + tlv(0xA0, body))


def signed_data(
    infos: bytes = b"", behind: bytes = b"", content: bytes | None = None, digests: bytes = SHA256
) -> bytes:
    """SignedData, RFC 5652, 5.1; `behind` the content come certificates and lists, `content` is its eContent as it stands."""
    inside = tlv(0xA0, tlv(0x04, b"<a/>")) if content is None else content
    return info(
        SIGNED,
        tlv(0x30, ONE + tlv(0x31, digests) + tlv(0x30, DATA + inside) + behind + tlv(0x31, infos)),
    )


def signer(
    attributes: bytes = b"", serial: bytes | None = None, issuer: bytes | None = None, oid: bytes = SHA256
) -> bytes:
    """SignerInfo of the department, with a signature that is none."""
    number = land().serial.to_bytes(21, "big").lstrip(b"\0") if serial is None else serial
    number = b"\0" + number if number[:1] >= b"\x80" else number
    sid = tlv(0x30, (land().issuer if issuer is None else issuer) + tlv(0x02, number))
    return tlv(
        0x30, ONE + sid + oid + (tlv(0xA0, attributes) if attributes else b"") + RSA + tlv(0x04, b"x" * 256)
    )


def attribute(number: int) -> bytes:
    """One of a type that nobody knows."""
    return tlv(0x30, tlv(0x06, b"\x2a\x03" + bytes((0x81, number & 0x7F))) + tlv(0x31, NULL))


def recipient(serial: bytes = b"\x07", key: bytes = b"k" * 256) -> bytes:
    """KeyTransRecipientInfo, RFC 5652, 6.2.1."""
    return tlv(0x30, ZERO + tlv(0x30, tlv(0x30, b"") + tlv(0x02, serial)) + RSA + tlv(0x04, key))


def agreed(number: int) -> bytes:
    """KeyAgreeRecipientInfo, RFC 5652, 6.2.2, for so many."""
    one = tlv(0x30, tlv(0x30, tlv(0x30, b"") + b"\x02\x01\x07") + tlv(0x04, b"k"))
    originator = tlv(0xA0, tlv(0xA1, SHA256 + b"\x03\x02\x00x"))
    return tlv(0xA1, VERSION_3 + originator + SHA256 + tlv(0x30, one * number))


def enveloped(recipients: bytes, content: bytes = bytes(64), version: bytes = ZERO) -> bytes:
    """EnvelopedData, RFC 5652, 6.1."""
    inner = tlv(0x30, DATA + AES + tlv(0x80, content))
    return info(ENVELOPED, tlv(0x30, version + tlv(0x31, recipients) + inner))


def cases() -> Iterator[Hostile]:
    for name, code, limit, make in (*_lengths(), *_floods(), *_lies(), *_insides()):
        yield Hostile(f"seal:{name}", make, code, limit=limit, form="sealed")


Case = tuple[str, str, str, Make]


def _lengths() -> Iterator[Case]:
    deep = ENDLESS.join([b"\x24"] * 5_000) + ENDLESS
    yield (
        "length of gigabytes",
        "CMS_MALFORMED",
        "",
        lambda rng: b"\x30\x84\x7f\xff\xff\xff" + SIGNED + b"\xa0\x03\x02\x01\x01",
    )
    yield (
        "length of 2^56",
        "CMS_MALFORMED",
        "",
        lambda rng: b"\x30\x80" + SIGNED + b"\xa0\x87" + b"\xff" * 7 + bytes(64),
    )
    yield "length of lengths", "XML_ENCODING", "", lambda rng: b"\x30\x90" + b"\xff" * 16 + SIGNED + bytes(64)
    yield "octets longer than the file", "CMS_MALFORMED", "", lambda rng: signed_data(
        signer(), content=b"\xa0\x80\x24\x80\x04\x84\x7f\xff\xff\xff" + bytes(100) + END + END
    )  # fmt: skip
    yield "pieces within pieces", "CMS_LIMIT", "cms_depth", lambda rng: signed_data(
        signer(), content=b"\xa0\x80" + deep + END * 5_001
    )  # fmt: skip
    yield "nested where recipients stand", "CMS_LIMIT", "cms_depth", lambda rng: info(
        ENVELOPED, b"\x30\x80" + ZERO + b"\x31\x80" + b"\x30\x80" * 9_000 + END * 9_002
    )  # fmt: skip
    yield "nested behind the content", "CMS_LIMIT", "cms_depth", lambda rng: signed_data(
        behind=b"\xa0\x80" + b"\x30\x80" * 9_000 + END * 9_001
    )  # fmt: skip
    yield "millions of empty pieces", "CMS_LIMIT", "cms_pieces", lambda rng: signed_data(
        signer(), content=b"\xa0\x80\x24\x80" + b"\x04\x00" * (2 * MEBI) + END * 2
    )  # fmt: skip
    yield "millions of empty elements", "CMS_LIMIT", "cms_pieces", lambda rng: info(
        ENVELOPED, b"\x30\x80" + ZERO + b"\x31\x80" + b"\x30\x00" * (2 * MEBI) + END * 2
    )  # fmt: skip
    for name, make in (("signed", signed_only), ("encrypted", sealed)):
        for share in (0.1, 0.5, 0.99):
            yield f"{name}, cut at {share:.0%}", "CMS_MALFORMED", "", lambda rng, make=make, share=share: (
                lambda whole: whole[: int(len(whole) * share)]
            )(make(document(rng)))  # fmt: skip


def _floods() -> Iterator[Case]:
    yield (
        "a hundred and one recipients",
        "CMS_LIMIT",
        "cms_recipients",
        lambda rng: enveloped(recipient() * 101),
    )
    yield (
        "a hundred and one by agreement",
        "CMS_LIMIT",
        "cms_recipients",
        lambda rng: enveloped(agreed(101), version=b"\x02\x01\x02"),
    )
    yield (
        "thousands by agreement",
        "CMS_LIMIT",
        "cms_recipients",
        lambda rng: enveloped(agreed(60_000), version=b"\x02\x01\x02"),
    )
    yield (
        "hundreds of thousands of empty recipients",
        "CMS_LIMIT",
        "cms_recipients",
        lambda rng: enveloped(b"\x30\x00" * 100_000),
    )
    yield (
        "a recipient of a megabyte",
        "CMS_LIMIT",
        "cms_part_bytes",
        lambda rng: enveloped(recipient(key=b"k" * MEBI)),
    )
    yield (
        "fifty-one certificates",
        "CMS_LIMIT",
        "cms_certificates",
        lambda rng: signed_data(signer(), tlv(0xA0, land().der * 51)),
    )
    yield "a hundred thousand certificates", "CMS_LIMIT", "cms_certificates", lambda rng: signed_data(
        signer(), tlv(0xA0, b"\x30\x00" * 100_000)
    )  # fmt: skip
    yield (
        "fifty-one revocation lists",
        "CMS_LIMIT",
        "cms_certificates",
        lambda rng: signed_data(signer(), tlv(0xA1, b"\x30\x00" * 51)),
    )
    yield "eleven signatures", "CMS_LIMIT", "cms_signers", lambda rng: signed_data(signer() * 11)
    yield (
        "a hundred thousand signatures",
        "CMS_LIMIT",
        "cms_signers",
        lambda rng: signed_data(b"\x30\x00" * 100_000),
    )
    yield "fifty-one attributes", "CMS_LIMIT", "cms_attributes", lambda rng: signed_data(
        signer(b"".join(map(attribute, range(51))))
    )  # fmt: skip
    yield "a megabyte of attributes", "CMS_LIMIT", "cms_attributes", lambda rng: signed_data(
        signer(attribute(1) * (MEBI // len(attribute(1)) - 200))
    )  # fmt: skip


def _lies() -> Iterator[Case]:
    long = b"\x7f" * 900_000
    yield (
        "a serial number of a megabyte, of a signer",
        "CMS_SIGNER_UNKNOWN",
        "",
        lambda rng: signed_data(signer(serial=long)),
    )
    yield (
        "a serial number of a megabyte, of a recipient",
        "CMS_NOT_FOR_US",
        "",
        lambda rng: enveloped(recipient(serial=long)),
    )
    yield "a signature algorithm of a megabyte", "CMS_ALGORITHM", "", lambda rng: signed_data(
        tlv(0x30, ONE + tlv(0x30, land().issuer + b"\x02\x01\x07") + tlv(0x30, tlv(0x06, b"\x2a" + b"\x03" * 900_000)) + RSA + b"\x04\x00")
    )  # fmt: skip
    yield "a digest named at length", "CMS_ALGORITHM", "", lambda rng: signed_data(
        signer(), digests=tlv(0x30, tlv(0x06, b"\x2a" + b"\x03" * 900))
    )  # fmt: skip
    yield "no digest at all", "CMS_MALFORMED", "", lambda rng: signed_data(signer(), digests=b"")
    yield "a digest that was not announced", "CMS_ALGORITHM", "", lambda rng: signed_data(
        signer(oid=bytes.fromhex("300706052b0e03021a"))
    )  # fmt: skip
    yield "attributes without a digest", "CMS_MALFORMED", "", lambda rng: signed_data(signer(attribute(1)))
    yield "the same attribute twice", "CMS_MALFORMED", "", lambda rng: signed_data(signer(attribute(1) * 2))
    yield "a signature that is none", "CMS_SIGNATURE", "", lambda rng: signed_data(signer())
    yield "nobody's signature", "CMS_NO_SIGNER", "", lambda rng: signed_data(b"")
    yield "no content", "CMS_DETACHED", "", lambda rng: signed_data(signer(), content=b"")
    yield "content of another type", "CMS_TYPE", "", lambda rng: signed_data(signer()).replace(DATA, SIGNED)
    yield "something behind", "CMS_MALFORMED", "", lambda rng: signed_only(document(rng)) + b"\0"
    yield (
        "certificates that are none",
        "CMS_MALFORMED",
        "",
        lambda rng: signed_data(signer(), tlv(0xA0, b"\x30\x03\x02\x01\x01" * 9)),
    )
    yield "nobody to open it", "CMS_NOT_FOR_US", "", lambda rng: enveloped(b"")
    yield "encrypted for somebody else", "CMS_NOT_FOR_US", "", lambda rng: enveloped(recipient())
    yield (
        "PEM without an end",
        "CMS_MALFORMED",
        "",
        lambda rng: b"-----BEGIN CMS-----\n" + b"MIIB\n" * 400_000,
    )
    yield (
        "PEM that is no base64",
        "CMS_MALFORMED",
        "",
        lambda rng: b"-----BEGIN CMS-----\n" + b"!" * MEBI + b"\n-----END CMS-----\n",
    )
    yield (
        "PEM within PEM",
        "CMS_MALFORMED",
        "",
        lambda rng: signed_only(b"x", "-outform", "PEM")[:60] + b"\n-----BEGIN CMS-----\n",
    )
    yield "mail", "ENVELOPE_SMIME", "", lambda rng: signed_only(document(rng), "-outform", "SMIME")
    yield (
        "a tag that was cut off",
        "CMS_MALFORMED",
        "",
        lambda rng: sealed(document(rng), cipher="-aes-256-gcm")[:-18],
    )
    yield (
        "a changed byte under a tag",
        "CMS_DECRYPT",
        "",
        lambda rng: _changed(sealed(document(rng), cipher="-aes-256-gcm")),
    )
    yield "a changed byte without a tag", "CMS_DECRYPT", "", lambda rng: _changed(sealed(document(rng)))


def _changed(body: bytes) -> bytes:
    """Changed in the content, which begins behind some 500 bytes of recipients."""
    return body[:900] + bytes((body[900] ^ 1,)) + body[901:]


def _insides() -> Iterator[Case]:
    def bomb(rng: random.Random) -> bytes:
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("p.xml", b"<a>" + b" " * (24 * MEBI))
        return made.getvalue()

    def laughs(rng: random.Random) -> bytes:
        return document(rng).replace(b"?>\n", b'?>\n<!DOCTYPE E [<!ENTITY a "ha">]>', 1)

    def inside(make: Make, *options: str, **how: object) -> Make:
        return lambda rng: sealed(make(rng), *options, **how)  # type: ignore[arg-type]

    yield "an encrypted zip bomb", "ZIP_LIMIT", "", inside(bomb)
    yield "a zip bomb under a tag, streamed", "ZIP_LIMIT", "", inside(bomb, "-stream", cipher="-aes-256-gcm")
    yield "a zip bomb that nobody signed", "ZIP_LIMIT", "", inside(bomb, signs=False)
    yield "an encrypted gzip bomb", "ZIP_LIMIT", "", inside(lambda rng: gzipped(b"<a>" + b" " * (24 * MEBI)))
    yield (
        "packed three times inside",
        "ZIP_NESTED",
        "",
        inside(lambda rng: gzipped(gzipped(gzipped(document(rng))))),
    )
    yield "a name that leads out of its folder", "ZIP_NAME", "", inside(
        lambda rng: zip_of([Part(b"p.xml", document(rng)), Part(b"../x.pdf", b"x")])
    )  # fmt: skip
    yield "entities inside", "XML_DOCTYPE", "", inside(laughs)
    yield "sealed within the seal", "ENVELOPE_ORDER", "", inside(lambda rng: sealed(document(rng)))
    yield "nothing inside", "PKG_EMPTY", "", inside(lambda rng: b"")
