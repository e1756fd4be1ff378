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
