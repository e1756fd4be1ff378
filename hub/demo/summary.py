"""What came in, what was refused and why, which cards were raised: read from the database and printed in two languages."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import groupby

from rich.console import Console
from rich.markup import escape
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
    "rejected": "退回",
    "duplicate": "重复",
    "stale": "过时",
    "conflict": "冲突",
    "pending": "待补",
}
LEVEL = {1: "预警 warning", 2: "黄牌 yellow", 3: "红牌 red"}
STATE_ZH = {"current": "成件", "pending": "待补", "deleted": "作废"}
RULES = {"T1": "预警 T1", "T2": "黄牌 T2", "T3": "红牌 T3"}
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
    due_on: str


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
            row.due_on.isoformat() if row.due_on else "-",
        )
        for row in rows
    ]


def print_summary(console: Console, summary: Summary) -> None:
    """The summary as tables; nothing read from data is taken for markup."""
    systems = sorted({system for system, _ in summary.packages})
    _print_packages(console, summary, systems)
    _print_cases(console, summary, systems)
    title = "退回的主要原因 · Why cases, rows and messages were refused"
    _print_reasons(console, title, summary.refused_cases)
    _print_reasons(console, "整包退回 · Packages refused as a whole", summary.refused_packages)
    _print_cards(console, summary)
    _print_log(console, summary.log)


def _print_packages(console: Console, summary: Summary, systems: list[str]) -> None:
    """What came in: outcomes are of cases, or of rows and messages where cases come in pieces."""
    came = _table("来报 · What came in", "系统 · system", "报文包 · packages", "退回包 · refused")
    for name in OUTCOMES:
        came.add_column(f"{OUTCOME_ZH[name]} · {name}", justify="right")
    for system in systems:
        total = sum(n for (owner, _), n in summary.packages.items() if owner == system)
        refused = summary.packages.get((system, "refused"), 0)
        counts = (str(summary.outcomes[system, name]) for name in OUTCOMES)
        came.add_row(system, str(total), str(refused), *counts)
    console.print(came)
    console.print(f"同一报文包重复送达 · the same package sent again: {summary.repeated}\n")


def _print_cases(console: Console, summary: Summary, systems: list[str]) -> None:
    """The cases as they stand, and the cards that were raised in them."""
    headings = [f"{zh} · {state}" for state, zh in STATE_ZH.items()] + list(RULES.values())
    table = _table("办件与牌 · Cases and cards", "系统 · system", *headings)
    for system in systems:
        states = (str(summary.cases.get((system, state), 0)) for state in STATE_ZH)
        cards = (str(summary.cards.get((system, rule), 0)) for rule in RULES)
        table.add_row(system, *states, *cards)
    console.print(table)
    console.print()


def _print_reasons(console: Console, title: str, reasons: list[Reason]) -> None:
    """The most frequent reasons of each department, the others by their codes."""
    table = _table(title, "系统 · system", "代码 · code", "次 · times", "例 · example")
    rest: list[str] = []
    for system, group in groupby(reasons, key=lambda reason: reason.system):
        own = list(group)
        for place, reason in enumerate(own[:TOP]):
            example = escape(f"{reason.zh}\n{reason.en}")
            table.add_row("" if place else system, reason.code, str(reason.count), example)
        if more := own[TOP:]:
            codes = " ".join(f"{reason.code} {reason.count}" for reason in more)
            rest.append(f"其余 · others, {system}: {codes}")
    console.print(table)
    for line in rest:
        console.print(escape(line), soft_wrap=True)
    console.print()


def _print_cards(console: Console, summary: Summary) -> None:
    table = _table(
        "牌例 · Some of the cards",
        "规则 · rule",
        "级别 · level",
        "办件 · case",
        "部门 · organisation",
        "已用/时限 · used/limit",
        "截止 · due",
    )
    for each in summary.examples:
        used = f"{each.used:g}/{each.limit:g} {each.unit}" if each.used is not None and each.limit else "-"
        table.add_row(each.rule, LEVEL[each.level], escape(each.case_no), escape(each.org), used, each.due_on)
    console.print(table)
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
    table = _table(
        f"与真值不符 · differs from the truth: {len(found)}", "处 · where", "应为 · expected", "实为 · found"
    )
    for each in found[:40]:
        table.add_row(escape(each.where), escape(each.expected), escape(each.found))
    console.print(table)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
