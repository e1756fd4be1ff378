"""The demonstration's complaints: taken from the hotline's file, handled as the simulator tells, held to its truth, summed up."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, Engine, func, select

from hub.central.engine import writing
from hub.central.tables.business import card
from hub.central.tables.complaints import complaint
from hub.complaints import handling, hotline
from hub.complaints.hotline import instant
from hub.complaints.shapes import Desk, Given, Organisation
from hub.complaints.states import STATES
from hub.complaints.terms import RULES
from hub.demo.truth import WITHDRAWN, Difference
from hub.simulate.complaints import FILE, TRUTH


def truth(folder: Path) -> dict[str, Any]:
    """What the simulator says of the complaints about a department."""
    found: dict[str, Any] = json.loads((folder / TRUTH).read_text(encoding="utf-8"))
    return found


def bring(engine: Engine, desk: Desk, folder: Path) -> int:
    """Import the hotline's file and take the steps with each complaint that is new; one transaction each; how many are new."""
    told = {each["hotline_no"]: each for each in truth(folder)["complaints"]}
    done = hotline.Imported()
    for row in hotline.read((folder / FILE).read_bytes(), "csv"):
        before = len(done.registered)
        with writing(engine) as connection:
            hotline.take(desk, connection, row, done, by="12345")
            for number in done.registered[before:]:
                for step in told[row.cells["hotline_no"]]["steps"]:
                    handling.act(desk, connection, number, step["action"], _given(step))
    return len(done.registered)


def differences(connection: Connection, told: Mapping[str, Any]) -> list[Difference]:
    """Where states or cards of the complaints are not what the simulator says."""
    rows = connection.execute(select(complaint.c.hotline_no, complaint.c.complaint_id, complaint.c.state))
    held = {row.hotline_no: row for row in rows}
    cards: dict[str, list[str]] = defaultdict(list)
    raised = select(card.c.unit_key, card.c.rule).where(
        card.c.rule.in_(tuple(RULES.values())), card.c.state != WITHDRAWN
    )
    for key, rule in connection.execute(raised.order_by(card.c.rule)):
        cards[key].append(rule)
    found = []
    for each in told["complaints"]:
        row = held.get(each["hotline_no"])
        wanted = f"{each['state']} {each['cards']}"
        seen = "-" if row is None else f"{row.state} {cards[f'complaint {row.complaint_id}']}"
        if seen != wanted:
            found.append(Difference(f"complaint {each['hotline_no']}", wanted, seen))
    return found


def print_complaints(console: Console, connection: Connection) -> None:
    """How many complaints there are in each state, and how many cards for missed terms."""
    counted = select(complaint.c.state, func.count().label("number")).group_by(complaint.c.state)
    numbers = {row.state: row.number for row in connection.execute(counted)}
    late = connection.scalar(
        select(func.count())
        .select_from(card)
        .where(card.c.rule.in_(tuple(RULES.values())), card.c.state != WITHDRAWN)
    )
    table = Table(title="投诉 Complaints", title_justify="left", box=None, show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for state, meaning in STATES.items():
        if state in numbers:
            table.add_row(f"{state} {meaning}", str(numbers[state]))
    table.add_row("逾期发牌 cards for missed terms", str(late or 0))
    console.print(table)


def _given(step: Mapping[str, Any]) -> Given:
    return Given(
        by="投诉中心",
        words=step["words"],
        at=instant(step["at"]),
        days=step.get("days"),
        approver=step.get("approver"),
        organization=Organisation(None, step.get("organization")),
    )
