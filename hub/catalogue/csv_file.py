"""Reads CSV: UTF-8 (with or without a byte order mark) or GB18030, told apart by the bytes; one kind of row per file."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from hub.catalogue.cells import Codes
from hub.catalogue.columns import KINDS, Kind
from hub.catalogue.faults import CellError, Faults, Where
from hub.catalogue.staging import Staging
from hub.catalogue.tables import Sheet, kind_by_header, kind_named, stage_sheet

_PIECE = 1 << 20
csv.field_size_limit(1 << 20)


def stage_csv(file: Path, staging: Staging, faults: Faults, codes: Codes | None, kind: Kind | None) -> None:
    """Stage a CSV file. The kind of its rows is told by `kind`, else by the file's name, else by its header."""
    encoding = _encoding(file)
    if encoding is None:
        faults.add(_undecodable(), Where(file.name))
        return
    with file.open(encoding=encoding, newline="") as lines:
        rows = csv.reader(lines, strict=True)
        try:
            header = next(rows, [])
            told = kind or kind_named(file.stem) or kind_by_header(header)
            if told is None:
                faults.add(unknown_kind(file.name), Where(file.name, 1))
                return
            stage_sheet(Sheet(file.name, None, header, _numbered(rows)), told, staging, faults, codes)
        except csv.Error as error:
            faults.add(_broken(error), Where(file.name, rows.line_num))


def unknown_kind(name: str) -> CellError:
    """What a table holds is told neither by its name nor by its header."""
    kinds = "、".join(f"{kind.name}（{kind.zh}）" for kind in KINDS.values())
    return CellError(
        "KIND",
        f"从 “{name}” 的名称和表头都看不出是什么内容",
        f"neither the name nor the header of {name!r} tells what it holds",
        f"按内容命名：{kinds}；CSV 也可用 --kind 指明",
        f"Name it after what it holds: {', '.join(KINDS)}; for CSV --kind tells it too",
    )


def _numbered(rows: Iterator[Sequence[str]]) -> Iterator[tuple[int, Sequence[str]]]:
    """Rows as a spreadsheet counts them: a cell with line breaks does not begin a new row."""
    yield from enumerate(rows, 2)


def _encoding(file: Path) -> str | None:
    for encoding in ("utf-8-sig", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with file.open("rb") as raw:
                while piece := raw.read(_PIECE):
                    decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    return None


def _undecodable() -> CellError:
    return CellError(
        "ENCODING",
        "文件既不是 UTF-8 也不是 GB18030 编码",
        "the file is neither UTF-8 nor GB18030",
        "另存为 UTF-8 编码的 CSV",
        "Save it as CSV in UTF-8",
    )


def _broken(error: csv.Error) -> CellError:
    return CellError(
        "CSV",
        f"CSV 格式错误：{error}",
        f"not valid CSV: {error}",
        "检查该行的引号",
        "See to the quotes in that row",
    )
