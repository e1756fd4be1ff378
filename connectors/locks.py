"""Locks that die with their process: a file held by flock, safe to remove while others wait for it."""

# ruff: noqa: PTH108 - names of departments are bytes; pathlib knows only text
from __future__ import annotations

import fcntl
import hashlib
import os
import weakref
from io import FileIO

_held: weakref.WeakSet[FileIO] = weakref.WeakSet()


def take(path: bytes, *, create: bool = True, mode: int = 0o600) -> FileIO | None:
    """Hold the lock file `path`, or None if another holds it (or it is not there and `create` is false).

    Raises OSError, also where the file system cannot lock.
    """
    flags = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | (os.O_CREAT if create else 0)
    while True:
        try:
            handle = FileIO(os.open(path, flags, mode), "r+")
        except FileNotFoundError:
            if create:
                raise
            return None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            current = _inode(path) == (os.fstat(handle.fileno()).st_dev, os.fstat(handle.fileno()).st_ino)
        except BlockingIOError:
            handle.close()
            return None
        except OSError:
            handle.close()
            raise
        if current:
            _held.add(handle)
            return handle
        handle.close()  # its holder removed the file between our open and our lock: look again


def name_for(raw: bytes) -> bytes:
    """The lock's file name for a claimed file's: hidden, and short whatever the length of the name."""
    return b".lock-" + hashlib.sha256(raw).hexdigest()[:32].encode("ascii")


def drop(handle: FileIO, path: bytes) -> None:
    """Remove the lock file, then let go: in this order, so that nobody can hold a lock on a removed name."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass  # somebody tidied up the folder; the lock itself lies on the open file
    finally:
        handle.close()


def _inode(path: bytes) -> tuple[int, int] | None:
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _forget_in_child() -> None:
    # A forked helper process would keep the locks of a worker that was killed; a claim belongs to one process.
    for handle in list(_held):
        handle.close()


os.register_at_fork(after_in_child=_forget_in_child)
