"""The department's side of each connector, so that one set of tests can play it."""

# ruff: noqa: PTH112, PTH113, PTH123, PTH208 - names of departments are bytes
from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any, Protocol

from connectors.base import Connector
from connectors.directory import DirectoryConnector
from connectors.memory import MemoryConnector, MemorySource
from connectors.push import PushConnector
from hub.shapes import Notice


class Peer(Protocol):
    def put(self, name: bytes, body: bytes, *, ready: bool = True) -> None: ...
    def connector(self) -> Connector: ...
    def claim_and_die(self, notice: Notice) -> None: ...
    def change_claimed(self, name: bytes, body: bytes) -> None: ...
    def inbox(self) -> dict[bytes, bytes]: ...
    def receipts(self) -> dict[bytes, bytes]: ...
    def refused(self) -> dict[bytes, bytes]: ...


class MemoryPeer:
    def __init__(self) -> None:
        self.source = MemorySource()

    def put(self, name: bytes, body: bytes, *, ready: bool = True) -> None:
        self.source.put(name, body, ready=ready)

    def connector(self) -> Connector:
        return MemoryConnector("land", source=self.source)

    def claim_and_die(self, notice: Notice) -> None:
        worker = self.connector()
        assert worker.claim(notice) is not None
        self.source.forget(worker)

    def change_claimed(self, name: bytes, body: bytes) -> None:
        self.source.claimed[name].body = body

    def inbox(self) -> dict[bytes, bytes]:
        return dict(self.source.inbox)

    def receipts(self) -> dict[bytes, bytes]:
        return dict(self.source.receipts)

    def refused(self) -> dict[bytes, bytes]:
        return dict(self.source.refused)


class DirectoryPeer:
    arrivals = b"inbox"

    def __init__(self, root: Path, ready: dict[str, str]) -> None:
        self.root = os.fsencode(root)
        self.ready = ready
        (root / "inbox").mkdir(parents=True)
        self.options: dict[str, Any] = {"kind": "directory", "inbox": str(root / "inbox"), "ready": ready}

    def put(self, name: bytes, body: bytes, *, ready: bool = True) -> None:
        path = self.root + b"/" + self.arrivals + b"/" + name
        if "rename" in self.ready and not ready:
            path += self.ready["rename"].encode()
        with open(path, "wb") as file:
            file.write(body)
        if "marker" in self.ready and ready:
            with open(path + self.ready["marker"].encode(), "wb"):
                pass
        if "stable_for" in self.ready:
            when = time.time() - (600 if ready else 0)
            os.utime(path, (when, when))

    def connector(self) -> Connector:
        return DirectoryConnector("land", self.options)

    def claim_and_die(self, notice: Notice) -> None:
        child = os.fork()
        if child == 0:
            os._exit(0 if self.connector().claim(notice) is not None else 1)
        assert os.waitpid(child, 0)[1] == 0

    def change_claimed(self, name: bytes, body: bytes) -> None:
        with open(self.root + b"/" + self.arrivals + b"/.suphub-claimed/" + name, "wb") as file:
            file.write(body)

    def inbox(self) -> dict[bytes, bytes]:
        found = self._files(b"/inbox")
        marker = self.ready.get("marker", "/").encode()
        return {name: body for name, body in found.items() if not name.endswith(marker)}

    def receipts(self) -> dict[bytes, bytes]:
        return self._files(b"/receipts")

    def refused(self) -> dict[bytes, bytes]:
        return self._files(b"/refused")

    def _files(self, folder: bytes) -> dict[bytes, bytes]:
        path = self.root + folder.replace(b"inbox", self.arrivals)
        if not os.path.isdir(path):
            return {}
        found = {}
        for name in os.listdir(path):
            if os.path.isfile(path + b"/" + name):
                with open(path + b"/" + name, "rb") as file:
                    found[name] = file.read()
        return found


class PushPeer(DirectoryPeer):
    """The spool that a department pushes to, as the door fills it."""

    arrivals = b"packages"

    def __init__(self, spool: Path, ready: dict[str, str]) -> None:
        super().__init__(spool / "land", ready)
        self.spool = spool
        self.options = {"kind": "push"}
        self.connector().prepare()

    def connector(self) -> PushConnector:
        return PushConnector("land", {"kind": "push"}, self.spool)
