"""Lives that keep every rule: ordinary ones, told anew until nothing can be found in them, whatever the dialect.

A dialect may leave out what excuses a department: rows tell of no wait for corrections. Such a life is told anew as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from random import Random

from hub.simulate.life import Life
from hub.simulate.national import rows
from hub.simulate.ordinary import ordinary
from hub.simulate.piece import Fold
from hub.simulate.pinyin import messages
from hub.simulate.verdicts import CANONICAL, verdicts
from hub.simulate.world import Options

NATIONAL, PINYIN = "national-exchange-db", "pinyin-stages"


def lawful(options: Options, number: int, rng: Random) -> Life:
    """The life of a case; always the same for the same options and number, and the same in every dialect."""
    today = options.today.toordinal()
    for attempt in count(1):
        life = ordinary(options, number, rng, full=rng.random() < 0.5)
        if not any(verdicts(told, today, dialect) for dialect, told in _told(options, life, number)):
            return life
        rng = options.rng("case", number, attempt)
    raise AssertionError("an endless count has ended")


def _told(options: Options, life: Life, number: int) -> Iterator[tuple[str, Life]]:
    """The life as each dialect lets it be known."""
    yield CANONICAL, life
    for dialect, pieces in (
        (NATIONAL, list(rows(life, number, options.code))),
        (PINYIN, list(messages(life, number))),
    ):
        fold = Fold()
        fold.take(pieces)
        yield dialect, fold.known(pieces[0].case_no, life)
