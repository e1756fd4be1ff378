"""Who plays what in the dialects that send cases in pieces: the same lives as in the canonical one, other plants."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from hub.simulate.casting import BLOCK, story
from hub.simulate.days import DAY
from hub.simulate.life import Life
from hub.simulate.national import rows
from hub.simulate.ordinary import ordinary
from hub.simulate.piece import Piece
from hub.simulate.piece_plants import PINYIN, PiecePlant, plants
from hub.simulate.pinyin import messages
from hub.simulate.scripts import QUIET
from hub.simulate.stage import Plant
from hub.simulate.timed import sayable, timed
from hub.simulate.whole_plants import GROUPS, WholePlant, whole_plants
from hub.simulate.world import Options

_LATE = 0.03  # share of the pieces that are written some days late
_NEVER = 10**14


@dataclass(slots=True)
class Cast:
    """All pieces of all cases, the lives that they tell, and what was planted."""

    pieces: list[Piece] = field(default_factory=list)
    lives: dict[int, Life] = field(default_factory=dict)
    planted: dict[str, Counter[str]] = field(default_factory=dict)


def cast(options: Options) -> Cast:
    """Tell every case in the pieces of the dialect, each with the time at which it is written."""
    found = Cast()
    for number in range(1, options.cases + 1):
        rng = options.rng("case", number)
        life, group, name, plant = _role(options, number, rng)
        pieces = list(_pieces(options, life, number))
        if plant is not None:
            pieces = plant.change(pieces)
            for piece in pieces:
                piece.fixed = True
        elif not (options.clean or options.fabricate):
            _delay(pieces, rng)
        found.pieces += pieces
        found.lives[number] = life
        found.planted.setdefault(group, Counter())[name] += 1
    return found


def _pieces(options: Options, life: Life, number: int) -> Iterator[Piece]:
    return messages(life, number) if options.dialect == PINYIN else rows(life, number, options.code)


def _role(options: Options, number: int, rng: Random) -> tuple[Life, str, str, PiecePlant | None]:
    """A life, what it is called, and what is planted in its pieces."""
    if options.clean or options.fabricate:
        told = story(options, number)
        return told.sendings[-1].messages[-1].life, told.kind, told.name, None
    block, place = divmod(number - 1, BLOCK)
    places = list(range(BLOCK))
    role = _cast(options, block, places).get(place)
    if isinstance(role, Plant):
        return timed(options, number, rng, role), "times", role.name, None
    if isinstance(role, WholePlant):
        return role.life(options, number, rng), GROUPS[type(role)], role.name, None
    if isinstance(role, PiecePlant):
        return ordinary(options, number, rng, full=True, quiet=QUIET), role.group, role.name, role
    return ordinary(options, number, rng), "ordinary", "ordinary", None


def _cast(options: Options, block: int, places: list[int]) -> dict[int, Plant | PiecePlant | WholePlant]:
    """Place within the block → role, dealt anew for every block."""
    options.rng("cast", block).shuffle(places)
    told = [plant for plant in plants(options.dialect) if options.held or not plant.later]
    return dict(zip(places, [*sayable(options), *told, *whole_plants(options)], strict=False))


def _delay(pieces: list[Piece], rng: Random) -> None:
    """Some pieces are written days after the rest; the last version of a row only, so that rows never run backwards."""
    last = {(piece.kind, piece.key): piece for piece in pieces}
    for piece in last.values():
        if rng.random() < _LATE and piece.time < _NEVER:
            piece.time += rng.randrange(1, 4) * DAY
