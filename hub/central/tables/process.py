"""办理过程库: what the department has reported of a case, current fold only; every earlier version lies in its package.

Column order is the order of the slots in schemas/<version>/elements.yaml; a test holds the two together.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table, Text

from hub.central.tables.columns import case_key, fen, flag, metadata, moment, number, text

# Elements 1 and 2, with what the rules ask of every case.
approval_case = Table(
    "approval_case",
    metadata,
    Column("case_id", BigInteger, primary_key=True, autoincrement=False),
    text("org_uscc", 18),
    text("org_name", 200),
    text("region_code", 12),
    text("parent_uscc", 18),
    text("org_level", 1),
    text("item_code", 40),
    text("catalog_code", 40),
    text("handle_item_code", 40),
    text("item_name", 500),
    number("item_version"),
    text("item_type", 2),
    text("case_type", 1),
    number("statutory_limit"),
    text("statutory_limit_unit", 1),
    number("promised_limit"),
    text("promised_limit_unit", 1),
    flag("is_charged"),
    text("parallel_project_no", 100),
    Column("derived", Text),  # JSON: field → where a derived value came from
)
Index(None, approval_case.c.item_code)

applicant = Table(
    "applicant",
    metadata,
    Column("case_id", BigInteger, primary_key=True, autoincrement=False),
    text("applicant_type", 1),
    text("name", 200),
    text("id_type", 3),
    text("id_no", 500),
    text("legal_representative", 200),
    text("contact_name", 200),
    text("contact_id_type", 3),
    text("contact_id_no", 500),
    text("agent_name", 200),
    text("agent_id_type", 3),
    text("agent_id_no", 500),
    text("mobile", 50),
    text("email", 200),
    text("address", 1000),
    text("post_code", 20),
)

application = Table(
    "application",
    metadata,
    Column("case_id", BigInteger, primary_key=True, autoincrement=False),
    *moment("applied"),
    text("channel", 1),
    text("subject", 1000),
    text("summary", 2000),
    text("form", 2000),
    text("receipt_no", 100),
    text("place", 500),
    text("original_case_no", 100),
    *moment("entered"),
    *moment("written"),
)

acceptance = Table(
    "acceptance",
    metadata,
    Column("case_id", BigInteger, primary_key=True, autoincrement=False),
    text("status", 1),
    *moment("handled"),
    text("handler_name", 200),
    text("handler_no", 50),
    text("department", 200),
    text("department_uscc", 18),
    text("document_no", 200),
    *moment("promised"),
    text("reason", 2000),
    text("material_text", 2000),
)

material = Table(
    "material",
    metadata,
    case_key(primary_key=True, autoincrement=False),
    number("seq", primary_key=True, autoincrement=False),
    text("name", 200),
    flag("is_required"),
    flag("is_received"),
    text("receive_method", 1),
    number("quantity"),
    *moment("received"),
    text("attachment_name", 500),
    text("attachment_digest", 64),
    text("attachment_ref", 500),
)

step = Table(
    "step",
    metadata,
    case_key(primary_key=True, autoincrement=False),
    number("seq", primary_key=True, autoincrement=False),
    text("step_code", 50),
    text("step_name", 1000),
    text("step_type", 1),
    text("action", 1),
    text("status", 1),
    text("handler_name", 200),
    text("handler_no", 50),
    text("handler_post", 200),
    text("office", 200),
    text("department", 200),
    *moment("started"),
    *moment("ended"),
    number("step_limit"),
    text("step_limit_unit", 1),
    text("opinion", 2000),
    text("risk_category", 200),
    text("risk_description", 2000),
    text("risk_control", 2000),
    text("attachment_ref", 500),
)

correction_notice = Table(
    "correction_notice",
    metadata,
    case_key(primary_key=True, autoincrement=False),
    number("seq", primary_key=True, autoincrement=False),
    *moment("notified"),
    text("notifier_name", 200),
    text("reason", 2000),
    text("material_list", 2000),
)

correction_receipt = Table(
    "correction_receipt",
    metadata,
    case_key(primary_key=True, autoincrement=False),
    number("ordinal", primary_key=True, autoincrement=False),  # position in the message, from 1
    number("notice_seq"),
    *moment("received"),
    text("handler_name", 200),
    text("material_list", 2000),
    text("place", 500),
)

special_procedure = Table(
    "special_procedure",
    metadata,
    case_key(primary_key=True, autoincrement=False),
    number("seq", primary_key=True, autoincrement=False),
    text("kind", 2),
    text("kind_name", 200),
    *moment("started"),
    text("approver", 200),
    text("basis", 2000),
    number("approved_limit"),
    text("approved_limit_unit", 1),
    text("applicant_name", 200),
)

special_procedure_result = Table(
    "special_procedure_result",
    metadata,
    case_key(primary_key=True, autoincrement=False),
    number("ordinal", primary_key=True, autoincrement=False),
    number("procedure_seq"),
    *moment("ended"),
    text("result", 2000),
    text("handler_name", 200),
    text("opinion", 2000),
    fen("fee_amount"),
)

fee = Table(
    "fee",
    metadata,
    case_key(primary_key=True, autoincrement=False),
    number("seq", primary_key=True, autoincrement=False),
    text("fee_item_code", 100),
    text("name", 200),
    text("basis", 2000),
    fen("standard_amount"),
    fen("charged_amount"),
    flag("is_reduced"),
    text("reduction_basis", 2000),
    *moment("charged"),
    number("step_seq"),
    text("payment_no", 100),
    text("payer_name", 200),
)
