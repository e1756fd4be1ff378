"""The cases under way in a period, one row each with what the indicators ask: made in chunks, kept in a temporary table.

Everything happens in one transaction that is rolled back at the end: no writer is held up, and nothing of it stays. On
SQLite and PostgreSQL the figures of one answer are of one snapshot.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, text

from hub.clock import local_day
from hub.scores.parameters import Parameters, current, with_rules
from hub.scores.period import Period
from hub.supervision.judge import (
    AsOf,
    Delivers,
    Judging,
    analyze,
    bound,
    counts,
    drop,
    forget,
    prepare,
    scope_table,
)
from hub.supervision.rules import current_rules
from hub.supervision.statements import expanded

PREFIX = "score_"
CASES_AT_ONCE = 100_000
ROWS_AT_ONCE = 5_000

_CREATE = """CREATE TEMPORARY TABLE {p}fact (
  case_id BIGINT NOT NULL PRIMARY KEY, subject VARCHAR(120) NOT NULL, system VARCHAR(64) NOT NULL, region_code VARCHAR(12),
  org_uscc VARCHAR(18), org_name VARCHAR(200), item_code VARCHAR(40), item_name VARCHAR(500), channel VARCHAR(1),
  status VARCHAR(1), handled_at BIGINT, handled_day DATE, accepted_by VARCHAR(200), finished SMALLINT NOT NULL,
  completed_at BIGINT, completed_day DATE, delivered_day DATE, office VARCHAR(200),
  post VARCHAR(200), person VARCHAR(200), person_name VARCHAR(200), step VARCHAR(200), accepted_in VARCHAR(200),
  accepted_as VARCHAR(200), late BIGINT, early SMALLINT, barred VARCHAR(40), unlimited VARCHAR(40)
)"""

# Whatever was under way on a day of the period: not over before it began, delivery included, and not begun after it ended,
# application included: what was applied for on the last day of a month may be accepted in the next.
_SCOPE = """INSERT INTO {p}scope
SELECT h.id, h.id, :as_of_at, :as_of_day, NULL
FROM case_head h
LEFT JOIN application i ON i.case_id = h.id
LEFT JOIN acceptance p ON p.case_id = h.id
LEFT JOIN completion f ON f.case_id = h.id
LEFT JOIN delivery d ON d.case_id = h.id
WHERE h.id > :after AND h.id <= :upto AND h.state = 'current'
  AND (f.completed_day IS NULL OR f.completed_day >= :from_day OR d.delivered_day >= :from_day)
  AND (p.handled_day IS NULL OR p.handled_day <= :to_day OR i.applied_day <= :to_day OR f.completed_day <= :to_day)"""

# Step, office and post are those of the last step that was known then, of an acceptance those of its step (type 1); H has
# no last day: a working day is 24 hours of its axis. A last day beyond the calendar is far off.
_FILL = """INSERT INTO {p}fact
SELECT s.case_id, @concat(h.system, @concat('/', h.case_no)), h.system, a.region_code, a.org_uscc, a.org_name,
  COALESCE(b.item_code, a.item_code), a.item_name, i.channel, p.status, p.handled_at, p.handled_day,
  COALESCE(p.handler_no, p.handler_name),
  CASE WHEN f.case_id IS NULL THEN 0 ELSE 1 END, f.completed_at, f.completed_day, d.delivered_day,
  t.office, t.handler_post,
  CASE WHEN f.case_id IS NOT NULL THEN COALESCE(f.handler_no, f.handler_name)
    ELSE COALESCE(t.handler_no, t.handler_name, p.handler_no, p.handler_name) END,
  CASE WHEN f.case_id IS NOT NULL THEN f.handler_name ELSE COALESCE(t.handler_name, p.handler_name) END,
  COALESCE(t.step_name, t.step_code), g.office, g.handler_post,
  v.late,
  CASE WHEN v.scope_id IS NULL THEN NULL WHEN v.late > 0 THEN 0
    WHEN v.unit = 'H' THEN CASE WHEN v.length - v.used >= :early_workdays * 86400000000 THEN 1 ELSE 0 END
    WHEN COALESCE(v.workdays_left, :early_workdays) >= :early_workdays THEN 1 ELSE 0 END,
  x.reason,
  CASE WHEN v.scope_id IS NOT NULL THEN NULL WHEN p.status IS NULL OR p.status <> '1' THEN 'not_accepted'
    WHEN ks.day IS NULL OR (f.case_id IS NOT NULL AND kf.day IS NULL) THEN 'outside_calendar'
    WHEN b.promised IS NULL AND (b.promised_day IS NULL OR b.promised_day <= b.handled_day) THEN 'no_limit'
    ELSE 'hours_day_precise' END
FROM {p}scope s
JOIN case_head h ON h.id = s.case_id
JOIN approval_case a ON a.case_id = s.case_id
LEFT JOIN {p}base b ON b.scope_id = s.scope_id
LEFT JOIN {p}barred x ON x.scope_id = s.scope_id
LEFT JOIN {p}verdict v ON v.scope_id = s.scope_id AND v.kind = 'P'
LEFT JOIN application i ON i.case_id = s.case_id
LEFT JOIN acceptance p ON p.case_id = s.case_id AND @known(p, handled)
LEFT JOIN completion f ON f.case_id = s.case_id AND @known(f, completed)
LEFT JOIN delivery d ON d.case_id = s.case_id AND @known(d, delivered)
LEFT JOIN work_calendar ks ON ks.scope = '' AND ks.day = p.handled_day
LEFT JOIN work_calendar kf ON kf.scope = '' AND kf.day = f.completed_day
LEFT JOIN (
  SELECT s.case_id, MAX(q.seq) AS seq, MIN(CASE WHEN q.step_type = '1' THEN q.seq END) AS accepting
  FROM {p}scope s JOIN step q ON q.case_id = s.case_id AND (@known(q, started) OR @known(q, ended)) GROUP BY s.case_id
) m ON m.case_id = s.case_id
LEFT JOIN step t ON t.case_id = m.case_id AND t.seq = m.seq
LEFT JOIN step g ON g.case_id = m.case_id AND g.seq = m.accepting"""


@dataclass(slots=True)
class Working:
    """What figures of one period are worked out with: one snapshot, as of its end or of now, whichever came first."""

    connection: Connection
    period: Period
    as_of: AsOf
    parameters: Parameters
    delivers: Delivers
    filled: bool = field(default=False)
    known: dict[tuple[str | None, ...], Any] = field(default_factory=dict)
    """What was worked out already: one answer asks for a figure several times."""

    def binds(self) -> dict[str, Any]:
        """The values that queries may name."""
        return {
            **self.parameters.values,
            "from_day": self.period.first,
            "to_day": self.period.last,
            "from_at": self.period.begins_at,
            "to_at": self.period.ends_at,
            "as_of_at": self.as_of.at,
            "as_of_day": self.as_of.day,
        }

    def expanded(self, sql: str, **more: str) -> str:
        """A statement in the database's own words."""
        return expanded(
            sql,
            self.connection.dialect.name,
            {"p": PREFIX, "w": "workday_number", "work": "is_workday", **more},
        )

    def execute(self, sql: str, **more: Any) -> Any:
        """Run a statement with the values that it names."""
        return self.connection.execute(bound(sql, {**self.binds(), **more}))

    def stream(self, sql: str, **more: Any) -> Any:
        """The same, with the rows fetched as they are read: a list may be longer than the memory."""
        statement = bound(sql, {**self.binds(), **more})
        return self.connection.execute(statement.execution_options(yield_per=ROWS_AT_ONCE))

    def fill(self) -> None:
        """Make the table of cases, once."""
        if self.filled:
            return
        drop(self.connection, f"{PREFIX}fact")
        self.connection.execute(text(self.expanded(_CREATE)))
        judging = Judging(current_rules(self.connection), self.delivers)
        after = 0
        while (upto := self._upto(after)) is not None:
            scope_table(self.connection, PREFIX)
            self.execute(self.expanded(_SCOPE), after=after, upto=upto)
            prepare(self.connection, PREFIX, judging, every=True)
            counts(
                self.connection, PREFIX, judging, ()
            )  # lists those that are not supervised, with the reason
            self.execute(self.expanded(_FILL))
            after = upto
        forget(self.connection, PREFIX)
        analyze(self.connection, f"{PREFIX}fact")
        self.filled = True

    def _upto(self, after: int) -> int | None:
        found = self.execute(
            "SELECT MAX(id) FROM (SELECT id FROM case_head WHERE id > :after ORDER BY id"
            f" LIMIT {CASES_AT_ONCE}) c",
            after=after,
        ).scalar()
        return None if found is None else int(found)


@contextmanager
def working(
    engine: Engine,
    period: Period,
    *,
    now: int,
    delivers: Delivers | None = None,
    parameters: Parameters | None = None,
) -> Iterator[Working]:
    """Figures of `period` as of its end, or as of `now` (µs) while it is not over; parameters in force, unless given."""
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            # Temporary tables lie in a file of their own: filling them needs no write lock on the database.
            connection = connection.execution_options(suphub_begin="BEGIN")
        elif connection.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        else:
            # MariaDB locks the rows that it copies from, unless each statement sees what is committed when it begins.
            connection = connection.execution_options(isolation_level="READ COMMITTED")
        try:
            at = min(now, period.ends_at)
            known = AsOf(at, local_day(at - 1))
            counted_by = with_rules(connection, parameters or current(connection))
            yield Working(connection, period, known, counted_by, delivers or {})
        finally:
            connection.rollback()
