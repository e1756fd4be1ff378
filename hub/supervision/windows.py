"""Rules over windows: the calendar months that have ended, the cases of each, and which of them bear out a finding.

A rule of `scope: system` that declares `window: month` is judged per system and month. Its part `-- cases: X1` lists, for every
window, the cases that it looks at and whether each bears it out (`hit`); `{behind}` is that list, made once, from which the
finding, what was not judged, and the cases behind a card are all read (docs/rules/anomaly.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection, text

from hub.supervision.rules import Rule

TABLES = ("window", "told", "behind", "sample")
SAMPLE = 10
"""So many case numbers go with a card; all of them are listed on demand."""

# `back` is 0 for the latest month that has ended as of T. In a review a unit is a card: its own window only.
_WINDOWS = """
SELECT ROW_NUMBER() OVER (ORDER BY x.scope_id, x.month_number), x.scope_id, x.subject, x.system, x.label, x.month_number, x.back,
  x.only_rule
FROM (
  SELECT s.scope_id, @concat(s.system, @concat(' ', k.label)) AS subject, s.system, k.label, k.month_number, s.only_rule,
    ROW_NUMBER() OVER (PARTITION BY s.scope_id ORDER BY k.month_number DESC) - 1 AS back
  FROM {p}unit s
  JOIN (
    SELECT month_number, day_number, SUBSTR(CAST(day AS CHAR(10)), 1, 7) AS label FROM work_calendar
    WHERE scope = '' AND month_last = 1
  ) k ON (k.day_number + 1) * 86400000000 - 28800000000 <= s.as_of_at AND k.day_number > s.as_of_n - 32 * :most
) x
WHERE x.back < :most AND (x.only_rule IS NULL OR EXISTS (
  SELECT 1 FROM card c WHERE c.card_id = x.scope_id AND @place(c.subject, x.subject) = 1))
"""

# Every supervised case with an event in the months at hand. What the hub derived is not what the department told.
# Working days and days of rest are those of published days only: what is found does not rest on a presumption.
_TOLD = """
SELECT h.id, h.system, a.org_uscc, a.region_code, {item_code}, a.catalog_code, {own_type},
  CASE WHEN @place(COALESCE(a.derived, ''), '"ServiceItem.CaseType"') = 0 THEN a.case_type END,
  r.applicant_type, r.id_type, wa.month_number, wh.month_number, wc.month_number,
  ia.applied_at, wa.strict_number - wa.strict_workday + 1,
  CASE WHEN @place(COALESCE(a.derived, ''), '"Application.Channel"') = 0 THEN ia.channel END,
  we.strict_number, ia.written_at, p.status, p.handled_at, p.handled_day, p.handler_name, p.handler_no,
  f.completed_at, f.completed_day, f.handler_name, f.handler_no, f.result, kc.published * (1 - kc.is_workday), {calendar}
FROM case_head h
JOIN {p}system y ON y.code = h.system
JOIN approval_case a ON a.case_id = h.id
LEFT JOIN application ia ON ia.case_id = h.id
LEFT JOIN applicant r ON r.case_id = h.id
LEFT JOIN acceptance p ON p.case_id = h.id
LEFT JOIN completion f ON f.case_id = h.id
{catalogue}
{regions}
LEFT JOIN work_calendar wa ON wa.scope = '' AND wa.day = ia.applied_day
LEFT JOIN work_calendar we ON we.scope = '' AND we.day = COALESCE(ia.entered_day, ia.written_day)
LEFT JOIN work_calendar wh ON wh.scope = '' AND wh.day = p.handled_day
LEFT JOIN work_calendar wc ON wc.scope = '' AND wc.day = f.completed_day
LEFT JOIN work_calendar kc ON kc.scope = {calendar} AND kc.day = f.completed_day
WHERE h.state = 'current' AND COALESCE(p.handled_day, ia.applied_day, f.completed_day) >= y.from_day
  AND (wa.month_number BETWEEN :first AND :last OR wh.month_number BETWEEN :first AND :last
    OR wc.month_number BETWEEN :first AND :last)
"""

_CREATE = {
    "window": "window_id BIGINT NOT NULL PRIMARY KEY, scope_id BIGINT NOT NULL, subject VARCHAR(200) NOT NULL,"
    " system VARCHAR(64) NOT NULL, label VARCHAR(10) NOT NULL, month_number INTEGER NOT NULL, back INTEGER NOT NULL,"
    " only_rule VARCHAR(20)",
    "told": "case_id BIGINT NOT NULL PRIMARY KEY, system VARCHAR(64) NOT NULL, org_uscc VARCHAR(18), region_code VARCHAR(12),"
    " item_code VARCHAR(40), catalog_code VARCHAR(40), own_type VARCHAR(1), told_type VARCHAR(1), applicant_type VARCHAR(1),"
    " id_type VARCHAR(3), a_month INTEGER, h_month INTEGER, c_month INTEGER, applied_at BIGINT, applied_w BIGINT,"
    " channel VARCHAR(1), entered_w BIGINT, written_at BIGINT, status VARCHAR(1), handled_at BIGINT, handled_day DATE,"
    " handler_name VARCHAR(200), handler_no VARCHAR(50), completed_at BIGINT, completed_day DATE, finisher_name VARCHAR(200),"
    " finisher_no VARCHAR(50), result VARCHAR(1), on_rest SMALLINT,"
    " calendar VARCHAR(12) NOT NULL",
    "behind": "window_id BIGINT NOT NULL, scope_id BIGINT NOT NULL, subject VARCHAR(200) NOT NULL, case_id BIGINT NOT NULL,"
    " hit SMALLINT NOT NULL, percent INTEGER NOT NULL",
    "sample": "rule VARCHAR(20) NOT NULL, scope_id BIGINT NOT NULL, subject VARCHAR(200) NOT NULL, case_id BIGINT NOT NULL,"
    " place INTEGER NOT NULL",
}  # fmt: skip

# A finding where the cases that bear it out reach their share of a large enough sample.
SHARE = """\
SELECT b.scope_id, b.subject, 100.0 * SUM(b.hit) / COUNT(*) AS used, MAX(b.percent) AS limit_value,
  100.0 * SUM(b.hit) / COUNT(*) - MAX(b.percent) AS excess,
  @json('window', w.label, 'sample', COUNT(*), 'hits', SUM(b.hit),
    'share_percent', @quotient(1000 * SUM(b.hit), COUNT(*)) / 10.0, 'threshold_percent', MAX(b.percent)) AS evidence
FROM {behind} b JOIN {windows} w ON w.window_id = b.window_id
GROUP BY b.scope_id, b.subject, w.label
HAVING COUNT(*) >= :cases AND SUM(b.hit) > 0 AND 100 * SUM(b.hit) >= MAX(b.percent) * COUNT(*)"""
TOO_FEW = """\
SELECT w.scope_id, 'too_few_cases' AS reason FROM {windows} w
WHERE w.window_id NOT IN (SELECT b.window_id FROM {behind} b GROUP BY b.window_id, b.subject HAVING COUNT(*) >= :cases)"""


@dataclass(frozen=True, slots=True)
class NotJudged:
    """The query that tells why a rule did not judge windows, and what it is bound to."""

    sql: str
    binds: Mapping[str, int]


Looked = Callable[[Rule, NotJudged], None]


class Step(Protocol):
    """What runs the statements: `hub.supervision.step`."""

    @property
    def connection(self) -> Connection: ...
    @property
    def prefix(self) -> str: ...
    @property
    def values(self) -> Mapping[str, str]: ...
    def put(self, table: str, sql: str, rule: Rule | None = None, **more: int) -> None:
        """Create the table anew and fill it by a query."""


class Without(dict[str, str]):
    """{without[Element.Field]}: the systems whose dialect does not deliver a field, as a list of SQL."""

    def __init__(self, delivers: Mapping[str, frozenset[str]]) -> None:
        super().__init__()
        self.delivers = delivers

    def __missing__(self, field: str) -> str:
        lacking = sorted(code for code, fields in self.delivers.items() if field not in fields)
        return ", ".join(f"'{code}'" for code in lacking) or "''"


def create(prefix: str, table: str) -> str:
    """The statement that makes a table of this module."""
    return f"CREATE TEMPORARY TABLE {prefix}{table} ({_CREATE[table]})"


def tell(steps: Sequence[Step], rules: Sequence[Rule]) -> None:
    """Fill `<prefix>told` of the first step with the cases of the windows that any of the steps judges.

    It is one and the same list for all of them: what is judged as of when is the windows' matter.
    """
    most = max(rule.value("months") for rule in rules)
    for step in steps:
        step.put("window", _WINDOWS, most=most)
    months = " UNION ALL ".join(f"SELECT month_number AS n FROM {step.prefix}window" for step in steps)
    own = steps[0]
    first, last = own.connection.execute(text(f"SELECT MIN(m.n), MAX(m.n) FROM ({months}) m")).one()
    if first is None:
        own.put("told", "")
        return
    own_type = "i.case_type" if own.values["catalogue"] else "NULL"
    own.put("told", _TOLD.replace("{own_type}", own_type), first=int(first), last=int(last))


def prepare(step: Step, rules: Sequence[Rule]) -> bool:
    """Fill `<prefix>window` for these rules, behind what `tell` filled; False where there is no window to judge."""
    step.put("window", _WINDOWS, most=max(rule.value("months") for rule in rules))
    step.put("sample", "")
    step.put("behind", "")
    return step.connection.execute(text(f"SELECT 1 FROM {step.prefix}window LIMIT 1")).first() is not None


def look(step: Step, rule: Rule) -> None:
    """Fill `<prefix>behind` with the cases that a rule looks at in its windows."""
    sql = rule.declared.statement("cases")
    assert sql is not None
    step.put("behind", sql, rule)


def sample(step: Step, rule: Rule) -> None:
    """Keep some of the cases behind each finding of the rule, the newest first."""
    p = step.prefix
    step.connection.execute(
        text(
            f"INSERT INTO {p}sample SELECT '{rule.code}', q.scope_id, q.subject, q.case_id, q.place FROM ("
            "SELECT b.scope_id, b.subject, b.case_id,"
            " ROW_NUMBER() OVER (PARTITION BY b.scope_id, b.subject ORDER BY b.case_id DESC) AS place"
            f" FROM (SELECT DISTINCT scope_id, subject, case_id FROM {p}behind WHERE hit = 1) b"
            f" JOIN {p}finding f ON f.rule = '{rule.code}' AND f.scope_id = b.scope_id AND f.subject = b.subject"
            f") q WHERE q.place <= {SAMPLE}"
        )
    )


def cases_behind(
    connection: Connection, prefix: str, findings: Sequence[Mapping[str, Any]]
) -> dict[tuple[int, str, str], list[str]]:
    """(scope_id, rule, subject) → case numbers of the sample kept for it; `findings` have id, rule and subject."""
    listed = ", ".join(str(int(each["id"])) for each in findings) or "NULL"
    rows = connection.execute(
        text(
            f"SELECT s.scope_id, s.rule, s.subject, h.case_no FROM {prefix}sample s JOIN case_head h ON h.id = s.case_id"
            f" WHERE s.scope_id IN ({listed}) ORDER BY s.scope_id, s.rule, s.subject, s.place"
        )
    )
    found: dict[tuple[int, str, str], list[str]] = {}
    for row in rows:
        found.setdefault((row.scope_id, row.rule, row.subject), []).append(row.case_no)
    return found


def expanded_parts(values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What a rule over windows may write instead of its whole query: {share}, {too_few}."""
    for name, sql in (("share", SHARE), ("too_few", TOO_FEW)):
        yield name, sql.format_map(values)
