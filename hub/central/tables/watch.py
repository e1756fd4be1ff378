"""交换库, what is watched and told: reports of probes, alerts, and the messages that wait to be sent."""

from __future__ import annotations

from sqlalchemy import Column, Index, SmallInteger, String, Table, Text, UniqueConstraint

from hub.central.tables.columns import BigId, instant, metadata, number, text

probe_run = Table(
    "probe_run",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    text("system", 64, nullable=False),
    instant("at", nullable=False),
    text("verdict", 10, nullable=False),  # ok, warn, fail
    Column("report", Text, nullable=False),  # JSON, as `suphub probe --json` prints it
)
Index(None, probe_run.c.system, probe_run.c.at)
Index(None, probe_run.c.at)

# One row per time that something was wrong. `open_key` is null once it is over: so one is open at a time.
alert = Table(
    "alert",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    text("system", 64, nullable=False),
    text("condition", 40, nullable=False),
    text("open_key", 110),
    text("state", 10, nullable=False),  # open, closed
    Column("level", SmallInteger, nullable=False),  # 1 to 3, as of messages
    Column("detail", Text, nullable=False),  # JSON: zh, en and their remedies, code of the error
    instant("opened_at", nullable=False),
    instant("seen_at", nullable=False),  # when it was last found to be so
    number("times", nullable=False),  # how often it was found to be so
    instant("closed_at"),
    UniqueConstraint("open_key"),
)
Index(None, alert.c.system, alert.c.opened_at)
Index(None, alert.c.state)

# One row per message and address, written in the transaction that caused the message, sent afterwards.
outbox = Table(
    "outbox",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    text("recipient", 64, nullable=False),  # a name in messages.yaml
    text("address", 200, nullable=False),
    text("kind", 40, nullable=False),
    Column("level", SmallInteger, nullable=False),
    text("system", 64),
    text("organization", 18),
    Column("content", Text, nullable=False),  # JSON: subjects and bodies in both languages
    text("state", 10, nullable=False),  # waiting, sending, sent, failed
    instant("created_at", nullable=False),
    instant("due_at", nullable=False),
    number("attempts", nullable=False, server_default="0"),
    Column(
        "batch", String(40)
    ),  # messages that leave together, under one Message-ID, whenever they are tried
    instant("held_until"),  # by the worker that sends it now
    instant("sent_at"),
    text("error", 1000),
)
Index(None, outbox.c.state, outbox.c.due_at)
Index(None, outbox.c.batch)
