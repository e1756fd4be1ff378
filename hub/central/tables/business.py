"""监察业务库: cards and what happened to them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, Float, Index, SmallInteger, Table, Text

from hub.central.tables.columns import BigId, flag, instant, metadata, number, text

card = Table(
    "card",
    metadata,
    Column("card_id", BigId, primary_key=True, autoincrement=True),
    text("system", 64, nullable=False),
    Column("case_id", BigInteger),
    text("case_no", 50),
    text("subject", 200),
    text("rule", 20, nullable=False),
    number("rule_version", nullable=False),
    number("calendar_version", nullable=False),
    number("case_version"),
    Column("level", SmallInteger, nullable=False),
    text("state", 10, nullable=False),
    flag("provisional", nullable=False),
    Column("raised_on", Date, nullable=False),
    instant("judged_as_of", nullable=False),  # exclusive: business times before it were known
    Column("due_on", Date),
    Column("used_days", Float),
    Column("limit_days", Float),
    Column("excess_days", Float),
    text("unit", 1),
    text("org_uscc", 18),
    text("org_name", 200),
    text("handler", 200),
    text("basis", 500),
    Column("snapshot", Text, nullable=False),  # JSON: the case as it was judged
    text("open_key", 300),  # rule|case|subject while the card is open, null after: at most one open card
    Column("raised_at", BigInteger, nullable=False),
)
Index("uq_card_open_key", card.c.open_key, unique=True)
Index(None, card.c.case_id)

card_event = Table(
    "card_event",
    metadata,
    Column("card_id", BigInteger, primary_key=True, autoincrement=False),
    number("number", primary_key=True, autoincrement=False),
    instant("at", nullable=False),
    text("from_state", 10),
    text("to_state", 10, nullable=False),
    text("reason", 500, nullable=False),
    Column("before", Text),
    Column("after", Text),
)
