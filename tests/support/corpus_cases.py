"""Hostile cases between two good ones, as packages and as stage messages: they alone are refused."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.corpus import Hostile, between
from tests.support.dialects import message, messages
from tests.support.message import case


def cases() -> Iterator[Hostile]:
    yield from _cases()
    yield from _messages()


def _case(inside: str | bytes) -> bytes:
    """A package whose second case has this within it."""
    body = inside if isinstance(inside, bytes) else inside.encode()
    return between(case("bad").encode().replace(b"</Case>", body + b"</Case>"))


INSIDE: tuple[tuple[str, str, str, str], ...] = (
    ("70 elements within one another", "<a>" * 70 + "</a>" * 70, "CASE_LIMIT", "depth"),
    ("5,000 elements within one another", "<a>" * 5_000 + "</a>" * 5_000, "CASE_LIMIT", "depth"),
    ("24,000 elements within one another, none closed", "<a>" * 24_000, "CASE_LIMIT", "depth"),
    ("60,000 empty elements", "<a/>" * 60_000, "CASE_LIMIT", "case_markup"),
    ("2 million empty elements", "<a/>" * 2_000_000, "CASE_LIMIT", "case_markup"),
    ("60,000 comments", "<!---->" * 60_000, "CASE_LIMIT", "case_markup"),
    ("60,000 instructions", "<?p?>" * 60_000, "CASE_LIMIT", "case_markup"),
    ("80 attributes on one element", "<a" + "".join(f' x{n}=""' for n in range(80)) + "/>", "CASE_LIMIT", "attributes"),
    ("2 million attributes on one element", "<a" + ' x=""' * 2_000_000 + "/>", "CASE_LIMIT", "attributes"),
    ("21,000 attributes", ("<a" + "".join(f' x{n}=""' for n in range(50)) + "/>") * 420, "CASE_LIMIT", "case_attributes"),
    ("70 namespaces", "".join(f'<a xmlns:n{n}="urn:x"/>' for n in range(70)), "CASE_LIMIT", "namespaces"),
    ("an element's name of 300 bytes", f"<{'n' * 300}/>", "CASE_LIMIT", "tag_bytes"),
    ("an element's name of 9 MB", f"<{'n' * 9_000_000}/>", "CASE_LIMIT", "tag_bytes"),
    ("an attribute's name of 300 bytes", f"<a {'n' * 300}=''/>", "CASE_LIMIT", "tag_bytes"),
    ("a text of 2 MB", f"<a>{'x' * 2_000_000}</a>", "CASE_LIMIT", "text_bytes"),
    ("a text of 2 MB in pieces", f"<a>{('x' * 99 + '<![CDATA[y]]>') * 20_000}</a>", "CASE_LIMIT", "text_bytes"),
    ("an attribute of 2 MB", f"<a b='{'x' * 2_000_000}'/>", "CASE_LIMIT", "text_bytes"),
    ("a known field of 12 MB", f"<Remark>{'x' * 12_000_000}</Remark>", "CASE_LIMIT", "text_bytes"),
    ("an entity that nobody declared", "<a>&lol;</a>", "CASE_MALFORMED", ""),
    ("a DOCTYPE within", "<!DOCTYPE a>", "CASE_MALFORMED", ""),
    ("surrogates as references", "<a>&#xD842;&#xDFB7;</a>", "CASE_MALFORMED", ""),
    ("a NUL as a reference", "<a>&#0;</a>", "CASE_MALFORMED", ""),
    ("a control character", "<a>\x01</a>", "CASE_MALFORMED", ""),
    ("a control character as a reference", "<a>&#x1b;</a>", "CASE_MALFORMED", ""),
    ("a reference beyond Unicode", "<a>&#x110000;</a>", "CASE_MALFORMED", ""),
    ("a reference of 9,000 digits", f"<a>&#{'9' * 9_000};</a>", "CASE_MALFORMED", ""),
    ("the character U+FFFE", "<a>\ufffe</a>", "CASE_MALFORMED", ""),
    ("the character U+FFFF", "<a>\uffff</a>", "CASE_MALFORMED", ""),
    ("an end of CDATA in a text", "<a>]]></a>", "CASE_MALFORMED", ""),
    ("the same attribute twice", "<a b='' b=''/>", "CASE_MALFORMED", ""),
    ("a prefix that nobody declared", "<n:a/>", "CASE_MALFORMED", ""),
    ("an XML declaration within", "<?xml version='1.0'?>", "CASE_MALFORMED", ""),
    ("a stylesheet within", "<a><?xml-stylesheet href='x'?></a>", "STRUCT_UNEXPECTED", ""),
    ("an element of another namespace", "<a xmlns='urn:x'/>", "STRUCT_UNEXPECTED", ""),
    ("xsi:schemaLocation", "<a xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:schemaLocation='urn:x http://127.0.0.1:9/x.xsd'/>",
     "STRUCT_UNEXPECTED", ""),
)  # fmt: skip


def _cases() -> Iterator[Hostile]:
    for name, inside, code, limit in INSIDE:
        yield Hostile(f"case:{name}", lambda rng, inside=inside: _case(inside), code, "case", limit)
    for name, element, number, limit in (
        ("3,000 namespaces on one element of the contract", "Opinion", 3_000, "attributes"),
        ("64 namespaces and one, on an element of the contract", "Opinion", 65, "attributes"),
        ("16 namespaces on each of five numbers", "Seq", 16, "namespaces"),
    ):
        yield Hostile(
            f"case:{name}",
            lambda rng, element=element, number=number: _declared(element, number),
            "CASE_LIMIT",
            "case",
            limit,
        )
    yield Hostile(
        "case:bad numbers in 7,000 materials",
        lambda rng: between(_materials(7_000)),
        "CASE_LIMIT",
        "case",
        "case_markup",
    )
    yield Hostile(
        "case:2,000 materials of which 60 are wrong",
        lambda rng: between(_materials(2_000)),
        "VALUE_TYPE",
        "case",
    )


def _declared(element: str, number: int) -> bytes:
    """A package whose second case is right but for so many namespaces declared on each such element of it."""
    spaces = "".join(f' xmlns:a{n}="urn:x{n}"' for n in range(number))
    return between(case("bad").replace(f"<{element}>", f"<{element}{spaces}>"))


def _materials(number: int) -> str:
    some = "".join(
        f"<Material><Seq>{n if n > 60 else 'x'}</Seq><Name>a</Name><IsReceived>true</IsReceived></Material>"
        for n in range(number, 0, -1)
    )
    return case("bad").replace("<Materials>", f"<Materials>{some}")


def _message(inside: str) -> bytes:
    """Three messages, the second with this within it."""
    return messages([message("0"), message("0").replace("</BW>", f"{inside}</BW>"), message("9")])


def _messages() -> Iterator[Hostile]:
    for name, inside, code, limit in INSIDE:
        if (
            code == "CASE_LIMIT"
            and "none closed" not in name
            and "twice" not in name
            and name != "2 million attributes on one element"
        ):
            yield Hostile(
                f"message:{name}",
                lambda rng, inside=inside: _message(inside),
                code,
                "case",
                limit,
                form="messages",
            )
    for name, make, code, limit in (
        ("a comment of 20 MB", lambda rng: _message("<!-- " + "x" * 20_000_000 + " -->"), "XML_LIMIT", "markup_bytes"),
        ("a tag of 20 MB", lambda rng: _message("<a b='" + "x" * 20_000_000 + "'/>"), "XML_LIMIT", "markup_bytes"),
        ("a tag that never ends", lambda rng: b"<BWJ><BW " + b"x" * 20_000_000, "XML_LIMIT", "markup_bytes"),
        ("a message of 17 MB", lambda rng: _message("x<a/>" * 3_500_000), "XML_LIMIT", "case_bytes"),
        ("300,000 elements within one another", lambda rng: _message("<a>" * 300_000), "XML_LIMIT", "depth"),
        ("300,000 elements, empty ones quoted between", lambda rng: _message("<a b='/>'>" * 300_000), "XML_LIMIT", "depth"),
        ("300,000 elements, closing ones in comments", lambda rng: _message("<a><!--</a>-->" * 300_000), "XML_LIMIT", "depth"),
        ("12,000 names", lambda rng: messages([message("0"), "".join(f"<n{n}/>" for n in range(12_000))]), "XML_LIMIT", "names"),
        ("namespaces at the root", lambda rng: _message("<!-- -->").replace(b"<BWJ>", b"<BWJ" + b"".join(b" xmlns:n%d='urn:n'" % n for n in range(5_000)) + b">"), "XML_LIMIT", "root_bytes"),
        ("not closed", lambda rng: _message("<a>"), "XML_MALFORMED", ""), ("a control character", lambda rng: _message("\x01"), "XML_MALFORMED", ""),
        ("an entity that nobody declared", lambda rng: _message("&lol;"), "XML_MALFORMED", ""),
        ("surrogates as references", lambda rng: _message("<a>&#xD842;&#xDFB7;</a>"), "XML_MALFORMED", ""),
        ("a DOCTYPE", lambda rng: b"<!DOCTYPE BWJ>" + _message(""), "XML_DOCTYPE", ""), ("another root", lambda rng: b"<html/>", "MESSAGES_ROOT", ""),
        ("no messages", lambda rng: b"<BWJ></BWJ>", "PKG_NO_CASES", ""),
    ):  # fmt: skip
        yield Hostile(f"message:{name} (package)", make, code, "package", limit, form="messages")
    yield Hostile(
        "message:more than are allowed",
        lambda rng: messages([message("0")] * 30),
        "XML_LIMIT",
        "package",
        "cases",
        form="messages",
        limits={"cases": 20},
    )
    yield Hostile("message:more than are allowed, with comments", lambda rng: messages([message("0"), "<!-- -->"] * 30), "XML_LIMIT", "package", "cases",
                  form="messages", limits={"cases": 20})  # fmt: skip
