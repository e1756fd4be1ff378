"""Issues a letter within the caller's transaction: its number, its bytes in the raw store, its row, its entry in the log."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select, update

from hub.central.seals import seals
from hub.central.tables.business import card, supervision_order
from hub.central.tables.letters import letter
from hub.errors import Place, StopError
from hub.letters import fields as found_in
from hub.letters import numbers
from hub.letters.document import Document, chinese_date, reference
from hub.letters.docx import docx
from hub.letters.kinds import BY_LEVEL, KINDS, Kind
from hub.letters.pdf import pdf
from hub.letters.settings import LetterSettings, load_letter_settings
from hub.letters.template import Template, load_template
from hub.masking import scrubbed_but
from hub.rawstore import RawStore
from hub.supervision import regions
from hub.supervision.cards import Log
from hub.supervision.regions import Deadlines

Told = Callable[[Connection, Mapping[str, Any]], None]
"""Called with a letter that has just been written, in its transaction: the way back to the department."""
CODES = (
    "organization_code",
    "case_no",
    "item_code",
    "system",
    "reference",
    "former_reference",
    "card",
    "order",
    "complaint",
)
"""Fields that hold numbers of things: they may look like a person's, and are not."""
PREVIEW = "预览，不具效力 PREVIEW"


@dataclass(frozen=True, slots=True)
class Press:
    """What letters are written with: templates and settings of `folder`, the raw store, and whom to tell."""

    folder: Path
    raw: RawStore
    log: Log
    told: Told | None = None

    def settings(self) -> LetterSettings:
        """Raises StopError LETTER_SETTINGS."""
        return load_letter_settings(self.folder)

    def template(self, kind: Kind) -> Template:
        """Raises StopError LETTER_TEMPLATE."""
        return load_template(kind, self.folder)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A letter that is to be written. The same `key` is the same letter, however often it is asked for."""

    kind: Kind
    key: str
    fields: Mapping[str, str]
    by: str = "hub"
    row: Mapping[str, Any] = field(
        default_factory=dict
    )  # columns of the table `letter` beside those made here
    sets_deadline: bool = False  # its answer's last day becomes that of its card


def issue(connection: Connection, press: Press, wanted: Wanted, on: date, at: int) -> Mapping[str, Any]:
    """The letter's row; written now, dated `on`, unless there is one of that key. Raises StopError, RetryError."""
    there = _by_key(connection, wanted.key)
    if there is not None:
        return there
    settings, template = press.settings(), press.template(wanted.kind)
    number = numbers.next_number(connection, settings.issuer, wanted.kind.code, on.year)
    there = _by_key(connection, wanted.key)
    if there is not None:  # another worker wrote it while this one waited for the number
        numbers.give_back(connection, settings.issuer, wanted.kind.code, on.year, number)
        return there
    due = _answer_due(connection, wanted, settings, on)
    numbered = reference(template.word, on.year, number)
    filled = _filled(wanted, settings, numbered, on, due)
    document = template.filled(filled)
    made = {name: press.raw.put_bytes(data)[0] for name, data in _printed(document, template).items()}
    values = {
        **wanted.row, **made, "letter_key": wanted.key, "kind": wanted.kind.code, "issuer": settings.issuer,
        "year": on.year, "number": number, "reference": numbered, "title": document.title, "issued_on": on,
        "issued_at": at, "answer_due_on": due or wanted.row.get("answer_due_on"), "issued_by": wanted.by,
        "fields": json.dumps(_kept(wanted.kind, filled), ensure_ascii=False, sort_keys=True),
    }  # fmt: skip
    inserted = connection.execute(insert(letter).values(values)).inserted_primary_key
    assert inserted is not None
    letter_id = int(inserted[0])
    sealed = {"letter": seals(connection, letter, letter.c.letter_id == letter_id)}
    if wanted.sets_deadline and due is not None:
        _set_deadline(connection, wanted.row["card_id"], due)
        sealed["card"] = seals(connection, card, card.c.card_id == wanted.row["card_id"])
    row = found_in.letter_row(connection, letter_id)
    if press.told is not None:
        press.told(connection, row)
    press.log(connection, "letter.issued", {**_log_body(letter_id, values), "seals": sealed})
    return row


def preview(connection: Connection, press: Press, wanted: Wanted, on: date) -> dict[str, bytes]:
    """What the letter would look like, without a number and marked; `pdf` and `docx`. Nothing is stored."""
    settings, template = press.settings(), press.template(wanted.kind)
    due = _answer_due(connection, wanted, settings, on)
    filled = _filled(wanted, settings, f"{template.word}〔{on.year}〕×号", on, due)
    printed = _printed(replace(template.filled(filled), mark=PREVIEW), template)
    return {name: printed[name] for name in ("pdf", "docx")}


def for_card(connection: Connection, kind: Kind, card_id: int, by: str = "hub") -> Wanted:
    """The letter of a kind about a card. Raises StopError CARD_UNKNOWN."""
    row = found_in.card_row(connection, card_id)
    columns = {name: row[name] for name in ("card_id", "level", "system", "case_no", "org_uscc", "org_name")}
    automatic = BY_LEVEL.get(row["level"]) == kind.code and row["state"] == "已发"
    return Wanted(
        kind, f"card:{card_id}:{kind.code}:{row['level']}", found_in.of_card(row), by, columns, automatic
    )


def with_fields(wanted: Wanted, given: Mapping[str, str]) -> Wanted:
    """The same letter with some fields said otherwise by hand. Raises StopError LETTER_FIELD for an unknown one."""
    _known(wanted.kind, given)
    return replace(wanted, fields={**wanted.fields, **given})


def key_of(kind: str, given: Mapping[str, str], row: Mapping[str, Any]) -> str:
    """The key of a letter by hand: the same contents are the same letter."""
    text = json.dumps([kind, dict(given), dict(row)], ensure_ascii=False, sort_keys=True)
    return f"hand:{kind}:{sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"


def needed(kind: Kind, option: str, number: int | None) -> int:
    """The number of the card or letter that a kind is written about. Raises StopError LETTER_ABOUT without one."""
    if number is None:
        raise StopError(
            "LETTER_ABOUT",
            zh=f"{kind.zh}要写明针对哪一件",
            en=f"The letter {kind.code} is about one thing, and none is given",
            remedy_zh=f"加上 --{option} 编号",
            remedy_en=f"Add --{option} NUMBER",
            place=Place(field=kind.code),
        )
    return number


def nothing_to_correct(letter_id: int) -> StopError:
    """The error for a correction of a letter whose card is as the letter says."""
    return StopError(
        "LETTER_AS_SENT",
        zh=f"文书 {letter_id} 与牌、督办单的现状一致(或与两者无关),无须更正",
        en=f"The letter {letter_id} says what its card or order still says, or is about neither: there is nothing to correct",
        remedy_zh="牌撤销、调级、重算或督办单撤回后再更正;另有差错可发监察建议书说明",
        remedy_en="Correct it once its card is withdrawn, changes level or is counted anew, or its order is recalled; explain any other mistake in a letter of suggestion",
        place=Place(field="letter"),
    )


def by_hand(kind: Kind, key: str, given: Mapping[str, str], by: str, row: Mapping[str, Any]) -> Wanted:
    """A letter whose fields are given. Raises StopError LETTER_FIELD for one that its kind does not know, or lacks."""
    _known(kind, given)
    return Wanted(kind, key, dict(given), by, dict(row))


def _known(kind: Kind, given: Mapping[str, str]) -> None:
    for name in given:
        if name not in kind.fields:
            raise _field_wrong(kind, f"没有字段 {name}", f"has no field {name}")


def _filled(
    wanted: Wanted, settings: LetterSettings, number: str, on: date, due: date | None
) -> dict[str, str]:
    """All fields of the template; the deadline is the letter's own unless one was given."""
    given = {"answer_by": found_in.answer_by(due, on), **wanted.fields}
    filled = {name: _one_line(given.get(name) or "") for name in wanted.kind.fields}
    codes = [filled[name] for name in CODES if filled.get(name)]
    filled |= {
        name: scrubbed_but(text, codes)
        for name, text in filled.items()
        if name not in wanted.kind.on_paper and name not in CODES
    }
    filled |= {"issuer": settings.issuer_name, "reference": number, "date": chinese_date(on)}
    missing = [name for name in wanted.kind.required if not filled[name]]
    if missing:
        raise _field_wrong(wanted.kind, f"缺 {'、'.join(missing)}", f"lacks {', '.join(missing)}")
    return filled


def _kept(kind: Kind, filled: Mapping[str, str]) -> dict[str, str]:
    """The fields as the table keeps them and lists show them."""
    codes = [filled[name] for name in CODES if filled.get(name)]
    return {
        name: "*" * len(text)
        if name in kind.personal
        else text
        if name in CODES
        else scrubbed_but(text, codes)
        for name, text in filled.items()
    }


def _printed(document: Document, template: Template) -> dict[str, bytes]:
    return {"pdf": pdf(document), "docx": docx(document), "template": template.source}


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _answer_due(connection: Connection, wanted: Wanted, settings: LetterSettings, on: date) -> date | None:
    if "answer_by" not in wanted.kind.fields or "answer_by" in wanted.fields:
        return None
    return Deadlines(connection).after(on, settings.answer_within, _region(connection, wanted.row))


def _region(connection: Connection, row: Mapping[str, Any]) -> str | None:
    """Whose working days count: those of the card's or the order's region, else of the organisation's or the system's."""
    for table, key in ((card, "card_id"), (supervision_order, "order_id")):
        if row.get(key) is not None:
            return connection.execute(select(table.c.region_code).where(table.c[key] == row[key])).scalar()
    uscc, system = row.get("org_uscc"), row.get("system")
    return regions.of_organization(connection, uscc) or regions.of_system(connection, system)


def _set_deadline(connection: Connection, card_id: int, due: date) -> None:
    """即日: the 30 working days of T10 are for cards without a letter (docs/rules/time.md). A printed day stays."""
    values = {"feedback_due_on": due, "feedback_workdays": None}
    connection.execute(update(card).where(card.c.card_id == card_id).values(values))


def _by_key(connection: Connection, key: str) -> dict[str, Any] | None:
    found = connection.execute(select(letter).where(letter.c.letter_key == key)).mappings().one_or_none()
    return None if found is None else dict(found)


def _log_body(letter_id: int, values: Mapping[str, Any]) -> dict[str, Any]:
    names = (
        "kind",
        "reference",
        "card_id",
        "order_id",
        "complaint",
        "follows",
        "system",
        "org_uscc",
        "issued_by",
    )
    body = {
        name: values[name] for name in (*names, "pdf", "docx", "template") if values.get(name) is not None
    }
    return {"letter": letter_id, "issued_on": values["issued_on"].isoformat(), **body}


def _field_wrong(kind: Kind, zh: str, en: str) -> StopError:
    return StopError(
        "LETTER_FIELD",
        zh=f"{kind.zh}{zh}",
        en=f"The letter {kind.code} {en}",
        remedy_zh=f"用 --set 名称=内容 给出;可用:{'、'.join(kind.fields)};必填:{'、'.join(kind.required) or '无'}",
        remedy_en=f"Give it as --set name=text; known: {', '.join(kind.fields)}; needed: {', '.join(kind.required) or 'none'}",
        place=Place(field=kind.code),
    )


__all__ = ["KINDS", "Press", "Wanted", "by_hand", "for_card", "issue", "preview"]
