"""Writing the log: numbering, linking, canonical bodies, and bytes that can mean one thing only."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, select

from hub.central.engine import reading, writing
from hub.central.tables import metadata
from hub.central.tables.exchange import exchange_log, log_head
from hub.ledger import tables
from hub.ledger.chain import append
from hub.ledger.encoding import canonical_json, entry_hash, fields, leaf_bytes
from hub.ledger.merkle import root

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # machines are shared
VALUES = st.one_of(st.none(), st.integers(-10, 10), st.text(st.sampled_from("0123456789:-\n甲"), max_size=4))


def test_entries_of_a_chain_are_numbered_and_linked_each_chain_by_itself(connection: Connection) -> None:
    first = append(connection, "land", "one", {}, 1)
    other = append(connection, "water", "one", {}, 1)
    second = append(connection, "land", "two", {"b": 1, "a": "甲"}, 2)
    rows = {(row.chain, row.seq): row for row in connection.execute(select(exchange_log))}
    heads = {row.chain: (row.seq, row.hash) for row in connection.execute(select(log_head))}
    assert rows["land", 1].previous == rows["water", 1].previous == "0" * 64
    assert rows["land", 2].previous == first.hash == rows["land", 1].hash
    assert rows["land", 2].body == '{"a":"甲","b":1}'
    assert heads == {"land": (2, second.hash), "water": (1, other.hash)}


def test_what_is_rolled_back_leaves_no_hole(engine: Engine) -> None:
    class Power(Exception):
        pass

    def fail() -> None:
        with writing(engine) as connection:
            append(connection, "land", "lost", {}, 1)
            raise Power

    with pytest.raises(Power):
        fail()
    with writing(engine) as connection:
        assert append(connection, "land", "kept", {}, 1).seq == 1
    with reading(engine) as connection:
        assert connection.execute(select(exchange_log.c.event)).scalars().all() == ["kept"]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({}, "{}"),
        ({"b": [1, None, True], "a": {"d": "", "c": "甲"}}, '{"a":{"c":"甲","d":""},"b":[1,null,true]}'),
        ({"x": 'a"\\/\n\u0001'}, '{"x":"a\\"\\\\/\\n\\u0001"}'),
        ({"𠮷": "𠮷", "Z": 10**20}, '{"Z":100000000000000000000,"𠮷":"𠮷"}'),
    ],
)
def test_a_body_has_one_text(data: dict[str, Any], text: str) -> None:
    assert canonical_json(data) == text


@pytest.mark.parametrize(
    "data", [{"x": 0.5}, {"x": [float("nan")]}, {1: "x"}, {"x": "\ud800"}, {"x": {1, 2}}]
)
def test_a_body_without_one_text_is_refused(data: dict[str, Any], connection: Connection) -> None:
    with pytest.raises(ValueError, match=r"log body|surrogates|key"):
        append(connection, "land", "event", data, 1)


@pytest.mark.parametrize(("chain", "event"), [("", "e"), ("c" * 65, "e"), ("c", ""), ("c", "e" * 41)])
def test_names_keep_to_the_length_of_their_columns_on_every_database(
    chain: str, event: str, connection: Connection
) -> None:
    with pytest.raises(ValueError, match="characters"):
        append(connection, chain, event, {}, 1)


@patient
@given(st.lists(VALUES, max_size=4), st.lists(VALUES, max_size=4))
def test_different_fields_never_give_the_same_bytes(left: list[Any], right: list[Any]) -> None:
    alike = [None if v is None else str(v) for v in left] == [None if v is None else str(v) for v in right]
    assert (fields(*left) == fields(*right)) == alike


def test_an_entry_an_outcome_and_a_missing_value_cannot_be_taken_for_each_other() -> None:
    leaves = {
        leaf_bytes("d", 1, "A", "accepted", "", 1),
        leaf_bytes("d", 1, "A", "accepted", "", None),
        leaf_bytes("d", 1, None, "accepted", "", 1),
        leaf_bytes("d", 1, "", "accepted", "", 1),
        leaf_bytes("d", 11, "A", "accepted", "", 1),
        leaf_bytes("d", 1, "1A", "accepted", "", 1),
    }
    assert len(leaves) == 6


@pytest.mark.parametrize("name", [name for name, value in vars(tables).items() if hasattr(value, "columns")])
def test_the_ledger_names_only_columns_that_the_tables_have(name: str) -> None:
    mine, real = getattr(tables, name), metadata.tables[name]
    assert set(mine.columns.keys()) <= set(real.columns.keys())


def test_the_documented_example_hashes_to_what_the_document_says() -> None:
    text = (Path(__file__).parents[3] / "docs" / "ledger.md").read_text(encoding="utf-8")
    told = re.findall(r"^    ([0-9a-f]{64})$", text, re.MULTILINE)
    body = '{"node":"water-bureau","原因":"未知节点"}'
    first = entry_hash("hub", 1, 1796097600000000, "login.refused", body, "0" * 64)
    leaf = leaf_bytes("ab" * 32, 2, None, "rejected", "CASE_MALFORMED", None)
    assert told == [first, root([leaf]).hex()]
