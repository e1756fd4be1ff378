"""The shape of a letter before it is printed: an official document (公文) or a form, as plain text in its parts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Document:
    """All parts of a letter, in the order in which they are printed; an empty part is left out.

    `form`: a table under its title (登记表, 通知单 in that shape) instead of running text. `mark` is printed in the
    head of every page, for a preview that must not be taken for the letter.
    """

    issuer: str
    title: str
    reference: str
    to: str
    body: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    close: str
    sign: str
    date: str
    copies: str
    form: bool
    mark: str = ""

    def texts(self) -> Iterator[str]:
        """Every text of the document: what its font must be able to show."""
        yield from (self.issuer, self.title, self.reference, self.to, self.close, self.sign, self.date)
        yield from (self.copies, self.mark, *self.body)
        for label, value in self.facts:
            yield from (label, value)


def chinese_date(day: date) -> str:
    """2026年11月22日, without leading zeros (GB/T 9704)."""
    return f"{day.year}年{day.month}月{day.day}日"


def reference(word: str, year: int, number: int) -> str:
    """发文字号: 监问〔2026〕12号 (GB/T 9704: six-cornered brackets, no leading zeros)."""
    return f"{word}〔{year}〕{number}号"
