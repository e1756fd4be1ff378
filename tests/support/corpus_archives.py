"""Hostile archives: bombs, overlaps, names, links, encryption, lies about sizes, packings within packings."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator

import pyzipper
import zstandard

from tests.support.corpus import Hostile, document
from tests.support.forge import (
    UNIX_DEVICE,
    UNIX_LINK,
    Part,
    deflated,
    gzipped,
    header_of_tar,
    member_of_tar,
    pax,
    tar_of,
    zip_of,
)

MEBI = 1 << 20
Make = Callable[[random.Random], bytes]


def cases() -> Iterator[Hostile]:
    yield from _bombs()
    yield from _names()
    yield from _kinds()
    yield from _lies()
    yield from _encrypted()
    yield from _nested()
    yield from _streams()
    yield from _tars()
    yield from _foreign()


def good(rng: random.Random, name: bytes = b"p.xml") -> Part:
    return Part(name, document(rng))


def _zip(*parts: Callable[[random.Random], Part] | Part, **end: object) -> Make:
    return lambda rng: zip_of([each if isinstance(each, Part) else each(rng) for each in parts], **end)


def _blanks(size: int) -> bytes:
    """What `size` blanks deflate to, made without holding them."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return b"".join(packer.compress(b" " * MEBI) for _ in range(size // MEBI)) + packer.flush()


def _gzip_of_blanks(size: int, start: bytes = b"") -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return (
        packer.compress(start)
        + b"".join(packer.compress(b" " * MEBI) for _ in range(size // MEBI))
        + packer.flush()
    )


def _bomb(name: bytes, size: int) -> Part:
    crc = 0
    for _ in range(size // MEBI):
        crc = zlib.crc32(b" " * MEBI, crc)
    told = {"size": size, "crc": crc}
    return Part(name, packed=_blanks(size), local=told, central=told)


def _bombs() -> Iterator[Hostile]:
    small = {"document_bytes": 20_000, "attachment_bytes": 5_000, "total_bytes": 30_000}
    yield Hostile(
        "bomb:zip document of blanks",
        _zip(Part(b"p.xml", b"<a>" + b" " * (12 * MEBI))),
        "ZIP_LIMIT",
        limit="ratio",
    )
    yield Hostile(
        "bomb:zip attachment of 300 MiB of blanks",
        _zip(good, _bomb(b"a.pdf", 300 * MEBI)),
        "ZIP_LIMIT",
        limit="ratio",
    )
    yield Hostile(
        "bomb:gzip of 300 MiB of blanks",
        lambda rng: _gzip_of_blanks(300 * MEBI, b"<a>"),
        "ZIP_LIMIT",
        limit="ratio",
    )
    yield Hostile(
        "bomb:zstd of 300 MiB of blanks",
        lambda rng: zstandard.compress(b"<a>" + b" " * 300 * MEBI),
        "ZIP_LIMIT",
        limit="ratio",
    )
    yield Hostile(
        "bomb:tar.gz of 300 MiB of blanks",
        lambda rng: _gzip_of_blanks(300 * MEBI, header_of_tar(b"a.pdf", 300 * MEBI)),
        "ZIP_LIMIT",
        limit="ratio",
    )
    yield Hostile("bomb:just over the ratio", _zip(good, Part(b"a.pdf", b"0" * 9_000)), "ZIP_LIMIT", limit="ratio",
                  limits={"ratio_from": 8_000})  # fmt: skip
    yield Hostile(
        "bomb:just over where the ratio counts",
        lambda rng: gzipped(b"<a>" + b" " * 11 * MEBI),
        "ZIP_LIMIT",
        limit="ratio",
    )
    yield Hostile("bomb:many members that each stay below", _zip(good, *(Part(b"%d.pdf" % n, b"0" * 90_000) for n in range(40))),
                  "ZIP_LIMIT", limit="ratio", limits={"ratio": 100, "ratio_from": 200_000})  # fmt: skip
    yield Hostile(
        "bomb:document too long",
        _zip(Part(b"p.xml", _noise(30_000), method=0)),
        "ZIP_LIMIT",
        limit="document_bytes",
        limits=small,
    )
    yield Hostile(
        "bomb:plain document too long", lambda rng: b"<a>" + b"x" * 30_000, "PKG_TOO_LARGE", limits=small
    )
    yield Hostile(
        "bomb:package too long",
        lambda rng: b"<a>" + b"x" * 30_000,
        "PKG_TOO_LARGE",
        limit="package_bytes",
        limits={"package_bytes": 20_000},
    )
    yield Hostile(
        "bomb:attachment too long",
        _zip(good, Part(b"a.pdf", _noise(6_000), method=0)),
        "ZIP_LIMIT",
        limit="attachment_bytes",
        limits=small,
    )
    yield Hostile("bomb:all together too long", _zip(good, *(Part(b"%d.pdf" % n, _noise(4_900), method=0) for n in range(7))),
                  "ZIP_LIMIT", limit="total_bytes", limits=small)  # fmt: skip
    yield Hostile(
        "bomb:11,000 members",
        lambda rng: zip_of([Part(b"%d" % n, method=0) for n in range(11_000)]),
        "ZIP_LIMIT",
        limit="members",
    )
    yield Hostile("bomb:11,000 members of a tar.gz", lambda rng: gzipped(tar_of(*(member_of_tar(b"%d" % n) for n in range(11_000))), 1),
                  "ZIP_LIMIT", limit="members")  # fmt: skip
    yield Hostile(
        "bomb:tar of extended headers only",
        lambda rng: gzipped(pax(path=b"a") * 45_000, 1),
        "ZIP_LIMIT",
        limit="members",
    )
    yield Hostile(
        "bomb:tar of many extended headers",
        lambda rng: pax(path=b"a") * 50,
        "ZIP_LIMIT",
        limit="members",
        limits={"members": 10},
    )
    yield Hostile(
        "bomb:members stated in zip64", _zip(good, zip64=(2**40, 2**40, 50, 0)), "ZIP_LIMIT", limit="members"
    )
    yield Hostile(
        "bomb:table of contents of 4 GB stated",
        _zip(good, size=4_000_000_000),
        "ZIP_LIMIT",
        limit="contents_bytes",
    )
    yield Hostile("bomb:table of contents of long extras", lambda rng: zip_of([Part(b"%d" % n, extra=b"\x99\x99\xfc\x27" + bytes(10_236)) for n in range(1_200)]),
                  "ZIP_LIMIT", limit="contents_bytes")  # fmt: skip
    yield Hostile(
        "bomb:gzip of empty members",
        lambda rng: gzipped(b"<a/>") + gzipped(b"") * 110_000,
        "ZIP_LIMIT",
        limit="frames",
    )
    yield Hostile(
        "bomb:gzip of members of one blank", lambda rng: gzipped(b" ") * 110_000, "ZIP_LIMIT", limit="frames"
    )
    yield Hostile(
        "bomb:zstd of skipped frames",
        lambda rng: b"\x50\x2a\x4d\x18\0\0\0\0" * 110_000,
        "ZIP_LIMIT",
        limit="frames",
    )
    yield Hostile("bomb:zstd that asks for a window of 2 GiB", lambda rng: b"\x28\xb5\x2f\xfd\x00" + bytes([(31 - 10) << 3]) + b"\x01\x00\x00",
                  "ZIP_LIMIT", limit="window_bytes")  # fmt: skip
    yield Hostile("bomb:pax header of 1 MiB", lambda rng: tar_of(pax(comment=bytes(MEBI)), member_of_tar(b"p.xml", document(rng))),
                  "ZIP_LIMIT", limit="header_bytes")  # fmt: skip
    yield Hostile("bomb:GNU long name of 8 GiB stated", lambda rng: header_of_tar(b"././@LongLink", 0o77777777777, b"L") + bytes(1024),
                  "ZIP_LIMIT", limit="header_bytes")  # fmt: skip


def _noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)


NAMES: tuple[tuple[str, bytes, str], ...] = (
    ("slip", b"../up.pdf", "leads out"), ("slip within", b"a/../../up.pdf", "leads out"),
    ("slip with backslashes", b"..\\..\\up.pdf", "leads out"), ("absolute", b"/etc/passwd", "absolute"),
    ("share", b"\\\\server\\share\\x", "absolute"), ("drive", b"C:\\x.pdf", "absolute"), ("drive alone", b"c:x.pdf", "absolute"),
    ("stream of another file", b"a.pdf:evil.exe", "colon"), ("empty part", b"a//b.pdf", "empty part"),
    ("dot", b"./a.pdf", "empty part"), ("CON", b"con", "reserved"), ("NUL with suffix", b"sub/NUL.pdf", "reserved"),
    ("COM1", b"com1.txt", "reserved"), ("LPT with a superscript", "lpt².txt".encode(), "reserved"),
    ("reserved before a blank", b"aux .pdf", "reserved"), ("dot at the end", b"a.pdf.", "dot or a space"),
    ("blank at the end", b"a.pdf ", "dot or a space"), ("NUL byte", b"a.pdf\0.exe", "control"),
    ("newline", b"a\nb.pdf", "control"), ("escape sequence", b"a\x1b[2Jb.pdf", "control"),
    ("direction turned", "a\u202efdp.exe".encode(), "control"), ("C1 control", "a\x85b.pdf".encode(), "control"),
    ("neither UTF-8 nor GBK", b"\xff\xfe\xff.pdf", "neither UTF-8 nor GBK"), ("overlong UTF-8", b"\xc0\xae\xc0\xae/a\xff", "neither UTF-8"),
    ("archive as attachment", b"inner.zip", "archive inside"), ("RAR as attachment", b"inner.rar", "archive inside"),
)  # fmt: skip


def _names() -> Iterator[Hostile]:
    for what, raw, why in NAMES:
        yield Hostile(f"names:{what}", _zip(good, Part(raw, b"x")), "ZIP_NAME", said=why)
    yield Hostile(
        "names:GBK that leads out",
        _zip(good, Part("附件/../../上.pdf".encode("gbk"), b"x")),
        "ZIP_NAME",
        said="leads out",
    )
    yield Hostile(
        "names:too long",
        _zip(good, Part(b"n" * 300, b"x")),
        "ZIP_NAME",
        limit="name_bytes",
        said="longer than 255",
    )
    for what, first, second in (
        ("twice", b"a.pdf", b"a.pdf"), ("twice but for case", b"A.PDF", b"a.pdf"),
        ("twice but for composition", "é.pdf".encode(), "e\u0301.pdf".encode()),
        ("twice but for the slash", b"a\\b.pdf", b"a/b.pdf"), ("twice in two encodings", "附.pdf".encode(), "附.pdf".encode("gbk")),
        ("twice as sharp s", "straße.pdf".encode(), b"STRASSE.PDF"),
    ):  # fmt: skip
        yield Hostile(
            f"names:{what}", _zip(good, Part(first, b"x"), Part(second, b"y")), "ZIP_NAME", said="twice"
        )
    yield Hostile(
        "names:file and folder",
        _zip(good, Part(b"a", b"x"), Part(b"a/b.pdf", b"y")),
        "ZIP_NAME",
        said="at once",
    )
    yield Hostile(
        "names:two documents",
        _zip(good, lambda rng: good(rng, b"q.xml")),
        "ZIP_DOCUMENT",
        said="2 (p.xml, q.xml)",
    )
    yield Hostile("names:no document", _zip(Part(b"a.pdf", b"x")), "ZIP_DOCUMENT", said="0")
    yield Hostile(
        "names:document in a folder", _zip(lambda rng: good(rng, b"sub/p.xml")), "ZIP_DOCUMENT", said="0"
    )
    yield Hostile("names:nothing in it", _zip(), "ZIP_DOCUMENT", said="0")
    yield Hostile(
        "names:local header has another name",
        _zip(good, Part(b"a.pdf", b"x", local={"name": b"b.pdf"})),
        "ZIP_BROKEN",
        said="disagree",
    )


def _kinds() -> Iterator[Hostile]:
    yield Hostile(
        "kinds:symbolic link",
        _zip(good, Part(b"a.pdf", b"/etc/passwd", external=UNIX_LINK)),
        "ZIP_NAME",
        said="symbolic link",
    )
    yield Hostile("kinds:device", _zip(good, Part(b"a.pdf", external=UNIX_DEVICE)), "ZIP_NAME", said="device")
    yield Hostile(
        "kinds:folder with data", _zip(good, Part(b"a/", b"data")), "ZIP_BROKEN", said="folder with data"
    )
    for method in (1, 6, 9, 12, 14, 93, 95, 98):
        yield Hostile(
            f"kinds:method {method}",
            _zip(good, Part(b"a.pdf", b"x", method=method)),
            "ZIP_BROKEN",
            said=f"method {method}",
        )


def _lies() -> Iterator[Hostile]:
    part = Part(b"a.pdf", b"x" * 999)
    for what, side, change, said in (
        ("central size too small", "central", {"size": 5}, "disagree"), ("central size too large", "central", {"size": 9_999}, "disagree"),
        ("central packed size", "central", {"packed": 3}, ""), ("central checksum", "central", {"crc": 1}, "disagree"),
        ("central offset", "central", {"offset": 7}, ""), ("central offset beyond the end", "central", {"offset": 0x7FFFFFFF}, ""),
        ("central method", "central", {"method": 0}, ""), ("local size", "local", {"size": 5}, "disagree"),
        ("local packed size", "local", {"packed": 5}, "disagree"), ("local checksum", "local", {"crc": 5}, "disagree"),
        ("local method", "local", {"method": 0}, "disagree"), ("local zip64 size", "local", {"size": 0xFFFFFFFF, "extra": _wide(5)}, "disagree"),
    ):  # fmt: skip
        yield Hostile(f"lies:{what}", _zip(good, _changed(part, side, change)), "ZIP_BROKEN", said=said)
    both = {"size": 5}
    yield Hostile(
        "lies:both headers state a size too small",
        _zip(good, Part(b"a.pdf", b"x" * 999, local=both, central=both)),
        "ZIP_BROKEN",
        said="size",
    )
    wrong = {"crc": 5}
    yield Hostile(
        "lies:both headers state a wrong checksum",
        _zip(good, Part(b"a.pdf", b"x" * 999, local=wrong, central=wrong)),
        "ZIP_BROKEN",
        said="checksum",
    )
    yield Hostile("lies:packed data ends early", _zip(good, _packed(deflated(b"x" * 999)[:-2])), "ZIP_BROKEN")
    yield Hostile(
        "lies:packed data goes on",
        _zip(good, _packed(deflated(b"x" * 999) + b"hidden")),
        "ZIP_BROKEN",
        said="packed data",
    )
    yield Hostile("lies:packed data is none", _zip(good, _packed(b"\xff" * 40)), "ZIP_BROKEN")
    yield Hostile("lies:members share their bytes", lambda rng: _shared(rng), "ZIP_BROKEN", said="overlaps")
    yield Hostile(
        "lies:a quoted member within another", lambda rng: _quoted(rng), "ZIP_BROKEN", said="overlaps"
    )
    yield Hostile(
        "lies:data between members",
        _zip(lambda rng: Part(b"p.xml", document(rng), gap=b"<ExchangePackage/>")),
        "ZIP_BROKEN",
        said="belongs to no file",
    )
    yield Hostile("lies:another member that is not listed", lambda rng: zip_of([Part(b"p.xml", document(rng), gap=zip_of([Part(b"p.xml", b"<b/>")])[:40])]),
                  "ZIP_BROKEN", said="belongs to no file")  # fmt: skip
    yield Hostile(
        "lies:data descriptor with another length",
        lambda rng: zip_of([_described(rng, 7)]),
        "ZIP_BROKEN",
        said="belongs to no file",
    )
    yield Hostile("lies:data in front", _zip(good, before=b"PK\x03\x04" + b"\0" * 60), "ZIP_BROKEN")
    yield Hostile("lies:data behind", _zip(good, after=b"more"), "ZIP_BROKEN", said="behind the end")
    yield Hostile(
        "lies:comment longer than stated",
        _zip(good, after=b"x" * 9, comment=b"hello"),
        "ZIP_BROKEN",
        said="behind the end",
    )
    yield Hostile(
        "lies:a second end record in the comment",
        lambda rng: zip_of([good(rng)], comment=zip_of([Part(b"q.xml", b"<b/>")])),
        "ZIP_BROKEN",
    )
    yield Hostile("lies:fewer members stated", _zip(good, part, entries=1), "ZIP_BROKEN", said="stated")
    yield Hostile("lies:more members stated", _zip(good, part, entries=3), "ZIP_BROKEN")
    yield Hostile("lies:several volumes", _zip(good, disk=1), "ZIP_BROKEN", said="multi-volume")
    yield Hostile(
        "lies:zip64 record elsewhere", _zip(good, zip64=(1, 1, 50, 0), where=3), "ZIP_BROKEN", said="zip64"
    )
    yield Hostile("lies:zip64 record with other numbers", _zip(good, zip64=(5, 5, 50, 0)), "ZIP_BROKEN")
    for share in (10, 50, 90, 99):
        yield Hostile(
            f"lies:cut after {share} %",
            lambda rng, share=share: _cut(zip_of([good(rng), Part(b"a.pdf", _noise(5_000))]), share),
            "ZIP_BROKEN",
        )


def _changed(part: Part, side: str, change: dict[str, object]) -> Part:
    return Part(part.name, part.data, **{side: change})


def _wide(size: int) -> bytes:
    return struct.pack("<2HQ", 1, 8, size)


def _packed(data: bytes) -> Part:
    told = {"crc": zlib.crc32(b"x" * 999), "size": 999}
    return Part(b"a.pdf", packed=data, local=told, central=told)


def _cut(data: bytes, share: int) -> bytes:
    return data[: len(data) * share // 100]


def _shared(rng: random.Random) -> bytes:
    first = good(rng)
    size = 30 + 5 + len(first.content)
    parts = [first, Part(b"a.pdf", b"z" * 90), Part(b"b.pdf", b"z" * 90, central={"offset": size})]
    return zip_of(parts)


def _quoted(rng: random.Random) -> bytes:
    """The kernel of an overlapping bomb: one member's data begins with the header of the next."""
    inner = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 0, 0, 33, 0, 0, 0, 5, 0) + b"b.pdf"
    first = good(rng)
    at = 30 + 5 + len(first.content) + 30 + 5
    told = {"crc": 0, "packed": 0, "size": 0, "offset": at}
    return zip_of(
        [first, Part(b"a.pdf", inner + b"x" * 20, method=0), Part(b"b.pdf", method=0, central=told)]
    )


def _described(rng: random.Random, wrong: int) -> Part:
    data = document(rng)
    packed = deflated(data)
    told = {"crc": 0, "packed": 0, "size": 0}
    gap = b"PK\x07\x08" + struct.pack("<3L", zlib.crc32(data), len(packed) + wrong, len(data))
    return Part(b"p.xml", data, flags=8, gap=gap, local=told)


def aes_zip(files: dict[str, bytes], password: bytes = b"secret") -> bytes:
    """A zip as WinZip and 7-Zip encrypt it."""
    body = io.BytesIO()
    with pyzipper.AESZipFile(body, "w", compression=zipfile.ZIP_DEFLATED) as archive:
        archive.setpassword(password)
        archive.setencryption(pyzipper.WZ_AES, nbits=256)
        for name, data in files.items():
            archive.writestr(name, data)
    return body.getvalue()


def _encrypted() -> Iterator[Hostile]:
    yield Hostile(
        "encrypted:AES without a password", lambda rng: aes_zip({"p.xml": document(rng)}), "ZIP_ENCRYPTED"
    )
    yield Hostile("encrypted:old encryption", _zip(good, Part(b"a.pdf", b"x" * 30, flags=1)), "ZIP_ENCRYPTED")
    yield Hostile(
        "encrypted:strong encryption of PKWARE",
        _zip(good, Part(b"a.pdf", b"x" * 30, flags=0x41)),
        "ZIP_BROKEN",
        said="not supported",
    )
    yield Hostile(
        "encrypted:only the local header says so",
        _zip(good, Part(b"a.pdf", b"x", local={"flags": 1})),
        "ZIP_ENCRYPTED",
    )
    yield Hostile(
        "encrypted:only the table of contents says so",
        _zip(good, Part(b"a.pdf", b"x", central={"flags": 1})),
        "ZIP_ENCRYPTED",
    )
    yield Hostile(
        "encrypted:AES without its extra field",
        _zip(good, Part(b"a.pdf", b"x", method=99, flags=1)),
        "ZIP_BROKEN",
        said="unknown encryption",
    )


def _nested() -> Iterator[Hostile]:
    def within(data: bytes, name: bytes = b"p.zip") -> bytes:
        return zip_of([Part(name, data)])

    yield Hostile(
        "nested:zip in a zip in a zip",
        lambda rng: within(within(zip_of([good(rng)]))),
        "ZIP_NESTED",
        limit="nesting",
    )
    yield Hostile(
        "nested:three gzips",
        lambda rng: gzipped(gzipped(gzipped(document(rng)))),
        "ZIP_NESTED",
        limit="nesting",
    )
    yield Hostile(
        "nested:gzip in gzip in zip",
        lambda rng: within(gzipped(gzipped(document(rng))), b"p.xml.gz"),
        "ZIP_NESTED",
        limit="nesting",
    )
    yield Hostile("nested:zip in tar.gz in zip", lambda rng: within(gzipped(tar_of(member_of_tar(b"p.zip", zip_of([good(rng)])))), b"p.tgz"),
                  "ZIP_NESTED", limit="nesting")  # fmt: skip
    yield Hostile("nested:forty zips", lambda rng: _deep(document(rng), 40), "ZIP_NESTED", limit="nesting")
    yield Hostile("nested:a zip that holds itself", lambda rng: _quine(), "ZIP_NESTED", limit="nesting")
    yield Hostile(
        "nested:bomb within",
        lambda rng: within(zip_of([good(rng), _bomb(b"a.pdf", 64 * MEBI)])),
        "ZIP_LIMIT",
        limit="ratio",
    )
    yield Hostile(
        "nested:each layer below the ratio",
        lambda rng: gzipped(gzipped(b"<a>" + b" " * 12 * MEBI)),
        "ZIP_LIMIT",
        limit="ratio",
    )
    yield Hostile("nested:broken zip within", lambda rng: within(_cut(zip_of([good(rng)]), 60)), "ZIP_BROKEN")
    yield Hostile(
        "nested:slip within",
        lambda rng: within(zip_of([good(rng), Part(b"../a.pdf", b"x")])),
        "ZIP_NAME",
        said="leads out",
    )
    yield Hostile("nested:the same name on both levels", lambda rng: zip_of([Part(b"in.zip", zip_of([good(rng), Part(b"a.pdf", b"x")])), Part(b"A.pdf", b"y")]),
                  "ZIP_NAME", said="twice")  # fmt: skip
    yield Hostile(
        "nested:two archives",
        lambda rng: zip_of([Part(b"a.zip", zip_of([good(rng)])), Part(b"b.zip", zip_of([good(rng)]))]),
        "ZIP_DOCUMENT",
        said="2 (",
    )
    yield Hostile(
        "nested:XML that is RAR", _zip(Part(b"p.xml", b"Rar!\x1a\x07\x01\x00")), "PKG_FORMAT", said="RAR"
    )


def _deep(data: bytes, times: int) -> bytes:
    for _ in range(times):
        data = zip_of([Part(b"p.zip", data)])
    return data


def _quine() -> bytes:
    """A gzip that unpacks to more of itself is approximated by repetition: each layer looks like the one around it."""
    return _deep(b"<a/>", 3)


def _streams() -> Iterator[Hostile]:
    def packed(rng: random.Random) -> bytes:
        return gzipped(document(rng))

    yield Hostile("gzip:cut", lambda rng: packed(rng)[:-30], "GZIP_BROKEN")
    yield Hostile("gzip:cut in its trailer", lambda rng: packed(rng)[:-3], "GZIP_BROKEN")
    yield Hostile("gzip:magic only", lambda rng: b"\x1f\x8b", "GZIP_BROKEN")
    yield Hostile(
        "gzip:wrong checksum", lambda rng: packed(rng)[:-8] + b"\1\2\3\4" + packed(rng)[-4:], "GZIP_BROKEN"
    )
    yield Hostile(
        "gzip:wrong length at its end", lambda rng: packed(rng)[:-4] + b"\xff\xff\xff\x7f", "GZIP_BROKEN"
    )
    yield Hostile("gzip:rubbish behind", lambda rng: packed(rng) + b"rubbish", "GZIP_BROKEN")
    yield Hostile("gzip:second member broken", lambda rng: packed(rng) + packed(rng)[:40], "GZIP_BROKEN")
    yield Hostile("gzip:method unknown", lambda rng: b"\x1f\x8b\x07" + packed(rng)[3:], "GZIP_BROKEN")
    yield Hostile("gzip:nothing in it", lambda rng: gzipped(b""), "PKG_EMPTY")
    yield Hostile("zstd:cut", lambda rng: zstandard.compress(document(rng))[:-9], "ZSTD_BROKEN")
    yield Hostile("zstd:magic only", lambda rng: b"\x28\xb5\x2f\xfd", "ZSTD_BROKEN")
    yield Hostile(
        "zstd:rubbish behind", lambda rng: zstandard.compress(document(rng)) + b"rubbish", "ZSTD_BROKEN"
    )
    yield Hostile(
        "zstd:wrong checksum",
        lambda rng: zstandard.ZstdCompressor(write_checksum=True).compress(document(rng))[:-4] + b"\0\0\0\0",
        "ZSTD_BROKEN",
    )
    yield Hostile(
        "zstd:a dictionary is needed",
        lambda rng: b"\x28\xb5\x2f\xfd\x21\x07\x04\x01\x00\x00",
        "ZSTD_BROKEN",
        said="dictionary",
    )
    yield Hostile(
        "zstd:a skipped frame that never ends",
        lambda rng: b"\x50\x2a\x4d\x18\xff\xff\xff\xff" + document(rng),
        "ZSTD_BROKEN",
    )
    yield Hostile("zstd:only a skipped frame", lambda rng: b"\x50\x2a\x4d\x18\4\0\0\0abcd", "PKG_EMPTY")


def _tars() -> Iterator[Hostile]:
    def tar(*extra: bytes) -> Make:
        return lambda rng: gzipped(tar_of(member_of_tar(b"p.xml", document(rng)), *extra))

    for what, kind, said in (
        ("hard link", b"1", "hard link"), ("symbolic link", b"2", "symbolic link"), ("character device", b"3", "character device"),
        ("block device", b"4", "block device"), ("pipe", b"6", "named pipe"), ("sparse file", b"S", "sparse"),
        ("long link", b"K", "link"), ("unknown kind", b"Z", "unknown kind"),
    ):  # fmt: skip
        yield Hostile(
            f"tar:{what}", tar(member_of_tar(b"a.pdf", b"", kind, link=b"/etc/passwd")), "ZIP_NAME", said=said
        )
    yield Hostile("tar:slip", tar(member_of_tar(b"../../a.pdf", b"x")), "ZIP_NAME", said="leads out")
    yield Hostile(
        "tar:slip by the prefix",
        tar(member_of_tar(b"a.pdf", b"x", prefix=b"..")),
        "ZIP_NAME",
        said="leads out",
    )
    yield Hostile(
        "tar:slip by pax",
        tar(pax(path=b"../a.pdf"), member_of_tar(b"a.pdf", b"x")),
        "ZIP_NAME",
        said="leads out",
    )
    yield Hostile(
        "tar:slip by a GNU long name",
        tar(member_of_tar(b"././@LongLink", b"/etc/passwd\0", b"L"), member_of_tar(b"a", b"x")),
        "ZIP_NAME",
        said="absolute",
    )
    yield Hostile("tar:the same name twice", tar(member_of_tar(b"./P.xml", b"x")), "ZIP_NAME", said="twice")
    yield Hostile(
        "tar:sparse by pax",
        tar(pax(GNU_sparse_major=b"1"), member_of_tar(b"a.pdf", b"x")),
        "ZIP_NAME",
        said="sparse",
    )
    yield Hostile(
        "tar:size beyond the end", tar(header_of_tar(b"a.pdf", 10**9)), "TAR_BROKEN", said="ends too early"
    )
    yield Hostile(
        "tar:size by pax beyond the end",
        tar(pax(size=b"999999999999"), member_of_tar(b"a.pdf", b"x")),
        "TAR_BROKEN",
        said="ends too early",
    )
    yield Hostile(
        "tar:size of pax no number",
        tar(pax(size=b"-1"), member_of_tar(b"a.pdf", b"x")),
        "TAR_BROKEN",
        said="wrong size",
    )
    yield Hostile(
        "tar:negative size",
        tar(header_of_tar(b"a.pdf", 0, stated=b"\xff" * 12)),
        "TAR_BROKEN",
        said="negative",
    )
    yield Hostile(
        "tar:size no octal number",
        tar(header_of_tar(b"a.pdf", 0, stated=b"9999999999 \0")),
        "TAR_BROKEN",
        said="wrong size",
    )
    yield Hostile(
        "tar:checksum wrong", tar(header_of_tar(b"a.pdf", 0, total=b"")), "TAR_BROKEN", said="damaged"
    )
    yield Hostile(
        "tar:names for all files", tar(member_of_tar(b"g", pax(path=b"p.xml")[512:530], b"g")), "TAR_BROKEN"
    )
    yield Hostile("tar:pax without a file", tar(pax(path=b"a.pdf")), "TAR_BROKEN", said="without a file")
    yield Hostile(
        "tar:pax with a wrong length",
        tar(member_of_tar(b"x", b"99 path=a\n", b"x"), member_of_tar(b"a")),
        "TAR_BROKEN",
        said="extended header",
    )
    yield Hostile(
        "tar:pax with an endless number",
        tar(member_of_tar(b"x", b"9" * 500, b"x"), member_of_tar(b"a")),
        "TAR_BROKEN",
        said="extended header",
    )
    yield Hostile(
        "tar:no end mark",
        lambda rng: gzipped(tar_of(member_of_tar(b"p.xml", document(rng)), end=b"")),
        "TAR_BROKEN",
        said="cut short",
    )
    yield Hostile(
        "tar:half an end mark",
        lambda rng: gzipped(tar_of(member_of_tar(b"p.xml", document(rng)), end=bytes(512))),
        "TAR_BROKEN",
        said="cut short",
    )
    yield Hostile(
        "tar:another archive behind",
        lambda rng: gzipped(tar_of(member_of_tar(b"p.xml", document(rng))) * 2),
        "TAR_BROKEN",
        said="behind the end",
    )
    yield Hostile("tar:cut", lambda rng: tar_of(member_of_tar(b"p.xml", document(rng)))[:1500], "TAR_BROKEN")


def _foreign() -> Iterator[Hostile]:
    for name, start in (
        ("RAR", b"Rar!\x1a\x07\x01\x00"), ("7z", b"7z\xbc\xaf\x27\x1c\x00\x04"), ("xz", b"\xfd7zXZ\x00"), ("bzip2", b"BZh91AY&SY"),
        ("CAB", b"MSCF\0\0\0\0"), ("PDF", b"%PDF-1.7\n"), ("Office", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), ("EXE", b"MZ\x90\x00\x03"),
    ):  # fmt: skip
        yield Hostile(
            f"foreign:{name}", lambda rng, start=start: start + rng.randbytes(900), "PKG_FORMAT", said=name
        )
    yield Hostile("foreign:empty file", lambda rng: b"", "PKG_EMPTY")
    yield Hostile("foreign:noise", lambda rng: b"\x00\xfe" + rng.randbytes(2_000), "XML_ENCODING")
