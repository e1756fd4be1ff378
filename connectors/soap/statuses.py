"""What an HTTP status and a web page in place of SOAP mean; a SOAP fault, whatever its status, is left to the reply."""

from __future__ import annotations

import re

from connectors.soap.failures import DENIED, HTML, HTTP, NOT_THERE, REFUSED, At, passing, shown, stopping

_PAGE = re.compile(
    rb"^(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b", re.I | re.S
)
_TITLE = re.compile(rb"<title[^>]*>(.*?)</title>", re.I | re.S)
_META = re.compile(rb"charset\s*=\s*[\"']?([\w-]+)", re.I)
_FAULT = re.compile(rb"<(?:[\w.-]+:)?Fault[\s>/]")
LOOKED_AT = 4096


def check_status(at: At, status: int, content_type: str, body: bytes) -> None:
    """Return where the body is to be read as SOAP; else raise RetryError or StopError."""
    if status in (401, 403):
        raise stopping(DENIED, at, f"HTTP {status}")
    faulty = _FAULT.search(body) is not None
    if status in (404, 405, 410) and not faulty:
        raise stopping(NOT_THERE, at, f"HTTP {status}")
    if is_page(content_type, body):
        raise passing(HTML, at, f"HTTP {status}: {title(content_type, body) or '-'}")
    if status < 300 or faulty:
        return
    if status >= 500 or status in (408, 425, 429):
        raise passing(HTTP, at, f"HTTP {status}")
    raise stopping(REFUSED, at, f"HTTP {status}")


def is_page(content_type: str, body: bytes) -> bool:
    """Whether this is a web page: it begins like one, or calls itself one and has no envelope."""
    if _PAGE.match(body[:LOOKED_AT]):
        return True
    return "html" in content_type.lower() and b"Envelope" not in body[:LOOKED_AT]


def title(content_type: str, body: bytes) -> str:
    """The title of a web page, in whatever character set it says."""
    found = _TITLE.search(body)
    if found is None:
        return ""
    said = _META.search(content_type.encode()) or _META.search(body[:LOOKED_AT])
    name = said[1].decode().lower() if said else "utf-8"
    encoding = "gb18030" if name.startswith("gb") else "utf-8"
    return shown(found[1].decode(encoding, "replace"))
