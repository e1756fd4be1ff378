"""What the pages on packages, cases, cards, orders and complaints show: one function per page, lists a page at a time.

`seen` is what the reader may see, None everything: what is somebody else's is not listed, and as unknown as what there is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import ColumnElement, func, select

from hub import wiring
from hub.catalogue.lookup import lookup
from hub.central.engine import reading
from hub.central.seen import Seen, by_owner, seen_of, systems_of
from hub.central.tables.business import card as card_table
from hub.central.tables.business import supervision_order
from hub.central.tables.complaints import complaint as complaint_table
from hub.central.tables.letters import letter
from hub.clock import local_day, now_us
from hub.complaints.handling import unknown as unknown_complaint
from hub.complaints.listing import Wanted as WantedComplaints
from hub.complaints.listing import list_complaints
from hub.complaints.states import ENDED as ENDED_COMPLAINTS
from hub.errors import HubError
from hub.letters.kinds import KINDS
from hub.letters.listing import list_letters
from hub.supervision.behind import item_of_case
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
from hub.views.behind import package_of
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


def seen_by(may: Callable[[str], bool]) -> Seen:
    """What somebody sees who may see the systems that `may` says yes to."""
    with reading(wiring.engine()) as connection:
        return seen_of(connection, [code for code in systems_of(connection) if may(code)])


def front(seen: Seen | None = None) -> Values:
    """What stands now: packages and cases that came, why some were refused, open cards, orders, complaints, letters."""
    card, order, paper, complained_of = card_table.c, supervision_order.c, letter.c, complaint_table.c
    handled: list[ColumnElement[bool]] = []
    if seen is not None:
        handled = [complained_of.handling_uscc.in_(sorted(seen.organizations))]
    with reading(wiring.engine()) as connection:

        def groups(*columns: Any, where: list[ColumnElement[bool]]) -> list[Any]:
            return list(connection.execute(select(*columns, func.count()).where(*where).group_by(*columns)))

        counted = groups(card.level, card.state, where=by_owner(card_table, seen))
        states = groups(order.state, where=by_owner(supervision_order, seen))
        kinds = groups(paper.kind, where=by_owner(letter, seen))
        complained = groups(complained_of.state, where=handled)
        overdue = list_complaints(connection, local_day(now_us()), WantedComplaints(overdue=True, seen=seen))
        return {
            "totals": package_views.totals(connection, seen),
            "reasons": package_views.top_reasons(connection, seen=seen),
            "waiting": waiting(connection, seen),
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
    system: str | None,
    state: str | None,
    outcome: str | None,
    code: str | None,
    serial: int | None,
    number: int,
    seen: Seen | None = None,
) -> Values:
    """Packages, newest first, with what became of their cases."""
    asked: Values = {
        "system": system, "state": state, "outcome": outcome, "code": code, "serial": serial,
    }  # fmt: skip
    with reading(wiring.engine()) as connection:
        window = turned(number)
        rows = package_views.packages(
            connection, **asked, seen=seen, newest=True, limit=window["limit"], offset=window["offset"]
        )
        return {**part(rows, number), "asked": asked}


def package(name: str, outcome: str | None, number: int) -> Values:
    """One package: counts, receipt, arrivals, why what was refused, and a page of its cases. Raises StopError PACKAGE_…"""
    with reading(wiring.engine()) as connection:
        row = package_views.find_package(connection, name)
        found = package_views.detail(connection, name, rejected=(SHOWN + 1, 0))
        cases = part(package_views.outcomes(connection, row.id, outcome=outcome, **turned(number)), number)
    return {"package": found, "outcome": outcome, **cases}


def outcomes(outcome: str, number: int, seen: Seen | None = None) -> Values:
    """What became of cases over all packages, of one outcome, newest first. Nothing of an unknown outcome."""
    if outcome not in package_views.COUNTS:
        return {**part((), number), "outcome": outcome}
    with reading(wiring.engine()) as connection:
        rows = package_views.all_outcomes(connection, outcome, seen=seen, **turned(number))
        return {**part(rows, number), "outcome": outcome}


def refusals(code: str | None, number: int, seen: Seen | None = None) -> Values:
    """Why cases were refused, over all packages, newest first."""
    with reading(wiring.engine()) as connection:
        rows = package_views.refusals(connection, code=code, seen=seen, **turned(number))
        return {**part(rows, number), "code": code}


def cases(system: str | None, state: str | None, number: int, seen: Seen | None = None) -> Values:
    """Cases, those that changed last first. Raises nothing for an unknown state: there are none in it."""
    if state is not None and state not in case_views.STATES:
        return {**part((), number), "system": system, "state": state}
    with reading(wiring.engine()) as connection:
        rows = case_views.cases(connection, system=system, state=state, seen=seen, **turned(number))
    return {**part(rows, number), "system": system, "state": state}


def case(name: str) -> Values:
    """One case: every value (personal ones masked) with its origin, what it waits for, versions, packages, cards, letters."""
    with reading(wiring.engine()) as connection:
        found = case_views.case(connection, name)
        known = origins.facts(connection, name)
        item = item_of_case(connection, case_views.head_of(connection, name).id)
        cards_of = [each["card_id"] for each in found["cards"][:SHOWN]]
        letters = [each for number in cards_of for each in list_letters(connection, card_id=number)]
    try:
        registration: Any = wiring.registration(known.system)
    except HubError as error:
        registration = error
    found |= origins.trace(known, registration, wiring.archive(), lookup(wiring.engine()))
    return {"case": found, "groups": list(by_element(found["origins"])), "letters": letters, "item": item}


def cards(wanted: Wanted, number: int) -> Values:
    """Cards, newest first."""
    with reading(wiring.engine()) as connection:
        rows = list_cards(connection, wanted, newest=True, **turned(number))
        return {**part(rows, number), "wanted": wanted}


def card(card_id: int, seen: Seen | None = None) -> Values:
    """One card with its orders, letters and, where it is about one, its package. Raises StopError CARD_UNKNOWN."""
    with reading(wiring.engine()) as connection:
        found = show_card(connection, card_id)
        orders = list(list_orders(connection, WantedOrders(card_id=card_id)))
        letters = list_letters(connection, card_id=card_id)
        package = None if found is None else package_of(connection, found)
    if found is None or not theirs(found, seen):
        raise unknown_card(card_id)
    return {"card": found, "orders": orders, "letters": letters, "package": package}


def theirs(found: Values, seen: Seen | None) -> bool:
    """Whether a card, an order or a letter may be seen."""
    return seen is None or seen.allows(found["system"], found["org_uscc"])


def orders(only_open: bool, number: int, seen: Seen | None = None) -> Values:
    """Supervision orders, newest first."""
    wanted = WantedOrders(open_only=only_open, seen=seen)
    with reading(wiring.engine()) as connection:
        rows = list_orders(connection, wanted, newest=True, **turned(number))
        return {**part(rows, number), "only_open": only_open}


def order(order_id: int, seen: Seen | None = None) -> Values:
    """One order with its hands and letters. Raises StopError ORDER_UNKNOWN."""
    with reading(wiring.engine()) as connection:
        found = show_order(connection, order_id)
        letters = list_letters(connection, order_id=order_id)
    if found is None or not theirs(found, seen):
        raise unknown_order(order_id)
    return {"order": found, "letters": letters}


def complaints(only_open: bool, overdue: bool, number: int, seen: Seen | None = None) -> Values:
    """Complaints, newest first; the complainants are masked."""
    wanted = WantedComplaints(open=only_open, overdue=overdue, seen=seen)
    with reading(wiring.engine()) as connection:
        rows = list_complaints(connection, local_day(now_us()), wanted, newest=True, **turned(number))
    return {**part(rows, number), "wanted": wanted}


def complaint(number: int, seen: Seen | None = None) -> Values:
    """One complaint with its letters; the complainant is masked. Raises StopError COMPLAINT_UNKNOWN."""
    found = wired_complaints.show(number)
    if seen is not None and found["handling"]["uscc"] not in seen.organizations:
        raise unknown_complaint(number)
    with reading(wiring.engine()) as connection:
        letters = list_letters(connection, complaint=number, seen=seen)
    return {"complaint": found, "letters": letters}
