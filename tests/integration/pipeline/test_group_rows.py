"""The rows of a group are what they would be one by one, whatever stands in them, on each database."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError

from hub.central import packages, receipts, recordset
from hub.central.engine import reading, writing
from hub.central.tables import exchange

HOSTILE = (
    "a.xml", 'quo"te\'s.xml', "back\\slash \\u0041 \\n.xml", "line\nfeed\ttab\r.xml", "冒号:rows %s {x} $1.xml", "𠮷\u2028\ufeff.xml",
    "gb18030/报文.xml", "",
)  # fmt: skip


def arrived(engine: Engine, names: tuple[str, ...] = HOSTILE) -> list[Any]:
    files = [packages.Arrival(f"{number:064x}", name, number) for number, name in enumerate(names)]
    with writing(engine) as connection:
        return packages.arrive_all(connection, "land", files, 5)


def rows(engine: Engine, table: Any) -> list[dict[str, Any]]:
    with reading(engine) as connection:
        return [
            dict(row) for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()
        ]


def test_files_are_numbered_in_their_order_under_the_names_they_have(any_engine: Engine) -> None:
    assert [new for _, new in arrived(any_engine)] == [True] * len(HOSTILE)
    assert [row["origin"] for row in rows(any_engine, exchange.package)] == list(HOSTILE)
    assert [row["origin"] for row in rows(any_engine, exchange.arrival)] == list(HOSTILE)
    assert [new for _, new in arrived(any_engine)] == [False] * len(HOSTILE)
    assert len(rows(any_engine, exchange.arrival)) == len(HOSTILE)


def test_receipts_are_kept_byte_by_byte_with_or_without_a_signature(any_engine: Engine) -> None:
    kept = [
        {"package": 1, "body": bytes(range(256)), "digest": "d", "made_at": 1, "signature": b"\0\xff\\x00"},
        {"package": 2, "body": b"", "digest": "e", "made_at": 1 << 52, "signature": None},
    ]
    with writing(any_engine) as connection:
        receipts.keep_receipts(connection, kept)
        receipts.keep_receipts(connection, [])
    assert rows(any_engine, exchange.receipt) == [row | {"delivered_at": None} for row in kept]


def test_each_package_gets_its_own_closing_values(any_engine: Engine) -> None:
    ids = [package.id for package, _ in arrived(any_engine)]
    values = [
        {"of": number, "package_id": f"P{number}", "notes": note or None, "serial": None, "closed_at": number}
        for number, note in zip(reversed(ids), HOSTILE, strict=True)
    ]
    with writing(any_engine) as connection:
        packages.finish_all(connection, values)
        packages.finish_all(connection, [])
    found = {row["id"]: row for row in rows(any_engine, exchange.package)}
    for each in values:
        row = found[each["of"]]
        assert {name: row[name] for name in each if name != "of"} == {
            name: value for name, value in each.items() if name != "of"
        }
        assert row["state"] == "received"


def test_two_packages_under_one_id_are_refused_together(any_engine: Engine) -> None:
    ids = [package.id for package, _ in arrived(any_engine)]
    with pytest.raises(IntegrityError), writing(any_engine) as connection:
        packages.finish_all(connection, [{"of": number, "package_id": "P1"} for number in ids[:2]])
    assert {row["package_id"] for row in rows(any_engine, exchange.package)} == {None}


def test_what_no_row_can_hold_is_no_row(any_engine: Engine) -> None:
    with pytest.raises(TypeError, match="object"):
        recordset.packed([{"body": object()}])
