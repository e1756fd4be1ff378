"""Reads a tar (ustar, GNU and pax) without trusting it: files and folders only, headers within limits, nothing behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

from hub.envelope.entry import Entry
from hub.envelope.kinds import stated_sum, sums
from hub.envelope.limits import BLOCK, Limits
from hub.envelope.names import check_distinct, check_name, decoded, refused
from hub.errors import PackageRefused

_BLOCK = 512
_ZERO = bytes(_BLOCK)
_FILE, _FOLDER = (b"0", b"\0", b"7"), b"5"
_LONG_NAME, _LONG_LINK, _PAX, _PAX_ALL = b"L", b"K", b"x", b"g"
_OTHERS = {
    b"1": "硬链接 / a hard link", b"2": "符号链接 / a symbolic link", b"3": "字符设备 / a character device",
    b"4": "块设备 / a block device", b"6": "管道 / a named pipe", _LONG_LINK: "链接 / a link",
    b"S": "稀疏文件 / a sparse file", b"D": "增量备份的目录 / a folder of an incremental backup",
    b"M": "分卷 / a part of a multi-volume archive", b"V": "卷标 / a volume label",
}  # fmt: skip
_OCTAL = b"01234567"


@dataclass(slots=True)
class _Told:
    """What extended headers say of the next file."""

    name: bytes | None = None
    size: int | None = None


def members(stream: BinaryIO, limits: Limits) -> list[Entry]:
    """The files of a tar, folders left out. Raises PackageRefused TAR_BROKEN, ZIP_NAME, ZIP_LIMIT."""
    found: list[tuple[str, int, int]] = []
    for name, start, size in _Reader(stream, limits).files():
        if len(found) >= limits.members:
            raise limits.exceeded("members", len(found) + 1)
        found.append((name, start, size))
    check_distinct(name for name, _, _ in found)
    return [
        Entry(name, size, partial(_content, stream, start, size))
        for name, start, size in found
        if not name.endswith("/")
    ]


def broken(detail: str) -> PackageRefused:
    """The refusal of a tar that cannot be read; `detail` in Chinese and English."""
    return PackageRefused("TAR_BROKEN", detail=detail)


def _content(stream: BinaryIO, start: int, size: int) -> Iterator[bytes]:
    at = start
    while at < start + size:
        stream.seek(at)
        block = stream.read(min(start + size - at, BLOCK))
        if not block:
            raise broken("文件不完整 / the file ends too early")
        at += len(block)
        yield block


class _Reader:
    """Walks from header to header."""

    def __init__(self, stream: BinaryIO, limits: Limits) -> None:
        self._stream, self._limits = stream, limits
        self._end = stream.seek(0, 2)
        self._at = 0

    def files(self) -> Iterator[tuple[str, int, int]]:
        """Name (folders end in `/`), first byte and length of each file."""
        told, headers = _Told(), 0
        while (header := self._block()) != _ZERO:
            headers += 1
            if headers > 4 * self._limits.members:  # a file has three extended headers at most
                raise self._limits.exceeded("members", headers)
            _check_sum(header, self._at)
            kind, size = header[156:157], _number(header[124:136])
            if kind in (_LONG_NAME, _PAX, _PAX_ALL):
                self._extended(kind, self._header_data(size), told)
                continue
            yield self._file(header, kind, size, told)
            told = _Told()
        if told.name is not None or told.size is not None:
            raise broken("扩展头之后没有文件 / an extended header without a file")
        self._check_end()

    def _file(self, header: bytes, kind: bytes, size: int, told: _Told) -> tuple[str, int, int]:
        raw = _name(header) if told.name is None else told.name
        name = decoded(raw)
        size = size if told.size is None else told.size
        if kind not in (*_FILE, _FOLDER):
            raise refused(name, _OTHERS.get(kind, f"不认识的类型 {kind!r} / an unknown kind {kind!r}"))
        if kind == _FOLDER:
            name, size = name.rstrip("/") + "/", 0
        # The folder from which `tar c .` was called names itself, and is put before all names.
        name = name.removeprefix("./")
        if not name and kind == _FOLDER:
            name = "."
        else:
            check_name(name, self._limits.name_bytes)
        start = self._at
        self._skip(size, name)
        return ("./" if name == "." else name), start, size

    def _block(self) -> bytes:
        self._stream.seek(self._at)
        data = self._stream.read(_BLOCK)
        if len(data) < _BLOCK:
            raise broken("没有结尾,文件不完整 / no end mark: the file is cut short")
        self._at += _BLOCK
        return data

    def _skip(self, size: int, name: str) -> None:
        self._at += -(-size // _BLOCK) * _BLOCK
        if self._at > self._end:
            raise broken(f"{name}: 文件不完整 / the file ends too early")

    def _header_data(self, size: int) -> bytes:
        if size > self._limits.header_bytes:
            raise self._limits.exceeded("header_bytes", size)
        self._stream.seek(self._at)
        data = self._stream.read(size)
        self._skip(size, "扩展头 / extended header")
        return data

    def _extended(self, kind: bytes, data: bytes, told: _Told) -> None:
        if kind == _LONG_NAME:
            told.name = data.split(b"\0", 1)[0] if data.endswith(b"\0") else data
            return
        for key, value in _records(data):
            if key.startswith((b"GNU.sparse", b"SCHILY.realsize")):
                raise refused(value.decode("ascii", "backslashreplace"), _OTHERS[b"S"])
            if key not in (b"path", b"size", b"linkpath"):
                continue  # times, owners and the like
            if kind == _PAX_ALL:
                raise broken("全局扩展头不得写名称和大小 / a global header must not state names and sizes")
            if key == b"path":
                told.name = value
            elif key == b"size":
                if not value or value.strip(b"0123456789") or len(value) > 18:
                    raise broken("扩展头中的大小有误 / a wrong size in an extended header")
                told.size = int(value)

    def _check_end(self) -> None:
        if self._block() != _ZERO:
            raise broken("结尾标志不完整 / the end mark is not complete")
        self._stream.seek(self._at)
        while data := self._stream.read(BLOCK):
            if data.strip(b"\0"):
                raise broken("结尾之后还有数据 / data behind the end of the archive")


def _records(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The records of a pax header: `length key=value newline`, the length counting itself."""
    at = 0
    while at < len(data):
        space = data.find(b" ", at, at + 8)
        digits = data[at:space] if space > at else b""
        if not digits or digits.strip(b"0123456789"):
            raise broken("扩展头有误 / an extended header is wrong")
        end = at + int(digits)
        key, equals, value = data[space + 1 : end - 1].partition(b"=")
        if not equals or end > len(data) or data[end - 1 : end] != b"\n":
            raise broken("扩展头有误 / an extended header is wrong")
        yield key, value
        at = end


def _check_sum(header: bytes, at: int) -> None:
    if stated_sum(header) not in sums(header):
        raise broken(
            f"第 {at - _BLOCK + 1} 字节处的文件头损坏 / the header at byte {at - _BLOCK + 1} is damaged"
        )


def _number(text: bytes) -> int:
    """A size: octal, or binary where it does not fit (GNU)."""
    if text[0] & 0x80:
        value = int.from_bytes(bytes([text[0] & 0x7F]) + text[1:], "big")
        if text[0] & 0x40 or value >= 1 << 62:
            raise broken("大小为负或过大 / a size that is negative or too large")
        return value
    digits = text.strip(b" \0")
    if digits.strip(_OCTAL):
        raise broken("大小有误 / a wrong size")
    return int(digits or b"0", 8)


def _name(header: bytes) -> bytes:
    """Name, behind the prefix that POSIX has for long ones (GNU keeps other things there)."""
    name, prefix = header[:100].split(b"\0", 1)[0], header[345:500].split(b"\0", 1)[0]
    return prefix + b"/" + name if prefix and header[257:263] == b"ustar\0" else name
