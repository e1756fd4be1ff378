"""Numbers of letters have no gaps and no doubles, however many write at once, on each database."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select

from hub.central.engine import reading, writing
from hub.central.tables.letters import letter, letter_counter
from hub.ledger import chain
from hub.letters import issue as issuing
from hub.letters.issue import Press, for_card, issue
from hub.letters.kinds import kind_of
from hub.rawstore import RawStore
from tests.support.carded import AT, ISSUED_ON, put_card

WRITERS, EACH = 4, 6


@pytest.fixture
def press(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Press:
    # What is printed is not the question here, and printing is what takes time.
    monkeypatch.setattr(issuing, "pdf", lambda document: document.reference.encode())
    monkeypatch.setattr(issuing, "docx", lambda document: document.reference.encode())

    def note(connection: Connection, event: str, body: Mapping[str, Any]) -> None:
        chain.append(connection, "hub", event, body, AT)

    return Press(tmp_path / "letters", RawStore(tmp_path / "raw"), note)


def test_many_writers_leave_numbers_without_gaps_also_where_some_fail(
    every_engine: Engine, press: Press
) -> None:
    with writing(every_engine) as connection:
        cards = [put_card(connection, case_no=str(each)) for each in range(WRITERS * EACH)]

    def work(mine: int) -> None:
        for place, card_id in enumerate(cards[mine::WRITERS]):
            with writing(every_engine) as connection:
                issue(connection, press, for_card(connection, kind_of("inquiry"), card_id), ISSUED_ON, AT)
                if place % 3 == 0:
                    connection.rollback()  # the machine failed: the number is given to the next letter

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(work, range(WRITERS)))
    with reading(every_engine) as connection:
        numbers = sorted(connection.scalars(select(letter.c.number)))
        last = connection.scalar(select(letter_counter.c.last))
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) == last == WRITERS * EACH * 2 // 3


def test_writers_that_want_the_same_letter_get_the_same_one(every_engine: Engine, press: Press) -> None:
    with writing(every_engine) as connection:
        card_id = put_card(connection)

    def work(_: int) -> str:
        with writing(every_engine) as connection:
            wanted = for_card(connection, kind_of("inquiry"), card_id)
            return str(issue(connection, press, wanted, ISSUED_ON, AT)["reference"])

    with ThreadPoolExecutor(WRITERS) as pool:
        found = set(pool.map(work, range(WRITERS)))
    with reading(every_engine) as connection:
        rows = connection.execute(select(letter.c.number)).all()
        last = connection.scalar(select(letter_counter.c.last))
    assert (found, len(rows), last) == ({"监问〔2026〕1号"}, 1, 1)
