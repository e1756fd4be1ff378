"""What a department is to have is found alike on every database: events, hands, ends of orders, letters; each once."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from hub.central.engine import writing
from hub.central.tables.letters import handover
from hub.clock import now_us
from hub.letters.issue import Press, by_hand, for_card, issue
from hub.letters.kinds import kind_of
from hub.rawstore import RawStore
from hub.returning import outbox
from hub.supervision import ordering
from hub.supervision.seed import ensure_seeded
from tests.support.carded import ORGANIZATION, put_card

WHO: dict[str, Any] = {"by": "王五", "role": "supervisor", "log": None}


def test_everything_is_gathered_once(every_engine: Engine, tmp_path: Path) -> None:
    press = Press(tmp_path, RawStore(tmp_path / "raw"), lambda *_: None)
    fields = {
        "organization": "某局",
        "matter": "提速",
        "facts": "多次超期",
        "basis": "行政监察法",
        "requirement": "整改",
    }
    with writing(every_engine) as connection:
        ensure_seeded(connection)
        number = put_card(connection)
        issue(
            connection, press, for_card(connection, kind_of("inquiry"), number), date(2026, 11, 20), now_us()
        )
        asked = by_hand(kind_of("suggestion"), "1", fields, "王五", {"org_uscc": ORGANIZATION})
        issue(connection, press, asked, date(2026, 11, 20), now_us())
    begun = {"reason": "久拖不办", "supervisor": "监察局", **WHO}
    with writing(every_engine) as connection:
        ordering.start_by_hand(connection, ordering.Matter(ORGANIZATION, "某局"), at=now_us(), **begun)
    for action in ("approve", "recall"):
        with writing(every_engine) as connection:
            ordering.act(connection, 1, action, opinion="同意", at=now_us(), **WHO)

    def gathered() -> list[str]:
        with writing(every_engine) as connection:
            before = set(connection.scalars(select(handover.c.name)))
            deliver = ("cards", "orders", "letters")
            outbox.gather(connection, "land-bureau", deliver, None, now_us(), (ORGANIZATION,))
            return sorted(set(connection.scalars(select(handover.c.name))) - before)

    assert gathered() == ["card-1-1", "letter-1", "letter-2", "order-1-3", "order-1-4"]
    assert gathered() == []
