"""What is wrong with catalogue files: every fault with its place, all of them at once, and nothing is imported."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from hub.errors import Place, StopError

SHOWN_AT_MOST = 100


@dataclass(frozen=True, slots=True)
class Where:
    """A row of a file: `row` counts as the file's own program does, from 1 with the header; for YAML it is the line."""

    file: str
    row: int | None = None
    sheet: str | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: where, in which column, the value found, why, and what to do."""

    code: str
    where: Where
    column: str | None
    value: str | None
    zh: str
    en: str
    remedy_zh: str
    remedy_en: str

    def as_dict(self) -> dict[str, Any]:
        """The fault as plain data, its place flat."""
        return {
            "code": self.code,
            "file": self.where.file,
            "sheet": self.where.sheet,
            "row": self.where.row,
            **{f.name: getattr(self, f.name) for f in fields(self) if f.name not in {"code", "where"}},
        }


class CellError(Exception):
    """A value that its column cannot hold; `fault` gives it a place."""

    def __init__(self, code: str, zh: str, en: str, remedy_zh: str, remedy_en: str) -> None:
        super().__init__(code)
        self.code, self.zh, self.en = code, zh, en
        self.remedy_zh, self.remedy_en = remedy_zh, remedy_en


@dataclass(slots=True)
class Faults:
    """Collects faults; keeps the first SHOWN_AT_MOST and counts all."""

    listed: list[Fault] = field(default_factory=list)
    total: int = 0

    def add(self, error: CellError, where: Where, column: str | None = None, value: object = None) -> None:
        """Take one down; the value is cut to what a message can show."""
        self.total += 1
        if len(self.listed) < SHOWN_AT_MOST:
            shown = None if value is None else str(value)[:200]
            self.listed.append(
                Fault(error.code, where, column, shown, error.zh, error.en, error.remedy_zh, error.remedy_en)
            )

    def check(self) -> None:
        """Raises Refused if there are any."""
        if self.total:
            raise _refused(tuple(self.listed), self.total)


class Refused(StopError):
    """An import that is refused as a whole; `faults` are the first ones, `total` counts all."""

    def __init__(self, told: StopError, faults: tuple[Fault, ...], total: int) -> None:
        super().__init__(
            told.code,
            zh=told.message_zh,
            en=told.message_en,
            remedy_zh=told.remedy_zh,
            remedy_en=told.remedy_en,
            place=told.place,
        )
        self.faults = faults
        self.total = total

    def __reduce__(self) -> tuple[Any, ...]:
        return _refused, (self.faults, self.total)


def _refused(faults: tuple[Fault, ...], total: int) -> Refused:
    first = faults[0]
    told = StopError(
        "CATALOGUE_FAULTS",
        zh=f"有 {total} 处错误，没有导入任何内容。第一处：{first.zh}（{first.remedy_zh}）",
        en=f"{total} faults, nothing was imported. The first: {first.en} ({first.remedy_en})",
        remedy_zh="逐处改正后重新导入；每一处都列有文件、行、列和改法",
        remedy_en="Mend them and import again; each is listed with file, row, column and what to do",
        place=Place(file=first.where.file, line=first.where.row, field=first.column),
    )
    return Refused(told, faults, total)
