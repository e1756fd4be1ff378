"""The probe of a Web Service: reaches it, trusts it, reads its WSDL and a first page, and takes nothing."""

from __future__ import annotations

import socket
import ssl
from contextlib import closing
from urllib.parse import urlsplit

from connectors.soap.address import PORTS, Address, address_of
from connectors.soap.connector import SoapConnector
from connectors.soap.failures import TLS, UNREACHABLE, At, passing
from connectors.soap.service import Service
from frontend_probe.report import FAIL, OK, WARN, Finding, Report, run

PATIENCE_S = 10.0


def probe_soap(connector: SoapConnector) -> Report:
    """Probe the service of a system. One call of the registered operation is made, for the very first position."""
    return run(
        connector.system,
        [
            ("connection", lambda: _connection(_address(connector))),
            ("reachable", lambda: _reachable(connector.system, _address(connector))),
            ("trusted", lambda: _trusted(connector.system, _address(connector))),
            ("wsdl.readable", lambda: _wsdl(connector)),
            ("receipt.operation", lambda: _receipt(connector)),
            ("first_page.readable", lambda: _first_page(connector)),
        ],
    )


def _address(connector: SoapConnector) -> Address:
    return address_of(connector.around.access(connector.options.connection), connector.system)


def _connection(address: Address) -> Finding:
    seen = f"{address.origin}{address.path or ''}" + (f" ({address.login})" if address.login else "")
    return Finding(OK, seen, "连接可用 / the connection can be used")


def _reachable(system: str, address: Address) -> Finding:
    host, port = _peer(address)
    with closing(_connected(system, address)):
        return Finding(OK, f"{host}:{port}", "端口可连 / the port answers")


def _trusted(system: str, address: Address) -> Finding:
    expected = "https,证书可核验 / https, with a certificate that verifies"
    if address.origin.startswith("http://"):
        remedy = "请部门提供 https;在此之前只走专网 / Ask the department for https; until then use a private network"
        return Finding(WARN, "http:口令和数据不加密 / password and data travel in clear", expected, remedy)
    context = ssl.create_default_context(cafile=address.ca)
    host, _ = _peer(address)
    with closing(_connected(system, address)) as plain:
        try:
            with context.wrap_socket(plain, server_hostname=host) as secured:
                return Finding(OK, secured.version() or "TLS", expected)
        except OSError as error:
            reason = getattr(error, "verify_message", "") or error.strerror or type(error).__name__
            raise passing(TLS, At(system, address.origin), reason) from error


def _wsdl(connector: SoapConnector) -> Finding:
    service = connector.service()
    expected = f"{connector.options.operation} 及所用字段都在 / and the fields used are there"
    if not isinstance(service, Service):
        return Finding(OK, service.at.address, expected)
    seen = f"{service.service_name}/{service.port_name} SOAP {service.version} → {service.at.address}"
    return Finding(OK, seen, expected)


def _receipt(connector: SoapConnector) -> Finding:
    name, service = connector.options.receipt_operation, connector.service()
    if name is None:
        return Finding(
            OK, "-", "没有登记,回执在枢纽中看 / none registered; receipts are to be seen in the hub"
        )
    if isinstance(service, Service):
        service.operation(name)
    return Finding(OK, name, "操作存在 / the operation is there")


def _first_page(connector: SoapConnector) -> Finding:
    taken = connector.ask(connector.ways.start())
    expected = "合格的应答 / a well-formed reply"
    if taken.malformed:
        remedy = "请部门改正该页数据;枢纽会存下原文、隔离并继续 / Let the department mend that page; the hub quarantines it and goes on"
        return Finding(FAIL, taken.malformed, expected, remedy)
    size = "空 / empty" if taken.body is None else f"{len(taken.body)} bytes"
    return Finding(OK, f"{connector.ways.start()}: {size}", expected)


def _peer(address: Address) -> tuple[str, int]:
    parts = urlsplit(address.origin)
    return parts.hostname or "", parts.port or PORTS[parts.scheme]


def _connected(system: str, address: Address) -> socket.socket:
    try:
        return socket.create_connection(_peer(address), PATIENCE_S)
    except OSError as error:
        raise passing(UNREACHABLE, At(system, address.origin), error.strerror or error) from error
