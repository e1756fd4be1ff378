"""Complaints: what they are about, what happened to them, their terms and links, and apart from them who complained."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "complaint",
        sa.Column("complaint_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("hotline", sa.String(length=20), nullable=True),
        sa.Column("hotline_no", sa.String(length=64), nullable=True),
        sa.Column("content_digest", sa.String(length=64), nullable=False),
        sa.Column("registered_at", sa.BigInteger(), nullable=False),
        sa.Column("registered_day", sa.Date(), nullable=False),
        sa.Column("region_code", sa.String(length=12), nullable=True),
        *(
            sa.Column(f"{part}_{name}", sa.String(length=length), nullable=True)
            for part in ("org", "host", "handling", "duty")
            for name, length in (("uscc", 18), ("name", 200))
        ),
        sa.Column("handler", sa.String(length=200), nullable=True),
        sa.Column("topic", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("is_group", sa.SmallInteger(), nullable=False),
        sa.Column("is_major", sa.SmallInteger(), nullable=False),
        *(
            sa.Column(f"{name}_at", sa.BigInteger(), nullable=True)
            for name in ("answered", "accepted", "decided", "feedback", "ended", "reported")
        ),
        sa.PrimaryKeyConstraint("complaint_id", name=op.f("pk_complaint")),
    )
    op.create_index("uq_complaint_hotline", "complaint", ["hotline", "hotline_no"], unique=True)
    op.create_index(op.f("ix_complaint_registered_at"), "complaint", ["registered_at"], unique=False)
    op.create_index(op.f("ix_complaint_state"), "complaint", ["state"], unique=False)
    op.create_table(
        "complaint_person",
        sa.Column("complaint_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=True),
        sa.Column("id_no", sa.String(length=30), nullable=True),
        sa.Column("phone", sa.String(length=50), nullable=True),
        sa.Column("email", sa.String(length=200), nullable=True),
        sa.Column("address", sa.String(length=500), nullable=True),
        sa.PrimaryKeyConstraint("complaint_id", name=op.f("pk_complaint_person")),
    )
    op.create_table(
        "complaint_event",
        sa.Column("complaint_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("from_state", sa.String(length=10), nullable=True),
        sa.Column("to_state", sa.String(length=10), nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("details", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("complaint_id", "number", name=op.f("pk_complaint_event")),
    )
    op.create_table(
        "complaint_term",
        sa.Column("complaint_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("started_day", sa.Date(), nullable=False),
        sa.Column("extended_by", sa.Integer(), nullable=False),
        sa.Column("extended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_day", sa.Date(), nullable=True),
        sa.Column("ended_by", sa.String(length=20), nullable=True),
        sa.PrimaryKeyConstraint("complaint_id", "kind", "ordinal", name=op.f("pk_complaint_term")),
    )
    op.create_table(
        "complaint_link",
        sa.Column("complaint_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("target", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", "kind", "target", name=op.f("pk_complaint_link")),
    )
    op.create_index(op.f("ix_complaint_link_kind_target"), "complaint_link", ["kind", "target"], unique=False)
    op.create_table(
        "complaint_year",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_complaint_year")),
    )


def downgrade() -> None:
    for name in ("year", "link", "term", "event", "person"):
        op.drop_table(f"complaint_{name}")
    op.drop_table("complaint")
