"""Several workers on one database: one rotation wins, every refused attempt is counted once, and the log stays whole."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine

from hub.central.engine import create_engine, reading
from hub.errors import RefusedError, StopError
from hub.nodes import by_token, listed, settle
from hub.nodes.changes import issue, revoke, rotate
from hub.nodes.refusals import ENTRIES, MINUTE_US, note
from hub.nodes.shapes import Material
from hub.nodes.tokens import new_id, new_token
from tests.support.nodes import NOW, SYSTEM, entries, grant, holder_of, token_of, verified

MINUTE = NOW - NOW % MINUTE_US
WORKERS = 4


@pytest.fixture
def workers(any_engine: Engine) -> Iterator[list[Engine]]:
    """Engines of several workers on the same database."""
    url = any_engine.url.render_as_string(hide_password=False)
    made = [create_engine(url) for _ in range(WORKERS)]
    yield made
    for each in made:
        each.dispose()


def at_once(workers: list[Engine], work: Callable[[Engine], object]) -> list[object]:
    """Every worker begins at the same instant; what each returned or raised."""
    gate = threading.Barrier(len(workers))

    def run(engine: Engine) -> object:
        gate.wait(timeout=60)
        try:
            return work(engine)
        except (StopError, RefusedError) as error:
            return error.code

    with ThreadPoolExecutor(len(workers)) as pool:
        return list(pool.map(run, workers))


def test_of_two_that_rotate_at_once_one_wins_and_the_others_are_told(
    any_engine: Engine, workers: list[Engine]
) -> None:
    _, old = token_of(any_engine)

    def work(engine: Engine) -> object:
        return rotate(engine, grant(), new_token()[1], 0, NOW, expected=old.generation).generation

    assert sorted(at_once(workers, work), key=str) == [2, *["NODE_CHANGED"] * (WORKERS - 1)]
    with reading(any_engine) as connection:
        assert [each.generation for each in listed(connection)] == [1, 2]
    assert len(entries(any_engine, "node.rotated")) == 1
    assert verified(any_engine).ok


def test_one_certificate_is_bound_to_one_system_however_many_bind_it(
    any_engine: Engine, workers: list[Engine]
) -> None:
    names = iter([f"bureau-{number}" for number in range(WORKERS)])
    lock = threading.Lock()

    def work(engine: Engine) -> object:
        with lock:
            system = next(names)
        made = holder_of(engine, "signing", "ab" * 32, system=system)
        return "bound" if made.system == system else "?"

    assert sorted(map(str, at_once(workers, work))) == [*["NODE_HELD"] * (WORKERS - 1), "bound"]
    assert len(entries(any_engine, "node.issued")) == 1


def test_one_node_gets_one_first_credential(any_engine: Engine, workers: list[Engine]) -> None:
    def work(engine: Engine) -> object:
        return issue(engine, grant(), new_token()[1], NOW).generation

    assert sorted(map(str, at_once(workers, work))) == ["1", *["NODE_EXISTS"] * (WORKERS - 1)]


def test_what_is_rotated_while_it_is_revoked_ends_revoked_or_is_refused(
    any_engine: Engine, workers: list[Engine]
) -> None:
    holder_of(any_engine, "signing", "ab" * 32)
    turn = iter(range(WORKERS))
    lock = threading.Lock()

    def work(engine: Engine) -> object:
        with lock:
            first = next(turn) == 0
        if first:
            return len(revoke(engine, SYSTEM, "front-1", "王", "泄露", NOW))
        material = Material("signing", new_id(), fingerprint="cd" * 32)
        return rotate(engine, grant(), material, 0, NOW, expected=1).id

    at_once(workers, work)
    with reading(any_engine) as connection:
        old = [each for each in listed(connection) if each.fingerprint == "ab" * 32]
    assert all(not each.admits(NOW) for each in old)
    assert verified(any_engine).ok


def test_workers_count_refused_attempts_together(any_engine: Engine, workers: list[Engine]) -> None:
    def work(engine: Engine) -> object:
        for _ in range(5):
            note(engine, "192.0.2.7", {"kind": "token", "why": "unknown"}, MINUTE)
        return None

    at_once(workers, work)
    assert len(entries(any_engine, "node.refused")) == ENTRIES
    told = at_once(workers, lambda engine: settle(engine, MINUTE + 2 * MINUTE_US))
    assert sum(int(str(each)) for each in told) == 5 * WORKERS - ENTRIES
    assert [each["refused"] for each in entries(any_engine, "node.refusals")] == [5 * WORKERS]
    assert verified(any_engine).ok


def test_different_peers_hold_nobody_up(any_engine: Engine, workers: list[Engine]) -> None:
    peers = {id(engine): f"192.0.2.{number}" for number, engine in enumerate(workers)}

    def work(engine: Engine) -> object:
        for minute in range(3):
            for _ in range(ENTRIES + 2):
                note(
                    engine, peers[id(engine)], {"kind": "token", "why": "wrong"}, MINUTE + minute * MINUTE_US
                )
        return None

    at_once(workers, work)
    settle(any_engine, MINUTE + 9 * MINUTE_US)
    # A worker whose clock is behind finds its minute closed and begins it anew: no attempt is lost by that.
    alone = len(entries(any_engine, "node.refused"))
    together = sum(each["without_entry"] for each in entries(any_engine, "node.refusals"))
    assert alone + together == 3 * WORKERS * (ENTRIES + 2)
    assert alone >= 3 * WORKERS * ENTRIES
    assert verified(any_engine).ok


def test_a_revocation_by_one_worker_is_in_force_at_the_door_of_another(
    any_engine: Engine, workers: list[Engine]
) -> None:
    token, _ = token_of(any_engine)
    assert all(
        str(node) == "land-bureau/front-1"
        for node in at_once(workers, lambda e: by_token(e, token, peer="a", now=NOW))
    )
    revoke(workers[0], SYSTEM, "front-1", "王", None, NOW)
    assert at_once(workers, lambda e: by_token(e, token, peer="a", now=NOW)) == ["NODE_REVOKED"] * WORKERS
