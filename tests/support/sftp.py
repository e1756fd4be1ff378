"""The department's side of an SFTP directory: it writes into the server's folders as their owner does."""

# ruff: noqa: PTH103, PTH110, PTH112, PTH113, PTH116, PTH118, PTH123, PTH208 - names of departments are bytes
from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from connectors.base import Access, Surroundings
from connectors.names import text_of
from connectors.sftp.connector import SftpConnector
from connectors.state import MemoryState
from hub.shapes import Notice
from tests.support.sshd import Sshd

LISTINGS = "connectors.sftp.listing.LISTED_AT_MOST"


class Remembering(MemoryState):
    """A state that is told what an earlier look saw."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[str, list[float]] = {}

    def get(self, key: str) -> str | None:
        if key == "looks" and self.seen:
            self.values[key] = json.dumps({**json.loads(self.values.get(key, "{}")), **self.seen})
            self.seen = {}
        return super().get(key)


class SftpPeer:
    """One department in a folder of its own on the server."""

    def __init__(self, server: Sshd, name: str, work: Path, ready: dict[str, str]) -> None:
        self.server = server
        self.root = os.fsencode(server.root / name)
        self.ready = ready
        self.work = work
        self.state = Remembering()
        self.access: Access = server.access()
        self.now: Callable[[], float] = time.time
        self.pauses: list[float] = []
        self._connectors: list[SftpConnector] = []
        for folder in (b"", b"/inbox"):
            os.makedirs(self.root + folder)
            server.own(self.root + folder)
        inbox = os.fsdecode(self.root + b"/inbox")
        self.options: dict[str, Any] = {
            "kind": "sftp",
            "connection": "land_sftp",
            "inbox": inbox,
            "ready": ready,
        }

    def put(self, name: bytes, body: bytes, *, ready: bool = True) -> None:
        path = self.root + b"/inbox/" + name
        if "rename" in self.ready and not ready:
            path += self.ready["rename"].encode()
        with open(path, "wb") as file:
            file.write(body)
        self.server.own(path)
        if "marker" in self.ready and ready:
            with open(path + self.ready["marker"].encode(), "wb"):
                pass
            self.server.own(path + self.ready["marker"].encode())
        if "stable_for" in self.ready and ready:
            found = os.stat(path)  # an earlier look saw it just so
            self.state.seen[text_of(name)] = [found.st_size, int(found.st_mtime) * 10**9, self.now() - 600]

    def connector(self) -> SftpConnector:
        made = SftpConnector("land", self.options, self.around(), now=self.now, pause=self.pauses.append)
        self._connectors.append(made)
        return made

    def around(self) -> Surroundings:
        return Surroundings(self.state, lambda _: self.access, self.work)

    def claim_and_die(self, notice: Notice) -> None:
        child = os.fork()
        if child == 0:
            os._exit(0 if self.connector().claim(notice) is not None else 1)
        assert os.waitpid(child, 0)[1] == 0

    def change_claimed(self, name: bytes, body: bytes) -> None:
        with open(self.claimed(name), "wb") as file:
            file.write(body)

    def claimed(self, name: bytes) -> bytes:
        """Where a claimed file lies."""
        folder = self.root + b"/inbox/.suphub-claimed"
        [found] = [
            path
            for worker in os.listdir(folder)
            if os.path.exists(path := os.path.join(folder, worker, name))
        ]
        return found

    def inbox(self) -> dict[bytes, bytes]:
        marker = self.ready.get("marker", "/").encode()
        return {name: body for name, body in self._files(b"/inbox").items() if not name.endswith(marker)}

    def receipts(self) -> dict[bytes, bytes]:
        return self._files(b"/receipts")

    def refused(self) -> dict[bytes, bytes]:
        return self._files(b"/refused")

    def close(self) -> None:
        for connector in self._connectors:
            connector.close()

    def _files(self, folder: bytes) -> dict[bytes, bytes]:
        path = self.root + folder
        if not os.path.isdir(path):
            return {}
        found = {}
        for name in os.listdir(path):
            if os.path.isfile(path + b"/" + name):
                with open(path + b"/" + name, "rb") as file:
                    found[name] = file.read()
        return found
