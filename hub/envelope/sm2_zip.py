"""Finds and checks the detached SM2 signature inside an archive: `<document>.sm2` beside the one document.

An archive within another, within gzip or zstd, is looked into the same way as when it is unpacked.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from hub.envelope import untar, unzip
from hub.envelope.cms.files import new_file, write_all
from hub.envelope.entry import Entry
from hub.envelope.gunzip import gunzip
from hub.envelope.kinds import HEAD, kind_of
from hub.envelope.limits import BLOCK, Limits
from hub.envelope.meter import Meter
from hub.envelope.names import is_archive
from hub.envelope.sm2 import MOST_BYTES, SUFFIX, Sm2Key, signature_numbers, signer_of
from hub.envelope.text import headed
from hub.envelope.trust import Policy, check_period
from hub.envelope.unzstd import unzstd
from hub.errors import PackageRefused

_UNPACK = {"gzip": gunzip, "zstd": unzstd}
Signer = tuple[str, str, str | None]
"""Subject, fingerprint and serial."""


def detached_signer(
    file: Path, work: Path, policy: Policy, limits: Limits, at: int, password: bytes | None = None
) -> Signer | None:
    """Whoever signed the document in an archive; None: no archive, or no signature in it. Nothing is left in `work`.

    Raises PackageRefused ENVELOPE_SIGNED, SM2_DOCUMENT, SM2_SIGNATURE, SM2_SIGNER, CERT_EXPIRED, CERT_NOT_YET, and what
    unpacking raises.
    """
    size = file.stat().st_size
    if size <= MOST_BYTES and _is_signature(file.read_bytes()):
        raise PackageRefused("SM2_DOCUMENT", found="单独的签名文件 / a signature without its document")
    return _Looking(work, policy, limits, at, password, Meter(limits, size)).into(file, 1)


def lost_signature(names: Iterable[str]) -> str | None:
    """Of attachments, one that is a signature at the top level of its archive: it belongs to a document, and was not checked."""
    return next((name for name in names if "/" not in name and name.lower().endswith(SUFFIX)), None)


@dataclass(slots=True)
class _Looking:
    """The way into one package; a plain zip is always looked into, what lies deeper only where SM2 keys may sign."""

    work: Path
    policy: Policy
    limits: Limits
    at: int
    password: bytes | None
    meter: Meter

    def into(self, file: Path, level: int) -> Signer | None:
        """`level` counts the packings, this one included."""
        with file.open("rb") as stream:
            kind = _kind(stream.read(HEAD))
            if kind == "zip":
                return self._archive(unzip.members(stream, self.limits, self.password), kind, level)
            if kind is None or not self.policy.sm2_signers(self.at):
                return None
            if kind == "tar":
                return self._archive(untar.members(stream, self.limits), kind, level)
            stream.seek(0)
            unpacked = self.meter.unpacked(_UNPACK[kind](_blocks(stream), self.limits))
            head, unpacked = headed(unpacked, HEAD)
            inner = _kind(head)
            # A tar packs nothing by itself: in gzip it is one packing.
            return None if inner is None else self._deeper(unpacked, level + (inner != "tar"))

    def _archive(self, entries: list[Entry], kind: str, level: int) -> Signer | None:
        top = [each for each in entries if "/" not in each.name]
        signatures = [each for each in top if each.name.lower().endswith(SUFFIX)]
        if signatures:
            return self._signer(top, signatures, kind)
        archives = [each for each in top if is_archive(each.name)]
        documents = [each for each in top if each.name.lower().endswith(".xml")]
        if documents or len(archives) != 1 or not self.policy.sm2_signers(self.at):
            return None
        return self._deeper(self._content(archives[0], kind), level + 1)

    def _deeper(self, blocks: Iterator[bytes], level: int) -> Signer | None:
        if level > self.limits.nesting:
            return None  # refused for that when it is unpacked
        self.work.mkdir(parents=True, exist_ok=True)
        file = self.work / f"{secrets.token_hex(8)}.within"
        try:
            with new_file(file) as target:
                for block in self.meter.within(blocks, "total_bytes"):
                    write_all(target, block)
            return self.into(file, level)
        finally:
            file.unlink(missing_ok=True)

    def _signer(self, top: list[Entry], signatures: list[Entry], kind: str) -> Signer:
        if self.policy.signed == "forbidden":
            raise PackageRefused("ENVELOPE_SIGNED")
        document, signature = _pair(top, signatures)
        numbers = signature_numbers(_small(signature), signature.name)
        key = None
        if known := self.policy.sm2_signers(self.at):  # else there is nothing to read the document for
            key = signer_of(self._content(document, kind), numbers, known)
        if key is None:
            raise PackageRefused("SM2_SIGNER", name=document.name, system=self.policy.system)
        if key.certificate is not None:
            check_period(key.certificate, datetime.fromtimestamp(self.at / 1e6, UTC))
        return _told(key)

    def _content(self, entry: Entry, kind: str) -> Iterator[bytes]:
        # What lies in a tar lies there as it is: it was counted as the tar was unpacked.
        return self.meter.unpacked(entry.content(), entry.packed) if kind == "zip" else entry.content()


def _kind(head: bytes) -> str | None:
    """Of what may hold a signature; None for anything else."""
    try:
        found = kind_of(head)
    except PackageRefused:
        return None
    return None if found == "xml" else found


def _blocks(stream: BinaryIO) -> Iterator[bytes]:
    while block := stream.read(BLOCK):
        yield block


def _is_signature(content: bytes) -> bool:
    try:
        signature_numbers(content, "")
    except PackageRefused:
        return False
    return True


def _pair(entries: list[Entry], signatures: list[Entry]) -> tuple[Entry, Entry]:
    """The document and its signature. With a second document beside it, nobody could say which one was signed."""
    documents = [each for each in entries if each.name.lower().endswith(".xml")]
    if len(documents) != 1 or len(signatures) != 1 or signatures[0].name != documents[0].name + SUFFIX:
        names = ", ".join(each.name for each in (*documents, *signatures)[:5])
        raise PackageRefused("SM2_DOCUMENT", found=names)
    return documents[0], signatures[0]


def _small(entry: Entry) -> bytes:
    data = b""
    for block in entry.content():
        data += block
        if len(data) > MOST_BYTES:
            raise PackageRefused("SM2_SIGNATURE", name=entry.name)
    return data


def _told(key: Sm2Key) -> Signer:
    if key.certificate is not None:
        return key.certificate.subject, key.certificate.fingerprint, key.certificate.serial_hex
    return "SM2", key.fingerprint, None
