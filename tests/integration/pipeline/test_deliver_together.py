"""Receipts are noted in groups: what lies at the source is noted, whatever becomes of the next one."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine, select

from connectors.directory import DirectoryConnector
from connectors.failures import READ_ONLY, endpoint_failed
from hub.central.engine import reading, writing
from hub.ledger import chain
from hub.ledger.tables import exchange_log, log_head
from tests.integration.pipeline.conftest import Hub
from tests.support.message import SYSTEM, case, package


def test_what_was_laid_before_a_failure_is_noted_and_the_rest_follows(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 5):
        hub.send(f"{number}.xml", package([case(f"A{number}")], f"P{number}", serial=number))
    laid: list[str] = []
    honest = DirectoryConnector.deliver

    def failing(self: DirectoryConnector, name: str, body: bytes, signature: bytes | None = None) -> None:
        if len(laid) == 2:
            raise endpoint_failed(READ_ONLY, system=SYSTEM, doing_zh="写", doing_en="writing", path=name)
        laid.append(name)
        honest(self, name, body, signature)

    with monkeypatch.context() as patch:
        patch.setattr(DirectoryConnector, "deliver", failing)
        with pytest.raises(Exception, match="CONNECTOR_READ_ONLY"):
            hub.run()
    assert laid == ["1.xml", "2.xml"]
    assert hub.events().count("receipt.delivered") == 2

    hub.run()
    assert hub.events().count("receipt.delivered") == 4
    assert [
        receipt.counts["accepted"] for receipt in map(hub.receipt, ("1.xml", "2.xml", "3.xml", "4.xml"))
    ] == [1] * 4
    hub.run()
    assert hub.events().count("receipt.delivered") == 4


def test_entries_added_together_are_those_added_one_by_one(any_engine: Engine) -> None:
    events: list[tuple[str, dict[str, Any]]] = [(f"event.{number}", {"n": number}) for number in range(3)]

    def entries(name: str) -> list[tuple[Any, ...]]:
        columns = (exchange_log.c.seq, exchange_log.c.event, exchange_log.c.body)
        with reading(any_engine) as connection:
            found = connection.execute(
                select(*columns).where(exchange_log.c.chain == name).order_by(exchange_log.c.seq)
            )
            return [tuple(row) for row in found]

    with writing(any_engine) as connection:
        for event, body in events:
            chain.append(connection, "one-by-one", event, body, 7)
    with writing(any_engine) as connection:
        chain.append(connection, "together", *events[0], 7)
        made = chain.append_all(connection, "together", events[1:], 7)
        assert chain.append_all(connection, "together", [], 7) == []
    assert entries("together") == entries("one-by-one")
    with reading(any_engine) as connection:
        head = connection.execute(select(log_head).where(log_head.c.chain == "together")).one()
    assert [entry.seq for entry in made] == [2, 3]
    assert (head.seq, head.hash) == (made[-1].seq, made[-1].hash)
