"""Opening a package: which kind of file it is, which XML is its document, what lies beside it."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from hub.envelope import untar, unzip
from hub.envelope.entry import Entry
from hub.envelope.gunzip import gunzip
from hub.envelope.kinds import ARCHIVES, HEAD, is_tar, kind_of
from hub.envelope.limits import BLOCK, Limits
from hub.envelope.meter import Meter
from hub.envelope.names import check_distinct, is_archive, refused
from hub.envelope.scratch import Scratch
from hub.envelope.text import gathered, headed, root_name, spelling_of, to_utf8
from hub.envelope.unzstd import unzstd
from hub.errors import PackageRefused, Place, RetryError
from hub.rawstore import RawStore
from hub.shapes import OpenedPackage

_ROOT = "ExchangePackage"
_UNPACK = {"gzip": gunzip, "zstd": unzstd}
_ROOT_BYTES = 65_536
"""So much of a document is looked at for its root: enough to pass a comment before it."""


def open_package(
    raw: Path,
    work: Path,
    limits: Limits,
    store: RawStore | None = None,
    *,
    digest: str | None = None,
    password: bytes | None = None,
) -> OpenedPackage:
    """Open the package in the file `raw`: an XML document, or one packed.

    Packed is: gzip or zstd of the document, or of a tar; a zip or tar of one document and attachments; and any of these
    once more within a zip, tar, gzip or zstd. `password` opens members of a zip that have one.

    The document is `raw` itself if that is plain UTF-8, else a new file in `work`, which the caller removes.
    Attachments go into `store` (only their digests are taken where it is None). `digest` is raw's SHA-256 if known.
    Raises PackageRefused (PKG_EMPTY, PKG_TOO_LARGE, PKG_FORMAT, ZIP_*, TAR_BROKEN, GZIP_BROKEN, ZSTD_BROKEN,
    XML_ENCODING, XML_DOCTYPE, XML_LIMIT), with nothing left in `work`; RetryError when a disk fails.
    """
    scratch = Scratch(work)
    try:
        with raw.open("rb") as stream:
            size = stream.seek(0, 2)
            if size == 0:
                raise PackageRefused("PKG_EMPTY")
            if size > limits.package_bytes:
                raise limits.exceeded("package_bytes", size)
            known = digest or _digest(stream)
            return _Opening(raw, scratch, limits, store, known, password, size).open(stream)
    except OSError as error:
        scratch.clear()
        raise _disk_failed(error, raw, work) from error
    except BaseException:
        scratch.clear()
        raise


class _Opening:
    """One package being opened; `level` counts the packings that are open already."""

    def __init__(
        self,
        raw: Path,
        scratch: Scratch,
        limits: Limits,
        store: RawStore | None,
        digest: str,
        password: bytes | None,
        size: int,
    ) -> None:
        self._raw, self._scratch, self._limits = raw, scratch, limits
        self._store, self._digest, self._password = store, digest, password
        self._meter = Meter(limits, size)
        self._attachments: dict[str, str] = {}

    def open(self, stream: BinaryIO) -> OpenedPackage:
        stream.seek(0)
        head = stream.read(HEAD)
        kind = kind_of(head)
        if kind == "xml":
            return self._plain(stream)
        if kind in ARCHIVES:
            return self._archive(stream, kind, 1)
        stream.seek(0)
        return self._packed(_blocks(stream), 0)

    def _plain(self, stream: BinaryIO) -> OpenedPackage:
        size = stream.seek(0, 2)
        if size > self._limits.document_bytes:
            raise PackageRefused("PKG_TOO_LARGE", size=size, limit=self._limits.document_bytes)
        stream.seek(0)
        head, blocks = headed(_blocks(stream))
        spelling = spelling_of(head)
        if not spelling.plain:
            return self._written(blocks)
        for _ in to_utf8(blocks, spelling, self._limits):
            pass  # read for its checks only: the file already is what it would be written as
        return OpenedPackage(self._digest, self._raw, {}, spelling.notes)

    def _packed(self, blocks: Iterator[bytes], level: int, size: int | None = None) -> OpenedPackage:
        """What these blocks hold, of a package in which `level` packings are open; they are `size` bytes, if known."""
        head, blocks = headed(blocks, HEAD)
        if not head:
            raise PackageRefused("PKG_EMPTY")
        kind = kind_of(head)
        if kind == "xml":
            return self._written(self._meter.within(blocks, "document_bytes"))
        if level >= self._limits.nesting:
            raise self._limits.exceeded("nesting", level + 1)
        if kind in ARCHIVES:
            return self._spooled(blocks, kind, level + 1)
        unpacked = self._meter.unpacked(_UNPACK[kind](blocks, self._limits), size)
        head, unpacked = headed(unpacked, HEAD)
        if is_tar(head):  # tar packs nothing by itself: a tar.gz is one packing
            return self._spooled(unpacked, "tar", level + 1)
        return self._packed(unpacked, level + 1)

    def _spooled(self, blocks: Iterator[bytes], kind: str, level: int) -> OpenedPackage:
        """An archive within something else is written out: its table of contents may lie at its end."""
        with self._scratch.file(self._meter.within(blocks, "total_bytes")) as stream:
            return self._archive(stream, kind, level)

    def _archive(self, stream: BinaryIO, kind: str, level: int) -> OpenedPackage:
        limits = self._limits
        if kind == "zip":
            entries = unzip.members(stream, limits, self._password)
        else:
            entries = untar.members(stream, limits)
        document = self._document_of(entries)
        others = [entry for entry in entries if entry is not document]
        for entry in others:
            if is_archive(entry.name):
                raise refused(
                    entry.name, "附件又是压缩包 / an attachment that is an archive inside the archive"
                )
        opened = self._packed(self._unpacked(document, kind), level, document.packed)
        check_distinct([*(entry.name for entry in others), *self._attachments])
        for entry in others:
            blocks = self._meter.within(self._unpacked(entry, kind), "attachment_bytes")
            self._attachments[entry.name] = self._kept(blocks)
        return OpenedPackage(self._digest, opened.document, dict(self._attachments), opened.notes)

    def _unpacked(self, entry: Entry, kind: str) -> Iterator[bytes]:
        # What lies in a tar lies there as it is: it was counted as the tar was unpacked.
        return self._meter.unpacked(entry.content(), entry.packed) if kind == "zip" else entry.content()

    def _document_of(self, entries: list[Entry]) -> Entry:
        top = [entry for entry in entries if "/" not in entry.name]
        found = [entry for entry in top if entry.name.lower().endswith(".xml")]
        if len(found) > 1:
            rooted = [entry for entry in found if root_name(_start(entry.content())) == _ROOT]
            found = rooted or found
        found = found or [entry for entry in top if is_archive(entry.name)]
        if len(found) != 1:
            names = ", ".join(entry.name for entry in found[:5])
            raise PackageRefused("ZIP_DOCUMENT", found=f"{len(found)} ({names})" if found else "0")
        return found[0]

    def _written(self, blocks: Iterator[bytes]) -> OpenedPackage:
        head, blocks = headed(gathered(blocks, BLOCK))
        spelling = spelling_of(head)
        document = self._scratch.document(self._digest, to_utf8(blocks, spelling, self._limits))
        return OpenedPackage(self._digest, document, {}, spelling.notes)

    def _kept(self, blocks: Iterator[bytes]) -> str:
        if self._store is not None:
            return self._store.put(_Stream(blocks), self._limits.total_bytes)[0]
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
    return headed(blocks, _ROOT_BYTES)[0]


def _digest(stream: BufferedReader) -> str:
    stream.seek(0)
    return hashlib.file_digest(stream, "sha256").hexdigest()


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
