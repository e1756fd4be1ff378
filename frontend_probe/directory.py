"""The probe of an exchange directory: looks, writes and removes a hidden file, and takes nothing."""

# ruff: noqa: PTH102 - names of departments are bytes; pathlib knows only text
from __future__ import annotations

import os
import time
from collections.abc import Callable

from connectors import locks
from connectors.directory import DirectoryConnector
from connectors.failures import translated
from connectors.folders import shown_path
from connectors.placing import temporary_in
from connectors.push import PushConnector
from frontend_probe import folders as judge
from frontend_probe.report import OK, Finding, Report, run


def probe_directory(connector: DirectoryConnector, now: Callable[[], float] = time.time) -> Report:
    """Probe the three folders of a system. `now` is the hub's clock in seconds since 1970."""
    system, folders = connector.system, connector.folders

    def look(deed: Callable[[bytes], Finding], folder: bytes) -> Callable[[], Finding]:
        def guarded() -> Finding:
            with translated(system, "检查", "checking", shown_path(folder)):
                return deed(folder)

        return guarded

    return run(
        system,
        [
            ("inbox.reachable", look(_reachable, folders.inbox)),
            ("inbox.readable", look(lambda _: _readable(connector), folders.inbox)),
            ("inbox.writable", look(lambda folder: _writable(folder, make=False), folders.inbox)),
            ("receipts.writable", look(_writable, folders.receipts)),
            ("refused.writable", look(_writable, folders.refused)),
            ("inbox.free_space", look(_free_space, folders.inbox)),
            ("receipts.free_space", look(_free_space, folders.receipts)),
            ("clock", look(lambda folder: _clock(folder, now), folders.inbox)),
            ("backlog", look(lambda _: judge.backlog(list(connector.look()), now()), folders.inbox)),
            ("not_ready", look(lambda _: judge.not_ready(list(connector.look()), now()), folders.inbox)),
        ],
    )


def probe_spool(connector: PushConnector) -> Report:
    """Probe the spool that a department pushes to; its folders are the hub's and made if need be. Raises RetryError."""
    connector.prepare()
    return probe_directory(connector)


def _reachable(folder: bytes) -> Finding:
    with os.scandir(folder):
        return Finding(OK, shown_path(folder), "目录存在 / the folder exists")


def _readable(connector: DirectoryConnector) -> Finding:
    files = [seen for seen in connector.look() if seen.ready]
    for seen in files[:1]:
        path = os.path.join(connector.folders.inbox, seen.raw)  # noqa: PTH118
        if os.path.lexists(path):
            os.close(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC))
    return Finding(OK, f"{len(files)} 个文件 / files", "能列目录、打开文件 / can be listed, a file opened")


def _writable(folder: bytes, *, make: bool = True) -> Finding:
    made = make and _make(folder)
    try:
        _written(folder)
    finally:
        if made:
            os.rmdir(folder)  # noqa: PTH106 - a probe leaves nothing behind
    seen = "可写,首次使用时建立 / writable, made when first needed" if made else "可写 / writable"
    return Finding(OK, f"{shown_path(folder)} {seen}", "能写、同步、删除 / can write, sync and remove")


def _make(folder: bytes) -> bool:
    if os.path.lexists(folder):
        return False
    os.mkdir(folder)
    return True


def _written(folder: bytes) -> float:
    """Write, sync and remove a hidden file; its time by the clock of the folder's machine."""
    path = temporary_in(folder)
    handle = locks.take(path)
    if handle is None:
        return _written(folder)
    try:
        handle.write(b"suphub probe")
        os.fsync(handle.fileno())
        return os.fstat(handle.fileno()).st_mtime
    finally:
        locks.drop(handle, path)


def _free_space(folder: bytes) -> Finding:
    while not os.path.lexists(folder):
        folder = os.path.dirname(folder)  # noqa: PTH120
    found = os.statvfs(folder)
    return judge.free_space(found.f_bavail * found.f_frsize)


def _clock(folder: bytes, now: Callable[[], float]) -> Finding:
    before = now()
    written = _written(folder)
    return judge.clock(before, written, now())
