"""Closes a package: one transaction writes counts, Merkle root, log entry and the receipt's bytes, or nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, Engine, Row

from hub.central import outcomes, packages, receipts
from hub.central.engine import writing
from hub.clock import now_us
from hub.errors import PackageRefused
from hub.ledger import chain, merkle
from hub.ledger.encoding import contents_hash, leaf_bytes
from hub.nodes import settle
from hub.pipeline import turned_away
from hub.pipeline.foreign import foreign_data
from hub.pipeline.kept import kept, version_of
from hub.pipeline.receipt import Answer, receipt_bytes
from hub.shapes import OUTCOMES

Sign = Callable[[bytes, int], bytes]
"""Signs the bytes of a receipt at an instant: CMS, detached. Raises StopError where the hub's key cannot be used."""


def close(engine: Engine, package: int, sign: Sign | None = None) -> None:
    """Close a package whose cases all have their outcome; closing it again does nothing."""
    with writing(engine) as connection:
        row = packages.find(connection, package, hold=True)
        if row.state != "processing":
            return
        found = outcomes.counts(connection, package)
        received = sum(found.values())
        if received != row.cases:
            raise RuntimeError(
                f"package {row.system}/{row.digest}: {received} outcomes for {row.cases} cases"
            )
        root = merkle.root(
            leaf_bytes(row.digest, *outcome) for outcome in outcomes.outcomes(connection, package)
        ).hex()
        _finish(connection, row, "closed", {"received": received, **found}, root=root, sign=sign)


def refuse(engine: Engine, package: int, error: PackageRefused, sign: Sign | None = None) -> None:
    """Refuse a package as a whole; refusing it again does nothing. Who signed what may not be signed stands in the hub's chain."""
    with writing(engine) as connection:
        row = packages.find(connection, package, hold=True)
        if row.state in ("closed", "refused"):
            return
        zero = dict.fromkeys(("received", *OUTCOMES), 0)
        reason = (error.code, error.line, error.params)
        _finish(connection, row, "refused", zero, refusal=reason, sign=sign)
        at = now_us()
        due = turned_away.note(connection, row, error, at)
    if due:
        settle(engine, at)


def _finish(
    connection: Connection,
    row: Row[Any],
    state: str,
    counts: Mapping[str, int],
    *,
    root: str | None = None,
    refusal: tuple[str, int | None, Mapping[str, Any]] | None = None,
    sign: Sign | None = None,
) -> None:
    at = now_us()
    closed = state == "closed"
    refused = closed and counts["rejected"] + counts["conflict"] > 0
    rejections = list(outcomes.refused_cases(connection, row.id)) if refused else []
    made = _contents(connection, row.id, counts) if closed else None
    left = kept(connection, [row.id], refusals=refused)[row.id] if closed else None
    seq = chain.next_seq(connection, row.system)  # from here on the others wait
    answer = Answer(
        system=row.system,
        digest=packages.sent_digest(connection, row),
        state=state,
        counts=counts,
        at=at,
        seq=seq,
        package_id=row.package_id if closed else row.claimed_id,
        refusal=refusal,
    )
    body = receipt_bytes(answer, rejections)
    receipt = hashlib.sha256(body).hexdigest()
    signature = sign(body, at) if sign else None
    receipts.keep_receipt(connection, row.id, body, receipt, at, signature)
    values: dict[str, Any] = {"state": state, "closed_at": at, "root": root, "cases": counts["received"]}
    values |= {name: counts[name] for name in OUTCOMES}
    if refusal:
        code, line, params = refusal
        values |= {
            "package_id": None,  # free for a repeat
            "refusal_code": code,
            "refusal": json.dumps({"line": line, "params": dict(params)}, ensure_ascii=False),
        }
    packages.finish(connection, row.id, values)
    entry = {
        "package": row.package_id if closed else None,
        "digest": row.digest,
        "serial": row.serial,
        "counts": dict(counts),
        "receipt": receipt,
    }
    entry |= {"root": root} if closed else {"code": refusal[0] if refusal else ""}
    if made is not None:
        entry["contents"] = made
    if left is not None:
        entry["kept"] = left
    entry["signature"] = None if signature is None else hashlib.sha256(signature).hexdigest()
    entry |= {
        name: getattr(row, name) for name in ("cipher", "signer_digest") if getattr(row, name) is not None
    }
    chain.append(connection, row.system, f"package.{state}", entry, at)
    foreign = foreign_data(rejections)
    if foreign is not None:  # the hub's chain last of all, as everywhere
        told = {"system": row.system, "package": row.package_id, "digest": row.digest, **foreign}
        chain.append(connection, chain.HUB_CHAIN, "data.foreign", told, at)


def _contents(connection: Connection, package: int, counts: Mapping[str, int]) -> str:
    """The hash over the versions of cases that a package made; where none of its cases is new, there is nothing to ask."""
    made = outcomes.contents(connection, [package]) if counts["accepted"] + counts["pending"] else ()
    return contents_hash(map(version_of, made))
