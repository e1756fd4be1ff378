"""监察业务库, performance: the parameters of the scores by version, and the scores as they were published."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Numeric, String, Table, Text, UniqueConstraint

from hub.central.tables.columns import LONG, BigId, digest, instant, metadata, number, text

# Weights, caps, bands and targets; the newest version counts. Version 1 is the program's own and not written down.
score_parameters = Table(
    "score_parameters",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("definition", Text, nullable=False),  # JSON: name → whole number
    text("reason", 500, nullable=False),
    text("who", 100, nullable=False),
    instant("valid_from", nullable=False),
)

# 月汇总, 季通报, 年度考核. A row is never changed: what is published anew is a new version beside the old one.
score_publication = Table(
    "score_publication",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    text("kind", 10, nullable=False),  # month, quarter, year
    text("period", 10, nullable=False),  # 2026-03, 2026-Q1, 2026
    number("version", nullable=False),  # 1, and one more at each re-publication
    number("parameters_version", nullable=False),
    instant("as_of_at", nullable=False),
    instant("published_at", nullable=False),
    text("who", 100, nullable=False),
    text("reason", 500),  # of a re-publication
    Column("content", LONG, nullable=False),  # canonical JSON: all that was published
    digest("digest", nullable=False),  # of the content, as it stands in the log
    Column("differences", LONG),  # JSON: what is otherwise than in the version before
    UniqueConstraint("period", "version"),
)

# The published points once more as rows, for whoever asks the database.
score = Table(
    "score",
    metadata,
    Column("publication", BigId, primary_key=True, autoincrement=False),
    Column("subject_kind", String(12), primary_key=True),  # organization, office, post, person
    Column("subject", String(300), primary_key=True),
    text("name", 300),
    Column("points", Numeric(7, 2)),  # null: not judged
    text("band", 20),
)
Index(None, score.c.subject_kind, score.c.subject)

# The list behind each indicator of a publication, as it was then; the rows lie in the raw store.
score_list = Table(
    "score_list",
    metadata,
    Column("publication", BigId, primary_key=True, autoincrement=False),
    Column("indicator", String(40), primary_key=True),
    digest("digest", nullable=False),  # as it stands in the log
    Column("row_count", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),  # in bytes, compressed
)

# What was worked out for a period that is over, and waits to be published by somebody; newer figures take its place.
score_draft = Table(
    "score_draft",
    metadata,
    Column("period", String(10), primary_key=True),
    text("kind", 10, nullable=False),
    instant("as_of_at", nullable=False),
    instant("computed_at", nullable=False),
    Column("content", LONG, nullable=False),  # canonical JSON, as a publication has it
    digest("digest", nullable=False),
)

# 故障: faults of the systems and of the exchange, A down, B partly down, C slight; how soon somebody took it up.
incident = Table(
    "incident",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    text("grade", 1, nullable=False),
    text("system", 64),
    text("region_code", 12),
    text("org_uscc", 18),
    text("org_name", 200),
    text("title", 200, nullable=False),
    Column("description", Text),
    instant("reported_at", nullable=False),
    text("reported_by", 100, nullable=False),
    number(
        "response_minutes", nullable=False
    ),  # within which it was to be taken up, by the parameters of then
    instant("responded_at"),
    text("responded_by", 100),
    instant("closed_at"),
    text("closed_by", 100),
    Column("solution", Text),
)
Index(None, incident.c.reported_at)
