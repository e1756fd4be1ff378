"""投诉: complaints about departments, what happened to each, its terms, and, apart from them, who complained."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, Index, Integer, SmallInteger, String, Table, Text

from hub.central.tables.columns import flag, instant, metadata, number, text

# The number is the key: year * 1,000,000 + the running number of the year, so 2026000012 is the twelfth of 2026.
complaint = Table(
    "complaint",
    metadata,
    Column("complaint_id", BigInteger, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),  # rises by one with every change
    Column("round", SmallInteger, nullable=False),  # 1, and one more with every re-investigation
    text("state", 10, nullable=False),
    text("channel", 10, nullable=False),  # 来电, 来函, 来访, 网络, 热线
    text("hotline", 20),  # 12345, 8890 …
    text("hotline_no", 64),  # the hotline's own number
    text("content_digest", 64, nullable=False),  # SHA-256 of what was registered, so that a repeat is known
    instant("registered_at", nullable=False),
    Column("registered_day", Date, nullable=False),
    text("region_code", 12),
    text("org_uscc", 18),  # whom it is about
    text("org_name", 200),
    text("host_uscc", 18),  # who accepts and decides
    text("host_name", 200),
    text("handling_uscc", 18),  # to whom it was transferred
    text("handling_name", 200),
    text("duty_uscc", 18),  # whose turn it is: the host, or the one to whom it was transferred
    text("duty_name", 200),
    text("handler", 200),
    text("topic", 20, nullable=False),
    text("title", 200, nullable=False),
    Column("content", Text, nullable=False),
    number("people", nullable=False),
    flag("is_group", nullable=False),
    flag("is_major", nullable=False),
    instant("answered_at"),  # the first answer that the complainant got
    instant("accepted_at"),
    instant("decided_at"),
    instant("feedback_at"),
    instant("ended_at"),
    instant("reported_at"),  # upward
)
Index("uq_complaint_hotline", complaint.c.hotline, complaint.c.hotline_no, unique=True)
Index(None, complaint.c.registered_at)
Index(None, complaint.c.state)

# Who complained, apart from what they complained of. An anonymous complaint has no row.
complaint_person = Table(
    "complaint_person",
    metadata,
    Column("complaint_id", BigInteger, primary_key=True, autoincrement=False),
    text("name", 100),
    text("id_no", 30),
    text("phone", 50),
    text("email", 200),
    text("address", 500),
)

complaint_event = Table(
    "complaint_event",
    metadata,
    Column("complaint_id", BigInteger, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("round", SmallInteger, nullable=False),
    instant("at", nullable=False),  # when it happened
    instant("recorded_at", nullable=False),  # when it was entered
    text("action", 20, nullable=False),
    text("from_state", 10),
    text("to_state", 10, nullable=False),
    text("actor", 100, nullable=False),
    text("role", 20, nullable=False),
    Column("words", Text),  # reason, opinion, decision, answer
    Column("details", Text),  # JSON; no personal data
)

# Within what something must be done: `started_day` does not count. A term applies from `opened_at` on, which is later
# than its start where a complaint is transferred.
complaint_term = Table(
    "complaint_term",
    metadata,
    Column("complaint_id", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(10), primary_key=True),  # first, own, transfer, feedback
    Column("ordinal", Integer, primary_key=True, autoincrement=False),  # 1, 2 … within the kind
    instant("opened_at", nullable=False),
    instant("started_at", nullable=False),
    Column("started_day", Date, nullable=False),
    Column("extended_by", Integer, nullable=False),  # working days
    instant("extended_at"),
    instant("ended_at"),
    Column("ended_day", Date),
    text("ended_by", 20),  # the action
)

complaint_link = Table(
    "complaint_link",
    metadata,
    Column("complaint_id", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(12), primary_key=True),  # case, item, organization, card
    Column("target", String(120), primary_key=True),  # SYSTEM/NO, item code, USCC, card number
)
Index(None, complaint_link.c.kind, complaint_link.c.target)

# The last running number of each year.
complaint_year = Table(
    "complaint_year",
    metadata,
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("last", Integer, nullable=False),
)
