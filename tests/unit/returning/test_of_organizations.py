"""An order that is over is told; what a supervisor begins about an organisation goes by each of its systems, and is answered there."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from sqlalchemy import Engine, select

from connectors.memory import MemoryConnector, MemorySource
from hub.central.engine import reading, writing
from hub.central.tables.letters import handover
from hub.clock import now_us
from hub.letters.issue import Press, Wanted, by_hand, issue
from hub.letters.kinds import kind_of
from hub.returning import outbox
from hub.returning.answer_file import from_row
from hub.returning.deliver import hand_over
from hub.returning.documents import NAMESPACE
from hub.returning.judging import Desk, judge
from hub.supervision import by_hand as cards_by_hand
from hub.supervision import handling, ordering
from tests.support.carded import ORGANIZATION, put_card

SCHEMA = etree.XMLSchema(etree.parse(str(Path(outbox.__file__).with_name("card.xsd"))))
STRANGER = "11430100006121779X"
WHO: dict[str, Any] = {"by": "王五", "role": "supervisor"}
ROW = {"id": "a1", "kind": "sign", "org_code": ORGANIZATION, "person": "李四", "content": "已签收"}


def passed(desk: Desk, order: int, *actions: str) -> None:
    for action in actions:
        role = "department" if action in ("sign", "feedback") else "supervisor"
        with writing(desk.engine) as connection:
            said = {"by": "王五", "role": role, "at": now_us(), "log": desk.tell}
            ordering.act(connection, order, action, opinion="整改到位", **said)


def begun(desk: Desk, card: int | None = None, organization: str = ORGANIZATION) -> int:
    with writing(desk.engine) as connection:
        said = {**WHO, "reason": "久拖不办", "supervisor": "监察局", "at": now_us(), "log": desk.tell}
        if card is not None:
            return ordering.start_from_card(connection, card, **said)
        return ordering.start_by_hand(connection, ordering.Matter(organization, "某局"), **said)


def gathered(
    desk: Desk, system: str | None = None, deliver: tuple[str, ...] = ("cards", "orders", "letters")
) -> list[str]:
    """What is newly taken down for the department."""
    with writing(desk.engine) as connection:
        before = set(connection.scalars(select(handover.c.name)))
        outbox.gather(connection, system or desk.found.code, deliver, None, now_us(), (ORGANIZATION,))
        return sorted(set(connection.scalars(select(handover.c.name))) - before)


def delivered(desk: Desk) -> dict[str, etree._Element]:
    """The documents that the department is handed, by name; each of them as the schema has it."""
    source = MemorySource()
    hand_over(desk.engine, desk.raw, MemoryConnector(desk.found.code, source=source), desk.found.code)
    found = {
        name.decode().removesuffix(".xml"): etree.fromstring(data)
        for name, data in source.receipts.items()
        if name.endswith(b".xml")
    }
    for document in found.values():
        SCHEMA.assertValid(document)
    return found


def said(document: etree._Element, tag: str) -> str | None:
    return document.findtext(f".//{{{NAMESPACE}}}{tag}")


def put(engine: Engine, **columns: Any) -> int:
    with writing(engine) as connection:
        return put_card(connection, **columns)


@pytest.mark.parametrize(
    ("actions", "name", "state"),
    [
        (("approve", "recall"), "order-1-4", "已撤销"),
        (("approve", "sign", "feedback", "finish"), "order-1-6", "已办结"),
    ],
)
def test_a_department_is_told_that_its_order_is_over(
    desk: Desk, actions: tuple[str, ...], name: str, state: str
) -> None:
    order = begun(desk, put(desk.engine, state="已反馈"))
    passed(desk, order, *actions[:-1])
    orders_only = ("orders",)
    gathered(desk, deliver=orders_only)
    passed(desk, order, actions[-1])
    assert gathered(desk, deliver=orders_only) == [name]
    assert gathered(desk, deliver=orders_only) == []
    document = delivered(desk)[name]
    assert (said(document, "State"), said(document, "Hand"), said(document, "Opinion")) == (
        state,
        None,
        "整改到位",
    )


def test_a_withdrawn_card_ends_its_order_at_the_department_too(desk: Desk) -> None:
    card = put(desk.engine, state="已反馈")
    passed(desk, begun(desk, card), "approve")
    gathered(desk)
    with writing(desk.engine) as connection:
        handling.withdraw(connection, card, reason="申诉成立", at=now_us(), log=desk.tell, **WHO)
    assert [name for name in gathered(desk) if name.startswith("order")] == ["order-1-4"]
    assert said(delivered(desk)["order-1-4"], "State") == "已撤销"


def test_of_an_order_that_never_came_to_it_a_department_hears_nothing(desk: Desk) -> None:
    order = begun(desk, put(desk.engine, state="已反馈"))
    passed(desk, order, "recall")
    assert [name for name in gathered(desk) if name.startswith("order")] == []


def test_what_has_no_system_goes_by_those_of_its_organisation_and_is_answered_there(desk: Desk) -> None:
    passed(desk, begun(desk), "approve")
    passed(desk, begun(desk, organization=STRANGER), "approve")
    about = cards_by_hand.About(organization=ORGANIZATION, organization_name="某局")
    with writing(desk.engine) as connection:
        reason: dict[str, Any] = {
            "reason": "暗访发现",
            "basis": "行政监察法",
            "by": "王五",
            "at": now_us(),
            "log": None,
        }
        card = cards_by_hand.issue(connection, about, level=2, **reason)
    names = [f"card-{card}-1", "order-1-3"]
    assert gathered(desk) == names
    assert sorted(delivered(desk)) == names
    with writing(desk.engine) as connection:  # another system of the same organisation has it as well
        assert outbox.gather(connection, "other", ("cards", "orders"), None, now_us(), (ORGANIZATION,)) == 2
        assert outbox.gather(connection, "third", ("cards", "orders"), None, now_us(), (STRANGER,)) == 1
    row = {**ROW, "order_id": 1}
    assert judge(desk, "x", "b" * 64, lambda: from_row(row, desk.found.code)).error is None
    stranger = replace(desk, found=replace(desk.found, organizations=(STRANGER,)))
    for changes in ({}, {"org_code": STRANGER}):
        answer = {**ROW, "id": f"a{len(changes)}2", "kind": "answer", "card_id": card, **changes}
        error = judge(
            stranger, "y", f"{len(changes)}c" * 32, lambda answer=answer: from_row(answer, desk.found.code)
        ).error
        assert error is not None
        assert error.code == "ANSWER_NOT_YOURS"


def test_a_letter_by_hand_goes_by_the_systems_of_its_addressee_but_never_one_that_names_who_complained(
    desk: Desk, tmp_path: Path
) -> None:
    press = Press(tmp_path / "letters", desk.raw, desk.tell)
    fields = {
        "organization": "某局",
        "matter": "提速",
        "facts": "多次超期",
        "basis": "行政监察法",
        "requirement": "整改",
    }
    form = {"complaint": "2026000001", "complainant": "王某某", "content": "久拖不办"}
    made: list[Wanted] = [
        by_hand(kind_of("suggestion"), "1", fields, "王五", {"org_uscc": ORGANIZATION}),
        by_hand(kind_of("complaint"), "2", form, "王五", {"org_uscc": ORGANIZATION}),
        by_hand(kind_of("suggestion"), "3", fields, "王五", {"org_uscc": STRANGER}),
    ]
    with writing(desk.engine) as connection:
        for wanted in made:
            issue(connection, press, wanted, date(2026, 11, 20), now_us())
    assert gathered(desk) == ["letter-1"]
    with reading(desk.engine) as connection:
        assert connection.scalar(select(handover.c.system)) == desk.found.code
