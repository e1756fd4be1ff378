"""What a reply holds: the document's bytes whatever its encoding, fields, faults, and what is no SOAP at all."""

from __future__ import annotations

import base64
import gzip
from xml.sax.saxutils import escape

import pytest
from lxml import etree

from connectors.soap.documents import from_text
from connectors.soap.failures import At
from connectors.soap.replies import Fault, Malformed, Reply, fault_error, glimpse, read_reply
from connectors.soap.statuses import check_status
from hub.errors import HubError, RetryError, StopError
from tests.support.soap_fake import SOAP, envelope

AT = At("land", "http://bureau.example/ws", "QueryBatch")
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
RARE = "镕𠮷㐂"
GB = f'<?xml version="1.0" encoding="gb2312"?>\n<BWJ><BW>{RARE}</BW></BWJ>'


def read(body: bytes, content_type: str = "text/xml", charset: str = "auto") -> Reply:
    found = read_reply(body, content_type, charset, AT)
    assert isinstance(found, Reply)
    return found


def fault(inner: str, namespace: str = SOAP) -> Fault:
    found = read_reply(envelope(f"<s:Fault>{inner}</s:Fault>", namespace), "text/xml", "auto", AT)
    assert isinstance(found, Fault)
    return found


@pytest.mark.parametrize("declared", ["gb2312", "GBK", "gb18030", "GB_2312-80"])
def test_a_document_in_a_string_is_encoded_so_that_its_gb_declaration_is_true(declared: str) -> None:
    text = GB.replace("gb2312", declared)
    assert from_text(text) == text.encode("gb18030")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"<a>{RARE}</a>", f"<a>{RARE}</a>"),
        (f"\n \ufeff<?xml version='1.0'?><a>{RARE}</a>\n", f"<?xml version='1.0'?><a>{RARE}</a>"),
        (
            f'<?xml version="1.0" encoding="utf-8"?><a>{RARE}</a>',
            f'<?xml version="1.0" encoding="utf-8"?><a>{RARE}</a>',
        ),
        (
            f"<?xml version='1.0' encoding='ISO-8859-1' standalone='yes'?><a>{RARE}</a>",
            f"<?xml version='1.0' encoding='UTF-8' standalone='yes'?><a>{RARE}</a>",
        ),
        (
            f'<?xml version="1.0" encoding="UTF-16"?><a>{RARE}</a>',
            f'<?xml version="1.0" encoding="UTF-8"?><a>{RARE}</a>',
        ),
        ("<a>unclosed", "<a>unclosed"),
        ("null", "null"),
        ("没有数据", "没有数据"),
    ],
)
def test_any_other_document_is_utf8_and_says_so(text: str, expected: str) -> None:
    found = from_text(text)
    assert found == expected.encode()
    if "unclosed" not in text and expected.startswith("<"):
        assert "".join(str(each) for each in etree.fromstring(found).itertext()) == RARE


@pytest.mark.parametrize(
    "package", [GB.encode("gb18030"), gzip.compress(b"<a/>", mtime=0), b"PK\x03\x04rest", b"\xef\xbb\xbf<a/>"]
)
def test_base64_gives_the_bytes_as_they_were(package: bytes) -> None:
    text = base64.encodebytes(package).decode()
    assert read(envelope(f"<r><return>{text}</return></r>")).document(None) == package


@pytest.mark.parametrize("namespace", [SOAP, SOAP_12])
@pytest.mark.parametrize(
    "inner", [escape(GB), f"<![CDATA[{GB}]]>", f"<![CDATA[{GB[:50]}]]><!-- x -->{escape(GB[50:])}"]
)
def test_the_document_is_found_escaped_or_in_cdata_in_either_version(namespace: str, inner: str) -> None:
    reply = read(envelope(f"<r><return>{inner}</return></r>", namespace))
    assert reply.document(None) == GB.encode("gb18030")
    assert reply.document("return") == GB.encode("gb18030")


@pytest.mark.parametrize(
    ("body", "path", "expected"),
    [
        ("<r><a><b>&lt;x/&gt;</b></a></r>", "a/b", b"<x/>"),
        ("<r><code>0</code><data>&lt;x/&gt;</data></r>", "data", b"<x/>"),
        ("<r>&lt;x/&gt;</r>", None, b"<x/>"),
        ("<r>&lt;x/&gt;</r>", ".", b"<x/>"),
        ("<r><any><x>1</x></any></r>", "any", b"<?xml version='1.0' encoding='UTF-8'?>\n<x xmlns:s=\"" + SOAP.encode() + b'">1</x>'),
        ("<r><return href='#id0'/></r><multiRef id='id0'>&lt;x/&gt;</multiRef>", "return", b"<x/>"),
        ("<r xmlns:rpc='http://www.w3.org/2003/05/soap-rpc'><rpc:result>return</rpc:result><return>&lt;x/&gt;</return></r>", None, b"<x/>"),
    ],
)  # fmt: skip
def test_the_document_is_found_by_its_path(body: str, path: str | None, expected: bytes) -> None:
    assert read(envelope(body)).document(path) == expected


def test_the_reply_itself_may_be_the_document() -> None:
    found = read(envelope("<BWJ><BW>1</BW><BW>2</BW></BWJ>")).document(".")
    assert found is not None
    assert etree.fromstring(found).tag == "BWJ"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<r/>",
        "<r><return/></r>",
        "<r><return>  \n </return></r>",
        "<r><return xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:nil='true'/></r>",
    ],
)
def test_a_reply_without_a_document_is_an_empty_page(body: str) -> None:
    assert read(envelope(body)).document(None) is None
    assert read(envelope(body)).document("return") is None


@pytest.mark.parametrize(
    ("declared", "header"),
    [("gb2312", ""), ("GBK", "charset=utf-8"), (None, "charset=GBK"), ("utf-8", "charset=gb2312")],
)
def test_an_envelope_is_read_in_the_encoding_that_it_or_http_declares(
    declared: str | None, header: str
) -> None:
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    body = (head + envelope(f"<r><return>&lt;a&gt;{RARE}&lt;/a&gt;</return></r>").decode()).encode("gb18030")
    assert read(body, f"text/xml; {header}").document(None) == f"<a>{RARE}</a>".encode()


def test_the_registration_may_say_the_character_set_of_a_service_that_lies() -> None:
    body = b'<?xml version="1.0" encoding="utf-8"?>' + envelope(
        "<r><return>&lt;a&gt;镕&lt;/a&gt;</return></r>"
    ).decode().encode("gbk")
    assert read(body, charset="gb18030").document(None) == "<a>镕</a>".encode()
    with pytest.raises(Malformed):
        read(body)


@pytest.mark.parametrize(
    "body",
    [
        envelope("<r><return>&#55362;&#57271;</return></r>"),  # 𠮷 as Axis 1.4 writes it
        envelope("<r><return>x</return></r>")[:-10],
        envelope("<r>\x01</r>"),
        envelope("<r>") + b"\xff",
        b'<?xml version="1.0" encoding="x-none"?>' + envelope("<r/>"),
        b"<!DOCTYPE s:Envelope [<!ENTITY a 'b'>]>" + envelope("<r>&a;</r>"),
    ],
)
def test_a_reply_that_is_not_well_formed_is_told_from_a_good_one(body: bytes) -> None:
    with pytest.raises(Malformed):
        read(body)


@pytest.mark.parametrize("body", [b"", b"OK", b'{"code": 500}', b"<error>Envelope</error>", b"<Envelope/>"])
def test_what_is_no_soap_at_all_is_no_content(body: bytes) -> None:
    with pytest.raises(RetryError) as caught:
        read(body)
    assert caught.value.code == "SOAP_NO_ENVELOPE"


def test_an_attachment_takes_the_place_of_its_reference() -> None:
    package = GB.encode("gb18030") + b"\r\n\n\x00"
    include = '<r><return><x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:a%40b"/></return></r>'
    parts = [
        b'Content-Type: application/xop+xml; charset=utf-8; type="text/xml"\r\nContent-ID: <root>\r\n\r\n'
        + envelope(include),
        b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <a@b>\r\n\r\n"
        + package,
    ]
    body = b"--B\r\n" + b"\r\n--B\r\n".join(parts) + b"\r\n--B--\r\n"
    kind = 'multipart/related; boundary="B"; type="application/xop+xml"; start="<root>"'
    assert read(body, kind).document(None) == package


FAULTS = {
    "SOAP 1.1 server": ("<faultcode>s:Server</faultcode><faultstring>x</faultstring>", SOAP, "SOAP_FAULT"),
    "Axis server": ("<faultcode>s:Server.userException</faultcode><faultstring>x</faultstring>", SOAP, "SOAP_FAULT"),
    "SOAP 1.1 client": ("<faultcode>s:Client</faultcode><faultstring>x</faultstring>", SOAP, "SOAP_FAULT_CALLER"),
    "version": ("<faultcode>s:VersionMismatch</faultcode><faultstring/>", SOAP, "SOAP_FAULT_CALLER"),
    "SOAP 1.2 receiver": (
        "<s:Code><s:Value>s:Receiver</s:Value></s:Code><s:Reason><s:Text xml:lang='en'>x</s:Text></s:Reason>", SOAP_12, "SOAP_FAULT",
    ),
    "SOAP 1.2 sender": ("<s:Code><s:Value>s:Sender</s:Value></s:Code>", SOAP_12, "SOAP_FAULT_CALLER"),
    "WS-Security": ("<faultcode>wsse:FailedAuthentication</faultcode><faultstring/>", SOAP, "SOAP_DENIED"),
    "a code of their own": ("<faultcode>E9</faultcode><faultstring>x</faultstring>", SOAP, "SOAP_FAULT"),
    "listed as passing": ("<faultcode>s:Client</faultcode><detail><e><code>BUSY</code></e></detail>", SOAP, "SOAP_FAULT"),
    "listed as stopping": ("<faultcode>s:Server</faultcode><detail><code>NO_RIGHT</code></detail>", SOAP, "SOAP_FAULT_CALLER"),
    "a subcode that is listed": (
        "<s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value>m:NO_RIGHT</s:Value></s:Subcode></s:Code>", SOAP_12, "SOAP_FAULT_CALLER",
    ),
    "nothing in it": ("", SOAP, "SOAP_FAULT"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_faults_are_sorted_into_those_that_pass_and_those_that_stop(name: str) -> None:
    inner, namespace, code = FAULTS[name]
    error = fault_error(fault(inner, namespace), AT, ("BUSY",), ("NO_RIGHT",))
    assert error.code == code


def test_a_fault_tells_place_code_and_text_but_no_password_and_no_page_of_text() -> None:
    found = fault(
        f"<faultcode>s:Server</faultcode><faultstring>用户 hub/s3cret-pw 超时{'x' * 900}</faultstring>"
    )
    error = fault_error(found, AT, (), (), "s3cret-pw")
    assert error.place.system == "land"
    assert "s:Server: 用户 hub/*** 超时" in error.message_zh
    assert "http://bureau.example/ws" in error.message_en
    assert "s3cret" not in str(error)
    assert len(error.message_en) < 500


PAGE = "<!DOCTYPE html><html><head><title>系统维护\n 中</title></head><body>稍后</body></html>"
STATUSES = [
    (200, "text/xml", envelope("<r/>"), None),
    (200, "text/html", envelope("<r/>"), None),
    (202, "", b"", None),
    (500, "text/xml", envelope("<s:Fault/>"), None),
    (400, "text/xml", envelope("<s:Fault/>"), None),
    (401, "text/html", b"<html/>", "SOAP_DENIED"),
    (403, "text/plain", b"", "SOAP_DENIED"),
    (404, "text/html", PAGE.encode(), "SOAP_ADDRESS"),
    (405, "", b"", "SOAP_ADDRESS"),
    (415, "", b"", "SOAP_REFUSED"),
    (400, "text/plain", b"bad", "SOAP_REFUSED"),
    (500, "text/plain", b"oops", "SOAP_HTTP"),
    (503, "", b"", "SOAP_HTTP"),
    (429, "", b"", "SOAP_HTTP"),
    (200, "text/html; charset=utf-8", PAGE.encode(), "SOAP_HTML"),
    (200, "text/xml", b"<?xml version='1.0'?>\n<!-- x --><HTML>", "SOAP_HTML"),
    (502, "text/html; charset=gb2312", PAGE.encode("gb18030"), "SOAP_HTML"),
]


@pytest.mark.parametrize(("status", "content_type", "body", "code"), STATUSES)
def test_each_http_status_has_its_meaning(
    status: int, content_type: str, body: bytes, code: str | None
) -> None:
    if code is None:
        check_status(AT, status, content_type, body)
        return
    with pytest.raises(HubError) as caught:
        check_status(AT, status, content_type, body)
    assert caught.value.code == code
    assert isinstance(caught.value, StopError) == (code in {"SOAP_DENIED", "SOAP_ADDRESS", "SOAP_REFUSED"})
    if code == "SOAP_HTML" and PAGE.startswith("<!DOCTYPE") and len(body) > 60:
        assert "系统维护 中" in caught.value.message_zh


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"<a><ns2:next xsi:type='x'>c7</ns2:next>&#55362;", "c7"),
        (b"<next/>", None),
        (b"<nextOne>c7</nextOne>", None),
        (b"<next>c7", None),
    ],
)
def test_a_field_may_be_glimpsed_in_a_broken_reply(body: bytes, expected: str | None) -> None:
    assert glimpse(body, "r/next") == expected
