"""Cards put into a database by hand, for tests of what follows a card: letters, and the way back to the department."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from hub.central.tables.business import card, card_event

ORGANIZATION = "11430100006121778E"
ISSUED_ON = date(2026, 11, 20)
AT = 1_795_000_000_000_000


def put_card(connection: Connection, **columns: Any) -> int:
    """An issued yellow T2 card with its first event; its number."""
    seen = {"item_name": "建设用地规划许可证核发", "item_code": "0117", "accepted": "2026-11-09"}
    values = {
        "system": "land-bureau", "case_no": "430100-2026-1", "rule": "T2", "rule_version": 1, "calendar_version": 1,
        "level": 2, "state": "已发", "provisional": 0, "raised_on": ISSUED_ON, "issued_on": ISSUED_ON,
        "feedback_due_on": date(2027, 1, 4), "judged_as_of": AT, "due_on": date(2026, 11, 16), "used_days": 8.0,
        "limit_days": 5.0, "excess_days": 3.0, "unit": "W", "org_uscc": ORGANIZATION, "org_name": "长沙市自然资源和规划局",
        "handler": "黄子轩", "basis": "《中华人民共和国行政许可法》第四十二条", "raised_at": AT,
        **columns,
    }  # fmt: skip
    values["snapshot"] = json.dumps({**seen, **values.get("snapshot", {})}, ensure_ascii=False)
    values.setdefault("open_key", f"{values['rule']}|{values['case_no']}|{values.get('subject', '')}")
    made = connection.execute(insert(card).values(values)).inserted_primary_key
    assert made is not None
    put_event(connection, made[0], None, values["state"], "超过承诺时限 · Past the promised limit")
    return int(made[0])


def put_event(
    connection: Connection, card_id: int, origin: str | None, state: str, reason: str, **columns: Any
) -> int:
    """The card's next event, the card following it; its number."""
    last = select(func.coalesce(func.max(card_event.c.number), 0)).where(card_event.c.card_id == card_id)
    number = int(connection.execute(last).scalar_one()) + 1
    connection.execute(
        insert(card_event).values(
            card_id=card_id, number=number, at=AT + number, from_state=origin, to_state=state, reason=reason
        )
    )
    ends = {"open_key": None} if state in ("撤销", "办结") else {}
    connection.execute(update(card).where(card.c.card_id == card_id).values(state=state, **ends, **columns))
    return number
