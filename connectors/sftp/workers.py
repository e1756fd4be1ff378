"""Who works on an SFTP directory: each worker has a folder for its claims, and a sign of life that ends with it.

Nothing on an SFTP server dies with a client, so a worker's life is told in two ways. On its own machine it holds a lock
file in the hub's work folder: held means alive, free means dead, at once. Everywhere else its lease in the connector's
state counts: an instant (µs UTC) that it moves forward while it works; passed, or gone, means dead. Clocks of the hub's
machines must agree within a fraction of LEASE_S.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from io import FileIO
from pathlib import Path

from connectors import locks
from connectors.state import State
from hub.errors import Place, RetryError

LEASE_S = 600
RENEWED_AFTER_S = 60
_KEY = "sftp worker "


class Worker:
    """This worker. `begin` and `end` may be repeated; each life has an id of its own."""

    def __init__(self, system: str, state: State, work: Path, now: Callable[[], float]) -> None:
        self.id: str | None = None
        self._system = system
        self._state = state
        self._work = work
        self._now = now
        self._lock: FileIO | None = None
        self._lease: str | None = None
        self._renewed = 0.0

    def begin(self) -> str:
        """Come to life and return the id, 16 hex digits. The sign of life is there before anything bears the id."""
        if self.id is None:
            mine = secrets.token_hex(8)
            self._lock = self._take(mine, create=True)
            self._renewed = self._now()
            self._lease = self._until()
            self._state.put(_KEY + mine, self._lease, None)
            self.id = mine
        return self.id

    def renew(self) -> None:
        """Say that this worker lives, if it has not said so lately. Raises RetryError if it was held for dead meanwhile."""
        if self.id is None or 0 <= self._now() - self._renewed < RENEWED_AFTER_S:
            return
        later = self._until()
        if not self._state.put(_KEY + self.id, later, self._lease):
            self.end()
            raise RetryError(
                "CONNECTOR_CLAIM_LOST",
                zh="本进程停顿过久,已被当作中断,其领取的报文由别的进程接手",
                en="This process paused for so long that it was held for dead; others have taken over what it had claimed",
                remedy_zh="无须处理:下一次运行会重新领取。若反复出现,检查各枢纽机器的时钟是否一致",
                remedy_en="Nothing to do: the next run claims again. If it recurs, check that the clocks of the hub's machines agree",
                place=Place(system=self._system),
            )
        self._renewed, self._lease = self._now(), later

    def end(self) -> None:
        """Die in good order: whatever still lies under this id may be taken by others at once."""
        if self.id is None:
            return
        mine, self.id = self.id, None
        try:
            self._state.put(_KEY + mine, None, self._lease)
        finally:
            if self._lock is not None:
                locks.drop(self._lock, self._path(mine))
                self._lock = None

    def dead(self, other: str) -> bool:
        """Whether the worker of that id is dead. Raises RetryError where the state or the work folder fails."""
        if other == self.id:
            return False
        held = self._held_here(other)
        if held is not None:
            # Whatever its lease says: it may be busy with one package, or the state may be new.
            return not held
        lease = self._state.get(_KEY + other)
        return lease is None or int(lease) < self._now() * 1_000_000

    def bury(self, other: str) -> None:
        """Forget a dead worker, once nothing is left of it."""
        lease = self._state.get(_KEY + other)
        if lease is not None:
            self._state.put(_KEY + other, None, lease)
        lock = self._take(other, create=False)
        if lock is not None:
            locks.drop(lock, self._path(other))

    def _held_here(self, other: str) -> bool | None:
        """Whether the lock of a worker of this machine is held; None if it is none of this machine."""
        path = self._work / "locks" / self._path(other).rsplit(b"/", 1)[1].decode("ascii")
        if not path.exists():
            return None
        lock = self._take(other, create=False)
        if lock is None:
            return True if path.exists() else None
        lock.close()
        return False

    def _until(self) -> str:
        return str(int((self._now() + LEASE_S) * 1_000_000))

    def _take(self, worker: str, *, create: bool) -> FileIO | None:
        try:
            (self._work / "locks").mkdir(parents=True, exist_ok=True)
            return locks.take(self._path(worker), create=create)
        except OSError as error:
            raise RetryError(
                "WORK_IO",
                zh=f"无法在 {self._work} 中建立锁文件:{error.strerror}",
                en=f"No lock file can be made in {self._work}: {error.strerror}",
                remedy_zh="检查磁盘空间和权限(SUPHUB_HOME 下的 work);恢复后自动继续",
                remedy_en="Check disk space and permissions (work under SUPHUB_HOME); the hub goes on by itself",
                place=Place(system=self._system, file=str(self._work)),
            ) from error

    def _path(self, worker: str) -> bytes:
        name = locks.name_for(f"sftp {self._system} {worker}".encode())
        return str(self._work / "locks").encode("utf-8", "surrogateescape") + b"/" + name
