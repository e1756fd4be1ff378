"""One service as its WSDL describes it: finds port and operation, fills the arguments, calls."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lxml import etree
from zeep import Client, Settings
from zeep.exceptions import Error as ZeepError
from zeep.wsse.username import UsernameToken
from zeep.xsd import Base64Binary, ComplexType

from connectors.soap.address import Address
from connectors.soap.failures import ARGUMENT, CONNECTION, FIELD, OPERATION, WSDL, At, stopping
from connectors.soap.options import SoapOptions
from connectors.soap.transport import Answer, HubTransport
from hub.errors import HubError

DEEP = 10


class Service:
    """A service ready to be called. Making it reads the WSDL. Raises HubError."""

    def __init__(self, at: At, address: Address, options: SoapOptions, folder: Path) -> None:
        self.at = at
        self._options = options
        self._address = address
        remote = "?" in options.wsdl
        local = None if remote else folder / options.wsdl
        self._transport = HubTransport(
            at, address, options.timeout_s, local, basic=options.security == "basic"
        )
        location = str(local.absolute()) if local else address.wsdl(options.wsdl)
        self._client = _client(self._transport, location, at, _token(options, address, at))
        self.service_name, self.port_name, port = self._port()
        self._binding = port.binding
        self.url = address.at(port.binding_options.get("address"))
        self._proxy = self._client.create_service(port.binding.name, self.url)  # type: ignore[no-untyped-call]
        self.at = At(at.system, _shown(self.url), at.operation)
        self._transport.at = self.at

    @property
    def version(self) -> str:
        """The version of SOAP that is spoken."""
        return _version(self._binding)

    def operation(self, name: str) -> Any:
        """An operation of the port. Raises StopError SOAP_OPERATION, listing those there are."""
        found = self._binding.all()
        if name not in found:
            near = difflib.get_close_matches(name, found, n=1)
            hint = f" → {near[0]}?" if near else ""
            raise stopping(OPERATION, self.at, f"{name}{hint}: {', '.join(sorted(found)) or '-'}")
        return found[name]

    def check_fields(self, name: str, paths: Mapping[str, str | None]) -> None:
        """Raises StopError SOAP_FIELD where the WSDL knows the whole reply and a path (by option) is not in it."""
        output = self.operation(name).output
        body = getattr(output, "body", None)
        for option, path in paths.items():
            if path and path != "." and body is not None:
                self._check_field(option, path, body.type)

    def call(self, name: str, arguments: Mapping[str, Any], fill: Mapping[str, str]) -> Answer:
        """Call an operation; texts that are a whole placeholder are replaced from `fill`. Raises HubError."""
        wanted = getattr(self.operation(name).input, "body", None)
        self._transport.at = At(self.at.system, self.at.address, name)
        known = {**fill, "{login}": self._address.login, "{password}": self._address.password}
        filled = _filled(arguments, known, getattr(wanted, "type", None), self._transport.at)
        try:
            with self._client.settings(raw_response=True):
                answer = self._proxy[name](*self._bare(wanted, filled), **filled)
        except HubError:
            raise
        except (ZeepError, TypeError, ValueError, AttributeError, KeyError) as error:
            raise stopping(ARGUMENT, self._transport.at, self._address.hide(f"{error}")) from error
        if not isinstance(answer, Answer):
            raise stopping(WSDL, self._transport.at, type(answer).__name__)
        return answer

    def _bare(self, wanted: Any, filled: dict[str, Any]) -> list[Any]:
        """The one text that a bare request consists of, given under its element's name; taken out of `filled`."""
        if wanted is None or isinstance(wanted.type, ComplexType):
            return []
        if list(filled) != [wanted.name]:
            raise stopping(ARGUMENT, self._transport.at, f"{', '.join(filled) or '-'} → {wanted.name}")
        return [filled.pop(wanted.name)]

    def _port(self) -> tuple[str, str, Any]:
        services = self._client.wsdl.services
        name = self._options.service or next(iter(services), "")
        if name not in services:
            raise stopping(OPERATION, self.at, f"service {name or '-'}: {', '.join(services) or '-'}")
        ports = {
            each: port
            for each, port in services[name].ports.items()
            if _version(port.binding) in ("1.1", "1.2")
        }
        wanted, soap = self._options.port, self._options.soap
        for each, port in ports.items():
            if wanted in (None, each) and soap in (None, _version(port.binding)):
                return name, each, port
        listed = ", ".join(f"{each} (SOAP {_version(port.binding)})" for each, port in ports.items())
        raise stopping(OPERATION, self.at, f"port {wanted or '-'} SOAP {soap or '-'}: {listed or '-'}")

    def _check_field(self, option: str, path: str, kind: Any) -> None:
        for step in path.split("/"):
            if not isinstance(kind, ComplexType):
                raise stopping(FIELD, self.at, f"{option}: {path}: {step}")
            known = dict(_children(kind))
            if step in known:
                kind = known[step]
            elif None in known:
                return  # the WSDL leaves this place open (xs:any)
            else:
                raise stopping(
                    FIELD, self.at, f"{option}: {path}: {step}? {', '.join(map(str, known)) or '-'}"
                )


def _client(transport: HubTransport, location: str, at: At, token: UsernameToken | None) -> Client:
    settings = Settings(
        strict=True, xml_huge_tree=False, forbid_dtd=True, forbid_entities=True, force_https=False
    )
    try:
        return Client(location, wsse=token, transport=transport, settings=settings)  # type: ignore[no-untyped-call]
    except HubError:
        raise
    except (
        ZeepError,
        etree.LxmlError,
        LookupError,
        TypeError,
        ValueError,
        AttributeError,
        NotImplementedError,
    ) as error:
        raise stopping(WSDL, at, f"{type(error).__name__}: {error}") from error


def _token(options: SoapOptions, address: Address, at: At) -> UsernameToken | None:
    if not options.security.startswith("token"):
        return None
    if not address.login:
        raise stopping(CONNECTION, at, f"security: {options.security}, login?")
    return UsernameToken(address.login, address.password, use_digest=options.security == "token-digest")  # type: ignore[no-untyped-call]


def _version(binding: Any) -> str:
    return {"Soap11Binding": "1.1", "Soap12Binding": "1.2"}.get(type(binding).__name__, "-")


def _children(kind: ComplexType) -> Iterator[tuple[str | None, Any]]:
    """The element names of a type with their types; None for xs:any. Groups and choices are walked through."""
    for name, element in kind.elements:
        found = getattr(element, "name", None)
        yield (found if hasattr(element, "type") and found else None), getattr(element, "type", None)
        del name


def _filled(given: object, fill: Mapping[str, str | None], kind: Any, at: At, depth: int = 0) -> Any:
    """The arguments with placeholders filled in; bytes where the WSDL wants base64. Raises StopError SOAP_CONNECTION."""
    if isinstance(given, Mapping) and depth < DEEP:
        known = dict(_children(kind)) if isinstance(kind, ComplexType) else {}
        return {name: _filled(each, fill, known.get(name), at, depth + 1) for name, each in given.items()}
    if isinstance(given, list):
        return [_filled(each, fill, kind, at, depth + 1) for each in given]
    text = fill.get(str(given), str(given))
    if text is None:
        raise stopping(CONNECTION, at, f"{given}?")
    return text.encode("utf-8") if isinstance(kind, Base64Binary) else text


def _shown(url: str) -> str:
    return url.partition("?")[0]
