"""Hostile documents: encodings that lie, DOCTYPE and its kin, floods around the cases, heads that never end."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from tests.support.corpus import Hostile, between, document
from tests.support.forge import gzipped
from tests.support.message import NAMESPACE, case, package

ENTITIES = '<!DOCTYPE ExchangePackage [<!ENTITY a "ha">{}]>'
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
Make = Callable[[random.Random], bytes]


def cases() -> Iterator[Hostile]:
    yield from _doctypes()
    yield from _encodings()
    yield from _floods()
    yield from _malformed()


def _with(start: str, encoding: str = "utf-8") -> Make:
    """A good document with something put behind its declaration."""
    return lambda rng: document(rng).decode().replace("?>\n", f"?>\n{start}", 1).encode(encoding)


def _doctypes() -> Iterator[Hostile]:
    for name, text in (
        ("doctype", "<!DOCTYPE ExchangePackage>"), ("entity", ENTITIES.format("")), ("billion laughs", ENTITIES.format(LAUGHS)),
        ("quadratic entity", ENTITIES.format(f'<!ENTITY b "{"x" * 50_000}">')),
        ("external entity", ENTITIES.format('<!ENTITY x SYSTEM "file:///etc/passwd">')),
        ("external subset", '<!DOCTYPE ExchangePackage SYSTEM "http://127.0.0.1:9/x.dtd">'),
        ("public subset", '<!DOCTYPE ExchangePackage PUBLIC "-//W3C//DTD" "http://127.0.0.1:9/x.dtd">'),
        ("parameter entity", ENTITIES.format('<!ENTITY % p SYSTEM "http://127.0.0.1:9/x">%p;')),
        ("doctype behind a comment", "<!-- a -->\n<?p x?><!DOCTYPE ExchangePackage>"),
        ("doctype behind 500 KB of comments", "<!-- " + "x" * 500_000 + " --><!DOCTYPE ExchangePackage>"),
        ("stylesheet", '<?xml-stylesheet type="text/xsl" href="http://127.0.0.1:9/x.xsl"?>'),
    ):  # fmt: skip
        yield Hostile(f"doctype:{name}", _with(text), "XML_DOCTYPE")
    yield Hostile(
        "doctype:in UTF-16",
        lambda rng: _with("<!DOCTYPE a>")(rng).decode().replace("UTF-8", "UTF-16").encode("utf-16"),
        "XML_DOCTYPE",
    )
    yield Hostile("doctype:in gzip", lambda rng: gzipped(_with("<!DOCTYPE a>")(rng)), "XML_DOCTYPE")
    yield Hostile(
        "doctype:XInclude in a case",
        lambda rng: between(
            '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>'
        ),
        "XML_DOCTYPE",
        said="XInclude",
    )
    yield Hostile(
        "doctype:XInclude at the root",
        lambda rng: document(rng).replace(
            b' version="1.0">', b' version="1.0" xmlns:x="http://www.w3.org/2001/XInclude">', 1
        ),
        "XML_DOCTYPE",
        said="XInclude",
    )


def _declared(encoding: str, written: str) -> Make:
    return lambda rng: document(rng).decode().replace("UTF-8", encoding).encode(written)


def _encodings() -> Iterator[Hostile]:
    for name, make in (
        ("declared UTF-8, written GBK", lambda rng: document(rng).decode().replace("㛃", "王").replace("𠮷", "李").encode("gbk", "replace")),
        ("no declaration, written GBK", lambda rng: document(rng).decode().split("?>", 1)[1].encode("gbk", "replace")),
        ("declared ASCII, written UTF-8", _declared("US-ASCII", "utf-8")), ("UTF-7 declared", _declared("UTF-7", "utf-8")),
        ("UTF-7 written", _declared("utf-7", "utf-7")), ("UTF-32", _declared("UTF-32", "utf-32")),
        ("UTF-32 without a mark", _declared("UTF-32", "utf-32-le")), ("EBCDIC declared", _declared("ebcdic-cp-us", "utf-8")),
        ("EBCDIC written", lambda rng: b"<?xml version='1.0'?><a/>".decode().encode("cp500")),
        ("Big5 declared", _declared("Big5", "utf-8")), ("Shift_JIS declared", _declared("Shift_JIS", "utf-8")),
        ("unknown encoding", _declared("x-user-defined", "utf-8")), ("an encoding of 300 characters", _declared("u" * 300, "utf-8")),
        ("UTF-16 declared, not written", _declared("UTF-16", "utf-8")), ("UTF-16 cut in half a character", lambda rng: _declared("UTF-16", "utf-16")(rng)[:-1]),
        ("lone surrogate in UTF-16", lambda rng: _declared("UTF-16", "utf-16-le")(rng).replace("王".encode("utf-16-le"), b"\x42\xd8") if False else b"\xff\xfe" + "<a>".encode("utf-16-le") + b"\x42\xd8" + "</a>".encode("utf-16-le")),
        ("surrogate in UTF-8", lambda rng: between("\x1b").replace(b"\x1b", b"<!-- \xed\xa1\x82 -->")),
        ("overlong UTF-8", lambda rng: between("\x1b").replace(b"\x1b", b"<!-- \xc0\xbc -->")),
        ("overlong NUL", lambda rng: between("\x1b").replace(b"\x1b", b"<!-- \xc0\x80 -->")),
        ("beyond Unicode", lambda rng: between("\x1b").replace(b"\x1b", b"<!-- \xf4\x90\x80\x80 -->")),
        ("UTF-8 cut at its end", lambda rng: document(rng) + b"\xe7\x8e"),
        ("NUL byte", lambda rng: document(rng).replace(b"<Body>", b"<Body>\0", 1)),
        ("a second byte order mark before GBK", lambda rng: b"\xef\xbb\xbf" + _declared("UTF-8", "utf-8")(rng).decode().encode("gb18030").replace(b"\xef", b"\xff") + b"\xff"),
    ):  # fmt: skip
        yield Hostile(f"encoding:{name}", make, "XML_ENCODING")


def _floods() -> Iterator[Hostile]:
    yield Hostile(
        "flood:2 MB of comment before the root",
        _with("<!-- " + "x" * 2_000_000 + " -->"),
        "XML_LIMIT",
        limit="prolog_bytes",
    )
    yield Hostile(
        "flood:instructions before the root", _with("<?p x?>" * 200_000), "XML_LIMIT", limit="prolog_bytes"
    )
    yield Hostile("flood:blanks before the root", _with(" " * 1_200_000), "XML_LIMIT", limit="prolog_bytes")
    yield Hostile(
        "flood:a comment that never ends",
        lambda rng: b"<!-- " + b"-" * 3_000_000,
        "XML_LIMIT",
        limit="prolog_bytes",
    )
    yield Hostile(
        "flood:a head of 3 MB",
        lambda rng: document(rng).replace(b"<PackageId>", b"<PackageId>" + b"x" * 3_000_000, 1),
        "XML_LIMIT",
        limit="head_bytes",
    )
    yield Hostile(
        "flood:comments in the head",
        lambda rng: document(rng).replace(b"<Head>", b"<Head>" + b"<!---->" * 300_000, 1),
        "XML_LIMIT",
        limit="head_bytes",
    )
    yield Hostile(
        "flood:2,100,000 comments between cases",
        lambda rng: between("<!---->" * 2_100_000),
        "XML_LIMIT",
        limit="comments",
    )
    yield Hostile(
        "flood:2,100,000 instructions between cases",
        lambda rng: between("<?p?>" * 2_100_000),
        "XML_LIMIT",
        limit="comments",
    )
    yield Hostile(
        "flood:2,100,000 cases", lambda rng: package(["<Case/>" * 2_100_000]), "XML_LIMIT", limit="cases"
    )
    yield Hostile(
        "flood:cases with a blank in their tags",
        lambda rng: package(["<Case ></Case>" * 50]),
        "XML_LIMIT",
        limit="cases",
        limits={"cases": 40},
    )
    yield Hostile(
        "flood:one case of 17 MB",
        lambda rng: between("<Case>" + "x" * 17_000_000 + "</Case>"),
        "XML_LIMIT",
        limit="case_bytes",
    )
    yield Hostile(
        "flood:a case that is never closed",
        lambda rng: between("<Case>" + "<a>" * 6_000_000),
        "XML_LIMIT",
        limit="case_bytes",
    )
    yield Hostile(
        "flood:namespaces at the root",
        lambda rng: document(rng).replace(
            b' version="1.0">',
            b' version="1.0"' + b"".join(b' xmlns:n%d="urn:n"' % n for n in range(5_000)) + b">",
            1,
        ),
        "XML_LIMIT",
        limit="root_bytes",
    )
    yield Hostile(
        "flood:names of elements",
        lambda rng: package([f"<Case><n{n}a/><n{n}b/><n{n}c/></Case>" for n in range(4_000)]),
        "XML_LIMIT",
        limit="names",
    )
    yield Hostile(
        "flood:names of attributes",
        lambda rng: package([f"<Case><a n{n}a='' n{n}b='' n{n}c=''/></Case>" for n in range(4_000)]),
        "XML_LIMIT",
        limit="names",
    )
    yield Hostile(
        "flood:50 MB of blanks between cases",
        lambda rng: between(" " * 50_000_000 + "x"),
        "XML_MALFORMED",
        said="between cases",
    )
    yield Hostile(
        "flood:50 MB of blanks behind the last case",
        lambda rng: document(rng).replace(b"</Body>", b" " * 50_000_000 + b"x</Body>"),
        "XML_MALFORMED",
    )
    yield Hostile(
        "flood:attributes of the root",
        lambda rng: document(rng).replace(
            b' version="1.0">', b' version="1.0"' + b"".join(b' a%d=""' % n for n in range(130_000)) + b">", 1
        ),
        "XML_LIMIT",
        limit="head_bytes",
    )


def _malformed() -> Iterator[Hostile]:
    for name, make, code in (
        ("cut in a case", lambda rng: document(rng)[:-900], "XML_MALFORMED"), ("no end of the root", lambda rng: document(rng).rstrip()[:-3], "XML_MALFORMED"),
        ("content behind the root", lambda rng: document(rng) + b"<more/>", "XML_MALFORMED"), ("two roots", lambda rng: document(rng) + document(rng).split(b"?>", 1)[1], "XML_MALFORMED"),
        ("text between cases", lambda rng: between("hello"), "XML_MALFORMED"), ("another element between cases", lambda rng: between("<Other/>"), "XML_MALFORMED"),
        ("control character in the head", lambda rng: document(rng).replace(b"P1", b"P\x01"), "XML_MALFORMED"),
        ("control character between cases", lambda rng: between("\x02"), "XML_MALFORMED"),
        ("a declaration that never ends", lambda rng: b"<?xml version='1.0' " + b"x" * 9_000, "XML_MALFORMED"),
        ("a declaration twice", lambda rng: b"<?xml version='1.0'?>" + document(rng), "XML_MALFORMED"),
        ("another root", lambda rng: b"<html><body/></html>", "PKG_ROOT"), ("another namespace", lambda rng: document(rng).replace(NAMESPACE.encode(), b"urn:x"), "PKG_NAMESPACE"),
        ("no namespace", lambda rng: document(rng).replace(b' xmlns="' + NAMESPACE.encode() + b'"', b""), "PKG_NAMESPACE"),
        ("a version that is none", lambda rng: document(rng).replace(b'" version="1.0"', b'" version="9.9"'), "PKG_VERSION"),
        ("a case count that lies", lambda rng: package([case("1")], count=2), "PKG_COUNT"),
        ("a case count of 18 digits", lambda rng: package([case("1")], count=10**18), "PKG_HEAD"),
        ("a serial of 5,000 digits", lambda rng: document(rng).replace(b"<Serial>1<", b"<Serial>" + b"1" * 5_000 + b"<"), "PKG_HEAD"),
        ("a head twice", lambda rng: document(rng).replace(b"</Head>", b"</Head><Head/>", 1), "PKG_HEAD"),
        ("no cases", lambda rng: package([]), "PKG_NO_CASES"),
    ):  # fmt: skip
        yield Hostile(f"malformed:{name}", make, code)
