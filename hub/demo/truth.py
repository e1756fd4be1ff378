"""Compares what the hub holds with what the simulator says must have become of every package, case and limit."""

from __future__ import annotations

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, or_, select

from hub.central.tables.business import card, card_event
from hub.central.tables.exchange import arrival, case_head, case_outcome, log_head, package

WITHDRAWN = "撤销"
ABOUT_WHAT_WAS_SENT = or_(card.c.unit_key.is_(None), card.c.unit_key.not_like("complaint %"))
"""Not the cards about complaints, which have a truth of their own."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it must be."""

    where: str
    expected: str
    found: str


def differences(connection: Connection, truth: Mapping[str, Any]) -> list[Difference]:
    """All differences of one system; empty when everything equals the truth."""
    if "pieces" in truth:
        return [*_refusals(connection, truth), *_pieces(connection, truth), *_states(connection, truth),
                *_unanswered(connection, truth), *_cards(connection, truth)]  # fmt: skip
    return [*_packages(connection, truth), *_arrivals(connection, truth), *_cards(connection, truth)]


def _packages(connection: Connection, truth: Mapping[str, Any]) -> list[Difference]:
    system = truth["system"]
    rows = connection.execute(select(package).where(package.c.system == system)).all()
    held = {row.digest: row for row in rows}
    found: list[Difference] = []
    for expected in truth["packages"]:
        where = f"{system}/{expected['file']}"
        row = held.pop(expected["digest"], None)
        if row is None:
            found.append(Difference(where, expected["state"], "-"))
            continue
        wanted = (expected["state"], expected["code"])
        if (row.state, row.refusal_code) != wanted:
            found.append(Difference(where, _words(*wanted), _words(row.state, row.refusal_code)))
        if expected["state"] == "closed" and row.package_id != expected["package_id"]:
            found.append(Difference(where, expected["package_id"], str(row.package_id)))
        found += _cases(connection, where, row.id, expected["cases"])
    found += [Difference(f"{system}/{row.origin}", "-", row.state) for row in held.values()]
    return found


def _cases(
    connection: Connection, where: str, package_id: int, cases: list[dict[str, Any]]
) -> list[Difference]:
    rows = connection.execute(
        select(case_outcome).where(case_outcome.c.package == package_id).order_by(case_outcome.c.ordinal)
    ).all()
    wanted = [(case["case_no"], case["outcome"], ",".join(sorted(case["codes"]))) for case in cases]
    # A case number that could not be read is no part of what the hub knows; the position says which case it is.
    seen = [(row.case_no, row.outcome, row.codes) for row in rows]
    found = [
        Difference(f"{where} {expected[0]}", _words(*expected[1:]), _words(*got[1:]))
        for expected, got in zip(wanted, seen, strict=False)
        if expected[1:] != got[1:] or got[0] not in (None, expected[0])
    ]
    if len(wanted) != len(seen):
        found.append(Difference(where, f"{len(wanted)} cases", f"{len(seen)} cases"))
    return found


def _arrivals(connection: Connection, truth: Mapping[str, Any]) -> list[Difference]:
    """Every file that was sent must have been answered, also one that came a second time under another name."""
    rows = connection.execute(
        select(arrival.c.origin, arrival.c.answered_at)
        .join(package, package.c.id == arrival.c.package)
        .where(package.c.system == truth["system"])
    )
    answered = {row.origin for row in rows if row.answered_at is not None}
    sent = [entry["file"] for entry in (*truth["packages"], *truth["repeats"])]
    return [Difference(f"{truth['system']}/{file}", "receipt", "-") for file in sent if file not in answered]


def _refusals(connection: Connection, truth: Mapping[str, Any]) -> list[Difference]:
    """Packages refused as a whole, by their bytes; packages of rows are cut by the hub and never refused."""
    system = truth["system"]
    rows = connection.execute(
        select(package.c.digest, package.c.refusal_code).where(
            package.c.system == system, package.c.state == "refused"
        )
    )
    held = {row.digest: row.refusal_code for row in rows}
    wanted = {each["digest"]: each for each in truth["packages"] if each["state"] == "refused"}
    found = [
        Difference(f"{system}/{each['file']}", f"refused {each['code']}", str(held.get(digest)))
        for digest, each in wanted.items()
        if held.get(digest) != each["code"]
    ]
    more = sorted(held.keys() - wanted.keys())
    return found + [Difference(f"{system}/{digest}", "-", f"refused {held[digest]}") for digest in more]


def _pieces(connection: Connection, truth: Mapping[str, Any]) -> list[Difference]:
    """Every row and message in the order in which they came, whatever packages they travelled in."""
    system = truth["system"]
    rows = connection.execute(
        select(case_outcome)
        .join(package, package.c.id == case_outcome.c.package)
        .where(package.c.system == system)
        .order_by(package.c.id, case_outcome.c.ordinal)
    ).all()
    wanted = [(each["case_no"], each["outcome"], ",".join(sorted(each["codes"]))) for each in truth["pieces"]]
    found = []
    for place, expected, row in zip(truth["pieces"], wanted, rows, strict=False):
        if expected[1:] != (row.outcome, row.codes) or row.case_no not in (None, expected[0]):
            name = place.get("table") or f"LX={place['message']}"
            where = f"{system}/{expected[0]} {name}/{place['key']}"
            seen = (row.outcome, row.codes, "" if row.case_no in (None, expected[0]) else row.case_no)
            found.append(Difference(where, _words(*expected[1:]), _words(*seen)))
    if len(rows) != len(wanted):
        found.append(Difference(system, f"{len(wanted)} pieces", f"{len(rows)}"))
    return found


def _states(connection: Connection, truth: Mapping[str, Any]) -> list[Difference]:
    system = truth["system"]
    rows = connection.execute(
        select(case_head.c.case_no, case_head.c.state).where(case_head.c.system == system)
    )
    held = {row.case_no: row.state for row in rows}
    wanted = {each["case_no"]: each["state"] for each in truth["cases"]}
    return [
        Difference(f"{system}/{case_no}", wanted.get(case_no, "-"), held.get(case_no, "-"))
        for case_no in sorted(wanted | held)
        if wanted.get(case_no) != held.get(case_no)
    ]


def _unanswered(connection: Connection, truth: Mapping[str, Any]) -> list[Difference]:
    """Every package has been answered; a source without file names gives its own names to what it sends."""
    rows = connection.execute(
        select(arrival.c.origin)
        .join(package, package.c.id == arrival.c.package)
        .where(package.c.system == truth["system"], arrival.c.answered_at.is_(None))
    )
    return [Difference(f"{truth['system']}/{row.origin}", "receipt", "-") for row in rows]


def _cards(connection: Connection, truth: Mapping[str, Any]) -> list[Difference]:
    rows = connection.execute(
        select(card.c.case_no, card.c.subject, card.c.rule, card.c.level).where(
            card.c.system == truth["system"], card.c.state != WITHDRAWN, ABOUT_WHAT_WAS_SENT
        )
    )
    # What is not about one case is named by its subject.
    seen = Counter((row.case_no or row.subject or "", row.rule, row.level) for row in rows)
    wanted = Counter(
        (each["case_no"] or each["subject"], each["rule"], each["level"]) for each in truth["cards"]
    )
    return [
        Difference(f"{truth['system']}/{key[0]} {key[1]}", f"{wanted[key]} card(s)", f"{seen[key]}")
        for key in sorted(wanted | seen)
        if wanted[key] != seen[key]
    ]


def _words(*parts: str | None) -> str:
    return " ".join(part for part in parts if part)


def fingerprint(connection: Connection, receipts: list[Path], exchange: Path) -> str:
    """One digest of everything that a run could change: packages, outcomes, cases, cards, the log, delivered receipts.

    `exchange` is the department's exchange database: its flags and the rows written back belong to it.
    """
    state = hashlib.sha256()
    queries = (
        select(package).order_by(package.c.id),
        select(arrival).order_by(arrival.c.id),
        select(case_outcome).order_by(case_outcome.c.package, case_outcome.c.ordinal),
        select(case_head).order_by(case_head.c.id),
        select(card).order_by(card.c.card_id),
        select(card_event).order_by(card_event.c.card_id, card_event.c.number),
        select(log_head).order_by(log_head.c.chain),
    )
    for query in queries:
        for row in connection.execute(query):
            state.update(repr(tuple(row)).encode())
    for folder in receipts:
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if path.is_file():
                state.update(path.name.encode("utf-8", "surrogateescape") + path.read_bytes())
    if exchange.is_file():
        with closing(sqlite3.connect(f"{exchange.absolute().as_uri()}?mode=ro", uri=True)) as database:
            for statement in database.iterdump():
                state.update(statement.encode())
    return state.hexdigest()
