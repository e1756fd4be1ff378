"""Files that come with an answer, an appeal or an opinion: into the raw store by digest, bounded, kept, retrievable."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, select

from hub.central.tables.business import card_event, order_hand
from hub.errors import PackageRefused, Place, StopError
from hub.rawstore import RawStore, Readable

MOST = 20
"""Files of one answer."""
LARGEST = 50 * 1024 * 1024
"""Bytes of one file."""
NAME = 200
_STRANGE = re.compile(r"[\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A stored file: its name as it came (no path), the SHA-256 under which the raw store has it, its size in bytes."""

    name: str
    digest: str
    size: int

    def as_dict(self) -> dict[str, Any]:
        """The attachment as plain data."""
        return asdict(self)


def keep(store: RawStore, name: str, stream: Readable) -> Attachment:
    """Store a file. Raises StopError CARD_ATTACHMENT (its name, or more than LARGEST bytes), RetryError of the store."""
    plain = name.replace("\\", "/").rpartition("/")[2].strip()
    if not 0 < len(plain) <= NAME or plain in (".", "..") or _STRANGE.search(plain):
        raise _refused(
            name, f"文件名须为 1 至 {NAME} 个可见字符", f"a file name has 1 to {NAME} visible characters"
        )
    try:
        digest, size = store.put(stream, LARGEST)
    except PackageRefused as error:
        mib = LARGEST // 1024 // 1024
        raise _refused(plain, f"超过 {mib} MiB", f"larger than {mib} MiB") from error
    return Attachment(plain, digest, size)


def checked(given: Sequence[Attachment]) -> list[dict[str, Any]]:
    """Attachments as they are stored with an event. Raises StopError CARD_ATTACHMENT for more than MOST."""
    if len(given) > MOST:
        raise _refused(given[MOST].name, f"最多 {MOST} 个附件", f"at most {MOST} attachments")
    return [each.as_dict() for each in given]


def of_card(connection: Connection, card_id: int) -> list[dict[str, Any]]:
    """Every attachment of a card, oldest first: number, event, name, digest, size."""
    rows = connection.execute(
        select(card_event.c.number, card_event.c.attachments)
        .where(card_event.c.card_id == card_id, card_event.c.attachments.is_not(None))
        .order_by(card_event.c.number)
    )
    found = [{"event": row.number, **each} for row in rows for each in json.loads(row.attachments)]
    return [{"number": number, **each} for number, each in enumerate(found, 1)]


def of_order(connection: Connection, order_id: int) -> list[dict[str, Any]]:
    """Every attachment of an order, oldest first: number, hand, name, digest, size."""
    rows = connection.execute(
        select(order_hand.c.number, order_hand.c.attachments)
        .where(order_hand.c.order_id == order_id, order_hand.c.attachments.is_not(None))
        .order_by(order_hand.c.number)
    )
    found = [{"hand": row.number, **each} for row in rows for each in json.loads(row.attachments)]
    return [{"number": number, **each} for number, each in enumerate(found, 1)]


def _refused(name: str, zh: str, en: str) -> StopError:
    return StopError(
        "CARD_ATTACHMENT",
        zh=f"附件“{name[:NAME]}”不能收：{zh}",
        en=f"The attachment {name[:NAME]!r} cannot be taken: {en}",
        remedy_zh="改名、拆分或压缩后重新提交；本次什么也没有改变",
        remedy_en="Rename, split or compress it and send it again; nothing was changed",
        place=Place(file=name[:NAME]),
    )
