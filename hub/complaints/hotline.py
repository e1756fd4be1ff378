"""Exchange with a hotline (12345, 8890): files of complaints come in once each by the hotline's number, what became of them goes out.

The columns are those of `COLUMNS` (docs/complaints.md). A row that cannot be taken holds up no other.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select

from hub.central.tables.complaints import complaint, complaint_event
from hub.clock import SHANGHAI, from_us, iso, to_us
from hub.complaints.people import hidden, person_of
from hub.complaints.registering import checked, digest, register
from hub.complaints.shapes import HOTLINE, Desk, New, Organisation, Person
from hub.complaints.terms import standings
from hub.errors import Place, StopError
from hub.plain_text import sayable
from hub.supervision.rules import current_rules

REQUIRED = ("hotline", "hotline_no", "handed_at", "topic", "title", "content")
COLUMNS = (
    *REQUIRED, "organization", "organization_name", "people", "major", "name", "phone", "id_no", "email", "address", "case", "item",
    "region",
)  # fmt: skip
OUT = (
    "hotline", "hotline_no", "complaint", "state", "registered_at", "accepted_at", "decided_at", "feedback_at", "due_on", "overdue",
    "decision", "feedback",
)  # fmt: skip
LARGEST = 20 * 1024 * 1024
MOST_ROWS = 20_000
KINDS = ("csv", "json")
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""With which texts begin that spreadsheets take for formulas."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One row of a hotline's file: its line (CSV) or position (JSON), and its cells."""

    line: int
    cells: Mapping[str, Any]


@dataclass(slots=True)
class Imported:
    """What became of a file: numbers that were registered, and per row why it was not."""

    registered: list[int] = field(default_factory=list)
    known: int = 0
    changed: list[dict[str, Any]] = field(
        default_factory=list
    )  # known, with other content: nothing is overwritten
    refused: list[dict[str, Any]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """As scripts and the log see it."""
        return {
            "registered": self.registered,
            "known": self.known,
            "changed": self.changed,
            "refused": self.refused,
        }


def read(content: bytes, kind: str) -> list[Incoming]:
    """The rows of a file, CSV with a head line or a JSON list of objects, UTF-8. Raises StopError COMPLAINT_FILE."""
    if len(content) > LARGEST:
        raise _file(f"大于 {LARGEST} 字节", f"it is larger than {LARGEST} bytes")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _file(f"不是 UTF-8(第 {error.start} 字节)", f"it is not UTF-8, byte {error.start}") from error
    rows = _csv(text) if kind == "csv" else _json(text)
    if len(rows) > MOST_ROWS:
        raise _file(f"多于 {MOST_ROWS} 行", f"it has more than {MOST_ROWS} rows")
    return rows


def take(desk: Desk, connection: Connection, row: Incoming, done: Imported, *, by: str) -> None:
    """Register one row, unless its number is known; what is wrong with it is noted in `done`."""
    number = sayable(str(row.cells.get("hotline_no") or ""))
    try:
        new = _new(row)
        checked(new)
        if _repeat(connection, new, row, done):
            return
        with connection.begin_nested():
            done.registered.append(register(desk, connection, new, by=by, role="hotline"))
    except StopError as error:
        if error.code == "COMPLAINT_KNOWN" and _repeat(connection, new, row, done):
            return  # somebody brought it at this very moment
        told = {"code": error.code, "zh": error.message_zh, "en": error.message_en}
        done.refused.append({"line": row.line, "hotline_no": number, **told})


def finish(desk: Desk, connection: Connection, content: bytes, done: Imported, *, by: str) -> None:
    """The import as an entry of the log, if it changed anything."""
    if done.registered:
        body = {
            "file_sha256": hashlib.sha256(content).hexdigest(),
            "by": by,
            "registered": done.registered,
            "known": done.known,
            "changed": len(done.changed),
            "refused": len(done.refused),
        }
        desk.log(connection, "complaint.imported", body)


def export(desk: Desk, connection: Connection, hotline: str, today: date, *, by: str) -> list[dict[str, Any]]:
    """What became of the complaints of a hotline, by number, without personal data; an entry of the log."""
    rows = connection.execute(
        select(complaint).where(complaint.c.hotline == hotline).order_by(complaint.c.complaint_id)
    ).mappings()
    found = [dict(row) for row in rows]
    due: dict[int, tuple[str | None, bool]] = {}
    for standing in standings(connection, current_rules(connection), today):
        last = None if standing.due_on is None else standing.due_on.isoformat()
        known = due.get(standing.complaint)
        sooner = (
            last if known is None or known[0] is None else min(filter(None, (last, known[0])), default=None)
        )
        due[standing.complaint] = (sooner, standing.overdue or (known is not None and known[1]))
    answers = [_answer(connection, row, due.get(row["complaint_id"], (None, False))) for row in found]
    written = json.dumps(answers, ensure_ascii=False, sort_keys=True)
    body = {
        "hotline": hotline,
        "complaints": len(answers),
        "by": by,
        "sha256": hashlib.sha256(written.encode()).hexdigest(),
    }
    desk.log(connection, "complaint.exported", body)
    return answers


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """The answers as CSV with a head line; a text that a spreadsheet would take for a formula has an apostrophe before it."""
    out = io.StringIO()
    writer = csv.DictWriter(out, OUT, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({name: _harmless(row[name]) for name in OUT} for row in rows)
    return out.getvalue()


def _harmless(value: Any) -> Any:
    formula = isinstance(value, str) and value.startswith(FORMULA)
    return f"'{value}" if formula else "" if value is None else value


def instant(text: str) -> int:
    """A time of UTC+8 as µs: 2026-11-20, 2026-11-20T09:30 or with seconds. Raises ValueError, OverflowError."""
    moment = datetime.fromisoformat(text.strip())
    at = to_us(moment.replace(tzinfo=SHANGHAI) if moment.tzinfo is None else moment)
    from_us(at)  # at either end of what a date can say there is no such day in UTC+8
    return at


def _answer(connection: Connection, row: Mapping[str, Any], due: tuple[str | None, bool]) -> dict[str, Any]:
    number = row["complaint_id"]
    person = person_of(connection, number)
    said = connection.execute(
        select(complaint_event.c.action, complaint_event.c.words)
        .where(
            complaint_event.c.complaint_id == number,
            complaint_event.c.action.in_(("decide", "refuse", "feedback")),
        )
        .order_by(complaint_event.c.number)
    )
    words = {each.action: hidden(each.words, person) for each in said if each.words}
    return {
        "hotline": row["hotline"],
        "hotline_no": row["hotline_no"],
        "complaint": number,
        "state": row["state"],
        **{name: iso(row[name]) for name in ("registered_at", "accepted_at", "decided_at", "feedback_at")},
        "due_on": due[0],
        "overdue": due[1],
        "decision": words.get("decide") or words.get("refuse"),
        "feedback": words.get("feedback"),
    }


def _csv(text: str) -> list[Incoming]:
    reader = csv.DictReader(io.StringIO(text), strict=True)
    try:
        _columns(reader.fieldnames or ())
        rows = []
        for row in reader:
            if None in row or None in row.values():
                raise _file(
                    f"第 {reader.line_num} 行的列数与表头不同",
                    f"line {reader.line_num} has other columns than the head",
                )
            rows.append(Incoming(reader.line_num, row))
    except csv.Error as error:
        raise _file(f"第 {reader.line_num} 行：{error}", f"line {reader.line_num}: {error}") from error
    return rows


def _json(text: str) -> list[Incoming]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _file(f"不是 JSON：{error}", f"it is not JSON: {error}") from error
    if not isinstance(data, list) or not all(isinstance(each, dict) for each in data):
        raise _file("应为对象的列表", "it must be a list of objects")
    for each in data:
        _columns(tuple(each))
    return [Incoming(position, each) for position, each in enumerate(data, 1)]


def _columns(names: Sequence[str]) -> None:
    missing = [name for name in REQUIRED if name not in names]
    strange = [sayable(str(name)[:100]) for name in names if name not in COLUMNS]
    if missing or strange or len(set(names)) != len(names):
        raise _file(
            f"缺少列 {'、'.join(missing) or '-'}，不认识 {'、'.join(map(str, strange)) or '-'}；可用 {'、'.join(COLUMNS)}",
            f"columns missing: {', '.join(missing) or '-'}; not known: {', '.join(map(str, strange)) or '-'}; there are {', '.join(COLUMNS)}",
        )


def _new(row: Incoming) -> New:
    cells = {name: _text(value) for name, value in row.cells.items()}
    people = cells.get("people") or "1"
    major = cells.get("major") or "0"
    if not (people.isascii() and people.isdigit()) or len(people) > 7 or major not in ("0", "1"):
        raise _cell(
            "people, major", "people 为整数，major 为 0 或 1", "people is a whole number, major 0 or 1"
        )
    try:
        at = instant(cells.get("handed_at") or "")
    except (ValueError, OverflowError) as error:
        raise _cell("handed_at", "写作 2026-11-20T09:30", "written 2026-11-20T09:30") from error
    if not (cells.get("hotline") and cells.get("hotline_no")):
        raise _cell("hotline, hotline_no", "不可为空", "they must not be empty")
    return New(
        channel=HOTLINE,
        topic=cells.get("topic") or "",
        title=cells.get("title") or "",
        content=cells.get("content") or "",
        about=Organisation(cells.get("organization"), cells.get("organization_name")),
        person=Person(**{name: cells.get(name) for name in ("name", "id_no", "phone", "email", "address")}),
        region=cells.get("region"),
        people=int(people),
        major=major == "1",
        hotline=cells["hotline"],
        hotline_no=cells["hotline_no"],
        links=tuple((kind, target) for kind in ("case", "item") if (target := cells.get(kind))),
        at=at,
    )


def _text(value: Any) -> str | None:
    """A cell as text, None where it is empty; a number or flag of JSON as CSV would have it."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, (dict, list)):
        raise _cell("*", "每项为文字或数", "every value is a text or a number")
    return None if value is None or str(value).strip() == "" else str(value).strip()


def _repeat(connection: Connection, new: New, row: Incoming, done: Imported) -> bool:
    """Whether the hotline's number is known; noted in `done`, with other content as changed."""
    known = connection.execute(
        select(complaint.c.complaint_id, complaint.c.content_digest).where(
            complaint.c.hotline == new.hotline, complaint.c.hotline_no == new.hotline_no
        )
    ).one_or_none()
    if known is None:
        return False
    if known.content_digest == digest(new):
        done.known += 1
    else:
        done.changed.append({"line": row.line, "hotline_no": new.hotline_no, "complaint": known.complaint_id})
    return True


def _cell(name: str, zh: str, en: str) -> StopError:
    return StopError(
        "COMPLAINT_ROW",
        zh=f"{name} 不对：{zh}",
        en=f"{name} is wrong: {en}",
        remedy_zh="由热线改正这一行后再导入；其余各行已登记",
        remedy_en="Let the hotline mend this row and import again; the others are registered",
        place=Place(field=name),
    )


def _file(zh: str, en: str) -> StopError:
    return StopError(
        "COMPLAINT_FILE",
        zh=f"热线文件不能读取：{zh}",
        en=f"The hotline's file cannot be read: {en}",
        remedy_zh="按 docs/complaints.md 的格式改正；本次没有登记",
        remedy_en="Mend it after docs/complaints.md; nothing was registered",
    )
