"""HTTP for the SOAP library: one origin, no redirects, a time limit, a size limit, and nothing else from the network."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import requests
import urllib3
from lxml import etree
from requests.auth import HTTPBasicAuth
from zeep.transports import Transport

from connectors.soap import declarations
from connectors.soap.address import Address, plain_url
from connectors.soap.deadline import Deadline
from connectors.soap.failures import (
    CONNECTION,
    CUT,
    IMPORT,
    NOT_THERE,
    REDIRECT,
    TIMEOUT,
    TLS,
    TOO_LARGE,
    UNREACHABLE,
    WSDL,
    At,
    passing,
    stopping,
)
from connectors.soap.statuses import check_status
from hub.errors import HubError

LARGEST = 10_000_000
"""Bytes of one reply: what the XML parser takes as one text."""
CONNECT_S = 10.0
BLOCK = 1 << 16


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back over HTTP: status, headers (names in lower case) and the whole body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "")


class HubTransport(Transport):
    """The only way out. `load` gives the WSDL and what it may import; `post` makes a call."""

    def __init__(
        self,
        at: At,
        address: Address,
        timeout: float,
        wsdl: Path | None,
        *,
        basic: bool,
    ) -> None:
        super().__init__(timeout=timeout, operation_timeout=timeout, session=_session(address, basic))  # type: ignore[no-untyped-call]
        self.at = at
        self._address = address
        self._timeout = timeout
        self._wsdl = wsdl
        self._deadline = Deadline()
        for scheme in ("http://", "https://"):
            self.session.mount(scheme, self._deadline)

    def load(self, url: str) -> bytes:
        """A WSDL or schema: declared here, beside a local WSDL, or from the service's origin. Raises HubError."""
        known = declarations.find(url)
        if known is not None:
            return known
        if self._wsdl is None:
            if not self._address.owns(url):
                raise stopping(IMPORT, self.at, plain_url(url))
            return self._fetch(url)
        path = _local(url)
        if path is None or path.resolve().parent != self._wsdl.resolve().parent:
            raise stopping(IMPORT, self.at, plain_url(url) if path is None else path)
        try:
            return path.read_bytes()
        except OSError as error:
            raise stopping(WSDL, self.at, f"{path}: {error.strerror}") from error

    def post(self, address: str, message: bytes, headers: Mapping[str, str]) -> Answer:
        """Call the service. Raises HubError unless a reply of status 200, or one with a SOAP fault, came whole."""
        answer = self._ask("POST", address, headers, message)
        check_status(self.at, answer.status, answer.content_type, answer.body)
        return answer

    def post_xml(self, address: str, envelope: etree._Element, headers: Mapping[str, str]) -> Answer:
        """See the library's `Transport.post_xml`."""
        return self.post(address, etree.tostring(envelope, xml_declaration=True, encoding="UTF-8"), headers)

    def _fetch(self, url: str) -> bytes:
        answer = self._ask("GET", url, {}, None)
        check_status(self.at, answer.status, answer.content_type, answer.body)
        if answer.status != 200:
            raise stopping(NOT_THERE, self.at, f"{plain_url(url)}: HTTP {answer.status}")
        return answer.body

    def _ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        limits = (min(CONNECT_S, self._timeout), self._timeout)
        try:
            with self._deadline.within(self._timeout):
                response = self.session.request(
                    method,
                    url,
                    data=body,
                    headers=headers,
                    timeout=limits,
                    allow_redirects=False,
                    stream=True,
                )
                with closing(response):
                    content = self._whole(response)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise self._told(error) from error
        if self._deadline.passed:  # a body whose end is the end of the connection looks whole even so
            raise passing(TIMEOUT, self.at, f"{self._timeout:g} s")
        found = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, found, content)

    def _whole(self, response: requests.Response) -> bytes:
        """The body, unpacked and bounded in size. Raises StopError for a redirect, and for a body that is too large."""
        if 300 <= response.status_code < 400:
            target = plain_url(response.headers.get("Location", "-"))
            raise stopping(REDIRECT, self.at, f"HTTP {response.status_code} → {target}")
        found = bytearray()
        while block := response.raw.read1(BLOCK, decode_content=True):
            found += block
            if len(found) > LARGEST:
                raise stopping(TOO_LARGE, self.at, f"> {LARGEST} bytes")
        return bytes(found)

    def _told(self, error: Exception) -> HubError:
        """What a failure of the network means. The library's own text is left out: it repeats the whole URL."""
        chain = _causes(error)
        if self._deadline.passed or _has(
            chain, requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError
        ):
            return passing(TIMEOUT, self.at, f"{self._timeout:g} s")
        last = type(chain[-1]).__name__
        if _has(chain, requests.exceptions.SSLError, urllib3.exceptions.SSLError):
            return passing(TLS, self.at, getattr(chain[-1], "verify_message", "") or last)
        if isinstance(error, urllib3.exceptions.HTTPError | requests.exceptions.ChunkedEncodingError):
            return passing(CUT, self.at, last)
        if isinstance(error, ValueError):  # the library's words for an address that is none
            return stopping(CONNECTION, self.at, type(error).__name__)
        reasons = (each.strerror for each in chain if isinstance(each, OSError) and each.strerror)
        return passing(UNREACHABLE, self.at, next(reasons, last))


def _session(address: Address, basic: bool) -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # no proxy, no .netrc, no CA of whoever started the process
    session.verify = address.ca or True
    session.cert = address.certificate
    if basic and address.login:
        session.auth = HTTPBasicAuth(address.login.encode("utf-8"), (address.password or "").encode("utf-8"))
    return session


def _has(chain: list[BaseException], *kinds: type[BaseException]) -> bool:
    """Whether one of these is the cause; the library calls a refused connection a timeout too, which it is not."""
    refused = urllib3.exceptions.NewConnectionError
    return any(isinstance(each, kinds) and not isinstance(each, refused) for each in chain)


def _causes(error: BaseException) -> list[BaseException]:
    """An error and what lies below it, outermost first; the network libraries hide the cause in several places."""
    found: list[BaseException] = []
    todo: list[object] = [error]
    while todo:
        each = todo.pop(0)
        if isinstance(each, BaseException) and each not in found:
            found.append(each)
            todo += [getattr(each, "reason", None), *each.args, each.__cause__, each.__context__]
    return found


def _local(url: str) -> Path | None:
    parts = urlsplit(url)
    if parts.scheme == "file":
        return Path(unquote(parts.path))
    return Path(url) if not parts.scheme else None
