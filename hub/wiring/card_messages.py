"""What people are told of cards and orders: once when one comes to them, once when it is over; in both languages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hub.messages.shapes import Message
from hub.supervision.hands import FINISHED, GONE, hand_of
from hub.supervision.library import declared
from hub.supervision.states import DEPARTMENT, PENDING, SUPERVISOR
from hub.supervision.states import STATES_EN as CARD_STATES_EN

LEVELS = {1: ("预警", "Warning"), 2: ("黄牌", "Yellow card"), 3: ("红牌", "Red card")}
STATES_EN = {**CARD_STATES_EN, FINISHED: "finished", GONE: "withdrawn"}
"""Every state of a card, and those of an order that is over, in the English half of a message."""
Body = Mapping[str, Any]
_BOTH = (DEPARTMENT, SUPERVISOR)


def message_of(event: str, body: Body) -> Message | None:
    """The message of an event of a card or order, from its entry in the log; None where nobody is told."""
    find = _KINDS.get(event)
    found = None if find is None else find(body)
    if found is None:
        return None
    kind, zh, en, roles = found
    return (_of_order if event.startswith("order.") else _of_card)(kind, zh, en, roles, body)


Found = tuple[str, str, str, tuple[str, ...]] | None


def _raised(body: Body) -> Found:
    if body["state"] == PENDING:  # told once it is issued
        return None
    if body["rule"] == "T10":
        return "card.escalated", "升级", "escalated", _BOTH
    if body["rule"] == "T11":
        return "order.overdue", "督办逾期", "order overdue", _BOTH
    return "card.issued", "发牌", "issued", _BOTH


def _settled(body: Body) -> Found:
    return ("card.issued", "发牌", "issued", _BOTH) if body.get("issued") else None


def _escalated(body: Body) -> Found:
    if body["from"] == PENDING:
        return None
    if body["level"] > body["level_before"]:
        return "card.escalated", "升级", "escalated", _BOTH
    return "card.lowered", "降级", "lowered", _BOTH


def _over(kind: str, zh: str, en: str) -> Callable[[Body], Found]:
    def found(body: Body) -> Found:
        return None if body["from"] == PENDING else (kind, zh, en, _BOTH)

    return found


_REVIEW: Found = ("order.started", "督办待审核", "to be reviewed", (SUPERVISOR,))
_PASSED: Mapping[str, Found] = {
    "submit": _REVIEW,
    # The department hears of an order when it is to sign for it.
    "approve": ("order.issued", "督办", "issued", (DEPARTMENT,)),
    "sign": ("order.signed", "督办已签收", "signed for", (SUPERVISOR,)),
    "feedback": ("order.answered", "督办已反馈", "answered", (SUPERVISOR,)),
}


def _passed(body: Body) -> Found:
    return _PASSED[body["action"]]


def _returned(body: Body) -> Found:
    return "order.returned", "督办退回", "returned", (body["hand_role"],)


_KINDS: Mapping[str, Callable[[Body], Found]] = {
    "card.raised": _raised,
    "card.settled": _settled,
    "card.escalated": _escalated,
    "card.relevelled": _escalated,
    "card.appealed": lambda body: ("card.appealed", "申诉", "appealed against", (SUPERVISOR,)),
    "card.withdrawn": _over("card.withdrawn", "撤销", "withdrawn"),
    "card.closed": _over("card.closed", "办结", "closed"),
    "order.started": lambda body: _REVIEW,
    "order.passed": _passed,
    "order.returned": _returned,
    "order.finished": lambda body: ("order.finished", "督办办结", "finished", _BOTH),
    "order.recalled": lambda body: ("order.withdrawn", "督办撤回", "recalled", _BOTH),
    "order.withdrawn": lambda body: ("order.withdrawn", "督办撤销", "withdrawn", _BOTH),
}


def _of_card(kind: str, zh: str, en: str, roles: tuple[str, ...], body: Body) -> Message:
    level_zh, level_en = LEVELS[body["level"]]
    rule_zh, rule_en = _rule(body["rule"])
    what = _what(body)
    due = body["feedback_due_on"] or "-"
    return Message(
        kind,
        max(
            body["level"], body.get("level_before", 0)
        ),  # whoever was told of the graver one hears that it is over
        f"[{level_zh} {zh}] {what}：{rule_zh}",
        f"[{level_en} {en}] {what}: {rule_en}",
        f"牌 {body['card']}，状态 {body['state']}\n{body['reason']}\n反馈期限 {due}\nsuphub card show {body['card']}",
        f"Card {body['card']}, {STATES_EN[body['state']]}\n{body['reason']}\nTo be answered by {due}\nsuphub card show {body['card']}",
        body["system"] or None,
        (body["organization"],) if body["organization"] else (),
        roles,
    )


def _of_order(kind: str, zh: str, en: str, roles: tuple[str, ...], body: Body) -> Message:
    hand = hand_of(body["state"])
    what, number, due = _what(body), body["order"], body["due_on"] or "-"
    now_zh = body["state"] if hand is None else f"{body['state']}，期限 {due}"
    now_en = STATES_EN[body["state"]] if hand is None else f"to be {hand.en} by {due}"
    return Message(
        kind,
        body["level"],
        f"[{zh}] 督办单 {number}：{what}",
        f"[Order {en}] order {number}: {what}",
        f"{now_zh}\n{body['reason']}\nsuphub order show {number}",
        f"{now_en}\n{body['reason']}\nsuphub order show {number}",
        body["system"] or None,
        (body["organization"],) if body["organization"] else (),
        roles,
    )


def _what(body: Body) -> str:
    if body["case_no"]:
        return f"{body['system']}/{body['case_no']}" if body["system"] else str(body["case_no"])
    return str(body.get("subject") or body["system"] or body.get("item_code") or body["organization"] or "-")


def _rule(code: str) -> tuple[str, str]:
    rule = declared().get(code)
    return ("人工发牌", "issued by hand") if rule is None else (f"{code} {rule.zh}", f"{code} {rule.en}")
