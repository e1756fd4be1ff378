"""The walk over the pages finds what it is for: dead links, missing places, numbers that lead nowhere."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from tests.support.crawl import crawl, shape

PAGES = {
    "/hub/": '<a href="/hub/cards">a</a><a href="#there">b</a><a href="/hub/gone">c</a>'
    '<table class="figures"><tr><td class="n"><a href="/hub/cards">3</a></td><td class="n"> 7 </td><td class="n">0</td>'
    '<td>8</td></tr></table><table><tr><td class="n">9</td></tr></table>',
    "/hub/cards": '<a href="?page=2">n</a>' + "".join(f'<a href="/hub/cards/{n}">x</a>' for n in range(9)),
}  # fmt: skip


def get(link: str) -> Any:
    html = PAGES.get(link, "" if link.startswith("/hub/cards") else None)
    return SimpleNamespace(
        status_code=404 if html is None else 200, text=html, headers={"content-type": "text/html"}
    )


def test_it_finds_dead_links_missing_places_and_numbers_without_a_link() -> None:
    found = crawl(get)
    assert sorted(found.dead) == [("/hub/", "/hub/#there", 0), ("/hub/", "/hub/gone", 404)]
    assert found.numbers == [("/hub/", "7")]
    assert len(found.opened) == 13


def test_it_opens_as_many_pages_of_one_shape_as_it_is_told() -> None:
    assert crawl(get, each=2).routes["cards/*?"] == 2
    assert shape("/hub/cards/1?lang=en") != shape("/hub/cards/1") == shape("/hub/cards/22")
