"""Terms of a complaint in working days: begun, extended, met; and how each stands on a day.

first: from registration (or the complainant's explanation) to the first answer; own: from acceptance to the decision;
transfer: the same where it was transferred; feedback: from acceptance to the answer to the complainant. How long they
are is said by the rules K1 to K4 of the library, whose queries count in the same way (docs/complaints.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Connection, Date, bindparam, func, insert, select, text, update

from hub.central.tables.complaints import complaint_term
from hub.clock import local_day
from hub.errors import Place, StopError
from hub.supervision.rules import Rule
from hub.supervision.scopes import regional

KINDS: Mapping[str, str] = {"first": "答复登记", "own": "自办", "transfer": "转办", "feedback": "反馈"}
RULES: Mapping[str, str] = {"first": "K1", "own": "K2", "transfer": "K3", "feedback": "K4"}

# As the rules of complaints.sql count: (start, end], by the calendar of the complaint's region.
_STANDING = """
WITH limited AS (
  SELECT t.complaint_id, t.kind, t.ordinal, t.started_day, t.ended_day, t.ended_by, t.ended_at, t.extended_by, {calendar} AS scope,
    CASE t.kind WHEN 'first' THEN :first WHEN 'transfer' THEN :transfer WHEN 'feedback' THEN :feedback + t.extended_by
      ELSE CASE WHEN t.extended_by = 0 OR :own >= :longest THEN :own
        WHEN :own + t.extended_by > :longest THEN :longest ELSE :own + t.extended_by END END AS limit_w
  FROM complaint_term t JOIN complaint a ON a.complaint_id = t.complaint_id
  {regions}
  WHERE {where}
)
SELECT l.complaint_id, l.kind, l.ordinal, l.started_day, l.ended_day, l.ended_by, l.extended_by, l.limit_w,
  ke.workday_number - k.workday_number AS used, kd.day AS due_on,
  CASE WHEN kd.strict_number - k.strict_number >= l.limit_w THEN 0 ELSE 1 END AS provisional
FROM limited l
JOIN work_calendar k ON k.scope = l.scope AND k.day = l.started_day
JOIN work_calendar ke ON ke.scope = k.scope AND ke.day = COALESCE(l.ended_day, :today)
LEFT JOIN work_calendar kd ON kd.scope = k.scope AND kd.is_workday = 1 AND kd.workday_number = k.workday_number + l.limit_w
ORDER BY l.complaint_id, l.started_day, l.kind, l.ordinal
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a term stands: working days used and allowed, its last day (None beyond the calendar)."""

    complaint: int
    kind: str
    ordinal: int
    started_on: date
    ended_on: date | None
    ended_by: str | None
    used: int
    limit: int
    due_on: date | None
    provisional: bool  # the last day rests on a year whose calendar is not published
    extended_by: int

    @property
    def overdue(self) -> bool:
        """Past: a working day after the last one has begun, or had when the term was met."""
        return self.used > self.limit

    def as_dict(self) -> dict[str, Any]:
        """The term as plain data."""
        return {
            "term": self.kind,
            "rule": RULES[self.kind],
            "ordinal": self.ordinal,
            "started_on": self.started_on.isoformat(),
            "ended_on": None if self.ended_on is None else self.ended_on.isoformat(),
            "ended_by": self.ended_by,
            "used": self.used,
            "limit": self.limit,
            "extended_by": self.extended_by,
            "due_on": None if self.due_on is None else self.due_on.isoformat(),
            "overdue": self.overdue,
            "provisional": self.provisional,
        }


def begin(connection: Connection, number: int, kind: str, opened_at: int, started_at: int) -> None:
    """A term begins to apply at `opened_at` and counts from the day of `started_at`."""
    last = select(func.coalesce(func.max(complaint_term.c.ordinal), 0)).where(
        complaint_term.c.complaint_id == number, complaint_term.c.kind == kind
    )
    ordinal = connection.execute(last).scalar_one() + 1
    connection.execute(
        insert(complaint_term).values(
            complaint_id=number,
            kind=kind,
            ordinal=ordinal,
            opened_at=opened_at,
            started_at=started_at,
            started_day=local_day(started_at),
            extended_by=0,
        )
    )


def end(connection: Connection, number: int, kinds: Sequence[str], at: int, action: str) -> None:
    """The open terms of these kinds are met, or are no more."""
    connection.execute(
        update(complaint_term)
        .where(
            complaint_term.c.complaint_id == number,
            complaint_term.c.kind.in_(kinds),
            complaint_term.c.ended_at.is_(None),
        )
        .values(ended_at=at, ended_day=local_day(at), ended_by=action)
    )


def extend(connection: Connection, rules: Mapping[str, Rule], number: int, to: int, at: int) -> int:
    """Extend the term for own handling to `to` working days after acceptance, and that for the answer by as many; by how many.

    Raises StopError COMPLAINT_EXTENSION where the term is past, extended already, or `to` is out of bounds.
    """
    own = next(s for s in standings(connection, rules, local_day(at), number) if _open(s, "own"))
    usual, longest = rules["K2"].value("workdays"), rules["K2"].value("longest")
    if own.overdue or own.extended_by or not usual < to <= longest:
        raise StopError(
            "COMPLAINT_EXTENSION",
            zh=f"投诉 {number} 不能延期到第 {to} 个工作日：办理期限 {own.limit} 个工作日，已用 {own.used}，"
            f"已延 {own.extended_by}；一次延期可到 {usual + 1} 至 {longest}",
            en=f"Complaint {number} cannot be extended to working day {to}: of {own.limit}, {own.used} are used, extended by "
            f"{own.extended_by} before; one extension may reach {usual + 1} to {longest}",
            remedy_zh="延期须在期限届满前批准，一次为限；已逾期的说明延误原因(suphub complaint explain)",
            remedy_en="An extension is approved once, before the term is over; explain a delay with: suphub complaint explain",
            place=Place(case=str(number), field="days"),
        )
    connection.execute(
        update(complaint_term)
        .where(
            complaint_term.c.complaint_id == number,
            complaint_term.c.kind.in_(("own", "feedback")),
            complaint_term.c.ended_at.is_(None),
        )
        .values(extended_by=to - usual, extended_at=at)
    )
    return to - usual


def standings(
    connection: Connection, rules: Mapping[str, Rule], today: date, number: int | None = None
) -> list[Standing]:
    """How terms stand at the end of a day: all those of one complaint, or of every complaint the open ones."""
    where = "t.ended_at IS NULL" if number is None else "t.complaint_id = :number"
    binds: dict[str, Any] = {
        "first": rules["K1"].value("workdays"),
        "own": rules["K2"].value("workdays"),
        "longest": rules["K2"].value("longest"),
        "transfer": rules["K3"].value("workdays"),
        "feedback": rules["K4"].value("workdays"),
        "today": today,
        **({} if number is None else {"number": number}),
    }
    typed = [
        bindparam(name, value, Date() if name == "today" else BigInteger()) for name, value in binds.items()
    ]
    regions, calendar = regional(connection)
    written = _STANDING.format(where=where, regions=regions, calendar=calendar)
    statement = text(written).bindparams(*typed)
    rows = connection.execute(statement.columns(started_day=Date(), ended_day=Date(), due_on=Date()))
    return [
        Standing(
            complaint=row["complaint_id"],
            kind=row["kind"],
            ordinal=row["ordinal"],
            started_on=row["started_day"],
            ended_on=row["ended_day"],
            ended_by=row["ended_by"],
            used=row["used"],
            limit=row["limit_w"],
            due_on=row["due_on"],
            provisional=bool(row["provisional"]),
            extended_by=row["extended_by"],
        )
        for row in rows.mappings()
    ]


def late(
    connection: Connection, rules: Mapping[str, Rule], number: int, kinds: Sequence[str], at: int
) -> bool:
    """Whether an open term of these kinds is past on the day of `at`."""
    return any(
        s.overdue
        for s in standings(connection, rules, local_day(at), number)
        if s.ended_on is None and s.kind in kinds
    )


def _open(standing: Standing, kind: str) -> bool:
    return standing.kind == kind and standing.ended_on is None
