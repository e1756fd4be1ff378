"""An office for complaints in tests: a clock that is set by hand, what it logged and told, and steps in short words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine, select

from hub.central.engine import reading, writing
from hub.central.tables.business import card
from hub.complaints import handling, registering
from hub.complaints.hotline import instant
from hub.complaints.listing import show_complaint
from hub.complaints.shapes import Desk, Given, New, Notice, Organisation, Person
from hub.complaints.terms import Standing, standings
from hub.supervision.rules import current_rules
from hub.supervision.run import supervise

K = ("K1", "K2", "K3", "K4")
ZHANG = Person("张三丰", "430102198001011234", "13800138000", "zhang@example.cn", "某市某路 18 号")
ABOUT = Organisation("114301000000000001", "市国土局")
HOST = Organisation("114301000000000002", "市监察局")
PLAIN = New("来电", "服务态度", "窗口不理人", "十点到十一点无人", ABOUT, ZHANG, HOST)
WORDS = {"words": "如实", "days": 15, "approver": "周局长", "organization": Organisation(None, "市城管局")}


@dataclass
class Office:
    """Complaints in one database. Times are texts of UTC+8; `now` moves on to the latest that was named."""

    engine: Engine
    now: str = "2026-12-31T12:00"
    logged: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    told: list[Notice] = field(default_factory=list)

    def desk(self) -> Desk:
        def log(connection: Connection, event: str, body: Mapping[str, Any], /) -> None:
            self.logged.append((event, dict(body)))

        def tell(connection: Connection, notice: Notice) -> None:
            self.told.append(notice)

        return Desk(instant(self.now), log, tell)

    def register(self, at: str | None = None, by: str = "李明", role: str = "supervisor", **more: Any) -> int:
        new = replace(PLAIN, at=None if at is None else instant(at), **more)
        with writing(self.engine) as connection:
            return registering.register(self.desk(), connection, new, by=by, role=role)

    def act(self, number: int, action: str, at: str | None = None, **more: Any) -> dict[str, Any]:
        """A step with whatever it needs."""
        given = Given(**{"by": "李明", **WORDS, "at": None if at is None else instant(at), **more})
        with writing(self.engine) as connection:
            return handling.act(self.desk(), connection, number, action, given)

    def accepted(self, at: str, **more: Any) -> int:
        """A complaint that was registered and accepted at once."""
        number = self.register(at, **more)
        self.act(number, "accept", at)
        return number

    def show(self, number: int, today: str = "2026-12-31") -> dict[str, Any]:
        with reading(self.engine) as connection:
            return show_complaint(connection, number, date.fromisoformat(today))

    def standing(self, number: int, kind: str, today: str) -> Standing:
        """The newest term of a kind at the end of a day."""
        with reading(self.engine) as connection:
            found = standings(connection, current_rules(connection), date.fromisoformat(today), number)
        return [each for each in found if each.kind == kind][-1]

    def supervise(self, today: str) -> None:
        """Judge by the rules of complaints at the end of a day."""
        supervise(self.engine, today=date.fromisoformat(today), now=instant(f"{today}T23:59:59"), only=K)

    def cards(self, *columns: str) -> list[tuple[Any, ...]]:
        """The cards there are: rule, subject, state, or the columns named."""
        names = columns or ("rule", "subject", "state")
        with reading(self.engine) as connection:
            return [
                tuple(row)
                for row in connection.execute(
                    select(*(card.c[name] for name in names)).order_by(card.c.card_id)
                )
            ]


def personal(text: str) -> list[str]:
    """What of the complainant ZHANG stands in a text."""
    return [value for value in ZHANG.known.values() if value in text] + re.findall(r"1380013\d{4}", text)
