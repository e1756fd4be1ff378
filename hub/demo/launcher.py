"""Airflow's servers as one group of processes: started together, watched, and all ended on Ctrl-C, SIGTERM or SIGHUP."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Set
from pathlib import Path
from types import FrameType, TracebackType
from typing import Literal

from hub.airflow_pools import POOL_FILE, known_pools, pool_name
from hub.demo.airflow_home import HOST, Deployment
from hub.errors import Place, StopError

PATIENCE = 20.0
"""Seconds between SIGTERM and SIGKILL: a scheduler that runs tasks needs about ten."""
STARTED_AGAIN = 3
"""Times that the servers are started again, all in all, where Airflow's SQLite file was locked for too long."""
_LOCKED = "database is locked"
_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of prctl(2)


AIRFLOW = (sys.executable, "-m", "airflow")


def commands(port: int) -> dict[str, list[str]]:
    """The servers that are started at once, by name. No triggerer: no task of ours waits in one."""
    return {
        "api-server": [*AIRFLOW, "api-server", "--host", HOST, "--port", str(port), "--workers", "1"],
        "dag-processor": [*AIRFLOW, "dag-processor"],
    }


def scheduling() -> dict[str, list[str]]:
    """What begins tasks, which fail where the API server does not answer yet. No log servers: they would listen on all
    interfaces, and on one machine the logs are read as files."""
    return {"scheduler": [*AIRFLOW, "scheduler", "--skip-serve-logs"]}


def run_airflow(deployment: Deployment, *arguments: str) -> None:
    """Run one Airflow command to its end; its output goes to a log. Raises StopError with the log's end."""
    log = deployment.folder / f"{'-'.join(arguments[:2])}.log"
    with log.open("wb") as output:
        done = subprocess.run(
            [sys.executable, "-m", "airflow", *arguments],
            env=dict(deployment.environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=deployment.folder,
            check=False,
        )
    if done.returncode:
        raise _broken(f"airflow {' '.join(arguments[:2])}", done.returncode, log)


def make_pools(deployment: Deployment, home: Path, codes: Iterable[str]) -> list[str]:
    """Make the pools of systems that have none yet (one slot: packages in their order) and note them for the DAGs.

    Pools that exist keep the size that somebody gave them in Airflow. Returns the new names.
    """
    known = known_pools(home)
    new = sorted({pool_name(code) for code in codes} - known)
    if new:
        asked = deployment.folder / "new-pools.json"
        pools = {
            name: {"slots": 1, "description": "交换 · exchange", "include_deferred": False} for name in new
        }
        asked.write_text(json.dumps(pools, ensure_ascii=False), encoding="utf-8")
        run_airflow(deployment, "pools", "import", str(asked))
        noted = home / f"{POOL_FILE}.part"
        noted.write_text(json.dumps(sorted(known | set(new))), encoding="utf-8")
        noted.replace(home / POOL_FILE)
    return new


class Servers:
    """The running servers. Use as a context: leaving it, however that happens, ends all of them and their children."""

    def __init__(self, deployment: Deployment, servers: Mapping[str, list[str]] | None = None) -> None:
        self.deployment = deployment
        self.servers = commands(deployment.port) if servers is None else servers
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._others: set[int] = set()
        self._commands: dict[str, list[str]] = {}
        self._again = STARTED_AGAIN

    def __enter__(self) -> Servers:
        adopt_orphans()
        self._others = descendants(os.getpid())
        try:
            self.start(self.servers)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def log(self, name: str) -> Path:
        return self.deployment.folder / f"{name}.log"

    def start(self, servers: Mapping[str, list[str]]) -> None:
        """Start these as well; they end with the others."""
        for name, command in servers.items():
            self._start(name, command)

    def _start(self, name: str, command: list[str], mode: Literal["wb", "ab"] = "wb") -> None:
        self._commands[name] = command
        # One group for all, apart from the terminal's: Ctrl-C reaches the launcher alone, which ends them in order.
        living = [process.pid for process in self._running.values() if process.poll() is None]
        group = os.getpgid(living[0]) if living else 0
        with self.log(name).open(mode) as output:
            self._running[name] = subprocess.Popen(
                command,
                env=dict(self.deployment.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.deployment.folder,
                process_group=group,
            )

    def check(self) -> None:
        """Raises StopError, with the end of its log, when a server has ended by itself.

        One that ended because Airflow's own SQLite file was locked is started again, STARTED_AGAIN times in all.
        """
        for name, process in list(self._running.items()):
            if (code := process.poll()) is None:
                continue
            if not self._again or _LOCKED not in _tail(self.log(name)):
                raise _broken(f"airflow {name}", code, self.log(name))
            self._again -= 1
            self._start(name, self._commands[name], "ab")

    def stop(self) -> None:
        """End all servers and whatever they started; a second Ctrl-C does not leave half of them behind."""
        with _deaf():
            for process in self._running.values():
                with contextlib.suppress(ProcessLookupError):
                    process.terminate()
            deadline = time.monotonic() + PATIENCE
            for process in self._running.values():
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(max(0.1, deadline - time.monotonic()))
            end_children(self._others)
            for process in self._running.values():
                process.wait()
            self._running.clear()


@contextlib.contextmanager
def ended_by_signals() -> Iterator[None]:
    """SIGTERM and SIGHUP (the terminal is gone) end the block like Ctrl-C does: with KeyboardInterrupt."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _deaf() -> Iterator[None]:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def adopt_orphans() -> None:
    """Grandchildren whose parent dies become ours (Linux), so that `stop` still finds a task that outlives its worker."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)


def descendants(ancestor: int) -> set[int]:
    """All processes below one, read from /proc; empty where there is none."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            stat = entry.read_text(errors="replace")
            # The command name stands in parentheses and may itself hold spaces and parentheses.
            parents[int(entry.parent.name)] = int(stat.rpartition(")")[2].split()[1])
    found: set[int] = set()
    ring = {ancestor}
    while ring:
        ring = {pid for pid, parent in parents.items() if parent in ring} - found
        found |= ring
    return found


def end_children(spared: Set[int] = frozenset()) -> None:
    """End every process below this one, except those spared: first asked, after some seconds forced."""
    pids = descendants(os.getpid()) - spared
    for number, patience in ((signal.SIGTERM, 3.0), (signal.SIGKILL, 3.0)):
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        deadline = time.monotonic() + patience
        while pids and time.monotonic() < deadline:
            pids = {pid for pid in pids if _alive(pid)}
            time.sleep(0.05)


def _alive(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        ended, _ = os.waitpid(pid, os.WNOHANG)  # an adopted one must be reaped, or it stays a zombie
        return ended == 0
    return Path(f"/proc/{pid}").exists()


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])


def _broken(what: str, code: int, log: Path) -> StopError:
    tail = _tail(log)
    return StopError(
        "AIRFLOW_ENDED",
        zh=f"{what} 退出(代码 {code})。日志末尾:\n{tail}",
        en=f"{what} ended with code {code}; the end of its log is above",
        remedy_zh=f"看日志 {log};多为磁盘、内存或端口不足",
        remedy_en=f"Read {log}; mostly disk, memory or a port is lacking",
        place=Place(file=str(log)),
    )
