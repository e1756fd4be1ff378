"""A seal tells that a row was changed and which column; it tells nothing of what stood there."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Column, Date, Float, Integer, LargeBinary, MetaData, Numeric, String, Table

from hub.central.seals import differing, key_of, seal
from hub.central.tables.complaints import complaint_person

THING = Table(
    "thing",
    MetaData(),
    Column("kind", String(9), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("name", String(9)),
    Column("on", Date),
    Column("used", Float),
    Column("points", Numeric(7, 2)),
    Column("bytes", LargeBinary),
)
ROW: dict[str, Any] = {
    "kind": "a", "number": 3, "name": "𠮷", "on": date(2026, 12, 1), "used": 1.5, "points": Decimal("99.50"), "bytes": b"x",
}  # fmt: skip


def test_the_form_is_that_of_the_documentation() -> None:
    values = ["thing", "", "a", 3, "𠮷", "2026-12-01", "1.5", "99.5", hashlib.sha256(b"x").hexdigest()]
    text = "suphub/row/1\n" + json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    digest, _, marks = seal(THING, ROW).partition(":")
    assert digest == hashlib.sha256(text.encode()).hexdigest()
    assert len(marks) == 4 * 7
    assert key_of(THING, ROW) == "a/3"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("number", 4), ("name", None), ("name", ""), ("on", date(2026, 12, 2)), ("used", 1.25), ("points", Decimal("1")),
        ("bytes", b"y"),
    ],
)  # fmt: skip
def test_the_column_that_was_changed_is_named(column: str, value: object) -> None:
    sealed = seal(THING, ROW)
    assert differing(THING, ROW, sealed) is None
    found = differing(THING, {**ROW, column: value}, sealed)
    assert found == [column]


def test_the_same_number_from_another_database_is_the_same() -> None:
    assert seal(THING, {**ROW, "points": Decimal("99.5")}) == seal(THING, ROW)


def test_a_column_that_came_later_is_no_difference() -> None:
    older = Table(
        "thing",
        MetaData(),
        *(Column(c.name, c.type, primary_key=c.primary_key) for c in list(THING.columns)[:-1]),
    )
    assert differing(THING, ROW, seal(older, ROW)) is None


def test_of_a_complainant_no_column_is_marked_and_the_salt_counts() -> None:
    row = {
        "complaint_id": 1,
        "name": "赵",
        "id_no": None,
        "phone": "13800001111",
        "email": None,
        "address": None,
    }
    sealed = seal(complaint_person, row, "salt")
    assert sealed.partition(":")[2][4:] == "----" * 5
    assert differing(complaint_person, row, sealed, "salt") is None
    assert differing(complaint_person, row, sealed, "other") == []
    assert differing(complaint_person, {**row, "phone": "13900001111"}, sealed, "salt") == []
