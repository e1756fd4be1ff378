"""A central database of very many cases: those that it has, copied under numbers of their own, their cards with them.

The rows go straight into the tables, whose indexes are made again behind them; nothing of it goes through the hub.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, Table, func, select, text

from bench.postgres import Databases
from hub.central.engine import create_engine, writing
from hub.central.tables import metadata
from hub.central.tables.business import card, card_event, case_watch
from hub.central.tables.exchange import case_head

NOT_COPIED = ("case_outcome", "supervision_order", "case_pieces", "fragment")
WRITTEN = (card, card_event, case_watch)
"""What supervision itself writes, and is measured by: it stays logged."""
AT_ONCE = 50
"""Copies of each case by one statement; within it a copy's rows lie together, as they come."""


@dataclass(frozen=True, slots=True)
class _Copied:
    """One table: its columns as copy number `k` has them, and which rows are copied."""

    table: Table
    values: dict[str, str]
    condition: str


def multiply(server: Databases, url: str, copies: int, tell: Callable[[str], None]) -> int:
    """Have every case `copies` times (itself included), under numbers of its own; returns how many there are."""
    engine = create_engine(url)
    with writing(engine) as connection:
        plans = _plans(connection)
        made_again = {plan.table.name: _strip(connection, plan.table.name) for plan in plans}
    with server.careless(), ThreadPoolExecutor(2) as pool:
        # The widest tables first, so that both hands are busy to the end.
        list(pool.map(lambda plan: _fill(engine, plan, copies, made_again[plan.table.name]), plans))
    tell("  表已填满,建好索引 · the tables are filled and indexed")
    total = _settle(engine)
    engine.dispose()
    return total


def _plans(connection: Connection) -> list[_Copied]:
    cases = connection.execute(select(func.max(case_head.c.id))).scalar_one()
    cards = connection.execute(select(func.max(card.c.card_id))).scalar_one() or 0
    plans = []
    for table in metadata.sorted_tables:
        if table.name in NOT_COPIED or connection.execute(select(table).limit(1)).first() is None:
            continue
        columns = list(table.c.keys())
        values = {name: f't."{name}"' for name in columns}
        condition = "1 = 1"
        if table is case_head:
            values |= {"id": f"t.id + k * {cases}", "case_no": "t.case_no || '-' || k"}
        elif table is card:
            condition = "t.case_id IS NOT NULL"
            values |= {
                "card_id": f"t.card_id + k * {cards}",
                "case_id": f"t.case_id + k * {cases}",
                "case_no": "t.case_no || '-' || k",
                "open_key": f"CASE WHEN t.open_key IS NOT NULL THEN t.rule || '|' || (t.case_id + k * {cases}) || '|'"
                " || COALESCE(t.subject, '') END",
            }
        elif table is card_event:
            values |= {"card_id": f"t.card_id + k * {cards}"}
            condition = "EXISTS (SELECT 1 FROM card c WHERE c.card_id = t.card_id AND c.case_id IS NOT NULL)"
        elif "case_id" in columns:
            values |= {"case_id": f"t.case_id + k * {cases}"}
        else:
            continue
        plans.append(_Copied(table, values, condition))
    sizes = {plan.table.name: _size(connection, plan.table.name) for plan in plans}
    return sorted(plans, key=lambda plan: -sizes[plan.table.name])


def _size(connection: Connection, table: str) -> int:
    return int(connection.execute(text(f"SELECT pg_total_relation_size('{table}')")).scalar_one())


def _strip(connection: Connection, table: str) -> list[str]:
    """Drop keys and indexes; returns the statements that make them again."""
    made_again = []
    keys = connection.execute(
        text(
            "SELECT conname, pg_get_constraintdef(oid) AS definition FROM pg_constraint"
            f" WHERE conrelid = '{table}'::regclass AND contype IN ('p', 'u')"
        )
    ).all()
    for key in keys:
        connection.execute(text(f'ALTER TABLE {table} DROP CONSTRAINT "{key.conname}"'))
        made_again.append(f'ALTER TABLE {table} ADD CONSTRAINT "{key.conname}" {key.definition}')
    indexes = connection.execute(
        text(f"SELECT indexname, indexdef FROM pg_indexes WHERE tablename = '{table}'")
    )
    for index in indexes.all():
        connection.execute(text(f'DROP INDEX "{index.indexname}"'))
        made_again.append(index.indexdef)
    return made_again


def _fill(engine: Engine, plan: _Copied, copies: int, made_again: Sequence[str]) -> None:
    """The copies of a table's rows, one copy of all behind the other, then its indexes."""
    name = plan.table.name
    named = ", ".join(f'"{column}"' for column in plan.values)
    with writing(engine) as connection:
        connection.execute(text("SET LOCAL maintenance_work_mem = '1GB'"))
        if plan.table not in WRITTEN:
            connection.execute(text(f"ALTER TABLE {name} SET UNLOGGED"))
        connection.execute(
            text(f"CREATE TEMPORARY TABLE first_of_it AS SELECT t.* FROM {name} t WHERE {plan.condition}")
        )
        for first in range(1, copies, AT_ONCE):
            last = min(first + AT_ONCE, copies) - 1
            connection.execute(
                text(
                    f"INSERT INTO {name} ({named}) SELECT {', '.join(plan.values.values())}"
                    f" FROM generate_series({first}, {last}) k CROSS JOIN LATERAL (SELECT * FROM first_of_it WHERE k > 0 OFFSET 0) t"
                )
            )
        for statement in made_again:
            connection.execute(text(statement))
        connection.execute(text("DROP TABLE first_of_it"))


def _settle(engine: Engine) -> int:
    with writing(engine) as connection:
        for table, column in (("case_head", "id"), ("card", "card_id")):
            connection.execute(
                text(
                    f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'), GREATEST(1, MAX({column}))) FROM {table}"
                )
            )
        total = connection.execute(select(func.count()).select_from(case_head)).scalar_one()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    return int(total)
