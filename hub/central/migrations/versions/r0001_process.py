"""办理过程库: what the department has reported of a case."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "approval_case",
        sa.Column("case_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("org_uscc", sa.String(length=18), nullable=True),
        sa.Column("org_name", sa.String(length=200), nullable=True),
        sa.Column("region_code", sa.String(length=12), nullable=True),
        sa.Column("parent_uscc", sa.String(length=18), nullable=True),
        sa.Column("org_level", sa.String(length=1), nullable=True),
        sa.Column("item_code", sa.String(length=40), nullable=True),
        sa.Column("catalog_code", sa.String(length=40), nullable=True),
        sa.Column("handle_item_code", sa.String(length=40), nullable=True),
        sa.Column("item_name", sa.String(length=500), nullable=True),
        sa.Column("item_version", sa.Integer(), nullable=True),
        sa.Column("item_type", sa.String(length=2), nullable=True),
        sa.Column("case_type", sa.String(length=1), nullable=True),
        sa.Column("statutory_limit", sa.Integer(), nullable=True),
        sa.Column("statutory_limit_unit", sa.String(length=1), nullable=True),
        sa.Column("promised_limit", sa.Integer(), nullable=True),
        sa.Column("promised_limit_unit", sa.String(length=1), nullable=True),
        sa.Column("is_charged", sa.SmallInteger(), nullable=True),
        sa.Column("parallel_project_no", sa.String(length=100), nullable=True),
        sa.Column("derived", sa.String(length=2000), nullable=True),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_approval_case")),
    )
    op.create_index(op.f("ix_approval_case_item_code"), "approval_case", ["item_code"], unique=False)
    op.create_table(
        "applicant",
        sa.Column("case_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("applicant_type", sa.String(length=1), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.Column("id_type", sa.String(length=3), nullable=True),
        sa.Column("id_no", sa.String(length=500), nullable=True),
        sa.Column("legal_representative", sa.String(length=200), nullable=True),
        sa.Column("contact_name", sa.String(length=200), nullable=True),
        sa.Column("contact_id_type", sa.String(length=3), nullable=True),
        sa.Column("contact_id_no", sa.String(length=500), nullable=True),
        sa.Column("agent_name", sa.String(length=200), nullable=True),
        sa.Column("agent_id_type", sa.String(length=3), nullable=True),
        sa.Column("agent_id_no", sa.String(length=500), nullable=True),
        sa.Column("mobile", sa.String(length=50), nullable=True),
        sa.Column("email", sa.String(length=200), nullable=True),
        sa.Column("address", sa.String(length=1000), nullable=True),
        sa.Column("post_code", sa.String(length=20), nullable=True),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_applicant")),
    )
    op.create_table(
        "application",
        sa.Column("case_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("applied_at", sa.BigInteger(), nullable=True),
        sa.Column("applied_day", sa.Date(), nullable=True),
        sa.Column("channel", sa.String(length=1), nullable=True),
        sa.Column("subject", sa.String(length=1000), nullable=True),
        sa.Column("summary", sa.String(length=2000), nullable=True),
        sa.Column("form", sa.String(length=2000), nullable=True),
        sa.Column("receipt_no", sa.String(length=100), nullable=True),
        sa.Column("place", sa.String(length=500), nullable=True),
        sa.Column("original_case_no", sa.String(length=100), nullable=True),
        sa.Column("entered_at", sa.BigInteger(), nullable=True),
        sa.Column("entered_day", sa.Date(), nullable=True),
        sa.Column("written_at", sa.BigInteger(), nullable=True),
        sa.Column("written_day", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_application")),
    )
    op.create_table(
        "acceptance",
        sa.Column("case_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("status", sa.String(length=1), nullable=True),
        sa.Column("handled_at", sa.BigInteger(), nullable=True),
        sa.Column("handled_day", sa.Date(), nullable=True),
        sa.Column("handler_name", sa.String(length=200), nullable=True),
        sa.Column("handler_no", sa.String(length=50), nullable=True),
        sa.Column("department", sa.String(length=200), nullable=True),
        sa.Column("department_uscc", sa.String(length=18), nullable=True),
        sa.Column("document_no", sa.String(length=200), nullable=True),
        sa.Column("promised_at", sa.BigInteger(), nullable=True),
        sa.Column("promised_day", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=2000), nullable=True),
        sa.Column("material_text", sa.String(length=2000), nullable=True),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_acceptance")),
    )
    op.create_table(
        "material",
        sa.Column("case_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.Column("is_required", sa.SmallInteger(), nullable=True),
        sa.Column("is_received", sa.SmallInteger(), nullable=True),
        sa.Column("receive_method", sa.String(length=1), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=True),
        sa.Column("received_at", sa.BigInteger(), nullable=True),
        sa.Column("received_day", sa.Date(), nullable=True),
        sa.Column("attachment_name", sa.String(length=500), nullable=True),
        sa.Column("attachment_digest", sa.String(length=64), nullable=True),
        sa.Column("attachment_ref", sa.String(length=500), nullable=True),
        sa.PrimaryKeyConstraint("case_id", "seq", name=op.f("pk_material")),
    )
    op.create_table(
        "step",
        sa.Column("case_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("step_code", sa.String(length=50), nullable=True),
        sa.Column("step_name", sa.String(length=1000), nullable=True),
        sa.Column("step_type", sa.String(length=1), nullable=True),
        sa.Column("action", sa.String(length=1), nullable=True),
        sa.Column("status", sa.String(length=1), nullable=True),
        sa.Column("handler_name", sa.String(length=200), nullable=True),
        sa.Column("handler_no", sa.String(length=50), nullable=True),
        sa.Column("handler_post", sa.String(length=200), nullable=True),
        sa.Column("office", sa.String(length=200), nullable=True),
        sa.Column("department", sa.String(length=200), nullable=True),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("started_day", sa.Date(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_day", sa.Date(), nullable=True),
        sa.Column("step_limit", sa.Integer(), nullable=True),
        sa.Column("step_limit_unit", sa.String(length=1), nullable=True),
        sa.Column("opinion", sa.String(length=2000), nullable=True),
        sa.Column("risk_category", sa.String(length=200), nullable=True),
        sa.Column("risk_description", sa.String(length=2000), nullable=True),
        sa.Column("risk_control", sa.String(length=2000), nullable=True),
        sa.Column("attachment_ref", sa.String(length=500), nullable=True),
        sa.PrimaryKeyConstraint("case_id", "seq", name=op.f("pk_step")),
    )
    op.create_table(
        "correction_notice",
        sa.Column("case_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("notified_at", sa.BigInteger(), nullable=True),
        sa.Column("notified_day", sa.Date(), nullable=True),
        sa.Column("notifier_name", sa.String(length=200), nullable=True),
        sa.Column("reason", sa.String(length=2000), nullable=True),
        sa.Column("material_list", sa.String(length=2000), nullable=True),
        sa.PrimaryKeyConstraint("case_id", "seq", name=op.f("pk_correction_notice")),
    )
    op.create_table(
        "correction_receipt",
        sa.Column("case_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("notice_seq", sa.Integer(), nullable=True),
        sa.Column("received_at", sa.BigInteger(), nullable=True),
        sa.Column("received_day", sa.Date(), nullable=True),
        sa.Column("handler_name", sa.String(length=200), nullable=True),
        sa.Column("material_list", sa.String(length=2000), nullable=True),
        sa.Column("place", sa.String(length=500), nullable=True),
        sa.PrimaryKeyConstraint("case_id", "ordinal", name=op.f("pk_correction_receipt")),
    )
    op.create_table(
        "special_procedure",
        sa.Column("case_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=2), nullable=True),
        sa.Column("kind_name", sa.String(length=200), nullable=True),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("started_day", sa.Date(), nullable=True),
        sa.Column("approver", sa.String(length=200), nullable=True),
        sa.Column("basis", sa.String(length=2000), nullable=True),
        sa.Column("approved_limit", sa.Integer(), nullable=True),
        sa.Column("approved_limit_unit", sa.String(length=1), nullable=True),
        sa.Column("applicant_name", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("case_id", "seq", name=op.f("pk_special_procedure")),
    )
    op.create_table(
        "special_procedure_result",
        sa.Column("case_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("procedure_seq", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_day", sa.Date(), nullable=True),
        sa.Column("result", sa.String(length=2000), nullable=True),
        sa.Column("handler_name", sa.String(length=200), nullable=True),
        sa.Column("opinion", sa.String(length=2000), nullable=True),
        sa.Column("fee_amount", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("case_id", "ordinal", name=op.f("pk_special_procedure_result")),
    )
    op.create_table(
        "fee",
        sa.Column("case_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("fee_item_code", sa.String(length=100), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.Column("basis", sa.String(length=2000), nullable=True),
        sa.Column("standard_amount", sa.BigInteger(), nullable=True),
        sa.Column("charged_amount", sa.BigInteger(), nullable=True),
        sa.Column("is_reduced", sa.SmallInteger(), nullable=True),
        sa.Column("reduction_basis", sa.String(length=2000), nullable=True),
        sa.Column("charged_at", sa.BigInteger(), nullable=True),
        sa.Column("charged_day", sa.Date(), nullable=True),
        sa.Column("step_seq", sa.Integer(), nullable=True),
        sa.Column("payment_no", sa.String(length=100), nullable=True),
        sa.Column("payer_name", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("case_id", "seq", name=op.f("pk_fee")),
    )


def downgrade() -> None:
    op.drop_table("fee")
    op.drop_table("special_procedure_result")
    op.drop_table("special_procedure")
    op.drop_table("correction_receipt")
    op.drop_table("correction_notice")
    op.drop_table("step")
    op.drop_table("material")
    op.drop_table("acceptance")
    op.drop_table("application")
    op.drop_table("applicant")
    op.drop_table("approval_case")
