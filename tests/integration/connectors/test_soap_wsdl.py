"""WSDLs as the stacks of the field write them: each is understood, called as it wants to be called, and its reply read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
from lxml import etree

from connectors import Access, Surroundings, open_connector
from connectors.state import MemoryState
from hub.errors import StopError
from tests.support import soap_wsdls
from tests.support.soap_fake import envelope, take
from tests.support.soap_servers import FaultyService, faulty_service, reply

DOCUMENT = "<BWJ><BW>镕𠮷</BW></BWJ>"
INNER = escape(DOCUMENT)
ARGUMENTS = {"arguments": {"xtbm": "建设"}, "page": {"argument": "page"}}


@pytest.fixture
def service() -> Iterator[FaultyService]:
    with faulty_service() as service:
        yield service


def soap(listening: int, folder: Path, **options: Any) -> Any:
    given = {
        "kind": "soap-pull",
        "connection": "bureau",
        "wsdl": "bureau.wsdl",
        "operation": "query",
        **options,
    }
    access = Access("bureau", "http", "127.0.0.1", listening)
    return open_connector(
        given, "construction", Surroundings(MemoryState(), lambda name: access, folder, folder)
    )


Make = Callable[[], str]
STACKS: dict[str, tuple[list[Make], str, str, dict[str, Any]]] = {
    "JAX-WS": (
        [soap_wsdls.jax_ws, soap_wsdls.jax_ws_schema],
        f"<n:queryResponse xmlns:n='urn:bureau'><return>{INNER}</return></n:queryResponse>",
        "{urn:bureau}query/xtbm",
        {**ARGUMENTS, "reply": "return"},
    ),
    "ASP.NET": (
        [soap_wsdls.asp_net],
        f"<queryResponse xmlns='urn:bureau'><queryResult>{INNER}</queryResult></queryResponse>",
        "{urn:bureau}query/{urn:bureau}xtbm",
        {**ARGUMENTS, "reply": "queryResult"},
    ),
    "Axis 1.4": (
        [soap_wsdls.axis_1_4],
        "<n:queryResponse xmlns:n='urn:bureau'><queryReturn xsi:type='xsd:string' xmlns:xsd='http://www.w3.org/2001/XMLSchema' "
        f"xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'>{INNER}</queryReturn></n:queryResponse>",
        "{urn:bureau}query/xtbm",
        {**ARGUMENTS, "reply": "queryReturn"},
    ),
    "WCF": (
        [soap_wsdls.wcf, soap_wsdls.wcf_contract, soap_wsdls.jax_ws_schema],
        f"<queryResponse xmlns='urn:bureau'><return xmlns=''>{INNER}</return></queryResponse>",
        "{urn:bureau}query/xtbm",
        ARGUMENTS,
    ),
    "bare": (
        [soap_wsdls.bare],
        f"<queryResponse xmlns='urn:bureau'>{INNER}</queryResponse>",
        "{urn:bureau}query",
        {"arguments": {"query": "建设"}},
    ),
    "open": (
        [soap_wsdls.open_reply],
        f"<queryResponse xmlns='urn:bureau'>{DOCUMENT}</queryResponse>",
        "{urn:bureau}query/{urn:bureau}request/{urn:bureau}xtbm",
        {"arguments": {"request": {"xtbm": "建设"}}, "page": {"argument": "request/page"}, "reply": "."},
    ),
}


@pytest.mark.parametrize("stack", STACKS)
def test_each_stack_is_called_in_its_own_way(service: FaultyService, tmp_path: Path, stack: str) -> None:
    documents, body, argument, options = STACKS[stack]
    service.deeds = [reply(make().encode()) for make in documents]
    service.deeds += [reply(envelope(body)), reply(envelope("<r/>"))]
    taken = take(soap(service.port, tmp_path, wsdl="?wsdl", **options))

    assert ["".join(map(str, etree.fromstring(each).itertext())) for each in taken] == ["镕𠮷"]
    asked = etree.fromstring(service.requests[len(documents)][3])
    [wrapper] = asked.find("{*}Body")
    below = argument.removeprefix("{urn:bureau}query").lstrip("/")
    assert wrapper.tag == "{urn:bureau}query"
    assert (wrapper.findtext(below) if below else wrapper.text) == "建设"


def test_the_soap_12_port_is_taken_where_it_is_asked_for(service: FaultyService, tmp_path: Path) -> None:
    (tmp_path / "bureau.wsdl").write_text(soap_wsdls.asp_net(), encoding="utf-8")
    service.deeds = [reply(envelope("<r/>"))] * 2
    take(soap(service.port, tmp_path, soap="1.2", **ARGUMENTS))
    _, path, headers, body = service.requests[0]
    assert path == "/ws/ExchangeSoap12"
    assert headers["Content-Type"].startswith("application/soap+xml")
    assert b"http://www.w3.org/2003/05/soap-envelope" in body


@pytest.mark.parametrize(
    ("make", "options", "listed"),
    [
        (
            soap_wsdls.asp_net,
            {"port": "ExchangeHttpGet"},
            "ExchangeSoap (SOAP 1.1), ExchangeSoap12 (SOAP 1.2)",
        ),
        (soap_wsdls.jax_ws_schema, {}, "WSDL"),
        (soap_wsdls.open_reply, {"arguments": {"request": {"xtbn": "x"}}}, "xtbn"),
        (soap_wsdls.bare, {"arguments": {"a": "1", "b": "2"}}, "query"),
        (soap_wsdls.bare, {"arguments": {"query": "1"}, "reply": "return"}, "return"),
    ],
)
def test_what_cannot_be_called_is_told(
    tmp_path: Path, make: Make, options: dict[str, Any], listed: str
) -> None:
    (tmp_path / "bureau.wsdl").write_text(make(), encoding="utf-8")
    with pytest.raises(StopError) as caught:
        take(soap(1, tmp_path, **options))
    assert listed in caught.value.message_en
