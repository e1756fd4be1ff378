"""Unpacks gzip: several members in a row are one document; a cut or damaged one is refused."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Protocol

from hub.envelope.limits import BLOCK, Limits
from hub.errors import PackageRefused

_WITH_HEADER = 31  # zlib's word for "expect a gzip header and check its sum"


class Unpacker(Protocol):
    """zlib's decompressor, as far as it is used here."""

    @property
    def eof(self) -> bool: ...
    @property
    def unconsumed_tail(self) -> bytes: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /, max_length: int = 0) -> bytes: ...


def gunzip(blocks: Iterator[bytes], limits: Limits, size: int = BLOCK) -> Iterator[bytes]:
    """The unpacked bytes in blocks of at most `size`. Raises PackageRefused GZIP_BROKEN, ZIP_LIMIT (frames).

    Blocks are best small: what lies behind a member is copied once for each member of a block.
    """
    unpack: Unpacker = zlib.decompressobj(_WITH_HEADER)
    frames = 1
    for block in blocks:
        left = block
        while left:
            if unpack.eof:
                left = left.lstrip(b"\0")  # padding between members and after the last is allowed
                if not left:
                    break
                unpack = zlib.decompressobj(_WITH_HEADER)
                frames += 1
                if frames > limits.frames:
                    raise limits.exceeded("frames", frames)
            try:
                yield from drain(unpack, left, size)
            except zlib.error as error:
                raise PackageRefused("GZIP_BROKEN", detail=str(error)) from error
            left = unpack.unused_data
    if not unpack.eof:
        raise PackageRefused("GZIP_BROKEN", detail="文件不完整 / the file ends too early")


def drain(unpack: Unpacker, data: bytes, size: int) -> Iterator[bytes]:
    """All that `data` unpacks to, `size` bytes at a time: a small input may hold a thousand times its size."""
    while True:
        out = unpack.decompress(data, size)
        if out:
            yield out
        data = unpack.unconsumed_tail
        if unpack.eof or (not data and len(out) < size):
            return
