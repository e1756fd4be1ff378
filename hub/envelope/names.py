"""Names inside an archive: read in the encodings departments use, and refused when they could do harm."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from hub.errors import PackageRefused

_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *(\..*)?", re.I | re.S)
_DRIVE = re.compile(r"[A-Za-z]:")
# C0, DEL, C1, line and paragraph separators, and the marks that turn the direction of writing: a name must look as it is.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
_ARCHIVE = re.compile(r".*\.(zip|rar|7z|tar|gz|tgz|bz2|tbz2?|xz|txz|zst|jar|cab|arj|lzh?)", re.I | re.S)


def decoded(raw: bytes) -> str:
    """A member's name as text, `/` between its parts. UTF-8 where it is that, else GB18030 (which holds GBK).

    Raises PackageRefused ZIP_NAME for bytes that are neither.
    """
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding).replace("\\", "/")
        except UnicodeDecodeError:
            continue
    raise refused(raw.decode("ascii", "backslashreplace"), "既非 UTF-8 也非 GBK / neither UTF-8 nor GBK")


def refused(name: str, why: str) -> PackageRefused:
    """The refusal of a whole package for one of its names."""
    shown = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in name)
    return PackageRefused("ZIP_NAME", name=shown[:200], why=why)


def check_name(name: str, limit: int) -> None:
    """Refuse a name that could lead out of a folder or mean a device. `limit`: bytes in UTF-8. Raises ZIP_NAME."""
    for wrong, why in _objections(name, limit):
        if wrong:
            raise refused(name, why)


def check_distinct(names: Iterable[str]) -> None:
    """Refuse names that some file system takes for the same. Raises PackageRefused ZIP_NAME."""
    seen: set[str] = set()
    files: dict[str, str] = {}
    for name in names:
        key = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name.rstrip("/")).casefold())
        if key in seen:
            raise refused(name, "重名 / the same name twice")
        seen.add(key)
        if not name.endswith("/"):
            files[key] = name
    for key in seen:
        parts = key.split("/")
        for count in range(1, len(parts)):
            if (parent := "/".join(parts[:count])) in files:
                raise refused(files[parent], "既是文件又是目录 / a file and a folder at once")


def is_archive(name: str) -> bool:
    """Whether a name says that the file is an archive, of whatever kind."""
    return bool(_ARCHIVE.fullmatch(name))


def _objections(name: str, limit: int) -> Iterable[tuple[bool, str]]:
    parts = name.removesuffix("/").split("/")
    yield len(name.encode("utf-8")) > limit, f"名称超过 {limit} 字节 / longer than {limit} bytes"
    yield name.startswith("/") or bool(_DRIVE.match(name)), "绝对路径 / an absolute path"
    yield bool(_CONTROL.search(name)), "含控制字符 / control characters"
    yield ":" in name, "含冒号 / a colon, which Windows reads as a stream of another file"
    yield ".." in parts, "含上级目录 .. / leads out of the folder"
    yield "" in parts or "." in parts, "路径中有空段 / an empty part in the path"
    yield any(_RESERVED.fullmatch(part) for part in parts), "系统保留名 / a name reserved by Windows"
    yield any(part[-1:] in ". " for part in parts), "以点或空格结尾 / ends in a dot or a space"
