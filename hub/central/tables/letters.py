"""监察业务库, what leaves the house: letters and their numbers, what is handed to departments, and the answers that come back."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, Index, SmallInteger, Table, Text, UniqueConstraint

from hub.central.tables.columns import BigId, digest, instant, metadata, number, text

# One row per letter. Its numbers have no gaps within issuer, kind and year; the bytes lie in the raw store.
letter = Table(
    "letter",
    metadata,
    Column("letter_id", BigId, primary_key=True, autoincrement=True),
    text("letter_key", 150, nullable=False),  # what the letter is for: asked for again, it is the same letter
    text("kind", 20, nullable=False),
    text("issuer", 64, nullable=False),  # code of the organisation that issues it
    number("year", nullable=False),
    number("number", nullable=False),
    text("reference", 60, nullable=False),  # 文号
    text("title", 200, nullable=False),
    Column("card_id", BigInteger),
    Column("order_id", BigInteger),
    text("complaint", 64),
    Column("follows", BigInteger),  # the letter that a correction (更正) corrects
    Column("level", SmallInteger),  # the card's, as the letter says; 0: it says that the card is withdrawn
    text("system", 64),
    text("case_no", 50),
    text("org_uscc", 18),
    text("org_name", 200),
    Column("issued_on", Date, nullable=False),
    instant("issued_at", nullable=False),
    Column("answer_due_on", Date),
    text("issued_by", 100, nullable=False),
    Column("fields", Text, nullable=False),  # JSON: what the template was filled with
    digest("template", nullable=False),
    digest("pdf", nullable=False),
    digest("docx", nullable=False),
    UniqueConstraint("letter_key"),
    UniqueConstraint("issuer", "kind", "year", "number"),
)
Index(None, letter.c.card_id)

# The last number given; its row is locked while a letter is written.
letter_counter = Table(
    "letter_counter",
    metadata,
    text("issuer", 64, primary_key=True),
    text("kind", 20, primary_key=True),
    number("year", primary_key=True, autoincrement=False),
    number("last", nullable=False),
)

# What is to be handed to a department through the connector of its system: one row per document, at least once.
handover = Table(
    "handover",
    metadata,
    Column("handover_id", BigId, primary_key=True, autoincrement=True),
    text("system", 64, nullable=False),
    text("name", 100, nullable=False),  # card-12-3, letter-5, order-7-2: the same name is the same document
    text("kind", 10, nullable=False),  # card, letter, order
    Column("about", BigInteger, nullable=False),  # number of the card, letter or order
    number("part", nullable=False),  # number of the event or hand; 0 of a letter
    text("state", 10, nullable=False),  # waiting, delivered, failed
    digest("document"),  # the XML, in the raw store
    instant("created_at", nullable=False),
    instant("due_at", nullable=False),
    number("attempts", nullable=False, server_default="0"),
    instant("delivered_at"),
    text("error", 1000),
    UniqueConstraint("system", "name"),
)
Index(None, handover.c.system, handover.c.state)
Index(None, handover.c.kind, handover.c.about, handover.c.part)

# Every answer that a department sent back, and what became of it; the bytes lie in the raw store.
card_answer = Table(
    "card_answer",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    text("system", 64, nullable=False),
    digest("digest", nullable=False),  # of the bytes: the same file again is the same answer
    text("name", 500, nullable=False),  # as it lay at the department
    text("answer_id", 64),  # the department's own; null where the document could not be read
    Column("card_id", BigInteger),
    Column("order_id", BigInteger),
    text("kind", 20),  # answer, appeal, sign, feedback
    text("outcome", 10, nullable=False),  # accepted, refused
    text("code", 40),
    text("reason", 1000),
    text("accepted_key", 64),  # answer_id once it was accepted: accepted once, refused as often as it takes
    instant("received_at", nullable=False),
    UniqueConstraint("system", "accepted_key"),
)
Index(None, card_answer.c.system, card_answer.c.digest)
