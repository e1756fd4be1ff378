"""Cards that people withdrew keep their finding from being raised again; those that the hub withdrew do not."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("card", sa.Column("standing", sa.SmallInteger(), server_default="1", nullable=False))
    # Until now only the hub withdrew cards.
    op.execute("UPDATE card SET standing = 0 WHERE state = '撤销'")


def downgrade() -> None:
    op.drop_column("card", "standing")
