"""What is planted where cases travel in rows and stage messages: wrong values, orphans, repeats, versions, withdrawals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from hub.simulate.days import DAY
from hub.simulate.national import moment
from hub.simulate.numbers import wrong_last
from hub.simulate.piece import Piece, Value
from hub.simulate.pinyin import DELIVER, MESSAGES, NOTICE, RECEIPT, SPECIAL, STEP
from hub.simulate.words import FOREIGN

Change = Callable[[list[Piece]], list[Piece]]
NATIONAL, PINYIN = "national-exchange-db", "pinyin-stages"
LONG = "长𠮷" * 1001  # 2,002 characters


@dataclass(frozen=True, slots=True)
class PiecePlant:
    """A named change of a finished case in which every stage occurs."""

    name: str
    group: str  # defects or exchange
    change: Change
    later: bool = False  # can be told only where some rows are read later than others


def plants(dialect: str) -> tuple[PiecePlant, ...]:
    """All that can be planted in a dialect."""
    return _TABLE[dialect]


def first(pieces: list[Piece], kind: str) -> Piece:
    """The first piece of a kind."""
    return next(piece for piece in pieces if piece.kind == kind)


def wrong(kind: str, name: str, value: Value, code: str) -> PiecePlant:
    """A wrong value in the first piece of a kind, in all its versions."""

    def change(pieces: list[Piece]) -> list[Piece]:
        key = first(pieces, kind).key
        for piece in pieces:
            if (piece.kind, piece.key) == (kind, key):
                piece.fields[name] = value
                piece.codes = (code,)
        return pieces

    shown = "null" if value is None else "blank" if value == "" else str(value)[:12]
    return PiecePlant(f"{code} {kind}.{name}={shown}", "defects", change)


def corrected(plant: PiecePlant, days: int = 4) -> PiecePlant:
    """The wrong message, and some days later the right one under the same version."""

    def change(pieces: list[Piece]) -> list[Piece]:
        right = [_copy(piece) for piece in pieces]
        spoilt = plant.change(pieces)
        again = [
            replace(good, time=bad.time + days * DAY)
            for good, bad in zip(right, spoilt, strict=True)
            if bad.codes
        ]
        return [*spoilt, *again]

    return PiecePlant(f"{plant.name}, corrected", "defects", change)


def _copy(piece: Piece, **changes: object) -> Piece:
    return replace(piece, **({"fields": dict(piece.fields)} | changes))  # type: ignore[arg-type]


def _orphan(kind: str) -> Change:
    """Only the pieces of one kind are ever sent: the case is never complete."""
    return lambda pieces: [piece for piece in pieces if piece.kind == kind]


def _repeated(name: str, days: int) -> Change:
    def change(pieces: list[Piece]) -> list[Piece]:
        found = next(piece for piece in pieces if piece.name == name)
        return [*pieces, _copy(found, time=found.time + days * DAY)]

    return change


def _versions(name: str, field: str, *versions: int) -> Change:
    """One message in several versions, one each day, each with other content: the highest must stand."""

    def change(pieces: list[Piece]) -> list[Piece]:
        found = next(piece for piece in pieces if piece.name == name)
        rest = [piece for piece in pieces if piece is not found]
        for day, version in enumerate(versions):
            fields = found.fields | {field: f"{found.fields[field]}({day})", "SJBBH": str(version)}
            rest.append(replace(found, fields=fields, rank=version, time=found.time + day * DAY))
        return rest

    return change


def _late(kind: str, days: int) -> Change:
    """The pieces of a kind come so many days after all others."""

    def change(pieces: list[Piece]) -> list[Piece]:
        last = max(piece.time for piece in pieces)
        for piece in pieces:
            if piece.kind == kind:
                piece.time = last + days * DAY
        return pieces

    return change


def _without(kind: str) -> Change:
    return lambda pieces: [piece for piece in pieces if piece.kind != kind]


def _second_row(field: str | None, seconds: int, *, late: bool = False) -> Change:
    """The root row once more under another row number: with other content if `field` is given, or at another time."""

    def change(pieces: list[Piece]) -> list[Piece]:
        newest = max((piece for piece in pieces if piece.root), key=lambda piece: piece.rank)
        guid = str(newest.fields["row_guid"])[:26] + "000002"
        fields = newest.fields | {"row_guid": guid, "cd_time": moment(newest.rank + seconds)}
        if field is not None:
            fields[field] = f"{fields[field]}(改)"
        other = replace(newest, fields=fields, rank=newest.rank + seconds)
        if late:
            other.time = 10**15  # after everything else
        return [*pieces, other]

    return change


def _withdrawn(kind: str, days: int = 2) -> Change:
    """The first row of a kind is withdrawn (cd_operation D) some days after the case's last change."""

    def change(pieces: list[Piece]) -> list[Piece]:
        key = first(pieces, kind).key
        newest = max(
            (piece for piece in pieces if (piece.kind, piece.key) == (kind, key)),
            key=lambda piece: piece.rank,
        )
        time = max(piece.time for piece in pieces) + days * DAY
        fields = newest.fields | {"cd_operation": "D", "cd_time": moment(time)}
        return [*pieces, replace(newest, fields=fields, rank=time, time=time, operation="D")]

    return change


def _national() -> tuple[PiecePlant, ...]:
    def row(name: str, change: Change, *, later: bool = False) -> PiecePlant:
        return PiecePlant(name, "exchange", change, later)

    return (
        wrong("accept", "applyer_type", "7", "CODE_UNKNOWN"),
        wrong("accept", "applyer_page_type", "112", "CODE_UNKNOWN"),
        wrong("accept", "project_type", "8", "CODE_UNKNOWN"),
        wrong("result", "result_type", "99", "CODE_UNKNOWN"),
        wrong("special", "special_type", "9", "CODE_UNKNOWN"),
        wrong("material", "get_type", "8", "CODE_UNKNOWN"),
        wrong("accept", "project_name", LONG, "VALUE_LENGTH"),
        wrong("process", "handle_explain", LONG, "VALUE_LENGTH"),
        wrong("accept", "applyer_name", "", "VALUE_EMPTY"),
        wrong("material", "material_name", " ", "VALUE_EMPTY"),
        wrong("accept", "task_version", "二", "VALUE_TYPE"),
        wrong("accept", "org_code", FOREIGN, "ORG_FOREIGN"),
        wrong("accept", "org_code", wrong_last(FOREIGN), "USCC_CHECK"),
        wrong("process", "process_name", None, "STRUCT_MISSING"),
        wrong("result", "result_date", None, "STRUCT_MISSING"),
        wrong("accept", "applyer_page_code", None, "STRUCT_MISSING"),
        wrong("accept", "apply_date", None, "STRUCT_MISSING"),
        row("rows without a case", _without("accept")),
        row("the same row under two numbers", _second_row(None, 0)),
        row("two rows of one time", _second_row("project_name", 0)),
        row("a newer row under another number", _second_row("project_name", 3600)),
        row("an older row, late", _second_row("project_name", -3600, late=True), later=True),
        row("case withdrawn", _withdrawn("accept")),
        row("step withdrawn", _withdrawn("process")),
        row("material withdrawn", _withdrawn("material")),
    )


def _pinyin() -> tuple[PiecePlant, ...]:
    def told(name: str, change: Change) -> PiecePlant:
        return PiecePlant(name, "exchange", change)

    defects = (
        wrong("apply", "SQRLX", "Q", "CODE_UNKNOWN"),
        wrong("apply", "SQRZJLX", "Q", "CODE_UNKNOWN"),
        wrong("accept", "SLZTDM", "9", "CODE_UNKNOWN"),
        wrong("accept", "GDBLSXDDW", "Q", "CODE_UNKNOWN"),
        wrong("complete", "BJJGDM", "Q", "CODE_UNKNOWN"),
        wrong("special", "TBCXZL", "Q", "CODE_UNKNOWN"),
        wrong("deliver", "LQFS", "Q", "CODE_UNKNOWN"),
        wrong("apply", "SBSJ", "2026年3月1日", "VALUE_TYPE"),
        wrong("accept", "SLSJ", "昨天", "VALUE_TYPE"),
        wrong("complete", "SFJE", "十元", "VALUE_TYPE"),
        wrong("notice", "BZGZSJ", "2026-02-30", "VALUE_TYPE"),
        wrong("apply", "SBXMMC", LONG, "VALUE_LENGTH"),
        wrong("step", "SPYJ", LONG, "VALUE_LENGTH"),
        wrong("apply", "SQRMC", "", "VALUE_EMPTY"),
        wrong("apply", "XZQHDM", "440300", "REGION_FOREIGN"),
        wrong("special", "TBCXKSRQ", None, "STRUCT_MISSING"),
        wrong("step", "SPHJMC", None, "STRUCT_MISSING"),
        wrong("complete", "BJSJ", None, "STRUCT_MISSING"),
        wrong("notice-receipt", "BZSJ", None, "STRUCT_MISSING"),
    )
    return (
        *defects,
        *(corrected(plant) for plant in defects[::2]),
        wrong("apply", "SQRZJHM", None, "STRUCT_MISSING"),
        told("receipt before its notice", _late(MESSAGES[NOTICE], 2)),
        told("receipt without its notice", _without(MESSAGES[NOTICE])),
        told("result before its procedure", _late(MESSAGES[SPECIAL], 2)),
        told("case after its stages", _late("apply", 1)),
        told("stages without a case", _orphan(MESSAGES[STEP])),
        told("delivery without a case", _orphan(MESSAGES[DELIVER])),
        told("the same message again", _repeated(STEP, 3)),
        told("the same message twice at once", _repeated(RECEIPT, 0)),
        told("versions in order", _versions("0", "SBXMMC", 1, 2, 3)),
        told("versions out of order", _versions("0", "SBXMMC", 3, 1, 2)),
        told("one version, two contents", _versions("0", "SBXMMC", 1, 1)),
    )


_TABLE: Mapping[str, tuple[PiecePlant, ...]] = {NATIONAL: _national(), PINYIN: _pinyin()}
