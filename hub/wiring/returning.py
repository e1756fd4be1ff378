"""The way back fitted together: what waits for a system is handed over, and its answers are taken in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection

from connectors import Connector, Surroundings, open_connector
from connectors.returning import Returning, answers_options, no_way_back
from hub import wiring
from hub.central.engine import reading, writing
from hub.central.memory import Memory
from hub.clock import now_us
from hub.errors import HubError
from hub.register import Registration
from hub.returning import answers, outbox
from hub.returning.deliver import hand_over
from hub.returning.judging import Desk
from hub.returning.whose import TO_ORGANIZATIONS, is_theirs
from hub.wiring.cards import teller

MEMORY = "~"
"""Before a system's code: what its connector for answers remembers, apart from what that of packages does."""


CONDITION = "handover.failing"
"""What ops are told of (hub.watch.conditions)."""


def systems() -> list[str]:
    """Registered systems that are handed cards and are not paused."""
    found = wiring.registrations()[0].values()
    return sorted(each.code for each in found if each.cards and each.status != "paused")


def run(code: str) -> dict[str, Any]:
    """Hand over what waits for a system and take its answers; {gathered, delivered, failed, accepted, refused}.

    Raises RetryError where the endpoint fails: nothing is lost, the next run goes on. Raises StopError for a wrong registration.
    Ops are told once that it fails, and once that nothing waits in vain any more.
    """
    with wiring.told(code, CONDITION):
        done = _run(code)
    with reading(wiring.engine()) as connection:
        well = not outbox.troubled(connection, code)
    if well:
        wiring.watcher().done(wiring.registration(code), CONDITION)
    return done


def run_each(codes: Sequence[str], done: dict[str, dict[str, Any]]) -> None:
    """`run` for several systems, into `done`. The failure of one holds up no other; the first is raised after all are done."""
    failure: HubError | None = None
    for code in codes:
        try:
            done[code] = run(code)
        except HubError as error:
            failure = failure or error
    if failure is not None:
        raise failure


def _run(code: str) -> dict[str, Any]:
    found = wiring.registration(code)
    done: dict[str, Any] = {
        "gathered": gather(found),
        "delivered": 0,
        "failed": 0,
        "accepted": 0,
        "refused": 0,
    }
    if not found.cards:
        raise no_way_back(code, str(found.connector["kind"]))
    with wiring.reaching(found) as connector:
        if not isinstance(connector, Returning):
            raise no_way_back(code, str(found.connector["kind"]))
        done |= hand_over(wiring.engine(), wiring.raw_store(), connector, code)
    if _expecting(code):
        taken = take_answers(found)
        done |= {"accepted": taken.accepted, "refused": taken.refused}
    return done


def _expecting(code: str) -> bool:
    with reading(wiring.engine()) as connection:
        return outbox.ever_delivered(connection, code)


@contextmanager
def answers_to_probe(found: Registration) -> Iterator[Connector | None]:
    """The connector that fetches a system's answers; None while none can have come."""
    if not _expecting(found.code):
        yield None
        return
    with _answers_of(found) as connector:
        yield connector


def gather(found: Registration) -> int:
    """Take down what a system is to be handed; how many."""
    if not found.cards:
        return 0
    since: date | None = found.cards["since"]
    deliver = tuple(found.cards["deliver"])
    if found.connector["kind"] == "database":  # files have their receipts beside them
        deliver = (*deliver, outbox.REFUSALS)
    with writing(wiring.engine()) as connection:
        return outbox.gather(connection, found.code, deliver, since, now_us(), _organizations(found))


def _organizations(found: Registration) -> tuple[str, ...]:
    """Those whose cards, orders and letters of no system go by this one; none while it is on trial."""
    return tuple(found.organizations) if found.status == "live" else ()


def take_answers(found: Registration) -> answers.Taken:
    """Take every answer that lies ready."""
    desk = Desk(wiring.engine(), wiring.raw_store(), found, wiring.limits(), teller())
    with _answers_of(found) as connector:
        return answers.take(desk, connector)


def tell_of_letter(connection: Connection, row: Mapping[str, Any]) -> None:
    """A letter was written: its department is to have it, by its system, or by each of the organisation, that is handed letters."""
    letter = SimpleNamespace(**row)
    for found in wiring.registrations()[0].values():
        mine = is_theirs(letter, found.code, _organizations(found))
        fit = letter.system == found.code or letter.kind in TO_ORGANIZATIONS
        if mine and fit and "letters" in found.cards.get("deliver", ()):
            outbox.add_letter(connection, letter.letter_id, found.code, letter.issued_at)


@contextmanager
def _answers_of(found: Registration) -> Iterator[Connector]:
    options = answers_options(found.code, found.connector)
    folder = Path(found.path).parent if found.path else wiring.settings().systems
    memory = Memory(wiring.engine(), MEMORY + found.code)
    around = Surroundings(memory, wiring.access, wiring.settings().work, folder)
    made = open_connector(options, found.code, around)
    try:
        yield made
    finally:
        close = getattr(made, "close", None)
        if close is not None:
            close()
