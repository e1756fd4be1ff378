"""What differs between what was found and the open cards, a chunk at a time: which to withdraw, settle, relevel, close, raise.

`NOW` findings are of today, `REVIEW` findings of open cards, as of the issue of each (docs/rules/time.md, 25).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Connection, Date, String, bindparam, text
from sqlalchemy.types import TypeEngine

from hub.supervision.cards import Log
from hub.supervision.judge import AsOf
from hub.supervision.regions import Deadlines
from hub.supervision.rules import Rule
from hub.supervision.states import ISSUED, automatic
from hub.supervision.summary import Summary

NOW, REVIEW = "judge_now_", "judge_review_"
CHUNK = 500
ESCALATIONS = ("T10", "T11")
"""Rules whose cards are one level above another card, or an order."""
Row = dict[str, Any]
_FIGURES = (
    "f.used, f.limit_value, f.excess, f.unit AS f_unit, f.due_n, f.extension, f.level AS f_level, f.evidence,"
    " f.step AS f_step, f.handler AS f_handler"
)


@dataclass(frozen=True, slots=True)
class Acting:
    """What the steps share. `codes` are the rules acted on; `about_cases`: their findings are about cases, else units."""

    connection: Connection
    as_of: AsOf
    at: int
    rules: Mapping[str, Rule]
    codes: Sequence[str]
    calendar_version: int
    deadlines: Deadlines
    summary: Summary
    log: Log | None
    about_cases: bool = True

    @property
    def listed(self) -> str:
        """The codes as a list of SQL."""
        return quoted(self.codes)

    def answer_due(self, region: str | None) -> tuple[int, date | None]:
        """Working days, and last day, for the answer to a card that is issued on the day of this run in a region."""
        workdays = self.rules["T10"].value("workdays")
        return workdays, self.deadlines.after(self.as_of.day, workdays, region)


def quoted(codes: Sequence[str]) -> str:
    """Codes as a list of SQL."""
    return ", ".join(f"'{code}'" for code in codes)


def withdrawable(acting: Acting, last_id: int, *_: str) -> Sequence[Row]:
    """Open cards that were reviewed and whose finding does not arise."""
    return _rows(
        acting,
        f"SELECT c.*, c.card_id AS id FROM card c JOIN {REVIEW}scope s ON s.scope_id = c.card_id"
        f" WHERE c.card_id > :last_id AND c.open_key IS NOT NULL AND c.rule IN ({acting.listed}) AND NOT EXISTS ("
        f"SELECT 1 FROM {REVIEW}finding f WHERE {_same('f', 'c')}) ORDER BY c.card_id",
        last_id,
    )


def settleable(acting: Acting, last_id: int, *_: str) -> Sequence[Row]:
    """Provisional open cards whose finding is not provisional any more."""
    return _found_again(acting, last_id, _FIGURES, "c.provisional = 1 AND f.provisional = 0")


def relevelable(acting: Acting, last_id: int, *_: str) -> Sequence[Row]:
    """Open cards whose rule gives them another level now; escalations keep the one that they were raised with."""
    levels = {code: acting.rules[code].level for code in acting.codes if code not in ESCALATIONS}
    if not levels:
        return []
    cases = " ".join(f"WHEN '{code}' THEN {level}" for code, level in levels.items())
    level = f"COALESCE(f.level, CASE c.rule {cases} END)"
    return _found_again(
        acting, last_id, f"{level} AS now_level", f"c.judged_level <> {level}", codes=list(levels)
    )


def refigurable(acting: Acting, last_id: int, *_: str) -> Sequence[Row]:
    """Open cards whose limit has another last day by now."""
    return _found_again(
        acting,
        last_id,
        f"{_FIGURES}, f.provisional AS now_provisional",
        "COALESCE(k.day_number, -1) <> COALESCE(f.due_n, -1)",
        more="LEFT JOIN work_calendar k ON k.scope = '' AND k.day = c.due_on",
    )


def orderable(acting: Acting, last_id: int, *_: str) -> Sequence[Row]:
    """Red cards of rules that begin with an order in this profile, and never had one: the profile is younger than they are.

    What was answered or appealed is with people, and stays so.
    """
    codes = [
        code for code in acting.codes if acting.rules[code].profile in acting.rules[code].declared.orders
    ]
    if not codes:
        return []
    return _rows(
        acting,
        f"SELECT c.*, c.card_id AS id FROM card c JOIN {REVIEW}scope s ON s.scope_id = c.card_id"
        f" WHERE c.card_id > :last_id AND c.open_key IS NOT NULL AND c.state = '{ISSUED}' AND c.judged_level = 3"
        f" AND c.rule IN ({quoted(codes)}) AND NOT EXISTS (SELECT 1 FROM supervision_order o WHERE o.card_id = c.card_id)"
        " ORDER BY c.card_id",
        last_id,
    )


def closeable(acting: Acting, last_id: int, *_: str) -> Sequence[Row]:
    """Open cards of a passing condition that another rule has taken over, or that is over since the card was issued."""
    conditions = []
    for code in acting.codes:
        ways = []
        for end in acting.rules[code].declared.closes:
            if end == "finished":
                ways.append("b.finished = 1")
            elif end == "gone":
                ways.append(
                    f"NOT EXISTS (SELECT 1 FROM {NOW}finding g WHERE g.scope_id = c.case_id AND g.rule = c.rule"
                    " AND g.subject = COALESCE(c.subject, ''))"
                )
            else:
                ways.append(
                    f"EXISTS (SELECT 1 FROM {NOW}finding t WHERE t.scope_id = c.case_id AND t.rule = '{end}')"
                )
        if ways:
            conditions.append(f"(c.rule = '{code}' AND ({' OR '.join(ways)}))")
    if not conditions:
        return []
    # An appeal and an order are brought to their end by people first.
    closing = quoted(automatic("close"))
    return _rows(
        acting,
        f"SELECT c.*, c.card_id AS id, b.finished AS is_finished FROM card c"
        f" JOIN {REVIEW}scope s ON s.scope_id = c.card_id JOIN {NOW}base b ON b.scope_id = c.case_id"
        f" WHERE c.card_id > :last_id AND c.open_key IS NOT NULL AND c.state IN ({closing})"
        f" AND ({' OR '.join(conditions)}) ORDER BY c.card_id",
        last_id,
    )


def raisable(acting: Acting, last_id: int, last_rule: str, last_subject: str) -> Sequence[Row]:
    """Findings of today for which no card exists but those that the hub withdrew."""
    # The second says nothing new: without it a database that goes through both in order begins with the first card there is.
    known = "c.case_id = f.scope_id AND c.case_id >= :last_id" if acting.about_cases else "1 = 1"
    same_subject = (
        "COALESCE(c.subject, '') = f.subject" if acting.about_cases else "c.subject = f.subject"
    )  # the second has an index
    return _rows(
        acting,
        f"SELECT f.scope_id AS id, f.rule, f.subject, f.provisional, f.case_id, {_FIGURES} FROM {NOW}finding f"
        f" WHERE f.rule IN ({acting.listed}) AND f.scope_id >= :last_id AND (f.scope_id > :last_id OR f.rule > :last_rule"
        " OR (f.rule = :last_rule AND f.subject > :last_subject)) AND NOT EXISTS ("
        f"SELECT 1 FROM card c WHERE {known} AND c.rule = f.rule AND {same_subject}"
        " AND c.standing = 1) ORDER BY f.scope_id, f.rule, f.subject",
        last_id,
        last_rule=last_rule,
        last_subject=last_subject,
    )


def _rows(acting: Acting, sql: str, last_id: int, **binds: Any) -> Sequence[Row]:
    kinds: dict[type, TypeEngine[Any]] = {int: BigInteger(), date: Date(), str: String()}
    typed = [
        bindparam(name, value, kinds[type(value)]) for name, value in {"last_id": last_id, **binds}.items()
    ]
    statement = text(f"{sql} LIMIT {CHUNK}").bindparams(*typed)
    # SQLite hands days out as text unless it is told which columns are days.
    found = acting.connection.execute(
        statement.columns(due_on=Date(), raised_on=Date(), issued_on=Date(), feedback_due_on=Date())
    )
    return [dict(row) for row in found.mappings()]


def _same(finding: str, card: str) -> str:
    """The condition that a finding of a review is about a card."""
    return (
        f"{finding}.scope_id = {card}.card_id AND {finding}.rule = {card}.rule"
        f" AND {finding}.subject = COALESCE({card}.subject, '')"
    )


def _found_again(
    acting: Acting,
    last_id: int,
    columns: str,
    condition: str,
    *,
    more: str = "",
    codes: Sequence[str] | None = None,
) -> Sequence[Row]:
    """Open cards that were reviewed and arise again, under a condition on card `c` and finding `f` (and on what `more` joins)."""
    return _rows(
        acting,
        f"SELECT c.*, c.card_id AS id, {columns} FROM card c JOIN {REVIEW}finding f ON {_same('f', 'c')} {more}"
        f" WHERE c.card_id > :last_id AND c.open_key IS NOT NULL"
        f" AND c.rule IN ({acting.listed if codes is None else quoted(codes)}) AND {condition} ORDER BY c.card_id",
        last_id,
    )
