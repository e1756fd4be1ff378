"""Options and connections of FTP: what is taken, what is refused, and that passwords never show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connectors.base import Access
from connectors.ftp.options import Address, address_of, fingerprint_of, fingerprint_shown, options_of
from hub.errors import StopError

HEX = "0123456789abcdef" * 4
SHOWN = fingerprint_shown(HEX)


@pytest.mark.parametrize(
    "text",
    [HEX, HEX.upper(), SHOWN, SHOWN.removeprefix("SHA256:"), "sha256 Fingerprint=" + SHOWN[7:], f" {HEX}\n", "SHA-256:" + HEX],
)  # fmt: skip
def test_a_fingerprint_is_taken_as_people_copy_it(text: str) -> None:
    assert fingerprint_of(text) == HEX


@pytest.mark.parametrize("text", ["", "AB:CD", HEX[1:], HEX + "0", "SHA1:" + HEX[:40], "g" * 64])
def test_what_is_no_sha_256_is_refused(text: str) -> None:
    with pytest.raises(StopError) as caught:
        options_of("land", {"connection": "x", "fingerprints": [text]})
    assert caught.value.code == "CONNECTOR_OPTION"
    assert caught.value.place.field == "connector.fingerprints"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "connection"), ({"connection": " "}, "connection"), ({"connection": "x", "tls": "yes"}, "tls"),
        ({"connection": "x", "mode": "both"}, "mode"), ({"connection": "x", "names": "gbk"}, "names"),
        ({"connection": "x", "listing": "nlst"}, "listing"), ({"connection": "x", "timeout": "soon"}, "timeout"),
        ({"connection": "x", "fingerprints": HEX}, "fingerprints"), ({"connection": "x", "tls": "none", "ca": "ca.pem"}, "tls"),
        ({"connection": "x", "tls": "none", "fingerprints": [HEX]}, "tls"),
    ],
)  # fmt: skip
def test_an_option_that_cannot_be_worked_with_is_named(given: dict[str, Any], field: str) -> None:
    with pytest.raises(StopError) as caught:
        options_of("land", given)
    assert caught.value.place.field == f"connector.{field}"
    assert "docs/connectors/ftp.md" in caught.value.remedy_en


def address(access: Access, **options: Any) -> Address:
    return address_of("land", options_of("land", {"connection": "x", **options}), access, Path("/systems"))


@pytest.mark.parametrize(
    ("host", "port", "tls", "found"),
    [
        ("10.1.2.3", None, "explicit", ("10.1.2.3", 21)), ("10.1.2.3", 2121, "explicit", ("10.1.2.3", 2121)),
        ("ftp://10.1.2.3/", None, "implicit", ("10.1.2.3", 990)), ("[fd00::1]", None, "none", ("fd00::1", 21)),
    ],
)  # fmt: skip
def test_host_and_port_come_from_the_connection(
    host: str, port: int | None, tls: str, found: tuple[str, int]
) -> None:
    made = address(Access("x", "ftp", host, port, "hub", "pw"), tls=tls)
    assert (made.host, made.port) == found


@pytest.mark.parametrize(
    "access",
    [Access("x", "ftp"), Access("x", "ftp", "a b"), Access("x", "ftp", "h", login="u\r\nDELE x"), Access("x", "ftp", "h", password="p\nx")],
)  # fmt: skip
def test_a_connection_that_cannot_be_used_stops_the_system_and_does_not_show_the_password(
    access: Access,
) -> None:
    with pytest.raises(StopError) as caught:
        address(access)
    assert caught.value.code == "FTP_CONNECTION"


def test_a_password_never_shows_and_files_are_looked_for_beside_the_registration() -> None:
    made = address(Access("x", "ftp", "h", None, "hub", "secret", extra={"fingerprint": SHOWN}), ca="ca.pem")
    assert "secret" not in repr(made)
    assert str(made) == "ftp://hub@h:21"
    assert made.ca == "/systems/ca.pem"
    assert made.fingerprints == (HEX,)
