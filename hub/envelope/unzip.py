"""Reads a zip without trusting it: its parts must lie side by side and agree with each other, and bytes are counted and summed."""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

from hub.envelope import zipcrypt
from hub.envelope.entry import Entry
from hub.envelope.gunzip import Unpacker, drain
from hub.envelope.limits import BLOCK, Limits
from hub.envelope.names import check_distinct, check_name, decoded, refused
from hub.envelope.zip_layout import (
    Local,
    broken,
    check_extents,
    check_no_overlap,
    contents,
    extras,
    local_header,
)
from hub.errors import PackageRefused

_ENCRYPTED = 0x0001 | 0x0040 | 0x2000
_STRONG = 0x0040 | 0x2000
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
    flags: int = 0
    aes: zipcrypt.Aes | None = None
    when: int = 0  # DOS time of day: checks the password of the old encryption


def members(stream: BinaryIO, limits: Limits, password: bytes | None = None) -> list[Entry]:
    """The files of a zip, folders left out. Raises PackageRefused ZIP_*."""
    infos, end = contents(stream, limits)
    found = [_checked(info, limits) for info in infos]
    check_distinct(member.name for member in found)
    for member in found:
        _check_encryption(member, password)
        _check_method(member)
    check_no_overlap([(m.name, m.offset, len(m.raw) + m.packed) for m in found], end)
    check_extents([(m.name, m.packed, _local(stream, m)) for m in found], end, stream)
    legacy = sum(member.packed for member in found if member.flags & _ENCRYPTED and member.aes is None)
    if legacy > limits.legacy_bytes:
        raise limits.exceeded("legacy_bytes", legacy)
    return [
        Entry(member.name, member.packed, partial(unpacked, stream, member, password=password))
        for member in found
        if not member.name.endswith("/")
    ]


def unpacked(
    stream: BinaryIO, member: Member, size: int = BLOCK, *, password: bytes | None = None
) -> Iterator[bytes]:
    """One member's bytes in blocks of at most `size`. Raises PackageRefused ZIP_BROKEN, ZIP_ENCRYPTED, ZIP_PASSWORD."""
    data = _packed(stream, member, _local(stream, member).start, size)
    if member.flags & _ENCRYPTED:
        data = _deciphered(data, member, password)
    unpack: Unpacker | None = zlib.decompressobj(-15) if _method(member) == zipfile.ZIP_DEFLATED else None
    seen, crc = 0, 0
    for block in data:
        try:
            for out in (block,) if unpack is None else drain(unpack, block, size):
                seen += len(out)
                crc = zlib.crc32(out, crc)
                if seen > member.size:
                    raise _disagrees(member)
                yield out
        except zlib.error as error:
            raise broken(f"{member.name}: {error}") from error
    if unpack is not None and (not unpack.eof or unpack.unused_data):
        raise broken(f"{member.name}: 压缩数据与其长度不符 / packed data and its length disagree")
    if seen != member.size or (crc != member.crc and not (member.aes and member.aes.blank_crc)):
        raise _disagrees(member)


def _disagrees(member: Member) -> PackageRefused:
    return broken(f"{member.name}: 长度或校验和不符 / size or checksum is not what the archive says")


def _packed(stream: BinaryIO, member: Member, start: int, size: int) -> Iterator[bytes]:
    at, end = start, start + member.packed
    while at < end:
        stream.seek(at)
        block = stream.read(min(end - at, size))
        if not block:
            raise broken(f"{member.name}: 文件不完整 / the file ends too early")
        at += len(block)
        yield block


def _deciphered(data: Iterator[bytes], member: Member, password: bytes | None) -> Iterator[bytes]:
    if password is None:
        raise PackageRefused("ZIP_ENCRYPTED", name=member.name)
    check = member.when >> 8 if member.flags & 8 else member.crc >> 24
    try:
        if member.aes is not None:
            yield from zipcrypt.open_aes(data, member.packed, member.aes, password)
        else:
            yield from zipcrypt.open_old(data, check, password)
    except zipcrypt.BadPassword as error:
        raise zipcrypt.refused(member.name) from error
    except zipcrypt.BadCode as error:
        raise broken(f"{member.name}: 加密校验不符 / its code of authenticity is wrong") from error


def _method(member: Member) -> int:
    return member.aes.method if member.aes is not None else member.method


def _checked(info: zipfile.ZipInfo, limits: Limits) -> Member:
    utf8 = info.flag_bits & _UTF8
    raw = info.orig_filename.encode("utf-8" if utf8 else "cp437")  # what zipfile decoded it with: lossless
    name = decoded(raw)
    check_name(name, limits.name_bytes)
    kind = stat.S_IFMT(info.external_attr >> 16) if info.create_system == _UNIX else 0
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise refused(name, "符号链接或设备 / a symbolic link or a device")
    aes = None
    if info.compress_type == zipcrypt.AES_METHOD:
        aes = zipcrypt.aes_of(extras(info.extra).get(zipcrypt.AES_EXTRA, b""))
        if aes is None:
            raise broken(f"{name}: 不认识的加密 / unknown encryption")
    hour, minute, second = info.date_time[3:]
    member = Member(
        name, raw, info.header_offset, info.compress_size, info.file_size, info.compress_type, info.CRC,
        info.flag_bits, aes, hour << 11 | minute << 5 | second // 2,
    )  # fmt: skip
    if name.endswith("/") and member.size:
        raise broken(f"{name}: 目录中有数据 / a folder with data in it")
    return member


def _check_method(member: Member) -> None:
    method, overhead = _method(member), 0
    if member.aes is not None:
        overhead = member.aes.overhead
    elif member.flags & _ENCRYPTED:
        overhead = zipcrypt.OLD_HEADER
    if method not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise broken(f"{member.name}: 不支持的压缩方法 / unknown method {method}")
    if method == zipfile.ZIP_STORED and member.packed != member.size + overhead:
        raise broken(f"{member.name}: 长度不符 / sizes disagree")
    if member.packed < overhead:
        raise broken(f"{member.name}: 加密数据不完整 / enciphered data is not complete")


def _check_encryption(member: Member, password: bytes | None) -> None:
    if not member.flags & _ENCRYPTED:
        if member.aes is not None:
            raise broken(f"{member.name}: 加密标志不符 / the mark of encryption is missing")
        return
    if member.flags & _STRONG:
        raise broken(f"{member.name}: 不支持的加密方式 / an encryption that is not supported")
    if password is None:
        raise PackageRefused("ZIP_ENCRYPTED", name=member.name)


def _local(stream: BinaryIO, member: Member) -> Local:
    """The member's own header, which must say what the table of contents says."""
    local = local_header(stream, member.name, member.offset)
    if local.raw != member.raw or local.method != member.method:
        raise broken(f"{member.name}: 文件头与目录不符 / header and table of contents disagree")
    if (local.flags ^ member.flags) & _ENCRYPTED:
        raise PackageRefused("ZIP_ENCRYPTED", name=member.name)
    if not local.later and (local.crc, local.packed, local.size) != (member.crc, member.packed, member.size):
        raise broken(
            f"{member.name}: 文件头与目录的长度不符 / header and table of contents disagree on sizes"
        )
    return local
