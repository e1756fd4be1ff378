"""What is to be sent now and what later: quiet hours, digests, floods; and how a parcel reads. Nothing is touched here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hub.clock import from_us, to_us
from hub.messages.shapes import Book, Letter, Parcel, Recipient, Waiting

FLOOD = 20
"""More messages than this for one address at one time leave as one, whatever the recipient said."""
LISTED = 50
"""Messages that one digest tells in full, the gravest; of the others their number."""
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
MOST_ATTEMPTS = 24
"""About 20 hours; then a person must look (`suphub message retry`)."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Parcels to be sent now, rows to be looked at again at an instant, and rows whose recipient or address is no longer there."""

    parcels: tuple[Parcel, ...] = ()
    later: dict[int, int] = field(default_factory=dict)  # id → µs
    orphans: tuple[Waiting, ...] = ()


def plan(rows: Iterable[Waiting], book: Book, now: int) -> Plan:
    """Sort what is due. Rows that were tried together stay together; those that were never tried are gathered anew."""
    grouped: dict[tuple[str, str, str | None], list[Waiting]] = defaultdict(list)
    orphans: list[Waiting] = []
    for row in rows:
        if row.recipient in book.recipients and row.address in book.recipients[row.recipient].addresses:
            grouped[row.recipient, row.address, row.batch].append(row)
        else:
            orphans.append(row)
    parcels: list[Parcel] = []
    later: dict[int, int] = {}
    for (name, address, batch), found in grouped.items():
        recipient = book.recipients[name]
        urgent = [row for row in found if row.level >= recipient.urgent]
        others = [row for row in found if row.level < recipient.urgent]
        if batch is not None:
            urgent, others = (found, []) if urgent else ([], found)
        at = _leaves_at(recipient, others, now, tried=batch is not None)
        if at > now:
            later.update((row.id, at) for row in others)
            others = []
        together = batch is not None or recipient.digest is not None
        parts = [*_parts(urgent, together=batch is not None), *_parts(others, together=together)]
        parcels += [Parcel(recipient, address, tuple(part), batch) for part in parts]
    return Plan(tuple(parcels), later, tuple(orphans))


def _leaves_at(recipient: Recipient, rows: Sequence[Waiting], now: int, *, tried: bool) -> int:
    """When messages that are not urgent may leave: after the hours of rest, and once they are gathered."""
    at = now
    if recipient.digest is not None and rows and not tried:
        at = max(at, min(row.created_at for row in rows) + recipient.digest // timedelta(microseconds=1))
    return held_until(recipient, at) or at


def _parts(rows: Sequence[Waiting], *, together: bool) -> list[Sequence[Waiting]]:
    if not rows:
        return []
    return [rows] if together or len(rows) > FLOOD else [[row] for row in rows]


def held_until(recipient: Recipient, now: int) -> int | None:
    """The instant at which the recipient's hours of rest end; None outside them."""
    here = from_us(now)
    if recipient.quiet is None or not recipient.quiet.holds(here.time()):
        return None
    end = datetime.combine(here.date(), recipient.quiet.end, here.tzinfo)
    return to_us(end if end > here else end + timedelta(days=1))


def pause(attempts: int) -> timedelta:
    """How long to wait after so many attempts."""
    return min(FIRST_PAUSE * (1 << min(attempts - 1, 10)), LONGEST_PAUSE)


def letter(parcel: Parcel, key: str) -> Letter:
    """A parcel as people read it, in the recipient's language."""
    rows, language = parcel.rows, parcel.recipient.language
    worst = max(rows, key=lambda row: row.level)
    systems = sorted({row.system for row in rows if row.system})
    if len(rows) == 1:
        subject, body = _both(rows[0], "subject", " · ", language), _both(rows[0], "body", "\n\n", language)
    else:
        subject, body = _digest(rows, language)
    return Letter(key, parcel.address, subject, body, worst.kind, worst.level, ",".join(systems)[:200])


def _digest(rows: Sequence[Waiting], language: str) -> tuple[str, str]:
    gravest = sorted(range(len(rows)), key=lambda number: -rows[number].level)[:LISTED]
    told = [
        f"{number}. {from_us(row.created_at):%m-%d %H:%M} {_both(row, 'subject', ' · ', language)}\n\n"
        f"{_both(row, 'body', chr(10), language)}"
        for number, row in enumerate((rows[each] for each in sorted(gravest)), 1)
    ]
    more = len(rows) - LISTED
    if more > 0:
        told.append(
            _chosen(
                f"另有 {more} 条:suphub message list", f"{more} more: suphub message list", " · ", language
            )
        )
    heads = {"zh": f"监察枢纽:{len(rows)} 条消息", "en": f"Supervision Hub: {len(rows)} messages"}
    return _chosen(heads["zh"], heads["en"], " · ", language), "\n\n".join(told)


def _both(row: Waiting, what: str, between: str, language: str) -> str:
    return _chosen(row.content[f"{what}_zh"], row.content[f"{what}_en"], between, language)


def _chosen(zh: str, en: str, between: str, language: str) -> str:
    return {"zh": zh, "en": en}.get(language) or f"{zh}{between}{en}"
