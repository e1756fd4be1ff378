"""Listings of FTP servers as they come over the wire: Unix, IIS, MLSD, and what is none of them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.ftp.listing import FILE, FOLDER, OTHER, Entry, entry_of_list, entry_of_mlsd, is_noise, moment
from connectors.ftp.wire import readable

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
GBK = "国土报文 01.xml".encode("gbk")


def at(*parts: int) -> float:
    return datetime(*parts, tzinfo=UTC).timestamp()  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("line", "entry"),
    [
        (b"-rw-r--r--   1 hub      nogroup      1234 Feb 22 07:58 a.xml", Entry(b"a.xml", FILE, 1234, at(2026, 2, 22, 7, 58))),
        (b"-rw-r--r--    1 1        1               3 Feb 22 08:13  lead.xml", Entry(b" lead.xml", FILE, 3, at(2026, 2, 22, 8, 13))),
        (b"-rw-r--r-- 1 hub hub 3 Nov 22 08:13 last-year.xml", Entry(b"last-year.xml", FILE, 3, at(2025, 11, 22, 8, 13))),
        (b"-rw-r--r-- 1 hub hub 3 Mar  2 11:00 clock-ahead.xml", Entry(b"clock-ahead.xml", FILE, 3, at(2026, 3, 2, 11, 0))),
        (b"-rw-r--r-- 1 hub hub 3 Jan  5  2019 old 12:00.xml", Entry(b"old 12:00.xml", FILE, 3, at(2019, 1, 5))),
        (b"-rw-rw-r--+ 1 DOMAIN\\user Domain Users 42 Jan  5 00:00 x", Entry(b"x", FILE, 42, at(2026, 1, 5))),
        (b"-rw------- 1 hub 5000000000 Jan 5 00:00 big.zip", Entry(b"big.zip", FILE, 5_000_000_000, at(2026, 1, 5))),
        (b"-rw-r--r-- 1 hub hub 7 Jan 5 00:00 " + GBK, Entry(GBK, FILE, 7, at(2026, 1, 5))),
        (b"-rw-r--r-- 1 hub hub 7 Jan 5 00:00 \xff\xfe\x80", Entry(b"\xff\xfe\x80", FILE, 7, at(2026, 1, 5))),
        ("-rw-r--r-- 1 hub hub 7 2月 22 07:58 中.xml".encode(), Entry("中.xml".encode(), FILE, 7, at(2026, 2, 22, 7, 58))),
        ("-rw-r--r-- 1 hub hub 7 2月22日 2020年 中.xml".encode("gbk"), Entry("中.xml".encode("gbk"), FILE, 7, at(2020, 2, 22))),
        (b"-rw-r--r-- 1 hub hub 7 Jan 5 00:00 Jan 6 01:00 y.xml", Entry(b"Jan 6 01:00 y.xml", FILE, 7, at(2026, 1, 5))),
        (b"drwxr-xr-x   2 hub hub 4096 Jan 5 00:00 folder", Entry(b"folder", FOLDER, 4096, at(2026, 1, 5))),
        (b"lrwxrwxrwx 1 hub hub 5 Jan 5 00:00 a -> b", Entry(b"a -> b", OTHER, 5, at(2026, 1, 5))),
        (b"prw-r--r-- 1 hub hub 0 Jan 5 00:00 pipe", Entry(b"pipe", OTHER, 0, at(2026, 1, 5))),
        (b"11-22-26  07:58AM                 1234 a.xml", Entry(b"a.xml", FILE, 1234, at(2026, 11, 22, 7, 58))),
        (b"11-22-2026  12:05AM                 1234  lead.xml", Entry(b" lead.xml", FILE, 1234, at(2026, 11, 22, 0, 5))),
        (b"11-22-26  12:05PM                 1234 " + GBK, Entry(GBK, FILE, 1234, at(2026, 11, 22, 12, 5))),
        (b"11-22-99  19:05                 1234 b", Entry(b"b", FILE, 1234, at(1999, 11, 22, 19, 5))),
        (b"11-22-26  07:58PM       <DIR>          in box", Entry(b"in box", FOLDER, None, at(2026, 11, 22, 19, 58))),
        (b"11-22-26  07:58PM       <JUNCTION>     link", Entry(b"link", OTHER, None, at(2026, 11, 22, 19, 58))),
    ],
)  # fmt: skip
def test_a_line_of_list_is_read(line: bytes, entry: Entry) -> None:
    assert entry_of_list(line, NOW) == entry


def test_a_leap_day_without_its_year_is_the_last_one_there_was() -> None:
    line = b"-rw-r--r-- 1 hub hub 7 Feb 29 10:00 x"
    found = entry_of_list(line, datetime(2025, 1, 10, tzinfo=UTC))
    assert found is not None
    assert found.modified == at(2024, 2, 29, 10, 0)


@pytest.mark.parametrize(
    "line",
    [b"", b"total 12", b"-rw-r--r--", b"-rw-r--r-- 1 hub hub 7 Foo 5 00:00 x", b"-rw-r--r-- 1 hub hub 7 Jan 45 00:00 x",
     b"13-40-26  07:58AM 1234 a.xml", b"11-22-26  07:58AM 12x4 a.xml", b"?? what is this", b"a.xml",
     b"-rw-r--r-- 1 hub hub 7 Jan 5 25:00 x", b"-rw-r--r-- 1 hub hub 7 Jan 5 00:00 "],
)  # fmt: skip
def test_a_line_that_says_something_else_is_not_guessed_at(line: bytes) -> None:
    assert entry_of_list(line, NOW) is None


@pytest.mark.parametrize(
    ("line", "entry"),
    [
        (b"type=file;size=12;modify=20261122075834; a b.xml", Entry(b"a b.xml", FILE, 12, at(2026, 11, 22, 7, 58, 34))),
        (b"Type=File;Size=12;Modify=20261122075834.250;  lead", Entry(b" lead", FILE, 12, at(2026, 11, 22, 7, 58, 34) + 0.25)),
        (b"modify=20261122075834;perm=adfrw;size=3;type=file;unique=FE0;UNIX.mode=0644; " + GBK,
         Entry(GBK, FILE, 3, at(2026, 11, 22, 7, 58, 34))),
        (b"type=dir;modify=20261122075834; .suphub-claimed", Entry(b".suphub-claimed", FOLDER, None, at(2026, 11, 22, 7, 58, 34))),
        (b"type=cdir; .", Entry(b".", OTHER)),
        (b"type=OS.unix=slink:/etc/passwd;size=3; x", Entry(b"x", OTHER, 3)),
        (b"size=3; x", Entry(b"x", OTHER, 3)),
        (b"type=file;size=;modify=20261322000000; x", Entry(b"x", FILE)),
    ],
)  # fmt: skip
def test_a_line_of_mlsd_is_read(line: bytes, entry: Entry) -> None:
    assert entry_of_mlsd(line) == entry


@pytest.mark.parametrize("line", [b"", b"a.xml", b"no facts here", b"type=file;size=3;"])
def test_a_line_that_is_no_mlsd_is_not_guessed_at(line: bytes) -> None:
    assert entry_of_mlsd(line) is None


@given(st.binary(max_size=200))
def test_no_bytes_break_the_readers(line: bytes) -> None:
    for found in (entry_of_list(line, NOW), entry_of_mlsd(line)):
        assert found is None or found.raw
    assert isinstance(readable(line), str)
    moment(line)


@pytest.mark.parametrize(
    ("line", "noise"),
    [(b"total 12", True), (b"total: 12", True), ("总用量 12".encode(), True), (b"  ", True), (b"total", False), (b"x", False)],
)  # fmt: skip
def test_only_lines_that_say_nothing_of_a_file_are_passed_over_in_silence(line: bytes, noise: bool) -> None:
    assert is_noise(line) is noise


@pytest.mark.parametrize(
    ("raw", "shown"),
    [("拒绝访问。".encode("gbk"), "拒绝访问。"), ("拒绝访问。".encode(), "拒绝访问。"), (b"a\x07b\tc ", "a b c"), (b"\xff\xff", "\ufffd\ufffd")],
)  # fmt: skip
def test_a_servers_words_are_shown_in_whatever_chinese_they_come(raw: bytes, shown: str) -> None:
    assert readable(raw) == shown
