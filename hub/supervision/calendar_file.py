"""Reads a calendar file: CSV with the columns date,is_workday,region,source,notice_no, refused whole at its first fault."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from pathlib import Path

from hub.errors import Place, StopError
from hub.supervision.calendar import FIRST_DAY, LAST_DAY, NamedDay

COLUMNS = ("date", "is_workday", "region", "source", "notice_no")
MAX_BYTES = 20_000_000
_REGION = re.compile(r"([0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def read_calendar(file: Path) -> list[NamedDay]:
    """The days that `file` names, in its order.

    Raises StopError CALENDAR_FILE with line, column and remedy: unreadable, not UTF-8, wrong header, wrong number of
    columns, a date or region that is none, a flag other than 0 or 1, no source, one day named twice, no days.
    """
    text = _text(file)
    rows = csv.reader(io.StringIO(text), strict=True)
    days: list[NamedDay] = []
    seen: dict[tuple[str, date], int] = {}
    try:
        _check_header(file, next(rows, []))
        for cells in rows:
            if not any(cell.strip() for cell in cells):
                continue
            named = _named_day(file, rows.line_num, cells)
            _check_new(file, rows.line_num, named, seen)
            days.append(named)
    except csv.Error as error:
        raise _fault(file, rows.line_num, 1, f"CSV 格式错误：{error}", f"not valid CSV: {error}") from error
    if not days:
        raise _fault(file, 1, 1, "没有任何日期", "it names no day at all")
    return days


def is_region(text: str) -> bool:
    """Whether this is a GB/T 2260 code or prefix; '' is the whole country."""
    return _REGION.fullmatch(text) is not None


def region_prefix(region: str) -> str:
    """A region as a prefix: the zeros that fill a GB/T 2260 code of a province or prefecture up are not part of it.

    '433100' (the whole of 湘西州) becomes '4331', '430000' becomes '43', '431103000000' becomes '431103'.
    """
    for length, filled in ((9, 12), (6, 9), (4, 6), (2, 4)):
        if len(region) == filled and set(region[length:]) == {"0"}:
            region = region[:length]
    return region


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > MAX_BYTES:
            raise _fault(file, 1, 1, f"文件超过 {MAX_BYTES} 字节", f"it exceeds {MAX_BYTES} bytes")
        raw = file.read_bytes()
    except OSError as error:
        raise _fault(
            file, 1, 1, f"无法读取：{error.strerror}", f"it cannot be read: {error.strerror}"
        ) from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise _fault(
            file,
            line,
            1,
            "不是 UTF-8 编码",
            "it is not UTF-8",
            "另存为 UTF-8 编码的 CSV",
            "Save it as CSV in UTF-8",
        ) from error


def _check_header(file: Path, header: list[str]) -> None:
    found = [cell.strip() for cell in header]
    for index, expected in enumerate(COLUMNS):
        if index >= len(found) or found[index] != expected:
            what = found[index] if index < len(found) else ""
            raise _fault(
                file,
                1,
                index + 1,
                f"表头应为 {expected}，实为 “{what}”",
                f"header {expected} expected, found {what!r}",
            )
    if len(found) > len(COLUMNS):
        raise _fault(
            file,
            1,
            len(COLUMNS) + 1,
            f"多余的列 “{found[len(COLUMNS)]}”",
            f"unknown column {found[len(COLUMNS)]!r}",
        )


def _named_day(file: Path, line: int, cells: list[str]) -> NamedDay:
    if len(cells) != len(COLUMNS):
        raise _fault(
            file,
            line,
            min(len(cells), len(COLUMNS)) + 1,
            f"应有 {len(COLUMNS)} 列，实有 {len(cells)} 列",
            f"{len(COLUMNS)} columns expected, found {len(cells)}",
        )
    day, flag, region, source, notice = (cell.strip() for cell in cells)
    if flag not in {"0", "1"}:
        raise _fault(
            file,
            line,
            2,
            f"is_workday 应为 0(休息)或 1(上班)，实为 “{flag}”",
            f"is_workday must be 0 (rest) or 1 (work), found {flag!r}",
        )
    if not is_region(region):
        raise _fault(
            file,
            line,
            3,
            f"行政区划应为空或 2、4、6、9、12 位数字，实为 “{region}”",
            f"region must be empty or 2, 4, 6, 9 or 12 digits, found {region!r}",
        )
    if not source or len(source) > 200 or len(notice) > 200:
        column = 4 if not source or len(source) > 200 else 5
        raise _fault(
            file,
            line,
            column,
            "source 必填，各不超过 200 字",
            "source is required; at most 200 characters each",
        )
    return NamedDay(_date(file, line, day), flag == "1", region_prefix(region), source, notice or None)


def _date(file: Path, line: int, text: str) -> date:
    try:
        if not _DATE.fullmatch(text):
            raise ValueError(text)
        day = date.fromisoformat(text)
    except ValueError as error:
        raise _fault(
            file, line, 1, f"日期应为 YYYY-MM-DD，实为 “{text}”", f"date must be YYYY-MM-DD, found {text!r}"
        ) from error
    if not FIRST_DAY <= day <= LAST_DAY:
        raise _fault(
            file,
            line,
            1,
            f"日期 {text} 超出日历范围 {FIRST_DAY} 至 {LAST_DAY}",
            f"date {text} is outside the calendar's range {FIRST_DAY} to {LAST_DAY}",
        )
    return day


def _check_new(file: Path, line: int, named: NamedDay, seen: dict[tuple[str, date], int]) -> None:
    earlier = seen.setdefault((named.region, named.day), line)
    if earlier != line:
        raise _fault(
            file,
            line,
            1,
            f"{named.day} 在第 {earlier} 行已写过",
            f"{named.day} is already named in line {earlier}",
        )


def _fault(
    file: Path,
    line: int,
    column: int,
    zh: str,
    en: str,
    remedy_zh: str = "改正这一处后重新导入；本次没有导入任何日期",
    remedy_en: str = "Mend this place and import again; nothing was imported this time",
) -> StopError:
    return StopError(
        "CALENDAR_FILE",
        zh=f"日历文件 {file.name} 第 {line} 行第 {column} 列：{zh}",
        en=f"Calendar file {file.name}, line {line}, column {column}: {en}",
        remedy_zh=remedy_zh,
        remedy_en=remedy_en,
        place=Place(file=str(file), line=line, column=column),
    )
