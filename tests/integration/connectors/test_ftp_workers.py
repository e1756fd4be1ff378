"""Several worker processes on one FTP inbox, some of them killed: each file is stored, and taken by one worker at a time."""

from __future__ import annotations

import contextlib
import os
import signal
from collections import Counter
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import Engine

from connectors.base import Surroundings
from connectors.ftp import FtpConnector
from hub.central.engine import create_engine
from hub.central.memory import Memory
from hub.errors import HubError
from tests.support.ftp_peer import FtpPeer
from tests.support.ftp_server import FtpServer
from tests.support.proftpd import ProFtpd
from tests.support.vsftpd import Vsftpd

FILES = 40


def work(peer: FtpPeer, url: str, stored: Path, mine: int) -> None:
    """A worker's life: take what is there; bytes are stored under their digest before the file is removed."""
    around = Surroundings(
        Memory(create_engine(url), "land"), lambda _: peer.access, peer.work, peer.server.folder
    )
    connector = FtpConnector("land", peer.options, around)
    for notice in connector.ready():
        claim = connector.claim(notice)
        if claim is None:
            continue
        with connector.read(claim) as stream:
            body = stream.read()
        with (stored / sha256(body).hexdigest()).open("a") as file:
            file.write(f"{mine}\n")
        connector.acknowledge(claim)


def start(peer: FtpPeer, url: str, stored: Path, number: int) -> int:
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work(peer, url, stored, number)
            code = 0
        except HubError:
            code = 3
        finally:
            os._exit(code)
    return child


@pytest.mark.parametrize("kind", [ProFtpd, Vsftpd], ids=["proftpd", "vsftpd"])
def test_files_survive_the_workers_that_are_killed_over_them(
    kind: type[FtpServer], sqlite_engine: Engine, tmp_path: Path
) -> None:
    url = sqlite_engine.url.render_as_string(hide_password=False)
    sqlite_engine.dispose()
    stored = tmp_path / "stored"
    stored.mkdir()
    with kind() as server:
        peer = FtpPeer(server, "land", tmp_path / "work")
        bodies = [f"{number}".encode() * 20_000 for number in range(FILES)]
        for number, body in enumerate(bodies):
            peer.put(f"{number:03}.xml".encode(), body)
        lives = 0
        while left_in(peer) and lives < 40:
            workers = [start(peer, url, stored, lives + number) for number in range(3)]
            lives += 3
            count = len(list(stored.iterdir()))
            while (
                len(list(stored.iterdir())) < min(count + 3, FILES)
                and os.waitpid(workers[0], os.WNOHANG)[0] == 0
            ):
                pass  # until they are in the middle of it
            if lives < 20:
                for worker in workers[1:]:
                    os.kill(worker, signal.SIGKILL)
            for worker in workers:
                reap(worker)
        assert left_in(peer) == []
    taken = {path.name: path.read_text().split() for path in stored.iterdir()}
    assert sorted(taken) == sorted(sha256(body).hexdigest() for body in bodies)
    assert all(max(Counter(workers).values()) == 1 for workers in taken.values())
    # Twice only where a worker was killed between storing and removing.
    assert sum(len(workers) - 1 for workers in taken.values()) <= lives


def left_in(peer: FtpPeer) -> list[str]:
    """All files of the inbox, those in claims included."""
    return [str(path) for path in (peer.folder / "inbox").rglob("*") if path.is_file()]


def reap(worker: int) -> None:
    with contextlib.suppress(ChildProcessError):  # seen to have ended already
        os.waitpid(worker, 0)
