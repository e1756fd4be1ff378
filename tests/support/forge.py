"""Archives that lie: every field of a zip and of a tar can be written as it should not be."""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

UNIX_LINK, UNIX_DEVICE, UNIX_FILE = 0o120777 << 16, 0o020666 << 16, 0o100644 << 16


@dataclass(frozen=True)
class Part:
    """A member of a zip; `local` and `central` override fields of its two headers, `gap` lies behind its data."""

    name: bytes
    data: bytes = b""
    method: int = 8
    flags: int = 0
    packed: bytes | None = None
    extra: bytes = b""
    external: int = UNIX_FILE
    gap: bytes = b""
    local: dict[str, Any] = field(default_factory=dict)
    central: dict[str, Any] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        if self.packed is not None:
            return self.packed
        return deflated(self.data) if self.method == 8 else self.data

    def fields(self, changes: dict[str, Any]) -> dict[str, Any]:
        own = {
            "flags": self.flags, "method": self.method, "crc": zlib.crc32(self.data), "packed": len(self.content),
            "size": len(self.data), "name": self.name, "extra": self.extra,
        }  # fmt: skip
        return own | changes


def deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def gzipped(data: bytes, level: int = 9) -> bytes:
    """Gzip without a time in it: the same bytes for the same data."""
    return gzip.compress(data, level, mtime=0)


def zip_of(
    parts: Sequence[Part], *, before: bytes = b"", after: bytes = b"", comment: bytes = b"", **end: Any
) -> bytes:
    """A zip of these parts; `end` overrides fields of its last record."""
    body, offsets = bytearray(before), []
    for part in parts:
        offsets.append(len(body))
        f = part.fields(part.local)
        header = struct.pack(
            "<4s5H3L2H", b"PK\x03\x04", 20, f["flags"], f["method"], 0, 33, f["crc"], f["packed"], f["size"],
            len(f["name"]), len(f["extra"]),
        )  # fmt: skip
        body += header + f["name"] + f["extra"] + part.content + part.gap
    start = len(body)
    for part, offset in zip(parts, offsets, strict=True):
        f = part.fields({"offset": offset} | part.central)
        body += struct.pack(
            "<4s4B4H3L5H2L", b"PK\x01\x02", 20, 3, 20, 0, f["flags"], f["method"], 0, 33, f["crc"], f["packed"], f["size"],
            len(f["name"]), len(f["extra"]), 0, 0, 0, f.get("external", part.external), f["offset"],
        )  # fmt: skip
        body += f["name"] + f["extra"]
    told = {
        "disk": 0,
        "entries": len(parts),
        "size": len(body) - start,
        "offset": start,
        "comment": len(comment),
    } | end
    last = struct.pack(
        "<4s4H2LH", b"PK\x05\x06", told["disk"], 0, told["entries"], told["entries"], told["size"], told["offset"], told["comment"]
    )  # fmt: skip
    if "zip64" in told:
        wide = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, *told["zip64"])
        last = wide + struct.pack("<4sLQL", b"PK\x06\x07", 0, told.get("where", len(body)), 1) + last
    return bytes(body) + last + comment + after


def header_of_tar(name: bytes, size: int, kind: bytes = b"0", **changes: bytes) -> bytes:
    """One header of a tar; `changes` may set `stated` (the size), `prefix`, `magic`, `link`."""
    link, magic = changes.get("link", b""), changes.get("magic", b"ustar\x0000")
    told = changes.get("stated", b"%011o\0" % size)
    header = (
        name.ljust(100, b"\0")[:100] + b"0000644\0" + b"0000000\0" * 2 + told + b"00000000000\0" + b" " * 8 + kind
        + link.ljust(100, b"\0") + magic + b"\0" * 80 + changes.get("prefix", b"").ljust(155, b"\0") + b"\0" * 12
    )  # fmt: skip
    total = sum(header) if "total" not in changes else 1
    return header[:148] + b"%06o\0 " % total + header[156:]


def member_of_tar(name: bytes, data: bytes = b"", kind: bytes = b"0", **changes: bytes) -> bytes:
    """A header with its data, filled up to a whole block."""
    return header_of_tar(name, len(data), kind, **changes) + data + b"\0" * (-len(data) % 512)


def tar_of(*members: bytes, end: bytes = b"\0" * 1024) -> bytes:
    return b"".join(members) + end


def pax(**records: bytes) -> bytes:
    """An extended header with these records."""
    data = b""
    for key, value in records.items():
        rest = b" " + key.replace("_", ".").encode() + b"=" + value + b"\n"
        length = len(rest) + 1
        while len(str(length)) + len(rest) != length:
            length += 1
        data += str(length).encode() + rest
    return member_of_tar(b"././@PaxHeader", data, b"x")
