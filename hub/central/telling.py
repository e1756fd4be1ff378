"""When each event of a case was first told: kept as the case's version that first told it, where that is not the first.

A case that came whole in its first version needs no row at all, so that a first load costs nothing. When the rows of a
case are replaced, its events before and after are held against each other: by their times, so that steps that the hub
numbers anew stay the events they were; what is left over by its number, so that a time that is put right is no new event.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, Select, delete, insert, literal, select, union_all

from hub.central.sets import among
from hub.central.tables import exchange, metadata

EVENTS: tuple[tuple[str, str, str, str | None], ...] = (
    ("Application.AppliedAt", "application", "applied", None),
    ("Acceptance.HandledAt", "acceptance", "handled", None),
    ("Step.StartedAt", "step", "started", "seq"),
    ("Step.EndedAt", "step", "ended", "seq"),
    ("CorrectionNotice.NotifiedAt", "correction_notice", "notified", "seq"),
    ("CorrectionReceipt.ReceivedAt", "correction_receipt", "received", "ordinal"),
    ("SpecialProcedure.StartedAt", "special_procedure", "started", "seq"),
    ("SpecialProcedureResult.EndedAt", "special_procedure_result", "ended", "ordinal"),
    ("Fee.ChargedAt", "fee", "charged", "seq"),
    ("Completion.CompletedAt", "completion", "completed", None),
    ("Delivery.DeliveredAt", "delivery", "delivered", None),
)
"""What happens in a case: name, table, column of its time without _at and _day, and column of its number.

Materials are no events of their own (their receipt is told with the application), nor is what applicants say of it.
"""

Moment = tuple[int | None, object]
Found = Mapping[int, Mapping[str, Mapping[int, Moment]]]
"""Case → event → number (0 where there is one at most) → instant and day."""
Told = dict[tuple[str, int], int]
"""Event and number → the version of the case that first told it; the first version has no entry."""


def events_of(connection: Connection, case_ids: Sequence[int]) -> Found:
    """The events that the rows of these cases tell now."""
    found: dict[int, dict[str, dict[int, Moment]]] = defaultdict(lambda: defaultdict(dict))
    if case_ids:
        statement = union_all(*(_times(connection, place, case_ids) for place in range(len(EVENTS))))
        for place, case_id, number, at, day in connection.execute(statement):
            found[case_id][EVENTS[place][0]][number] = (at, day)
    return found


def _times(
    connection: Connection, place: int, case_ids: Sequence[int]
) -> Select[tuple[int, int, int, int | None, object]]:
    _, name, column, number = EVENTS[place]
    table = metadata.tables[name]
    return select(
        literal(place), table.c.case_id, literal(0) if number is None else table.c[number],
        table.c[f"{column}_at"], table.c[f"{column}_day"],
    ).where(among(connection, table.c.case_id, case_ids), table.c[f"{column}_day"].is_not(None))  # fmt: skip


def note(connection: Connection, before: Found, versions: Mapping[int, int]) -> None:
    """Keep which events of cases (id → their new version) are told for the first time; `before` is what they told until now.

    A case that told nothing until now was waiting for its first pieces: what it tells counts as told with the first of them.
    """
    known = [case_id for case_id in versions if case_id in before]
    if not known:
        return
    after, held = events_of(connection, known), _held(connection, known)
    changed: dict[int, Told] = {}
    for case_id in known:
        told = carried(held.get(case_id, {}), before[case_id], after.get(case_id, {}), versions[case_id])
        if told != held.get(case_id, {}):
            changed[case_id] = told
    if not changed:
        return
    table = exchange.event_told
    old = sorted(changed.keys() & held.keys())
    if old:
        connection.execute(delete(table).where(among(connection, table.c.case_id, old)))
    rows = [
        {"case_id": case_id, "event": event, "number": number, "version": version}
        for case_id, told in sorted(changed.items())
        for (event, number), version in sorted(told.items())
    ]
    if rows:
        connection.execute(insert(table), rows)


def carried(
    held: Told,
    before: Mapping[str, Mapping[int, Moment]],
    after: Mapping[str, Mapping[int, Moment]],
    version: int,
) -> Told:
    """Who told what first, once a case's content has become `after`; pure."""
    told: Told = {}
    for event, moments in after.items():
        for number, old in matched(before.get(event, {}), moments).items():
            first = version if old is None else held.get((event, old))
            if first is not None:
                told[event, number] = first
    return told


def matched(before: Mapping[int, Moment], after: Mapping[int, Moment]) -> dict[int, int | None]:
    """Which event each one was before (number → number), None for a new one: the same time, else the same number."""
    free: dict[Moment, list[int]] = defaultdict(list)
    for number, moment in before.items():
        free[moment].append(number)
    found: dict[int, int | None] = {}
    for number, moment in after.items():
        same = free.get(moment)
        found[number] = (number if number in same else same[0]) if same else None
        if same:
            same.remove(found[number] or 0)
    spare = {number for numbers in free.values() for number in numbers}
    return {number: number if old is None and number in spare else old for number, old in found.items()}


def _held(connection: Connection, case_ids: Sequence[int]) -> dict[int, Told]:
    table = exchange.event_told
    found: dict[int, Told] = {}
    for row in connection.execute(select(table).where(among(connection, table.c.case_id, case_ids))):
        found.setdefault(row.case_id, {})[row.event, row.number] = row.version
    return found
