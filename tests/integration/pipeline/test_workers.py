"""Several workers at once: nothing is doubled, nobody waits in a circle, and a repeated batch tells the first result."""

from __future__ import annotations

import dataclasses
import random
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, update

from hub import wiring
from hub.central import packages
from hub.central.batch import Batch, Moved, store
from hub.central.engine import create_engine, writing
from hub.central.tables import exchange
from hub.envelope import Limits
from hub.errors import PackageRefused
from hub.pipeline.closing import close, refuse
from hub.pipeline.process import Bench, process
from hub.rawstore import RawStore
from hub.shapes import Fragment, Head, Outcome, Rejection, Unchanged
from tests.integration.pipeline.conftest import Hub
from tests.support.message import SYSTEM, case, fragment_of, mapped, package

REPOSITORY = Path(__file__).parents[3]


def at_once(*works: Callable[[], object]) -> list[object]:
    """Let every work begin at the same instant; their results, or the first error."""
    gate = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> object:
        gate.wait(timeout=60)
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return [each.result(timeout=300) for each in [pool.submit(run, work) for work in works]]


def another(engine: Engine) -> Engine:
    return create_engine(engine.url.render_as_string(hide_password=False))


# --- Workers on the same packages -------------------------------------------------------------------------------------


def worker(hub: Hub, ids: list[int]) -> Callable[[], object]:
    engine = another(hub.engine)
    store_of_raw, work = RawStore(hub.home / "home" / "raw"), hub.home / "home" / "work"
    known = wiring.registration(SYSTEM)

    def run() -> None:
        for each in ids:
            process(Bench(engine, store_of_raw, work, Limits()), known, each)
        engine.dispose()

    return run


def test_workers_on_the_same_package_never_double_a_case(hub: Hub) -> None:
    digest = hub.send("a.xml", package(case(f"C{n}") for n in range(1, 1051)))
    ids = wiring.take(SYSTEM)
    at_once(*(worker(hub, ids) for _ in range(3)))
    assert Counter(outcome for _, outcome, _ in hub.outcomes(digest)) == {"accepted": 1050}
    assert (hub.count("case_head"), hub.count("fragment"), hub.count("approval_case")) == (1050, 1050, 1050)
    assert hub.count("receipt") == 1
    assert hub.events().count("package.closed") == 1
    assert (hub.package(digest).state, hub.package(digest).attempts) == ("closed", 0)


def test_workers_on_packages_that_share_their_cases_never_wait_in_a_circle(hub: Hub) -> None:
    dice = random.Random(20261201)
    numbers = [f"C{n}" for n in range(120)]
    digests = []
    for serial in range(1, 9):
        chosen = dice.sample(numbers, 80)
        body = package((case(no, version=serial) for no in chosen), f"P{serial}", serial=serial)
        digests.append(hub.send(f"{serial}.xml", body))
    ids = wiring.take(SYSTEM)
    orders = [ids, ids[::-1], dice.sample(ids, len(ids))]
    at_once(*(worker(hub, order) for order in orders))
    assert [hub.package(digest).state for digest in digests] == ["closed"] * 8
    found = Counter(outcome for digest in digests for _, outcome, _ in hub.outcomes(digest))
    assert found["conflict"] == found["rejected"] == 0
    assert sum(found.values()) == 640
    newest = {no: value for no, value in hub.rows("case_head", "case_no", "value")}
    for serial, digest in enumerate(digests, 1):
        for no, _, _ in hub.outcomes(digest):
            assert newest[str(no)] >= serial


def test_workers_that_refuse_or_close_the_same_package_answer_once(hub: Hub) -> None:
    off, good = (
        hub.send("a.xml", package([case("C1")], count=2)),
        hub.send("b.xml", package([case("C1")], "P2", serial=2)),
    )
    one, two = wiring.take(SYSTEM)
    with writing(hub.engine) as connection:
        packages.identify(connection, two, Head("P2", SYSTEM, 2, "2026-01-01", 1), 1, None)
        store(connection, batch(two, fragment_of(case("C1"))))
    engines = [another(hub.engine) for _ in range(6)]
    reason = PackageRefused("PKG_COUNT", stated=2, found=1)
    at_once(*(lambda engine=engine: refuse(engine, one, reason) for engine in engines))
    at_once(*(lambda engine=engine: close(engine, two) for engine in engines))
    for engine in engines:
        engine.dispose()
    assert (hub.package(off).state, hub.package(good).state, hub.count("receipt")) == ("refused", "closed", 2)
    assert (hub.events().count("package.refused"), hub.events().count("package.closed")) == (1, 1)


def test_workers_that_deliver_at_once_deliver_the_same_bytes_and_note_it_once(hub: Hub) -> None:
    for serial in range(1, 6):
        hub.send(f"{serial}.xml", package([case(f"C{serial}")], f"P{serial}", serial=serial))
    worker(hub, wiring.take(SYSTEM))()
    at_once(*(lambda: wiring.deliver(SYSTEM) for _ in range(4)))
    assert hub.events().count("receipt.delivered") == 5
    assert len(list(hub.folder("in").glob("*.receipt.xml"))) == 5


def test_two_runs_that_begin_together_take_every_file_once(hub: Hub) -> None:
    """Whole processes, as cron and a person would start them."""
    for serial in range(1, 5):
        hub.send(f"{serial}.xml", package([case(f"C{serial}")], f"P{serial}", serial=serial))
    program = f"from hub import wiring; wiring.exchange('{SYSTEM}')"
    runs = [
        subprocess.Popen([sys.executable, "-c", program], cwd=REPOSITORY, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for run in runs:
        _, errors = run.communicate(timeout=300)
        assert run.returncode == 0, errors
    assert Counter(state for (state,) in hub.rows("package", "state")) == {"closed": 4}
    assert (hub.count("arrival"), hub.count("case_head")) == (4, 4)
    assert hub.events().count("receipt.delivered") == 4
    assert {hub.package(digest).attempts for (digest,) in hub.rows("package", "digest")} == {0}


def test_the_same_bytes_under_two_names_at_once_are_one_package(hub: Hub) -> None:
    body = package([case("C1")])
    engines = [another(hub.engine) for _ in range(4)]

    def arrive(engine: Engine, name: str) -> Callable[[], object]:
        def run() -> int:
            with writing(engine) as connection:
                return packages.arrive(connection, SYSTEM, "a" * 64, name, len(body), 0)[0].id

        return run

    ids = at_once(*(arrive(engine, f"{n}.xml") for n, engine in enumerate(engines)))
    for engine in engines:
        engine.dispose()
    assert len(set(ids)) == 1
    assert (hub.count("package"), hub.count("arrival")) == (1, 4)


# --- One batch --------------------------------------------------------------------------------------------------------


def arrived(hub: Hub, name: str = "a") -> int:
    with writing(hub.engine) as connection:
        return packages.arrive(connection, SYSTEM, name * 64, f"{name}.xml", 1, 0)[0].id


def batch(package_id: int, *items: Fragment | Rejection | Unchanged, serial: int = 1) -> Batch:
    return Batch(package_id, SYSTEM, 1, len(items), "f" * 64, serial, items, 0)


def stored(hub: Hub, one: Batch) -> list[Outcome]:
    with writing(hub.engine) as connection:
        return store(connection, one)


def test_a_batch_that_is_repeated_tells_its_first_result(hub: Hub) -> None:
    refused, _ = mapped(case("C2", {"Applicant/Type": "77"}))
    assert isinstance(refused, Rejection)
    one = batch(arrived(hub), fragment_of(case("C1")), dataclasses.replace(refused, ordinal=2))
    first = stored(hub, one)
    assert [(o.outcome, o.codes) for o in first] == [("accepted", ()), ("rejected", ("CODE_UNKNOWN",))]
    before = hub.everything()
    assert stored(hub, one) == first
    assert hub.everything() == before


def test_a_batch_that_fails_leaves_nothing(hub: Hub) -> None:
    package_id = arrived(hub)

    def fail_behind(one: Batch) -> None:
        with writing(hub.engine) as connection:
            store(connection, one)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_behind(batch(package_id, fragment_of(case("C1"))))
    assert hub.count("case_head") == hub.count("case_outcome") == hub.count("approval_case") == 0


def test_a_short_cut_that_no_longer_holds_writes_nothing_and_says_so(hub: Hub) -> None:
    old = fragment_of(case("C1", version=1))
    stored(hub, batch(arrived(hub, "a"), old))
    stored(hub, batch(arrived(hub, "b"), fragment_of(case("C1", {"Applicant/Name": "另"}, version=2))))
    before = hub.rows("case_outcome")
    with pytest.raises(Moved):
        stored(
            hub,
            batch(
                arrived(hub, "c"),
                Unchanged(1, "C1", "1" * 64),
                dataclasses.replace(fragment_of(case("C9")), ordinal=2),
            ),
        )
    assert hub.rows("case_outcome") == before
    assert hub.case("C9") is None


def test_a_short_cut_of_a_case_that_is_not_there_says_so(hub: Hub) -> None:
    with pytest.raises(Moved):
        stored(hub, batch(arrived(hub), Unchanged(1, "C1", "0" * 64)))


def test_a_short_cut_that_holds_is_a_duplicate(hub: Hub) -> None:
    one = fragment_of(case("C1", version=3))
    [first] = stored(hub, batch(arrived(hub, "a"), one))
    [second] = stored(hub, batch(arrived(hub, "b"), Unchanged(1, "C1", one.raw_digest)))
    assert (second.outcome, second.case_id, second.version) == ("duplicate", first.case_id, 1)


def test_a_short_cut_is_not_taken_where_only_serials_order_a_case(hub: Hub) -> None:
    one = fragment_of(case("C1", version=None), serial=1)
    stored(hub, batch(arrived(hub, "a"), one, serial=1))
    with pytest.raises(Moved):  # read again, it moves the case to the later serial
        stored(hub, batch(arrived(hub, "b"), Unchanged(1, "C1", one.raw_digest), serial=2))


def test_a_case_that_changes_while_its_package_is_read_is_read_again(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The short cut is looked up before the batch is written; in between another worker writes a newer version."""
    hub.exchange("a.xml", package([case("C1", version=1), case("C2", version=1)]))
    digest = hub.send("b.xml", package([case("C1", version=1), case("C2", version=1)], "P2", serial=2))
    from hub.pipeline import process as processing

    real, changed = processing.store, []

    def store_late(connection: Connection, one: Batch) -> object:
        if not changed:
            changed.append(one)
            head = exchange.case_head
            connection.execute(update(head).where(head.c.case_no == "C1").values(raw_digest="e" * 64))
        return real(connection, one)

    with monkeypatch.context() as patch:
        patch.setattr(processing, "store", store_late)
        hub.run()
    assert len(changed) == 1
    assert [type(item) for item in changed[0].items] == [Unchanged, Unchanged]
    assert [outcome for _, outcome, _ in hub.outcomes(digest)] == ["duplicate", "duplicate"]


def test_all_cases_of_a_package_have_their_outcome_once_closed(hub: Hub) -> None:
    """A package whose outcomes do not add up is never closed."""
    package_id = arrived(hub)
    with writing(hub.engine) as connection:
        packages.identify(connection, package_id, Head("P1", SYSTEM, 1, "2026-01-01", 2), 2, None)
        store(connection, batch(package_id, fragment_of(case("C1"))))
    with pytest.raises(RuntimeError, match="1 outcomes for 2 cases"):
        close(hub.engine, package_id)
    assert hub.count("receipt") == 0
