"""What real database servers for tests have in common: a folder of their own, a user that is not root, a port, an end by pid."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from tests.support.ports import free_port

START_SECONDS = 300
PASSWORD = "口令 p@ss:word/1"  # awkward on purpose: addresses have to be escaped and masked properly
USER = "hub"


S = TypeVar("S", bound="Server")


class NotInstalled(AssertionError):
    """The server's programs are not on this machine."""


class Server:
    """One server; `start`, `stop` and `kill` may be repeated, the data stay until `remove`. Kinds of servers fill in the rest."""

    account = "nobody"  # the user of the operating system, if there is one of that name
    stopped_by, killed_by, orphaned_by = signal.SIGTERM, signal.SIGKILL, "TERM"

    def __init__(self) -> None:
        self.folder = Path()
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None

    def create(self) -> None:
        """An empty data directory. Raises NotInstalled."""
        raise NotImplementedError

    def start(self) -> None:
        """Returns when the server answers."""
        raise NotImplementedError

    def stop(self) -> None:
        """An orderly shutdown: everything is written."""
        self._end(self.stopped_by)

    def kill(self) -> None:
        """As when the power goes: the next start has to recover."""
        self._end(self.killed_by)

    def remove(self) -> None:
        if self.folder != Path():
            shutil.rmtree(self.folder)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def _make_folder(self, prefix: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))
        self._own(self.folder)
        self.port = free_port()

    def _own(self, path: Path) -> None:
        if os.geteuid() == 0:
            os.chown(path, *self._owner())

    def _owner(self) -> tuple[int, int]:
        known = {entry.pw_name for entry in pwd.getpwall()}
        user = pwd.getpwnam(self.account if self.account in known else "nobody")
        return user.pw_uid, user.pw_gid

    def _as_owner(self) -> list[str]:
        """Not as root, which servers refuse; ended by the kernel should the test run be killed."""
        command = ["setpriv", "--pdeathsig", self.orphaned_by]
        if os.geteuid() == 0:
            user, group = self._owner()
            command += ["--reuid", str(user), "--regid", str(group), "--clear-groups"]
        return command

    def _run(self, command: Sequence[str], tried: Callable[[], None], not_yet: type[Exception]) -> None:
        """Start the server and wait until `tried` no longer raises `not_yet`."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._as_owner(), *command], stdout=log, stderr=log, cwd=self.folder
            )
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                tried()
                return
            except not_yet as error:
                if self._process.poll() is not None or time.monotonic() > end:
                    told = (self.folder / "log").read_text(encoding="utf-8", errors="replace")
                    raise AssertionError(f"{type(self).__name__} did not start:\n{told}") from error
                time.sleep(0.05)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(timeout=START_SECONDS)
            self._process = None


@contextmanager
def running(server: S) -> Iterator[S]:
    """A fresh server for the length of the block."""
    try:
        server.create()
        server.start()
        yield server
    finally:
        server.stop()
        server.remove()
