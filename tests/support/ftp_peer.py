"""The department's side of an FTP folder: it writes into the server's folders as their owner does."""

# ruff: noqa: PTH103, PTH112, PTH110, PTH113, PTH118, PTH123, PTH208 - names of departments are bytes
from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from connectors.base import Access, Surroundings
from connectors.ftp import FtpConnector
from connectors.state import MemoryState
from connectors.workers import KEY, LEASE_S
from hub.shapes import Notice
from tests.support.ftp_server import FtpServer
from tests.support.iis import Iis


class FtpPeer:
    """One department in a folder of its own on the server."""

    def __init__(self, server: FtpServer | Iis, name: str, work: Path, **options: Any) -> None:
        self.server = server
        self.folder = server.data / name
        self.root = os.fsencode(self.folder)
        self.work = work
        self.state = MemoryState()
        self.access: Access = server.access()
        self.ahead = 0.0  # of the true time, by the hub's clock
        self._connectors: list[FtpConnector] = []
        for folder in (b"", b"/inbox"):
            os.makedirs(self.root + folder)
            server.own(self.root + folder)
        tls = {"ca": "ca.pem"} if server.tls else {"tls": "none"}
        self.options: dict[str, Any] = {
            "kind": "ftp", "connection": "land_ftp", "inbox": f"/data/{name}/inbox", "ready": {"marker": ".ok"}, **tls, **options,
        }  # fmt: skip
        self.ready: dict[str, str] = self.options["ready"]

    def now(self) -> float:
        return time.time() + self.ahead

    def put(self, name: bytes, body: bytes, *, ready: bool = True) -> None:
        path = self.root + b"/inbox/" + name
        if "rename" in self.ready and not ready:
            path += self.ready["rename"].encode()
        self._write(path, body)
        if "marker" in self.ready and ready:
            self._write(path + self.ready["marker"].encode(), b"")

    def connector(self) -> FtpConnector:
        made = FtpConnector("land", self.options, self.around(), now=self.now)
        self._connectors.append(made)
        return made

    def around(self) -> Surroundings:
        return Surroundings(self.state, lambda _: self.access, self.work, self.server.folder)

    def claim_and_die(self, notice: Notice) -> None:
        """On another machine, for a process of this one is seen to have ended: its lease has to run out."""
        worker = self.connector()
        before = set(self.state.values)
        assert worker.claim(notice) is not None
        worker.pool.close()
        self.elsewhere(set(self.state.values) - before)
        self.ahead += LEASE_S + 1

    def elsewhere(self, keys: set[str]) -> None:
        """The workers among these keys of the state run on another machine: only their leases tell of them."""
        for key in keys:
            if key.startswith(KEY):
                self.state.values[key] = self.state.values[key].replace('"process":"', '"process":"other')

    def change_claimed(self, name: bytes, body: bytes) -> None:
        self._write(self.claimed(name), body)

    def claimed(self, name: bytes) -> bytes:
        """Where a claimed file lies."""
        folder = self.root + b"/inbox/.suphub-claimed"
        paths = [os.path.join(folder, worker, name) for worker in os.listdir(folder)]
        [found] = [path for path in paths if os.path.exists(path)]
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

    def _write(self, path: bytes, body: bytes) -> None:
        with open(path, "wb") as file:
            file.write(body)
        self.server.own(path)

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
