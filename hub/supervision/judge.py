"""Judges rules of the library for a set of cases, each as of an instant of its own, in set-based SQL.

Nothing here holds cases in memory: the findings stay in temporary tables of the connection, named by a prefix, for
whoever acts on them, and are dropped by `forget`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection, Date, text

from hub.supervision import windows
from hub.supervision.narrowed import ALL_AT_ONCE, suit
from hub.supervision.scopes import supervised_systems
from hub.supervision.step import Delivers, Judging, Step, parameters_of
from hub.supervision.temporary import analyze, bound, drop, renew

__all__ = [
    "AsOf", "Counts", "Delivers", "Judging", "all_cases", "analyze", "bound", "counts", "drop", "find", "forget", "judge", "judge_units",
    "prepare", "scope_table", "watch",
]  # fmt: skip

TABLES = (
    "base", "barred", "finding", "watch", "step", "extended", "case", "limit", "pause", "island", "extension", "walk", "reach", "verdict",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class AsOf:
    """What is known: events before the instant `at` (µs, exclusive), day-precise ones up to and with `day`."""

    at: int
    day: date


@dataclass(frozen=True, slots=True)
class Counts:
    """Per rule: how many cases were judged, and how many were not, by reason."""

    judged: Mapping[str, int]
    not_judged: Mapping[str, Mapping[str, int]]


def scope_table(connection: Connection, prefix: str) -> None:
    """Make `<prefix>scope`, empty: the caller fills it with what is to be judged.

    `only_rule` null: by every rule; else by this one alone, as the review of a card wants it.
    """
    renew(
        connection,
        f"{prefix}scope",
        f"CREATE TEMPORARY TABLE {prefix}scope (scope_id BIGINT NOT NULL PRIMARY KEY, case_id BIGINT NOT NULL,"
        " as_of_at BIGINT NOT NULL, as_of_day DATE NOT NULL, only_rule VARCHAR(20))",
    )


def all_cases(connection: Connection, prefix: str, as_of: AsOf) -> None:
    """`<prefix>scope` with every case, as of one instant; scope_id is the case_id."""
    scope_table(connection, prefix)
    connection.execute(
        bound(
            f"INSERT INTO {prefix}scope SELECT id, id, :as_of_at, :as_of_day, NULL FROM case_head",
            {"as_of_at": as_of.at, "as_of_day": as_of.day},
        )
    )


def judge(connection: Connection, prefix: str, judging: Judging, codes: Sequence[str]) -> None:
    """Fill `<prefix>base` and `<prefix>finding` for `<prefix>scope` by the case rules `codes`, provisional ones marked."""
    prepare(connection, prefix, judging)
    find(connection, prefix, judging, codes)


def prepare(
    connection: Connection, prefix: str, judging: Judging, *, strict: bool = False, every: bool = False
) -> None:
    """Fill `<prefix>base` with the supervised cases of the scope, and walk out their limits.

    With `every` all limits, also those that no rule could find anything about: for statistics.
    """
    suit(connection)
    analyze(connection, f"{prefix}scope")
    supervised_systems(connection, prefix)
    step = Step.of(connection, prefix, judging, strict=strict, every=every)
    for table in TABLES:
        step.make(table)
    step.run("fill base")
    for name in (
        "fill step", "fill extended", "fill case", "fill pause by special procedures", "fill pause by corrections", "fill island", "fill limit",
        "fill extension", "fill walk by limits",
    ):  # fmt: skip
        step.run(name)
    step.run("fill reach", least_k=0, greatest_k=0)
    step.run("fill walk by extensions")
    step.run("fill reach", least_k=1, greatest_k=2**31 - 1)
    step.run("fill verdict")


def find(
    connection: Connection, prefix: str, judging: Judging, codes: Sequence[str], *, strict: bool = False
) -> None:
    """Add to `<prefix>finding` what the case rules `codes` find.

    What touches days of unpublished years is judged a second time with those as rest days (tables `<prefix>strict_…`).
    """
    step = Step.of(connection, prefix, judging, strict=strict)
    for code in codes:
        step.find(judging.rules[code])
    analyze(connection, f"{prefix}finding")
    if strict or not codes:
        return
    listed = ", ".join(f"'{code}'" for code in codes)
    narrowed = f"{prefix}strict_"
    scope_table(connection, narrowed)
    touching = step.written("touching unpublished days", codes=listed)
    if connection.execute(text(f"INSERT INTO {narrowed}scope {touching}")).rowcount > 0:
        prepare(connection, narrowed, judging, strict=True)
        find(connection, narrowed, judging, codes, strict=True)
        connection.execute(text(step.written("mark provisional", strict=narrowed, codes=listed)))


def counts(connection: Connection, prefix: str, judging: Judging, codes: Sequence[str]) -> Counts:
    """How many cases of the scope each rule judged, and why it did not judge the others. Call it once after `prepare`."""
    step = Step.of(connection, prefix, judging)
    step.run("fill barred")
    tally = step.tally()
    judged: dict[str, int] = {}
    not_judged: dict[str, dict[str, int]] = {}
    for code in codes:
        judged[code], not_judged[code] = step.counted(judging.rules[code], tally)
    return Counts(judged, not_judged)


def tell(connection: Connection, prefixes: Sequence[str], judging: Judging, codes: Sequence[str]) -> str:
    """What the rules over windows among `codes` read, once for the units of all these prefixes; returns whose it is."""
    suit(connection, ALL_AT_ONCE)
    steps = []
    for prefix in prefixes:
        supervised_systems(connection, prefix)
        steps.append(Step.of(connection, prefix, judging))
    windows.tell(steps, [judging.rules[code] for code in codes if judging.rules[code].declared.window])
    return prefixes[0]


def judge_units(
    connection: Connection,
    prefix: str,
    judging: Judging,
    codes: Sequence[str],
    at_hand: str = "",
    looked: windows.Looked | None = None,
    told: str = "",
) -> Counts:
    """Fill `<prefix>finding` by rules that are not about one case, for the units in `<prefix>unit`; how many were judged.

    `at_hand` is a join that leaves of the cases `a` those that could have changed; a review looks at all of them.
    `looked` is called for each rule over windows while the cases that it looked at are there to be read. `told` is what `tell` returned;
    without it the cases of the windows are looked up here.
    """
    suit(connection, ALL_AT_ONCE)
    supervised_systems(connection, prefix)
    step = replace(Step.of(connection, prefix, judging), at_hand=at_hand)
    step.make("finding")
    judged: dict[str, int] = {}
    not_judged: dict[str, dict[str, int]] = {}
    nothing = connection.execute(text(f"SELECT 1 FROM {prefix}unit LIMIT 1")).first() is None
    over_windows = [judging.rules[code] for code in codes if judging.rules[code].declared.window]
    windowed = not nothing and bool(over_windows)
    if windowed:
        told = told or tell(connection, [prefix], judging, codes)
        step = replace(step, values={**step.values, "told": f"{told}told"})
        windowed = windows.prepare(step, over_windows)
    for code in codes if not nothing else ():
        rule = judging.rules[code]
        if rule.declared.window:
            if not windowed:
                continue
            if rule.active:
                windows.look(step, rule)
        step.find(rule)
        judged[code], not_judged[code] = step.counted_units(rule)
        if rule.declared.window and rule.active:
            windows.sample(step, rule)
            if looked is not None:
                looked(
                    rule,
                    windows.NotJudged(
                        step.expanded(rule.declared.statement("not judged") or "", rule), parameters_of(rule)
                    ),
                )
    analyze(connection, f"{prefix}finding")
    return Counts(judged, not_judged)


def watch(connection: Connection, prefix: str, judging: Judging, codes: Sequence[str]) -> None:
    """Fill `<prefix>watch`: on which days verdicts could change by the passing of time alone."""
    step = Step.of(connection, prefix, judging)
    earliest = text(f"SELECT MIN(as_of_at) AS at, MIN(as_of_day) AS day FROM {prefix}base").columns(
        day=Date()
    )
    at, day = connection.execute(earliest).one()
    if at is None:
        return
    step.run("watch unknown", from_at=at, from_day=day)
    for code in codes:
        rule = judging.rules[code]
        if (sql := rule.declared.statement("watch")) is not None:
            query = step.expanded(sql, rule)
            step.execute(
                f"INSERT INTO {prefix}watch SELECT q.scope_id, q.watch_n FROM ({query}) q WHERE q.watch_n IS NOT NULL",
                rule,
                "watch",
            )


def forget(connection: Connection, prefix: str) -> None:
    """Drop the temporary tables of a judgement."""
    for table in (*TABLES, *windows.TABLES, "system", "scope"):
        drop(connection, f"{prefix}{table}")
        drop(connection, f"{prefix}strict_{table}")
