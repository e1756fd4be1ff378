"""What is published and the state of all chains may be longer than the 64 KiB of a TEXT in MySQL; elsewhere a text has no bound."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _be(mysql.LONGTEXT())


def downgrade() -> None:
    _be(sa.Text())


def _be(kind: sa.types.TypeEngine[str]) -> None:
    if op.get_context().dialect.name not in ("mysql", "mariadb"):
        return
    for table, column, empty in (
        ("score_publication", "content", False),
        ("score_publication", "differences", True),
        ("checkpoint", "body", False),
    ):
        op.alter_column(table, column, type_=kind, existing_type=sa.Text(), existing_nullable=empty)
