"""The life of a card: versions, who did what, consequences; supervision orders and the hands they go through."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("card", sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    op.add_column("card", sa.Column("judged_level", sa.SmallInteger(), nullable=True))
    op.add_column("card", sa.Column("escalated", sa.SmallInteger(), server_default="0", nullable=False))
    for name, kind in (
        ("action", sa.String(length=20)),
        ("actor", sa.String(length=100)),
        ("role", sa.String(length=20)),
        ("text", sa.Text()),
        ("attachments", sa.Text()),
    ):
        op.add_column("card_event", sa.Column(name, kind, nullable=True))
    # A card's version is the number of its newest event.
    op.execute(
        "UPDATE card SET version = COALESCE((SELECT MAX(e.number) FROM card_event e WHERE e.card_id = card.card_id), 1),"
        " judged_level = level"
    )
    _consequences()
    _orders()
    _hands()


def _id(name: str) -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, kind, autoincrement=True, nullable=False)


def _consequences() -> None:
    op.create_table(
        "card_consequence",
        _id("consequence_id"),
        sa.Column("card_id", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("org_uscc", sa.String(length=18), nullable=True),
        sa.Column("org_name", sa.String(length=200), nullable=True),
        sa.Column("person", sa.String(length=200), nullable=True),
        sa.Column("head", sa.SmallInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("consequence_id", name=op.f("pk_card_consequence")),
    )
    op.create_index(op.f("ix_card_consequence_card_id"), "card_consequence", ["card_id"], unique=False)
    op.create_index(
        op.f("ix_card_consequence_org_uscc_kind"), "card_consequence", ["org_uscc", "kind"], unique=False
    )


def _orders() -> None:
    op.create_table(
        "supervision_order",
        _id("order_id"),
        sa.Column("card_id", sa.BigInteger(), nullable=True),
        sa.Column("card_state", sa.String(length=10), nullable=True),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("supervisor", sa.String(length=200), nullable=False),
        sa.Column("org_uscc", sa.String(length=18), nullable=True),
        sa.Column("org_name", sa.String(length=200), nullable=True),
        sa.Column("system", sa.String(length=64), nullable=True),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.Column("case_no", sa.String(length=50), nullable=True),
        sa.Column("item_name", sa.String(length=500), nullable=True),
        sa.Column("item_code", sa.String(length=64), nullable=True),
        sa.Column("monitor", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("basis", sa.String(length=500), nullable=True),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_supervision_order")),
    )
    op.create_index(op.f("ix_supervision_order_card_id"), "supervision_order", ["card_id"], unique=False)
    op.create_index(op.f("ix_supervision_order_state"), "supervision_order", ["state"], unique=False)


def _hands() -> None:
    op.create_table(
        "order_hand",
        sa.Column("order_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hand", sa.String(length=10), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("action", sa.String(length=20), nullable=True),
        sa.Column("actor", sa.String(length=100), nullable=True),
        sa.Column("actor_role", sa.String(length=20), nullable=True),
        sa.Column("opinion", sa.Text(), nullable=True),
        sa.Column("attachments", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("order_id", "number", name=op.f("pk_order_hand")),
    )
    op.create_index(op.f("ix_order_hand_done_on_due_on"), "order_hand", ["done_on", "due_on"], unique=False)


def downgrade() -> None:
    for name in ("order_hand", "supervision_order", "card_consequence"):
        op.drop_table(name)
    for name in ("attachments", "text", "role", "actor", "action"):
        op.drop_column("card_event", name)
    for name in ("escalated", "judged_level", "version"):
        op.drop_column("card", name)
