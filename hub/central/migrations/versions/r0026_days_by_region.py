"""Deadlines of cards and orders know the region whose calendar they run by, and how many working days they are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

# Deadlines were counted by the national calendar; one that a letter set is a printed day, and stays.
_NUMBER = (
    "(SELECT kd.workday_number - ki.workday_number FROM work_calendar ki JOIN work_calendar kd ON kd.scope = ki.scope"
    " WHERE ki.scope = '' AND ki.day = {0}.{1} AND kd.day = {0}.{2})"
)
_CASE = "(SELECT a.region_code FROM approval_case a WHERE a.case_id = {0}.case_id)"
_SYSTEM = "(SELECT y.region FROM {1} y WHERE y.code = {0}.system)"


def upgrade() -> None:
    op.add_column("card", sa.Column("region_code", sa.String(12)))
    op.add_column("card", sa.Column("feedback_workdays", sa.Integer()))
    op.add_column("supervision_order", sa.Column("region_code", sa.String(12)))
    op.add_column("order_hand", sa.Column("workdays", sa.Integer()))
    # `system` is a word of its own in MySQL.
    quoted = op.get_bind().dialect.identifier_preparer.quote("system")
    for table in ("card", "supervision_order"):
        region = f"COALESCE({_CASE}, {_SYSTEM})".format(table, quoted)
        op.execute(f"UPDATE {table} SET region_code = {region}")
    days = _NUMBER.format("card", "issued_on", "feedback_due_on")
    op.execute(
        f"UPDATE card SET feedback_workdays = {days} WHERE NOT EXISTS (SELECT 1 FROM letter l"
        " WHERE l.card_id = card.card_id AND l.answer_due_on = card.feedback_due_on)"
    )
    days = _NUMBER.format("order_hand", "opened_on", "due_on")
    op.execute(f"UPDATE order_hand SET workdays = {days}")


def downgrade() -> None:
    op.drop_column("order_hand", "workdays")
    op.drop_column("supervision_order", "region_code")
    op.drop_column("card", "feedback_workdays")
    op.drop_column("card", "region_code")
