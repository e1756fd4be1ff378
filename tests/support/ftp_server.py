"""What real FTP servers in tests have in common: a folder for their files, a process that is ended by its pid, a free port."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from connectors.base import Access
from tests.support.ftp_tls import Authority, Server
from tests.support.ports import free_port

START_SECONDS = 300
USER, PASSWORD = "hub", "pw-1"


class NotInstalled(AssertionError):
    """A server program is not on this machine."""


class FtpServer:
    """One server on a free loopback port. Log-in leads to `root`, where `/data` belongs to the account."""

    name = ""
    login = USER

    def __init__(self, *, tls: bool = True, implicit: bool = False, reuse: bool = True) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"suphub-{self.name}-", dir="/tmp"))
        self.folder.chmod(0o755)
        self.root = self.folder / "root"
        self.data = self.root / "data"
        self.tls, self.implicit, self.reuse = tls, implicit, reuse
        self.port = free_port()
        self.authority = Authority(self.folder)
        self.certificate: Server = self.authority.issue("server")
        self.uid, self.gid = _account()
        self._process: subprocess.Popen[bytes] | None = None
        self.root.mkdir(mode=0o755)
        self.data.mkdir(mode=0o755)
        self.own(self.data)

    def own(self, path: Path | bytes) -> None:
        """Give a file to the account that people log in to."""
        if os.geteuid() == 0:
            os.chown(path, self.uid, self.gid)

    def command(self) -> list[str]:
        """Writes the configuration; how the server is started in the foreground."""
        raise NotImplementedError

    def start(self) -> None:
        command = self.command()
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", *command], stdout=log, stderr=log, cwd=self.folder
            )
        end = time.monotonic() + START_SECONDS
        while not _answers(self.port):
            if self._process.poll() is not None or time.monotonic() > end:
                log_text = (self.folder / "log").read_text(encoding="utf-8", errors="replace")
                raise AssertionError(f"{self.name} did not start:\n{log_text}")
            time.sleep(0.05)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=START_SECONDS)
            self._process = None

    def restart(self) -> None:
        self.stop()
        self.start()

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=False)

    def access(self, password: str = PASSWORD, port: int | None = None) -> Access:
        return Access("land_ftp", "ftp", "127.0.0.1", port or self.port, self.login, password)

    def __enter__(self) -> FtpServer:
        try:
            self.start()
        except BaseException:
            self.stop()
            self.remove()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.remove()


def _account() -> tuple[int, int]:
    """Whom files belong to: not root, and with a home that exists, for vsftpd goes there first."""
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    known = pwd.getpwnam("daemon")
    return known.pw_uid, known.pw_gid


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
