"""Reads a SOAP reply of either version: its fault, its fields by path, and the document in it. Knows no WSDL."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any, cast
from urllib.parse import unquote

from lxml import etree

from connectors.soap.documents import GB_FAMILY, from_element, from_text
from connectors.soap.failures import DENIED, FAULT, FAULT_STOP, FOREIGN, At, passing, shown, stopping
from hub.errors import HubError

ENVELOPES = ("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope")
RPC_12 = "http://www.w3.org/2003/05/soap-rpc"
CALLERS_FAULT = ("Client", "Sender", "VersionMismatch", "MustUnderstand", "DataEncodingUnknown")
NOT_LET_IN = ("FailedAuthentication", "InvalidSecurity", "InvalidSecurityToken", "FailedCheck")
_DECLARED = re.compile(rb"^<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_HEAD = re.compile(r"^\s*<\?xml[^>]*\?>")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.-]+)", re.I)
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_INCLUDE = "{http://www.w3.org/2004/08/xop/include}Include"
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


class Malformed(Exception):
    """A SOAP reply that is not well-formed; its text says why, `body` is the reply. Never leaves this room."""

    def __init__(self, reason: str, body: bytes = b"") -> None:
        super().__init__(reason)
        self.body = body


@dataclass(frozen=True, slots=True)
class Fault:
    """A SOAP fault: its code as written, every code that stands in it, and its text."""

    code: str
    codes: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What stands in the body: `wrapper` is its first element, None in an empty body."""

    wrapper: etree._Element | None

    def text(self, path: str) -> str | None:
        """The text of a field, None where it is absent or nil."""
        found = self._find(path)
        return None if found is None else _whole(found).strip()

    def document(self, path: str | None) -> bytes | None:
        """The document of the reply; None where there is none: absent, nil or blank.

        Without a path it is in the first field. XML that is not wrapped in text is taken as it stands.
        """
        if self.wrapper is None:
            return None
        found = self._find(path) if path else next(_elements(self.wrapper), self.wrapper)
        if found is None or _is_nil(found):
            return None
        inner = list(_elements(found))
        if inner:
            return from_element(inner[0] if len(inner) == 1 and path != "." else found)
        text = _whole(found)
        return from_text(text) if text.strip() else None

    def _find(self, path: str) -> etree._Element | None:
        found = self.wrapper
        for name in () if path == "." else path.split("/"):
            if found is None:
                return None
            found = next((each for each in _elements(found) if _local(each) == name), None)
            if found is not None and (found.get("href") or "").startswith("#"):  # SOAP encoding's multiRef
                found = _referred(found)
        return None if found is None or _is_nil(found) else found


def read_reply(body: bytes, content_type: str, charset: str, at: At) -> Reply | Fault:
    """Read a reply. Raises Malformed; RetryError SOAP_NO_ENVELOPE where it is something else altogether."""
    parts: dict[str, bytes] = {}
    if content_type.lower().startswith("multipart/"):
        body, parts = _divided(body, content_type)
    if b"Envelope" not in body.replace(b"\0", b""):
        raise passing(FOREIGN, at, body[:80].decode("utf-8", "replace") or "0 bytes")
    root = _parsed(_decoded(body, content_type if not parts else "", charset))
    name = etree.QName(root)
    inner = next((each for each in _elements(root) if _local(each) == "Body"), None)
    if name.localname != "Envelope" or name.namespace not in ENVELOPES or inner is None:
        raise passing(FOREIGN, at, f"<{root.tag}>")
    first = next(_elements(inner), None)
    if first is not None and etree.QName(first).namespace in ENVELOPES and _local(first) == "Fault":
        return _fault(first)
    if parts and first is not None:
        _include(first, parts)
    return Reply(first)


def fault_error(
    fault: Fault, at: At, retry: tuple[str, ...], stop: tuple[str, ...], hide: str | None = None
) -> HubError:
    """What a fault means: by the registration's lists, else by the standard codes; an unknown code passes."""
    text = f"{fault.code}: {fault.text}"
    said = shown(text.replace(hide, "***") if hide else text)
    if any(code in stop for code in fault.codes):
        return stopping(FAULT_STOP, at, said)
    if any(code in retry for code in fault.codes):
        return passing(FAULT, at, said)
    if any(code in NOT_LET_IN for code in fault.codes):
        return stopping(DENIED, at, said)
    if fault.codes and fault.codes[0] in CALLERS_FAULT:
        return stopping(FAULT_STOP, at, said)
    return passing(FAULT, at, said)


def glimpse(body: bytes, field: str) -> str | None:
    """The text of a field in a reply that cannot be parsed, if its beginning can be read after all."""
    name = re.escape(field.rpartition("/")[2].encode())
    found = re.search(rb"<(?:[\w.-]+:)?" + name + rb"(?:\s[^<>]*)?>([^<>&]{1,500})</", body)
    return found[1].decode("utf-8", "replace").strip() if found else None


def _fault(element: etree._Element) -> Fault:
    values = [_own_text(each) for each in element.iter() if _local(each) in ("faultcode", "Value")]
    codes = [code for code in values if code]
    reasons = [_own_text(each) for each in element.iter() if _local(each) in ("faultstring", "Text")]
    details = [
        _own_text(each)
        for top in _elements(element)
        if _local(top).lower() == "detail"
        for each in top.iter()
        if not len(each)
    ]
    plain = [code.rpartition(":")[2] for code in codes]
    known = [*(code.partition(".")[0] for code in plain), *plain, *codes, *details]
    return Fault(codes[0] if codes else "-", tuple(known), next((r for r in reasons if r), ""))


def _decoded(body: bytes, content_type: str, charset: str) -> str:
    names = [charset] if charset != "auto" else [mark for sign, mark in _MARKS if body.startswith(sign)]
    if not names:
        declared = _DECLARED.match(body.lstrip()[:300])
        said = _CHARSET.search(content_type)
        names = [declared[1].decode()] if declared else []
        names += [said[1]] if said else []
        names += [] if names else ["utf-8"]
    for name in names:
        try:
            return body.decode("gb18030" if name.lower().startswith(GB_FAMILY) else name)
        except (UnicodeDecodeError, LookupError):
            continue  # not a failure yet: the next name may fit
    raise Malformed(f"no valid {' / '.join(names)}")


def _parsed(text: str) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(
            _HEAD.sub("", text.lstrip("\ufeff"), count=1).lstrip().encode("utf-8"), parser
        )
    except etree.XMLSyntaxError as error:
        raise Malformed(shown(error.msg)) from error
    if cast("Any", root.getroottree().docinfo).doctype:
        raise Malformed("DOCTYPE")
    return root


def _divided(body: bytes, content_type: str) -> tuple[bytes, dict[str, bytes]]:
    """The first part of a multipart reply (MTOM, attachments), and the others by Content-ID."""
    message = BytesParser(policy=HTTP).parsebytes(
        b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body
    )
    parts = list(message.iter_parts()) if message.is_multipart() else []
    if not parts:
        raise Malformed("multipart without parts")
    bodies = [part.get_payload(decode=True) or b"" for part in parts]
    names = [str(part.get("Content-ID", "")).strip("<> ") for part in parts]
    return bytes(bodies[0]), {name: bytes(each) for name, each in zip(names[1:], bodies[1:], strict=True)}


def _include(element: etree._Element, parts: dict[str, bytes]) -> None:
    """Put attached bytes where the message refers to them, as base64."""
    for each in list(element.iter(_INCLUDE)):
        name = unquote((each.get("href") or "").removeprefix("cid:"))
        parent = each.getparent()
        if parent is not None and name in parts:
            parent.text = base64.b64encode(parts[name]).decode("ascii")
            parent.remove(each)


def _referred(element: etree._Element) -> etree._Element | None:
    wanted = (element.get("href") or "")[1:]
    return next((each for each in element.getroottree().iter() if each.get("id") == wanted), None)


def _elements(element: etree._Element) -> Iterator[etree._Element]:
    """The elements inside, but for SOAP 1.2's `rpc:result`, which only names the one that counts."""
    return (each for each in element.iterchildren("*") if etree.QName(each).namespace != RPC_12)


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _whole(element: etree._Element) -> str:
    """The text, also across comments and inner elements."""
    return "".join(str(each) for each in element.itertext())


def _own_text(element: etree._Element) -> str:
    return (element.text or "").strip()


def _is_nil(element: etree._Element) -> bool:
    return element.get(_NIL) in ("true", "1")
