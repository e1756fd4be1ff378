"""Which workers of a system live: a lease per worker in the connector's state, so that a dead one's claims are found again.

A worker that takes files on another machine moves each of them, by one rename, into a folder of its own. A rename takes a
file once, whoever else tries, and since no two workers have the same target, a server that overwrites existing names does no
harm: the rename decides who has a file. The lease only tells the living from the dead; of a process on the hub's own machine it
is seen whether it runs, whatever its lease says. A worker that was thought dead and goes on finds its files gone from its folder:
it can neither read nor remove what another has taken from there.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from connectors.state import State

LEASE_S = 900.0
"""How long a worker elsewhere is taken to live after its last sign, by the hub's clocks."""
KEY = "worker "


class Worker:
    """One connector's life as the others see it. All methods raise RetryError when the state's store fails."""

    def __init__(self, state: State, now: Callable[[], float] = time.time) -> None:
        """`now` is the hub's clock in seconds since 1970."""
        self.token = secrets.token_hex(8)
        self._state = state
        self._now = now
        self._text: str | None = None
        self._until = 0.0

    def live(self) -> None:
        """Give a sign of life, where the last one is a third of a lease old; to be called before every claim and block."""
        now = self._now()
        if now < self._until - LEASE_S * 2 / 3 and self._until - now <= LEASE_S:
            return
        until = now + LEASE_S
        text = json.dumps({"until": until, "process": _process()}, separators=(",", ":"))
        if not self._state.put(KEY + self.token, text, self._text):
            # Thought dead and tidied away: what it held is the others' now; it goes on under a new lease.
            self._state.put(KEY + self.token, text, self._state.get(KEY + self.token))
        self._text, self._until = text, until

    def alive(self, token: str) -> bool:
        """Whether the worker of that token may still be at work; the one asking is alive."""
        if token == self.token:
            return True
        text = self._state.get(KEY + token)
        if text is None:
            return False
        lease = json.loads(text)
        runs = _runs(str(lease["process"]))
        # Whatever the lease of a process that runs here says: it may have been busy with one package for long.
        return self._now() < float(lease["until"]) if runs is None else runs

    def end(self) -> None:
        """Die in good order: what still lies in this worker's folder may be taken by others at once."""
        if self._text is not None:
            self._state.put(KEY + self.token, None, self._text)
            self._text, self._until = None, 0.0

    def bury(self, token: str) -> None:
        """Forget a dead worker, once nothing of it is left."""
        text = self._state.get(KEY + token)
        if text is not None and not self.alive(token):
            self._state.put(KEY + token, None, text)


def _process() -> str:
    """This process, told apart from every other one: boot, namespace of process numbers, number, start."""
    return f"{_house()} {os.getpid()} {_started(os.getpid())}"


def _runs(process: str) -> bool | None:
    """Whether that process of this machine still runs; None for one of another, of which only the lease tells."""
    house, _, rest = process.rpartition(" ")
    house, _, number = house.rpartition(" ")
    if not house or house != _house():
        return None
    return _started(int(number)) == rest


@lru_cache(maxsize=1)
def _house() -> str:
    """The machine since its start, and its container; empty where that cannot be told."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return ""  # no Linux: only the lease counts


def _started(number: int) -> str:
    """When a process started, in ticks since the machine's start; empty where there is none of that number."""
    try:
        text = Path(f"/proc/{number}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""
    fields = text.rpartition(")")[2].split()
    return "" if fields[0] in "ZX" else fields[19]
