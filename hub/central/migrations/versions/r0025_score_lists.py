"""The lists behind what was published, and what was worked out to be published."""

from __future__ import annotations

from importlib import import_module

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "score_list",
        sa.Column(
            "publication",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("indicator", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("row_count", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("publication", "indicator", name=op.f("pk_score_list")),
    )
    op.create_table(
        "score_draft",
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("as_of_at", sa.BigInteger(), nullable=False),
        sa.Column("computed_at", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb"), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("period", name=op.f("pk_score_draft")),
    )

    _fix()


def _fix() -> None:
    """Refuse changes of what belongs to a publication, as of the log."""
    triggers = import_module("hub.central.migrations.versions.r0006_log_triggers")
    dialect = op.get_context().dialect.name
    if dialect == "sqlite":
        statements = triggers.sqlite_triggers("score_list", ("publication", "indicator"))
    elif dialect == "postgresql":
        statements = triggers.postgresql_triggers("score_list")
    else:
        statements = triggers.mysql_triggers("score_list")
    for statement in statements:
        op.execute(statement)


def downgrade() -> None:
    kept = op.get_bind().execute(sa.text("SELECT COUNT(*) FROM score_list")).scalar_one()
    if kept:
        raise NotImplementedError("what was published is not taken back; restore a backup instead")
    op.drop_table("score_draft")
    op.drop_table("score_list")
