"""监察业务库: cards and what happened to them, the runs of supervision, and what the next run must look at."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, Float, Index, SmallInteger, Table, Text

from hub.central.tables.columns import BigId, digest, flag, instant, metadata, number, text

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
    text("step", 200),  # the step that is responsible
    text(
        "unit_key", 200
    ),  # what was judged, where that is no case: a system, an item version, a package, a card
    Column("issued_on", Date),  # the day of 已发; null while 待发
    Column("feedback_due_on", Date),  # the last day for an answer
    Column("answered_on", Date),
)
Index("uq_card_open_key", card.c.open_key, unique=True)
Index(None, card.c.case_id)
Index(None, card.c.rule, card.c.subject)

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

# One row per run that came to its end. `basis` is a digest of all that every case is judged by (calendar, rules, catalogue,
# registrations): where it is another one than at the last run, every case is judged anew.
supervision_run = Table(
    "supervision_run",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    instant("started_at", nullable=False),
    instant("ended_at", nullable=False),
    instant("as_of_at", nullable=False),
    Column("as_of_day", Date, nullable=False),
    digest("basis", nullable=False),
    flag("everything", nullable=False),  # 1: all cases were judged
    Column("summary", Text, nullable=False),  # JSON
)

# Closed packages whose cases have been judged since.
judged_package = Table(
    "judged_package",
    metadata,
    Column("package", BigInteger, primary_key=True, autoincrement=False),
    Column("run", BigInteger, nullable=False),
)

# When a case must be judged again although nothing of it has changed: the instant from which a verdict could be another one.
case_watch = Table(
    "case_watch",
    metadata,
    Column("case_id", BigInteger, primary_key=True, autoincrement=False),
    instant("watch_at", nullable=False),
)
Index(None, case_watch.c.watch_at)
