"""Of what a refused row or stage message spoke, and the package that mended it; of those refused before, nothing is known."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "refused_piece",
        sa.Column("package", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("system", sa.String(length=64), nullable=False),
        sa.Column("case_no", sa.String(length=50), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("source_key", sa.String(length=100), nullable=False),
        sa.Column("mended_by", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("package", "ordinal", name=op.f("pk_refused_piece")),
    )
    op.create_index(
        op.f("ix_refused_piece_system_mended_by_case_no"), "refused_piece", ["system", "mended_by", "case_no"]
    )


def downgrade() -> None:
    op.drop_table("refused_piece")
