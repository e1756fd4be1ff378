"""What a complaint is linked to: cases, items, organisations and cards, each of which must be known."""

from __future__ import annotations

import re

from sqlalchemy import Connection, insert, select

from hub.central.tables.business import card
from hub.central.tables.complaints import complaint_link
from hub.central.tables.exchange import case_head
from hub.central.tables.items import service_item
from hub.complaints.shapes import LINKS
from hub.complaints.states import word
from hub.errors import Place, StopError
from hub.plain_text import keepable, sayable


def add(connection: Connection, number: int, kind: str, target: str) -> bool:
    """Link a complaint; False where it is linked so already. Raises StopError COMPLAINT_WORD, COMPLAINT_LINK."""
    word("link", kind, LINKS)
    if not keepable(target) or not _known(connection, kind, target):
        named = sayable(target[:120])
        raise StopError(
            "COMPLAINT_LINK",
            zh=f"没有可关联的 {kind} {named}",
            en=f"There is no {kind} {named} to link to",
            remedy_zh="办件写作 SYSTEM/编号，事项写编码，机构写 18 位代码，牌写编号；先用 list 命令查找",
            remedy_en="A case is SYSTEM/NO, an item its code, an organisation its USCC, a card its number; find it with its list command",
            place=Place(case=str(number), field=kind),
        )
    there = select(complaint_link.c.kind).where(
        complaint_link.c.complaint_id == number,
        complaint_link.c.kind == kind,
        complaint_link.c.target == target,
    )
    if connection.execute(there).first() is not None:
        return False
    connection.execute(insert(complaint_link).values(complaint_id=number, kind=kind, target=target))
    return True


def of(connection: Connection, number: int) -> list[dict[str, str]]:
    """The links of a complaint: kind, target."""
    rows = connection.execute(
        select(complaint_link.c.kind, complaint_link.c.target)
        .where(complaint_link.c.complaint_id == number)
        .order_by(complaint_link.c.kind, complaint_link.c.target)
    )
    return [{"kind": row.kind, "target": row.target} for row in rows]


def _known(connection: Connection, kind: str, target: str) -> bool:
    if kind == "organization":
        return re.fullmatch(r"[0-9A-Z]{18}", target) is not None
    if kind == "card":
        number = int(target) if re.fullmatch(r"[0-9]{1,18}", target) else 0
        return connection.execute(select(card.c.card_id).where(card.c.card_id == number)).first() is not None
    if kind == "item":
        code = select(service_item.c.item_code).where(service_item.c.item_code == target)
        return connection.execute(code).first() is not None
    system, _, case_no = target.partition("/")
    head = select(case_head.c.id).where(case_head.c.system == system, case_head.c.case_no == case_no)
    return connection.execute(head).first() is not None
