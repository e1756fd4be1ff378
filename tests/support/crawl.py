"""Walks the links of the pages from the front page on, and says what leads nowhere and which figures lead to nothing."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urldefrag, urljoin

ROUTE = re.compile(r"/hub/([a-z]*)(?:/([^?]*))?(\?.*)?")


@dataclass(slots=True)
class Found:
    """What a walk found: pages opened, links that lead nowhere (page, link, status), numbers without a link (page, text)."""

    opened: list[str] = field(default_factory=list)
    dead: list[tuple[str, str, int]] = field(default_factory=list)
    numbers: list[tuple[str, str]] = field(default_factory=list)
    routes: Counter[str] = field(default_factory=Counter)


class _Page(HTMLParser):
    """Links, ids, and the numbers of figures tables that have no link."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.numbers: list[str] = []
        self._figures = False
        self._cell: list[str] | None = None
        self._linked = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids.add(given.get("id") or "")
        if tag == "a" and given.get("href"):
            self.links.append(str(given["href"]))
            self._linked += 1
        if tag == "table":
            self._figures = "figures" in (given.get("class") or "").split()
        if tag == "td" and self._figures and "n" in (given.get("class") or "").split():
            self._cell = []

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._linked -= 1
        if tag == "td" and self._cell is not None:
            text = "".join(self._cell).strip()
            if re.search(r"[1-9]", text):
                self.numbers.append(text)
            self._cell = None

    def handle_data(self, data: str) -> None:
        if self._cell is not None and not self._linked:
            self._cell.append(data)


def shape(link: str) -> str:
    """Which pages are of one kind: `/hub/cards/12` and `/hub/cards/7` are, `/hub/cards?open=1` is another one."""
    found = ROUTE.fullmatch(link)
    if found is None:
        return link
    page, rest, query = found.groups()
    asked = sorted(re.findall(r"[?&](\w+)=", query or ""))
    if "lang" in asked:  # the other language of a page is one kind, whatever else is asked
        asked = ["lang"]
    return f"{page}/{'/'.join('*' for _ in (rest or '').split('/') if rest)}?{','.join(asked)}"


def crawl(get: Callable[[str], Any], start: str = "/hub/", *, each: int | None = None) -> Found:
    """Open `start` and whatever its pages lead to, at most `each` pages of one shape (None: all of them)."""
    found, waiting, seen = Found(), deque([("", start)]), {start}
    while waiting:
        origin, link = waiting.popleft()
        kind = shape(link)
        if each is not None and found.routes[kind] >= each:
            continue
        found.routes[kind] += 1
        answer = get(link)
        found.opened.append(link)
        if answer.status_code != 200:
            found.dead.append((origin, link, answer.status_code))
            continue
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        page = _Page()
        page.feed(answer.text)
        found.numbers += [(link, text) for text in page.numbers]
        for there, part in _resolved(link, page.links):
            if part and there == link and part not in page.ids:
                found.dead.append((link, f"{there}#{part}", 0))
            if there not in seen:
                seen.add(there)
                waiting.append((link, there))
    return found


def _resolved(page: str, links: list[str]) -> Iterator[tuple[str, str]]:
    for each in links:
        there, part = urldefrag(urljoin(page, each))
        yield there, part


NUMBER = re.compile(r"[0-9]+")
CARDS = ("yellow", "red")
"""Parts of a score that count cards; warnings count how often there were several in a row."""


@dataclass(slots=True)
class Figure:
    """A number with a link in a table of figures: on which page, where it leads, and how much that list holds."""

    page: str
    link: str
    number: int
    listed: int | None = None


class _Lists(HTMLParser):
    """The numbers with links in tables of figures, and how much the table of class `list` holds: a row is 1, or its data-counts."""

    def __init__(self) -> None:
        super().__init__()
        self.figures: list[tuple[str, int]] = []
        self.rows: int | None = None
        self.next: str | None = None
        self.sections: Counter[str] = Counter()
        """Under the heading of that id: the cards that are listed there."""
        self._section: str | None = None
        self._classes: list[str] = []
        self._link = ""
        self._head = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "h2":
            self._section = given.get("id")
        if tag == "a" and self._section and re.search(r"/cards/[0-9]+$", given.get("href") or ""):
            self.sections[self._section] += 1
        if tag == "table":
            self._classes = (given.get("class") or "").split()
            if "list" in self._classes:
                self.rows, self._head = 0, 1
        elif tag == "tr" and "list" in self._classes and self.rows is not None:
            self.rows += 0 if self._head else int(given.get("data-counts") or 1)
            self._head = 0
        elif tag == "td" and "list" in self._classes and given.get("colspan") and self.rows is not None:
            self.rows -= 1  # the line that says that there are none
        elif tag == "a":
            self._link = str(given.get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        self._link = "" if tag == "a" else self._link
        self._classes = [] if tag == "table" else self._classes

    def handle_data(self, data: str) -> None:
        if self._link and data.strip() in ("下一页 →", "Next →"):
            self.next = self._link
        if self._link and "figures" in self._classes and NUMBER.fullmatch(data.strip()):
            self.figures.append((self._link, int(data)))


def read_lists(text: str) -> _Lists:
    """What a page has of figures and of its list."""
    page = _Lists()
    page.feed(text)
    return page


def held(get: Callable[[str], Any], link: str) -> int | None:
    """How much the list at an address holds, over all its pages; None where that page has no list."""
    total, there = 0, urldefrag(link)[0]
    while True:
        page = read_lists(get(there).text)
        if page.rows is None:
            return None
        total += page.rows
        if page.next is None:
            return total
        there = urldefrag(urljoin(there, page.next))[0]


def figures(get: Callable[[str], Any], pages: list[str]) -> Iterator[Figure]:
    """Every number with a link in the tables of figures of these pages, and what its list holds."""
    known: dict[str, int | None] = {}
    for page in pages:
        for link, number in read_lists(get(page).text).figures:
            there, part = urldefrag(urljoin(page, link))
            if there == urldefrag(page)[0]:
                continue
            if "/of/" in there:  # a score: its points, or under the heading of a part the cards that count
                if part in CARDS:
                    yield Figure(page, f"{there}#{part}", number, read_lists(get(there).text).sections[part])
                continue
            if there not in known:
                known[there] = held(get, there)
            yield Figure(page, there, number, known[there])
