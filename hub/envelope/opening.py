"""Opening a package: which kind of file it is, which XML is its document, what lies beside it."""

from __future__ import annotations

import errno
import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from hub.envelope import gunzip, unzip
from hub.envelope.limits import BLOCK, Limits
from hub.envelope.meter import ATTACHMENT, DOCUMENT, Meter
from hub.envelope.text import HEAD, headed, root_name, spelling_of, to_utf8
from hub.errors import PackageRefused, Place, RetryError
from hub.rawstore import RawStore
from hub.shapes import OpenedPackage

_ROOT = "ExchangePackage"


def open_package(
    raw: Path, work: Path, limits: Limits, store: RawStore | None = None, *, digest: str | None = None
) -> OpenedPackage:
    """Open the package in the file `raw`: an XML document, that gzipped, or a zip of one document and attachments.

    The document is `raw` itself if that is plain UTF-8, else a new file in `work`, which the caller removes.
    Attachments go into `store` (only their digests are taken where it is None). `digest` is raw's SHA-256 if known.
    Raises PackageRefused (PKG_EMPTY, PKG_TOO_LARGE, ZIP_*, GZIP_BROKEN, XML_ENCODING, XML_DOCTYPE, XML_LIMIT), with
    nothing left in `work`; RetryError when a disk fails.
    """
    try:
        with raw.open("rb") as stream:
            size = stream.seek(0, 2)
            if size == 0:
                raise PackageRefused("PKG_EMPTY")
            if size > limits.package_bytes:
                raise PackageRefused("PKG_TOO_LARGE", size=size, limit=limits.package_bytes)
            known = digest or _digest(stream)
            return _Opening(raw, work, limits, store, known).open(stream, size)
    except OSError as error:
        raise _disk_failed(error, raw, work) from error


@dataclass(frozen=True, slots=True)
class _Opening:
    raw: Path
    work: Path
    limits: Limits
    store: RawStore | None
    digest: str

    def open(self, stream: BinaryIO, size: int) -> OpenedPackage:
        stream.seek(0)
        magic = stream.read(4)
        if magic in unzip.MAGICS:
            return self._zip(stream)
        if magic.startswith(gunzip.MAGIC):
            stream.seek(0)
            meter = Meter(self.limits).count(gunzip.gunzip(_blocks(stream)), packed=size, what=DOCUMENT)
            return self._packed_document(meter)
        return self._plain(stream, size)

    def _plain(self, stream: BinaryIO, size: int) -> OpenedPackage:
        if size > self.limits.document_bytes:
            raise PackageRefused("PKG_TOO_LARGE", size=size, limit=self.limits.document_bytes)
        stream.seek(0)
        head, blocks = headed(_blocks(stream))
        spelling = spelling_of(head)
        if not spelling.plain:
            return self._written(head, blocks)
        for _ in to_utf8(blocks, spelling, self.limits):
            pass  # read for its checks only: the file already is what it would be written as
        return OpenedPackage(self.digest, self.raw, {}, spelling.notes)

    def _packed_document(self, blocks: Iterator[bytes]) -> OpenedPackage:
        head, blocks = headed(blocks)
        if head.startswith((gunzip.MAGIC, *unzip.MAGICS)):
            raise PackageRefused("GZIP_BROKEN", detail="压缩包中又有压缩包 / an archive inside the archive")
        if not head:
            raise PackageRefused("PKG_EMPTY")
        return self._written(head, blocks)

    def _zip(self, stream: BinaryIO) -> OpenedPackage:
        members, meter = unzip.members(stream, self.limits), Meter(self.limits)
        document = self._document_of(stream, members)

        def content(member: unzip.Member, what: str) -> Iterator[bytes]:
            return meter.count(unzip.unpacked(stream, member), packed=member.packed, what=what)

        opened = self._packed_document(content(document, DOCUMENT))
        with _removed_on_failure(opened.document):
            attachments = {
                member.name: self._kept(content(member, ATTACHMENT))
                for member in members
                if member is not document
            }
        return OpenedPackage(self.digest, opened.document, attachments, opened.notes)

    def _document_of(self, stream: BinaryIO, members: list[unzip.Member]) -> unzip.Member:
        found = [m for m in members if "/" not in m.name and m.name.lower().endswith(".xml")]
        if len(found) > 1:
            rooted = [m for m in found if root_name(_start(unzip.unpacked(stream, m))) == _ROOT]
            found = rooted or found
        if len(found) != 1:
            names = ", ".join(member.name for member in found[:5])
            raise PackageRefused("ZIP_DOCUMENT", found=f"{len(found)} ({names})" if found else "0")
        return found[0]

    def _written(self, head: bytes, blocks: Iterator[bytes]) -> OpenedPackage:
        spelling = spelling_of(head)
        self.work.mkdir(parents=True, exist_ok=True)
        document = self.work / f"{self.digest[:16]}-{secrets.token_hex(8)}.xml"
        with _removed_on_failure(document), document.open("xb", buffering=0) as file:
            for block in to_utf8(blocks, spelling, self.limits):
                left = memoryview(block)
                while left:
                    left = left[file.write(left) :]
        return OpenedPackage(self.digest, document, {}, spelling.notes)

    def _kept(self, blocks: Iterator[bytes]) -> str:
        if self.store is not None:
            return self.store.put(_Stream(blocks), self.limits.total_bytes)[0]
        hashing = hashlib.sha256()
        for block in blocks:
            hashing.update(block)
        return hashing.hexdigest()


class _Stream:
    """Blocks, read one by one as from a file."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks

    def read(self, size: int, /) -> bytes:
        return next(self._blocks, b"")


def _blocks(stream: BinaryIO) -> Iterator[bytes]:
    while block := stream.read(BLOCK):
        yield block


def _start(blocks: Iterator[bytes]) -> bytes:
    """The first 16 HEADs of a document: enough to pass a comment before its root."""
    data = b""
    for block in blocks:
        data += block
        if len(data) >= 16 * HEAD:
            break
    return data


def _digest(stream: BufferedReader) -> str:
    stream.seek(0)
    return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def _removed_on_failure(path: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _disk_failed(error: OSError, raw: Path, work: Path) -> RetryError:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    why = error.strerror or str(error)
    return RetryError(
        "WORK_FULL" if full else "WORK_IO",
        zh=f"在 {work} 中打开报文 {raw} 失败:{'磁盘已满或超出配额' if full else '读写错误'} ({why})",
        en=f"Opening {raw} in {work} failed: {'disk or quota full' if full else 'I/O error'} ({why})",
        remedy_zh="腾出空间或检查磁盘(SUPHUB_HOME 下的 work)。原始报文已存妥,恢复后自动继续",
        remedy_en="Free space or check the disk (work under SUPHUB_HOME). The raw package is kept; the hub goes on by itself",
        place=Place(file=str(error.filename or raw)),
    )
