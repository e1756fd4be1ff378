"""Where a service is called: by the connection, never by the WSDL's host, and nothing secret in a message."""

from __future__ import annotations

import pytest

from connectors.base import Access
from connectors.soap.address import address_of, origin_of, plain_url
from connectors.soap.declarations import FILES, find
from hub.errors import StopError

SAID = "http://intern.example:9999/services/Exchange?x=1"


@pytest.mark.parametrize(
    ("access", "url", "wsdl"),
    [
        (
            Access("b", "http", "10.1.2.3", 8080, path="ws/exchange"),
            "http://10.1.2.3:8080/ws/exchange",
            "?wsdl",
        ),
        (Access("b", "https", "host"), "https://host/services/Exchange?x=1", "?wsdl"),
        (Access("b", "http", "https://host", 8443), "https://host:8443/services/Exchange?x=1", "?wsdl"),
        (Access("b", "http", "https://host/ws/", path="a.asmx"), "https://host/ws/a.asmx", "?WSDL"),
        (Access("b", "http", "fd00::1", 80, path="ws"), "http://[fd00::1]:80/ws", "?wsdl"),
        (Access("b", "http", "host", path="服务 1"), "http://host/%E6%9C%8D%E5%8A%A1%201", "/other?wsdl"),
    ],
)
def test_the_connection_says_where_and_the_wsdl_at_most_which_path(
    access: Access, url: str, wsdl: str
) -> None:
    address = address_of(access, "land")
    assert address.at(SAID) == url
    base = address.origin if wsdl.startswith("/") else address.at(None)
    assert address.wsdl(wsdl) == base + wsdl
    assert address.owns(url)
    assert not address.owns(SAID)


def test_a_port_that_goes_without_saying_is_the_same_origin() -> None:
    assert origin_of("https://Host/x") == origin_of("https://host:443/y")
    assert origin_of("https://host") != origin_of("http://host")
    assert origin_of("http://host:99999/") != origin_of("http://host/")


@pytest.mark.parametrize("kind", ["", "ftp", "mysql"])
def test_only_http_and_https_are_called(kind: str) -> None:
    with pytest.raises(StopError) as caught:
        address_of(Access("bureau", kind, "host"), "land")
    assert caught.value.code == "SOAP_CONNECTION"
    assert caught.value.place.system == "land"


def test_no_message_shows_a_password_a_login_in_a_url_or_a_query() -> None:
    address = address_of(Access("b", "http", "host", login="hub", password="s3cret"), "land")
    assert "s3cret" not in repr(address)
    assert address.hide("login hub/s3cret failed") == "login hub/*** failed"
    assert plain_url("https://hub:s3cret@host:1/ws?token=s3cret#s3cret") == "https://host:1/ws"


@pytest.mark.parametrize("address", sorted(FILES))
@pytest.mark.parametrize("form", ["http://{}", "https://{}", "http://{}/"])
def test_every_declaration_is_found_by_its_address(address: str, form: str) -> None:
    found = find(form.format(address))
    assert found is not None
    assert b"<xs:schema" in found


@pytest.mark.parametrize(
    "url", ["schemas.xmlsoap.org/wsdl", "ftp://schemas.xmlsoap.org/wsdl", "http://elsewhere/wsdl", ""]
)
def test_nothing_else_is_declared(url: str) -> None:
    assert find(url) is None
