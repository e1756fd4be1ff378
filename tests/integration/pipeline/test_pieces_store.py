"""Pieces of a case in the central database: judged by key, assembled anew, the same whatever their order and batches."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import random
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select

from hub.central.engine import reading, writing
from hub.central.heads import known_numbers
from hub.central.piece_cases import settle
from hub.central.piece_rows import Held
from hub.central.pieces import PieceBatch, store_pieces
from hub.central.tables import exchange
from hub.shapes import Assembled, Order, Piece, Rejection, Violation, piece_digest

SYSTEM = "bureau"
KEYS = [("apply", ""), ("step", "s1"), ("step", "s2"), ("notice", "n1"), ("receipt", "r1")]


def piece(
    kind: str,
    key: str,
    version: int,
    content: str,
    operation: str = "U",
    case_no: str = "C1",
    *,
    basis: int = 2,
) -> Piece:
    part = json.dumps({"text": content}, separators=(",", ":"))
    digest = piece_digest(operation, part)
    return Piece(
        0, case_no, kind, key, Order(basis, version), operation, digest, digest, part, 7, b"<raw/>", kind == "apply",
        f"/{kind}/{key}",
    )  # fmt: skip


def assemble(held: Sequence[Held | Piece]) -> Assembled:
    """A case needs its application; a receipt waits for a notice."""
    there = {(each.kind, each.source_key): each for each in held if each.operation == "U"}
    waiting = frozenset() if ("notice", "n1") in there else frozenset(k for k in there if k[0] == "receipt")
    text = json.dumps([(*key, each.part) for key, each in sorted(there.items()) if key not in waiting])
    digest = hashlib.sha256(text.encode()).hexdigest()
    if any(each.root and each.operation == "D" for each in held):
        return Assembled("deleted", digest)
    if ("apply", "") not in there:
        return Assembled("pending", digest, missing=("Application",))
    return Assembled("current", digest, waiting=waiting)


class Department:
    """Sends packages of pieces, one batch each."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.sent = engine, 0
        self.last: list[Piece | Rejection] = []

    def send(self, *items: Piece | Rejection) -> list[str]:
        """One package; what became of each."""
        self.new_package()
        self.last = [dataclasses.replace(item, ordinal=n) for n, item in enumerate(items, 1)]
        self.store(self.batch())
        return self.outcomes()

    def new_package(self) -> None:
        """A package that is being processed."""
        self.sent += 1
        with writing(self.engine) as connection:
            values = {"system": SYSTEM, "digest": f"{self.sent:064x}", "origin": "x", "size": 1, "received_at": self.sent,
                      "state": "processing"}  # fmt: skip
            self.package = connection.execute(
                insert(exchange.package).values(values).returning(exchange.package.c.id)
            ).scalar_one()

    def pieces(self) -> list[Piece]:
        """The pieces that were sent last."""
        return [item for item in self.last if isinstance(item, Piece)]

    def batch(self) -> PieceBatch:
        """What was sent last, as it is read: cases that nobody knows are settled."""
        cases: dict[str, list[Piece]] = defaultdict(list)
        refused = [item for item in self.last if isinstance(item, Rejection)]
        for item in self.pieces():
            cases[item.case_no].append(item)
        with reading(self.engine) as connection:
            known = known_numbers(connection, SYSTEM, list(cases))
        return PieceBatch(
            self.package, SYSTEM, "f" * 64,
            [settle(number, pieces, assemble) for number, pieces in cases.items() if number not in known],
            {number: pieces for number, pieces in cases.items() if number in known},
            refused, 1000 + self.sent, assemble, lambda number: cases[number],
        )  # fmt: skip

    def store(self, batch: PieceBatch) -> None:
        with writing(self.engine) as connection:
            store_pieces(connection, batch)

    def entries(self, case_no: str = "C1") -> list[list[Any]]:
        """Everything that is kept of a case's pieces, in the order of its packages."""
        head, kept = exchange.case_head, exchange.case_pieces
        with reading(self.engine) as connection:
            rows = connection.execute(
                select(kept.c.body)
                .join(head, head.c.id == kept.c.case_id)
                .where(head.c.case_no == case_no)
                .order_by(kept.c.package)
            )
            return [entry for body in rows.scalars() for entry in json.loads(body)]

    def outcomes(self) -> list[str]:
        table = exchange.case_outcome
        with reading(self.engine) as connection:
            rows = connection.execute(
                select(table.c.outcome).where(table.c.package == self.package).order_by(table.c.ordinal)
            )
            return list(rows.scalars())

    def head(self, case_no: str = "C1") -> tuple[str, int, str]:
        table = exchange.case_head
        with reading(self.engine) as connection:
            row = connection.execute(select(table).where(table.c.case_no == case_no)).one()
        return row.state, row.version, row.digest

    def waiting(self) -> list[tuple[list[str], list[list[str]], int]]:
        with reading(self.engine) as connection:
            rows = connection.execute(select(exchange.waiting_case))
            return [(json.loads(r.missing), json.loads(r.pieces), r.since_at) for r in rows]

    def count(self, table: str) -> int:
        with reading(self.engine) as connection:
            return len(connection.execute(select(exchange.metadata.tables[table])).all())


@pytest.fixture
def department(any_engine: Engine) -> Department:
    return Department(any_engine)


def test_a_step_before_its_application_is_pending_and_the_case_says_what_it_waits_for(
    department: Department,
) -> None:
    assert department.send(piece("step", "s1", 1, "a")) == ["pending"]
    assert department.head()[:2] == ("pending", 1)
    assert department.waiting() == [(["Application"], [], 1001)]
    assert department.send(piece("apply", "", 1, "b")) == ["accepted"]
    assert department.head()[:2] == ("current", 2)
    assert department.waiting() == []


def test_what_waits_keeps_the_day_since_when_it_waits(department: Department) -> None:
    department.send(piece("step", "s1", 1, "a"))
    department.send(piece("step", "s2", 1, "a"))
    assert department.waiting() == [(["Application"], [], 1001)]


def test_a_receipt_before_its_notice_waits_while_the_case_goes_on(department: Department) -> None:
    assert department.send(piece("apply", "", 1, "a"), piece("receipt", "r1", 1, "b")) == [
        "accepted",
        "pending",
    ]
    assert department.head()[:2] == ("current", 1)
    assert department.waiting() == [([], [["receipt", "r1"]], 1001)]
    assert department.send(piece("notice", "n1", 1, "c")) == ["accepted"]
    assert (department.head()[1], department.waiting()) == (2, [])


def test_each_key_has_its_own_duplicates_conflicts_and_stale_ones(department: Department) -> None:
    department.send(piece("apply", "", 1, "a"), piece("step", "s1", 3, "a"), piece("step", "s2", 1, "a"))
    assert department.send(
        piece("step", "s1", 3, "a"), piece("step", "s1", 3, "other"), piece("step", "s1", 2, "old"),
        piece("step", "s2", 2, "new"),
    ) == ["duplicate", "conflict", "stale", "accepted"]  # fmt: skip
    assert department.head()[:2] == ("current", 2)
    assert department.send(piece("step", "s1", 2, "old")) == ["duplicate"]
    assert department.count("quarantine") == 1


def test_what_was_overtaken_is_still_known_when_it_is_said_again(department: Department) -> None:
    department.send(piece("apply", "", 1, "a"), piece("step", "s1", 1, "one"))
    department.send(piece("step", "s1", 2, "two"), piece("step", "s1", 3, "three"))
    assert [entry[3] for entry in department.entries() if entry[1] == "s1"] == [1, 2, 3]
    again = [piece("step", "s1", 1, "one"), piece("step", "s1", 2, "two"), piece("step", "s1", 3, "three")]
    assert department.send(*again) == ["duplicate"] * 3
    assert (
        department.send(piece("step", "s1", 1, "other"), piece("step", "s1", 2, "other")) == ["conflict"] * 2
    )
    assert len(department.entries()) == 4


def test_a_piece_that_only_its_packages_order_is_known_under_the_first_of_them(
    department: Department,
) -> None:
    department.send(piece("apply", "", 1, "a", basis=0))
    assert department.send(piece("apply", "", 2, "a", basis=0)) == ["duplicate"]
    assert department.send(piece("apply", "", 3, "b", basis=0)) == ["accepted"]
    assert department.send(piece("apply", "", 1, "a", basis=0)) == ["duplicate"]
    assert department.head()[:2] == ("current", 2)


def test_one_key_may_be_said_several_times_in_one_package(department: Department) -> None:
    said = [piece("apply", "", version, f"v{version}") for version in (2, 1, 3, 3)]
    assert department.send(*said) == ["accepted", "stale", "accepted", "duplicate"]
    assert department.head()[:2] == ("current", 1)
    assert [entry[3] for entry in department.entries()] == [2, 1, 3]


def test_a_withdrawn_root_is_a_tombstone_and_a_withdrawn_piece_only_goes_out_of_the_case(
    department: Department,
) -> None:
    department.send(piece("apply", "", 1, "a"), piece("step", "s1", 1, "b"))
    whole = department.head()[2]
    department.send(piece("step", "s2", 1, "c"))
    department.send(piece("step", "s2", 2, "", "D"))
    assert department.head() == ("current", 3, whole)
    department.send(piece("apply", "", 2, "a", "D"))
    assert department.head()[:2] == ("deleted", 4)


def test_a_refused_piece_takes_no_key_and_its_neighbours_go_on(department: Department) -> None:
    refused = Rejection(0, "C1", 3, (Violation("CODE_UNKNOWN", field="Step.Action"),), b"{}")
    assert department.send(piece("apply", "", 1, "a"), refused, piece("step", "s1", 1, "b")) == [
        "accepted", "rejected", "accepted",
    ]  # fmt: skip
    assert len(department.entries()) == 2


def test_a_batch_that_is_repeated_tells_the_first_result(department: Department) -> None:
    first = department.send(piece("step", "s1", 1, "a"), piece("apply", "", 1, "b"))
    tables = ("case_pieces", "case_outcome", "case_version")
    before = [department.count(name) for name in tables]
    department.store(department.batch())
    assert department.outcomes() == first
    assert [department.count(name) for name in tables] == before


def test_a_case_that_became_known_while_it_was_read_is_judged_against_what_is_known(
    department: Department,
) -> None:
    department.send(piece("step", "s1", 1, "a"))
    said = [piece("apply", "", 1, "b"), piece("step", "s1", 1, "other")]
    department.new_package()
    department.last = [dataclasses.replace(item, ordinal=n) for n, item in enumerate(said, 1)]
    late = dataclasses.replace(
        department.batch(), settled=[settle("C1", department.pieces(), assemble)], pieces={}
    )
    department.store(late)
    assert department.outcomes() == ["accepted", "conflict"]
    assert department.head()[:2] == ("current", 2)
    assert department.count("quarantine") == 1


def test_what_is_said_again_under_a_later_order_is_no_news_of_the_case(department: Department) -> None:
    department.send(piece("apply", "", 1, "a", basis=0))
    department.send(piece("apply", "", 5, "a", basis=0))
    assert [(entry[3], type(entry[8])) for entry in department.entries()] == [(1, dict), (5, str)]
    with reading(department.engine) as connection:
        kept = exchange.case_pieces
        assert connection.execute(select(kept.c.ordinal).order_by(kept.c.package)).scalars().all() == [1, 0]
    assert department.send(piece("apply", "", 3, "b", basis=0)) == ["stale"]
    assert department.send(piece("apply", "", 6, "c", basis=0)) == ["accepted"]


@pytest.mark.parametrize("seed", range(6))
def test_the_case_is_the_same_whatever_the_order_and_the_batches(any_engine: Engine, seed: int) -> None:
    dice = random.Random(seed)
    said = [
        piece(kind, key, version, f"{kind}{key}{version}", "D" if dice.random() < 0.15 else "U", case_no)
        for case_no in ("C1", "C2")
        for kind, key in dice.sample(KEYS, dice.randint(1, len(KEYS)))
        for version in range(1, dice.randint(2, 4))
    ]
    ends = set()
    for attempt in range(3):
        shuffled = said + dice.sample(said, len(said) // 2)
        dice.shuffle(shuffled)
        # The same pieces under case numbers of their own, so that one database serves all attempts.
        renamed = [dataclasses.replace(p, case_no=f"{p.case_no}/{attempt}") for p in shuffled]
        department = Department(any_engine)
        department.sent = attempt * 1000
        while renamed:
            size = dice.randint(1, 6)
            department.send(*renamed[:size])
            renamed = renamed[size:]
        heads = [department.head(f"{name}/{attempt}") for name in sorted({p.case_no for p in said})]
        ends.add(tuple((state, digest) for state, _, digest in heads))
    assert len(ends) == 1
