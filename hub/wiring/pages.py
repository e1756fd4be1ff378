"""What the pages on packages, cases, cards, orders and complaints show: one function per page, lists a page at a time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, select

from hub import wiring
from hub.catalogue.lookup import lookup
from hub.central.engine import reading
from hub.central.tables.business import card as card_table
from hub.central.tables.business import supervision_order
from hub.central.tables.complaints import complaint as complaint_table
from hub.central.tables.letters import letter
from hub.clock import local_day, now_us
from hub.complaints.listing import Wanted as WantedComplaints
from hub.complaints.listing import list_complaints
from hub.complaints.states import ENDED as ENDED_COMPLAINTS
from hub.errors import HubError
from hub.letters.kinds import KINDS
from hub.letters.listing import list_letters
from hub.supervision.cards import unknown as unknown_card
from hub.supervision.hands import OPEN_STATES
from hub.supervision.listing import Wanted, list_cards, show_card
from hub.supervision.order_listing import Wanted as WantedOrders
from hub.supervision.order_listing import list_orders, show_order
from hub.supervision.orders import unknown as unknown_order
from hub.supervision.states import ENDED
from hub.views import cases as case_views
from hub.views import origins
from hub.views import packages as package_views
from hub.views.pages import SHOWN, turned
from hub.views.readable import by_element
from hub.views.waiting import waiting
from hub.wiring import complaints as wired_complaints

Values = dict[str, Any]
"""What a template is filled with."""


def part(rows: Iterable[Values], number: int) -> Values:
    """`rows` of page `number`, and whether there are `more`: asked for with one row over SHOWN."""
    found = list(rows)
    return {"rows": found[:SHOWN], "more": len(found) > SHOWN, "number": number}


def front() -> Values:
    """What stands now: packages and cases that came, why some were refused, open cards, orders, complaints, letters."""
    card, order, paper = card_table.c, supervision_order.c, letter.c
    with reading(wiring.engine()) as connection:
        counted = connection.execute(
            select(card.level, card.state, func.count()).group_by(card.level, card.state)
        ).all()
        states = connection.execute(select(order.state, func.count()).group_by(order.state)).all()
        kinds = connection.execute(select(paper.kind, func.count()).group_by(paper.kind)).all()
        complained = connection.execute(
            select(complaint_table.c.state, func.count()).group_by(complaint_table.c.state)
        ).all()
        overdue = list_complaints(connection, local_day(now_us()), WantedComplaints(overdue=True))
        return {
            "totals": package_views.totals(connection),
            "reasons": package_views.top_reasons(connection),
            "waiting": waiting(connection),
            "cards": {
                level: {
                    "open": sum(n for at, state, n in counted if at == level and state not in ENDED),
                    "all": sum(n for at, _, n in counted if at == level),
                }
                for level in (1, 2, 3)
            },
            "orders": {
                "open": sum(n for state, n in states if state in OPEN_STATES),
                "all": sum(n for _, n in states),
            },
            "complaints": {
                "open": sum(n for state, n in complained if state not in ENDED_COMPLAINTS),
                "overdue": len(overdue),
                "all": sum(n for _, n in complained),
            },
            "letters": dict(sorted((kind, n) for kind, n in kinds)),
            "kinds": KINDS,
        }


def packages(
    system: str | None, state: str | None, outcome: str | None, code: str | None, number: int
) -> Values:
    """Packages, newest first, with what became of their cases."""
    with reading(wiring.engine()) as connection:
        rows = package_views.packages(
            connection, system=system, state=state, outcome=outcome, code=code, newest=True, **turned(number)
        )
        asked = {"system": system, "state": state, "outcome": outcome, "code": code}
        return {**part(rows, number), "asked": asked}


def package(name: str, outcome: str | None, number: int) -> Values:
    """One package: counts, receipt, arrivals, why what was refused, and a page of its cases. Raises StopError PACKAGE_…"""
    with reading(wiring.engine()) as connection:
        row = package_views.find_package(connection, name)
        found = package_views.detail(connection, name, rejected=(SHOWN + 1, 0))
        cases = part(package_views.outcomes(connection, row.id, outcome=outcome, **turned(number)), number)
    return {"package": found, "outcome": outcome, **cases}


def refusals(code: str | None, number: int) -> Values:
    """Why cases were refused, over all packages, newest first."""
    with reading(wiring.engine()) as connection:
        return {**part(package_views.refusals(connection, code=code, **turned(number)), number), "code": code}


def cases(system: str | None, state: str | None, number: int) -> Values:
    """Cases, those that changed last first. Raises nothing for an unknown state: there are none in it."""
    if state is not None and state not in case_views.STATES:
        return {**part((), number), "system": system, "state": state}
    with reading(wiring.engine()) as connection:
        rows = case_views.cases(connection, system=system, state=state, **turned(number))
    return {**part(rows, number), "system": system, "state": state}


def case(name: str) -> Values:
    """One case: every value (personal ones masked) with its origin, what it waits for, versions, packages, cards, letters."""
    with reading(wiring.engine()) as connection:
        found = case_views.case(connection, name)
        known = origins.facts(connection, name)
        cards_of = [each["card_id"] for each in found["cards"][:SHOWN]]
        letters = [each for number in cards_of for each in list_letters(connection, card_id=number)]
    try:
        registration: Any = wiring.registration(known.system)
    except HubError as error:
        registration = error
    found |= origins.trace(known, registration, wiring.archive(), lookup(wiring.engine()))
    return {"case": found, "groups": list(by_element(found["origins"])), "letters": letters}


def cards(wanted: Wanted, number: int) -> Values:
    """Cards, newest first."""
    with reading(wiring.engine()) as connection:
        rows = list_cards(connection, wanted, newest=True, **turned(number))
        return {**part(rows, number), "wanted": wanted}


def card(card_id: int) -> Values:
    """One card with its orders and letters. Raises StopError CARD_UNKNOWN."""
    with reading(wiring.engine()) as connection:
        found = show_card(connection, card_id)
        orders = list(list_orders(connection, WantedOrders(card_id=card_id)))
        letters = list_letters(connection, card_id=card_id)
    if found is None:
        raise unknown_card(card_id)
    return {"card": found, "orders": orders, "letters": letters}


def orders(only_open: bool, number: int) -> Values:
    """Supervision orders, newest first."""
    with reading(wiring.engine()) as connection:
        rows = list_orders(connection, WantedOrders(open_only=only_open), newest=True, **turned(number))
        return {**part(rows, number), "only_open": only_open}


def order(order_id: int) -> Values:
    """One order with its hands and letters. Raises StopError ORDER_UNKNOWN."""
    with reading(wiring.engine()) as connection:
        found = show_order(connection, order_id)
        letters = list_letters(connection, order_id=order_id)
    if found is None:
        raise unknown_order(order_id)
    return {"order": found, "letters": letters}


def complaints(only_open: bool, overdue: bool, number: int) -> Values:
    """Complaints, newest first; the complainants are masked."""
    wanted = WantedComplaints(open=only_open, overdue=overdue)
    with reading(wiring.engine()) as connection:
        rows = list_complaints(connection, local_day(now_us()), wanted, newest=True, **turned(number))
    return {**part(rows, number), "wanted": wanted}


def complaint(number: int) -> Values:
    """One complaint with its letters; the complainant is masked. Raises StopError COMPLAINT_UNKNOWN."""
    found = wired_complaints.show(number)
    with reading(wiring.engine()) as connection:
        letters = list_letters(connection, complaint=number)
    return {"complaint": found, "letters": letters}
