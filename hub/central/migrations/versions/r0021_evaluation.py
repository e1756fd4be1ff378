"""办理结果库: evaluations, the first element that message 1.1 adds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "evaluation",
        sa.Column("case_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("grade", sa.String(length=1), nullable=True),
        sa.Column("evaluated_at", sa.BigInteger(), nullable=True),
        sa.Column("evaluated_day", sa.Date(), nullable=True),
        sa.Column("channel", sa.String(length=1), nullable=True),
        sa.Column("step_seq", sa.Integer(), nullable=True),
        sa.Column("option_text", sa.String(length=1000), nullable=True),
        sa.Column("comment_text", sa.String(length=2000), nullable=True),
        sa.Column("handler_name", sa.String(length=200), nullable=True),
        sa.Column("handler_no", sa.String(length=50), nullable=True),
        sa.Column("replied_at", sa.BigInteger(), nullable=True),
        sa.Column("replied_day", sa.Date(), nullable=True),
        sa.Column("reply", sa.String(length=2000), nullable=True),
        sa.PrimaryKeyConstraint("case_id", "seq", name=op.f("pk_evaluation")),
    )


def downgrade() -> None:
    op.drop_table("evaluation")
