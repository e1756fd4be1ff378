"""Orders reach their department and are signed for and answered by it; rows of a table are answers as well."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from sqlalchemy import Engine, select

from connectors.base import Claim
from connectors.failures import DENIED, endpoint_failed
from connectors.memory import MemoryConnector, MemorySource
from hub.central.engine import reading, writing
from hub.central.tables.business import card, card_event, supervision_order
from hub.central.tables.letters import card_answer, handover, letter
from hub.clock import now_us
from hub.errors import RefusedError, RetryError
from hub.letters import due
from hub.letters.issue import Press, issue
from hub.masking import scrubbed
from hub.returning import answers, outbox
from hub.returning.answer_file import from_row, from_xml
from hub.returning.answers import take
from hub.returning.deliver import hand_over
from hub.returning.documents import NAMESPACE, columns
from hub.returning.judging import Desk, judge
from hub.shapes import Notice
from hub.supervision import ordering
from hub.supervision.card_told import short
from tests.support.carded import ORGANIZATION, put_card, put_event

SCHEMA = etree.XMLSchema(etree.parse(str(Path(outbox.__file__).with_name("card.xsd"))))
ROW = {
    "id": "a1",
    "kind": "answer",
    "card_id": 1,
    "org_code": ORGANIZATION,
    "person": "李四",
    "content": "已整改",
}


def ordered(desk: Desk) -> int:
    """An order begun from a card and approved: it is the department's to sign for."""
    said: dict[str, Any] = {"by": "王五", "role": "supervisor", "at": now_us(), "log": desk.tell}
    with writing(desk.engine) as connection:
        number = put_card(connection)
        order = ordering.start_from_card(connection, number, reason="久拖不办", supervisor="监察局", **said)
    order_id = int(order["order_id"] if isinstance(order, dict) else getattr(order, "order_id", order))
    with writing(desk.engine) as connection:
        ordering.act(connection, order_id, "approve", opinion="同意", **said)
    return order_id


def state(engine: Engine, order_id: int) -> str:
    with reading(engine) as connection:
        wanted = select(supervision_order.c.state).where(supervision_order.c.order_id == order_id)
        return str(connection.execute(wanted).scalar_one())


def gathered(desk: Desk) -> list[str]:
    """What is newly taken down for the department."""
    with writing(desk.engine) as connection:
        before = set(connection.scalars(select(handover.c.name)))
        outbox.gather(connection, desk.found.code, ("cards", "orders", "letters"), None, now_us())
        return sorted(set(connection.scalars(select(handover.c.name))) - before)


def test_an_order_is_handed_over_when_it_is_the_departments_turn_and_answered_by_it(desk: Desk) -> None:
    order_id = ordered(desk)
    assert [name for name in gathered(desk) if name.startswith("order")] == [f"order-{order_id}-3"]
    source = MemorySource()
    hand_over(desk.engine, desk.raw, MemoryConnector(desk.found.code, source=source), desk.found.code)
    document = etree.fromstring(source.receipts[f"order-{order_id}-3.xml".encode()])
    SCHEMA.assertValid(document)
    for kind, then in (("sign", "待反馈"), ("feedback", "待办结")):
        row = {**ROW, "id": kind, "kind": kind, "card_id": None, "order_id": order_id}
        outcome = judge(desk, kind, kind[0] * 64, lambda row=row: from_row(row, desk.found.code))
        assert outcome.error is None
        assert state(desk.engine, order_id) == then
    assert [name for name in gathered(desk) if name.startswith("order")] == [f"order-{order_id}-4"]


def test_a_letter_goes_with_an_order_that_has_come_to_its_department(desk: Desk, tmp_path: Path) -> None:
    order_id = ordered(desk)
    press = Press(tmp_path / "letters", desk.raw, desk.tell)
    with writing(desk.engine) as connection:
        assert due.orders_due(connection, 0) == [order_id]
        wanted = due.wanted_for_order(connection, order_id)
        assert wanted is not None
        row = issue(connection, press, wanted, date(2026, 11, 20), now_us())
    assert row["reference"] == "监督〔2026〕1号"
    assert row["answer_due_on"] is not None
    assert json.loads(row["fields"])["reason"] == "久拖不办"
    with reading(desk.engine) as connection:
        assert due.orders_due(connection, 0) == []
        assert connection.execute(select(letter.c.order_id)).scalar_one() == order_id


def test_an_attachment_of_many_megabytes_is_read_and_deep_nesting_is_not(desk: Desk) -> None:
    inner = (
        f"<AnswerId>a</AnswerId><SystemCode>x</SystemCode><Kind>answer</Kind><CardId>1</CardId><OrgCode>{ORGANIZATION}</OrgCode>"
        "<Person>李四</Person><Text>好</Text>"
    )
    text = f'<Answer xmlns="{NAMESPACE}">{inner}<Attachment name="a.pdf">{"QUFB" * 3_000_000}</Attachment></Answer>'
    [(name, data)] = from_xml(text.encode(), "a.xml", desk.limits).attachments
    assert (name, len(data)) == ("a.pdf", 9_000_000)
    floods = ("<a>" * 100_000, "<a/>" * 8_000_000, "<a " + " ".join(f"b{n}=''" for n in range(30_000)) + "/>")
    for flood in floods:
        with pytest.raises(RefusedError, match="ANSWER_INVALID") as caught:
            from_xml(f'<Answer xmlns="{NAMESPACE}">{flood}</Answer>'.encode(), "a.xml", desk.limits)
        assert "1000" in caught.value.message_en


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"kind": "agree"}, "kind"),
        ({"card_id": None}, "exactly one"),
        ({"order_id": 3}, "exactly one"),
        ({"card_id": "x"}, "card_id"),
        ({"card_id": 2**63}, "card_id"),
        ({"card_id": -1}, "card_id"),
        ({"kind": "sign"}, "CardId"),
        ({"card_id": None, "order_id": 3}, "OrderId"),
        ({"content": "好\0"}, "content"),
        ({"id": "a\0"}, "id"),
        ({"person": "\ud800"}, "person"),
        ({"content": "  "}, "content"),
        ({"person": None}, "person"),
        ({"id": "x" * 65}, "id"),
        ({"attachment": "@@", "attachment_name": "a"}, "base64"),
        ({"attachment": "AAAA"}, "attachment_name"),
    ],
)
def test_a_row_that_is_no_answer_says_which_column_is_wrong(changes: dict[str, Any], word: str) -> None:
    with pytest.raises(RefusedError, match="ANSWER_INVALID") as caught:
        from_row({**ROW, **changes}, "land-bureau")
    assert word in caught.value.message_en


@pytest.mark.parametrize("number", ["9" * 30, "9" * 5000, "18446744073709551616"])
def test_a_file_about_a_card_of_no_possible_number_is_refused_and_noted(desk: Desk, number: str) -> None:
    inner = (
        f"<AnswerId>a</AnswerId><SystemCode>{desk.found.code}</SystemCode><Kind>answer</Kind><CardId>{number}</CardId>"
        f"<OrgCode>{ORGANIZATION}</OrgCode><Person>李四</Person><Text>好</Text>"
    )
    text = f'<Answer xmlns="{NAMESPACE}">{inner}</Answer>'.encode()
    outcome = judge(desk, "a\0\udc80.xml", "a" * 64, lambda: from_xml(text, "a.xml", desk.limits))
    assert outcome.error is not None
    assert outcome.error.code == "ANSWER_INVALID"
    with reading(desk.engine) as connection:
        assert connection.execute(select(card_answer.c.name)).scalars().all() == ["a\ufffd\ufffd.xml"]


def test_a_row_answers_a_card_with_its_attachment_and_again_does_nothing(desk: Desk) -> None:
    with writing(desk.engine) as connection:
        number = put_card(connection)
    row = {**ROW, "card_id": number, "attachment": "5oql5ZGK", "attachment_name": "报告.txt"}
    for _ in range(2):
        outcome = judge(desk, "suphub_answer/a1", "0" * 64, lambda: from_row(row, desk.found.code))
        assert (outcome.answer_id, outcome.error) == ("a1", None)
    with reading(desk.engine) as connection:
        assert connection.execute(select(card.c.state)).scalar_one() == "已反馈"
        events = connection.execute(select(card_event).order_by(card_event.c.number)).mappings().all()
    [kept] = json.loads(events[1]["attachments"])
    with desk.raw.open(kept["digest"]) as stream:
        assert stream.read().decode() == "报告"
    assert len(events) == 2


def test_a_document_is_the_same_on_every_attempt_whatever_has_happened_since(desk: Desk) -> None:
    class Down(MemoryConnector):
        def hand_over(self, parcel: Any) -> None:
            raise RetryError("CONNECTOR_IO", zh="断", en="down", remedy_zh="等", remedy_en="wait")

    with writing(desk.engine) as connection:
        number = put_card(connection)
    gathered(desk)
    with pytest.raises(RetryError):
        hand_over(desk.engine, desk.raw, Down(desk.found.code, source=MemorySource()), desk.found.code)
    with writing(desk.engine) as connection:
        connection.execute(card.update().where(card.c.card_id == number).values(handler="另一人"))
        [first] = connection.scalars(select(handover.c.document)).all()
        outbox.retry(connection, None, now_us())
    source = MemorySource()
    hand_over(desk.engine, desk.raw, MemoryConnector(desk.found.code, source=source), desk.found.code)
    with desk.raw.open(str(first)) as stream:
        assert source.receipts[f"card-{number}-1.xml".encode()] == stream.read()


def test_a_delivery_that_never_works_is_given_up_and_told_in_the_log(desk: Desk) -> None:
    with writing(desk.engine) as connection:
        put_card(connection)
    gathered(desk)
    with writing(desk.engine) as connection:
        for attempt in range(outbox.MOST_ATTEMPTS):
            row = dict(connection.execute(select(handover)).mappings().one())
            assert row["attempts"] == attempt
            failed = outbox.put_off(connection, row, None, "断", row["due_at"])
            later = dict(connection.execute(select(handover)).mappings().one())
            assert later["due_at"] - row["due_at"] <= 3_600_000_000
    assert failed
    assert later["state"] == outbox.FAILED


IDENTITY, MOBILE = "430102199001011234", "13800001234"


def test_numbers_of_persons_are_masked_in_what_is_handed_over_before_anything_is_cut(desk: Desk) -> None:
    case_no = "13900005678"  # a number of a case may look like a mobile
    with writing(desk.engine) as connection:
        number = put_card(connection, case_no=case_no)
        put_event(connection, number, "已发", "已反馈", f"{case_no} {MOBILE} {'长' * 482}{IDENTITY}")
        told = columns(connection, {"kind": "card", "about": number, "part": 2})
    assert told["reason"].startswith(f"{case_no} 138******34 ")
    assert told["reason"].endswith("430*************34")
    assert told["case_no"] == case_no


@pytest.mark.parametrize("before", range(480, 502))
def test_a_shortened_reason_holds_no_piece_of_a_number_of_a_person(before: int) -> None:
    kept = short("长" * before + IDENTITY + "长" * 30)
    assert len(kept) <= 500
    assert not re.search(r"[0-9]{5}", scrubbed(kept))


def test_the_error_of_an_answer_keeps_no_number_of_a_person(desk: Desk) -> None:
    judge(desk, "a", "a" * 64, lambda: from_row({**ROW, "kind": IDENTITY[:15]}, desk.found.code))
    with reading(desk.engine) as connection:
        [reason] = connection.scalars(select(card_answer.c.reason))
    assert "4301021990" not in reason
    assert "answer" in reason


def test_an_answer_that_cannot_be_claimed_or_receipted_holds_up_no_other(desk: Desk) -> None:
    source = MemorySource()
    for name in (b"1.xml", b"2.xml", b"3.xml"):
        source.put(name, b"<x/>")

    class Odd(MemoryConnector):
        def claim(self, notice: Notice) -> Claim | None:
            if notice.name == "1.xml":
                raise endpoint_failed(
                    DENIED, system="land", doing_zh="领取", doing_en="claiming", path="1.xml"
                )
            return super().claim(notice)

        def deliver(self, name: str, body: bytes, signature: bytes | None = None) -> None:
            if name == "2.xml":
                raise endpoint_failed(DENIED, system="land", doing_zh="送", doing_en="laying", path=name)
            super().deliver(name, body, signature)

    with pytest.raises(RetryError) as caught:
        take(desk, Odd("land", source=source))
    assert "1.xml" in str(caught.value)
    assert set(source.receipts) == {b"3.xml.receipt.xml"}
    assert set(source.inbox) == {b"1.xml", b"2.xml"}

    done = take(desk, MemoryConnector("land", source=source))
    assert (done.accepted, done.refused, source.inbox) == (0, 2, {})
    assert len(source.receipts) == 3


def test_an_answer_that_is_too_large_is_refused_and_not_kept(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "LARGEST", 3)
    source = MemorySource()
    source.put(b"1.xml", b"<x/>")
    assert take(desk, MemoryConnector("land", source=source)).errors == ["ANSWER_INVALID"]
    assert (source.inbox, [path for path in desk.raw.root.rglob("*") if path.is_file()]) == ({}, [])
    assert b"ANSWER_INVALID" in source.receipts[b"1.xml.receipt.xml"]
