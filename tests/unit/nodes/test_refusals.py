"""Refused attempts stand in the hub's chain: a few by themselves, the rest as a count, however many there are."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from hub.central.engine import reading
from hub.nodes import refusals
from hub.nodes.refusals import ENTRIES, ENTRIES_OF_ALL, MINUTE_US, Unchecked, failing, note, peer_name, settle
from tests.support.nodes import NOW, entries, verified

MINUTE = NOW - NOW % MINUTE_US
BODY = {"kind": "token", "why": "unknown"}


def attempts(engine: Engine, peer: str, count: int, at: int = MINUTE) -> None:
    for _ in range(count):
        note(engine, peer, BODY, at)


def test_the_first_few_attempts_of_a_minute_have_entries_of_their_own(engine: Engine) -> None:
    attempts(engine, "192.0.2.7", ENTRIES + 30)
    assert entries(engine) == [{"peer": "192.0.2.7", **BODY}] * ENTRIES
    assert verified(engine).ok


def test_then_one_summary_tells_how_many_there_were(engine: Engine) -> None:
    attempts(engine, "192.0.2.7", ENTRIES + 30)
    attempts(engine, "192.0.2.9", ENTRIES + 1)
    attempts(engine, "192.0.2.8", 2)
    assert settle(engine, MINUTE + 2 * MINUTE_US - 1) == 0
    assert settle(engine, MINUTE + 2 * MINUTE_US) == 31
    [summary] = entries(engine, "node.refusals")
    assert (summary["refused"], summary["without_entry"], summary["more"]) == (2 * ENTRIES + 31, 31, 0)
    assert [(each["peer"], each["refused"]) for each in summary["peers"]] == [
        ("192.0.2.7", ENTRIES + 30), ("192.0.2.9", ENTRIES + 1),
    ]  # fmt: skip
    assert settle(engine, MINUTE + 9 * MINUTE_US) == 0
    assert len(entries(engine, "node.refusals")) == 1


def test_the_next_minutes_settle_the_ones_before_by_themselves(engine: Engine) -> None:
    attempts(engine, "192.0.2.7", ENTRIES + 4)
    attempts(engine, "203.0.113.1", 1, MINUTE + 2 * MINUTE_US)
    assert [each["without_entry"] for each in entries(engine, "node.refusals")] == [4]
    assert len(entries(engine, "node.refused")) == ENTRIES + 1


def test_nothing_is_said_where_every_attempt_had_its_entry(engine: Engine) -> None:
    attempts(engine, "192.0.2.7", ENTRIES)
    assert settle(engine, MINUTE + 2 * MINUTE_US) == 0
    assert entries(engine, "node.refusals") == []
    with reading(engine) as connection:
        assert refusals.waiting(connection) == 0


def test_many_peers_together_cannot_flood_the_log(engine: Engine) -> None:
    for number in range(ENTRIES_OF_ALL + 40):
        note(engine, f"198.51.{number // 200}.{number % 200}", BODY, MINUTE)
    assert len(entries(engine, "node.refused")) == ENTRIES_OF_ALL
    assert settle(engine, MINUTE + 2 * MINUTE_US) == 40
    [summary] = entries(engine, "node.refusals")
    assert (summary["without_entry"], summary["peers"][0]["refused"]) == (40, 1)


def test_a_summary_names_only_so_many_peers(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "ENTRIES", 0)
    monkeypatch.setattr(refusals, "NAMED", 3)
    for number in range(5):
        note(engine, f"198.51.100.{number}", BODY, MINUTE)
    settle(engine, MINUTE + 2 * MINUTE_US)
    [summary] = entries(engine)
    assert (len(summary["peers"]), summary["more"], summary["refused"]) == (3, 2, 5)


def test_failures_are_counted_per_minute(engine: Engine) -> None:
    attempts(engine, "192.0.2.7", refusals.FAILURES)
    with reading(engine) as connection:
        assert failing(connection, "192.0.2.7", MINUTE + 59_000_000)
        assert not failing(connection, "192.0.2.7", MINUTE + MINUTE_US)
        assert not failing(connection, "192.0.2.8", MINUTE)


def test_answers_without_a_check_are_counted_in_steps_and_cost_no_transaction_each(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[int] = []
    monkeypatch.setattr(refusals, "_count", lambda c, peer, minute, more: counted.append(more))
    unchecked = Unchecked()
    for _ in range(2 * refusals.STEP + 7):
        unchecked.note(engine, "192.0.2.7", MINUTE)
    assert counted == [refusals.STEP, refusals.STEP]


@pytest.mark.parametrize(
    ("peer", "name"),
    [("192.0.2.7", "192.0.2.7"), ("::ffff:192.0.2.7", "192.0.2.7"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
     ("fe80::1%eth0", "fe80::/64"), ("gateway.example", "gateway.example"), ("*", "?"), ("", "?"), ("a\nb\x00", "a?b?"),
     ("\ud800x", "?x"), ("y" * 300, "y" * 100)],
)  # fmt: skip
def test_peers_are_counted_by_what_one_house_owns(peer: str, name: str) -> None:
    assert peer_name(peer) == name


def test_an_address_of_any_kind_can_be_noted(engine: Engine) -> None:
    for peer in ("*", "\ud800", "x" * 5000, "2001:db8::1", ""):
        note(engine, peer, BODY, MINUTE)
    assert len(entries(engine, "node.refused")) == 5
    assert verified(engine).ok
