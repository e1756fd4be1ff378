"""The rule library's profile; runs of supervision and what the next one must look at; what cards say besides."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rule_profile",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("profile", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_rule_profile")),
    )
    op.create_table(
        "supervision_run",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=False),
        sa.Column("as_of_at", sa.BigInteger(), nullable=False),
        sa.Column("as_of_day", sa.Date(), nullable=False),
        sa.Column("basis", sa.String(length=64), nullable=False),
        sa.Column("everything", sa.SmallInteger(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supervision_run")),
    )
    op.create_table(
        "judged_package",
        sa.Column("package", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("run", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("package", name=op.f("pk_judged_package")),
    )
    op.create_table(
        "case_watch",
        sa.Column("case_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("watch_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_watch")),
    )
    op.create_index(op.f("ix_case_watch_watch_at"), "case_watch", ["watch_at"], unique=False)
    op.add_column("card", sa.Column("step", sa.String(length=200), nullable=True))
    op.add_column("card", sa.Column("unit_key", sa.String(length=200), nullable=True))
    op.add_column("card", sa.Column("issued_on", sa.Date(), nullable=True))
    op.add_column("card", sa.Column("feedback_due_on", sa.Date(), nullable=True))
    op.add_column("card", sa.Column("answered_on", sa.Date(), nullable=True))
    op.create_index(op.f("ix_card_rule_subject"), "card", ["rule", "subject"], unique=False)
    # Cards that are already out were issued on the day on which they were raised.
    op.execute("UPDATE card SET issued_on = raised_on WHERE state <> '待发'")
