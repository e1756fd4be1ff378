"""The probe of a Web Service: reaches it, trusts it, reads its WSDL and a first page, and takes nothing."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from contextlib import closing
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509

from connectors.soap.address import PORTS, Address, address_of
from connectors.soap.connector import SoapConnector
from connectors.soap.failures import CONNECTION, TLS, UNREACHABLE, At, passing, stopping
from connectors.soap.service import Service
from frontend_probe.report import FAIL, OK, WARN, Finding, Look, Report, Unreached, run
from hub.clock import from_us, now_us
from hub.errors import HubError

PATIENCE_S = 10.0
DAYS_WARN = 30
SKEW_WARN_S, SKEW_FAIL_S = 5.0, 300.0
RENEW_THEIRS = "请部门在到期前更换证书 / Let the department renew the certificate before it ends"
RENEW_OURS = "更换连接的 extra.cert、extra.key 所指的文件 / Renew the files that extra.cert and extra.key of the connection name"


def probe_soap(connector: SoapConnector, now: Callable[[], int] = now_us) -> Report:
    """Probe the service of a system. One call of the registered operation is made, for the very first position.

    `now` is the hub's clock in µs.
    """
    looks = [
        ("connection", lambda: _connection(_address(connector))),
        ("reachable", lambda: _reachable(connector.system, _address(connector))),
        ("trusted", lambda: _trusted(connector.system, _address(connector), now())),
        ("client.certificate", lambda: _own_certificate(connector.system, _address(connector), now())),
        ("clock", lambda: _clock(connector.system, _address(connector), now)),
        ("wsdl.readable", lambda: _wsdl(connector)),
        ("receipt.operation", lambda: _receipt(connector)),
        ("first_page.readable", lambda: _first_page(connector)),
    ]
    told: set[str] = set()
    return run(connector.system, [(name, _once(look, told)) for name, look in looks])


def _once(look: Look, told: set[str]) -> Look:
    """A look at the one service there is: a fault that an earlier look has told by its code is not told again."""

    def looked() -> Finding:
        try:
            return look()
        except HubError as error:
            if error.code in told:
                raise Unreached from error
            told.add(error.code)
            raise

    return looked


def _address(connector: SoapConnector) -> Address:
    return address_of(connector.around.access(connector.options.connection), connector.system)


def _connection(address: Address) -> Finding:
    seen = f"{address.origin}{address.path or ''}" + (f" ({address.login})" if address.login else "")
    return Finding(OK, seen, "连接可用 / the connection can be used")


def _reachable(system: str, address: Address) -> Finding:
    host, port = _peer(address)
    with closing(_connected(system, address)):
        return Finding(OK, f"{host}:{port}", "端口可连 / the port answers")


def _trusted(system: str, address: Address, now: int) -> Finding:
    expected = f"https,证书可核验,还有 {DAYS_WARN} 天以上 / https, a certificate that verifies, more than {DAYS_WARN} days left"
    if address.origin.startswith("http://"):
        remedy = "请部门提供 https;在此之前只走专网 / Ask the department for https; until then use a private network"
        return Finding(WARN, "http:口令和数据不加密 / password and data travel in clear", expected, remedy)
    context = ssl.create_default_context(cafile=address.ca)
    host, _ = _peer(address)
    with closing(_connected(system, address)) as plain:
        try:
            with context.wrap_socket(plain, server_hostname=host) as secured:
                ends = ssl.cert_time_to_seconds(str((secured.getpeercert() or {}).get("notAfter")))
                return _days_left(secured.version() or "TLS", int(ends), now, expected, RENEW_THEIRS)
        except OSError as error:
            reason = getattr(error, "verify_message", "") or error.strerror or type(error).__name__
            raise passing(TLS, At(system, address.origin), reason) from error


def _own_certificate(system: str, address: Address, now: int) -> Finding:
    """The certificate that the hub shows to the service, where the connection names one."""
    held = address.certificate
    expected = f"还有 {DAYS_WARN} 天以上 / more than {DAYS_WARN} days left"
    if held is None:
        return Finding(OK, "-", "连接未设客户端证书 / the connection has no client certificate")
    file = Path(held if isinstance(held, str) else held[0])
    try:
        found = x509.load_pem_x509_certificates(file.read_bytes())[0]
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise stopping(CONNECTION, At(system, address.origin), f"{file}: {reason}") from error
    ends = int(found.not_valid_after_utc.timestamp())
    return _days_left(str(file), ends, now, expected, RENEW_OURS)


def _days_left(seen: str, ends: int, now: int, expected: str, remedy: str) -> Finding:
    """A certificate by its end (seconds since 1970)."""
    days = (ends - now / 1e6) / 86_400
    verdict = FAIL if days <= 0 else WARN if days < DAYS_WARN else OK
    until = from_us(ends * 1_000_000)
    return Finding(verdict, f"{seen}, {until:%Y-%m-%d} ({days:.0f} 天 / days)", expected, remedy)


def _clock(system: str, address: Address, now: Callable[[], int]) -> Finding:
    """The service's clock by the `Date` of its answer to a HEAD, whatever else it says; whole seconds (RFC 9110)."""
    expected = f"<= {SKEW_WARN_S:.0f} s"
    host, port = _peer(address)
    try:
        with closing(_spoken(address, host, port)) as connection:
            before = now()
            connection.request("HEAD", address.path or "/")
            said = connection.getresponse().getheader("Date")
            after = now()
    except ssl.SSLError as error:
        raise passing(TLS, At(system, address.origin), str(error)) from error
    except (OSError, HTTPException) as error:
        raise passing(UNREACHABLE, At(system, address.origin), str(error) or type(error).__name__) from error
    try:
        theirs = parsedate_to_datetime(said or "").timestamp()
    except ValueError:
        return Finding(OK, "应答没有时间,不比较 / no date in the answer, not compared", expected)
    early, late = before / 1e6 - (theirs + 1), theirs - after / 1e6
    skew = late if late > 0 else -early if early > 0 else 0.0
    verdict = FAIL if abs(skew) > SKEW_FAIL_S else WARN if abs(skew) > SKEW_WARN_S else OK
    remedy = "给两台机器配置时间同步(NTP);签名和按时间取数依赖它 / Let both keep time by NTP; signatures and reading by time rely on it"
    return Finding(verdict, f"{skew:+.1f} s", expected, remedy)


def _spoken(address: Address, host: str, port: int) -> HTTPConnection:
    if address.origin.startswith("http://"):
        return HTTPConnection(host, port, timeout=PATIENCE_S)
    context = ssl.create_default_context(cafile=address.ca)
    if address.certificate is not None:
        held = (address.certificate,) if isinstance(address.certificate, str) else address.certificate
        context.load_cert_chain(*held)
    return HTTPSConnection(host, port, timeout=PATIENCE_S, context=context)


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
