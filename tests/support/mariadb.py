"""A real MariaDB for tests: made from nothing in a temporary folder, on a free loopback port, stopped by its pid."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pymysql

START_SECONDS = 60
PASSWORD = "口令 p@ss:word/1"  # awkward on purpose: addresses have to be escaped and masked properly
USER = "hub"


class NotInstalled(AssertionError):
    """MariaDB's server programs are not on this machine."""


def server_program() -> str | None:
    """mariadbd, also where /usr/sbin is not on the path; None where it is not installed."""
    return shutil.which("mariadbd") or shutil.which("mariadbd", path="/usr/sbin:/usr/local/sbin")


class MariaServer:
    """One server; `start`, `stop` and `kill` may be repeated, the data stay until `remove`."""

    def __init__(self) -> None:
        self.folder = Path()
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._names = itertools.count(1)

    def create(self) -> None:
        """An empty data directory, its owner being a user whom the server accepts."""
        install = shutil.which("mariadb-install-db")
        if install is None or server_program() is None:
            raise NotInstalled(
                "MariaDB is not installed, so this cannot be tested: `make test` installs it (apt-get install mariadb-server-core)."
            )
        self.folder = Path(tempfile.mkdtemp(prefix="suphub-maria-", dir="/tmp"))
        if os.geteuid() == 0:
            os.chown(self.folder, *self._owner())
        subprocess.run(
            [
                *self._as_owner(), install, "--no-defaults", f"--datadir={self.data}", "--auth-root-authentication-method=normal",
                "--skip-test-db", "--skip-name-resolve",
            ],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.folder,
        )  # fmt: skip
        self.port = _free_port()

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *self._as_owner(), str(server_program()), "--no-defaults", f"--datadir={self.data}",
                    "--bind-address=127.0.0.1", f"--port={self.port}", f"--socket={self.folder / 'socket'}",
                    f"--pid-file={self.folder / 'pid'}", "--skip-name-resolve", "--character-set-server=utf8mb4",
                    "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=16M", "--innodb-flush-log-at-trx-commit=0",
                ],
                stdout=log, stderr=log, cwd=self.folder,
            )  # fmt: skip
        self._wait()
        with self.connect(user="root", password="") as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE USER IF NOT EXISTS {USER}@'127.0.0.1' IDENTIFIED BY %s", (PASSWORD,))
            cursor.execute(f"GRANT ALL ON *.* TO {USER}@'127.0.0.1' WITH GRANT OPTION")

    def stop(self) -> None:
        """An orderly shutdown."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """As when the power goes: the next start has to recover."""
        self._end(signal.SIGKILL)

    def remove(self) -> None:
        if self.folder != Path():
            shutil.rmtree(self.folder)

    def connect(self, database: str | None = None, user: str = USER, password: str = PASSWORD) -> Any:
        return pymysql.connect(
            host="127.0.0.1", port=self.port, user=user, password=password.encode(), database=database, autocommit=True,
            charset="utf8mb4",
        )  # fmt: skip

    def new_database(self) -> str:
        """The name of a fresh, empty database."""
        name = f"exchange_{next(self._names)}"
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        return name

    def drop_database(self, name: str) -> None:
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {name}")

    def _owner(self) -> tuple[int, int]:
        known = {entry.pw_name for entry in pwd.getpwall()}
        user = pwd.getpwnam("mysql" if "mysql" in known else "nobody")
        return user.pw_uid, user.pw_gid

    def _as_owner(self) -> list[str]:
        """Not as root; ended by the kernel should the test run be killed."""
        command = ["setpriv", "--pdeathsig", "TERM"]
        if os.geteuid() == 0:
            user, group = self._owner()
            command += ["--reuid", str(user), "--regid", str(group), "--clear-groups"]
        return command

    def _wait(self) -> None:
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                self.connect(user="root", password="").close()
                return
            except pymysql.err.OperationalError as error:
                died = self._process is None or self._process.poll() is not None
                if died or time.monotonic() > end:
                    log = (self.folder / "log").read_text(encoding="utf-8", errors="replace")
                    raise AssertionError(f"MariaDB did not start:\n{log}") from error
                time.sleep(0.05)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(timeout=START_SECONDS)
            self._process = None


@contextmanager
def running_server() -> Iterator[MariaServer]:
    """A fresh server for the length of the block."""
    server = MariaServer()
    try:
        server.create()
        server.start()
        yield server
    finally:
        server.stop()
        server.remove()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
