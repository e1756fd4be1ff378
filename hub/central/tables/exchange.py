"""交换库: systems, packages, what became of each case of each package, and the tamper-evident log."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from hub.central.tables.columns import LONG, BigId, digest, instant, metadata, number, text

system = Table(
    "system",
    metadata,
    text("code", 64, primary_key=True),
    text("name", 200, nullable=False),
    text("organization", 2000, nullable=False),  # USCCs, comma between
    text("region", 12, nullable=False),
    text("status", 10, nullable=False),  # trial, live, paused
    text("supervise_from", 10),  # ISO day or null
    number(
        "silent_after"
    ),  # seconds of working days without a package until that is silence; null: no interval agreed
    digest("registration_digest", nullable=False),
    instant("seen_at", nullable=False),
)

package = Table(
    "package",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    text("system", 64, nullable=False),
    digest("digest", nullable=False),
    text("package_id", 64),  # set once the head is read and the id is free; null for a refused package
    text("claimed_id", 64),  # what the head said, also of a refused package
    number("serial"),
    text("state", 10, nullable=False),
    text("origin", 1000, nullable=False),
    Column("size", BigInteger, nullable=False),
    instant("received_at", nullable=False),
    instant("closed_at"),
    number("cases"),
    *(
        number(name, nullable=False, server_default="0")
        for name in ("accepted", "rejected", "duplicate", "stale", "conflict", "pending")
    ),
    text("refusal_code", 64),
    Column("refusal", Text),  # JSON: line and params of the refusal
    text("notes", 2000),
    digest("root"),
    number("attempts", nullable=False, server_default="0"),
    text("cipher", 20),  # what it was encrypted with; null: not encrypted
    text(
        "signer", 200
    ),  # whose signature held: subject, SHA-256 and serial of the certificate; null: not signed
    digest("signer_digest"),
    text("signer_serial", 64),
    Column("replay_of", BigInteger),  # the package whose refused cases the hub made this one of
    UniqueConstraint("system", "digest"),
    UniqueConstraint("system", "package_id"),
)
Index(None, package.c.system, package.c.state)

# One row per case ever accepted: its identity, current version, and the order of its newest whole-case fragment.
case_head = Table(
    "case_head",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    text("system", 64, nullable=False),
    text("case_no", 50, nullable=False),
    number("version", nullable=False),  # rises when the digest of the fold changes
    digest("digest", nullable=False),
    text("state", 10, nullable=False),  # current, deleted (tombstone), pending
    Column("basis", SmallInteger, nullable=False),
    Column("value", BigInteger, nullable=False),
    digest("raw_digest", nullable=False),
    digest("fingerprint", nullable=False),  # of the schema and mapping that read raw_digest
    instant("changed_at", nullable=False),
    UniqueConstraint("system", "case_no"),
)

fragment = Table(
    "fragment",
    metadata,
    Column("case_id", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(20), primary_key=True),
    Column("source_key", String(100), primary_key=True),
    Column("basis", SmallInteger, primary_key=True, autoincrement=False),
    Column("value", BigInteger, primary_key=True, autoincrement=False),
    text("operation", 1, nullable=False),
    digest("digest", nullable=False),
    digest("raw_digest", nullable=False),
    Column("package", BigInteger, nullable=False),
    number("ordinal", nullable=False),
)
Index(None, fragment.c.package)

# What one package said of a case that comes in pieces, never changed: the case is assembled from all of them. `body` is
# JSON, see hub/central/piece_rows.py; `ordinal` the last of these pieces that took its key, 0 where none of them did.
case_pieces = Table(
    "case_pieces",
    metadata,
    Column("case_id", BigInteger, primary_key=True, autoincrement=False),
    Column("package", BigInteger, primary_key=True, autoincrement=False),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("body", LONG, nullable=False),
)

# Cases that wait for other pieces, or of which a piece waits; the row goes when nothing is waited for.
waiting_case = Table(
    "waiting_case",
    metadata,
    Column("case_id", BigInteger, primary_key=True, autoincrement=False),
    instant("since_at", nullable=False),
    Column(
        "missing", Text, nullable=False
    ),  # JSON: elements and fields that the case lacks; [] if it is complete
    Column("pieces", Text, nullable=False),  # JSON: [kind, source key] of pieces that wait for another
)
Index(None, waiting_case.c.since_at)

# What connectors remember between runs (how far they have read).
connector_state = Table(
    "connector_state",
    metadata,
    Column("system", String(64), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("value", Text, nullable=False),
    instant("changed_at", nullable=False),
)

case_version = Table(
    "case_version",
    metadata,
    Column("case_id", BigInteger, primary_key=True, autoincrement=False),
    Column("version", Integer, primary_key=True, autoincrement=False),
    digest("digest", nullable=False),
    text("state", 10, nullable=False),
    Column("package", BigInteger, nullable=False),
    number("ordinal", nullable=False),
    instant("known_at", nullable=False),
)

# Events of a case that a later version than its first one told first (hub/central/telling.py); all others came with the first.
event_told = Table(
    "event_told",
    metadata,
    Column("case_id", BigInteger, primary_key=True, autoincrement=False),
    Column("event", String(40), primary_key=True),  # Element.Field of its time
    Column(
        "number", Integer, primary_key=True, autoincrement=False
    ),  # of the row; 0 where there is one at most
    Column("version", Integer, nullable=False),
)

case_outcome = Table(
    "case_outcome",
    metadata,
    Column("package", BigInteger, primary_key=True, autoincrement=False),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    text("case_no", 50),
    text("outcome", 10, nullable=False),
    text("codes", 1000, nullable=False, server_default=""),  # violation codes, comma between
    Column("case_id", BigInteger),
    number("version"),
)

rejection = Table(
    "rejection",
    metadata,
    Column("package", BigInteger, primary_key=True, autoincrement=False),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    text("case_no", 50),
    number("line"),
    text("xpath", 500),
    text("field", 100),
    Column("value", Text),
    text("severity", 10, nullable=False),
    text("code", 64, nullable=False),
    Column("params", Text, nullable=False),  # JSON
)
Index(None, rejection.c.code)

# A refused row or stage message whose kind and key could be read: what it spoke of, and the later package that said it right.
refused_piece = Table(
    "refused_piece",
    metadata,
    Column("package", BigInteger, primary_key=True, autoincrement=False),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    text("system", 64, nullable=False),
    text("case_no", 50, nullable=False),
    text("kind", 20, nullable=False),
    text("source_key", 100, nullable=False),
    Column("mended_by", BigInteger),
)
Index(None, refused_piece.c.system, refused_piece.c.mended_by, refused_piece.c.case_no)

quarantine = Table(
    "quarantine",
    metadata,
    Column("package", BigInteger, primary_key=True, autoincrement=False),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("content", LargeBinary, nullable=False),
)

receipt = Table(
    "receipt",
    metadata,
    Column("package", BigInteger, primary_key=True, autoincrement=False),
    Column("body", LargeBinary(2**31 - 1), nullable=False),
    digest("digest", nullable=False),
    instant("made_at", nullable=False),
    instant("delivered_at"),
    Column("signature", LargeBinary(65_535)),  # CMS over the body, detached, DER
)

# An arrival is one file taken from the source; a package that comes again has several.
arrival = Table(
    "arrival",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("package", BigInteger, nullable=False),
    text("origin", 1000, nullable=False),
    instant("arrived_at", nullable=False),
    instant("answered_at"),
)
Index(None, arrival.c.package)
Index(None, arrival.c.answered_at)

# What departments pushed: which node's credential opened the door for which bytes. Written before the file can be taken.
pushed = Table(
    "pushed",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    text("system", 64, nullable=False),
    text("name", 200, nullable=False),
    digest("digest", nullable=False),
    Column("size", BigInteger, nullable=False),
    text("node", 64, nullable=False),
    text("credential", 32, nullable=False),  # its public id
    instant("pushed_at", nullable=False),
)
Index(None, pushed.c.system, pushed.c.name)
Index(None, pushed.c.system, pushed.c.digest)

exchange_log = Table(
    "exchange_log",
    metadata,
    Column("chain", String(64), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),  # from 1, without holes
    instant("at", nullable=False),
    text("event", 40, nullable=False),
    Column("body", Text, nullable=False),  # canonical JSON
    digest("previous", nullable=False),
    digest("hash", nullable=False),
)

log_head = Table(
    "log_head",
    metadata,
    Column("chain", String(64), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    digest("hash", nullable=False),
)

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    instant("at", nullable=False),
    Column("body", LONG, nullable=False),  # canonical JSON: every chain's head
    text("signature", 200, nullable=False),  # Ed25519, hex
    text("public_key", 64, nullable=False),  # hex
)
