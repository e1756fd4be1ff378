"""Reads an answer of a department, an XML file of card.xsd or a row of its table, into one shape; bounded, and trusting nothing."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from lxml import etree

from hub.envelope.limits import Limits as TextLimits
from hub.envelope.text import spelling_of, to_utf8
from hub.errors import PackageRefused, Place, RefusedError
from hub.plain_text import keepable, sayable
from hub.returning.documents import NAMESPACE

LARGEST = 32 * 1024 * 1024
"""Bytes of one answer, attachments included."""
KINDS = ("answer", "appeal", "sign", "feedback")
MOST_TEXT = 20_000
_HIGHEST = 2**63 - 1
"""What the number of a card or an order can be at most."""
MOST_TAGS, MOST_QUOTES = 1_000, 2 * MOST_TEXT
"""Of one answer: looked at before it is parsed, since a tree takes many times the bytes of its tags and attributes."""
_N = f"{{{NAMESPACE}}}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a department says: about a card (answer 反馈, appeal 申诉) or an order (sign 签收, feedback 反馈)."""

    answer_id: str
    system: str
    kind: str
    card_id: int | None
    order_id: int | None
    organization: str
    person: str
    text: str
    attachments: tuple[tuple[str, bytes], ...] = ()


def from_xml(data: bytes, name: str, limits: TextLimits) -> Answer:
    """The answer of a file. Raises RefusedError ANSWER_INVALID with line and reason."""
    if b"\0" in data[:2] or not data.strip():
        raise invalid(name, "不是 XML 文本", "no XML text")
    try:
        text = b"".join(to_utf8(iter((data,)), spelling_of(data[:4096]), limits))
        if text.count(b"<") > MOST_TAGS or text.count(b'"') + text.count(b"'") > MOST_QUOTES:
            raise invalid(
                name, f"标签超过 {MOST_TAGS} 个或引号过多", f"more than {MOST_TAGS} tags, or too many quotes"
            )
        # Huge: an attachment may be longer than libxml2's 10 MB of one text; LARGEST bounds it, and there are no entities.
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, huge_tree=True, remove_comments=True, remove_pis=True
        )
        root = etree.fromstring(text, parser)
    except PackageRefused as error:
        raise invalid(name, str(error), str(error), error.line) from error
    except etree.XMLSyntaxError as error:
        raise invalid(name, str(error.msg), str(error.msg), error.lineno) from error
    schema = _schema()
    if root.tag != f"{_N}Answer" or not schema.validate(root):
        reasons: Any = schema.error_log
        said = reasons.last_error
        why = said.message if said is not None else f"{root.tag} / Answer"
        raise invalid(name, why, why, said.line if said is not None else None)
    return _answer(root, name)


def from_row(row: Mapping[str, Any], system: str) -> Answer:
    """The answer of a row of the department's table. Raises RefusedError ANSWER_INVALID naming the column."""
    where = sayable(f"id={row.get('id')}"[:100])
    kind = _said(row, "kind", 10, where)
    if kind not in KINDS:
        raise invalid(
            where,
            f"kind 不认识 {kind!r},可用 {'、'.join(KINDS)}",
            f"kind {kind!r} is none of {', '.join(KINDS)}",
        )
    numbers = {name: _number(row, name, where) for name in ("card_id", "order_id")}
    if (numbers["card_id"] is None) == (numbers["order_id"] is None):
        raise invalid(
            where, "card_id 与 order_id 须且只须写一个", "exactly one of card_id and order_id must be given"
        )
    _fitting(kind, numbers["card_id"], where)
    attachments = ()
    if row.get("attachment"):
        attachments = ((_said(row, "attachment_name", 200, where), _decoded(str(row["attachment"]), where)),)  # type: ignore[assignment]
    return Answer(
        _said(row, "id", 64, where), system, kind, numbers["card_id"], numbers["order_id"],
        _said(row, "org_code", 18, where), _said(row, "person", 100, where), _said(row, "content", MOST_TEXT, where),
        attachments,
    )  # fmt: skip


def invalid(name: str, zh: str, en: str, line: int | None = None) -> RefusedError:
    """An answer that cannot be read."""
    return RefusedError(
        "ANSWER_INVALID",
        zh=f"答复读不懂:{zh}",
        en=f"The answer cannot be read: {en}",
        remedy_zh="按 docs/departments/cards.md 的格式改正后重新提交(AnswerId 可不变)",
        remedy_en="Mend it by the format of docs/departments/cards.md and send it again (AnswerId may stay)",
        place=Place(file=name, line=line),
    )


@cache
def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.fromstring(files("hub.returning").joinpath("card.xsd").read_bytes()))


def _answer(root: etree._Element, name: str) -> Answer:
    def text(tag: str) -> str | None:
        found = root.findtext(f"{_N}{tag}")
        return None if found is None else found.strip()

    kind = text("Kind") or ""
    card_id, order_id = (_number({tag: text(tag)}, tag, name) for tag in ("CardId", "OrderId"))
    _fitting(kind, card_id, name)
    attachments = tuple(
        (str(each.get("name")), _decoded(each.text or "", name)) for each in root.iterfind(f"{_N}Attachment")
    )
    return Answer(
        text("AnswerId") or "", text("SystemCode") or "", kind, card_id, order_id, text("OrgCode") or "", (text("Person") or "")[:100],
        text("Text") or "", attachments,
    )  # fmt: skip


def _fitting(kind: str, card_id: int | None, name: str) -> None:
    """Cards are answered and appealed against, orders signed for and answered."""
    if (kind in ("answer", "appeal")) != (card_id is not None):
        raise invalid(
            name, f"Kind {kind} 与 CardId/OrderId 不符", f"Kind {kind} does not go with CardId or OrderId"
        )


def _decoded(text: str, name: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise invalid(name, f"附件不是 base64({error})", f"an attachment is not base64 ({error})") from error


def _said(row: Mapping[str, Any], column: str, most: int, where: str) -> str:
    value = str(row.get(column) if row.get(column) is not None else "").strip()
    if not 0 < len(value) <= most or not keepable(value):
        raise invalid(
            where,
            f"{column} 须为 1 至 {most} 个能保存的字符",
            f"{column} has 1 to {most} characters that can be kept (no NUL)",
        )
    return value


def _number(row: Mapping[str, Any], column: str, where: str) -> int | None:
    value = row.get(column)
    if value is None or value == "":
        return None
    written = str(value).strip().removeprefix("+")
    if not (written.isascii() and written.isdigit()) or len(written) > 19 or int(written) > _HIGHEST:
        shown = sayable(written[:40])
        raise invalid(
            where,
            f"{column} 不是牌或督办单的编号:{shown!r}",
            f"{column} is no number of a card or order: {shown!r}",
        )
    return int(written)
