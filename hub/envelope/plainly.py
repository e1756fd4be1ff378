"""Packages that are a document as it stands: no seal, no packing, UTF-8. They need not be opened, only looked at once.

What is admitted here is narrower than what `unseal` and `open_package` take for such a document, and the same for these:
whatever is not admitted, or is not in order, goes their way, where it is also told what is wrong with it.
"""

from __future__ import annotations

import re

from hub.envelope.kinds import HEAD, is_tar
from hub.envelope.text import HEAD as TEXT_HEAD
from hub.envelope.text import XINCLUDE
from hub.envelope.trust import Policy
from hub.limits import Limits

# The root begins right behind the declaration: no DOCTYPE, no stylesheet, no comment can stand before it.
_BEGIN = re.compile(rb"""<\?xml version="1\.0"(?: encoding="(?i:utf-8)")?\?>[ \t\r\n]{0,8}<[A-Za-z]""")


def stands_as_it_is(data: bytes, policy: Policy, limits: Limits) -> bool:
    """Whether `data` is the document itself, and `policy` lets it come without a seal; nothing is raised."""
    if "required" in (policy.signed, policy.encrypted):
        return False
    # What is shorter might be a signature, or no tar only for want of bytes.
    if not HEAD <= len(data) <= min(limits.package_bytes, limits.document_bytes):
        return False
    if not _BEGIN.match(data) or is_tar(data[:HEAD]) or b"\0" in data or XINCLUDE in data:
        return False
    if b"\r" in data and b"\n" not in data[:TEXT_HEAD]:
        return False  # its lines end with a carriage return alone
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
