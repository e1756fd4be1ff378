"""Receipts that lay in the spool long enough are removed, and nothing else; whoever pushes the same again gets the same receipt again."""

from __future__ import annotations

import os
import time

import pytest

from connectors.push import PushConnector
from connectors.returning import Parcel
from hub.errors import StopError
from hub.wiring.sweeping import run as sweep
from tests.integration.inbox.conftest import Department
from tests.support.message import SYSTEM, case, package

GOOD = package([case("C1")])
DAY = 86_400.0


def aged(department: Department, days: float) -> None:
    """Everything in the spool was laid down so many days ago."""
    for name in department.lying():
        at = time.time() - days * DAY
        os.utime(department.spool / name, (at, at))


def test_receipts_are_removed_after_their_time_and_given_again_to_whoever_pushes_again(
    department: Department,
) -> None:
    department.push("x.xml", GOOD)
    department.hub.run()
    first = department.receipt("x.xml").content
    department.push("waiting.xml", package([case("C2")], serial=2))
    department.push("bad.xml", b"no package at all")
    department.hub.run()
    department.push("waiting.xml", package([case("C3")], serial=3))
    documents = PushConnector(SYSTEM, {"kind": "push"}, department.spool.parent)
    documents.hand_over(Parcel("card-7-1", ((".xml", b"<Card/>"),)))
    assert "refused/bad.xml" in department.lying()

    aged(department, 89)
    before = department.lying()
    sweep()
    assert department.lying() == before
    aged(department, 91)
    sweep()
    assert department.lying() == ["cards/card-7-1.xml", "packages/waiting.xml"]
    gone = department.receipt("x.xml")
    assert (gone.status_code, gone.json()["code"]) == (410, "PUSH_CLEARED")

    department.hub.run()
    stored = [department.hub.count(table) for table in ("package", "case_version", "case_outcome")]
    assert department.push("x.xml", GOOD).status_code == 202
    assert department.receipt("x.xml").json()["state"] == "waiting"
    department.hub.run()
    again = department.receipt("x.xml")
    assert (again.status_code, again.content) == (200, first)
    assert department.ask("GET", f"/v1/systems/{SYSTEM}/receipts/x.xml/signature").status_code == 200
    assert [department.hub.count(table) for table in ("package", "case_version", "case_outcome")] == stored


def test_a_signature_goes_with_its_receipt_and_never_before_it(department: Department) -> None:
    department.push("x.xml", GOOD)
    department.hub.run()
    old = time.time() - 100 * DAY
    os.utime(department.spool / "receipts" / "x.xml.receipt.xml.p7s", (old, old))
    sweep()
    assert department.ask("GET", f"/v1/systems/{SYSTEM}/receipts/x.xml/signature").status_code == 200


def test_how_long_receipts_lie_is_a_setting_that_is_held_to_days(
    department: Department, monkeypatch: pytest.MonkeyPatch
) -> None:
    department.push("x.xml", GOOD)
    department.hub.run()
    aged(department, 3)
    monkeypatch.setenv("SUPHUB_SPOOL_DAYS", "soon")
    with pytest.raises(StopError, match="SUPHUB_SPOOL_DAYS"):
        sweep()
    monkeypatch.setenv("SUPHUB_SPOOL_DAYS", "2")
    sweep()
    assert department.lying() == []
