"""The newest piece tells its own order and digest; only older ones stand among the fragments."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("piece", sa.Column("raw_digest", sa.String(length=64), nullable=True))


def downgrade() -> None:
    op.drop_column("piece", "raw_digest")
