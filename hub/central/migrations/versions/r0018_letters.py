"""Letters and their numbers, what is handed to departments, and the answers that come back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def _id(name: str) -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, kind, autoincrement=True, nullable=False)


def _text(name: str, length: int, *, nullable: bool = True) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def upgrade() -> None:
    _letters()
    _way_back()


def _letters() -> None:
    op.create_table(
        "letter",
        _id("letter_id"),
        _text("letter_key", 150, nullable=False),
        _text("kind", 20, nullable=False),
        _text("issuer", 64, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        _text("reference", 60, nullable=False),
        _text("title", 200, nullable=False),
        sa.Column("card_id", sa.BigInteger(), nullable=True),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        _text("complaint", 64),
        sa.Column("follows", sa.BigInteger(), nullable=True),
        sa.Column("level", sa.SmallInteger(), nullable=True),
        _text("system", 64),
        _text("case_no", 50),
        _text("org_uscc", 18),
        _text("org_name", 200),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.Column("answer_due_on", sa.Date(), nullable=True),
        _text("issued_by", 100, nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        _text("template", 64, nullable=False),
        _text("pdf", 64, nullable=False),
        _text("docx", 64, nullable=False),
        sa.PrimaryKeyConstraint("letter_id", name=op.f("pk_letter")),
        sa.UniqueConstraint("letter_key", name=op.f("uq_letter_letter_key")),
        sa.UniqueConstraint(
            "issuer", "kind", "year", "number", name=op.f("uq_letter_issuer_kind_year_number")
        ),
    )
    op.create_index(op.f("ix_letter_card_id"), "letter", ["card_id"], unique=False)
    op.create_table(
        "letter_counter",
        _text("issuer", 64, nullable=False),
        _text("kind", 20, nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("issuer", "kind", "year", name=op.f("pk_letter_counter")),
    )


def _way_back() -> None:
    op.create_table(
        "handover",
        _id("handover_id"),
        _text("system", 64, nullable=False),
        _text("name", 100, nullable=False),
        _text("kind", 10, nullable=False),
        sa.Column("about", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        _text("state", 10, nullable=False),
        _text("document", 64),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("delivered_at", sa.BigInteger(), nullable=True),
        _text("error", 1000),
        sa.PrimaryKeyConstraint("handover_id", name=op.f("pk_handover")),
        sa.UniqueConstraint("system", "name", name=op.f("uq_handover_system_name")),
    )
    op.create_index(op.f("ix_handover_system_state"), "handover", ["system", "state"], unique=False)
    op.create_index(op.f("ix_handover_kind_about_part"), "handover", ["kind", "about", "part"], unique=False)
    op.create_table(
        "card_answer",
        _id("id"),
        _text("system", 64, nullable=False),
        _text("digest", 64, nullable=False),
        _text("name", 500, nullable=False),
        _text("answer_id", 64),
        sa.Column("card_id", sa.BigInteger(), nullable=True),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        _text("kind", 20),
        _text("outcome", 10, nullable=False),
        _text("code", 40),
        _text("reason", 1000),
        _text("accepted_key", 64),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_answer")),
        sa.UniqueConstraint("system", "accepted_key", name=op.f("uq_card_answer_system_accepted_key")),
    )
    op.create_index(op.f("ix_card_answer_system_digest"), "card_answer", ["system", "digest"], unique=False)


def downgrade() -> None:
    for name in ("card_answer", "handover", "letter_counter", "letter"):
        op.drop_table(name)
