"""Cases that wait for other pieces are counted with every judging, those for longer than a week apart."""

from __future__ import annotations

from sqlalchemy import update

from hub import wiring
from hub.central.engine import writing
from hub.central.tables import exchange
from hub.clock import now_us
from tests.integration.pipeline.conftest import Hub
from tests.support.message import SYSTEM
from tests.support.pieces import APPLY, CLOSED, PINYIN, document, message

DAY = 86_400_000_000


def test_judging_tells_who_waits_and_who_has_waited_too_long(hub: Hub) -> None:
    wiring.upgrade()  # seeds the calendar
    hub.register(**PINYIN)
    hub.exchange(
        "1.xml", document(*(message(4, CLOSED, f"4301{n:025d}") for n in range(3)), message(0, APPLY))
    )
    with writing(hub.engine) as connection:
        table = exchange.waiting_case
        oldest = now_us() - 8 * DAY
        first = connection.execute(table.select()).first()
        assert first is not None
        connection.execute(update(table).where(table.c.case_id == first.case_id).values(since_at=oldest))
    [found] = wiring.supervise()["waiting"]
    # The application alone does not name its organisation: its case waits as well.
    assert (found["system"], found["pending"], found["incomplete"]) == (SYSTEM, 4, 1)


def test_nobody_waits_where_everything_is_there(hub: Hub) -> None:
    wiring.upgrade()
    assert wiring.supervise()["waiting"] == []
