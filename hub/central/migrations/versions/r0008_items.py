"""事项库: the item catalogue, its flows, organisations, posts and staff; and what was derived of a case may be of any length."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "catalogue_change",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.String(length=100), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("refilled_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_change")),
    )
    op.create_table(
        "organization",
        sa.Column("org_uscc", sa.String(length=18), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("short_name", sa.String(length=100), nullable=True),
        sa.Column("parent_uscc", sa.String(length=18), nullable=True),
        sa.Column("region_code", sa.String(length=12), nullable=True),
        sa.Column("org_level", sa.String(length=1), nullable=True),
        sa.Column("kind", sa.String(length=100), nullable=True),
        sa.PrimaryKeyConstraint("org_uscc", "version", name=op.f("pk_organization")),
    )
    op.create_table(
        "region",
        sa.Column("region_code", sa.String(length=12), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("parent_code", sa.String(length=12), nullable=True),
        sa.Column("region_level", sa.String(length=1), nullable=True),
        sa.PrimaryKeyConstraint("region_code", "version", name=op.f("pk_region")),
    )
    op.create_table(
        "service_item",
        sa.Column("item_code", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("parts", sa.Text(), nullable=False),
        sa.Column("catalog_code", sa.String(length=40), nullable=True),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("org_uscc", sa.String(length=18), nullable=True),
        sa.Column("org_name", sa.String(length=200), nullable=True),
        sa.Column("item_type", sa.String(length=2), nullable=True),
        sa.Column("case_type", sa.String(length=1), nullable=True),
        sa.Column("exercise_level", sa.String(length=1), nullable=True),
        sa.Column("statutory_limit", sa.Integer(), nullable=True),
        sa.Column("statutory_limit_unit", sa.String(length=1), nullable=True),
        sa.Column("promised_limit", sa.Integer(), nullable=True),
        sa.Column("promised_limit_unit", sa.String(length=1), nullable=True),
        sa.Column("is_charged", sa.SmallInteger(), nullable=True),
        sa.Column("issues_certificate", sa.SmallInteger(), nullable=True),
        sa.Column("certificate_name", sa.String(length=500), nullable=True),
        sa.Column("online_depth", sa.String(length=10), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("is_exempt", sa.SmallInteger(), nullable=False),
        sa.Column("exempt_basis", sa.String(length=2000), nullable=True),
        sa.Column("details", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("item_code", "version", name=op.f("pk_service_item")),
    )
    op.create_index(op.f("ix_service_item_catalog_code"), "service_item", ["catalog_code"], unique=False)
    op.create_index(op.f("ix_service_item_change"), "service_item", ["change"], unique=False)
    op.create_index(op.f("ix_service_item_org_uscc"), "service_item", ["org_uscc"], unique=False)
    op.create_table(
        "item_material",
        sa.Column("item_code", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("is_required", sa.SmallInteger(), nullable=True),
        sa.Column("form", sa.String(length=200), nullable=True),
        sa.Column("source", sa.String(length=500), nullable=True),
        sa.Column("basis", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("item_code", "version", "seq", name=op.f("pk_item_material")),
    )
    op.create_table(
        "item_fee",
        sa.Column("item_code", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("fee_code", sa.String(length=100), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("basis", sa.String(length=2000), nullable=True),
        sa.Column("standard_amount", sa.BigInteger(), nullable=True),
        sa.Column("minimum_amount", sa.BigInteger(), nullable=True),
        sa.Column("maximum_amount", sa.BigInteger(), nullable=True),
        sa.Column("standard_text", sa.String(length=2000), nullable=True),
        sa.Column("step_code", sa.String(length=50), nullable=True),
        sa.Column("is_reducible", sa.SmallInteger(), nullable=True),
        sa.Column("reduction_basis", sa.String(length=2000), nullable=True),
        sa.PrimaryKeyConstraint("item_code", "version", "seq", name=op.f("pk_item_fee")),
    )
    op.create_table(
        "item_flow_step",
        sa.Column("item_code", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("step_code", sa.String(length=50), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("step_type", sa.String(length=1), nullable=True),
        sa.Column("step_limit", sa.Integer(), nullable=True),
        sa.Column("step_limit_unit", sa.String(length=1), nullable=True),
        sa.Column("risk_category", sa.String(length=200), nullable=True),
        sa.Column("risk_description", sa.String(length=2000), nullable=True),
        sa.Column("risk_control", sa.String(length=2000), nullable=True),
        sa.PrimaryKeyConstraint("item_code", "version", "step_code", name=op.f("pk_item_flow_step")),
    )
    op.create_table(
        "item_flow_next",
        sa.Column("item_code", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("step_code", sa.String(length=50), nullable=False),
        sa.Column("next_code", sa.String(length=50), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("condition", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint(
            "item_code", "version", "step_code", "next_code", name=op.f("pk_item_flow_next")
        ),
    )
    op.create_table(
        "item_flow_post",
        sa.Column("item_code", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("step_code", sa.String(length=50), nullable=False),
        sa.Column("post_code", sa.String(length=50), nullable=False),
        sa.PrimaryKeyConstraint(
            "item_code", "version", "step_code", "post_code", name=op.f("pk_item_flow_post")
        ),
    )
    op.create_table(
        "item_flow_apart",
        sa.Column("item_code", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("step_code", sa.String(length=50), nullable=False),
        sa.Column("other_code", sa.String(length=50), nullable=False),
        sa.PrimaryKeyConstraint(
            "item_code", "version", "step_code", "other_code", name=op.f("pk_item_flow_apart")
        ),
    )
    op.create_table(
        "post",
        sa.Column("org_uscc", sa.String(length=18), nullable=False),
        sa.Column("post_code", sa.String(length=50), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("office", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("org_uscc", "post_code", "version", name=op.f("pk_post")),
    )
    op.create_table(
        "staff",
        sa.Column("org_uscc", sa.String(length=18), nullable=False),
        sa.Column("person_no", sa.String(length=50), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("office", sa.String(length=200), nullable=True),
        sa.Column("mobile", sa.String(length=50), nullable=True),
        sa.PrimaryKeyConstraint("org_uscc", "person_no", "version", name=op.f("pk_staff")),
    )
    op.create_table(
        "staff_post",
        sa.Column("org_uscc", sa.String(length=18), nullable=False),
        sa.Column("person_no", sa.String(length=50), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("post_code", sa.String(length=50), nullable=False),
        sa.PrimaryKeyConstraint("org_uscc", "person_no", "version", "post_code", name=op.f("pk_staff_post")),
    )
    # SQLite never held texts to a length; PostgreSQL changes the catalogue only and rewrites no row.
    if op.get_context().dialect.name == "postgresql":
        op.alter_column("approval_case", "derived", type_=sa.Text())
    else:
        with op.batch_alter_table("approval_case") as batch:
            batch.alter_column("derived", type_=sa.Text())


def downgrade() -> None:
    with op.batch_alter_table("approval_case") as batch:
        batch.alter_column("derived", type_=sa.String(length=2000))
    op.drop_table("staff_post")
    op.drop_table("staff")
    op.drop_table("post")
    op.drop_table("item_flow_apart")
    op.drop_table("item_flow_post")
    op.drop_table("item_flow_next")
    op.drop_table("item_flow_step")
    op.drop_table("item_fee")
    op.drop_table("item_material")
    op.drop_table("service_item")
    op.drop_table("region")
    op.drop_table("organization")
    op.drop_table("catalogue_change")
