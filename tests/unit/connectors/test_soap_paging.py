"""How far a service has been read: pages, cursors, ends, repeats, and pages that cannot be parsed."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from connectors.soap.position import KEY
from connectors.state import MemoryState
from hub.errors import RetryError, StopError
from tests.support.soap_fake import FakeService, answer, connector, envelope, take

MORE = {"page": {"argument": "pageNo", "more": "hasMore"}, "reply": "data"}
COUNT = {
    "page": {"argument": "pageNo", "size": {"argument": "pageSize", "value": "2"}, "count": "n"},
    "reply": "data",
}
CURSOR = {"page": None, "cursor": {"argument": "since", "from": "next"}, "reply": "data"}
BOTH = {**MORE, "cursor": {"argument": "since", "from": "next"}}
BROKEN = b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><r><data>&#55362;&#57271;</data></r>"


@pytest.fixture
def state() -> MemoryState:
    return MemoryState()


def asked(service: FakeService, name: str = "pageNo") -> list[Any]:
    return [arguments.get(name) for arguments in service.asked]


def test_a_new_poll_begins_with_the_last_page_and_takes_it_only_if_it_has_grown(state: MemoryState) -> None:
    service = FakeService({1: "<a/>", 2: "<b/>"})
    assert take(connector(service, state)) == [b"<a/>", b"<b/>"]

    service.asked.clear()
    assert take(connector(service, state)) == []
    assert asked(service) == ["2", "3"]

    service.pages |= {2: "<b><c/></b>", 3: "<d/>"}
    assert take(connector(service, state)) == [b"<b><c/></b>", b"<d/>"]


def test_a_page_known_to_be_full_is_not_read_again(state: MemoryState) -> None:
    service = FakeService()
    service.replies = [
        answer({"data": "<a/>", "hasMore": "true"}),
        answer({"data": "<b/>", "hasMore": "false"}),
    ]
    assert take(connector(service, state, **MORE)) == [b"<a/>", b"<b/>"]

    service.asked.clear()
    service.replies = [answer({"data": "<b/>", "hasMore": "true"}), answer({"data": "<c/>", "hasMore": "0"})]
    assert take(connector(service, state, **MORE)) == [b"<c/>"]
    assert asked(service) == ["2", "3"]


def test_fewer_records_than_a_page_has_are_the_end(state: MemoryState) -> None:
    service = FakeService()
    service.replies = [answer({"data": "<a/>", "n": "2"}), answer({"data": "<b/>", "n": "1"})]
    assert take(connector(service, state, **COUNT)) == [b"<a/>", b"<b/>"]
    assert service.asked == [{"pageNo": "1", "pageSize": "2"}, {"pageNo": "2", "pageSize": "2"}]


def test_an_end_mark_nobody_understands_is_no_end(state: MemoryState) -> None:
    service = FakeService()
    service.replies = [answer({"data": "<a/>", "hasMore": "?"}), answer({"data": None})]
    assert take(connector(service, state, **MORE)) == [b"<a/>"]
    assert asked(service) == ["1", "2"]


def test_a_service_that_gives_its_last_page_for_ever_is_read_once(state: MemoryState) -> None:
    service = FakeService(dict.fromkeys(range(1, 2000), "<same/>"))
    assert take(connector(service, state)) == [b"<same/>"]
    assert asked(service) == ["1", "2"]


def test_the_cursor_of_each_reply_is_the_next_ones_argument(state: MemoryState) -> None:
    service = FakeService()
    service.replies = [
        answer({"data": "<a/>", "next": "c1"}),
        answer({"data": "<b/>", "next": "c2"}),
        answer({"data": None, "next": "c2"}),
    ]
    assert take(connector(service, state, **CURSOR)) == [b"<a/>", b"<b/>"]
    assert asked(service, "since") == ["", "c1", "c2"]

    service.asked.clear()
    service.replies = [answer({"data": "<c/>", "next": ""})]
    assert take(connector(service, state, **CURSOR)) == [b"<c/>"]
    service.replies = [answer({"data": "<c/>", "next": "c2"})]
    assert take(connector(service, state, **CURSOR)) == []
    assert asked(service, "since") == ["c2", "c2"]


def test_an_empty_reply_may_still_move_the_cursor(state: MemoryState) -> None:
    service = FakeService()
    service.replies = [answer({"data": "", "next": "2026-02"}), answer({"data": "<a/>", "next": "2026-02"})]
    assert take(connector(service, state, **CURSOR)) == [b"<a/>"]
    assert json.loads(state.values[KEY])["cursor"] == "2026-02"


def test_a_cursor_that_is_always_new_over_nothing_ends_the_run(state: MemoryState) -> None:
    service = FakeService()
    service.replies = [answer({"data": "", "next": str(number)}) for number in range(500)]
    assert take(connector(service, state, **CURSOR)) == []
    assert len(service.asked) < 50


def test_pages_within_a_cursor_begin_anew_with_the_next_one(state: MemoryState) -> None:
    service = FakeService()
    service.replies = [
        answer({"data": "<a/>", "hasMore": "true", "next": "c1"}),
        answer({"data": "<b/>", "hasMore": "false", "next": "c1"}),
        answer({"data": "<c/>", "hasMore": "false", "next": "c1"}),
    ]
    assert take(connector(service, state, **BOTH)) == [b"<a/>", b"<b/>", b"<c/>"]
    assert [(each["pageNo"], each["since"]) for each in service.asked] == [("1", ""), ("2", ""), ("1", "c1")]


def test_without_page_and_cursor_a_run_is_one_call_and_the_same_content_is_taken_once(
    state: MemoryState,
) -> None:
    service = FakeService({1: "<a/>"})
    for _ in range(2):
        take(connector(service, state, page=None))
    assert len(service.asked) == 2
    service.pages[1] = "<b/>"
    assert take(connector(service, state, page=None)) == [b"<b/>"]


def test_page_arguments_may_lie_within_others(state: MemoryState) -> None:
    service = FakeService()
    options = {"page": {"argument": "request/pageNo"}, "arguments": {"request": {"xtbm": "JSJ"}}}
    take(connector(service, state, **options))
    assert service.asked == [{"request": {"xtbm": "JSJ", "pageNo": "1"}}]
    assert options["arguments"] == {"request": {"xtbm": "JSJ"}}


def test_a_malformed_reply_is_asked_for_again_and_then_kept_as_it_is_while_reading_goes_on(
    state: MemoryState,
) -> None:
    service = FakeService({2: "<b/>"})
    service.replies = [BROKEN, BROKEN]
    assert take(connector(service, state)) == [BROKEN, b"<b/>"]
    assert asked(service) == ["1", "1", "2", "3"]


def test_a_reply_that_was_malformed_by_chance_leaves_no_trace(state: MemoryState) -> None:
    service = FakeService({1: "<a/>"})
    service.replies = [BROKEN]
    assert take(connector(service, state)) == [b"<a/>"]


def test_a_malformed_reply_that_stays_the_same_is_kept_once(state: MemoryState) -> None:
    service = FakeService()
    service.replies = [BROKEN, BROKEN]
    assert take(connector(service, state)) == [BROKEN]
    service.replies = [BROKEN, BROKEN]
    assert take(connector(service, state)) == []
    service.replies = [answer({"return": "<mended/>"})]
    assert take(connector(service, state)) == [b"<mended/>"]


def test_the_next_cursor_is_found_even_in_a_malformed_reply(state: MemoryState) -> None:
    service = FakeService()
    broken = BROKEN + b"<ns:next>c1</ns:next>"
    service.replies = [broken, broken, answer({"data": "<a/>", "next": ""})]
    assert take(connector(service, state, **CURSOR)) == [broken, b"<a/>"]
    assert asked(service, "since") == ["", "", "c1"]


def test_without_a_next_cursor_the_malformed_reply_is_kept_and_the_standstill_told(
    state: MemoryState,
) -> None:
    service = FakeService()
    service.replies = [BROKEN] * 4
    listed = connector(service, state, **CURSOR)
    notices = listed.ready()
    claim = listed.claim(next(notices))
    assert claim is not None
    with listed.read(claim) as stream:
        assert stream.read() == BROKEN
    listed.acknowledge(claim)
    for again in (notices, connector(service, state, **CURSOR).ready()):
        with pytest.raises(RetryError) as caught:
            next(again)
        assert caught.value.code == "SOAP_STUCK"


def test_a_failure_behind_a_page_loses_nothing_of_it(state: MemoryState) -> None:
    service = FakeService({1: "<a/>", 2: "<b/>"})
    source = connector(service, state)
    listed = source.ready()
    claim = source.claim(next(listed))
    assert claim is not None
    source.acknowledge(claim)
    service.replies = [
        envelope("<s:Fault><faultcode>s:Server</faultcode><faultstring>busy</faultstring></s:Fault>")
    ]
    with pytest.raises(RetryError):
        next(listed)
    kept = json.loads(state.values[KEY])
    assert (kept["page"], kept["seen"]) == (1, hashlib.sha256(b"<a/>").hexdigest())
    assert take(connector(service, state)) == [b"<b/>"]


def test_another_way_of_reading_begins_at_its_own_start(state: MemoryState) -> None:
    service = FakeService({1: "<a/>"})
    take(connector(service, state))
    service.replies = [answer({"data": "<z/>", "next": ""})]
    assert take(connector(service, state, **CURSOR)) == [b"<z/>"]


@pytest.mark.parametrize(
    "change",
    [
        {"page": {"argument": "pageNo", "size": {"argument": "pageSize", "value": "200"}}},
        {"arguments": {"since": "2025-01-01"}},
        {"operation": "QueryAll"},
    ],
)
def test_where_pages_mean_something_else_reading_begins_anew(
    state: MemoryState, change: dict[str, Any]
) -> None:
    service = FakeService({1: "<a/>", 2: "<b/>"})
    take(connector(service, state))
    assert take(connector(service, state, timeout="9s", faults={"retry": ["BUSY"]})) == []

    assert take(connector(service, state, **change)) == [b"<a/>", b"<b/>"]


def test_a_run_ends_after_a_bounded_number_of_pages_and_the_next_goes_on(
    state: MemoryState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.soap.connector.PAGES_AT_MOST", 3)
    service = FakeService({number: f"<p>{number}</p>" for number in range(1, 6)})
    assert [len(take(connector(service, state))) for _ in range(4)] == [3, 2, 0, 0]


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"connection": None}, "connection"),
        ({"wsdl": " "}, "wsdl"),
        ({"operation": None}, "operation"),
        ({"timeout": "soon"}, "timeout"),
        ({"soap": "2.0"}, "soap"),
        ({"security": "ntlm"}, "security"),
        ({"arguments": ["a"]}, "arguments"),
        ({"arguments": {"a": {"b": "{passwort}"}}}, "arguments"),
        ({"page": {"argument": "p", "first": "one"}}, "page.first"),
        ({"page": {"argument": "p", "more": "m", "count": "c"}}, "page"),
        ({"page": {"argument": "p", "count": "c"}}, "page.count"),
        ({"page": {"argument": "p"}, "cursor": {"argument": "s", "from": "n"}}, "page"),
        ({"page": None, "cursor": {"argument": "s"}}, "cursor.from"),
        ({"faults": {"retry": "BUSY"}}, "faults.retry"),
    ],
)
def test_a_wrong_option_is_named(options: dict[str, Any], field: str) -> None:
    with pytest.raises(StopError) as caught:
        connector(FakeService(), **options)
    assert (caught.value.code, caught.value.place.field) == ("CONNECTOR_OPTION", f"connector.{field}")
