"""A real MariaDB for tests: made from nothing in a temporary folder, on a free loopback port, stopped by its pid."""

from __future__ import annotations

import itertools
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import pymysql

from tests.support.server import PASSWORD, USER, NotInstalled, Server, running

__all__ = ["PASSWORD", "USER", "MariaServer", "NotInstalled", "running_server", "server_program"]


def server_program() -> str | None:
    """mariadbd, also where /usr/sbin is not on the path; None where it is not installed."""
    return shutil.which("mariadbd") or shutil.which("mariadbd", path="/usr/sbin:/usr/local/sbin")


class MariaServer(Server):
    """One server; see `Server`."""

    account = "mysql"

    def __init__(self) -> None:
        super().__init__()
        self._names = itertools.count(1)

    def create(self) -> None:
        """An empty data directory, its owner being a user whom the server accepts."""
        install = shutil.which("mariadb-install-db")
        if install is None or server_program() is None:
            raise NotInstalled(
                "MariaDB is not installed, so this cannot be tested: `make test` installs it (apt-get install mariadb-server-core)."
            )
        self._make_folder("suphub-maria-")
        subprocess.run(
            [
                *self._as_owner(), install, "--no-defaults", f"--datadir={self.data}", "--auth-root-authentication-method=normal",
                "--skip-test-db", "--skip-name-resolve",
            ],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.folder,
        )  # fmt: skip

    def start(self) -> None:
        command = [
            str(server_program()), "--no-defaults", f"--datadir={self.data}", "--bind-address=127.0.0.1", f"--port={self.port}",
            f"--socket={self.folder / 'socket'}", f"--pid-file={self.folder / 'pid'}", "--skip-name-resolve",
            "--character-set-server=utf8mb4", "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=16M",
            "--innodb-flush-log-at-trx-commit=0",
        ]  # fmt: skip
        self._run(
            command, lambda: self.connect(user="root", password="").close(), pymysql.err.OperationalError
        )
        with self.connect(user="root", password="") as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE USER IF NOT EXISTS {USER}@'127.0.0.1' IDENTIFIED BY %s", (PASSWORD,))
            cursor.execute(f"GRANT ALL ON *.* TO {USER}@'127.0.0.1' WITH GRANT OPTION")

    def connect(self, database: str | None = None, user: str = USER, password: str = PASSWORD) -> Any:
        return pymysql.connect(
            host="127.0.0.1", port=self.port, user=user, password=password.encode(), database=database, autocommit=True,
            charset="utf8mb4",
        )  # fmt: skip

    def url(self, database: str) -> str:
        """The address of a database for the hub."""
        return f"mysql+pymysql://{USER}:{quote(PASSWORD, safe='')}@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """The name of a fresh, empty database."""
        name = f"exchange_{next(self._names)}"
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        return name

    def drop_database(self, name: str) -> None:
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {name}")


@contextmanager
def running_server() -> Iterator[MariaServer]:
    """A fresh server for the length of the block."""
    with running(MariaServer()) as server:
        yield server
