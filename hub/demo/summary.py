"""What came in, what was refused and why, which cards were raised: read from the database and printed in two languages."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import groupby

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from sqlalchemy import Connection, func, select

from hub.central.tables.business import card
from hub.central.tables.exchange import arrival, case_head, package, rejection
from hub.demo.truth import WITHDRAWN, Difference
from hub.ledger.verify import Report
from hub.ledger.verify_database import verify_database
from hub.masking import masked
from hub.shapes import OUTCOMES
from schemas.catalogue import describe

OUTCOME_ZH = {
    "accepted": "接收",
    "rejected": "拒收",
    "duplicate": "重复",
    "stale": "陈旧",
    "conflict": "冲突",
    "pending": "待补齐",
}
LEVEL = {1: "预警 warning", 2: "黄牌 yellow", 3: "红牌 red"}
STATE_ZH = {"current": "成件", "pending": "待补齐", "deleted": "作废"}
RULES = {"T1": "预警", "T2": "黄牌", "T3": "红牌"}
TOP = 4


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a department's cases, rows or packages were refused: how often, and one example in words."""

    system: str
    code: str
    count: int
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class CardExample:
    """One card as a person would tell it."""

    case_no: str
    rule: str
    level: int
    org: str
    used: float | None
    limit: float | None
    unit: str


@dataclass(frozen=True, slots=True)
class Summary:
    """The state of the demonstration's hub, department by department."""

    packages: dict[tuple[str, str], int]  # (system, state) → packages
    outcomes: dict[tuple[str, str], int]  # (system, outcome) → cases
    repeated: int  # files that were the same package once more
    refused_cases: list[Reason]
    refused_packages: list[Reason]
    cases: dict[tuple[str, str], int]  # (system, state) → cases
    cards: dict[tuple[str, str], int]  # (system, rule) → cards
    examples: list[CardExample]
    log: Report


def read_summary(connection: Connection) -> Summary:
    """Read the summary in one snapshot."""
    packages = {
        (row.system, row.state): row.n
        for row in connection.execute(
            select(package.c.system, package.c.state, func.count().label("n"))
            .group_by(package.c.system, package.c.state)
            .order_by(package.c.system, package.c.state)
        )
    }
    sums = [func.sum(package.c[name]).label(name) for name in OUTCOMES]
    outcomes = {
        (row.system, name): int(getattr(row, name) or 0)
        for row in connection.execute(select(package.c.system, *sums).group_by(package.c.system))
        for name in OUTCOMES
    }
    arrivals = connection.scalar(select(func.count()).select_from(arrival)) or 0
    return Summary(
        packages=packages,
        outcomes=outcomes,
        cases=_cases(connection),
        repeated=arrivals - sum(packages.values()),
        refused_cases=_refused_cases(connection),
        refused_packages=_refused_packages(connection),
        cards=_cards(connection),
        examples=_examples(connection),
        log=verify_database(connection),
    )


def _refused_cases(connection: Connection) -> list[Reason]:
    times = func.count().label("n")
    counted = connection.execute(
        select(package.c.system, rejection.c.code, times)
        .join(package, package.c.id == rejection.c.package)
        .where(rejection.c.severity == "error")
        .group_by(package.c.system, rejection.c.code)
        .order_by(package.c.system, times.desc(), rejection.c.code)
    ).all()
    return [
        Reason(row.system, row.code, row.n, *_example(connection, row.system, row.code)) for row in counted
    ]


def _example(connection: Connection, system: str, code: str) -> tuple[str, str]:
    row = connection.execute(
        select(rejection)
        .join(package, package.c.id == rejection.c.package)
        .where(package.c.system == system, rejection.c.code == code)
        .order_by(rejection.c.package, rejection.c.ordinal, rejection.c.number)
        .limit(1)
    ).one()
    texts = describe(code, row.field, masked(row.field, row.value), json.loads(row.params))
    return texts.message_zh, texts.message_en


def _refused_packages(connection: Connection) -> list[Reason]:
    rows = connection.execute(
        select(package.c.system, package.c.refusal_code, package.c.refusal)
        .where(package.c.state == "refused")
        .order_by(package.c.id)
    ).all()
    found: dict[tuple[str, str], Reason] = {}
    for row in rows:
        texts = describe(row.refusal_code, params=json.loads(row.refusal or "{}").get("params", {}))
        key = (row.system, row.refusal_code)
        count = found[key].count + 1 if key in found else 1
        found[key] = Reason(*key, count, texts.message_zh, texts.message_en)
    return sorted(found.values(), key=lambda reason: (reason.system, -reason.count, reason.code))


def _cases(connection: Connection) -> dict[tuple[str, str], int]:
    rows = connection.execute(
        select(case_head.c.system, case_head.c.state, func.count().label("n")).group_by(
            case_head.c.system, case_head.c.state
        )
    )
    return {(row.system, row.state): row.n for row in rows}


def _cards(connection: Connection) -> dict[tuple[str, str], int]:
    rows = connection.execute(
        select(card.c.system, card.c.rule, func.count().label("n"))
        .where(card.c.state != WITHDRAWN)
        .group_by(card.c.system, card.c.rule)
    )
    return {(row.system, row.rule): row.n for row in rows}


def _examples(connection: Connection) -> list[CardExample]:
    firsts = (
        select(func.min(card.c.card_id)).where(card.c.state != WITHDRAWN).group_by(card.c.system, card.c.rule)
    )
    rows = connection.execute(
        select(card).where(card.c.card_id.in_(firsts)).order_by(card.c.level.desc(), card.c.card_id).limit(9)
    )
    return [
        CardExample(
            row.case_no,
            row.rule,
            row.level,
            row.org_name or "-",
            row.used_days,
            row.limit_days,
            row.unit or "",
        )
        for row in rows
    ]


def print_summary(console: Console, summary: Summary) -> None:
    """The summary as tables; nothing read from data is taken for markup."""
    systems = sorted({system for system, _ in summary.packages})
    _print_packages(console, summary, systems)
    _print_cases(console, summary, systems)
    title = "拒收的主要原因 · Why cases, rows and messages were refused"
    _print_reasons(console, title, summary.refused_cases)
    _print_reasons(console, "整包拒收 · Packages refused as a whole", summary.refused_packages)
    _print_cards(console, summary)
    _print_log(console, summary.log)


def _print_packages(console: Console, summary: Summary, systems: list[str]) -> None:
    """What came in: outcomes are of cases, or of rows and messages where cases come in pieces."""
    came = _table("来报 · What came in", "", *systems)
    totals = [sum(n for (owner, _), n in summary.packages.items() if owner == each) for each in systems]
    came.add_row("报文包 packages", *map(str, totals))
    came.add_row(
        "其中整包拒收 of them refused", *(str(summary.packages.get((each, "refused"), 0)) for each in systems)
    )
    for name in OUTCOMES:
        counts = (str(summary.outcomes[each, name]) for each in systems)
        came.add_row(f"{OUTCOME_ZH[name]} {name}", *counts)
    console.print(came)
    console.print(f"同一报文包重复送达 · the same package sent again: {summary.repeated}\n")


def _print_cases(console: Console, summary: Summary, systems: list[str]) -> None:
    """The cases as they stand, and the cards that were raised in them."""
    table = _table("办件与牌 · Cases and cards", "", *systems)
    for state, zh in STATE_ZH.items():
        table.add_row(f"{zh} {state}", *(str(summary.cases.get((each, state), 0)) for each in systems))
    for rule, zh in RULES.items():
        table.add_row(f"{zh} {rule}", *(str(summary.cards.get((each, rule), 0)) for each in systems))
    others = (
        sum(n for (owner, rule), n in summary.cards.items() if owner == each and rule not in RULES)
        for each in systems
    )
    table.add_row("其他规则的牌 of other rules", *map(str, others))
    console.print(table)
    console.print()


def _print_reasons(console: Console, title: str, reasons: list[Reason]) -> None:
    """The most frequent reasons of each department with an example, the others by their codes."""
    console.print(title, style="bold")
    for system, group in groupby(reasons, key=lambda reason: reason.system):
        own = list(group)
        console.print(escape(system))
        for reason in own[:TOP]:
            console.print(f"  {reason.code} × {reason.count}", highlight=False)
            for text in (reason.zh, reason.en):
                console.print(Padding(escape(text), (0, 0, 0, 6)), overflow="fold", highlight=False)
        if more := own[TOP:]:
            codes = "  ".join(f"{reason.code} × {reason.count}" for reason in more)
            console.print(Padding(escape(f"其余 others: {codes}"), (0, 0, 0, 2)), highlight=False)
    console.print()


def _print_cards(console: Console, summary: Summary) -> None:
    console.print("牌例（已用/时限）· Some of the cards (used/limit)", style="bold")
    for each in summary.examples:
        parts = [LEVEL[each.level], f"{each.rule:4}", each.case_no, each.org]
        if each.used is not None and each.limit:
            parts.append(f"{each.used:g}/{each.limit:g} {each.unit}")
        console.print(escape("  ".join(parts)), highlight=False)
    console.print()


def _print_log(console: Console, log: Report) -> None:
    if log.ok:
        console.print(f"日志校验通过 · log verified: {log.entries} entries, {log.chains} chains")
    else:
        console.print(f"[bold red]日志校验不通过 · log broken[/]: {escape(str(log.first_break))}")


def print_differences(console: Console, found: list[Difference]) -> None:
    """Whether everything equals the simulator's truth, and where not."""
    if not found:
        console.print(
            "与模拟真值逐包、逐件、逐牌一致 · every package, case and card equals the simulator's truth"
        )
        return
    console.print(f"与真值不符 · differs from the truth: {len(found)}", style="bold")
    for each in found[:40]:
        console.print(escape(each.where), highlight=False)
        console.print(
            escape(f"  应为 expected: {each.expected}\n  实为 found: {each.found}"), highlight=False
        )


def _table(title: str, *columns: str) -> Table:
    """The first column holds names, the others counts, right-justified."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for at, column in enumerate(columns):
        table.add_column(column, overflow="fold", justify="right" if at else "left")
    return table
