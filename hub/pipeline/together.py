"""Small packages that follow one another are stored and closed in one transaction: the work per package is a few rows.

Only what is plain goes this way: whole cases, no seal, every case readable, none in conflict. The first package that is
anything else ends the group and goes the usual way (`hub.pipeline.process`), with all its reasons. One transaction
holds outcomes, receipts and log entries of the whole group, so that a kill leaves all of it or nothing.
"""

from __future__ import annotations

import gc
import hashlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path
from shutil import rmtree
from typing import Any

from sqlalchemy import Connection, Row
from sqlalchemy.exc import IntegrityError

from hub.central import packages, pushed
from hub.central.batch import Batch, Conflict, store_together
from hub.central.engine import reading, writing
from hub.central.outcomes import contents
from hub.central.receipts import keep_receipts
from hub.clock import now_us
from hub.envelope import open_package
from hub.envelope.plainly import stands_as_it_is
from hub.envelope.trust import Policy
from hub.errors import HubError
from hub.ledger import chain, merkle
from hub.ledger.encoding import Version, contents_hash, leaf_bytes
from hub.pipeline.kept import kept, version_of
from hub.pipeline.process import COLLECTED, USUAL, Bench, check_serial, scratch
from hub.pipeline.reader import Reader, parts
from hub.pipeline.receipt import Answer, receipt_bytes
from hub.pipeline.unseal import check_attachments, password_of, policy_for, unseal
from hub.register import Registration
from hub.shapes import OUTCOMES, Fragment, Head, OpenedPackage, Outcome
from mappings.dialect import load_dialect
from schemas.head import check_version
from schemas.survey import survey, survey_bytes

log = logging.getLogger(__name__)

PACKAGES = 100
"""Packages of one group at most."""
LARGEST = 65_536
"""Bytes of a package that is small."""


@dataclass(frozen=True, slots=True)
class _Ready:
    """A package that was read and holds nothing unusual."""

    row: Row[Any]
    head: Head
    notes: str | None
    fragments: list[Fragment]
    fingerprint: str


def process_together(bench: Bench, registration: Registration, ids: Sequence[int]) -> list[int]:
    """Process the first packages of `ids`, as many as may go together; returns which, none where the first may not.

    Raises StopError and RetryError as `process` does.
    """
    dialect = load_dialect(registration.dialect, schema=registration.schema)
    if dialect.format != "exchange-package" or len(ids) < 2:
        return []
    check_serial(registration, dialect)
    with reading(bench.engine) as connection:
        rows = packages.find_all(connection, ids[:PACKAGES])
        # Whose sender may not send all that the registration allows is held to that, by itself.
        alone = pushed.bounded(connection, registration.code, [row.digest for row in rows])
    folder = scratch(bench.work, f"{registration.code}-together-")
    try:
        gc.set_threshold(*COLLECTED)
        plain = list(takewhile(lambda row: row.digest not in alone, rows))
        ready = list(_ready(bench, registration, folder, plain))
    finally:
        gc.set_threshold(*USUAL)
        rmtree(folder, ignore_errors=True)
    if len(ready) < 2:
        return []
    try:
        with writing(bench.engine) as connection:
            return _store(connection, bench, registration.code, ready)
    except (Conflict, IntegrityError) as error:
        # Which of them it is the usual way finds out, and says.
        log.info("%s: %d packages go one by one: %s", registration.code, len(ready), error)
        return []
    except HubError:
        raise
    except Exception:
        log.exception("%s: %d packages go one by one after a fault of the hub", registration.code, len(ready))
        return []


def _ready(
    bench: Bench, registration: Registration, folder: Path, rows: Sequence[Row[Any]]
) -> Iterator[_Ready]:
    """The packages from the first on that are plain."""
    seen, policy = set[str](), None
    for row in rows:
        if row.state != "received" or row.attempts or row.replay_of is not None or row.size > LARGEST:
            return
        try:
            policy = policy or policy_for(registration, bench.seals)
            found = _read(bench, registration, policy, folder, row)
        except Exception as error:  # noqa: BLE001
            # Not swallowed: the package goes the usual way, meets the same and says so; this way only ends here.
            log.info("%s/%s goes by itself: %r", row.system, row.digest, error)
            return
        if found is None or found.head.package_id in seen:
            return
        seen.add(found.head.package_id)
        yield found


def _read(
    bench: Bench, registration: Registration, policy: Policy, folder: Path, row: Row[Any]
) -> _Ready | None:
    raw = bench.raw.path(row.digest)
    data: bytes | None = raw.read_bytes()
    if data is not None and stands_as_it_is(data, policy, bench.limits):
        opened, found = OpenedPackage(row.digest, raw), survey_bytes(data, bench.limits)
    else:
        inside = unseal(raw, folder, registration, bench.seals, row.received_at, bench.limits, policy)
        if inside.seal is not None:
            return None
        password = password_of(registration, bench.seals)
        opened = open_package(raw, folder, bench.limits, bench.raw, digest=row.digest, password=password)
        check_attachments(registration, opened, inside)
        data, found = None, survey(opened.document, bench.limits)
    todo = list(parts(found))
    if found.head.system_code != registration.code or len(todo) != 1:
        return None
    check_version(found.head, registration.schema)
    reader = Reader(registration, opened, found, items=bench.items, limits=bench.limits, data=data)
    items = reader.read(todo[0])
    fragments = [item for item in items if isinstance(item, Fragment)]
    if len(fragments) != len(items):
        return None
    return _Ready(row, found.head, "; ".join(opened.notes) or None, fragments, reader.fingerprint)


def _store(connection: Connection, bench: Bench, system: str, ready: Sequence[_Ready]) -> list[int]:
    # As long as nobody else has them and their ids are free; else from the first that fails on.
    held = packages.hold_all(connection, [each.row.id for each in ready])
    taken = packages.ids_taken(connection, system, [each.head.package_id for each in ready])
    group: list[_Ready] = []
    for each in ready:
        if held[each.row.id] != "received" or each.head.package_id in taken:
            break
        group.append(each)
    if not group:
        return []
    places = [(each.row.id, item.ordinal) for each in group for item in each.fragments]
    items = [item for each in group for item in each.fragments]
    batch = Batch(
        group[0].row.id, system, 1, len(items), group[0].fingerprint, group[0].head.serial,
        [replace(item, ordinal=number) for number, item in enumerate(items, 1)], now_us(), places,
    )  # fmt: skip
    outcomes = iter(store_together(connection, batch))
    told = [[next(outcomes) for _ in each.fragments] for each in group]
    _close(connection, bench, system, group, told)
    return [each.row.id for each in group]


def _close(
    connection: Connection,
    bench: Bench,
    system: str,
    group: Sequence[_Ready],
    told: Sequence[Sequence[Outcome]],
) -> None:
    """Receipts, closing values and log entries of all packages; each as if it were closed by itself."""
    at = now_us()
    made = _contents(connection, group)
    left = kept(connection, [each.row.id for each in group], refusals=False)
    seq = chain.next_seq(connection, system)  # from here on the others wait
    receipts, values, events = [], [], []
    for place, (each, outcomes) in enumerate(zip(group, told, strict=True)):
        row, head = each.row, each.head
        counts = {name: sum(o.outcome == name for o in outcomes) for name in OUTCOMES}
        counts = {"received": len(outcomes), **counts}
        answer = Answer(
            system=system, digest=row.digest, state="closed", counts=counts, at=at, seq=seq + place,
            package_id=head.package_id, refusal=None,
        )  # fmt: skip
        body = receipt_bytes(answer, [])
        digest = hashlib.sha256(body).hexdigest()
        root = merkle.root(
            leaf_bytes(row.digest, number, o.case_no, o.outcome, ",".join(o.codes), o.version)
            for number, o in enumerate(outcomes, 1)
        ).hex()
        sign = bench.seals.sign
        signature = sign(body, at) if sign else None
        receipts.append(
            {
                "package": row.id,
                "body": body,
                "digest": digest,
                "made_at": at,
                "signature": signature,
            }
        )
        values.append(
            {"of": row.id, "package_id": head.package_id, "claimed_id": head.package_id, "serial": head.serial,
             "notes": each.notes, "state": "closed", "closed_at": at, "root": root, "cases": len(outcomes),
             **{name: counts[name] for name in OUTCOMES}}
        )  # fmt: skip
        entry = {
            "package": head.package_id, "digest": row.digest, "serial": head.serial, "counts": counts,
            "receipt": digest, "root": root, "contents": made[row.id], "kept": left[row.id],
        }  # fmt: skip
        entry["signature"] = None if signature is None else hashlib.sha256(signature).hexdigest()
        events.append(("package.closed", entry))
    keep_receipts(connection, receipts)
    packages.finish_all(connection, values)
    chain.append_all(connection, system, events, at)


def _contents(connection: Connection, group: Sequence[_Ready]) -> dict[int, str]:
    """Package → the hash over the versions of cases that it made."""
    made: dict[int, list[Version]] = {each.row.id: [] for each in group}
    for each in contents(connection, list(made)):
        made[each.package].append(version_of(each))
    return {package: contents_hash(versions) for package, versions in made.items()}
