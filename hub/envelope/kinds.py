"""Tells by its first bytes what kind of file it is: XML, a packing that the hub opens, or one that it does not."""

from __future__ import annotations

from hub.errors import PackageRefused

HEAD = 512
"""Bytes that tell: the header of a tar is the longest."""

_MAGICS = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"PK\x07\x08", "zip"),
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
)
_FOREIGN = (
    (b"Rar!\x1a\x07", "RAR"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"BZh", "bzip2"),
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"\x1f\x9d", "compress (.Z)"),
    (b"MSCF", "CAB"),
    (b"%PDF-", "PDF"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Office 97-2003 (doc, xls, ppt)"),
    (b"{\\rtf", "RTF"),
    (b"\x7fELF", "ELF"),
    (b"MZ", "EXE"),
    (b"SQLite format 3\x00", "SQLite"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
)
_TAR_SUM = slice(148, 156)
COMPRESSED = ("gzip", "zstd")
ARCHIVES = ("zip", "tar")


def kind_of(head: bytes) -> str:
    """`zip`, `tar`, `gzip`, `zstd` or `xml`, by the first HEAD bytes (fewer only if there are no more).

    Whatever is none of the others is taken for XML. Raises PackageRefused PKG_FORMAT for a known kind that is not opened.
    """
    for magic, kind in _MAGICS:
        if head.startswith(magic):
            return kind
    if (
        head[1:4] == b"\x2a\x4d\x18" and 0x50 <= head[0] <= 0x5F
    ):  # a skippable frame may come first, RFC 8878 3.1.2
        return "zstd"
    if is_tar(head):
        return "tar"
    for magic, name in _FOREIGN:
        if head.startswith(magic):
            raise PackageRefused("PKG_FORMAT", found=name)
    return "xml"


def is_tar(head: bytes) -> bool:
    """Whether these are the 512 bytes of a tar header: by the word in it, or (before POSIX) by its sum."""
    if len(head) < HEAD:
        return False
    if head[257:262] == b"ustar":
        return True
    stated = stated_sum(head)
    return stated is not None and any(head) and stated in sums(head)


def stated_sum(header: bytes) -> int | None:
    """The checksum that a tar header states; None where it states none."""
    text = header[_TAR_SUM].strip(b" \0")
    return int(text, 8) if text and text.strip(b"01234567") == b"" else None


def sums(header: bytes) -> tuple[int, int]:
    """The checksum of a tar header as POSIX has it, and as some old programs made it (of signed bytes)."""
    rest = header[: _TAR_SUM.start] + b" " * 8 + header[_TAR_SUM.stop : HEAD]
    return sum(rest), sum(each - 256 if each > 127 else each for each in rest)
