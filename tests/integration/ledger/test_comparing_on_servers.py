"""The same comparison on PostgreSQL and MariaDB: what lived is as the log says, and tampering is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select, text

from hub.audit.findings import Difference
from hub.central.engine import create_engine, reading, writing
from hub.central.tables import metadata
from hub.wiring import auditing

TAMPERED = {
    "UPDATE completion SET result = '9' WHERE case_id = (SELECT min(id) FROM case_head WHERE state = 'current')":
        ("completion", "result"),
    "UPDATE fragment SET value = value + 1000 WHERE kind = 'case' AND ordinal = 1": ("fragment", "*"),
    "UPDATE card_event SET reason = '另有缘由' WHERE number = 1": ("card_event", "reason"),
    "UPDATE rule_version SET definition = '{}' WHERE rule = 'T1'": ("rule_version", "definition"),
    "UPDATE work_calendar SET is_workday = 1 WHERE day = '2026-10-01'": ("work_calendar", "is_workday"),
    "UPDATE item_flow_next SET next_code = 'HJ99' WHERE step_code = 'HJ02'": ("item_flow_next", "*"),
    "UPDATE card_answer SET outcome = 'accepted'": ("card_answer", "outcome"),
    "UPDATE node_credential SET organizations = 'x'": ("node_credential", "organizations"),
    "UPDATE arrival SET answered_at = 1 WHERE id = 1": ("arrival", "answered_at"),
}  # fmt: skip
"""Statement → the table and column that are told, among others of the same table."""


@pytest.fixture(params=["postgresql", "mariadb"])
def moved(request: pytest.FixtureRequest, copy: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """That installation with its rows on a server."""
    engine: Engine = request.getfixturevalue(
        {"postgresql": "postgres_engine", "mariadb": "mariadb_engine"}[request.param]
    )
    source = create_engine(f"sqlite:///{copy / 'suphub.db'}")
    with reading(source) as given, writing(engine) as taken:
        for table in metadata.sorted_tables:
            if rows := [dict(row) for row in given.execute(select(table)).mappings()]:
                for start in range(0, len(rows), 2000):
                    taken.execute(insert(table), rows[start : start + 2000])
    source.dispose()
    monkeypatch.setenv("SUPHUB_DATABASE_URL", engine.url.render_as_string(hide_password=False))
    return engine


def test_what_lived_is_as_the_log_says_and_tampering_is_told(moved: Engine) -> None:
    found: list[Difference] = []
    tally = auditing.compare(found.append)
    assert (found, dict(tally.not_held)) == ([], {})
    with writing(moved) as connection:
        for statement in TAMPERED:
            assert connection.execute(text(statement)).rowcount > 0, statement
    auditing.compare(found.append)
    told = {(each.table, each.column) for each in found}
    # A fragment that was moved has its head stand elsewhere; an instant that was changed is missing where it was.
    assert told == {*TAMPERED.values(), ("case_head", "value")}
