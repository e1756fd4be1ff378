"""The calendar: each import as the log has sealed it, and the days that are judged with as the imports make them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from hub.audit.books import OLDER
from hub.audit.findings import ANY, Bounds, Difference
from hub.audit.told import Told, entries
from hub.audit.walk import Ground, Walk
from hub.central.tables.rules import calendar_day, calendar_year, work_calendar
from hub.supervision.calendar import worked_out
from hub.supervision.calendar_seal import sealed_days

IMPORT = "calendar"


def note(connection: Connection, told: Told, bounds: Bounds) -> None:
    """Take down what the log tells of imports."""
    for entry in entries(connection, "calendar."):
        says = {"sealed": entry.body.get("sealed")}
        told.note([(IMPORT, str(entry.body["version"]), entry.at, None, says, bounds.holds(entry.at), False)])


def compare(ground: Ground) -> Iterator[Difference]:
    """Every difference of the calendar, which belongs to no system; `note` comes before."""
    if ground.bounds.system is None:
        walk = _Calendar(ground)
        yield from walk.imports()
        if not ground.bounds.of_time:
            yield from walk.days()


@dataclass(frozen=True, slots=True)
class _Calendar(Walk):
    """Walks over imports, then over days."""

    KIND = "calendar"

    def imports(self) -> Iterator[Difference]:
        """Each import: one digest over its days and years."""
        versions: set[int] = set()
        for table in (calendar_day, calendar_year):
            versions.update(self.connection.execute(select(table.c.version).distinct()).scalars())
        words = self.told.of(IMPORT, [str(version) for version in versions])
        sealed_since = min((int(key) for key, word in words.items() if word.says["sealed"]), default=None)
        for version in sorted(versions):
            word = words.get(str(version))
            if word is None and sealed_since is not None and version > sealed_since:
                if not self.bounds.of_time:
                    yield self.differs("calendar_day", str(version), "entry", None, version, "unknown")
            elif word is None or not word.says["sealed"]:
                self.tally.left_out(self.KIND, OLDER)
            elif word.hit:
                self.tally.compared["calendar_day"] += 1
                found = sealed_days(self.connection, version)
                if found != word.says["sealed"]:
                    yield self.differs("calendar_day", str(version), ANY, word.says["sealed"], found, "rows")
        for word in self.told.unseen(IMPORT):
            if word.hit and word.says["sealed"]:
                yield self.differs("calendar_day", word.key, "row", word.says["sealed"], None, "gone")

    def days(self) -> Iterator[Difference]:
        """Each day of `work_calendar` against what all imports together make of it."""
        table = work_calendar
        newest = self.connection.execute(select(func.max(table.c.version))).scalar()
        expected = worked_out(self.connection, newest or 0) if newest is not None else iter(())
        scopes = set()
        for scope, days in expected:
            scopes.add(scope)
            rows = self.connection.execute(
                select(table).where(table.c.scope == scope).order_by(table.c.day)
            ).mappings()
            there = {row["day"]: row for row in rows}
            self.tally.compared[table.name] += len(there)
            for day in days:
                key = f"{scope or '-'}/{day['day'].isoformat()}"
                row = there.pop(day["day"], None)
                if row is None:
                    yield self.differs(table.name, key, "row", day["is_workday"], None, "gone")
                    continue
                for column, value in day.items():
                    if row[column] != value:
                        yield self.differs(table.name, key, column, value, row[column], "derived")
            for stray in there.values():
                yield self.differs(
                    table.name, f"{scope or '-'}/{stray['day']}", "row", None, stray["day"], "unknown"
                )
        for scope in self.connection.execute(select(table.c.scope).distinct()).scalars():
            if scope not in scopes:
                yield self.differs(table.name, scope, "row", None, scope, "unknown")
