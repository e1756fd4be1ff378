"""What the pages ask for a reader who does not see everything, on every server: theirs is there, somebody else's is not."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine, select, update

from hub.central.engine import reading, writing
from hub.central.seen import Seen, seen_of, systems_of
from hub.central.tables.process import approval_case
from hub.complaints.listing import Wanted as Complaints
from hub.complaints.listing import list_complaints
from hub.letters.listing import list_letters
from hub.supervision.behind import cases_of_item, item_of_case
from hub.supervision.listing import Wanted, list_cards
from hub.supervision.order_listing import Wanted as Orders
from hub.supervision.order_listing import list_orders
from hub.views import items
from hub.views.cases import cases
from hub.views.packages import COUNTS, all_outcomes, packages, refusals, top_reasons, totals
from hub.views.waiting import waiting
from tests.oracle.judging import supervise
from tests.oracle.lives import Life, on
from tests.oracle.loading import put

pytestmark = pytest.mark.postgres
LIVES = [Life(on(f"2025-03-0{day} 09:00"), promised=10, statutory=20) for day in (3, 4, 5)]
TODAY = date(2025, 4, 1)


def test_theirs_is_there_and_somebody_elses_is_not(supervised_server: Engine) -> None:
    with writing(supervised_server) as connection:
        put(connection, LIVES)
    supervise(supervised_server, today=TODAY)
    with reading(supervised_server) as connection:
        assert systems_of(connection) == ["land-bureau"]
        theirs, nobody = seen_of(connection, ["land-bureau"]), Seen(frozenset(), frozenset())
        counts = [
            (len(list(list_cards(connection, Wanted(seen=seen)))), len(cases(connection, seen=seen)))
            for seen in (None, theirs, nobody)
        ]
        assert counts[0] == counts[1] != (0, 0) == counts[2]
        for seen in (None, theirs, nobody):
            assert list(list_orders(connection, Orders(seen=seen))) == []
            assert list_complaints(connection, TODAY, Complaints(seen=seen)) == []
            assert list_letters(connection, seen=seen) == []
            assert [list(all_outcomes(connection, each, seen=seen, limit=5)) for each in COUNTS] == [[]] * 6
            assert (
                list(packages(connection, seen=seen, serial=1)) == list(refusals(connection, seen=seen)) == []
            )
            assert top_reasons(connection, seen=seen) == waiting(connection, seen) == []
            assert set(totals(connection, seen)["cases"].values()) == {0}


def test_the_cases_of_an_item_come_in_pages_and_each_names_it(supervised_server: Engine) -> None:
    with writing(supervised_server) as connection:
        put(connection, LIVES)
        connection.execute(
            update(approval_case).values(item_code="one", handle_item_code=None, item_version=1)
        )
    with reading(supervised_server) as connection:
        first = (
            connection.execute(select(approval_case.c.case_id).order_by(approval_case.c.case_id))
            .scalars()
            .first()
        )
        assert first is not None
        named = item_of_case(connection, first)
        assert named is not None
        code, version = named[0], named[1] or 0
        whole = cases_of_item(connection, code, version)
        assert len(whole) == len(LIVES)
        pages = [cases_of_item(connection, code, version, limit=2, offset=place) for place in (0, 2)]
        assert [*pages[0], *pages[1]] == whole
        seen = Seen(frozenset(["land-bureau", "other"]), frozenset())
        assert cases_of_item(connection, code, version, seen=seen) == whole
        assert cases_of_item(connection, code, version, seen=Seen(frozenset(), frozenset())) == []
        assert items.known(connection, code, None) is None
