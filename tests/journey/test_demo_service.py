"""The demonstration's Web Service: its pages, its receipts, and how it refuses; it ends with whoever started it."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from connectors import Access
from hub.connections import from_environment
from hub.demo.airflow_home import REPOSITORY
from hub.demo.service import served
from hub.demo.soap_service import NAMESPACE

DOCUMENT = '<?xml version="1.0" encoding="gb2312"?>\n<BW LX="0"><SQRMC>镕𠮷 &amp; &lt;a&gt;</SQRMC></BW>'


class Caller:
    """Calls the service as any client would."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self.address = f"http://{access.host}:{access.port}/{access.path}"
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def get(self, query: str) -> str:
        return self._ask(urllib.request.Request(self.address + query)).decode()

    def call(self, operation: str, **values: object) -> str:
        """The text of the operation's result."""
        inner = "".join(f"<{name}>{value}</{name}>" for name, value in values.items())
        body = (
            '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
            f'<{operation} xmlns="{NAMESPACE}">{inner}</{operation}></s:Body></s:Envelope>'
        )
        root = etree.fromstring(self._ask(urllib.request.Request(self.address, body.encode())))
        return root.findtext(f".//{{{NAMESPACE}}}{operation}Result") or ""

    def _ask(self, request: urllib.request.Request) -> bytes:
        login = base64.b64encode(f"{self.access.login}:{self.access.password}".encode()).decode()
        request.add_header("Authorization", f"Basic {login}")
        with self.opener.open(request, timeout=30) as answer:
            found: bytes = answer.read()
            return found


@pytest.fixture
def department(tmp_path: Path) -> Path:
    for name in ("replies", "receipts"):
        (tmp_path / name).mkdir()
    (tmp_path / "replies" / "000001.xml").write_bytes(DOCUMENT.encode("gb18030"))
    return tmp_path


@pytest.fixture
def caller(department: Path) -> Iterator[Caller]:
    with served(department) as connection:
        access = from_environment("x", {"AIRFLOW_CONN_X": connection})
        assert access is not None
        yield Caller(access)


def test_a_page_is_its_document_and_one_that_is_not_there_is_empty(caller: Caller) -> None:
    assert caller.call("QueryBatch", pageNo=1) == DOCUMENT
    assert caller.call("QueryBatch", pageNo=2) == ""


def test_a_receipt_is_kept_as_it_was_sent_and_may_come_again(caller: Caller, department: Path) -> None:
    receipt = "&lt;Receipt&gt;已接收 𠮷&lt;/Receipt&gt;"
    for _ in range(2):
        assert caller.call("PutReceipt", name="QueryBatch;page=1", receipt=receipt) == "OK"
    [path] = (department / "receipts").iterdir()
    assert path.name == "QueryBatch;page=1.receipt.xml"
    assert path.read_text(encoding="utf-8") == "<Receipt>已接收 𠮷</Receipt>"


def test_the_wsdl_names_the_address_that_was_asked(caller: Caller) -> None:
    assert f'location="{caller.address}"' in caller.get("?wsdl")


@pytest.mark.parametrize(
    ("operation", "values"),
    [
        ("QueryBatch", {"pageNo": "../../etc/passwd"}),
        ("PutReceipt", {"name": "../outside", "receipt": "x"}),
        ("DropAll", {}),
    ],
)
def test_a_call_that_is_wrong_is_the_callers_fault(
    caller: Caller, department: Path, operation: str, values: dict[str, Any]
) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        caller.call(operation, **values)
    with caught.value as answer:
        assert answer.code == 500
        assert "soap:Client" in answer.read().decode()
    assert list((department / "receipts").iterdir()) == []


def test_without_the_password_nothing_is_told(caller: Caller) -> None:
    stranger = Caller(Access("x", "http", caller.access.host, caller.access.port, "hub", "guess", "approval"))
    with pytest.raises(urllib.error.HTTPError, match="401") as wsdl:
        stranger.get("?wsdl")
    with pytest.raises(urllib.error.HTTPError, match="401") as page:
        stranger.call("QueryBatch", pageNo=1)
    for caught in (wsdl, page):
        with caught.value as answer:
            assert answer.read() == b""


def test_it_ends_when_its_starter_is_gone(department: Path) -> None:
    command = [sys.executable, "-m", "hub.demo.soap_service", str(department), "hub"]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=REPOSITORY
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(b"secret\n")
        process.stdin.flush()
        assert int(process.stdout.readline()) > 0
        process.stdin.close()  # as the kernel does when the starter is killed
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_the_connection_holds_what_the_connector_needs_and_no_file_does(department: Path) -> None:
    with served(department) as connection:
        password = json.loads(connection)["password"]
    assert len(password) >= 16
    assert not any(
        password in path.read_text(errors="replace") for path in department.rglob("*") if path.is_file()
    )
