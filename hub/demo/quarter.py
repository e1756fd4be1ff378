"""Plays the simulator's quarter with the hub's clock set to each of its scenes, and holds the cards to its diary.

`python -m hub.demo.quarter FOLDER [TODAY]` simulates into FOLDER (empty), plays it in a hub of its own, FOLDER/hub, and
prints precision and recall of each rule; 0 when all are 1.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from sqlalchemy import Connection, select

from hub.central.tables.business import card, supervision_order
from hub.central.tables.exchange import package
from hub.clock import local_day, now_us, to_us
from hub.demo.measure import Measured, compared, print_measured
from hub.demo.truth import WITHDRAWN
from hub.simulate import Options
from hub.simulate.quarter import DIARY, FOLDER, write_quarter
from hub.simulate.run import MARKER

BY = "演示"


def play(folder: Path) -> None:
    """Do what the diary of `folder` tells, in the hub of the settings, whose systems know the department."""
    diary = _diary(folder)
    for scene in diary["scenes"]:
        with _clock_at(to_us(datetime.fromisoformat(scene["at"]))):
            _do(folder, diary["system"], scene)


def measure(connection: Connection, folder: Path) -> list[Measured]:
    """Each rule of the diary: the cards that must stand against those that do."""
    diary = _diary(folder)
    rows = connection.execute(
        select(package.c.digest, package.c.id).where(package.c.system == diary["system"])
    )
    numbers = {row.digest: row.id for row in rows}
    wanted = Counter(_key(each, numbers) for each in diary["cards"])
    cards = connection.execute(
        select(card.c.case_no, card.c.subject, card.c.rule, card.c.level).where(
            card.c.system == diary["system"], card.c.rule.in_(diary["rules"]), card.c.state != WITHDRAWN
        )
    ).mappings()
    seen = Counter(_key(dict(row), numbers) for row in cards)
    return compared(wanted, seen)


def _key(told: Mapping[str, Any], numbers: Mapping[str, int]) -> tuple[str, str, str, int]:
    subject = told["subject"] or ""
    if told.get("digest") is not None:
        subject = subject.format(package=numbers.get(told["digest"], "-"))
    return "", told["case_no"] or subject, told["rule"], told["level"]


def _do(folder: Path, system: str, scene: Mapping[str, Any]) -> None:
    from hub import wiring

    if scene["do"] == "deliver":
        source, inbox = folder / FOLDER / scene["file"], folder / "out"
        source.rename(inbox / source.name)
        (inbox / f"{source.name}{MARKER}").touch()
        wiring.exchange(system)
    elif scene["do"] == "supervise":
        wiring.supervise(everything=True)
    else:
        _by_people(system, scene)


def _by_people(system: str, scene: Mapping[str, Any]) -> None:
    from hub import wiring
    from hub.central.engine import writing
    from hub.supervision import handling, ordering
    from hub.wiring.cards import teller

    told: dict[str, Any] = {"by": BY, "at": now_us(), "log": teller()}
    with writing(wiring.engine()) as connection:
        if scene["do"] == "answer others":
            for number in _issued(connection, system, scene["keep"]):
                handling.answer(connection, number, text="已说明", **told)
            return
        number = _plotted(connection, system, scene["case_no"])
        if scene["do"] == "answer":
            handling.answer(connection, number, text="已说明", **told)
        elif scene["do"] == "order":
            ordering.start_from_card(connection, number, supervisor="监察局", reason="督办", **told)
        else:
            order = connection.execute(
                select(supervision_order.c.order_id).where(supervision_order.c.card_id == number)
            ).scalar_one()
            role = "department" if scene["do"] in ("sign", "feedback") else "supervisor"
            ordering.act(connection, order, scene["do"], role=role, opinion="已办", **told)


def _plotted(connection: Connection, system: str, case_no: str) -> int:
    """The card for the limit that a case of the diary has missed."""
    mine = (card.c.system == system, card.c.case_no == case_no, card.c.rule.in_(("T2", "T3")))
    return int(connection.execute(select(card.c.card_id).where(*mine)).scalar_one())


def _issued(connection: Connection, system: str, keep: Sequence[str]) -> list[int]:
    kept = card.c.case_no.in_(keep) & card.c.rule.in_(("T2", "T3"))
    mine = (card.c.system == system, card.c.state == "已发", ~kept | card.c.case_no.is_(None))
    return list(connection.execute(select(card.c.card_id).where(*mine)).scalars())


@contextmanager
def _clock_at(instant: int) -> Iterator[None]:
    """The hub's clock stands at an instant."""
    with patch("hub.clock.time", SimpleNamespace(time_ns=lambda: instant * 1000)):
        yield


def _diary(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / DIARY).read_text(encoding="utf-8"))
    return found


def main(arguments: Sequence[str]) -> int:
    """Simulate, play and measure; 0 when every rule has precision and recall 1, else 1."""
    from hub import wiring
    from hub.central.engine import reading

    folder = Path(arguments[0])
    today = date.fromisoformat(arguments[1]) if len(arguments) > 1 else local_day(now_us())
    options = Options(1, folder, today)
    write_quarter(options)
    home = folder / "hub"
    (home / "systems").mkdir(parents=True)
    (home / "systems" / f"{options.code}.yaml").write_bytes((folder / f"{options.code}.yaml").read_bytes())
    os.environ |= {
        "SUPHUB_HOME": str(home), "SUPHUB_SYSTEMS": str(home / "systems"),
        "SUPHUB_DATABASE_URL": f"sqlite:///{home / 'suphub.db'}",
    }  # fmt: skip
    wiring.upgrade()
    play(folder)
    with reading(wiring.engine()) as connection:
        return print_measured(measure(connection, folder))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
