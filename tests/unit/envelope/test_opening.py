"""Packages as departments send them: plain, gzipped, zipped; and as they never should."""

from __future__ import annotations

import gzip
import hashlib
import struct
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.envelope import Limits, open_package
from hub.envelope.gunzip import gunzip
from hub.envelope.unzip import Member, unpacked
from hub.errors import PackageRefused, RetryError
from hub.rawstore import RawStore

Opened = Callable[..., Any]


def refusal(opened: Opened, body: bytes, limits: Limits | None = None) -> PackageRefused:
    with pytest.raises(PackageRefused) as caught:
        opened(body, limits)
    return caught.value


@pytest.fixture
def nothing_left(work: Path) -> Any:
    yield
    assert not work.exists() or list(work.iterdir()) == []


def test_plain_gzipped_and_zipped_give_the_same_document(opened: Opened, making: Any) -> None:
    data = making.DOCUMENT.encode()
    ways = [
        data,
        gzip.compress(data),
        gzip.compress(data[:50]) + gzip.compress(data[50:]) + b"\0" * 512,
        making.zipped({"p.xml": data}),
        making.zipped({"p.xml": data}, zipfile.ZIP_STORED),
        making.zipped({"报文.XML": data}),
    ]
    for body in ways:
        package = opened(body)
        assert package.document.read_bytes() == data
        assert package.digest == hashlib.sha256(body).hexdigest()


def test_attachments_are_kept_under_their_digest(opened: Opened, making: Any, store: RawStore) -> None:
    files = {
        "p.xml": making.DOCUMENT.encode(),
        "附件/身份证.pdf": b"%PDF" * 400_000,
        "empty.txt": b"",
        "附件/": b"",
    }
    package = opened(making.zipped(files))

    wanted = {name: hashlib.sha256(files[name]).hexdigest() for name in ("附件/身份证.pdf", "empty.txt")}
    assert dict(package.attachments) == wanted
    for name, digest in wanted.items():
        with store.open(digest) as stream:
            assert stream.read() == files[name]


def test_without_a_store_only_digests_are_taken(tmp_path: Path, making: Any) -> None:
    raw = tmp_path / "p.zip"
    raw.write_bytes(making.zipped({"p.xml": making.DOCUMENT.encode(), "a.pdf": b"a"}))
    package = open_package(raw, tmp_path / "work", Limits())
    assert package.attachments == {"a.pdf": hashlib.sha256(b"a").hexdigest()}


@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "gb18030"])
def test_names_without_a_flag_are_read_as_utf8_or_gbk(opened: Opened, making: Any, encoding: str) -> None:
    name = "附件\\镕01.pdf" if encoding != "gb18030" else "附件/㛃.pdf"
    package = opened(making.named(name.encode(encoding), b"pdf"))
    assert list(package.attachments) == [name.replace("\\", "/")]


def test_the_document_among_several_xml_files_is_the_one_that_is_a_package(
    opened: Opened, making: Any
) -> None:
    data = making.declared("gbk").encode("gb18030")
    package = opened(making.zipped({"a.xml": b"<Form/>", "p.xml": data, "z.xml": b"junk", "sub/q.xml": data}))
    assert package.document.read_bytes().decode() == making.DOCUMENT
    assert set(package.attachments) == {"a.xml", "z.xml", "sub/q.xml"}


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"a.txt": b"x"}, "0"),
        ({}, "0"),
        ({"sub/p.xml": b"<ExchangePackage/>"}, "0"),
        ({"a.xml": b"<a/>", "b.xml": b"<b/>"}, "2 (a.xml, b.xml)"),
        ({"a.xml": b"<ExchangePackage/>", "b.xml": b"<ExchangePackage/>"}, "2 (a.xml, b.xml)"),
    ],
)
def test_a_zip_must_hold_exactly_one_document(opened: Opened, making: Any, files: Any, found: str) -> None:
    error = refusal(opened, making.zipped(files))
    assert (error.code, error.params["found"]) == ("ZIP_DOCUMENT", found)


NAMES = [
    (b"../up.pdf", "leads out"),
    (b"a/../../up.pdf", "leads out"),
    (b"..\\up.pdf", "leads out"),
    (b"/etc/passwd", "absolute"),
    (b"\\\\server\\share", "absolute"),
    (b"C:\\x.pdf", "absolute"),
    (b"a//b.pdf", "empty part"),
    (b"./a.pdf", "empty part"),
    (b"con.pdf", "reserved"),
    (b"sub/LPT1", "reserved"),
    (b"a.pdf.", "dot or a space"),
    (b"a\nb.pdf", "control"),
    (b"a\0.pdf", "control"),
    (b"\xff\xff.pdf", "neither UTF-8 nor GBK"),
    (b"n" * 252 + b".pdf", "longer than 255"),
    (b"P.XML", "twice"),
    (b"inner.zip", "archive inside"),
    (b"a.tar.gz", "archive inside"),
]


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize(("name", "why"), NAMES, ids=lambda value: repr(value)[:30])
def test_a_name_that_could_do_harm_refuses_the_package(
    opened: Opened, making: Any, name: bytes, why: str
) -> None:
    error = refusal(opened, making.named(name))
    assert error.code == "ZIP_NAME"
    assert why in str(error.params["why"])
    assert str(error.params["name"]).isprintable()


@pytest.mark.usefixtures("nothing_left")
def test_links_encryption_and_odd_methods_are_refused(opened: Opened, making: Any) -> None:
    body = making.zipped({"p.xml": making.DOCUMENT.encode(), "a.pdf": b"x"}, zipfile.ZIP_STORED)
    patched = making.patched
    link = patched(body, making.CENTRAL, 38, "<L", 0o120777 << 16, which=1)
    assert "symbolic link" in str(refusal(opened, link).params["why"])

    secret = patched(body, making.CENTRAL, 8, "<H", 1, which=1)
    assert refusal(opened, secret).code == "ZIP_ENCRYPTED"
    hidden = patched(body, making.LOCAL, 6, "<H", 1, which=1)
    assert refusal(opened, hidden).code == "ZIP_ENCRYPTED"

    lzma = making.zipped({"p.xml": making.DOCUMENT.encode()}, zipfile.ZIP_LZMA)
    assert "method 14" in str(refusal(opened, lzma).params["detail"])


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize(
    ("record", "at", "layout", "value"),
    [
        ("CENTRAL", 24, "<L", 5),  # unpacked size
        ("CENTRAL", 20, "<L", 9),  # packed size
        ("CENTRAL", 16, "<L", 1),  # checksum
        ("CENTRAL", 42, "<L", 7),  # where it lies
        ("CENTRAL", 10, "<H", 0),  # method
        ("LOCAL", 8, "<H", 0),
        ("LOCAL", 26, "<H", 3),  # length of the name
        ("LOCAL", 0, "<L", 0x08074B50),  # another record in its place
        ("END", 4, "<H", 1),  # number of this disk
        ("END", 12, "<L", 3),  # size of the table of contents
    ],
)
def test_an_archive_that_lies_about_itself_is_refused(
    opened: Opened, making: Any, record: str, at: int, layout: str, value: int
) -> None:
    body = making.zipped({"p.xml": making.DOCUMENT.encode() * 20})
    lying = making.patched(body, getattr(making, record), at, layout, value)
    assert refusal(opened, lying).code == "ZIP_BROKEN"


def packed_member(packed: bytes, data: bytes) -> tuple[BytesIO, Member]:
    told = (zlib.crc32(data), len(packed), len(data))
    header = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 8, 0, 0, *told, 1, 0) + b"n"
    return BytesIO(header + packed), Member("n", b"n", 0, len(packed), len(data), 8, zlib.crc32(data))


SMALL_PACKED = zlib.compress(b"<small/>", wbits=-15)


@pytest.mark.parametrize(
    ("packed", "told"),
    [
        (SMALL_PACKED + b"hidden", b"<small/>"),
        (SMALL_PACKED[:-1], b"<small/>"),
        (SMALL_PACKED, b"<small/"),
        (SMALL_PACKED, b"<small/>."),
    ],
)
def test_packed_data_that_ends_early_or_late_is_refused(packed: bytes, told: bytes) -> None:
    assert b"".join(unpacked(*packed_member(SMALL_PACKED, b"<small/>"))) == b"<small/>"
    with pytest.raises(PackageRefused) as caught:
        list(unpacked(*packed_member(packed, told)))
    assert caught.value.code == "ZIP_BROKEN"


@given(st.binary(max_size=60), st.integers(1, 400), st.integers(1, 50))
@settings(deadline=None)
def test_a_member_goes_round_in_blocks_of_any_size(data: bytes, times: int, size: int) -> None:
    whole = data * times
    out = list(unpacked(*packed_member(zlib.compress(whole, wbits=-15), whole), size))
    assert b"".join(out) == whole
    assert max(map(len, out), default=0) <= size


@given(st.binary(max_size=400), st.integers(1, 40), st.integers(1, 40), st.integers(1, 50))
@settings(deadline=None)
def test_gzip_goes_round_in_blocks_of_any_size(data: bytes, size: int, block: int, times: int) -> None:
    packed = gzip.compress(data * times) + gzip.compress(data)
    blocks = (packed[at : at + block] for at in range(0, len(packed), block))
    out = list(gunzip(blocks, Limits(), size))
    assert b"".join(out) == data * times + data
    assert max(map(len, out), default=0) <= size


@pytest.mark.usefixtures("nothing_left")
def test_members_that_share_their_bytes_are_refused(opened: Opened, making: Any) -> None:
    body = making.zipped({"p.xml": making.DOCUMENT.encode(), "a.pdf": b"a" * 90, "b.pdf": b"a" * 90}, 0)
    body = making.patched(body, making.CENTRAL, 42, "<L", body.index(making.LOCAL, 40), which=2)
    error = refusal(opened, body)
    assert error.code == "ZIP_BROKEN"
    assert "overlaps" in str(error.params["detail"])


SMALL = Limits(
    package_bytes=50_000,
    document_bytes=9_000,
    attachment_bytes=5_000,
    total_bytes=12_000,
    ratio=20,
    ratio_from=3_000,
    members=4,
)


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize(
    ("files", "what"),
    [
        ({"p.xml": bytes(range(32, 127)) * 95}, "bytes of XML"),
        ({"p.xml": b"<a/>", "a": bytes(range(256)) * 20}, "bytes of one attachment"),
        (
            {
                "p.xml": b"<a/>",
                "a": bytes(range(256)) * 18,
                "b": bytes(range(256)) * 18,
                "c": bytes(range(256)) * 18,
            },
            "once unpacked",
        ),
        ({"p.xml": b"<a/>", "a": b"0" * 4_000}, "ratio"),
        ({"p.xml": b"<a>" + b" " * 4_000}, "ratio"),
        ({"p.xml": b"<a/>", "a": b"", "b": b"", "c": b"", "d": b""}, "number of files"),
    ],
)
def test_an_archive_that_holds_too_much_is_refused(
    opened: Opened, making: Any, files: Any, what: str
) -> None:
    method = zipfile.ZIP_DEFLATED if what == "ratio" else zipfile.ZIP_STORED
    error = refusal(opened, making.zipped(files, method), SMALL)
    assert error.code == "ZIP_LIMIT"
    assert what in str(error.params["what"])
    assert int(str(error.params["seen"])) > int(str(error.params["limit"]))


@pytest.mark.usefixtures("nothing_left")
def test_a_gzip_bomb_is_refused_before_it_is_unpacked(opened: Opened) -> None:
    error = refusal(opened, gzip.compress(b"<a>" + b" " * 40_000_000), Limits(ratio_from=1_000_000))
    assert error.code == "ZIP_LIMIT"
    assert "ratio" in str(error.params["what"])


@pytest.mark.usefixtures("nothing_left")
def test_a_table_of_contents_too_long_is_not_even_read(opened: Opened, making: Any) -> None:
    body = making.zipped({"p.xml": making.DOCUMENT.encode()})
    error = refusal(opened, making.patched(body, making.END, 12, "<L", 4_000_000_000))
    assert error.code == "ZIP_LIMIT"
    error = refusal(opened, making.patched(body, making.END, 10, "<H", 65_000))
    assert error.code == "ZIP_LIMIT"


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "PKG_EMPTY"),
        (gzip.compress(b"", mtime=0), "PKG_EMPTY"),
        (gzip.compress(gzip.compress(gzip.compress(b"<a/>", mtime=0), mtime=0), mtime=0), "ZIP_NESTED"),
        (gzip.compress(b"<a/>", mtime=0) + b"rubbish", "GZIP_BROKEN"),
        (gzip.compress(b"<a/>", mtime=0)[:-1], "GZIP_BROKEN"),
        (b"\x1f\x8b", "GZIP_BROKEN"),
        (b"PK\x03\x04", "ZIP_BROKEN"),
        (b"x" * 60_000, "PKG_TOO_LARGE"),
        (b"x" * 10_000, "PKG_TOO_LARGE"),
        (gzip.compress("<!DOCTYPE a><a/>".encode("utf-16"), mtime=0), "XML_DOCTYPE"),
        (b"<a>" + b"\x80" * 3, "XML_ENCODING"),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_what_is_no_package_is_refused_with_its_reason(opened: Opened, body: bytes, code: str) -> None:
    assert refusal(opened, body, SMALL).code == code


@pytest.mark.usefixtures("nothing_left")
def test_a_refusal_after_the_document_was_written_leaves_nothing(opened: Opened, making: Any) -> None:
    body = making.zipped({"p.xml": making.DOCUMENT.encode(), "a.pdf": b"a" * 90}, zipfile.ZIP_STORED)
    assert refusal(opened, body.replace(b"a" * 90, b"a" * 89 + b"b")).code == "ZIP_BROKEN"


@pytest.mark.parametrize("pack", ["zip", "gzip"])
def test_a_package_cut_at_any_byte_is_refused(opened: Opened, making: Any, work: Path, pack: str) -> None:
    data = making.declared("gbk").encode("gb18030")
    body = making.zipped({"p.xml": data, "a.pdf": b"pdf" * 50}) if pack == "zip" else gzip.compress(data)
    opened(body).document.unlink()
    for length in range(4, len(body)):
        assert refusal(opened, body[:length]).code in ("ZIP_BROKEN", "GZIP_BROKEN", "XML_ENCODING")
    assert list(work.iterdir()) == []


@given(
    st.dictionaries(st.text("abc字.- ", min_size=1, max_size=9), st.binary(max_size=300), max_size=4),
    st.data(),
)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_archives_go_round_and_damaged_ones_never_crash(
    opened: Opened, making: Any, files: dict[str, bytes], data: st.DataObject
) -> None:
    good = {f"d/{number}{name.rstrip('. ')}x": body for number, (name, body) in enumerate(files.items())}
    body = making.zipped({"p.xml": making.DOCUMENT.encode(), **good})
    package = opened(body)
    assert dict(package.attachments) == {name: hashlib.sha256(b).hexdigest() for name, b in good.items()}
    package.document.unlink()

    at = data.draw(st.integers(4, len(body) - 1))
    damaged = body[:at] + bytes([data.draw(st.integers(0, 255))]) + body[at + 1 :]
    with suppress(PackageRefused):  # anything else would be a crash
        opened(damaged).document.unlink()


def test_a_full_scratch_disk_is_no_fault_of_the_package(tmp_path: Path, making: Any) -> None:
    raw = tmp_path / "p.gz"
    raw.write_bytes(gzip.compress(making.DOCUMENT.encode()))
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(RetryError) as caught:
        open_package(raw, tmp_path / "file", Limits())
    assert caught.value.code == "WORK_IO"
    with pytest.raises(RetryError):
        open_package(tmp_path / "missing", tmp_path / "work", Limits())
