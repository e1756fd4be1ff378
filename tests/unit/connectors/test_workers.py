"""Workers that take files on another machine: who lives, and who is dead."""

from __future__ import annotations

import os

from connectors.state import MemoryState
from connectors.workers import KEY, LEASE_S, Worker


class Clock:
    def __init__(self) -> None:
        self.at = 1_000_000.0

    def __call__(self) -> float:
        return self.at


def elsewhere(state: MemoryState, token: str) -> None:
    """The worker of that token runs on another machine."""
    text = state.values[KEY + token]
    state.values[KEY + token] = text.replace('"process":"', '"process":"other')


def test_a_worker_lives_from_its_first_sign_until_its_lease_is_over() -> None:
    state, clock = MemoryState(), Clock()
    one, other = Worker(state, clock), Worker(state, clock)
    assert not other.alive(one.token)
    assert one.alive(one.token)

    one.live()
    elsewhere(state, one.token)
    clock.at += LEASE_S - 1
    assert other.alive(one.token)
    clock.at += 1
    assert not other.alive(one.token)


def test_signs_of_life_are_given_only_when_a_third_of_the_lease_has_gone() -> None:
    state, clock = MemoryState(), Clock()
    worker = Worker(state, clock)
    worker.live()
    first = dict(state.values)
    clock.at += LEASE_S / 3 - 1
    worker.live()
    assert state.values == first
    clock.at += 1
    worker.live()
    assert state.values != first
    clock.at += LEASE_S * 0.9
    assert Worker(state, clock).alive(worker.token)


def test_a_clock_that_is_set_back_does_not_stop_the_signs() -> None:
    state, clock = MemoryState(), Clock()
    worker = Worker(state, clock)
    worker.live()
    clock.at -= 10 * LEASE_S
    worker.live()
    clock.at += LEASE_S / 2
    assert Worker(state, clock).alive(worker.token)


def test_a_process_of_this_machine_that_ended_is_dead_at_once() -> None:
    state, clock = MemoryState(), Clock()
    worker = Worker(state, clock)
    worker.live()
    assert Worker(state, clock).alive(worker.token)
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    text = state.values[KEY + worker.token]
    state.values[KEY + worker.token] = text.replace(f" {os.getpid()} ", f" {child} ")
    assert not Worker(state, clock).alive(worker.token)


def test_a_process_of_this_machine_that_runs_lives_whatever_its_lease_says() -> None:
    state, clock = MemoryState(), Clock()
    worker, other = Worker(state, clock), Worker(state, clock)
    worker.live()
    clock.at += 10 * LEASE_S  # busy with one package all the time
    assert other.alive(worker.token)
    other.bury(worker.token)
    assert other.alive(worker.token)


def test_a_worker_that_ends_in_good_order_is_dead_at_once_and_may_begin_again() -> None:
    state, clock = MemoryState(), Clock()
    worker, other = Worker(state, clock), Worker(state, clock)
    worker.end()
    worker.live()
    worker.end()
    assert not other.alive(worker.token)
    assert state.values == {}
    worker.live()
    assert other.alive(worker.token)


def test_only_the_dead_are_buried_and_one_who_comes_back_signs_anew() -> None:
    state, clock = MemoryState(), Clock()
    worker, other = Worker(state, clock), Worker(state, clock)
    worker.live()
    other.bury(worker.token)
    assert other.alive(worker.token)
    elsewhere(state, worker.token)
    clock.at += 2 * LEASE_S
    other.bury(worker.token)
    assert state.values == {}
    worker.live()
    assert other.alive(worker.token)
