"""The log, the outcomes, the receipts and the checkpoints refuse every change, whatever program asks for it.

On SQLite an INSERT OR REPLACE deletes the old row without calling its DELETE trigger; so there a trigger looks for
the row before each insert. Those tables have no hidden rowid, through which a row could be replaced unseen.
"""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MESSAGE = "append-only: rows of this table are never changed or removed"
KEYS = {
    "exchange_log": ("chain", "seq"),
    "case_outcome": ("package", "ordinal"),
    "receipt": ("package",),
    "checkpoint": ("id",),
}
RECEIPT_FIXED = ("package", "body", "digest", "made_at")  # delivered_at is set when the receipt has arrived


def upgrade() -> None:
    dialect = op.get_context().dialect.name
    if dialect == "sqlite":
        statements = [text for table, key in KEYS.items() for text in sqlite_triggers(table, key)]
    elif dialect == "postgresql":
        statements = [POSTGRESQL_FUNCTION, *(text for table in KEYS for text in postgresql_triggers(table))]
    elif dialect in ("mysql", "mariadb"):
        statements = [text for table in KEYS for text in mysql_triggers(table)]
    else:
        raise NotImplementedError(f"no append-only triggers are written for {dialect}")
    for statement in statements:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("the protection of the log is not taken away; restore a backup instead")


def sqlite_triggers(table: str, key: tuple[str, ...]) -> list[str]:
    """One trigger each for UPDATE, DELETE and the insert that would replace a row."""
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is {MESSAGE}'); END"
    same = " AND ".join(f'"{column}" = NEW."{column}"' for column in key)
    changed = ""
    if table == "receipt":
        changed = "WHEN " + " OR ".join(f'OLD."{column}" IS NOT NEW."{column}"' for column in RECEIPT_FIXED)
    return [
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {changed} {refuse}",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}",
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) {refuse}",
    ]


POSTGRESQL_FUNCTION = f"""
CREATE FUNCTION suphub_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is {MESSAGE}', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


def postgresql_triggers(table: str) -> list[str]:
    """DELETE and TRUNCATE are refused as statements; UPDATE too, but for a receipt's delivered_at."""
    call = "EXECUTE FUNCTION suphub_refuse_change()"
    update = f"BEFORE UPDATE ON {table} FOR EACH STATEMENT {call}"
    if table == "receipt":
        changed = " OR ".join(f'OLD."{column}" IS DISTINCT FROM NEW."{column}"' for column in RECEIPT_FIXED)
        update = f"BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({changed}) {call}"
    return [
        f"CREATE TRIGGER {table}_no_update {update}",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE OR TRUNCATE ON {table} FOR EACH STATEMENT {call}",
    ]


def mysql_triggers(table: str) -> list[str]:
    """The same; REPLACE and ON DUPLICATE KEY call them too. TRUNCATE calls none: the hub's account must not have DROP."""
    refuse = f"SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{table} is {MESSAGE}'"
    update = refuse
    if table == "receipt":
        changed = " OR ".join(f"NOT (OLD.{column} <=> NEW.{column})" for column in RECEIPT_FIXED)
        update = f"BEGIN IF {changed} THEN {refuse}; END IF; END"
    return [
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} FOR EACH ROW {update}",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW {refuse}",
    ]
