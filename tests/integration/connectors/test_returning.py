"""Cards reach departments and answers come back, on real servers: the contract of the way back, and rows of a database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Surroundings
from connectors.database import DatabaseConnector
from connectors.database.card_tables import answer_table_of, card_table_of, create
from connectors.ftp import FtpConnector
from connectors.returning import Parcel, answers_options
from connectors.sftp.connector import SftpConnector
from connectors.state import MemoryState
from hub.errors import StopError
from tests.support.exchange_database import Exchange, receipt
from tests.support.ftp_peer import FtpPeer
from tests.support.proftpd import ProFtpd
from tests.support.returning import FileSide
from tests.support.sftp import SftpPeer
from tests.unit.connectors.test_returning import (  # noqa: F401 - the same tests, with another side
    test_a_parcel_lies_among_the_receipts_and_again_changes_nothing,
    test_a_refused_answer_lies_among_the_refused,
    test_an_answer_is_taken_by_one_worker_and_gone_once_acknowledged,
    test_answers_and_packages_do_not_meet,
)


@pytest.fixture(scope="module")
def proftpd() -> Iterator[ProFtpd]:
    with ProFtpd() as server:
        yield server


@pytest.fixture(params=["sftp", "ftp"])
def side(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FileSide]:
    server: Any = request.getfixturevalue("sshd" if request.param == "sftp" else "proftpd")
    name, made, states = tmp_path.name, [], {}  # type: ignore[var-annotated]
    peer: Any = (
        SftpPeer(server, name, tmp_path / "work", {"marker": ".ok"})
        if request.param == "sftp"
        else FtpPeer(server, name, tmp_path / "work")
    )
    kind: Any = SftpConnector if request.param == "sftp" else FtpConnector

    def connect(options: Any) -> Any:
        # Workers share a memory; those of packages and those of answers each have their own.
        around, state = peer.around(), states.setdefault(options["inbox"], MemoryState())
        made.append(kind("land", options, Surroundings(state, around.access, around.work, around.folder)))
        return made[-1]

    yield FileSide(peer, connect, server.own)
    for connector in made:
        connector.close()
    peer.close()


CARDS = {"cards": {"table": "suphub_card", "answers": "suphub_answer"}}
PARCEL = Parcel(
    "card-7-1",
    (),
    {
        "kind": "card", "card_id": 7, "event_no": 1, "state": "已发", "org_name": "县国土局𠮷", "issued_on": date(2026, 11, 20),
        "document": "<CardNotice/>" * 9000, "pdf": b"%PDF\x00\xff", "created_time": datetime(2026, 11, 20, 9, 30),
        "reason": "长" * 900,
    },
)  # fmt: skip


@pytest.fixture
def tables(exchange: Exchange) -> Exchange:
    for table in (card_table_of("suphub_card"), answer_table_of("suphub_answer")):
        exchange.run(create(table, exchange.engine.dialect))
    return exchange


def answers(exchange: Exchange) -> DatabaseConnector:
    options = answers_options("land", {"kind": "database", "connection": "land_exchange", **CARDS})
    return DatabaseConnector(
        "land", options, Surroundings(exchange.state, lambda _: exchange.access, exchange.work)
    )


def test_a_card_is_one_row_however_often_it_is_handed_over(tables: Exchange) -> None:
    connector = tables.connector(**CARDS)
    for _ in range(2):
        connector.hand_over(PARCEL)
    [row] = tables.rows(
        "SELECT id, card_id, state, org_name, issued_on, document, pdf, reason FROM suphub_card"
    )
    assert row[:4] == ("card-7-1", 7, "已发", "县国土局𠮷")
    assert str(row[4]) == "2026-11-20"
    assert len(row[5]) == 13 * 9000
    assert bytes(row[6]) == b"%PDF\x00\xff"
    assert row[7] == "长" * 499 + "…" or exchange_keeps_all(tables, row[7])


def exchange_keeps_all(exchange: Exchange, text: str) -> bool:
    """SQLite does not hold a text to its column's length."""
    return exchange.kind == "sqlite" and text == "长" * 900


def test_an_answer_row_is_taken_once_and_a_refused_one_is_marked(tables: Exchange) -> None:
    for key in ("a1", "a2"):
        tables.run(
            "INSERT INTO suphub_answer (id, kind, card_id, org_code, person, content, created_time)"
            " VALUES (:key, 'answer', 7, '11430100006121778E', '李四', '已整改𠮷', '2026-11-20 10:00:00')",
            key=key,
        )
    worker = answers(tables)
    [notice] = [notice for notice, _ in zip(worker.ready(), range(1), strict=False)]
    claim = worker.claim(notice)
    assert claim is not None
    with worker.read(claim) as stream:
        rows = [json.loads(line)["row"] for line in stream.read().splitlines()[1:]]
    assert [(row["id"], row["content"]) for row in rows] == [("a1", "已整改𠮷"), ("a2", "已整改𠮷")]
    worker.acknowledge(claim)
    worker.deliver(claim.notice.name, receipt("0" * 64, ("suphub_answer", "a2", "card_id", "ANSWER_CARD")))
    states = dict(tables.rows("SELECT id, hub_state FROM suphub_answer"))
    assert states == {"a1": "1", "a2": "2"}
    assert list(answers(tables).ready()) == []


def test_without_its_table_a_card_is_the_registrations_fault(exchange: Exchange) -> None:
    with pytest.raises(StopError, match="DATABASE_TABLE"):
        exchange.connector(**CARDS).hand_over(PARCEL)
    with pytest.raises(StopError, match="CONNECTOR_RETURN"):
        exchange.connector().hand_over(PARCEL)
