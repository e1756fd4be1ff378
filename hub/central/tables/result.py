"""办理结果库: how a case ended, how its result reached the applicant, and what he said of it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, Table

from hub.central.tables.columns import case_key, metadata, moment, number, text

completion = Table(
    "completion",
    metadata,
    Column("case_id", BigInteger, primary_key=True, autoincrement=False),
    text("result", 1),
    *moment("completed"),
    text("handler_name", 200),
    text("handler_no", 50),
    text("department", 200),
    text("opinion", 2000),
    text("explanation", 2000),
    text("certificate_name", 500),
    text("certificate_no", 2000),
    Column("certificate_valid_to", Date),
    text("issued_by", 200),
    text("attachment_ref", 500),
)

delivery = Table(
    "delivery",
    metadata,
    Column("case_id", BigInteger, primary_key=True, autoincrement=False),
    text("method", 1),
    *moment("delivered"),
    text("recipient_name", 200),
    text("recipient_id_type", 3),
    text("recipient_id_no", 500),
    text("tracking_no", 100),
)

# From message 1.1 on; a case of an older one has no rows here.
evaluation = Table(
    "evaluation",
    metadata,
    case_key(primary_key=True, autoincrement=False),
    number("seq", primary_key=True, autoincrement=False),
    text("grade", 1),
    *moment("evaluated"),
    text("channel", 1),
    number("step_seq"),
    text("option_text", 1000),
    text("comment_text", 2000),
    text("handler_name", 200),
    text("handler_no", 50),
    *moment("replied"),
    text("reply", 2000),
)
