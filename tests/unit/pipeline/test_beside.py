"""Work in a thread of its own: bounded, told when it fails, and over when the block is left."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from hub.pipeline.beside import Again, Ahead

Give = Callable[[int], None]
PATIENCE_S = 120.0


def counted(numbers: range) -> Callable[[Give], None]:
    def produce(give: Give) -> None:
        for number in numbers:
            give(number)

    return produce


def test_all_groups_come_in_their_order() -> None:
    with Ahead(counted(range(50)), 3) as source:
        found = [number for some in source.groups() for number in some]
    assert found == list(range(50))
    assert source.error is None


def test_a_source_runs_ahead_by_so_many_groups_and_no_further() -> None:
    begun: list[int] = []
    ahead = threading.Event()

    def produce(give: Give) -> None:
        for number in range(200):
            begun.append(number)
            if number == 4:
                ahead.set()
            give(number)

    with Ahead(produce, 4) as source:
        assert ahead.wait(PATIENCE_S)  # four are given, the fifth is made and waits
        assert begun == [0, 1, 2, 3, 4]
        taken = 0
        for some in source.groups():
            assert len(some) <= 4
            taken += len(some)
            assert len(begun) <= taken + 4 + 1
    assert taken == 200


def test_what_a_source_raises_is_told_when_its_groups_are_at_an_end() -> None:
    failure = ValueError("no more")

    def produce(give: Give) -> None:
        give(1)
        raise failure

    with Ahead(produce, 2) as source:
        assert [number for some in source.groups() for number in some] == [1]
        assert source.error is failure


@pytest.mark.parametrize("leaving", ["early", "by an error"])
def test_a_source_whose_groups_nobody_wants_any_more_ends_where_it_gives_the_next(leaving: str) -> None:
    ended = threading.Event()

    def produce(give: Give) -> None:
        try:
            while True:
                give(0)
        finally:
            ended.set()

    def take_one() -> None:
        with source:
            assert next(source.groups())
            if leaving == "by an error":
                raise KeyboardInterrupt

    source = Ahead(produce, 2)
    if leaving == "by an error":
        with pytest.raises(KeyboardInterrupt):
            take_one()
    else:
        take_one()
    assert ended.is_set()
    assert source.error is None
    assert "suphub-ahead" not in {thread.name for thread in threading.enumerate()}


def test_a_job_is_done_again_whenever_there_is_more_also_while_it_is_at_work() -> None:
    rounds: list[int] = []
    at_work, go_on, twice = threading.Event(), threading.Event(), threading.Event()

    def job() -> None:
        rounds.append(len(rounds))
        if len(rounds) == 1:
            at_work.set()
            go_on.wait(PATIENCE_S)
        else:
            twice.set()

    with Again(job) as repeated:
        repeated.more()
        assert at_work.wait(PATIENCE_S)
        repeated.more()
        repeated.more()
        go_on.set()
        assert twice.wait(PATIENCE_S)
    assert rounds == [0, 1]


def test_a_job_that_was_never_wanted_is_never_done() -> None:
    with Again(lambda: pytest.fail("it was not wanted")) as repeated:
        pass
    assert repeated.error is None


def test_what_a_job_raises_ends_it_and_is_told() -> None:
    failure, done = ValueError("broken"), list[int]()
    failed = threading.Event()

    def job() -> None:
        done.append(1)
        failed.set()
        raise failure

    with Again(job) as repeated:
        repeated.more()
        assert failed.wait(PATIENCE_S)
        repeated.more()
    assert repeated.error is failure
    assert done == [1]
