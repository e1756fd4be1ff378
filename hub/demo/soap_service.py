"""A department's Web Service for the demonstration: SOAP 1.1, document/literal wrapped; it gives pages and takes receipts.

It serves the documents of a folder, `replies/000001.xml` being page 1, as a string inside the reply; a page that is not
there is empty. Receipts lie under `receipts`. Run as a process of its own: `python -m hub.demo.soap_service FOLDER LOGIN`;
the password comes on the first line of standard input, the port goes out on standard output, and when standard input
ends, so does the service.
"""

from __future__ import annotations

import base64
import hmac
import os
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from xml.sax.saxutils import escape

from lxml import etree

NAMESPACE = "urn:demo:construction-approval"
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
PATH = "/approval"
LIMIT = 16 * 1024 * 1024  # bytes of one request
_NAME = re.compile(r"[\w.;=+\-]{1,200}")

WSDL = f"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
  xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:tns="{NAMESPACE}" targetNamespace="{NAMESPACE}" name="Approval">
  <types>
    <xsd:schema targetNamespace="{NAMESPACE}" elementFormDefault="qualified">
      <xsd:element name="QueryBatch"><xsd:complexType><xsd:sequence>
        <xsd:element name="pageNo" type="xsd:int"/>
      </xsd:sequence></xsd:complexType></xsd:element>
      <xsd:element name="QueryBatchResponse"><xsd:complexType><xsd:sequence>
        <xsd:element name="QueryBatchResult" type="xsd:string"/>
      </xsd:sequence></xsd:complexType></xsd:element>
      <xsd:element name="PutReceipt"><xsd:complexType><xsd:sequence>
        <xsd:element name="name" type="xsd:string"/>
        <xsd:element name="receipt" type="xsd:string"/>
      </xsd:sequence></xsd:complexType></xsd:element>
      <xsd:element name="PutReceiptResponse"><xsd:complexType><xsd:sequence>
        <xsd:element name="PutReceiptResult" type="xsd:string"/>
      </xsd:sequence></xsd:complexType></xsd:element>
    </xsd:schema>
  </types>
  <message name="QueryBatchIn"><part name="parameters" element="tns:QueryBatch"/></message>
  <message name="QueryBatchOut"><part name="parameters" element="tns:QueryBatchResponse"/></message>
  <message name="PutReceiptIn"><part name="parameters" element="tns:PutReceipt"/></message>
  <message name="PutReceiptOut"><part name="parameters" element="tns:PutReceiptResponse"/></message>
  <portType name="ApprovalPort">
    <operation name="QueryBatch"><input message="tns:QueryBatchIn"/><output message="tns:QueryBatchOut"/></operation>
    <operation name="PutReceipt"><input message="tns:PutReceiptIn"/><output message="tns:PutReceiptOut"/></operation>
  </portType>
  <binding name="ApprovalSoap" type="tns:ApprovalPort">
    <soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
    <operation name="QueryBatch"><soap:operation soapAction="{NAMESPACE}:QueryBatch"/>
      <input><soap:body use="literal"/></input><output><soap:body use="literal"/></output></operation>
    <operation name="PutReceipt"><soap:operation soapAction="{NAMESPACE}:PutReceipt"/>
      <input><soap:body use="literal"/></input><output><soap:body use="literal"/></output></operation>
  </binding>
  <service name="Approval">
    <port name="ApprovalSoap" binding="tns:ApprovalSoap"><soap:address location="@ADDRESS@"/></port>
  </service>
</definitions>
"""


class Refusal(Exception):
    """A request that cannot be answered; the caller is at fault."""


def answer(folder: Path, request: bytes) -> str:
    """The reply's body for a request's envelope. Raises Refusal, and OSError where a receipt cannot be kept."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(request, parser)
    except etree.XMLSyntaxError as error:
        raise Refusal(f"not XML: {error.msg}") from error
    call = root.find(f"{{{ENVELOPE}}}Body/{{{NAMESPACE}}}*")
    if call is None:
        raise Refusal("no operation in the body")
    operation = etree.QName(call).localname
    values = {etree.QName(child).localname: child.text or "" for child in call}
    if operation == "QueryBatch":
        return _result(operation, page(folder, values.get("pageNo", "")))
    if operation == "PutReceipt":
        keep(folder, values.get("name", ""), values.get("receipt", ""))
        return _result(operation, "OK")
    raise Refusal(f"no operation {operation}")


def page(folder: Path, number: str) -> str:
    """The document of a page as text, empty where there is none. Raises Refusal."""
    if not number.isdecimal() or len(number) > 6:
        raise Refusal(f"pageNo {number!r} is no page number")
    path = folder / "replies" / f"{int(number):06d}.xml"
    return path.read_bytes().decode("gb18030") if path.is_file() else ""


def keep(folder: Path, name: str, receipt: str) -> None:
    """Keep a receipt, whole or not at all. Raises Refusal for a name that is none."""
    if not _NAME.fullmatch(name):
        raise Refusal("name is no package name")
    path = folder / "receipts" / f"{name}.receipt.xml"
    part = path.with_name(path.name + ".part")
    part.write_text(receipt, encoding="utf-8", newline="")
    part.replace(path)


def _result(operation: str, text: str) -> str:
    return (
        f'<{operation}Response xmlns="{NAMESPACE}"><{operation}Result>{escape(text, {chr(13): "&#13;"})}'
        f"</{operation}Result></{operation}Response>"
    )


def _enveloped(body: str) -> bytes:
    envelope = f'<soap:Envelope xmlns:soap="{ENVELOPE}"><soap:Body>{body}</soap:Body></soap:Envelope>'
    return ('<?xml version="1.0" encoding="UTF-8"?>' + envelope).encode()


def _fault(code: str, text: str) -> bytes:
    return _enveloped(
        f"<soap:Fault><faultcode>soap:{code}</faultcode><faultstring>{escape(text)}</faultstring></soap:Fault>"
    )


class Handler(BaseHTTPRequestHandler):
    """Answers the WSDL to GET and the operations to POST; both want the login."""

    folder: ClassVar[Path]
    expected: ClassVar[bytes]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """The WSDL, its address being the one that was asked."""
        if not self._known():
            return
        path, _, query = self.path.partition("?")
        if path != PATH or query.lower() != "wsdl":
            self._send(404, b"", "text/plain")
            return
        own = f"http://{self.headers.get('Host', 'localhost')}{PATH}"
        self._send(200, WSDL.replace("@ADDRESS@", escape(own, {'"': "&quot;"})).encode(), "text/xml")

    def do_POST(self) -> None:
        """One operation; faults are told as SOAP tells them."""
        size = self.headers.get("Content-Length", "")
        if not size.isdecimal() or int(size) > LIMIT:
            self.close_connection = True
            self._send(413, b"", "text/plain")
            return
        request = self.rfile.read(int(size))
        if not self._known():
            return
        try:
            reply, status = _enveloped(answer(self.folder, request)), 200
        except Refusal as error:
            reply, status = _fault("Client", str(error)), 500
        except (OSError, UnicodeError) as error:
            reply, status = _fault("Server", str(error)), 500
        self._send(status, reply, "text/xml")

    def _known(self) -> bool:
        given = self.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        if hmac.compare_digest(given, self.expected):
            return True
        self._send(401, b"", "text/plain")
        return False

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        if status == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="approval"')
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Requests are told on standard error, which goes to the service's log."""
        sys.stderr.write(f"{self.log_date_time_string()} {format % arguments}\n")


def main(arguments: list[str]) -> None:
    """Serve until standard input ends."""
    folder, login = Path(arguments[0]), arguments[1]
    password = sys.stdin.readline().rstrip("\n")
    Handler.folder = folder
    Handler.expected = b"Basic " + base64.b64encode(f"{login}:{password}".encode())
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(server.server_address[1], flush=True)
        while sys.stdin.readline():
            pass
        os._exit(0)  # whoever started it is gone: nothing is left to be answered


if __name__ == "__main__":
    main(sys.argv[1:])
