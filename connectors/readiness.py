"""When a file in an exchange directory may be taken: its marker is there, its suffix is gone, or it rests."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.failures import option_wrong
from hub.register import duration

WAYS = ("marker", "rename", "stable_for")
DEFAULT_STABLE_S = 60


@dataclass(frozen=True, slots=True)
class Readiness:
    """One of the three ways; exactly one field is set."""

    marker: bytes | None = None
    rename: bytes | None = None
    stable_s: float | None = None

    def is_package(self, name: bytes) -> bool:
        """Whether a file of this name can be a package at all, now or later."""
        if self.marker is not None:
            return not name.endswith(self.marker)
        return self.rename is None or not name.endswith(self.rename)

    def is_ready(self, path: bytes, found: os.stat_result, now: float) -> bool:
        """Whether the file may be taken now, as far as one look can tell. `now` is seconds since 1970. Never waits."""
        if self.marker is not None:
            return is_plain(path + self.marker)
        if self.stable_s is not None:
            return now - found.st_mtime >= self.stable_s
        return True


def readiness_of(system: str, options: Mapping[str, Any]) -> Readiness:
    """The option `ready` of a registration; without it `stable_for: 60s`. Raises StopError."""
    ready = options.get("ready", {"stable_for": f"{DEFAULT_STABLE_S}s"})
    if not isinstance(ready, Mapping) or len(ready) != 1 or next(iter(ready)) not in WAYS:
        raise option_wrong(
            system,
            "ready",
            f"{ready!r} 不是一种就绪方式",
            f"{ready!r} is not a way of being ready",
            "写一种:{marker: .ok}、{rename: .part} 或 {stable_for: 60s}",
            "Write one of {marker: .ok}, {rename: .part}, {stable_for: 60s}",
        )
    way, value = next(iter(ready.items()))
    if way == "stable_for":
        try:
            return Readiness(stable_s=duration(str(value)).total_seconds())
        except ValueError as error:
            raise option_wrong(
                system,
                "ready.stable_for",
                f"{value!r} 不是时长",
                f"{value!r} is not a duration",
                "写成 60s 或 5m",
                "Write it as 60s or 5m",
            ) from error
    suffix = str(value).encode("utf-8")
    if not suffix.startswith(b".") or b"/" in suffix or len(suffix) < 2:
        raise option_wrong(
            system,
            f"ready.{way}",
            f"{value!r} 不是后缀",
            f"{value!r} is not a suffix",
            "写以点开头的后缀,如 .ok",
            "Write a suffix that begins with a dot, e.g. .ok",
        )
    return Readiness(marker=suffix) if way == "marker" else Readiness(rename=suffix)


def is_plain(path: bytes) -> bool:
    """Whether a regular file lies there; links are not followed."""
    return plain_stat(path) is not None


def plain_stat(path: bytes) -> os.stat_result | None:
    """The stat of a regular file, None if there is none of that name or it is a link, folder or device."""
    try:
        found = os.lstat(path)
    except OSError as error:
        if error.errno in (
            errno.ENOENT,
            errno.ENAMETOOLONG,
        ):  # e.g. no room left in the name for a marker's suffix
            return None
        raise
    return found if stat.S_ISREG(found.st_mode) else None
