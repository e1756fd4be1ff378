"""Record lines hold any text: what is written into one is read out of it, here and by the database."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, Table, Text, select

from hub.central import bulk
from hub.central.engine import create_engine, writing
from hub.errors import RetryError

TEXTS = st.text(
    st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=20
) | st.sampled_from(["\\N", "\\", "\\\\N", "\t", "a\tb", "\n", "\r\n", "\\t", "\\.", "", " ", "𠮷"])


@given(st.lists(TEXTS | st.none(), min_size=1, max_size=5))
def test_a_line_is_read_back_as_it_was_written(values: list[str | None]) -> None:
    record = bulk.line(*values)
    assert bulk.parse(record) == values
    assert "\n" not in record


@given(st.lists(st.tuples(TEXTS | st.none(), TEXTS), max_size=5))
def test_the_database_holds_the_same_texts(rows: list[tuple[str | None, str]]) -> None:
    engine = create_engine("sqlite://")
    table = Table("t", MetaData(), Column("n", Integer), Column("a", Text), Column("b", Text))
    table.metadata.create_all(engine)
    with writing(engine) as connection:
        bulk.load(connection, table, [bulk.line(n, *row) for n, row in enumerate(rows)])
        held = [(row.a, row.b) for row in connection.execute(select(table).order_by(table.c.n))]
    engine.dispose()
    assert held == rows


def test_nothing_to_load_asks_the_database_nothing() -> None:
    bulk.load(None, Table("t", MetaData(), Column("a", Text)), [])  # type: ignore[arg-type]


def test_a_full_disk_is_told_as_such_and_can_be_tried_again() -> None:
    engine = create_engine("sqlite://")
    table = Table("t", MetaData(), Column("a", Text))
    table.metadata.create_all(engine)
    with writing(engine) as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 5")
        with pytest.raises(RetryError) as told:
            bulk.load(connection, table, ["x" * 1_000_000])
    assert told.value.code == "DB_BUSY"
    assert "full" in told.value.message_en
