"""A Web Service with stage messages on the hub's whole way: taken, stored, answered; a broken page in quarantine, the rest unharmed."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from sqlalchemy import Engine

from hub import wiring
from hub.errors import RetryError
from tests.integration.pipeline.conftest import Hub, installed
from tests.support.message import SYSTEM
from tests.support.pieces import ACCEPTED, APPLY, CASE_NO, CLOSED, PINYIN, document, message
from tests.support.soap_fake import answer
from tests.support.soap_servers import WSDLS, Department, FaultyService, faulty_service, php_service, reply

CONNECTOR = (
    "{kind: soap-pull, connection: bureau, wsdl: exchange-document.wsdl, operation: QueryBatch, timeout: 30s, "
    "page: {argument: pageNo}, receipt: {operation: PutReceipt, arguments: {name: '{name}', receipt: '{receipt}'}}}"
)
EMPTY = reply(answer({"return": None}))
TAKEN = reply(answer({"return": "true"}))


@pytest.fixture
def hub(sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    for made in installed(sqlite_engine, tmp_path, monkeypatch):
        made.register(**{**PINYIN, "connector": CONNECTOR, "serial": "hub"})
        for path in WSDLS.glob("*.wsdl"):
            (made.systems / path.name).write_bytes(path.read_bytes())
        yield made


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyService]:
    with faulty_service() as service:
        monkeypatch.setenv("AIRFLOW_CONN_BUREAU", f"http://hub:s3cret@127.0.0.1:{service.port}/ws")
        yield service


@pytest.fixture
def php(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Department]:
    folder = tmp_path / "php"
    folder.mkdir()
    with php_service(folder) as department:
        monkeypatch.setenv("AIRFLOW_CONN_BUREAU", f"http://127.0.0.1:{department.port}/document/1.1")
        yield department


def text(*messages: Any) -> str:
    """A document of stage messages as it stands in a SOAP string: text that calls itself gb2312."""
    return document(*messages, encoding="gb2312").decode("gb18030")


def states(hub: Hub) -> list[tuple[str, str]]:
    return [(origin.split(";")[1], state) for origin, state in hub.rows("package", "origin", "state")]


def counts(receipt: str) -> str | None:
    return etree.fromstring(receipt.encode()).findtext("{*}Counts/{*}Accepted")


def test_pages_become_packages_cases_and_receipts(hub: Hub, php: Department) -> None:
    php.put(1, text(message(0, APPLY), message(2, ACCEPTED)))
    php.put(2, text(message(4, CLOSED)))
    hub.run()

    assert hub.case(CASE_NO).state == "current"
    assert states(hub) == [("page=1", "closed"), ("page=2", "closed")]
    assert [counts(receipt) for receipt in php.receipts.values()] == ["2", "1"]
    assert all(name.startswith("QueryBatch;page=") for name in php.receipts)
    assert (hub.home / "home" / "raw").is_dir()

    before = hub.everything()
    hub.run()
    assert hub.everything() == before


def test_a_page_that_has_grown_is_taken_again_and_only_what_is_new_counts(hub: Hub, php: Department) -> None:
    php.put(1, text(message(0, APPLY), message(2, ACCEPTED)))
    hub.run()
    php.put(1, text(message(0, APPLY), message(2, ACCEPTED), message(4, CLOSED)))
    hub.run()
    done = hub.rows("package", "accepted", "duplicate")
    assert sorted(done) == [(1, 2), (2, 0)]
    assert hub.count("completion") == 1


def test_a_reply_of_axis_is_quarantined_with_its_reason_and_its_neighbours_are_stored(
    hub: Hub, service: FaultyService
) -> None:
    first, last = text(message(0, APPLY), message(2, ACCEPTED)), text(message(4, CLOSED))
    axis = answer({"return": "X"}).replace(b"X", b"&lt;BWJ&gt;&#55362;&#57271;")
    service.deeds = [
        reply(answer({"return": first})), reply(axis), reply(axis), reply(answer({"return": last})), EMPTY, *[TAKEN] * 3,
    ]  # fmt: skip
    hub.run()

    assert states(hub) == [("page=1", "closed"), ("page=2", "refused"), ("page=3", "closed")]
    assert hub.package(sha256(axis).hexdigest()).refusal_code == "XML_MALFORMED"
    assert (hub.case(CASE_NO).state, hub.count("completion")) == ("current", 1)
    receipts = [body for _, _, _, body in service.requests if b"PutReceipt" in body]
    assert len(receipts) == 3
    assert any(b"XML_MALFORMED" in body for body in receipts)


def test_a_service_that_fails_in_the_middle_loses_nothing_and_doubles_nothing(
    hub: Hub, service: FaultyService
) -> None:
    first, last = text(message(0, APPLY), message(2, ACCEPTED)), text(message(4, CLOSED))
    service.deeds = [reply(answer({"return": first})), reply(b"", 503), TAKEN]
    with pytest.raises(RetryError) as caught:
        hub.run()
    assert caught.value.code == "SOAP_HTTP"
    assert states(hub) == [("page=1", "closed")]

    service.deeds = [reply(answer({"return": first})), reply(answer({"return": last})), EMPTY, TAKEN]
    hub.run()
    assert states(hub) == [("page=1", "closed"), ("page=2", "closed")]
    assert hub.events().count("package.received") == 2
    assert "package.repeated" not in hub.events()


def test_a_receipt_that_the_service_does_not_take_is_sent_again_unchanged(
    hub: Hub, service: FaultyService
) -> None:
    first = reply(answer({"return": text(message(0, APPLY))}))
    service.deeds = [first, EMPTY, reply(b"", 503)]
    with pytest.raises(RetryError):
        hub.run()
    service.deeds = [TAKEN]
    assert wiring.deliver(SYSTEM) == 1
    one, other = [body for _, _, _, body in service.requests if b"PutReceipt" in body]
    assert one == other
