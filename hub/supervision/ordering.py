"""What people do with supervision orders (督办): begin one, from a card or by hand, pass it on, return, recall and finish it.

Each function works in the caller's transaction and keeps card and order together; docs/cards.md.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from hub.central.tables.exchange import case_head
from hub.central.tables.exchange import system as system_table
from hub.errors import Place, StopError
from hub.plain_text import sayable
from hub.supervision import cards, orders, regions, touched
from hub.supervision.attachments import Attachment, checked
from hub.supervision.change import BY_ITSELF, NAME, Actor, Change, Log, Seen, acting, noted, said
from hub.supervision.hands import pass_on
from hub.supervision.rules import Rule
from hub.supervision.states import SUPERVISOR

LONGEST_NAME = 200
_USCC = re.compile("[0-9A-Z]{18}")
SUPERVISION = "监察机关"
"""监察部门 where nobody has named one: of orders that the hub begins."""


@dataclass(frozen=True, slots=True)
class Matter:
    """What an order that no card gives rise to is about: 被督办单位, 事项, and the case where there is one."""

    organization: str  # USCC
    organization_name: str
    level: int = 2
    item_code: str | None = None
    item_name: str | None = None
    system: str | None = None
    case_no: str | None = None
    basis: str | None = None


def start_from_card(
    connection: Connection,
    card_id: int,
    *,
    supervisor: str,
    reason: str,
    by: str,
    role: str = "supervisor",
    monitor: str | None = None,
    at: int,
    log: Log | None,
    seen: Seen | None = None,
) -> int:
    """督办 of a card; the order's id. `supervisor` is the 监察部门, `monitor` the 监察监控人员 (else who begins it).

    Raises StopError CARD_UNKNOWN, CARD_TRANSITION, CARD_ROLE, CARD_CHANGED, CARD_WHO, CARD_TEXT.
    """
    actor, change = acting(by, role), _locked(connection, at)
    row = cards.find(change, card_id, seen)
    named = _named(supervisor)
    watching = noted(monitor, "monitor", NAME) or actor.name
    order_id = _of_card(change, row, actor, said(reason, "reason"), named, watching)
    change.log(log)
    return order_id


def begins_by_itself(rule: Rule, level: int, evidence: Mapping[str, Any]) -> str | None:
    """Why an order begins with a card of `level`, None where none does: above a red card that was not answered (T10), and
    with the red light of a profile whose red light is 督办 (秦皇岛)."""
    if rule.code == "T10" and evidence["level"] == 3:
        return "红牌逾期未反馈，转督办 · a red card was not answered in time: an order begins"
    if level == 3 and rule.profile in rule.declared.orders:
        return f"{rule.zh}，亮红灯，即行督办 · {rule.en}: the red light comes with an order"
    return None


def start_by_itself(change: Change, row: Mapping[str, Any], reason: str) -> int:
    """The order with which an issued card begins; `change` holds the lock of cards."""
    return _of_card(change, row, BY_ITSELF, reason, SUPERVISION, BY_ITSELF.name)


def start_by_hand(
    connection: Connection,
    matter: Matter,
    *,
    supervisor: str,
    reason: str,
    by: str,
    role: str = "supervisor",
    monitor: str | None = None,
    at: int,
    log: Log | None,
) -> int:
    """An order without a card; its id. Raises StopError ORDER_ROLE, ORDER_MATTER, ORDER_ABOUT, CARD_WHO, CARD_TEXT."""
    actor, change = acting(by, role), _locked(connection, at)
    if actor.role != SUPERVISOR:
        pass_on("待发起", "submit", actor.role, 0)
    if (
        matter.level not in (1, 2, 3)
        or not _USCC.fullmatch(matter.organization)
        or not matter.organization_name.strip()
    ):
        raise StopError(
            "ORDER_MATTER",
            zh="督办单须写明级别(1、2、3)、被督办单位的统一社会信用代码(18 位)和名称",
            en="An order names its level (1, 2, 3), and the organisation by its 18-character code and its name",
            remedy_zh="由牌转督办时这些内容自动带入；人工发起时用 --organization、--name 写明",
            remedy_en="From a card they are taken over; by hand give --organization and --name",
            place=Place(field="organization"),
        )
    system, case_no = noted(matter.system, "system", 64), noted(matter.case_no, "case", 50)
    _there_is(connection, system, case_no)
    values = {
        "level": matter.level,
        "supervisor": _named(supervisor),
        "org_uscc": matter.organization,
        "org_name": noted(matter.organization_name, "name", LONGEST_NAME),
        "region_code": regions.of_organization(connection, matter.organization)
        or regions.of_system(connection, system),
        "item_code": noted(matter.item_code, "item_code", 64),
        "item_name": noted(matter.item_name, "item_name", 500),
        "system": system,
        "case_no": case_no,
        "basis": noted(matter.basis, "basis", 500),
        "monitor": noted(monitor, "monitor", NAME) or actor.name,
        "reason": said(reason, "reason"),
    }
    order = orders.begin(change, values, actor)
    change.log(log)
    return int(order["order_id"])


def act(
    connection: Connection,
    order_id: int,
    action: str,
    *,
    by: str,
    role: str,
    opinion: str,
    attachments: Sequence[Attachment] = (),
    at: int,
    log: Log | None,
    seen: Seen | None = None,
) -> dict[str, Any]:
    """One hand's action (hub.supervision.hands: submit, approve, sign, feedback, finish, return, recall); its card follows.

    Returns {order_id, state, version}. Raises StopError ORDER_UNKNOWN, ORDER_TRANSITION, ORDER_ROLE, ORDER_CHANGED, CARD_WHO,
    CARD_TEXT, CARD_ATTACHMENT.
    """
    actor, change = acting(by, role), _locked(connection, at)
    order = orders.find(change, order_id, seen)
    given = said(opinion, "opinion")
    new = orders.move(change, order, action, actor, given, checked(attachments))
    if order["card_id"] is not None and action in ("finish", "recall"):
        row = cards.find(change, order["card_id"])
        told = {"order": order_id}
        if action == "finish":
            cards.record(change, row, "finish", actor, given, text=given, told=told)
        else:
            before = order["card_state"]
            cards.record(change, row, "recall", actor, given, to=before, text=given, told=told)
            touched.look_again(connection, row["case_id"], at)
    change.log(log)
    return {"order_id": order_id, "state": new["state"], "version": new["version"]}


def _there_is(connection: Connection, code: str | None, case_no: str | None) -> None:
    """Raises StopError ORDER_ABOUT where an order names a system or a case that is not there."""
    if code is None and case_no is None:
        return
    known = select(system_table.c.code).where(system_table.c.code == code)
    if case_no is not None:
        known = select(case_head.c.id).where(case_head.c.system == code, case_head.c.case_no == case_no)
    if connection.execute(known).first() is not None:
        return
    what = "/".join(sayable(each) for each in (code, case_no) if each)
    raise StopError(
        "ORDER_ABOUT",
        zh=f"不能就 {what} 督办：没有这个系统，或该系统没有这个办件",
        en=f"No order can be about {what}: there is no such system, or it has no such case",
        remedy_zh="用 suphub case list 或 suphub system list 查看；办件须连同系统(--system)写明",
        remedy_en="See suphub case list or suphub system list; a case is named together with its system (--system)",
        place=Place(field="case" if case_no is not None else "system"),
    )


def _named(supervisor: str) -> str:
    """监察部门. Raises StopError CARD_TEXT."""
    return noted(said(supervisor, "supervisor"), "supervisor", LONGEST_NAME) or ""


def _locked(connection: Connection, at: int) -> Change:
    change = Change(connection, at)
    change.lock()
    return change


def _of_card(
    change: Change, row: Mapping[str, Any], by: Actor, reason: str, supervisor: str, monitor: str
) -> int:
    new = cards.record(change, row, "order", by, reason, text=reason)
    seen = json.loads(row["snapshot"])
    values = {
        "card_id": row["card_id"],
        "card_state": row["state"],
        "level": row["level"],
        "supervisor": supervisor,
        "org_uscc": row["org_uscc"],
        "org_name": row["org_name"],
        "region_code": row["region_code"],
        "system": row["system"] or None,
        "case_id": row["case_id"],
        "case_no": row["case_no"],
        "item_name": seen.get("item_name"),
        "item_code": seen.get("item_code"),
        "monitor": monitor,
        "reason": reason,
        "basis": row["basis"],
    }
    assert new["state"] == "督办"
    return int(orders.begin(change, values, by)["order_id"])
