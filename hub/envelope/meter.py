"""Counts bytes while they are unpacked; what an archive says of its own sizes is never believed."""

from __future__ import annotations

from collections.abc import Iterator

from hub.envelope.limits import Limits
from hub.errors import PackageRefused

RATIO = "解压比 / ratio of unpacked to packed"
DOCUMENT = "XML 字节数 / bytes of XML"
ATTACHMENT = "单个附件字节数 / bytes of one attachment"
TOTAL = "解压后总字节数 / bytes once unpacked"
MEMBERS = "文件个数 / number of files"
CONTENTS = "压缩包目录字节数 / bytes of the archive's table of contents"


def exceeded(what: str, seen: int, limit: int) -> PackageRefused:
    """The refusal of an archive that holds too much."""
    return PackageRefused("ZIP_LIMIT", what=what, seen=seen, limit=limit)


class Meter:
    """Counts over a whole package; one part of it after the other."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._total = 0

    def count(self, blocks: Iterator[bytes], *, packed: int, what: str) -> Iterator[bytes]:
        """Pass on the blocks of one part that was `packed` bytes long. Raises PackageRefused ZIP_LIMIT."""
        limits = self._limits
        most = limits.document_bytes if what == DOCUMENT else limits.attachment_bytes
        size = 0
        for block in blocks:
            size += len(block)
            self._total += len(block)
            if size > most:
                raise exceeded(what, size, most)
            if self._total > limits.total_bytes:
                raise exceeded(TOTAL, self._total, limits.total_bytes)
            if size > limits.ratio_from and size > limits.ratio * packed:
                raise exceeded(RATIO, size // max(packed, 1), limits.ratio)
            yield block
