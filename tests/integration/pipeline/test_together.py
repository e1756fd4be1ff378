"""Small packages that go together end as they would one by one, whatever stands between them, and as a whole or not at all."""

from __future__ import annotations

import random
from collections import Counter
from threading import Thread
from typing import Any

import pytest

from hub import wiring
from hub.central.engine import reading
from hub.ledger.verify_database import verify_database
from hub.pipeline import together
from tests.integration.pipeline.conftest import Hub
from tests.support.message import SYSTEM, case, package

TWIN = "twin-bureau"
NAME = {"Applicant/Name": "换了名字的公司"}


def plain(number: int, *cases: str, system: str = SYSTEM) -> bytes:
    return package(cases or [case(f"C{number}")], f"P{number}", serial=number, system=system)


def seen(hub: Hub, code: str) -> dict[str, Any]:
    """Everything that became of a system's packages, but for ids and instants."""
    heads = [row for row in hub.rows("case_head", "case_no", "system", "version", "digest", "state", "basis", "value")
             if row[1] == code]  # fmt: skip
    packages = {row[0]: row[1:] for row in hub.rows("package", "id", "system", "serial", "package_id", "state", "cases",
                "accepted", "rejected", "duplicate", "stale", "conflict", "refusal_code") if row[1] == code}  # fmt: skip
    names = {key: found[2] or found[1] for key, found in packages.items()}
    outcomes = sorted(
        (str(names[row[0]]), *row[1:])
        for row in hub.rows("case_outcome", "package", "ordinal", "case_no", "outcome", "codes", "version")
        if row[0] in names
    )
    fragments = Counter(
        row[1:]
        for row in hub.rows("fragment", "package", "ordinal", "basis", "value", "operation")
        if row[0] in names
    )
    return {
        "heads": sorted((row[0], *row[2:]) for row in heads),
        "packages": sorted((found[1:] for found in packages.values()), key=str),
        "outcomes": outcomes,
        "fragments": fragments,
    }


def answered(hub: Hub, code: str) -> dict[str, tuple[Any, ...]]:
    names = [path.name.removesuffix(".receipt.xml") for path in hub.folder("in", code).glob("*.receipt.xml")]
    receipts = {name: hub.receipt(name, code) for name in names}
    return {
        name: (r.text("State"), r.text("PackageId"), tuple(r.counts.items())) for name, r in receipts.items()
    }


def both_ways(hub: Hub, monkeypatch: pytest.MonkeyPatch, bodies: list[tuple[str, str]]) -> dict[str, Any]:
    """The same packages to two systems, one together and one by one; `bodies` are texts with {system} in them."""
    hub.register(TWIN)
    for code in (SYSTEM, TWIN):
        for name, text in bodies:
            hub.send(name, text.replace(SYSTEM, code).encode(), code)
    hub.run(SYSTEM)
    with monkeypatch.context() as patch:
        patch.setattr(together, "PACKAGES", 1)
        hub.run(TWIN)
    one, other = seen(hub, SYSTEM), seen(hub, TWIN)
    for name in one:
        assert one[name] == other[name], name
    assert answered(hub, SYSTEM) == answered(hub, TWIN)
    with reading(hub.engine) as connection:
        assert verify_database(connection).ok
    return one


def texts(bodies: list[bytes]) -> list[tuple[str, str]]:
    return [(f"{number:03}.xml", body.decode()) for number, body in enumerate(bodies)]


def test_plain_packages_share_a_transaction_and_each_has_its_receipt_and_entry(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups: list[int] = []
    real = together._close

    def close(*said: Any) -> None:
        groups.append(len(said[3]))
        real(*said)

    monkeypatch.setattr(together, "_close", close)
    for number in range(1, 31):
        hub.send(f"{number:02}.xml", plain(number))
    done = hub.run()
    assert groups == [30]
    assert [each["package_id"] for each in done] == [f"P{number}" for number in range(1, 31)]
    assert {each["state"] for each in done} == {"closed"}
    assert len(list(hub.folder("in").glob("*.receipt.xml"))) == 30
    assert hub.events().count("package.closed") == 30
    with reading(hub.engine) as connection:
        assert verify_database(connection).ok


def test_versions_repeats_and_what_comes_late_are_told_as_one_by_one(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    bodies = [
        plain(1), plain(2, case("C1", NAME, version=2)), plain(3, case("C1")), plain(4, case("C4", version=3)),
        plain(5, case("C4", NAME, version=2)), plain(6, case("C1", version=3, operation="D", only=())), plain(7), plain(8),
    ]  # fmt: skip
    found = both_ways(hub, monkeypatch, texts(bodies))
    assert {row[3] for row in found["outcomes"]} >= {"accepted", "duplicate", "stale"}


def test_what_is_not_plain_goes_by_itself_and_in_its_turn(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    bodies = [
        plain(1, case("C1", version=1)), plain(2, case("C2", version=1)),
        plain(3, case("C1", {"Applicant/Name": None}, version=5)),  # refused: the case keeps its version
        plain(4, case("C1", NAME, version=2)), plain(5), plain(5, case("C5", NAME)),  # the same id twice
        plain(6, case("C2", NAME, version=1)),  # in conflict
        plain(7), b"<ExchangePackage/>", plain(8), plain(9, system="someone-else"), plain(10),
    ]  # fmt: skip
    found = both_ways(hub, monkeypatch, texts(bodies))
    outcomes = Counter(row[3] for row in found["outcomes"])
    assert outcomes["rejected"] == outcomes["conflict"] == 1
    assert sum(row[2] == "refused" for row in found["packages"]) == 3


@pytest.mark.parametrize("seed", range(4))
def test_any_mixture_ends_as_one_by_one(hub: Hub, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    dice = random.Random(seed)
    bodies = []
    for number in range(1, 25):
        cases = [
            case(f"C{no}", dice.choice([None, NAME, {"Applicant/Name": None}] if dice.random() < 0.3 else [None]),
                 version=dice.randint(1, 3))
            for no in dice.sample(range(6), dice.randint(1, 2))
        ]  # fmt: skip
        bodies.append(plain(number, *cases))
    both_ways(hub, monkeypatch, texts(bodies))


def test_a_fault_in_the_middle_leaves_nothing_of_the_group_and_each_goes_by_itself(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*said: Any) -> None:
        raise ZeroDivisionError("a fault of the hub")

    monkeypatch.setattr(together.packages, "finish_all", broken)
    for number in range(1, 6):
        hub.send(f"{number}.xml", plain(number))
    done = hub.run()
    assert [each["accepted"] for each in done] == [1] * 5
    assert hub.count("receipt") == hub.count("case_outcome") == hub.count("fragment") == 5


def test_workers_with_the_same_packages_finish_each_once(hub: Hub) -> None:
    for number in range(1, 41):
        hub.send(f"{number:02}.xml", plain(number, case(f"C{number % 7}", version=number)))
    ids = wiring.take(SYSTEM)
    failed: list[BaseException] = []

    def work() -> None:
        try:
            for _, result in wiring.process_many(SYSTEM, ids):
                if isinstance(result, Exception):
                    raise result
        except BaseException as error:  # noqa: BLE001 - told below
            failed.append(error)

    workers = [Thread(target=work) for _ in range(3)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert failed == []
    assert hub.count("receipt") == hub.count("case_outcome") == 40
    assert {state for (state,) in hub.rows("package", "state")} == {"closed"}
    assert hub.events().count("package.closed") == 40
    with reading(hub.engine) as connection:
        assert verify_database(connection).ok
