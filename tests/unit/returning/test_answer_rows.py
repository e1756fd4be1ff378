"""Answers in a table of the department's exchange database: each row judged, taken once, and told where it was refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from lxml import etree

from connectors.base import Surroundings
from connectors.database import DatabaseConnector
from connectors.database.card_tables import answer_table_of, card_table_of, create
from connectors.returning import answers_options
from hub.central.engine import writing
from hub.clock import now_us
from hub.returning import outbox
from hub.returning.answers import take
from hub.returning.deliver import hand_over
from hub.returning.judging import Desk
from tests.support.carded import ORGANIZATION, put_card
from tests.support.exchange_database import ENTRIES, FLAG, REJECTS, Exchange, sqlite_exchange

SCHEMA = etree.XMLSchema(etree.parse(str(Path(outbox.__file__).with_name("card.xsd"))))
OPTIONS: dict[str, Any] = {
    "kind": "database", "connection": "land_exchange", "tables": ENTRIES, "take": FLAG, "rejects": REJECTS,
    "cards": {"table": "suphub_card", "answers": "suphub_answer"},
}  # fmt: skip


def opened(exchange: Exchange, options: dict[str, Any]) -> DatabaseConnector:
    around = Surroundings(exchange.state, lambda _: exchange.access, exchange.work)
    return DatabaseConnector("land-bureau", options, around)


def test_cards_go_out_as_rows_and_answers_come_back_as_rows(desk: Desk, tmp_path: Path) -> None:
    exchange = sqlite_exchange(tmp_path / "exchange")
    for table in (card_table_of("suphub_card"), answer_table_of("suphub_answer")):
        exchange.run(create(table, exchange.engine.dialect))
    desk = replace(desk, found=replace(desk.found, connector=OPTIONS))
    with writing(desk.engine) as connection:
        number = put_card(connection)
        outbox.gather(connection, "land-bureau", ("cards",), None, now_us())
    for _ in range(2):
        hand_over(desk.engine, desk.raw, opened(exchange, OPTIONS), "land-bureau")
    rows = exchange.rows(
        "SELECT id, card_id, level_no, state, rule_code, org_code, answer_by FROM suphub_card"
    )
    assert [row[:6] for row in rows] == [(f"card-{number}-1", number, 2, "已发", "T2", ORGANIZATION)]

    for key, card_id in (("a1", number), ("a2", 999)):
        exchange.run(
            "INSERT INTO suphub_answer (id, kind, card_id, org_code, person, content, created_time)"
            " VALUES (:key, 'answer', :card, :org, '李四', '已整改', '2026-11-20 10:00:00')",
            key=key, card=card_id, org=ORGANIZATION,
        )  # fmt: skip
    done = take(desk, opened(exchange, answers_options("land-bureau", OPTIONS)))
    assert (done.accepted, done.refused, done.errors) == (1, 1, ["ANSWER_NOT_YOURS"])
    assert dict(exchange.rows("SELECT id, hub_state FROM suphub_answer")) == {"a1": "1", "a2": "2"}
    [refusal] = exchange.rejects()
    assert refusal[1:3] == ("suphub_answer", "a2")
    assert refusal[4] == "ANSWER_NOT_YOURS"

    # Why it was refused comes as a row beside the cards as well: not every department has a table of rejects.
    for found in (1, 0):
        with writing(desk.engine) as connection:
            assert outbox.gather(connection, "land-bureau", (outbox.REFUSALS,), None, now_us()) == found
    hand_over(desk.engine, desk.raw, opened(exchange, OPTIONS), "land-bureau")
    [(name, state, reason, document)] = exchange.rows(
        "SELECT id, state, reason, document FROM suphub_card WHERE kind = 'receipt'"
    )
    assert (name, state) == ("receipt-2", "refused")
    assert reason.startswith("ANSWER_NOT_YOURS: card 999")
    receipt = etree.fromstring(document.encode())
    SCHEMA.assertValid(receipt)
    assert receipt.findtext("{*}Name") == "suphub_answer/a2"
    assert receipt.findtext("{*}MessageEn", "").startswith("The card 999 is not of an organisation")

    # Mended and set to 0 again, the refused one is taken; the other stays as it is.
    exchange.run(
        "UPDATE suphub_answer SET card_id = :card, kind = 'appeal', hub_state = '0' WHERE id = 'a2'",
        card=number,
    )
    again = take(desk, opened(exchange, answers_options("land-bureau", OPTIONS)))
    assert (again.accepted, again.refused) == (1, 0)
