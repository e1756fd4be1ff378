"""An import of the catalogue within the caller's transaction, stored cases included: to see what it would do, then rolled back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, select

from hub.catalogue.cells import Codes
from hub.catalogue.importing import filling, staged, write
from hub.catalogue.refilling import BATCH, refill_cases
from hub.central.tables.items import organization, service_item
from hub.central.tables.process import approval_case
from hub.clock import now_us


def rehearse(connection: Connection, files: Sequence[Path], work: Path, codes: Codes | None = None) -> int:
    """Import the files and bring the cases that they touch up to date; how many cases changed.

    Nothing is logged, and the caller rolls back. Raises Refused with every fault of the files.
    """
    fill, sources = filling(files, codes, None)
    with staged(fill, work, sources) as (staging, faults):
        done = write(connection, staging, faults, sources, "rehearsal", None, now_us())
    return 0 if done.change is None else _refill(connection, done.change)


def _refill(connection: Connection, change: int) -> int:
    items = select(service_item.c.item_code).where(service_item.c.change == change)
    # A handling item of 33 characters fills cases that name the item of 31 before it.
    codes = set(connection.execute(items).scalars())
    codes |= {code[:31] for code in codes if len(code) == 33}
    named = select(organization.c.org_uscc).where(organization.c.change == change)
    found: set[int] = set()
    for part in _parts(sorted(codes)):
        found |= set(_cases(connection, approval_case.c.item_code.in_(part)))
    for part in _parts(sorted(set(connection.execute(named).scalars()))):
        found |= set(_cases(connection, approval_case.c.org_uscc.in_(part)))
    ids = sorted(found)
    return sum(refill_cases(connection, ids[start : start + BATCH]) for start in range(0, len(ids), BATCH))


def _cases(connection: Connection, condition: ColumnElement[bool]) -> Sequence[int]:
    return connection.execute(select(approval_case.c.case_id).where(condition)).scalars().all()


def _parts(values: Sequence[str]) -> list[Sequence[str]]:
    return [values[start : start + BATCH] for start in range(0, len(values), BATCH)]
