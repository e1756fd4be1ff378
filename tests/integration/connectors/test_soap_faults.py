"""What a bad service or network does to the connector: each a clear error, or a page in quarantine, and nothing lost."""

from __future__ import annotations

import base64
import datetime
import gzip
import ipaddress
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from connectors import Access, Surroundings, open_connector
from connectors.soap.transport import LARGEST
from connectors.state import MemoryState
from hub.errors import HubError, RetryError, StopError
from tests.support.soap_fake import answer, take
from tests.support.soap_servers import (
    WSDLS,
    Deed,
    FaultyService,
    cut,
    dripping,
    dripping_headers,
    dripping_to_the_end_of_the_connection,
    endless,
    faulty_service,
    reply,
    reset,
    silent,
)

GOOD = answer({"return": "<a/>"})
EMPTY = answer({"return": None})
PAGE = "<!DOCTYPE html><html><head><meta charset='gbk'><title>系统维护中</title></head></html>".encode("gbk")


@pytest.fixture
def service() -> Iterator[FaultyService]:
    with faulty_service() as service:
        yield service


def soap(port: int, state: MemoryState | None = None, folder: Path = WSDLS, **options: Any) -> Any:
    connection = options.pop("access", {})
    access = Access(
        "bureau", **{"kind": "http", "host": "127.0.0.1", "port": port, "path": "ws", **connection}
    )
    given = {
        "kind": "soap-pull",
        "connection": "bureau",
        "wsdl": "exchange-document.wsdl",
        "operation": "QueryBatch",
        "page": {"argument": "pageNo"},
        "timeout": "30s",
        **options,
    }
    around = Surroundings(state or MemoryState(), lambda name: access, Path("work"), folder)
    return open_connector(given, "construction", around)


def failure(source: Any) -> HubError:
    with pytest.raises(HubError) as caught:
        take(source)
    error = caught.value
    assert error.place.system == "construction"
    assert "127.0.0.1" in error.message_zh
    assert "s3cret" not in str(error)
    return error


DEEDS: dict[str, tuple[Deed, str]] = {
    "a maintenance page": (reply(PAGE, content_type="text/html"), "SOAP_HTML"),
    "a proxy's page": (reply(PAGE, 502, "text/html"), "SOAP_HTML"),
    "a plain 500": (reply(b"oops", 500, "text/plain"), "SOAP_HTTP"),
    "too many requests": (reply(b"", 429), "SOAP_HTTP"),
    "json": (reply(b'{"code": 500}', content_type="application/json"), "SOAP_NO_ENVELOPE"),
    "nothing": (reply(b""), "SOAP_NO_ENVELOPE"),
    "an answer cut off": (cut(GOOD[:50], len(GOOD)), "SOAP_CUT"),
    "a reset": (reset, "SOAP_UNREACHABLE"),
    "broken gzip": (reply(b"no gzip", Content_Encoding="gzip"), "SOAP_CUT"),
    "no right": (reply(b"", 403), "SOAP_DENIED"),
    "not found": (reply(PAGE, 404, "text/html"), "SOAP_ADDRESS"),
    "the other version": (reply(b"", 415), "SOAP_REFUSED"),
    "a redirect": (
        reply(b"", 302, Location="https://u:s3cret@elsewhere.example/x?p=s3cret"),
        "SOAP_REDIRECT",
    ),
    "a bomb": (reply(gzip.compress(b" " * 200_000_000, 9), Content_Encoding="gzip"), "SOAP_TOO_LARGE"),
    "an endless answer": (endless, "SOAP_TOO_LARGE"),
}
STOPS = {"SOAP_DENIED", "SOAP_ADDRESS", "SOAP_REFUSED", "SOAP_REDIRECT", "SOAP_TOO_LARGE"}


@pytest.mark.parametrize("name", DEEDS)
def test_each_bad_answer_has_its_code_and_the_same_page_is_asked_for_again(
    service: FaultyService, name: str
) -> None:
    deed, code = DEEDS[name]
    state = MemoryState()
    service.deeds = [deed]
    error = failure(soap(service.port, state))
    assert error.code == code
    assert isinstance(error, StopError if code in STOPS else RetryError)

    service.deeds = [reply(GOOD), reply(EMPTY)]
    assert take(soap(service.port, state)) == [b"<a/>"]
    assert b"<ns0:pageNo>1</ns0:pageNo>" in service.requests[1][3]


def test_a_web_page_is_told_by_its_title(service: FaultyService) -> None:
    service.deeds = [reply(PAGE, content_type="text/html; charset=gbk")]
    assert "系统维护中" in failure(soap(service.port)).message_zh


def test_a_redirect_is_named_without_its_secrets_and_not_followed(service: FaultyService) -> None:
    service.deeds = [DEEDS["a redirect"][0]]
    assert "https://elsewhere.example/x" in failure(soap(service.port)).message_en
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    "slow",
    [silent, dripping, dripping_to_the_end_of_the_connection, dripping_headers],
    ids=lambda each: each.__name__,
)
def test_a_service_that_is_too_slow_is_given_up_in_time(service: FaultyService, slow: Any) -> None:
    service.deeds = [slow(service)]
    error = failure(soap(service.port, timeout="1s"))
    assert isinstance(error, RetryError)
    assert error.code == "SOAP_TIMEOUT"
    assert "1 s" in error.message_en


def test_a_service_that_is_down_is_asked_again_later() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        error = failure(soap(taken.getsockname()[1]))
    assert isinstance(error, RetryError)
    assert error.code == "SOAP_UNREACHABLE"
    assert "Connection refused" in error.message_en


def test_a_surrogate_pair_of_axis_is_kept_as_it_came_and_the_next_page_is_read(
    service: FaultyService,
) -> None:
    axis = answer({"return": "<xm>X</xm>"}).replace(b"X", b"&#55362;&#57271;")
    service.deeds = [reply(axis), reply(axis), reply(GOOD), reply(EMPTY)]
    assert take(soap(service.port)) == [axis, b"<a/>"]


@pytest.mark.parametrize("body", [GOOD[:-20], GOOD.replace(b"&lt;a/", b"\xff\xfe")])
def test_an_answer_broken_in_itself_is_asked_for_once_more(service: FaultyService, body: bytes) -> None:
    service.deeds = [reply(body), reply(GOOD), reply(EMPTY)]
    assert take(soap(service.port)) == [b"<a/>"]
    service.deeds = [reply(body), reply(body), reply(EMPTY)]
    assert take(soap(service.port)) == [body]


def test_a_gzipped_answer_is_read(service: FaultyService) -> None:
    service.deeds = [reply(gzip.compress(GOOD), Content_Encoding="gzip"), reply(EMPTY)]
    assert take(soap(service.port)) == [b"<a/>"]


def test_the_host_of_the_connection_is_called_and_never_the_one_in_the_wsdl(service: FaultyService) -> None:
    service.deeds = [reply(GOOD), reply(EMPTY)]
    take(soap(service.port, access={"path": None, "login": "hub", "password": "s3cret"}))
    method, path, headers, _ = service.requests[0]
    assert (method, path) == ("POST", "/exchange11")  # the path alone is the WSDL's
    assert headers["Authorization"].startswith("Basic ")
    assert headers["SOAPAction"] == '"urn:example:exchange:document#QueryBatch"'


def test_a_fault_that_repeats_the_password_does_not_show_it(service: FaultyService) -> None:
    fault = b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>s:Server</faultcode>'
    fault += b"<faultstring>bad login hub/s3cret</faultstring></s:Fault></s:Body></s:Envelope>"
    service.deeds = [reply(fault, 500)]
    error = failure(soap(service.port, access={"login": "hub", "password": "s3cret"}))
    assert "hub/***" in error.message_en


@pytest.mark.parametrize("answered", [b"", answer({"return": "true"}), b"<s:Envelope"])
def test_a_receipt_counts_as_delivered_whatever_the_service_murmurs(
    service: FaultyService, answered: bytes
) -> None:
    service.deeds = [reply(answered, 202 if not answered else 200)]
    receipt = {"operation": "PutReceipt", "arguments": {"name": "{name}", "receipt": "{receipt}"}}
    soap(service.port, receipt=receipt).deliver("QueryBatch;page=1;0", "<r>镕</r>".encode())
    assert "&lt;r&gt;镕&lt;/r&gt;".encode() in service.requests[0][3]


@pytest.mark.parametrize("lost", [reply(b"", 503), reset, cut(b"<s:", 900)], ids=["refused", "reset", "cut"])
def test_a_receipt_whose_answer_is_lost_or_bad_is_delivered_again_as_it_was(
    service: FaultyService, lost: Any
) -> None:
    service.deeds = [lost, reply(answer({"return": "true"}))]
    receipt = {"operation": "PutReceipt", "arguments": {"name": "{name}", "receipt": "{receipt}"}}
    source = soap(service.port, receipt=receipt)
    with pytest.raises(RetryError):
        source.deliver("QueryBatch;page=1;0", b"<r/>")
    source.deliver("QueryBatch;page=1;0", b"<r/>")
    first, second = [body for _, _, _, body in service.requests]
    assert first == second


def test_a_receipt_goes_as_base64_where_the_wsdl_wants_it(service: FaultyService, tmp_path: Path) -> None:
    text = (WSDLS / "exchange-document.wsdl").read_text(encoding="utf-8")
    changed = text.replace('name="receipt" type="xs:string"', 'name="receipt" type="xs:base64Binary"')
    assert changed != text
    (tmp_path / "bureau.wsdl").write_text(changed, encoding="utf-8")
    service.deeds = [reply(b"", 202)]
    receipt = {"operation": "PutReceipt", "arguments": {"name": "{name}", "receipt": "{receipt}"}}
    source = soap(service.port, wsdl="bureau.wsdl", folder=tmp_path, receipt=receipt)
    source.deliver("QueryBatch;page=1;0", "<r>镕</r>".encode())
    assert base64.b64encode("<r>镕</r>".encode()) in service.requests[0][3]


@pytest.mark.parametrize("options", [{"security": "token"}, {"arguments": {"since": "{password}"}}])
def test_a_login_that_the_connection_lacks_stops(service: FaultyService, options: dict[str, Any]) -> None:
    error = failure(soap(service.port, **options))
    assert error.code == "SOAP_CONNECTION"
    assert service.requests == []


def test_a_reply_of_nearly_ten_megabytes_is_read(service: FaultyService) -> None:
    text = "<a>" + "镕" * 3_200_000 + "</a>"
    service.deeds = [reply(answer({"return": text})), reply(EMPTY)]
    assert take(soap(service.port)) == [text.encode()]


# The WSDL and what it imports

SCHEMA = '<xs:import namespace="urn:other" schemaLocation="{}"/>'


def wsdl_with(imported: str, folder: Path) -> str:
    """A copy of the WSDL that imports a schema from somewhere."""
    text = (WSDLS / "exchange-document.wsdl").read_text(encoding="utf-8")
    marker = '<xs:complexType name="Page">'
    assert marker in text
    text = text.replace(marker, SCHEMA.format(imported) + marker)
    (folder / "bureau.wsdl").write_text(text, encoding="utf-8")
    return text


@pytest.mark.parametrize(
    "imported",
    [
        "http://elsewhere.example/types.xsd",
        "https://127.0.0.1:1/types.xsd",
        "../outside.xsd",
        "/etc/types.xsd",
        "file:///etc/x.xsd",
    ],
)
def test_an_import_from_elsewhere_stops_and_is_named(
    service: FaultyService, tmp_path: Path, imported: str
) -> None:
    wsdl_with(imported, tmp_path)
    error = failure(soap(service.port, wsdl="bureau.wsdl", folder=tmp_path))
    assert error.code == "SOAP_WSDL_IMPORT"
    assert imported.rpartition("/")[2] in error.message_en
    assert service.requests == []


def test_an_import_that_lies_beside_the_wsdl_is_read(service: FaultyService, tmp_path: Path) -> None:
    wsdl_with("types.xsd", tmp_path)
    schema = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:other"/>'
    (tmp_path / "types.xsd").write_text(schema, encoding="utf-8")
    service.deeds = [reply(GOOD), reply(EMPTY)]
    assert take(soap(service.port, wsdl="bureau.wsdl", folder=tmp_path)) == [b"<a/>"]


@pytest.mark.parametrize("imported", ["?xsd=xsd0", "/ws?xsd=xsd0"])
def test_a_service_may_divide_its_own_wsdl(service: FaultyService, tmp_path: Path, imported: str) -> None:
    text = wsdl_with(imported, tmp_path)
    schema = b'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:other"/>'
    service.deeds = [reply(text.encode()), reply(schema), reply(GOOD), reply(EMPTY)]
    assert take(soap(service.port, wsdl="?wsdl")) == [b"<a/>"]
    assert [path for _, path, _, _ in service.requests[:2]] == ["/ws?wsdl", "/ws?xsd=xsd0"]


WELL_KNOWN = {
    "http://schemas.xmlsoap.org/soap/encoding/": "http://schemas.xmlsoap.org/soap/encoding/",
    "http://www.w3.org/2003/05/soap-encoding": "http://www.w3.org/2003/05/soap-encoding",
    "http://www.w3.org/XML/1998/namespace": "http://www.w3.org/2001/xml.xsd",
    "http://www.w3.org/2005/05/xmlmime": "http://www.w3.org/2005/05/xmlmime",
    "http://www.w3.org/2004/08/xop/include": "http://www.w3.org/2004/08/xop/include",
    "http://www.w3.org/2001/XMLSchema": "http://www.w3.org/2001/XMLSchema.xsd",
    "http://schemas.xmlsoap.org/wsdl/": "http://schemas.xmlsoap.org/wsdl/",
    "http://ws-i.org/profiles/basic/1.1/xsd": "http://ws-i.org/profiles/basic/1.1/xsd",
}


@pytest.mark.parametrize("namespace", WELL_KNOWN)
def test_well_known_schemas_come_with_the_hub(service: FaultyService, tmp_path: Path, namespace: str) -> None:
    text = wsdl_with(WELL_KNOWN[namespace], tmp_path).replace("urn:other", namespace)
    (tmp_path / "bureau.wsdl").write_text(text, encoding="utf-8")
    service.deeds = [reply(GOOD), reply(EMPTY)]
    assert take(soap(service.port, wsdl="bureau.wsdl", folder=tmp_path)) == [b"<a/>"]


def test_arrays_of_the_soap_encoding_are_known(service: FaultyService, tmp_path: Path) -> None:
    array = """<xs:complexType name="Texts"><xs:complexContent><xs:restriction base="e:Array" xmlns:e="http://schemas.xmlsoap.org/soap/encoding/">
      <xs:attribute ref="e:arrayType" w:arrayType="xs:string[]" xmlns:w="http://schemas.xmlsoap.org/wsdl/"/>
    </xs:restriction></xs:complexContent></xs:complexType>"""
    text = (WSDLS / "exchange-rpc.wsdl").read_text(encoding="utf-8")
    text = text.replace('<xs:complexType name="Page">', array + '<xs:complexType name="Page">')
    (tmp_path / "bureau.wsdl").write_text(text, encoding="utf-8")
    service.deeds = [reply(GOOD), reply(EMPTY)]
    options = {"wsdl": "bureau.wsdl", "arguments": {"since": "", "pageSize": "9"}}
    assert take(soap(service.port, folder=tmp_path, **options)) == [b"<a/>"]


def test_a_wsdl_of_the_service_fetches_nothing_from_another_host_or_port(
    service: FaultyService, tmp_path: Path
) -> None:
    with faulty_service() as other:
        text = wsdl_with(f"http://127.0.0.1:{other.port}/ws?xsd=xsd0", tmp_path)
        service.deeds = [reply(text.encode())]
        error = failure(soap(service.port, wsdl="?wsdl"))
        assert error.code == "SOAP_WSDL_IMPORT"
        assert f":{other.port}/ws" in error.message_en
        assert other.requests == []


def test_a_reply_one_byte_over_the_limit_is_too_large(service: FaultyService) -> None:
    service.deeds = [reply(b" " * (LARGEST + 1))]
    assert failure(soap(service.port)).code == "SOAP_TOO_LARGE"


@pytest.mark.parametrize("doctype", ["<!DOCTYPE d>", '<!DOCTYPE d [<!ENTITY x SYSTEM "{}">]>'])
@pytest.mark.parametrize("where", ["file", "service"])
def test_a_wsdl_with_a_dtd_is_not_read(
    service: FaultyService, tmp_path: Path, where: str, doctype: str
) -> None:
    text = (WSDLS / "exchange-document.wsdl").read_text(encoding="utf-8")
    secret = tmp_path / "secret"
    secret.write_text("s3cret", encoding="utf-8")
    head, _, rest = text.partition("?>")
    text = f"{head}?>{doctype.format(secret.as_uri())}{rest}"
    (tmp_path / "bureau.wsdl").write_text(text, encoding="utf-8")
    service.deeds = [reply(text.encode())]
    wsdl = "bureau.wsdl" if where == "file" else "?wsdl"
    assert failure(soap(service.port, wsdl=wsdl, folder=tmp_path)).code == "SOAP_WSDL"


# TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 and its key in one PEM file, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "bureau")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "bureau.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def test_a_certificate_nobody_vouches_for_is_not_trusted_until_its_ca_is_named(certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with faulty_service(context) as service:
        service.deeds = [reply(GOOD), reply(EMPTY)]
        error = failure(soap(service.port, access={"kind": "https"}))
        assert (error.code, error.kind) == ("SOAP_TLS", "retry")
        assert "certificate" in error.message_en
        trusted = soap(service.port, access={"kind": "https", "extra": {"ca": str(certificate)}})
        assert take(trusted) == [b"<a/>"]


def test_a_slow_service_is_given_up_in_time_behind_tls_too(certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with faulty_service(context) as service:
        service.deeds = [dripping(service)]
        access = {"kind": "https", "extra": {"ca": str(certificate)}}
        assert failure(soap(service.port, access=access, timeout="1s")).code == "SOAP_TIMEOUT"


def test_tls_towards_a_service_without_it_fails_as_tls(service: FaultyService) -> None:
    assert failure(soap(service.port, access={"kind": "https"})).code == "SOAP_TLS"


@pytest.mark.parametrize(
    "access",
    [
        {"kind": "mysql"},
        {"host": None},
        {"host": "a@b"},
        {"kind": "https", "extra": {"ca": "/nowhere/ca.pem"}},
    ],
)
def test_a_connection_that_cannot_be_used_stops(access: dict[str, Any]) -> None:
    with pytest.raises(StopError) as caught:
        take(soap(1, access=access))
    assert caught.value.code == "SOAP_CONNECTION"
