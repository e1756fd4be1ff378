"""Parameters of the scores by version, and the scores as they were published; what was published is never changed."""

from __future__ import annotations

from importlib import import_module

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

KEYS = {"score_publication": ("period", "version"), "score": ("publication", "subject_kind", "subject")}


def upgrade() -> None:
    op.create_table(
        "score_parameters",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("who", sa.String(length=100), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_score_parameters")),
    )
    op.create_table(
        "score_publication",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("parameters_version", sa.Integer(), nullable=False),
        sa.Column("as_of_at", sa.BigInteger(), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("differences", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score_publication")),
        sa.UniqueConstraint("period", "version", name=op.f("uq_score_publication_period_version")),
    )
    op.create_table(
        "score",
        sa.Column(
            "publication",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("subject_kind", sa.String(length=12), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=True),
        sa.Column("points", sa.Numeric(precision=7, scale=2), nullable=True),
        sa.Column("band", sa.String(length=20), nullable=True),
        sa.PrimaryKeyConstraint("publication", "subject_kind", "subject", name=op.f("pk_score")),
    )
    op.create_index(op.f("ix_score_subject_kind_subject"), "score", ["subject_kind", "subject"], unique=False)
    _fix()


def downgrade() -> None:
    raise NotImplementedError("what was published is not taken back; restore a backup instead")


def _fix() -> None:
    """Refuse changes of what was published, as of the log."""
    triggers = import_module("hub.central.migrations.versions.r0006_log_triggers")
    dialect = op.get_context().dialect.name
    for table, key in KEYS.items():
        if dialect == "sqlite":
            statements = triggers.sqlite_triggers(table, key)
        elif dialect == "postgresql":
            statements = triggers.postgresql_triggers(table)
        else:
            statements = triggers.mysql_triggers(table)
        for statement in statements:
            op.execute(statement)
