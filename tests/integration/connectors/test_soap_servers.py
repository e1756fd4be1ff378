"""The connector against Web Services that are not ours: PHP's SoapServer and Node's soap."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Connector
from connectors.state import MemoryState
from hub.errors import RetryError, StopError
from tests.support.soap_fake import take
from tests.support.soap_servers import Department
from tests.support.soap_servers import open_service as soap

RARE = "镕𠮷㐂<&>\"']]>"
GB = f'<?xml version="1.0" encoding="gb2312"?>\n<BWJ><BW LX="0"><SBLSH><![CDATA[{RARE[:3]}]]></SBLSH></BW></BWJ>'
WAYS = [("document", "1.1"), ("document", "1.2"), ("rpc", "1.1"), ("rpc", "1.2")]


@pytest.fixture
def php(php_server: Department) -> Department:
    php_server.clear()
    return php_server


@pytest.fixture
def node(node_server: Department) -> Department:
    node_server.clear()
    return node_server


@pytest.mark.parametrize(("style", "version"), WAYS)
def test_php_pages_in_gb2312_keep_every_character_in_both_versions_and_styles(
    php: Department, style: str, version: str
) -> None:
    php.put(1, GB)
    php.put(2, GB.replace('LX="0"', 'LX="1"'))
    state = MemoryState()
    taken = take(soap(php, f"{style}/{version}", state, soap=version))

    assert taken == [GB.encode("gb18030"), GB.replace('LX="0"', 'LX="1"').encode("gb18030")]
    assert take(soap(php, f"{style}/{version}", state, soap=version)) == []
    assert php.asked == ["1", "2", "3", "2", "3"]


@pytest.mark.parametrize(("style", "version"), WAYS)
def test_php_gives_its_own_wsdl_fields_and_bytes(php: Department, style: str, version: str) -> None:
    php.put(1, GB.encode("gb18030"))
    given: dict[str, Any] = {"wsdl": "?wsdl", "soap": version, "operation": "QueryBytes", "arguments": None}
    assert take(soap(php, f"{style}/{version}", page={"argument": "pageNo"}, **given)) == [
        GB.encode("gb18030")
    ]

    php.put(1, f"<a>{RARE[:3]}</a>")
    php.put(2, "<b/>")
    more = {
        "page": {
            "argument": "pageNo",
            "size": {"argument": "pageSize", "value": "1"},
            "more": "return/hasMore",
        },
        "cursor": {"argument": "since", "from": "return/nextCursor"},
        "reply": "return/data",
        "arguments": None,
    }
    found = take(soap(php, f"{style}/{version}", **{**given, **more, "operation": "QueryPage"}))
    assert found[:2] == [f"<a>{RARE[:3]}</a>".encode(), b"<b/>"]


@pytest.mark.parametrize(("style", "version"), WAYS)
def test_receipts_reach_php_as_they_are(php: Department, style: str, version: str) -> None:
    receipt = f'<?xml version="1.0" encoding="UTF-8"?>\n<Receipt>{RARE[:3]}&lt;&amp;</Receipt>'
    for _ in range(2):
        soap(php, f"{style}/{version}", soap=version).deliver("QueryBatch;page=1;0123", receipt.encode())
    assert php.receipts == {"QueryBatch;page=1;0123": receipt}


@pytest.mark.parametrize("version", ["1.1", "1.2"])
@pytest.mark.parametrize("wsdl", ["exchange-document.wsdl", "?wsdl"])
def test_node_is_read_although_it_answers_in_1_1(node: Department, version: str, wsdl: str) -> None:
    node.put(1, GB)
    source = soap(node, "service", wsdl=wsdl, soap=version)
    assert take(source) == [GB.encode("gb18030")]
    source.deliver("QueryBatch;page=1;0123", "<Receipt>镕</Receipt>".encode())
    assert node.receipts == {"QueryBatch;page=1;0123": "<Receipt>镕</Receipt>"}

    node.put(2, "<b/>")
    paged = soap(
        node, "service", wsdl=wsdl, soap=version, operation="QueryPage", reply="return/data",
        page={"argument": "pageNo", "more": "return/hasMore"},
    )  # fmt: skip
    assert take(paged) == [GB.encode("gb18030"), b"<b/>"]
    raw = soap(
        node, "service", wsdl=wsdl, operation="QueryBytes", arguments=None, page={"argument": "pageNo"}
    )
    assert take(raw) == [GB.encode(), b"<b/>"]


PHP_FAULTS = {
    "Server": ("SOAP_FAULT", {}),
    "Client": ("SOAP_FAULT_CALLER", {}),
    "E1001": ("SOAP_FAULT", {}),
    "E1002": ("SOAP_FAULT_CALLER", {"faults": {"stop": ["E1002"]}}),
    "Client.Busy": ("SOAP_FAULT", {"faults": {"retry": ["Client.Busy"]}}),
}


@pytest.mark.parametrize("version", ["1.1", "1.2"])
@pytest.mark.parametrize("code", PHP_FAULTS)
def test_faults_of_php_are_sorted(php: Department, code: str, version: str) -> None:
    expected, options = PHP_FAULTS[code]
    if version == "1.2":
        code = {"Server": "Receiver", "Client": "Sender"}.get(code, code)
    php.say("fault.json", json.dumps({"code": code, "text": "数据库忙"}))
    kind = RetryError if expected == "SOAP_FAULT" else StopError
    with pytest.raises(kind) as caught:
        take(soap(php, f"document/{version}", soap=version, **options))
    assert caught.value.code == expected
    assert "数据库忙" in caught.value.message_zh
    assert caught.value.place.field == "QueryBatch"


@pytest.mark.parametrize("code", ["Server", "Client"])
def test_faults_of_node_are_sorted(node: Department, code: str) -> None:
    node.say("fault.json", json.dumps({"code": f"soap:{code}", "text": "数据库忙"}))
    with pytest.raises(RetryError if code == "Server" else StopError) as caught:
        take(soap(node, "service"))
    assert "数据库忙" in caught.value.message_zh


def test_basic_login_opens_php_and_a_wrong_one_stops(php: Department) -> None:
    php.put(1, "<a/>")
    php.say("basic.txt", "枢纽:口令 p@ss:1")
    assert take(soap(php, "document/1.1", login="枢纽", wsdl="?wsdl")) == [b"<a/>"]
    for options in ({"login": "someone"}, {"login": "枢纽", "security": "none"}, {}):
        with pytest.raises(StopError) as caught:
            take(soap(php, "document/1.1", **options))
        assert caught.value.code == "SOAP_DENIED"
        assert "p@ss" not in str(caught.value)


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_a_username_token_opens_php_and_a_wrong_one_stops(php: Department, version: str) -> None:
    php.put(1, "<a/>")
    php.say("token.txt", "枢纽:口令 p@ss:1")
    where = f"document/{version}"
    assert take(soap(php, where, login="枢纽", security="token", soap=version)) == [b"<a/>"]
    with pytest.raises(StopError):
        take(soap(php, where, login="someone", security="token", soap=version))


def test_login_and_password_may_be_arguments(php: Department) -> None:
    php.put(1, "<a/>")
    arguments = {"name": "{login}", "receipt": "{password}"}
    soap(
        php, "document/1.1", login="枢纽", receipt={"operation": "PutReceipt", "arguments": arguments}
    ).deliver("x", b"")
    assert php.receipts == {"枢纽": "口令 p@ss:1"}


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"operation": "QueryBach"}, "SOAP_OPERATION", "QueryBatch?"),
    ({"service": "Other"}, "SOAP_OPERATION", "ExchangeService"),
    ({"port": "Other"}, "SOAP_OPERATION", "Exchange12 (SOAP 1.2)"),
    ({"arguments": {"snice": "x"}}, "SOAP_ARGUMENT", "snice"),
    ({"reply": "data"}, "SOAP_FIELD", "return"),
    ({"operation": "QueryPage", "reply": "return/date"}, "SOAP_FIELD", "nextCursor"),
    ({"page": {"argument": "pageNo", "more": "more"}}, "SOAP_FIELD", "page.more"),
    ({"wsdl": "none.wsdl"}, "SOAP_WSDL", "none.wsdl"),
    ({"wsdl": "service.php"}, "SOAP_WSDL", "XMLSyntaxError"),
]


@pytest.mark.parametrize(("options", "code", "named"), WRONG)
def test_what_the_wsdl_does_not_have_stops_and_is_named(
    php: Department, options: dict[str, Any], code: str, named: str
) -> None:
    with pytest.raises(StopError) as caught:
        take(soap(php, "document/1.1", **options))
    assert caught.value.code == code
    assert named in caught.value.message_en


def test_a_path_that_is_not_there_stops(php: Department) -> None:
    with pytest.raises(StopError) as caught:
        take(soap(php, "nowhere/1.1"))
    assert caught.value.code == "SOAP_ADDRESS"


def test_a_worker_killed_before_it_acknowledges_leaves_its_page_to_the_next(
    php: Department, tmp_path: Path
) -> None:
    php.put(1, "<a/>")
    php.put(2, "<b/>")
    kept = tmp_path / "state"

    class FileState(MemoryState):
        def put(self, key: str, value: str | None, expected: str | None) -> bool:
            done = super().put(key, value, expected)
            kept.write_text(json.dumps(self.values), encoding="utf-8")
            return done

    child = os.fork()
    if child == 0:
        source: Connector = soap(php, "document/1.1", FileState())
        for index, notice in enumerate(source.ready()):
            claim = source.claim(notice)
            assert claim is not None
            with source.read(claim) as stream:
                stream.read()
            if index == 1:
                os.kill(os.getpid(), signal.SIGKILL)
            source.acknowledge(claim)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    state = MemoryState()
    state.values = json.loads(kept.read_text(encoding="utf-8"))
    assert take(soap(php, "document/1.1", state)) == [b"<b/>"]
