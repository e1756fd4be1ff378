"""Plays the simulator's quarter with the hub's clock set to each of its scenes, and holds the cards to its diaries.

`python -m hub.demo.quarter FOLDER [TODAY]` simulates three departments into FOLDER (empty), one of each dialect, plays
their quarter in a hub of its own, FOLDER/hub, and prints precision and recall of each rule; 0 when all are 1.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from sqlalchemy import Connection, select

from hub.catalogue.importing import import_files
from hub.central.tables.business import card, supervision_order
from hub.central.tables.exchange import package
from hub.clock import local_day, now_us, to_us
from hub.demo.departments import connection_variable
from hub.demo.measure import Key, Measured, compared, print_measured
from hub.demo.truth import WITHDRAWN
from hub.simulate import Options
from hub.simulate.catalogue import FILE as CATALOGUE
from hub.simulate.exchange_db import FILE as EXCHANGE_DATABASE
from hub.simulate.exchange_db import LATER, write_later
from hub.simulate.quarter import DIARY, write_quarter
from hub.simulate.quarter_ways import FOLDER
from hub.simulate.run import MARKER
from hub.simulate.world import DIALECTS

BY = "演示"
ROWS = ".jsonl"
SUPERVISE = "supervise"
DEPARTMENTS = {f"quarter-{dialect}": dialect for dialect in DIALECTS}
"""System code → dialect."""


def play(*folders: Path) -> None:
    """Do what the diaries of departments tell, together, in the hub of the settings, to which they are known."""
    from hub import wiring

    told = [
        (scene["at"], folder, diary["system"], scene)
        for folder, diary in _diaries(folders)
        for scene in diary["scenes"]
    ]
    for when, scenes in groupby(sorted(told, key=lambda each: each[0]), key=lambda each: each[0]):
        with _clock_at(to_us(datetime.fromisoformat(when))):
            found = [(folder, system, scene) for _, folder, system, scene in scenes]
            for folder, system, scene in found:
                if scene["do"] != SUPERVISE:
                    _do(folder, system, scene)
            if any(scene["do"] == SUPERVISE for _, _, scene in found):
                wiring.supervise(everything=True)


def measure(connection: Connection, *folders: Path) -> list[Measured]:
    """Each rule of the diaries: the cards that must stand against those that do."""
    wanted: Counter[Key] = Counter()
    seen: Counter[Key] = Counter()
    for _, diary in _diaries(folders):
        must, do = _cards(connection, diary)
        wanted, seen = wanted + must, seen + do
    return compared(wanted, seen)


def _cards(connection: Connection, diary: Mapping[str, Any]) -> tuple[Counter[Key], Counter[Key]]:
    """The cards of one department: those that must stand and those that do."""
    rows = connection.execute(
        select(package.c.received_at, package.c.id).where(package.c.system == diary["system"])
    )
    numbers = {row.received_at: row.id for row in rows}
    system = diary["system"]
    wanted = Counter(_key(system, each, numbers) for each in diary["cards"])
    cards = connection.execute(
        select(card.c.case_no, card.c.subject, card.c.rule, card.c.level).where(
            card.c.system == diary["system"], card.c.rule.in_(diary["rules"]), card.c.state != WITHDRAWN
        )
    ).mappings()
    return wanted, Counter(_key(system, dict(row), numbers) for row in cards)


def _key(system: str, told: Mapping[str, Any], numbers: Mapping[int, int]) -> Key:
    subject = told["subject"] or ""
    if told.get("came") is not None:
        subject = subject.format(package=numbers.get(to_us(datetime.fromisoformat(told["came"])), "-"))
    return system, told["case_no"] or subject, told["rule"], told["level"]


def _do(folder: Path, system: str, scene: Mapping[str, Any]) -> None:
    from hub import wiring

    if scene["do"] == "deliver":
        _deliver(folder, folder / FOLDER / scene["file"])
        wiring.exchange(system)
    else:
        _by_people(system, scene)


def _deliver(folder: Path, source: Path) -> None:
    """Rows go into the department's exchange database, other files into the folder that the hub reads."""
    if source.suffix == ROWS:
        source.rename(folder / LATER)
        write_later(folder)
        return
    inbox = folder / "out"
    source.rename(inbox / source.name)
    (inbox / f"{source.name}{MARKER}").touch()


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


def _diaries(folders: Iterable[Path]) -> Iterator[tuple[Path, dict[str, Any]]]:
    for folder in folders:
        yield folder, json.loads((folder / DIARY).read_text(encoding="utf-8"))


def make_known(folder: Path, systems: Path) -> None:
    """Make the department of `folder` known to the hub of the settings: its registration, its connection, its catalogue."""
    from hub import wiring

    [(_, diary)] = _diaries([folder])
    code = diary["system"]
    (systems / f"{code}.yaml").write_bytes((folder / f"{code}.yaml").read_bytes())
    if (folder / EXCHANGE_DATABASE).is_file():
        source = {"conn_type": "sqlite", "host": str((folder / EXCHANGE_DATABASE).absolute())}
        os.environ[connection_variable(code)] = json.dumps(source)
    with _clock_at(to_us(datetime.fromisoformat(diary["scenes"][0]["at"]))):
        import_files(wiring.engine(), [folder / CATALOGUE], wiring.settings().work, by=BY)


def write_departments(folder: Path, today: date) -> list[Path]:
    """Simulate a quarter of a department of each dialect; their folders."""
    for code, dialect in DEPARTMENTS.items():
        write_quarter(Options(1, folder / code, today, code=code, dialect=dialect))
    return [folder / code for code in DEPARTMENTS]


def perform(folder: Path, today: date) -> list[Measured]:
    """Simulate a quarter of three departments into a folder, play it in a hub of its own, FOLDER/hub, and measure."""
    from hub import wiring
    from hub.central.engine import reading

    folders = write_departments(folder, today)
    home = folder / "hub"
    (home / "systems").mkdir(parents=True)
    os.environ |= {
        "SUPHUB_HOME": str(home), "SUPHUB_SYSTEMS": str(home / "systems"),
        "SUPHUB_DATABASE_URL": f"sqlite:///{home / 'suphub.db'}",
    }  # fmt: skip
    wiring.upgrade()
    for each in folders:
        make_known(each, home / "systems")
    play(*folders)
    with reading(wiring.engine()) as connection:
        return measure(connection, *folders)


def main(arguments: Sequence[str]) -> int:
    """Simulate, play and measure; 0 when every rule has precision and recall 1, else 1."""
    words = dict(enumerate(arguments))
    today = date.fromisoformat(words[1]) if 1 in words else local_day(now_us())
    return print_measured(perform(Path(words[0]), today))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
