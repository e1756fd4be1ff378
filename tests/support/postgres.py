"""A real PostgreSQL for tests: made from nothing in a temporary folder, on a free loopback port, stopped by its pid."""

from __future__ import annotations

import itertools
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import URL

from tests.support.server import PASSWORD, USER, NotInstalled, Server, running

__all__ = [
    "PASSWORD",
    "UNSYNCED",
    "USER",
    "NotInstalled",
    "PostgresServer",
    "running_server",
    "server_programs",
]

UNSYNCED = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")
"""For a server that is never killed and whose data nobody needs after the tests: commits do not wait for the disk."""


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


class PostgresServer(Server):
    """One server; see `Server`. `stop` ends its sessions, `kill` is PostgreSQL's immediate shutdown."""

    account = "postgres"
    stopped_by, killed_by, orphaned_by = signal.SIGINT, signal.SIGQUIT, "INT"

    def __init__(self, *settings: str) -> None:
        """`settings` (name=value) are the server's, beside those that every server for tests has."""
        super().__init__()
        self.settings = settings
        self.programs = Path()
        self._names = itertools.count(1)

    def create(self) -> None:
        """An empty data directory, its owner being a user whom PostgreSQL accepts."""
        self.programs = server_programs()
        self._make_folder("suphub-pg-")
        password = self.folder / "password"
        password.write_text(PASSWORD, encoding="utf-8")
        self._own(password)
        subprocess.run(
            [
                *self._as_owner(), str(self.programs / "initdb"), "--pgdata", str(self.data), "--username", USER,
                "--auth", "scram-sha-256", "--pwfile", str(password), "--encoding", "UTF8", "--locale", "C.UTF-8",
                "--no-sync",
            ],
            check=True, stdout=subprocess.DEVNULL, cwd=self.folder,
        )  # fmt: skip

    def start(self) -> None:
        command = [
            str(self.programs / "postgres"), "-D", str(self.data), "-p", str(self.port), "-c", "listen_addresses=127.0.0.1",
            "-c", f"unix_socket_directories={self.folder}", "-c", "max_connections=60",
            *(word for setting in self.settings for word in ("-c", setting)),
        ]  # fmt: skip
        self._run(command, lambda: self.connect().close(), psycopg.OperationalError)

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


@contextmanager
def running_server(*settings: str) -> Iterator[PostgresServer]:
    """A fresh server for the length of the block; its settings as name=value."""
    with running(PostgresServer(*settings)) as server:
        yield server
