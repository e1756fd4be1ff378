"""A simulated department against its truth: every package and case ends as it must, and a second run changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from hub.central.engine import reading
from hub.demo.truth import differences
from hub.simulate.run import simulate
from hub.simulate.world import Options
from tests.integration.pipeline.conftest import NS, Hub, Receipt

DEPARTMENTS = {
    "canonical codes in UTF-8": {"seed": 7, "codes": "canonical", "encoding": "utf-8"},
    "the codes of 2011 in GB18030": {"seed": 11, "codes": "hunan-2011", "encoding": "gb18030"},
}


@pytest.fixture(params=DEPARTMENTS.values(), ids=DEPARTMENTS)
def truth(request: pytest.FixtureRequest, hub: Hub) -> Mapping[str, Any]:
    """A department with some hundred cases, registered; what must become of them."""
    out = hub.home / "simulated"
    options = Options(
        cases=350, out=out, today=date(2026, 12, 1), code="simulated", package_size=60, **request.param
    )
    simulate(options)
    (hub.systems / "simulated.yaml").write_bytes((out / "simulated.yaml").read_bytes())
    found: Mapping[str, Any] = json.loads((out / "truth.json").read_text(encoding="utf-8"))
    return found


def receipts(hub: Hub) -> Iterator[tuple[str, Receipt]]:
    for path in sorted((hub.home / "simulated" / "receipts").glob("*.receipt.xml")):
        yield path.name.removesuffix(".receipt.xml"), Receipt(path.read_bytes())


def test_everything_ends_as_the_truth_says(hub: Hub, truth: Mapping[str, Any]) -> None:
    hub.run("simulated")

    with reading(hub.engine) as connection:
        assert differences(connection, {**truth, "cards": []}) == []

    answered = dict(receipts(hub))
    repeats = {each["file"]: each["same_as"] for each in truth["repeats"]}
    assert set(answered) == {each["file"] for each in truth["packages"]} | set(repeats)
    for again, first in repeats.items():
        assert answered[again].body == answered[first].body
    for each in truth["packages"]:
        receipt = answered[each["file"]]
        assert (receipt.text("State"), receipt.text("RefusalCode")) == (each["state"], each["code"])
        outcomes = [found["outcome"] for found in each["cases"]]
        assert {name: n for name, n in receipt.counts.items() if n} == {
            **({"received": len(outcomes)} if outcomes else {}),
            **{name: outcomes.count(name) for name in set(outcomes)},
        }
        refused = {found["Ordinal"] for found in receipt.refused}
        assert len(refused) == sum(outcome in ("rejected", "conflict") for outcome in outcomes)
        assert receipt.root.find("r:HubTime", NS) is not None

    inbox = hub.home / "simulated" / "out"
    assert [path.name for path in inbox.iterdir() if path.is_file()] == []
    before = hub.everything(), _files(hub.home / "simulated")
    assert hub.run("simulated") == []
    assert (hub.everything(), _files(hub.home / "simulated")) == before


def _files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
