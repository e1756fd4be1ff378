"""公开信息: what organisations report to have made public, and which imports say nothing of how cases are judged."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "disclosure",
        sa.Column("org_uscc", sa.String(length=18), nullable=False),
        sa.Column("index_no", sa.String(length=100), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("matter", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column("department", sa.String(length=200), nullable=False),
        sa.Column("item_code", sa.String(length=40), nullable=True),
        sa.Column("of_version", sa.Integer(), nullable=True),
        sa.Column("case_no", sa.String(length=50), nullable=True),
        sa.PrimaryKeyConstraint("org_uscc", "index_no", "version", name=op.f("pk_disclosure")),
    )
    op.create_index(op.f("ix_disclosure_item_code"), "disclosure", ["item_code"])
    op.create_index(op.f("ix_disclosure_case_no"), "disclosure", ["case_no"])
    op.add_column(
        "catalogue_change", sa.Column("about_cases", sa.SmallInteger(), server_default="1", nullable=False)
    )


def downgrade() -> None:
    op.drop_column("catalogue_change", "about_cases")
    op.drop_table("disclosure")
