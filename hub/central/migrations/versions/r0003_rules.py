"""监察规则库: rules, parameters and the working calendar."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rule_version",
        sa.Column("rule", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("rule", "version", name=op.f("pk_rule_version")),
    )
    op.create_table(
        "calendar_day",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("region", sa.String(length=12), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_workday", sa.SmallInteger(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("notice_no", sa.String(length=200), nullable=True),
        sa.Column("imported_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_day")),
    )
    op.create_index(op.f("ix_calendar_day_region_day"), "calendar_day", ["region", "day"], unique=False)
    op.create_table(
        "work_calendar",
        sa.Column("scope", sa.String(length=12), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("day_number", sa.Integer(), nullable=False),
        sa.Column("is_workday", sa.SmallInteger(), nullable=False),
        sa.Column("workday_number", sa.Integer(), nullable=False),
        sa.Column("published", sa.SmallInteger(), nullable=False),
        sa.Column("strict_workday", sa.SmallInteger(), nullable=False),
        sa.Column("strict_number", sa.Integer(), nullable=False),
        sa.Column("month_number", sa.Integer(), nullable=False),
        sa.Column("month_day", sa.SmallInteger(), nullable=False),
        sa.Column("month_last", sa.SmallInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "day", name=op.f("pk_work_calendar")),
    )
    op.create_index(
        op.f("ix_work_calendar_scope_day_number"), "work_calendar", ["scope", "day_number"], unique=False
    )
    op.create_index(
        op.f("ix_work_calendar_scope_month_number"), "work_calendar", ["scope", "month_number"], unique=False
    )
    op.create_index(
        op.f("ix_work_calendar_scope_strict_number"),
        "work_calendar",
        ["scope", "strict_number"],
        unique=False,
    )
    op.create_index(
        op.f("ix_work_calendar_scope_workday_number"),
        "work_calendar",
        ["scope", "workday_number"],
        unique=False,
    )
    op.create_table(
        "calendar_year",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_calendar_year")),
    )


def downgrade() -> None:
    op.drop_table("calendar_year")
    op.drop_table("work_calendar")
    op.drop_table("calendar_day")
    op.drop_table("rule_version")
