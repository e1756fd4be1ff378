"""The records of a zip (APPNOTE 4.3): its table of contents, the headers of its members, and that nothing lies between."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from hub.errors import PackageRefused
from hub.limits import Limits

_END = struct.Struct("<4s4H2LH")  # end of central directory, 4.3.16
_LOCATOR = struct.Struct("<4sLQL")  # zip64 locator, 4.3.15
_END64 = struct.Struct("<4sQ2H2L4Q")  # zip64 end of central directory, 4.3.14
_LOCAL = struct.Struct("<4s5H3L2H")  # local file header, 4.3.7
_DESCRIPTOR = b"PK\x07\x08"  # 4.3.9; its signature may be missing
_LATER = 0x0008  # sizes and checksum follow the data
_FULL = 0xFFFFFFFF
_ZIP64 = 0x0001


@dataclass(frozen=True, slots=True)
class Local:
    """What a member's own header says, and the first byte behind it; `later`: sizes and checksum follow the data."""

    raw: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int
    start: int

    @property
    def later(self) -> bool:
        return bool(self.flags & _LATER)


def broken(detail: str) -> PackageRefused:
    """The refusal of a zip that cannot be read; `detail` in Chinese and English."""
    return PackageRefused("ZIP_BROKEN", detail=detail)


def contents(stream: BinaryIO, limits: Limits) -> tuple[list[zipfile.ZipInfo], int]:
    """The table of contents and the byte at which it begins. Raises PackageRefused ZIP_BROKEN, ZIP_LIMIT."""
    stated = _check_size(stream, limits)
    try:
        with zipfile.ZipFile(stream) as archive:
            infos, start = archive.infolist(), archive.start_dir
    except (zipfile.BadZipFile, struct.error, NotImplementedError, ValueError, OverflowError) as error:
        raise broken(f"目录损坏 / damaged table of contents: {error}") from error
    if len(infos) > limits.members:
        raise limits.exceeded("members", len(infos))
    if len(infos) != stated:
        raise broken(
            f"目录称有 {stated} 个文件,实有 {len(infos)} 个 / {stated} files are stated, {len(infos)} are there"
        )
    return infos, start


def _check_size(stream: BinaryIO, limits: Limits) -> int:
    """The number of files that the end record states. zipfile reads the whole table into memory: look before it does."""
    end = stream.seek(0, 2)
    tail = min(end, _END.size + 65_535)
    stream.seek(end - tail)
    data = stream.read(tail)
    at = data.rfind(b"PK\x05\x06")
    if at < 0 or len(data) - at < _END.size:
        raise broken("没有结尾记录,文件不完整 / no end record: the file is cut short")
    _, disk, first_disk, _, entries, size, _, comment = _END.unpack_from(data, at)
    if at + _END.size + comment != len(data):
        raise broken("结尾之后还有数据 / data behind the end of the archive")
    here = end - tail + at
    if here >= _LOCATOR.size + _END64.size:
        stream.seek(here - _LOCATOR.size)
        mark, _, where, _ = _LOCATOR.unpack(stream.read(_LOCATOR.size))
        if mark == b"PK\x06\x07":
            entries, size = _zip64(stream, min(where, end))
    if disk or first_disk:
        raise broken("分卷压缩 / a multi-volume archive")
    if entries > limits.members:
        raise limits.exceeded("members", entries)
    if size > limits.contents_bytes:
        raise limits.exceeded("contents_bytes", size)
    return int(entries)


def _zip64(stream: BinaryIO, where: int) -> tuple[int, int]:
    stream.seek(where)
    data = stream.read(_END64.size)
    if len(data) < _END64.size or not data.startswith(b"PK\x06\x06"):
        raise broken("zip64 结尾记录损坏 / damaged zip64 end record")
    fields: Sequence[int] = _END64.unpack(data)[1:]
    return fields[6], fields[7]


def extras(data: bytes) -> dict[int, bytes]:
    """Extra fields by number; what cannot be read as one is left out, as all programs do."""
    found: dict[int, bytes] = {}
    at = 0
    while at + 4 <= len(data):
        number, length = struct.unpack_from("<2H", data, at)
        found.setdefault(number, data[at + 4 : at + 4 + length])
        at += 4 + length
    return found


def local_header(stream: BinaryIO, name: str, offset: int) -> Local:
    """The header in front of a member's data. Raises PackageRefused ZIP_BROKEN."""
    stream.seek(max(offset, 0))
    header = stream.read(_LOCAL.size)
    if offset < 0 or len(header) < _LOCAL.size or not header.startswith(b"PK\x03\x04"):
        raise broken(f"{name}: 文件头损坏 / damaged header")
    _, _, flags, method, _, _, crc, packed, size, name_length, extra_length = _LOCAL.unpack(header)
    raw, extra = stream.read(name_length), stream.read(extra_length)
    if len(raw) + len(extra) != name_length + extra_length:
        raise broken(f"{name}: 文件头损坏 / damaged header")
    start = offset + _LOCAL.size + name_length + extra_length
    wide = extras(extra).get(_ZIP64, b"")
    if size == _FULL and len(wide) >= 8:
        size, wide = int.from_bytes(wide[:8], "little"), wide[8:]
    if packed == _FULL and len(wide) >= 8:
        packed = int.from_bytes(wide[:8], "little")
    return Local(raw, flags, method, crc, packed, size, offset, start)


def check_no_overlap(found: Sequence[tuple[str, int, int]], end: int) -> None:
    """Members (name, offset, least bytes behind the fixed header) that share bytes make a bomb that no ratio shows.

    Looked at before any header is read. Raises PackageRefused ZIP_BROKEN.
    """
    ordered = sorted(found, key=lambda each: each[1])
    following = [*(offset for _, offset, _ in ordered), end][1:]
    for (name, offset, length), limit in zip(ordered, following, strict=True):
        if offset + _LOCAL.size + length > limit:
            raise broken(f"{name}: 与其他内容重叠 / overlaps other content")


def check_extents(found: Sequence[tuple[str, int, Local]], end: int, stream: BinaryIO) -> None:
    """Members (name, bytes of data, header) lie side by side from the first byte to `end`.

    Bytes between them are what another program may read in their place. Raises PackageRefused ZIP_BROKEN.
    """
    ordered = sorted(found, key=lambda each: each[2].offset)
    following = [*(local.offset for _, _, local in ordered), end]
    if following[0] != 0:
        raise broken("文件之前还有数据 / data in front of the first file")
    for (name, packed, local), limit in zip(ordered, following[1:], strict=True):
        behind = limit - local.start - packed
        if behind < 0:
            raise broken(f"{name}: 与其他内容重叠 / overlaps other content")
        if behind and not (local.later and _describes(stream, local.start + packed, behind, packed)):
            raise broken(f"{name}: 之后有不属于任何文件的数据 / data behind it belongs to no file")


def _describes(stream: BinaryIO, at: int, length: int, packed: int) -> bool:
    """Whether these bytes are a data descriptor that states `packed` bytes."""
    if length not in (12, 16, 20, 24):
        return False
    stream.seek(at)
    data = stream.read(length)
    if length in (16, 24):
        if not data.startswith(_DESCRIPTOR):
            return False
        data = data[4:]
    width = (len(data) - 4) // 2
    return int.from_bytes(data[4 : 4 + width], "little") == packed
