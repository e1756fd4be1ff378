"""Signs the heads of all chains (Ed25519): a checkpoint kept elsewhere shows what was cut off, rewritten or dropped."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, insert, select

from hub.ledger.chain import HUB_CHAIN, append
from hub.ledger.encoding import CHECKPOINT_DOMAIN, canonical_json
from hub.ledger.keys import public_hex
from hub.ledger.tables import checkpoint, log_head

FORMAT = "suphub-checkpoint/1"
MADE = "checkpoint.made"


def make_checkpoint(connection: Connection, key: Ed25519PrivateKey, at_us: int) -> dict[str, Any]:
    """Sign every chain's head, store the checkpoint, and write it down in the hub's chain; the record to keep elsewhere.

    The record is {type, at, body, signature, public_key}, as in an export. The log entry comes after the signed
    heads: the next checkpoint covers it.
    """
    rows = connection.execute(select(log_head).order_by(log_head.c.chain))
    heads = {row.chain: {"seq": row.seq, "hash": row.hash} for row in rows}
    body = canonical_json({"format": FORMAT, "at": at_us, "heads": heads})
    values = {
        "at": at_us,
        "body": body,
        "signature": key.sign(CHECKPOINT_DOMAIN + body.encode("utf-8")).hex(),
        "public_key": public_hex(key),
    }
    connection.execute(insert(checkpoint).values(values))
    append(connection, HUB_CHAIN, MADE, {"digest": sha256(body.encode("utf-8")).hexdigest()}, at_us)
    return {"type": "checkpoint", **values}
