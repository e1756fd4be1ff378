"""The scripts about repeats, versions and withdrawals: one life, and the sendings that tell it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hub.simulate.days import day_of
from hub.simulate.defects import DEFECTS, Defect
from hub.simulate.life import Life, Limit, seen
from hub.simulate.story import Message, Sending

Script = Callable[[Life], list[Sending]]
EXCHANGES: dict[str, Script] = {}


def exchange(name: str) -> Callable[[Script], Script]:
    """Registers a script about repeats, versions and withdrawals."""

    def register(script: Script) -> Script:
        EXCHANGES[name] = script
        return script

    return register


def _altered(life: Life, salt: int = 1) -> Life:
    """Other content; taken by mistake, it would raise a T2."""
    return replace(life, subject=f"{life.subject}(改{salt})", promised=Limit(1))


def first_day(life: Life) -> int:
    """The day on which it was accepted, as an ordinal."""
    assert life.handled is not None
    return day_of(life.handled)


def last_day(life: Life) -> int:
    """The day of its last event, as an ordinal."""
    return day_of(life.last_event())


def sent(day: int, *messages: Message) -> Sending:
    """What goes out on a day."""
    return Sending(day, list(messages))


@exchange("duplicate later")
def _(life: Life) -> list[Sending]:
    last = last_day(life)
    return [sent(last, Message(life, 0, 1)), sent(last + 2, Message(life, 0, 1))]


@exchange("duplicate in other words")
def _(life: Life) -> list[Sending]:
    last = last_day(life)
    again = Message(life, 0, 1, layout="flat", style="utc", updated=life.last_event() + 600)
    return [sent(last, Message(life, 0, 1)), sent(last + 3, again)]


@exchange("duplicate in one package")
def _(life: Life) -> list[Sending]:
    return [sent(last_day(life), Message(life, 0, 1), Message(life, 0, 1))]


@exchange("newer version in one package")
def _(life: Life) -> list[Sending]:
    return [sent(last_day(life), Message(seen(life, first_day(life)), 0, 1), Message(life, 1, 2))]


@exchange("conflict later")
def _(life: Life) -> list[Sending]:
    last = last_day(life)
    return [sent(last, Message(life, 0, 4)), sent(last + 2, Message(_altered(life), 1, 4))]


@exchange("conflict in one package")
def _(life: Life) -> list[Sending]:
    return [sent(last_day(life), Message(life, 0, 1), Message(_altered(life), 1, 1))]


@exchange("stale")
def _(life: Life) -> list[Sending]:
    first, last = first_day(life), last_day(life)
    return [
        sent(first, Message(seen(life, first), 0, 1)),
        sent(last, Message(life, 1, 3)),
        sent(last + 2, Message(_altered(life), 2, 2)),
    ]


@exchange("stale and sent again")
def _(life: Life) -> list[Sending]:
    last = last_day(life)
    late = _altered(life)
    return [
        sent(last, Message(life, 0, 3)),
        sent(last + 2, Message(late, 1, 2)),
        sent(last + 4, Message(late, 1, 2)),
    ]


@exchange("tombstone")
def _(life: Life) -> list[Sending]:
    last, late = last_day(life), _altered(life)
    return [sent(last, Message(late, 0, 1)), sent(last + 3, Message(late, 1, 2, operation="D"))]


@exchange("tombstone, then stale")
def _(life: Life) -> list[Sending]:
    last, late = last_day(life), _altered(life)
    return [
        sent(last, Message(late, 0, 1)),
        sent(last + 2, Message(late, 1, 3, operation="D")),
        sent(last + 4, Message(_altered(life, 2), 2, 2)),
    ]


@exchange("tombstone, then newer")
def _(life: Life) -> list[Sending]:
    last, late = last_day(life), _altered(life)
    return [
        sent(last, Message(life, 0, 1)),
        sent(last + 2, Message(life, 1, 2, operation="D")),
        sent(last + 4, Message(late, 2, 3)),
    ]


@exchange("ordered by time")
def _(life: Life) -> list[Sending]:
    first, last, now = first_day(life), last_day(life), life.last_event()
    before = seen(life, first)
    return [
        sent(first, Message(before, 0, updated=before.last_event())),
        sent(last, Message(life, 1, updated=now)),
        sent(last + 2, Message(life, 1, updated=now)),
        sent(last + 4, Message(_altered(life), 2, updated=now)),
        sent(last + 6, Message(_altered(life, 2), 3, updated=now - 60)),
    ]


@exchange("ordered by serial")
def _(life: Life) -> list[Sending]:
    first, last = first_day(life), last_day(life)
    return [
        sent(first, Message(seen(life, first), 0)),
        sent(last, Message(life, 1)),
        sent(last + 2, Message(life, 1)),
        sent(last + 4, Message(_altered(life), 2)),
    ]


@exchange("rejected again")
def _(life: Life) -> list[Sending]:
    last, bad = last_day(life), _by_code("CODE_UNKNOWN")
    return [sent(last, Message(life, 0, 1, defect=bad)), sent(last + 2, Message(life, 0, 1, defect=bad))]


@exchange("rejected, then newer")
def _(life: Life) -> list[Sending]:
    last, bad = last_day(life), _by_code("VALUE_TYPE")
    return [sent(last, Message(life, 0, 1, defect=bad)), sent(last + 2, Message(life, 1, 2))]


def _by_code(code: str) -> Defect:
    return next(defect for defect in DEFECTS if defect.codes == (code,))
