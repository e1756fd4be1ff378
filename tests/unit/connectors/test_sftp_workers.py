"""Workers of one machine that share an SFTP directory: the lock in the work folder tells who lives."""

from __future__ import annotations

from pathlib import Path

from connectors.sftp.workers import LEASE_S, Worker
from connectors.state import MemoryState


class Clock:
    def __init__(self) -> None:
        self.at = 1_000_000.0

    def __call__(self) -> float:
        return self.at


def test_who_holds_its_lock_here_lives_even_where_its_lease_is_unknown(tmp_path: Path) -> None:
    """A state that was reset, or restored from a copy, must not give away what a living worker holds."""
    clock = Clock()
    one = Worker("land", MemoryState(), tmp_path, clock)
    other = Worker("land", MemoryState(), tmp_path, clock)
    mine = one.begin()
    assert not other.dead(mine)
    one.end()
    assert other.dead(mine)


def test_who_is_busy_longer_than_its_lease_lives_on_its_own_machine_and_is_dead_for_others(
    tmp_path: Path,
) -> None:
    state, clock = MemoryState(), Clock()
    one = Worker("land", state, tmp_path / "here", clock)
    mine = one.begin()
    clock.at += LEASE_S + 1
    assert not Worker("land", state, tmp_path / "here", clock).dead(mine)
    assert Worker("land", state, tmp_path / "elsewhere", clock).dead(mine)
    one.end()
