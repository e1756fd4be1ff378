"""What stands as it is comes out of opening unchanged and unnoted, for whatever policy lets it come so."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from hub.envelope import Limits, open_package
from hub.envelope.plainly import stands_as_it_is
from hub.envelope.trust import Policy
from hub.envelope.unsealing import unseal
from tests.support.message import case, package

WHOLE = package([case("A1")], "P1")
BEGIN = b'<?xml version="1.0" encoding="UTF-8"?>'
USUAL, LIMITS = Policy("land"), Limits()
PACKAGES: dict[str, tuple[bytes, bool]] = {
    "as it is": (WHOLE, True),
    "no encoding named": (WHOLE.replace(b' encoding="UTF-8"', b""), True),
    "small letters": (WHOLE.replace(b"UTF-8", b"utf-8"), True),
    "without a declaration": (WHOLE.replace(BEGIN, b""), False),
    "a byte order mark": (b"\xef\xbb\xbf" + WHOLE, False),
    "another encoding": (WHOLE.replace(b"UTF-8", b"GBK"), False),
    "bytes of another encoding": (WHOLE.replace(b"P1", "单".encode("gbk")), False),
    "half a surrogate pair": (WHOLE.replace(b"P1", b"\xed\xa0\x80"), False),
    "lines that end as on Windows": (WHOLE.replace(b"\n", b"\r\n"), True),
    "lines that end with a carriage return alone": (WHOLE.replace(b"\n", b"\r"), False),
    "a null": (WHOLE.replace(b"P1", b"P\x001"), False),
    "a doctype": (WHOLE.replace(BEGIN, BEGIN + b"<!DOCTYPE x>"), False),
    "a stylesheet": (WHOLE.replace(BEGIN, BEGIN + b'<?xml-stylesheet href="x"?>'), False),
    "a comment first": (WHOLE.replace(BEGIN, BEGIN + b"<!-- 1 -->"), False),
    "an inclusion": (WHOLE.replace(b"P1", b"http://www.w3.org/2001/XInclude"), False),
    "packed": (gzip.compress(WHOLE), False),
    "a tar that begins like XML": (BEGIN.ljust(257, b" ") + b"ustar" + bytes(762), False),
    "too short to tell": (BEGIN + b"<a/>", False),
    "empty": (b"", False),
}


@pytest.mark.parametrize("what", PACKAGES)
def test_only_what_opening_would_hand_on_as_it_is_need_not_be_opened(tmp_path: Path, what: str) -> None:
    data, as_it_is = PACKAGES[what]
    assert stands_as_it_is(data, USUAL, LIMITS) is as_it_is
    if as_it_is:
        raw = tmp_path / "raw"
        raw.write_bytes(data)
        inside = unseal(raw, tmp_path / "work", USUAL, lambda: (), 1, LIMITS)
        assert (inside.file, inside.seal) == (raw, None)
        opened = open_package(raw, tmp_path / "work", LIMITS, digest="0" * 64)
        assert (opened.document, opened.notes, dict(opened.attachments)) == (raw, (), {})


@pytest.mark.parametrize(
    ("policy", "limits"),
    [
        (Policy("land", signed="required"), LIMITS),
        (Policy("land", encrypted="required"), LIMITS),
        (USUAL, Limits(package_bytes=len(WHOLE) - 1)),
        (USUAL, Limits(document_bytes=len(WHOLE) - 1)),
    ],
)
def test_where_a_seal_is_required_or_a_limit_exceeded_it_is_opened_and_refused(
    policy: Policy, limits: Limits
) -> None:
    assert not stands_as_it_is(WHOLE, policy, limits)
