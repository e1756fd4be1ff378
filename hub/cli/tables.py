"""How wide the columns of a table are: no word, number or time is cut; where that cannot be, each row is told in lines of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rich.cells import cell_len

GAP = 2
"""Blanks between two columns."""
TEXT = 12
"""A column of running text is not narrower: Chinese may be wrapped anywhere, and is not read in a column of two."""
PIECES = re.compile(
    r"[\u2e80-\u9fff\uf900-\ufaff\ufe30-\uffef]|[^\s\u2e80-\u9fff\uf900-\ufaff\ufe30-\uffef]+"
)
"""What must stay together: one Chinese character or mark, or a word, number, name or time without blanks."""


def least(cells: Sequence[str]) -> int:
    """The width, in places on the screen, below which a piece of one of the cells would be cut, or a text be squeezed."""
    whole = max((cell_len(piece) for cell in cells for piece in PIECES.findall(cell)), default=1)
    return max(whole, TEXT) if natural(cells) > TEXT + GAP else whole


def natural(cells: Sequence[str]) -> int:
    """The width at which no line of the cells is wrapped."""
    return max((cell_len(line) for cell in cells for line in cell.split("\n")), default=1)


def widths(columns: Sequence[Sequence[str]], room: int | None) -> list[int] | None:
    """A width for each column (its cells, the header first) within `room` places; None where pieces would be cut.

    Without `room` (not a terminal: a pipe, a file) each has what it asks for, so that a row is a line. Room that is
    left goes to the narrow columns first, evenly: one long text does not squeeze the others.
    """
    wanted = [max(1, natural(cells)) for cells in columns]
    if room is None:
        return wanted
    given = [max(1, least(cells)) for cells in columns]
    spare = room - GAP * (len(columns) - 1) - sum(given)
    if spare < 0:
        return None
    while spare > 0 and (short := [i for i, width in enumerate(given) if width < wanted[i]]):
        for index in short[:spare]:
            given[index] += 1
        spare -= min(spare, len(short))
    return given


def lines_of(columns: Sequence[str], row: Sequence[str], room: int) -> Iterator[str]:
    """One row as lines of `room` places: its first two cells, then `name: value` of the others, what is empty left out."""
    yield "  ".join(cell for cell in row[:2] if cell)
    line = ""
    for column, cell in zip(columns[2:], row[2:], strict=True):
        if not cell:
            continue
        name, said = " ".join(column.split()), " ".join(cell.split())
        pair = f"{name}: {said}" if name else said
        if line and cell_len(line) + GAP + cell_len(pair) > room - GAP:
            yield f"{'':{GAP}}{line}"
            line = ""
        line = f"{line}{'':{GAP}}{pair}" if line else pair
    if line:
        yield f"{'':{GAP}}{line}"
