"""Reads a zip without trusting it: table of contents within limits, names and kinds checked, bytes counted and summed."""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from hub.envelope.gunzip import Unpacker, drain
from hub.envelope.limits import BLOCK, Limits
from hub.envelope.meter import CONTENTS, MEMBERS, exceeded
from hub.envelope.names import check_distinct, check_name, decoded, refused
from hub.errors import PackageRefused

MAGICS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_END = struct.Struct("<4s4H2LH")  # end of central directory, APPNOTE 4.3.16
_LOCATOR = struct.Struct("<4sLQL")  # zip64 locator, 4.3.15
_END64 = struct.Struct("<4sQ2H2L4Q")  # zip64 end of central directory, 4.3.14
_LOCAL = struct.Struct("<4s5H3L2H")  # local file header, 4.3.7
_ENTRY_BYTES = 1024  # generous for one entry of the table of contents: 46 bytes, its name and extra fields
_ENCRYPTED = 0x0001 | 0x0040 | 0x2000
_UTF8 = 0x0800
_UNIX = 3


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a zip; sizes are what the table of contents says, to be checked while unpacking."""

    name: str
    raw: bytes
    offset: int
    packed: int
    size: int
    method: int
    crc: int


def broken(detail: str) -> PackageRefused:
    """The refusal of a zip that cannot be read; `detail` in Chinese and English."""
    return PackageRefused("ZIP_BROKEN", detail=detail)


def members(stream: BinaryIO, limits: Limits) -> list[Member]:
    """The files of a zip, folders left out. Raises PackageRefused ZIP_*."""
    _check_contents_size(stream, limits)
    try:
        with zipfile.ZipFile(stream) as archive:
            infos, start = archive.infolist(), archive.start_dir
    except (zipfile.BadZipFile, struct.error, NotImplementedError, ValueError, OverflowError) as error:
        raise broken(f"目录损坏 / damaged table of contents: {error}") from error
    if len(infos) > limits.members:
        raise exceeded(MEMBERS, len(infos), limits.members)
    found = [_checked(info, limits) for info in infos]
    check_distinct(member.name for member in found)
    _check_no_overlap(found, start)
    return [member for member in found if not member.name.endswith("/")]


def unpacked(stream: BinaryIO, member: Member, size: int = BLOCK) -> Iterator[bytes]:
    """One member's bytes in blocks of at most `size`. Raises PackageRefused ZIP_BROKEN, ZIP_ENCRYPTED."""
    _to_data(stream, member)
    unpack: Unpacker | None = zlib.decompressobj(-15) if member.method == zipfile.ZIP_DEFLATED else None
    left, seen, crc = member.packed, 0, 0
    while left:
        block = stream.read(min(left, size))
        if not block:
            raise broken(f"{member.name}: 文件不完整 / the file ends too early")
        left -= len(block)
        try:
            for out in (block,) if unpack is None else drain(unpack, block, size):
                seen += len(out)
                crc = zlib.crc32(out, crc)
                yield out
        except zlib.error as error:
            raise broken(f"{member.name}: {error}") from error
    if unpack is not None and (not unpack.eof or unpack.unused_data):
        raise broken(f"{member.name}: 压缩数据与其长度不符 / packed data and its length disagree")
    if (seen, crc) != (member.size, member.crc):
        raise broken(f"{member.name}: 长度或校验和不符 / size or checksum is not what the archive says")


def _check_contents_size(stream: BinaryIO, limits: Limits) -> None:
    # zipfile reads the whole table of contents into memory whatever its size: look before it does.
    end = stream.seek(0, 2)
    tail = min(end, _END.size + 65_535)
    stream.seek(end - tail)
    data = stream.read(tail)
    at = data.rfind(b"PK\x05\x06")
    if at < 0 or len(data) - at < _END.size:
        raise broken("没有结尾记录,文件不完整 / no end record: the file is cut short")
    _, disk, first_disk, _, entries, size, _, _ = _END.unpack_from(data, at)
    here = end - tail + at
    if here >= _LOCATOR.size + _END64.size:
        stream.seek(here - _LOCATOR.size)
        mark, _, where, _ = _LOCATOR.unpack(stream.read(_LOCATOR.size))
        if mark == b"PK\x06\x07":
            entries, size = _zip64(stream, min(where, end))
    if disk or first_disk:
        raise broken("分卷压缩 / a multi-volume archive")
    if entries > limits.members:
        raise exceeded(MEMBERS, entries, limits.members)
    if size > limits.members * _ENTRY_BYTES:
        raise exceeded(CONTENTS, size, limits.members * _ENTRY_BYTES)


def _zip64(stream: BinaryIO, where: int) -> tuple[int, int]:
    stream.seek(where)
    data = stream.read(_END64.size)
    if len(data) < _END64.size or not data.startswith(b"PK\x06\x06"):
        raise broken("zip64 结尾记录损坏 / damaged zip64 end record")
    fields: Sequence[int] = _END64.unpack(data)[1:]
    return fields[6], fields[7]


def _checked(info: zipfile.ZipInfo, limits: Limits) -> Member:
    utf8 = info.flag_bits & _UTF8
    raw = info.orig_filename.encode("utf-8" if utf8 else "cp437")  # what zipfile decoded it with: lossless
    name = decoded(raw)
    check_name(name, limits.name_bytes)
    kind = stat.S_IFMT(info.external_attr >> 16) if info.create_system == _UNIX else 0
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise refused(name, "符号链接或设备 / a symbolic link or a device")
    if info.flag_bits & _ENCRYPTED:
        raise PackageRefused("ZIP_ENCRYPTED", name=name)
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise broken(f"{name}: 不支持的压缩方法 / unknown method {info.compress_type}")
    if info.compress_type == zipfile.ZIP_STORED and info.compress_size != info.file_size:
        raise broken(f"{name}: 长度不符 / sizes disagree")
    return Member(
        name, raw, info.header_offset, info.compress_size, info.file_size, info.compress_type, info.CRC
    )


def _check_no_overlap(found: Sequence[Member], end: int) -> None:
    # Members that share bytes make a bomb that no single ratio shows.
    ordered = sorted(found, key=lambda member: member.offset)
    following = [*(member.offset for member in ordered), end][1:]
    for member, limit in zip(ordered, following, strict=True):
        if member.offset < 0 or member.offset + _LOCAL.size + len(member.raw) + member.packed > limit:
            raise broken(f"{member.name}: 与其他内容重叠 / overlaps other content")


def _to_data(stream: BinaryIO, member: Member) -> None:
    stream.seek(member.offset)
    header = stream.read(_LOCAL.size)
    if len(header) < _LOCAL.size or not header.startswith(b"PK\x03\x04"):
        raise broken(f"{member.name}: 文件头损坏 / damaged header")
    fields: Sequence[int] = _LOCAL.unpack(header)[1:]
    flags, method, name_length, extra_length = fields[1], fields[2], fields[8], fields[9]
    if stream.read(name_length) != member.raw or method != member.method:
        raise broken(f"{member.name}: 文件头与目录不符 / header and table of contents disagree")
    if flags & _ENCRYPTED:
        raise PackageRefused("ZIP_ENCRYPTED", name=member.name)
    stream.seek(extra_length, 1)
