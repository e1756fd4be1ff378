"""A real PostgreSQL for tests: made from nothing in a temporary folder, on a free loopback port, stopped by its pid."""

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

import psycopg
from sqlalchemy import URL

START_SECONDS = 60
PASSWORD = "口令 p@ss:word/1"  # awkward on purpose: addresses have to be escaped and masked properly
USER = "hub"


class NotInstalled(AssertionError):
    """PostgreSQL's server programs are not on this machine."""


def server_programs() -> Path:
    """The folder of initdb and postgres, the newest version first."""
    on_path = shutil.which("initdb")
    folders = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name), reverse=True
    )
    for folder in [*([Path(on_path).parent] if on_path else []), *folders]:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise NotInstalled(
        "PostgreSQL is not installed, so this cannot be tested: `make test` installs it (apt-get install postgresql)."
    )


class PostgresServer:
    """One server; `start`, `stop` and `kill` may be repeated, the data stay until `remove`."""

    def __init__(self) -> None:
        self.programs = Path()
        self.folder = Path()
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._names = itertools.count(1)

    def create(self) -> None:
        """An empty data directory, its owner being a user whom PostgreSQL accepts."""
        self.programs = server_programs()
        self.folder = Path(tempfile.mkdtemp(prefix="suphub-pg-", dir="/tmp"))
        password = self.folder / "password"
        password.write_text(PASSWORD, encoding="utf-8")
        if os.geteuid() == 0:
            for path in (self.folder, password):
                os.chown(path, *self._owner())
        subprocess.run(
            [
                *self._as_owner(), str(self.programs / "initdb"), "--pgdata", str(self.data), "--username", USER,
                "--auth", "scram-sha-256", "--pwfile", str(password), "--encoding", "UTF8", "--locale", "C.UTF-8",
                "--no-sync",
            ],
            check=True, stdout=subprocess.DEVNULL, cwd=self.folder,
        )  # fmt: skip
        self.port = _free_port()

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *self._as_owner(), str(self.programs / "postgres"), "-D", str(self.data), "-p", str(self.port),
                    "-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={self.folder}",
                    "-c", "max_connections=60",
                ],
                stdout=log, stderr=log, cwd=self.folder,
            )  # fmt: skip
        self._wait()

    def stop(self) -> None:
        """A fast shutdown: sessions are ended, everything is written."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """An immediate stop, as when the power goes: the next start has to recover."""
        self._end(signal.SIGQUIT)

    def remove(self) -> None:
        if self.folder != Path():
            shutil.rmtree(self.folder)

    def url(self, database: str) -> str:
        address = URL.create("postgresql+psycopg", USER, PASSWORD, "127.0.0.1", self.port, database)
        return address.render_as_string(hide_password=False)

    def connect(self, database: str = "postgres") -> psycopg.Connection[Any]:
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user=USER, password=PASSWORD, dbname=database, autocommit=True
        )

    def new_database(self, template: str = "template0") -> str:
        """The name of a fresh database, a copy of `template` (to which nobody may be connected)."""
        name = f"hub_{next(self._names)}"
        with self.connect() as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def drop_database(self, name: str) -> None:
        with self.connect() as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _owner(self) -> tuple[int, int]:
        known = {entry.pw_name for entry in pwd.getpwall()}
        user = pwd.getpwnam("postgres" if "postgres" in known else "nobody")
        return user.pw_uid, user.pw_gid

    def _as_owner(self) -> list[str]:
        """Never as root, which PostgreSQL refuses; ended by the kernel should the test run be killed."""
        command = ["setpriv", "--pdeathsig", "INT"]
        if os.geteuid() == 0:
            user, group = self._owner()
            command += ["--reuid", str(user), "--regid", str(group), "--clear-groups"]
        return command

    def _wait(self) -> None:
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                self.connect().close()
                return
            except psycopg.OperationalError as error:
                died = self._process is None or self._process.poll() is not None
                if died or time.monotonic() > end:
                    log = (self.folder / "log").read_text(encoding="utf-8", errors="replace")
                    raise AssertionError(f"PostgreSQL did not start:\n{log}") from error
                time.sleep(0.05)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(timeout=START_SECONDS)
            self._process = None


@contextmanager
def running_server() -> Iterator[PostgresServer]:
    """A fresh server for the length of the block."""
    server = PostgresServer()
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
