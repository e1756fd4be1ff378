"""Credentials of nodes, and how often somebody was turned away."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "node_credential",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("system", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("fingerprint", sa.String(length=100), nullable=True),
        sa.Column("secret_hash", sa.String(length=200), nullable=True),
        sa.Column("subject", sa.String(length=500), nullable=True),
        sa.Column("public", sa.Text(), nullable=True),
        sa.Column("organizations", sa.String(length=2000), nullable=False),
        sa.Column("regions", sa.String(length=2000), nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.Column("issued_by", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("valid_from_at", sa.BigInteger(), nullable=False),
        sa.Column("valid_to_at", sa.BigInteger(), nullable=False),
        sa.Column("replaced_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_by", sa.String(length=100), nullable=True),
        sa.Column("revoke_reason", sa.String(length=500), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_node_credential")),
        sa.UniqueConstraint("public_id", name=op.f("uq_node_credential_public_id")),
        sa.UniqueConstraint(
            "system",
            "name",
            "kind",
            "generation",
            name=op.f("uq_node_credential_system_name_kind_generation"),
        ),
    )
    op.create_index(op.f("ix_node_credential_fingerprint"), "node_credential", ["fingerprint"], unique=False)
    op.create_table(
        "node_refusal",
        sa.Column("peer", sa.String(length=100), nullable=False),
        sa.Column("minute_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("logged", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("peer", "minute_at", name=op.f("pk_node_refusal")),
    )
    op.create_index(op.f("ix_node_refusal_minute_at"), "node_refusal", ["minute_at"], unique=False)


def downgrade() -> None:
    op.drop_table("node_refusal")
    op.drop_table("node_credential")
