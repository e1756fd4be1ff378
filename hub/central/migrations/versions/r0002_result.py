"""办理结果库: how a case ended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "completion",
        sa.Column("case_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("result", sa.String(length=1), nullable=True),
        sa.Column("completed_at", sa.BigInteger(), nullable=True),
        sa.Column("completed_day", sa.Date(), nullable=True),
        sa.Column("handler_name", sa.String(length=200), nullable=True),
        sa.Column("handler_no", sa.String(length=50), nullable=True),
        sa.Column("department", sa.String(length=200), nullable=True),
        sa.Column("opinion", sa.String(length=2000), nullable=True),
        sa.Column("explanation", sa.String(length=2000), nullable=True),
        sa.Column("certificate_name", sa.String(length=500), nullable=True),
        sa.Column("certificate_no", sa.String(length=2000), nullable=True),
        sa.Column("certificate_valid_to", sa.Date(), nullable=True),
        sa.Column("issued_by", sa.String(length=200), nullable=True),
        sa.Column("attachment_ref", sa.String(length=500), nullable=True),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_completion")),
    )
    op.create_table(
        "delivery",
        sa.Column("case_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("method", sa.String(length=1), nullable=True),
        sa.Column("delivered_at", sa.BigInteger(), nullable=True),
        sa.Column("delivered_day", sa.Date(), nullable=True),
        sa.Column("recipient_name", sa.String(length=200), nullable=True),
        sa.Column("recipient_id_type", sa.String(length=3), nullable=True),
        sa.Column("recipient_id_no", sa.String(length=500), nullable=True),
        sa.Column("tracking_no", sa.String(length=100), nullable=True),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_delivery")),
    )


def downgrade() -> None:
    op.drop_table("delivery")
    op.drop_table("completion")
