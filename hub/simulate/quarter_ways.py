"""How the department of a quarter delivers: packages of whole cases, rows of an exchange database, or stage messages.

What a dialect cannot say cannot be planted in it: rows and stage messages bear no serial that could be missing and state
no number of cases, and a column of date-times has no day without a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, Protocol

from hub.simulate.codes import foreign
from hub.simulate.defects import DEFECTS
from hub.simulate.exchange_db import database_url, make_tables, opened, row_line
from hub.simulate.life import Life
from hub.simulate.national import moment, rows
from hub.simulate.parcel import SPOILERS, Parcel, write
from hub.simulate.piece import Piece, Value
from hub.simulate.piece_plants import LONG, NATIONAL, PINYIN
from hub.simulate.pinyin import ACCEPT, MESSAGES, messages, serial_number
from hub.simulate.render import case_text
from hub.simulate.replies import Document
from hub.simulate.replies import write as write_document
from hub.simulate.story import Message
from hub.simulate.words import FOREIGN
from hub.simulate.world import Options
from hub.simulate.xml import written

FOLDER = "quarter"
ELSEWHERE = "440300"
_WRONG = next(defect for defect in DEFECTS if defect.codes == ("REGION_FOREIGN",))


@dataclass(frozen=True, slots=True)
class Said:
    """What one package says of a case: its life by then; `wrong` names another's place and is refused at the door.

    `wrong_row`: one row of it alone is refused, that of its first step (in stage messages, of its acceptance); `without_row`:
    the same row is not said.
    """

    life: Life
    wrong: bool = False
    wrong_row: bool = False
    without_row: bool = False
    version: int = 1


class Way(Protocol):
    """A way of delivering: what it can say, the number that it gives a case, and one package of it as a file."""

    numbered: bool
    counted: bool
    days: bool
    by_rows: bool

    def case_no(self, life: Life) -> str:
        """The number under which the hub knows the case."""

    def write(self, number: int, time: int, serial: int, said: Sequence[Said], *, spoilt: bool) -> str:
        """Write the file of one package, the department's so many-th; returns its name."""


def way_of(options: Options) -> Way:
    """The way of a dialect, its folder ready for it."""
    (options.out / FOLDER).mkdir(parents=True, exist_ok=True)
    if options.dialect == NATIONAL:
        with opened(database_url(options.out, options.database_url)) as engine:
            make_tables(engine)
        return _Rows(options)
    for name in ("out", "receipts", "refused"):
        (options.out / name).mkdir(exist_ok=True)
    return _Stages(options) if options.dialect == PINYIN else _Packages(options)


def package_id(options: Options, serial: int) -> str:
    """The id of a canonical package."""
    return f"{options.code}-q-{serial:06d}"


@dataclass(slots=True)
class _Packages:
    """Canonical packages, each with its number and the count of its cases; a spoilt one states a case too many."""

    options: Options
    numbered: bool = True
    counted: bool = True
    days: bool = True
    by_rows: bool = False

    def case_no(self, life: Life) -> str:
        return life.case_no

    def write(self, number: int, time: int, serial: int, said: Sequence[Said], *, spoilt: bool) -> str:
        parcel = Parcel(
            package_id=package_id(self.options, serial), system=self.options.code, serial=serial,
            created=written(time, "offset"), count=len(said),
        )  # fmt: skip
        name = f"{number:06d}-{parcel.package_id}.xml"
        codes = foreign(self.options.codes)
        told = (
            Message(each.life, each.version, version=each.version, defect=_WRONG if each.wrong else None)
            for each in said
        )
        made = SPOILERS["PKG_COUNT"](parcel) if spoilt else parcel
        write(self.options.out / FOLDER / name, made, (case_text(each, codes) for each in told), ())
        return name


@dataclass(slots=True)
class _Pieces:
    """What is not yet told of a case is told; what is told already is told once more, so that something comes."""

    options: Options
    numbered: bool = False
    counted: bool = False
    days: bool = True
    by_rows: bool = True
    told: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    row: ClassVar[tuple[str, str, str]]  # kind of the row that may be refused, and what is wrong with it

    def _new(self, said: Sequence[Said], pieces: Mapping[str, list[Piece]]) -> Iterator[Piece]:
        for each in said:
            own = {
                (piece.kind, piece.key): piece for piece in pieces[each.life.case_no]
            }  # the newest of each
            root = next(piece for piece in own.values() if piece.root)
            if each.wrong:
                yield self._misplaced(root)
                continue
            known = self.told.setdefault(each.life.case_no, set())
            new = [piece for key, piece in own.items() if key not in known]
            if each.wrong_row or each.without_row:
                kind, name, value = self.row
                row = next(key for key in own if key[0] == kind)
                spoilt = [_but(own.pop(row), **{name: value})] if each.wrong_row else []
                new = [piece for piece in new if (piece.kind, piece.key) != row] + spoilt
            known.update(own)
            yield from new or [root]

    def _misplaced(self, root: Piece) -> Piece:
        raise NotImplementedError


def _but(piece: Piece, **fields: Value) -> Piece:
    return replace(piece, fields=piece.fields | fields)


class _Rows(_Pieces):
    """Rows of the national tables, each written when its package is to come."""

    row = ("process", "handle_explain", LONG)

    def __init__(self, options: Options) -> None:
        super().__init__(options, days=False)

    def case_no(self, life: Life) -> str:
        return life.case_no

    def write(self, number: int, time: int, serial: int, said: Sequence[Said], *, spoilt: bool) -> str:
        pieces = {
            each.life.case_no: list(rows(each.life, each.life.salt, self.options.code)) for each in said
        }
        name = f"{number:06d}.jsonl"
        stamp: dict[str, Value] = {"cd_time": moment(time), "cd_batch": f"{moment(time):%Y%m%d}"}
        lines = [row_line(_but(piece, **stamp)) for piece in self._new(said, pieces)]
        (self.options.out / FOLDER / name).write_text("".join(lines), encoding="utf-8", newline="\n")
        return name

    def _misplaced(self, root: Piece) -> Piece:
        return _but(root, org_code=FOREIGN)


class _Stages(_Pieces):
    """Stage messages; the remark tells one message from the same said before."""

    row = (MESSAGES[ACCEPT], "SLSJ", "昨天")

    def case_no(self, life: Life) -> str:
        return serial_number(life)

    def write(self, number: int, time: int, serial: int, said: Sequence[Said], *, spoilt: bool) -> str:
        pieces = {each.life.case_no: list(messages(each.life, each.life.salt)) for each in said}
        name = f"{number:06d}.xml"
        found = [_but(piece, BZ=f"第{number}次报送") for piece in self._new(said, pieces)]
        write_document(self.options.out / FOLDER / name, Document(found, single=len(found) == 1))
        return name

    def _misplaced(self, root: Piece) -> Piece:
        return _but(root, XZQHDM=ELSEWHERE)
