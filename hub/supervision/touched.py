"""What a run must look at: everything, or the cases that could have changed since the last run.

A case could have changed if a package that touched it was closed since, or if the instant has come from which one of its
verdicts could be another one (`case_watch`). Where what all cases are judged by has changed, everything is judged.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, text

from hub.central.tables.business import case_watch, supervision_run
from hub.central.tables.exchange import system
from hub.central.tables.items import catalogue_change
from hub.supervision.judge import AsOf, Judging, analyze, bound, drop

CASES_AT_ONCE = 100_000
OFTEN_UP_TO = 200_000
"""A hub that holds more cases judges the rules over windows once a day, and whenever everything is judged: they look at
all cases of their months, and an ended month hardly changes."""
_TODO, _PACKAGES = "judge_todo", "judge_package"
# Packages whose cases are not all stored yet, or whose storing was given up: looked at in every run.
_UNFINISHED = "'received', 'processing', 'set_aside'"


@dataclass(frozen=True, slots=True)
class Todo:
    """What is to be judged: the case ids in `table`.`column`."""

    everything: bool
    basis: str
    table: str
    column: str
    windows: bool = True  # whether the rules over windows are judged in this run

    def chunks(self, connection: Connection) -> Iterator[tuple[int, int]]:
        """Ranges (after, upto] of case ids that hold CASES_AT_ONCE cases each; its reads are the caller's transactions."""
        after = 0
        while True:
            with connection.begin():
                upto = connection.execute(
                    bound(
                        f"SELECT MAX(id) FROM (SELECT {self.column} AS id FROM {self.table}"
                        f" WHERE {self.column} > :after ORDER BY {self.column} LIMIT {CASES_AT_ONCE}) c",
                        {"after": after},
                    )
                ).scalar()
            if upto is None:
                return
            yield after, int(upto)
            after = int(upto)

    def fill(self, connection: Connection, prefix: str, chunk: tuple[int, int], as_of: AsOf) -> int:
        """Fill `<prefix>scope` with a chunk; how many cases."""
        return connection.execute(
            bound(
                f"INSERT INTO {prefix}scope SELECT {self.column}, {self.column}, :as_of_at, :as_of_day, NULL"
                f" FROM {self.table} WHERE {self.column} > :after AND {self.column} <= :upto",
                {"as_of_at": as_of.at, "as_of_day": as_of.day, "after": chunk[0], "upto": chunk[1]},
            )
        ).rowcount


def plan(
    connection: Connection,
    judging: Judging,
    codes: Sequence[str],
    calendar_version: int,
    as_of: AsOf,
    *,
    everything: bool,
) -> Todo:
    """What this run must look at; temporary tables remember it and the packages that it covers."""
    basis = _basis(connection, judging, codes, calendar_version)
    drop(connection, _TODO)
    drop(connection, _PACKAGES)
    connection.execute(text(f"CREATE TEMPORARY TABLE {_PACKAGES} (package BIGINT NOT NULL PRIMARY KEY)"))
    connection.execute(
        text(
            f"INSERT INTO {_PACKAGES} SELECT p.id FROM package p LEFT JOIN judged_package j ON j.package = p.id"
            f" WHERE j.package IS NULL AND p.state NOT IN ({_UNFINISHED})"
        )
    )
    last = _last(connection)
    if everything or last is None or last.basis != basis or as_of.at < last.as_of_at:
        return Todo(True, basis, "case_head", "id")
    connection.execute(text(f"CREATE TEMPORARY TABLE {_TODO} (case_id BIGINT NOT NULL PRIMARY KEY)"))
    connection.execute(
        bound(
            f"INSERT INTO {_TODO} SELECT o.case_id FROM {_PACKAGES} p JOIN case_outcome o ON o.package = p.package"
            " WHERE o.case_id IS NOT NULL"
            " UNION SELECT o.case_id FROM package p JOIN case_outcome o ON o.package = p.id"
            f" WHERE p.state IN ({_UNFINISHED}) AND o.case_id IS NOT NULL"
            " UNION SELECT case_id FROM case_watch WHERE watch_at < :as_of_at",
            {"as_of_at": as_of.at},
        )
    )
    analyze(connection, _TODO)
    return Todo(False, basis, _TODO, "case_id", windows=last.as_of_day != as_of.day or _few_cases(connection))


def rewatch(
    connection: Connection, prefix: str, todo: Todo, chunk: tuple[int, int], as_of: AsOf, since: int
) -> None:
    """Note, of the cases of a chunk that was judged, when each must be judged again; the caller holds the lock of cards.

    `since` is the instant (µs) at which this run began to look.
    """
    among = "case_id > :after AND case_id <= :upto"
    if not todo.everything:
        among += f" AND case_id IN (SELECT case_id FROM {_TODO})"
    # What people have asked for since (`look_again`) this run has not seen: it stays for the next.
    among += " AND watch_at > :asked_since"
    ids = {"after": chunk[0], "upto": chunk[1], "asked_since": -since}
    # What is not due yet may be the word of another run, which had newer data: it stands. The begin of a day is eight
    # hours before midnight UTC.
    connection.execute(
        bound(
            f"INSERT INTO {prefix}watch SELECT case_id, (watch_at + 28800000000) / 86400000000 FROM case_watch"
            f" WHERE {among} AND watch_at >= :as_of_at",
            {**ids, "as_of_at": as_of.at},
        )
    )
    connection.execute(bound(f"DELETE FROM case_watch WHERE {among}", ids))
    connection.execute(
        text(
            "INSERT INTO case_watch (case_id, watch_at)"
            f" SELECT scope_id, MIN(watch_n) * 86400000000 - 28800000000 FROM {prefix}watch w"
            " WHERE NOT EXISTS (SELECT 1 FROM case_watch k WHERE k.case_id = w.scope_id) GROUP BY scope_id"
        )
    )


def look_again(connection: Connection, case_id: int | None, at: int) -> None:
    """Have the next run look at a case, although nothing of it has changed; the caller holds the lock of cards.

    It is due at once, as an instant before 1970 that tells when it was asked for: a run that began before `at` leaves it.
    """
    if case_id is None:
        return
    connection.execute(delete(case_watch).where(case_watch.c.case_id == case_id))
    connection.execute(insert(case_watch).values(case_id=case_id, watch_at=-at))


def finish(
    connection: Connection, todo: Todo, as_of: AsOf, times: tuple[int, int], summary: Mapping[str, Any]
) -> None:
    """Enter the run, and that its packages have been judged."""
    number = connection.execute(
        insert(supervision_run)
        .values(
            started_at=times[0],
            ended_at=times[1],
            as_of_at=as_of.at,
            as_of_day=as_of.day,
            basis=todo.basis,
            everything=int(todo.everything),
            summary=json.dumps(summary, ensure_ascii=False),
        )
        .returning(supervision_run.c.id)
    ).scalar_one()
    connection.execute(
        bound(
            f"INSERT INTO judged_package (package, run) SELECT package, :run FROM {_PACKAGES}"
            " WHERE package NOT IN (SELECT package FROM judged_package)",
            {"run": number},
        )
    )


def forget(connection: Connection) -> None:
    """Drop the temporary tables of a plan."""
    drop(connection, _TODO)
    drop(connection, _PACKAGES)


def _few_cases(connection: Connection) -> bool:
    return (
        int(connection.execute(text("SELECT COALESCE(MAX(id), 0) FROM case_head")).scalar_one())
        <= OFTEN_UP_TO
    )


def _last(connection: Connection) -> Row[Any] | None:
    newest = select(supervision_run).order_by(supervision_run.c.id.desc()).limit(1)
    return connection.execute(newest).one_or_none()


def calendar_of_last_run(connection: Connection) -> int | None:
    """The calendar's version at the last run; None before the first."""
    last = _last(connection)
    return None if last is None else json.loads(last.summary).get("calendar_version")


def _basis(connection: Connection, judging: Judging, codes: Sequence[str], calendar_version: int) -> str:
    """A digest of all that every case is judged by."""
    systems = connection.execute(
        select(system.c.code, system.c.status, system.c.supervise_from).order_by(system.c.code)
    )
    catalogue = connection.execute(
        select(func.count(), func.max(catalogue_change.c.id), func.max(catalogue_change.c.refilled_at)).where(
            catalogue_change.c.about_cases == 1
        )
    ).one()
    stated = {
        "calendar": calendar_version,
        "rules": {
            code: [rule.version, rule.level, rule.declared.text]
            for code, rule in judging.rules.items()
            if code in codes
        },
        "systems": [[*row, sorted(judging.delivers.get(row.code, ()))] for row in systems],
        "catalogue": [*catalogue],
    }
    return hashlib.sha256(json.dumps(stated, sort_keys=True).encode()).hexdigest()
