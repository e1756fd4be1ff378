"""Unpacks zstd (RFC 8878): several frames in a row are one document; a cut or damaged one is refused."""

from __future__ import annotations

from collections.abc import Iterator

import zstandard

from hub.envelope.limits import BLOCK, Limits
from hub.errors import PackageRefused

_STEP = 1024
"""Bytes taken in at a time. Four of them may be a block of 128 KiB: so many at once unpack to 32 MiB at most."""
_HEADER = 18  # the longest header of a frame
_SKIPPABLE = b"\x2a\x4d\x18"


def unzstd(blocks: Iterator[bytes], limits: Limits, size: int = BLOCK) -> Iterator[bytes]:
    """The unpacked bytes in blocks of at most `size`. Raises PackageRefused ZSTD_BROKEN, ZIP_LIMIT (window, frames)."""
    source = _Source(blocks)
    frames = 0
    while head := source.peek(_HEADER):
        frames += 1
        if frames > limits.frames:
            raise limits.exceeded("frames", frames)
        if head[1:4] == _SKIPPABLE and 0x50 <= head[0] <= 0x5F:
            source.skip(8 + int.from_bytes(head[4:8], "little"))
            continue
        _check_window(head, limits)
        for data in _frame(source, limits):
            for at in range(0, len(data), size):
                yield data[at : at + size]
    if not frames:
        raise _broken("文件不完整 / the file ends too early")


def _check_window(head: bytes, limits: Limits) -> None:
    try:
        found = zstandard.get_frame_parameters(head)
    except zstandard.ZstdError as error:
        raise _broken(str(error)) from error
    if found.dict_id:
        raise _broken("需要字典 / a dictionary is needed")
    if found.window_size > limits.window_bytes:
        raise limits.exceeded("window_bytes", found.window_size)


def _frame(source: _Source, limits: Limits) -> Iterator[bytes]:
    unpack = zstandard.ZstdDecompressor(max_window_size=max(limits.window_bytes, 1 << 10)).decompressobj()
    while not unpack.eof:
        data = source.read(_STEP)
        if not data:
            raise _broken("文件不完整 / the file ends too early")
        try:
            yield unpack.decompress(data)
        except zstandard.ZstdError as error:
            raise _broken(str(error)) from error
    source.back(unpack.unused_data)


def _broken(detail: str) -> PackageRefused:
    return PackageRefused("ZSTD_BROKEN", detail=detail)


class _Source:
    """Blocks as a stream that can be looked into."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks, self._held = blocks, b""

    def read(self, size: int) -> bytes:
        if not self._held:
            self._held = next(self._blocks, b"")
        data, self._held = self._held[:size], self._held[size:]
        return data

    def back(self, data: bytes) -> None:
        self._held = data + self._held

    def peek(self, size: int) -> bytes:
        while len(self._held) < size and (more := next(self._blocks, b"")):
            self._held += more
        return self._held[:size]

    def skip(self, size: int) -> None:
        while size:
            data = self.read(size)
            if not data:
                raise _broken("文件不完整 / the file ends too early")
            size -= len(data)
