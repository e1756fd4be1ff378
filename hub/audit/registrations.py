"""Registrations by version: the file of each, kept among the raw bytes under the digest that the log holds."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from hub.audit.findings import Bounds, Difference
from hub.audit.stored import held
from hub.audit.told import Told, entries
from hub.audit.walk import Ground

KEPT = "registration kept"
"""Under which a version is noted: its system, and since when it was in force."""
UNKEPT = (
    "较早的登记版本：其文件未保存",
    "versions of registrations from before their files were kept",
)


def note(connection: Connection, told: Told, bounds: Bounds) -> None:
    """Take down which version of a registration was in force since when."""
    for entry in entries(connection, "registration.changed"):
        body = entry.body
        hit = bounds.holds(entry.at) and bounds.system in (None, body.get("system"))
        says = {"digest": body.get("digest"), "stored": body.get("stored")}
        told.note([(KEPT, f"{body.get('system')}/{entry.at:020d}", entry.at, None, says, hit, False)])


def compare(ground: Ground) -> Iterator[Difference]:
    """The bytes of each version."""
    if not ground.bytes_too:
        return
    for word in ground.told.unseen(KEPT):
        if not word.hit:
            continue
        if word.says["stored"]:
            ground.tally.compared["raw"] += 1
            yield from held(ground.raw, word.key.partition("/")[0], str(word.says["digest"]))
        else:
            ground.tally.left_out("registration", UNKEPT)


def versions(connection: Connection) -> dict[str, list[tuple[int, str | None]]]:
    """System → since when (µs) which version of its registration was in force, by digest; None where it was not kept."""
    found: dict[str, list[tuple[int, str | None]]] = {}
    for entry in entries(connection, "registration.changed", chain="hub"):
        digest = str(entry.body["digest"]) if entry.body.get("stored") else None
        found.setdefault(str(entry.body.get("system")), []).append((entry.at, digest))
    return found
