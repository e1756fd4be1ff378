"""What a template is filled with, read from a card, an order or a former letter; no personal data of an applicant is among it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from hub.central.tables.business import card, order_hand, supervision_order
from hub.central.tables.letters import letter
from hub.errors import Place, StopError
from hub.letters.document import chinese_date
from hub.supervision.library import declared
from hub.supervision.orders import unknown as unknown_order

LEVELS = {1: "预警", 2: "黄牌", 3: "红牌"}
UNITS = {"W": "个工作日", "D": "日", "H": "小时", "M": "个月"}
EXCESS_UNITS = {**UNITS, "M": "日"}
"""What exceeds a limit in months is counted in natural days."""
UNITS_ZH = {
    "system": "系统",
    "item_version": "事项",
    "package": "报文包",
    "card": "牌",
    "complaint": "投诉",
    "order": "督办单",
}
"""What a rule's scope is called, where it judges no cases."""
SAME_DAY = "即日"


def card_row(connection: Connection, card_id: int) -> dict[str, Any]:
    """A card. Raises StopError CARD_UNKNOWN."""
    row = connection.execute(select(card).where(card.c.card_id == card_id)).mappings().one_or_none()
    if row is None:
        raise StopError(
            "CARD_UNKNOWN",
            zh=f"没有编号为 {card_id} 的牌",
            en=f"There is no card {card_id}",
            remedy_zh="用 suphub card list 查看现有的牌",
            remedy_en="See the cards there are with: suphub card list",
            place=Place(field="card"),
        )
    return dict(row)


def letter_row(connection: Connection, letter_id: int) -> dict[str, Any]:
    """A letter. Raises StopError LETTER_UNKNOWN."""
    row = connection.execute(select(letter).where(letter.c.letter_id == letter_id)).mappings().one_or_none()
    if row is None:
        raise unknown(letter_id)
    return dict(row)


def unknown(letter_id: int) -> StopError:
    """For a letter that there is not."""
    return StopError(
        "LETTER_UNKNOWN",
        zh=f"没有编号为 {letter_id} 的文书",
        en=f"There is no letter {letter_id}",
        remedy_zh="用 suphub letter list 查看现有的文书",
        remedy_en="See the letters there are with: suphub letter list",
        place=Place(field="letter"),
    )


def order_row(connection: Connection, order_id: int) -> dict[str, Any]:
    """An order, and `due_on` of the hand that has it now. Raises StopError ORDER_UNKNOWN."""
    row = connection.execute(
        select(supervision_order).where(supervision_order.c.order_id == order_id)
    ).mappings().one_or_none()  # fmt: skip
    if row is None:
        raise unknown_order(order_id)
    open_hand = select(order_hand.c.due_on).where(
        order_hand.c.order_id == order_id, order_hand.c.done_at.is_(None)
    )
    return {
        **row,
        "due_on": connection.execute(open_hand.order_by(order_hand.c.number.desc())).scalars().first(),
    }


def of_order(row: Mapping[str, Any]) -> dict[str, str]:
    """The fields that an order gives; what it lacks is empty."""
    due = row["due_on"]
    return {
        "order": str(row["order_id"]),
        "matter": matter(row["item_name"], row["case_no"], None),
        "item": row["item_name"] or "",
        "item_code": row["item_code"] or "",
        "case_no": row["case_no"] or "",
        "level": LEVELS[row["level"]],
        "reason": row["reason"],
        "basis": row["basis"] or "",
        "monitor": row["monitor"],
        "started_on": day(row["started_on"]),
        "answer_by": "" if due is None else f"{chinese_date(due)}前",
        "organization": row["org_name"] or row["org_uscc"] or "",
        "organization_code": row["org_uscc"] or "",
    }


def of_card(row: Mapping[str, Any]) -> dict[str, str]:
    """The fields that a card gives; what it lacks is empty."""
    seen = json.loads(row["snapshot"])
    rule = declared().get(row["rule"])
    rule_name = rule.zh if rule is not None else str(seen.get("rule_name") or "人工发牌")
    accepted = seen.get("accepted")
    return {
        "card": str(row["card_id"]),
        "level": LEVELS[row["level"]],
        "rule": row["rule"],
        "rule_name": rule_name,
        "basis": row["basis"] or "行政效能监察有关规定",
        "matter": matter(seen.get("item_name"), row["case_no"], _unit(row)),
        "item": seen.get("item_name") or "",
        "item_code": seen.get("item_code") or "",
        "case_no": row["case_no"] or "",
        "system": row["system"] or "",
        "finding": _finding(row, rule_name, _by_hand(seen)),
        "used": amount(row["used_days"], row["unit"]),
        "limit": amount(row["limit_days"], row["unit"]),
        "excess": amount(row["excess_days"], row["unit"], EXCESS_UNITS),
        "due_on": day(row["due_on"]),
        "accepted_on": day(date.fromisoformat(str(accepted)[:10])) if accepted else "",
        "raised_on": day(row["raised_on"]),
        "issued_on": day(row["issued_on"]),
        "step": row["step"] or "",
        "handler": row["handler"] or "",
        "organization": row["org_name"] or row["org_uscc"] or "",
        "organization_code": row["org_uscc"] or "",
    }


def of_former(row: Mapping[str, Any]) -> dict[str, str]:
    """The fields that name the letter that is corrected."""
    return {
        "former_title": row["title"],
        "former_reference": row["reference"],
        "former_date": chinese_date(row["issued_on"]),
    }


def matter(item: str | None, case_no: str | None, unit: str | None) -> str:
    """Item and case as one phrase: “新建项目审批”（办件编号430100-1）."""
    what = f"“{item}”" if item else "有关事项"
    told = f"办件编号{case_no}" if case_no else unit
    return f"{what}（{told}）" if told else what


def _unit(row: Mapping[str, Any]) -> str:
    """What the card is about where that is no case, in Chinese: 投诉2026000003号, 事项0117（第2版）, 系统land."""
    text = (row["unit_key"] or row["subject"] or "").strip()
    rule = declared().get(row["rule"])
    if rule is None or rule.scope not in UNITS_ZH:
        return _unit_by_hand(row, text)
    number = text.rpartition(" ")[2]
    code, at, version = text.rpartition("@")
    if rule.scope == "item_version" and at:
        return f"事项{code}（第{version}版）"
    if rule.scope == "order":
        return f"督办单{number.partition('/')[0]}号"
    if rule.scope in ("card", "complaint"):
        return f"{UNITS_ZH[rule.scope]}{number}号"
    return f"{UNITS_ZH[rule.scope]}{text}"


def _unit_by_hand(row: Mapping[str, Any], text: str) -> str:
    """The words of a card by hand; the organisation is the addressee and is not named again."""
    words, system = text, row["system"]
    for known in filter(None, (row["org_uscc"], system)):
        if words == known or words.startswith(f"{known} "):
            words = words.removeprefix(known).strip()
    named = re.fullmatch(r"(card|complaint) ([0-9]+)", words)
    if named is not None:
        return f"{UNITS_ZH[named[1]]}{named[2]}号"
    return "，".join(filter(None, (f"系统{system}" if system else "", words)))


def day(value: date | None) -> str:
    """A day as letters write it; empty without one."""
    return "" if value is None else chinese_date(value)


def amount(value: float | None, unit: str | None, units: Mapping[str, str] = UNITS) -> str:
    """A number of units in words: 5个工作日; empty where nothing was counted."""
    if value is None:
        return ""
    return f"{value:g}{units.get(unit or '', '')}"


def answer_by(due: date | None, issued_on: date) -> str:
    """即日 where the answer is due on the letter's own day, else the last day: 2026年11月25日前; empty where it is not known."""
    if due is None:
        return ""
    return SAME_DAY if due <= issued_on else f"{chinese_date(due)}前"


def _by_hand(seen: Mapping[str, Any]) -> str:
    """Why somebody issued the card by hand; empty for a card that a rule raised. The template ends the sentence."""
    return str((seen.get("by_hand") or {}).get("reason") or "").rstrip("。. ")


def _finding(row: Mapping[str, Any], rule_name: str, reason: str) -> str:
    limit, used = amount(row["limit_days"], row["unit"]), amount(row["used_days"], row["unit"])
    excess = amount(row["excess_days"], row["unit"], EXCESS_UNITS) if row["excess_days"] else ""
    said = f"存在“{rule_name}”情形" if row["rule"] in declared() or not reason else f"存在下列情形：{reason}"
    figures = [
        f"时限{limit}" if limit else "",
        f"已用{used}" if used else "",
        f"超过{excess}" if excess else "",
    ]
    told = "，".join(each for each in figures if each)
    return f"{said}（{told}）" if told and row["unit"] else said
