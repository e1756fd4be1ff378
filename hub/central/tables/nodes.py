"""交换库, 节点身份: the credentials of nodes and their rotations, and how often somebody was turned away."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text, UniqueConstraint

from hub.central.tables.columns import BigId, instant, metadata, number, text

# One row per credential; a rotation makes the next generation and gives the old row an end. No secret lies here:
# of a token its Argon2id hash, of keys and certificates the public part.
node_credential = Table(
    "node_credential",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    text("system", 64, nullable=False),
    text("name", 64, nullable=False),
    text("kind", 16, nullable=False),  # certificate, token, ssh-key, signing
    number("generation", nullable=False),  # from 1; of one system, name and kind
    text("public_id", 32, nullable=False, unique=True),  # names the credential; of a token its middle part
    text("fingerprint", 100),  # SHA-256 of certificate or key; null for a token
    text("secret_hash", 200),  # of a token: Argon2id with its salt and cost
    text("subject", 500),  # of a certificate: whom it names; of an SSH key: its kind
    Column("public", Text),  # the certificate as PEM, the SSH key's line
    text("organizations", 2000, nullable=False),  # USCCs, comma between; empty: those of the registration
    text("regions", 2000, nullable=False),  # region codes, comma between; empty: that of the registration
    instant("issued_at", nullable=False),
    text("issued_by", 100, nullable=False),
    text("reason", 500),
    instant("valid_from_at", nullable=False),
    instant("valid_to_at", nullable=False),  # brought forward by a rotation
    instant("replaced_at"),
    instant("revoked_at"),
    text("revoked_by", 100),
    text("revoke_reason", 500),
    UniqueConstraint("system", "name", "kind", "generation"),
)
Index(None, node_credential.c.fingerprint)

# How often each peer was turned away in each minute; counted here so that all workers see the same. Rows go when
# their minute is over and the summary stands in the log.
node_refusal = Table(
    "node_refusal",
    metadata,
    Column("peer", String(100), primary_key=True),  # "*": the entries of that minute, whoever the peer
    Column("minute_at", BigInteger, primary_key=True, autoincrement=False),
    Column("refused", Integer, nullable=False),
    Column("logged", Integer, nullable=False),  # of them, how many have an entry of their own
)
Index(None, node_refusal.c.minute_at)
