"""数据真实性分析: what the rules on fabricated data see in one month of one system, with the cases behind each figure.

It judges the month anew, whatever cards there are, and writes nothing. What it tells of people is masked.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, text

from hub.clock import iso, start_of
from hub.supervision import units, windows
from hub.supervision.fabrication_charts import PREFIX, charts
from hub.supervision.judge import AsOf, Judging, bound, forget, judge_units
from hub.supervision.rules import Rule
from hub.supervision.statements import expanded

SHOWN = 50
"""So many cases stand beside each finding of a report; all are listed for one rule at a time."""


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month in UTC+8, by its first day."""

    first: date

    @property
    def last(self) -> date:
        """Its last day."""
        return (self.first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)

    @property
    def label(self) -> str:
        """As 2026-10."""
        return self.first.isoformat()[:7]

    @property
    def number(self) -> int:
        """Months since the year 0."""
        return self.first.year * 12 + self.first.month - 1

    @property
    def as_of(self) -> AsOf:
        """Its end."""
        return AsOf(start_of(self.last + timedelta(days=1)), self.last)


def analyse(connection: Connection, judging: Judging, system: str, month: Month) -> dict[str, Any]:
    """{rules: [{rule, zh, en, judged, reason, findings}], charts: {...}} of a month; see docs/rules/anomaly.md.

    A finding: {subject, share_percent, threshold_percent, sample, hits, peers?, cases}. Needs a connection that may make
    temporary tables, inside a transaction that is rolled back.
    """
    told: list[dict[str, Any]] = []

    def looked(rule: Rule, why: windows.NotJudged) -> None:
        told.append(_rule(connection, rule, why, system))

    _judge(connection, judging, month, looked)
    seen = {each["rule"]: each for each in told}
    for code in _codes(judging):
        lacks = system in judging.lacking(judging.rules[code])
        if lacks or code not in seen:
            rule, why = judging.rules[code], "not_reported" if lacks else "too_few_cases"
            seen[code] = _untold(rule, why if rule.active else "rule_off")
    drawn = charts(connection, system, month.number)
    _forget(connection)
    return {
        "rules": [
            *(seen[code] for code in _codes(judging)),
            _procedures(connection, judging.rules["X9"], system, month),
        ],
        "charts": drawn,
    }


def behind(
    connection: Connection, judging: Judging, system: str, month: Month, code: str
) -> list[dict[str, Any]]:
    """All the cases that bear a rule out in a month: {subject, case_no, applied, handled, completed}."""
    if code == "X9":
        found: list[dict[str, Any]] = _procedures(connection, judging.rules["X9"], system, month)["findings"]
        return [case for each in found for case in each["cases"]]
    listed: list[dict[str, Any]] = []

    def looked(rule: Rule, _: windows.NotJudged) -> None:
        if rule.code == code:
            listed.extend(_cases(connection, system))

    _judge(connection, judging, month, looked, [code])
    _forget(connection)
    return listed


def _codes(judging: Judging) -> list[str]:
    return [
        code
        for code, rule in judging.rules.items()
        if rule.declared.window and rule.declared.family == "anomaly"
    ]


def _judge(
    connection: Connection, judging: Judging, month: Month, looked: windows.Looked, codes: Sequence[str] = ()
) -> None:
    only = codes or _codes(judging)
    latest = {code: _of_one_month(judging.rules[code]) for code in only}
    units.fill_now(connection, PREFIX, "system", month.as_of, month.as_of.at)
    judge_units(connection, PREFIX, replace(judging, rules={**judging.rules, **latest}), only, looked=looked)


def _of_one_month(rule: Rule) -> Rule:
    return replace(rule, parameters={**rule.parameters, "months": {**rule.parameters["months"], "value": 1}})


def _forget(connection: Connection) -> None:
    units.forget(connection, PREFIX)
    forget(connection, PREFIX)


def _rule(connection: Connection, rule: Rule, why: windows.NotJudged, system: str) -> dict[str, Any]:
    """What a rule found in the system's window, or why it did not judge it; whoever is below the threshold is told too."""
    rows = connection.execute(
        text(
            f"SELECT b.subject, COUNT(*) AS sample, SUM(b.hit) AS hits, MAX(b.percent) AS percent, MAX(f.evidence) AS evidence"
            f" FROM {PREFIX}behind b JOIN {PREFIX}window w ON w.window_id = b.window_id"
            f" LEFT JOIN {PREFIX}finding f ON f.rule = '{rule.code}' AND f.scope_id = b.scope_id AND f.subject = b.subject"
            " WHERE w.system = :system GROUP BY b.subject ORDER BY b.subject"
        ),
        {"system": system},
    ).all()
    reason = connection.execute(
        bound(
            f"SELECT MAX(q.reason) FROM ({why.sql}) q JOIN {PREFIX}window w ON w.scope_id = q.scope_id"
            " WHERE w.system = :this_system",
            {**why.binds, "this_system": system},
        )
    ).scalar()
    cases = _cases(connection, system, SHOWN)
    # X12 compares with peers of its own choice, and names them as evidence.
    others = [] if rule.code == "X12" else _others(connection, system, rule)
    groups = []
    for row in rows:
        figures = json.loads(row.evidence) if row.evidence else {}
        share = round(100 * int(row.hits) / int(row.sample), 1)
        mine = [case for case in cases if case["subject"] == row.subject]
        groups.append(
            {
                "subject": row.subject,
                "found": row.evidence is not None,
                "sample": int(row.sample),
                "hits": int(row.hits),
                "share_percent": share,
                "threshold_percent": int(row.percent),
                **(
                    {}
                    if rule.code == "X12"
                    else _peers([share for kind, share in others if kind == _kind(rule, row.subject)])
                ),
                **{name: figures[name] for name in ("peers", "peer_share_percent") if name in figures},
                "cases": mine if row.evidence is not None else [],
            }
        )
    return {**_named(rule), "judged": reason is None, "reason": reason, "findings": groups}


def _kind(rule: Rule, subject: str) -> str | None:
    """What a subject says behind system and month; of X2 that is an organisation, and compared with all others."""
    return None if rule.code == "X2" else " ".join(subject.split(" ", 2)[2:])


def _others(connection: Connection, system: str, rule: Rule) -> list[tuple[str | None, float]]:
    """The shares of the other systems in the month, by kind, of samples of at least so many cases."""
    rows = connection.execute(
        text(
            f"SELECT w.system, b.subject, COUNT(*) AS sample, SUM(b.hit) AS hits FROM {PREFIX}behind b"
            f" JOIN {PREFIX}window w ON w.window_id = b.window_id WHERE w.system <> :system"
            " GROUP BY w.system, b.subject HAVING COUNT(*) >= :cases ORDER BY w.system, b.subject"
        ),
        {"system": system, "cases": rule.value("cases")},
    )
    return [(_kind(rule, row.subject), 100 * int(row.hits) / int(row.sample)) for row in rows]


def _peers(shares: Sequence[float]) -> dict[str, Any]:
    """How many others there are, and the mean of their shares."""
    if not shares:
        return {"peers": 0}
    return {"peers": len(shares), "peer_share_percent": round(sum(shares) / len(shares), 1)}


def _named(rule: Rule) -> dict[str, Any]:
    return {
        "rule": rule.code,
        "version": rule.version,
        "zh": rule.zh,
        "en": rule.en,
        "parameters": {name: rule.value(name) for name in rule.parameters},
    }


def _untold(rule: Rule, reason: str) -> dict[str, Any]:
    return {**_named(rule), "judged": False, "reason": reason, "findings": []}


def _cases(connection: Connection, system: str, most: int | None = None) -> list[dict[str, Any]]:
    """The cases behind each group of the system, the newest first; `most` of each, or all."""
    rows = connection.execute(
        text(
            "SELECT q.subject, h.case_no, t.applied_at, t.handled_at, t.completed_at FROM ("
            "SELECT d.subject, d.case_id, ROW_NUMBER() OVER (PARTITION BY d.subject ORDER BY d.case_id DESC) AS place FROM ("
            f"SELECT DISTINCT b.subject, b.case_id FROM {PREFIX}behind b JOIN {PREFIX}window w ON w.window_id = b.window_id"
            " WHERE w.system = :system AND b.hit = 1) d) q"
            f" JOIN case_head h ON h.id = q.case_id JOIN {PREFIX}told t ON t.case_id = q.case_id"
            + (f" WHERE q.place <= {int(most)}" if most is not None else "")
            + " ORDER BY q.subject, q.place"
        ),
        {"system": system},
    )
    return [
        {
            "subject": row.subject,
            "case_no": row.case_no,
            "applied": iso(row.applied_at),
            "handled": iso(row.handled_at),
            "completed": iso(row.completed_at),
        }
        for row in rows
    ]


_X9_CARDS = (
    "FROM card c JOIN special_procedure q ON q.case_id = c.case_id AND c.subject = @concat('procedure ', q.seq)"
    " WHERE c.rule = 'X9' AND c.state <> '撤销' AND q.started_day >= :first AND q.started_day <= :last"
)


def _procedures(connection: Connection, rule: Rule, system: str, month: Month) -> dict[str, Any]:
    """X9 judges per case: its cards on procedures that began in the month."""
    rows = connection.execute(
        bound(
            expanded(
                f"SELECT c.card_id, c.case_no, c.subject, c.snapshot {_X9_CARDS} AND c.system = :system ORDER BY c.card_id DESC",
                connection.dialect.name,
                {},
            ),
            {"system": system, "first": month.first, "last": month.last},
        )
    ).all()
    cases = [
        {
            "subject": row.subject,
            "case_no": row.case_no,
            "card": row.card_id,
            "why": json.loads(row.snapshot).get("evidence", {}).get("why"),
        }
        for row in rows
    ]
    begun = _by_system(
        connection,
        month,
        "SELECT h.system, COUNT(*) AS n FROM special_procedure q JOIN case_head h ON h.id = q.case_id AND h.state = 'current'"
        " WHERE q.kind <> '1' AND q.started_day >= :first AND q.started_day <= :last GROUP BY h.system",
    )
    if system not in begun:
        return _untold(rule, "no_procedures")
    carded = _by_system(
        connection,
        month,
        f"SELECT c.system, COUNT(*) AS n {_X9_CARDS} GROUP BY c.system",
    )
    group = {
        "subject": f"{system} {month.label}",
        "found": bool(cases),
        "sample": begun[system],
        "hits": len(cases),
        "share_percent": round(100 * len(cases) / begun[system], 1),
        "threshold_percent": 0,
        **_peers([100 * carded.get(other, 0) / n for other, n in sorted(begun.items()) if other != system]),
        "cases": cases,
    }
    return {**_named(rule), "judged": True, "reason": None, "findings": [group]}


def _by_system(connection: Connection, month: Month, sql: str) -> dict[str, int]:
    """System → the number that a query counts for it in the month."""
    written = expanded(sql, connection.dialect.name, {})
    rows = connection.execute(bound(written, {"first": month.first, "last": month.last}))
    return {row.system: int(row.n) for row in rows}
