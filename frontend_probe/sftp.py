"""The probe of an SFTP directory: reaches the server, holds its key against the pins, logs in, tries every right, takes nothing."""

from __future__ import annotations

import secrets
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from connectors.directory import Seen
from connectors.folders import shown_path
from connectors.sftp import hostkeys
from connectors.sftp import requests as ssh
from connectors.sftp.claims import FOLDER
from connectors.sftp.connector import SftpConnector
from connectors.sftp.failures import UNREACHABLE, Doing, explained, outage, translated
from connectors.sftp.fields import Lost, Refused
from connectors.sftp.session import Session
from connectors.sftp.wire import Wire
from frontend_probe import folders as judge
from frontend_probe.report import OK, WARN, Finding, Report, Unreached, run
from hub.errors import HubError

PATIENCE_S = 10.0
"""Of each answer; shorter than that of an exchange, and than what a whole look may last."""


def probe_sftp(connector: SftpConnector, now: Callable[[], float] = time.time) -> Report:
    """Probe server and folders of a system, by a connection of its own. `now`: the hub's clock, seconds since 1970."""
    looks = _Looks(connector, now)
    folders = connector.folders
    try:
        return run(
            connector.system,
            [
                ("reachable", looks.reachable),
                ("trusted", looks.trusted),
                ("login", looks.login),
                ("inbox.readable", lambda: looks.at(folders.inbox, looks.readable)),
                ("inbox.claimable", lambda: looks.at(folders.inbox, looks.claimable)),
                ("receipts.writable", lambda: looks.at(folders.receipts, looks.writable)),
                ("refused.writable", lambda: looks.at(folders.refused, looks.writable)),
                ("inbox.free_space", lambda: looks.at(folders.inbox, looks.free_space)),
                ("receipts.free_space", lambda: looks.at(folders.receipts, looks.free_space)),
                ("clock", lambda: looks.at(folders.inbox, looks.clock)),
                ("backlog", lambda: looks.at(folders.inbox, lambda *_: judge.backlog(looks.files(), now()))),
                (
                    "not_ready",
                    lambda: looks.at(folders.inbox, lambda *_: judge.not_ready(looks.files(), now())),
                ),
            ],
        )
    finally:
        looks.session.close()


Deed = Callable[[Wire, bytes], Finding]


class _Looks:
    """The looks share one connection, one listing, and what is known once there is no connection."""

    def __init__(self, connector: SftpConnector, now: Callable[[], float]) -> None:
        patience = min(connector.options.timeout_s, PATIENCE_S)
        options = replace(connector.options, timeout_s=patience)
        around = connector.around
        self.session = Session(connector.system, options, around.access, around.folder)
        self._listing = connector.by(self.session)
        self._system = connector.system
        self._patience = patience
        self._now = now
        self._files: list[Seen] | None = None
        self._failed: HubError | None = None

    def reachable(self) -> Finding:
        with self._remembered():
            server, _ = self.session.server()
        try:
            with socket.create_connection((server.host, server.port), self._patience):
                return Finding(OK, str(server), "端口可连 / the port answers")
        except OSError as error:
            self._failed = outage(UNREACHABLE, self._system, str(server), error.strerror or error)
            raise self._failed from error

    def trusted(self) -> Finding:
        self._check_failed()
        server, access = self.session.server()
        with self._remembered():
            transport = self.session.trusted(server, access)
        try:
            key = transport.get_remote_server_key()
            seen = f"{key.get_name()} {hostkeys.fingerprint(key.asbytes())}"
        finally:
            transport.close()
        return Finding(OK, seen, "与登记的主机密钥相同 / the pinned host key")

    def login(self) -> Finding:
        wire = self._wire()
        _, access = self.session.server()
        offered = ", ".join(
            name.decode("ascii", "replace")
            for name in (ssh.POSIX_RENAME, ssh.FSYNC, ssh.STATVFS)
            if name in wire.extensions
        )
        return Finding(
            OK, f"{access.login} ({offered or '-'})", "登录成功,提供 SFTP / logged in, SFTP is offered"
        )

    def at(self, folder: bytes, deed: Deed) -> Finding:
        """A look at a folder, its refusals told as everywhere else."""
        wire = self._wire()
        doing = Doing(self._system, "检查", "checking", shown_path(folder))
        with translated(doing, self.session.name, self.session.close), explained(wire, folder):
            return deed(wire, folder)

    def readable(self, wire: Wire, folder: bytes) -> Finding:
        ready = [seen for seen in self.files() if seen.ready and not seen.claimed]
        for seen in ready[:1]:
            path = folder + b"/" + seen.raw
            if wire.lstat(path) is not None:  # not taken meanwhile
                wire.close(wire.open(path, ssh.FOR_READING))
        return Finding(
            OK, f"{len(ready)} 个文件 / files", "能列目录、打开文件 / can be listed, a file opened"
        )

    def claimable(self, wire: Wire, folder: bytes) -> Finding:
        """Write a hidden file, move it into the folder of claims, remove it there: what a claim needs."""
        claims, name = folder + b"/" + FOLDER, _name()
        made = self._make(wire, claims)
        try:
            path = _written(wire, folder + b"/" + name)
            try:
                wire.move(path, claims + b"/" + name)
                path = claims + b"/" + name
            finally:
                wire.remove(path)
        finally:
            if made:
                wire.remove_folder(claims)
        return Finding(OK, shown_path(folder), "能写、改名、删除 / can write, rename and remove")

    def writable(self, wire: Wire, folder: bytes) -> Finding:
        made = self._make(wire, folder)
        try:
            wire.remove(_written(wire, folder + b"/" + _name()))
        finally:
            if made:
                wire.remove_folder(folder)  # a probe leaves nothing behind
        seen = "可写,首次使用时建立 / writable, made when first needed" if made else "可写 / writable"
        return Finding(OK, f"{shown_path(folder)} {seen}", "能写、同步、删除 / can write, sync and remove")

    def free_space(self, wire: Wire, folder: bytes) -> Finding:
        while wire.lstat(folder) is None and b"/" in folder[1:]:
            folder = folder.rpartition(b"/")[0]
        space = wire.space(folder)
        if space is None:
            return Finding(
                WARN,
                "服务器不告知 / the server does not tell",
                f">= {judge.FREE_WARN // judge.MEBI} MiB",
                "请管理员在前置机上查看磁盘 / Let the administrator look at the disk on the machine itself",
            )
        return judge.free_space(space.free)

    def clock(self, wire: Wire, folder: bytes) -> Finding:
        before, path = self._now(), _written(wire, folder + b"/" + _name())
        try:
            found = wire.lstat(path)
        finally:
            wire.remove(path)
        # Whole seconds are told: the file may have been written up to a second later than it says.
        written = float(found.modified) if found is not None else before
        return judge.clock(before - 1, written, self._now())

    def files(self) -> Sequence[Seen]:
        """Everything in the inbox; listed once."""
        if self._files is None:
            self._files = list(self._listing.look())
        return self._files

    def _make(self, wire: Wire, folder: bytes) -> bool:
        if wire.lstat(folder) is not None:
            return False
        wire.make_folder(folder, 0o700 if folder.endswith(FOLDER) else None)
        return True

    def _wire(self) -> Wire:
        self._check_failed()
        with self._remembered():
            return self.session.wire()

    def _check_failed(self) -> None:
        if self._failed is not None:
            raise Unreached

    @contextmanager
    def _remembered(self) -> Iterator[None]:
        """Keeps why there is no connection, so that it is neither waited for nor told again by every look."""
        try:
            yield
        except HubError as error:
            self._failed = error
            raise


def _name() -> bytes:
    return b".suphub-probe-" + secrets.token_hex(6).encode("ascii")


def _written(wire: Wire, path: bytes) -> bytes:
    handle = wire.open(path, ssh.FOR_WRITING | ssh.CREATE | ssh.EXCLUSIVE)
    try:
        wire.write(handle, iter((b"suphub probe",)))
        asked = wire.ask_sync(handle)
        if asked is not None:
            wire.done(asked)
    except (Refused, Lost):
        wire.close(handle)
        wire.remove(path)
        raise
    wire.close(handle)
    return path
