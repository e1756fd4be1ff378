"""How long each system may be silent: what its registration agrees on, for the rules on reporting."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("system", sa.Column("silent_after", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("system", "silent_after")
