"""What a department is handed: a card's event, an order's hand or a letter, as XML of card.xsd and as the columns of a row."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

from lxml import etree
from sqlalchemy import Connection, select

from hub.central.tables.business import card, card_event, order_hand, supervision_order
from hub.central.tables.letters import card_answer, letter
from hub.clock import from_us, iso
from hub.letters.fields import LEVELS
from hub.masking import scrubbed_but
from hub.supervision.library import declared

NAMESPACE = "urn:supervision-hub:card:1"
CARD, ORDER, LETTER, RECEIPT = "card", "order", "letter", "receipt"
Field = tuple[str, Any]
FREE = ("reason", "opinion", "basis", "subject")
"""Columns that people write."""
CODES = ("case_no", "item_code", "org_code")
"""Columns with numbers of things, which stay also where the words of people name them."""


def columns(connection: Connection, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of `handover` with all that its document says, as the columns of a department's table (without document, pdf)."""
    make = {CARD: _card, ORDER: _order, LETTER: _letter, RECEIPT: _receipt}[row["kind"]]
    return _masked({"kind": row["kind"], **make(connection, row["about"], row["part"])})


def _masked(told: dict[str, Any]) -> dict[str, Any]:
    """Without numbers of persons in what people wrote: whole texts, so that whoever shortens them cuts what is masked."""
    codes = [str(told[name]) for name in CODES if told.get(name)]
    return {name: scrubbed_but(text, codes) if name in FREE and text else text for name, text in told.items()}


def document(row: Mapping[str, Any], told: Mapping[str, Any]) -> bytes:
    """The XML of a handover out of its columns."""
    if row["kind"] == RECEIPT:
        return written("AnswerReceipt", _receipt_xml(told))
    head: list[Field] = [
        ("NoticeId", row["name"]), ("Kind", row["kind"]), ("SystemCode", row["system"]), ("OrgCode", told.get("org_code")),
        ("OrgName", told.get("org_name")), ("CreatedAt", iso(row["created_at"])),
    ]  # fmt: skip
    bodies = {CARD: _card_xml, ORDER: _order_xml, LETTER: _letter_xml}
    return written("Notice", [*head, *bodies[row["kind"]](row, told)])


def written(root: str, fields: Iterable[Field]) -> bytes:
    """An XML document in UTF-8; a field's value is a text, a number, a day, nested fields, or None, which is left out."""
    out = BytesIO()
    with etree.xmlfile(out, encoding="UTF-8") as file:
        file.write_declaration()
        with file.element(root, nsmap={None: NAMESPACE}):
            _write(file, fields, 1)
            file.write("\n")
    return out.getvalue() + b"\n"


def _write(file: Any, fields: Iterable[Field], depth: int) -> None:
    for name, value in fields:
        if value is None or value == "":
            continue
        file.write("\n" + "  " * depth)
        with file.element(name):
            if isinstance(value, list):
                _write(file, value, depth + 1)
                file.write("\n" + "  " * depth)
            else:
                file.write(_text(value))


def _text(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return format(Decimal(str(value)).normalize(), "f")
    return "".join(c if c in "\t\n" or c >= " " else "\ufffd" for c in str(value)).replace("\ufffe", "\ufffd")


def _card(connection: Connection, card_id: int, number: int) -> dict[str, Any]:
    row = connection.execute(select(card).where(card.c.card_id == card_id)).mappings().one()
    event = (
        connection.execute(
            select(card_event).where(card_event.c.card_id == card_id, card_event.c.number == number)
        )
        .mappings()
        .one()
    )
    after = json.loads(event["after"] or "{}")
    seen = json.loads(row["snapshot"])
    rule = declared().get(row["rule"])
    return {
        "card_id": card_id, "event_no": number, "level_no": after.get("level", row["level"]), "state": event["to_state"],
        "rule_code": row["rule"], "rule_name": rule.zh if rule else "人工发牌", "case_no": row["case_no"],
        "org_code": row["org_uscc"], "org_name": row["org_name"], "step_name": row["step"], "handler": row["handler"],
        "basis": row["basis"], "reason": event["reason"], "issued_on": row["issued_on"], "answer_by": row["feedback_due_on"],
        "created_time": from_us(event["at"]).replace(tzinfo=None, microsecond=0),
        "from_state": event["from_state"], "at": event["at"], "subject": row["subject"] or row["unit_key"],
        "item_name": seen.get("item_name"), "item_code": seen.get("item_code"), "unit": row["unit"], "used": row["used_days"],
        "limit": row["limit_days"], "excess": row["excess_days"], "due_on": row["due_on"],
    }  # fmt: skip


def _card_xml(row: Mapping[str, Any], told: Mapping[str, Any]) -> list[Field]:
    seen: list[Field] = [
        ("CardId", told["card_id"]), ("Level", told["level_no"]), ("LevelName", LEVELS[told["level_no"]]), ("State", told["state"]),
        ("RuleCode", told["rule_code"]), ("RuleName", told["rule_name"]), ("CaseNo", told["case_no"]),
        ("Subject", told["subject"]), ("ItemName", told["item_name"]), ("ItemCode", told["item_code"]),
        ("Step", told["step_name"]), ("Handler", told["handler"]), ("Basis", told["basis"]), ("Unit", told["unit"]),
        ("Used", told["used"]), ("Limit", told["limit"]), ("Excess", told["excess"]), ("DueOn", told["due_on"]),
        ("IssuedOn", told["issued_on"]), ("AnswerBy", told["answer_by"]),
    ]  # fmt: skip
    event: list[Field] = [
        ("Number", told["event_no"]), ("At", iso(told["at"])), ("From", told["from_state"]), ("To", told["state"]),
        ("Reason", told["reason"]),
    ]  # fmt: skip
    return [("Card", seen), ("Event", event)]


def _letter(connection: Connection, letter_id: int, _: int) -> dict[str, Any]:
    row = connection.execute(select(letter).where(letter.c.letter_id == letter_id)).mappings().one()
    return {
        "letter_id": letter_id, "card_id": row["card_id"], "order_id": row["order_id"], "level_no": row["level"],
        "case_no": row["case_no"], "org_code": row["org_uscc"], "org_name": row["org_name"], "issued_on": row["issued_on"],
        "answer_by": row["answer_due_on"], "letter_no": row["reference"], "reason": row["title"],
        "created_time": from_us(row["issued_at"]).replace(tzinfo=None, microsecond=0),
        "letter_kind": row["kind"], "follows": row["follows"], "digest": row["pdf"],
    }  # fmt: skip


def _letter_xml(row: Mapping[str, Any], told: Mapping[str, Any]) -> list[Field]:
    return [("Letter", [
        ("LetterId", told["letter_id"]), ("Kind", told["letter_kind"]), ("Title", told["reason"]), ("Reference", told["letter_no"]),
        ("IssuedOn", told["issued_on"]), ("AnswerBy", told["answer_by"]), ("CardId", told["card_id"]),
        ("OrderId", told["order_id"]), ("Follows", told["follows"]), ("CaseNo", told["case_no"]),
        ("File", f"{row['name']}.pdf"), ("Sha256", told["digest"]),
    ])]  # fmt: skip


def _receipt(connection: Connection, answer: int, _: int) -> dict[str, Any]:
    row = connection.execute(select(card_answer).where(card_answer.c.id == answer)).mappings().one()
    said = str(row["reason"] or "")
    return {
        "card_id": row["card_id"], "order_id": row["order_id"], "state": row["outcome"], "reason": f"{row['code']}: {said}",
        "created_time": from_us(row["received_at"]).replace(tzinfo=None, microsecond=0), "name": row["name"],
        "answer_id": row["answer_id"], "digest": row["digest"], "code": row["code"], "said": said, "at": row["received_at"],
    }  # fmt: skip


def _receipt_xml(told: Mapping[str, Any]) -> list[Field]:
    zh, _, en = told["said"].partition(" · ")
    return [
        ("Name", told["name"]), ("AnswerId", told["answer_id"]), ("Digest", told["digest"]), ("Outcome", told["state"]),
        ("Code", told["code"]), ("MessageZh", zh), ("MessageEn", en), ("HubTime", iso(told["at"])),
    ]  # fmt: skip


def _order(connection: Connection, order_id: int, number: int) -> dict[str, Any]:
    row = connection.execute(
        select(supervision_order).where(supervision_order.c.order_id == order_id)
    ).mappings().one()  # fmt: skip
    hand = connection.execute(
        select(order_hand).where(order_hand.c.order_id == order_id, order_hand.c.number == number)
    ).mappings().one_or_none()  # fmt: skip
    before = connection.execute(
        select(order_hand.c.opinion).where(order_hand.c.order_id == order_id, order_hand.c.number == number - 1)
    ).scalar_one_or_none()  # fmt: skip
    if hand is None:  # one after its last: the order is over, finished or withdrawn
        now = {"state": row["state"], "answer_by": None, "hand": None, "opinion": row["result"]}
    else:
        now = {
            "state": f"待{hand['hand']}",
            "answer_by": hand["due_on"],
            "hand": hand["hand"],
            "opinion": before,
        }
    at = row["ended_at"] if hand is None else hand["opened_at"]
    return {
        "order_id": order_id, "card_id": row["card_id"], "event_no": number, "level_no": row["level"],
        "case_no": row["case_no"], "org_code": row["org_uscc"], "org_name": row["org_name"],
        "basis": row["basis"], "reason": row["reason"], "issued_on": row["started_on"],
        "created_time": from_us(at).replace(tzinfo=None, microsecond=0),
        "item_name": row["item_name"], "item_code": row["item_code"], **now,
    }  # fmt: skip


def _order_xml(row: Mapping[str, Any], told: Mapping[str, Any]) -> list[Field]:
    return [("Order", [
        ("OrderId", told["order_id"]), ("CardId", told["card_id"]), ("State", told["state"]), ("CaseNo", told["case_no"]),
        ("ItemName", told["item_name"]), ("ItemCode", told["item_code"]), ("Reason", told["reason"]), ("Basis", told["basis"]),
        ("Hand", told["hand"]), ("AnswerBy", told["answer_by"]), ("Opinion", told["opinion"]),
    ])]  # fmt: skip
