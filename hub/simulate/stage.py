"""The stage for planted times: a blank case, the day of judgement, and the few moves that plants are told in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from hub.simulate.days import at, back, works
from hub.simulate.life import Life, Limit, Special

NONE: frozenset[str] = frozenset()
T1, T2, T23 = frozenset({"T1"}), frozenset({"T2"}), frozenset({"T2", "T3"})


@dataclass(slots=True)
class Stage:
    """A blank case and the day of judgement, with the few moves that plants are told in."""

    life: Life
    today: int
    rng: Random

    def limits(self, promised: int | None, statutory: int | None = 20, unit: str = "W") -> None:
        """Sets both limits in one unit; None is no limit."""
        self.life.promised = None if promised is None else Limit(promised, unit)
        self.life.statutory = None if statutory is None else Limit(statutory, unit)

    def accepted(self, day: int, hour: int = 10) -> int:
        """Accepted on a day, applied for the working day before."""
        self.life.status, self.life.handled = "1", at(day, hour)
        self.life.applied = at(back(day - 1, 1), 9, self.rng.randrange(60))
        return day

    def used(self, days: int) -> int:
        """Accepted so that `days` working days have gone by today."""
        return self.accepted(back(self.today, days))

    def finished(self, day: int, hour: int = 16) -> None:
        """Finished on a day."""
        self.life.completed = at(day, hour)

    def pause(
        self, start: int, end: int | None, limit: Limit | None = None, kind: str | None = None, seq: int = 0
    ) -> None:
        """A special procedure over (start, end]; its approved limit is 60 working days unless told."""
        number = seq or len(self.life.specials) + 1
        chosen = kind or str(self.rng.randrange(2, 11))
        self.life.specials.append(Special(number, chosen, at(start, 11), limit or Limit(60)))
        if end is not None:
            self.life.results.append((number, at(end, 15)))

    def correction(self, told: int, received: int | None) -> None:
        """A notice and its receipt."""
        number = len(self.life.notices) + 1
        self.life.notices.append((number, at(told, 9)))
        if received is not None:
            self.life.receipts.append((number, at(received, 15)))

    def extension(self, begun: int, amount: int | None, unit: str = "W") -> None:
        """An extension of the statutory limit."""
        self.pause(begun, None, Limit(amount, unit if amount is not None else None), kind="1")


@dataclass(frozen=True, slots=True)
class Plant:
    """A named arrangement of times, the rules it must raise, and the unit that its limits need."""

    name: str
    expects: frozenset[str]
    arrange: Callable[[Stage], None]
    unit: str = "W"
    case_type: str = "2"


PLANTS: list[Plant] = []


def plant(
    name: str, expects: frozenset[str], unit: str = "W", case_type: str = "2"
) -> Callable[[Callable[[Stage], None]], Callable[[Stage], None]]:
    """Registers an arrangement under a name."""

    def register(arrange: Callable[[Stage], None]) -> Callable[[Stage], None]:
        PLANTS.append(Plant(name, expects, arrange, unit, case_type))
        return arrange

    return register


def on_or_before(day: int) -> int:
    """The day itself if it is a working day, else the one before."""
    while not works(day):
        day -= 1
    return day
