"""Documents of stage messages, as a Web Service answers with them or a department lays them in a folder."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from hub.simulate.days import DAY, day_of
from hub.simulate.piece import Piece
from hub.simulate.xml import escaped

DECLARATION = '<?xml version="1.0" encoding="gb2312"?>\n'
CODEC = "gb18030"
"""What such systems declare, and what they write: characters that GB 2312 lacks come in GB 18030 all the same."""
SIZE = 200
_DISORDER = 0.15


@dataclass(frozen=True, slots=True)
class Document:
    """One document: its messages, and its form."""

    messages: Sequence[Piece]
    broken: bool = False  # it breaks off; the same messages come again in the next document
    single: bool = False  # the message itself is the root


def documents(pieces: Iterable[Piece], size: int | None, rng: Random, *, clean: bool) -> Iterator[Document]:
    """Cut the messages into documents by the day, in an order that is not always that of the cases' lives."""
    ordered = sorted(_disordered(pieces, rng, clean=clean), key=lambda pair: (pair[0], pair[1].case_no))
    group: list[Piece] = []
    number = day = 0
    for time, piece in ordered:
        if group and (len(group) >= (size or SIZE) or (size is None and day_of(time) != day)):
            number += 1
            yield from _formed(group, number, clean=clean)
            group = []
        group.append(piece)
        day = day_of(time)
    if group:
        yield from _formed(group, number + 1, clean=clean)


def _disordered(pieces: Iterable[Piece], rng: Random, *, clean: bool) -> Iterator[tuple[int, Piece]]:
    for piece in pieces:
        late = rng.random() < _DISORDER
        yield piece.time + (rng.randrange(2 * DAY) if late and not piece.fixed else 0), piece


def _formed(group: list[Piece], number: int, *, clean: bool) -> Iterator[Document]:
    """Now and then a document breaks off and comes again."""
    if not clean and number % 12 == 5:
        yield Document(group, broken=True)
    yield Document(group, single=len(group) == 1)


def text(document: Document) -> str:
    """The document as text, with its declaration."""
    bodies = [_message(piece) for piece in document.messages]
    whole = DECLARATION + (bodies[0] if document.single else "<BWJ>\n" + "".join(bodies) + "</BWJ>")
    # Without white space at the end, which a service's string would lose on its way.
    return (whole[: len(whole) * 2 // 3] if document.broken else whole).rstrip()


def _message(piece: Piece) -> str:
    fields = "".join(
        f"<{name}>{escaped(str(value))}</{name}>" for name, value in piece.fields.items() if value is not None
    )
    return f'<BW LX="{piece.name}">{fields}</BW>\n'


def write(path: Path, document: Document) -> str:
    """Write a document; returns the SHA-256 of its bytes."""
    content = text(document).encode(CODEC)
    path.write_bytes(content)
    return hashlib.sha256(content).hexdigest()
