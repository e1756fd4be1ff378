"""The pages by numbers, by items and by who reads them: a number leads to as many, an item to its parts, a department to its own."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from tests.journey.test_pages import airflow_app, keeper, reader, stranger, text
from tests.support.crawl import crawl, figures, shape

__all__ = ["airflow_app", "reader", "stranger"]
pytestmark = [pytest.mark.airflow, pytest.mark.usefixtures("airflow_home")]
OTHER = "91430100MA4L16JQ9B"
FILES = re.compile(r"/hub/(download|bytes)/|/(pdf|docx)$|lang=")


def test_every_number_leads_to_a_list_of_as_many(reader: Any, exchanged: Any) -> None:
    walked = crawl(reader.get, each=2)
    pages = [each for each in walked.opened if not FILES.search(each)]
    period = "/hub/scores/2026-10"
    found = list(figures(reader.get, [*pages, period]))
    assert [each for each in found if each.listed != each.number] == []
    kinds = {shape(each.link) for each in found}
    assert {
        "outcomes/*?",
        "refusals/?code",
        "cards/?level",
        "packages/*/*?outcome",
        "scores/*/*?part",
    } <= kinds
    assert len([each for each in found if each.number]) > 40


def raise_t13(hub_home: Path) -> tuple[int, str]:
    """A card about a version of an item, promised longer than the law allows: its number, and the item's code."""
    from hub import wiring
    from hub.central.engine import reading, writing
    from hub.central.tables.business import card
    from hub.central.tables.items import service_item

    with writing(wiring.engine()) as connection:
        code = connection.execute(
            select(service_item.c.item_code).where(service_item.c.statutory_limit_unit == "W").limit(1)
        ).scalar_one()
        mine = service_item.c.item_code == code
        connection.execute(
            update(service_item).where(mine).values(promised_limit=99, promised_limit_unit="W")
        )
    wiring.supervise(None)
    with reading(wiring.engine()) as connection:
        found = connection.execute(
            select(card.c.card_id).where(card.c.rule == "T13", card.c.subject.startswith(f"{code}@"))
        ).scalar_one()
    return int(found), str(code)


def test_a_card_about_an_item_leads_to_its_limits_parts_sources_and_cases(
    reader: Any, hub_home: Path, exchanged: Any
) -> None:
    number, code = raise_t13(hub_home)
    listed = text(reader.get("/hub/cards?rule=T13"))
    link = re.search(r'href="(/hub/items/[^"]+\?version=\d+)"', listed)
    assert link
    assert link[1] in text(reader.get(f"/hub/cards/{number}"))
    for language, words in (
        ("zh", ("承诺时限", "法定时限", "材料", "环节", "来自第", f"牌 {number}")),
        ("en", ("Promised limit", "Statutory limit", "Materials", "Steps", "from version", f"Card {number}")),
    ):
        page = text(reader.get(link[1], params={"lang": language, "version": link[1].rpartition("=")[2]}))
        for word in (code, "99", *words[:-1]):
            assert word in page
        assert f'href="/hub/cards/{number}"' in page
    cases = re.findall(r'href="(/hub/cases/land-bureau/[^"]+)"', page)
    assert cases
    assert f'href="/hub/items/{code}?version=' in text(reader.get(cases[0]))
    behind = text(reader.get(f"/hub/cards/{number}/cases"))
    assert len(re.findall(r'href="/hub/cases/land-bureau/', behind)) == len(cases)
    assert re.search(r'<td class="whole">\d{4}-\d\d-\d\d \d\d:\d\d</td>', behind)
    assert "T0" not in re.sub(r"<a[^>]*>[^<]*</a>", "", behind.split("<table")[1])
    assert reader.get(f"/hub/items/{code}?version=77").status_code == 404
    assert "suphub item list" in reader.get("/hub/items/nobody").text


@pytest.mark.parametrize(
    ("rule", "subject", "evidence"),
    [
        ("E6", "land-bureau/{id}", {"received": 3, "accepted": 2}),
        ("E7", "land-bureau/430100-1", {"package": "{id}", "case_no": "430100-1"}),
        ("E5", "land-bureau silent after package {id}", {"last_package": "{id}"}),
    ],
)
def test_a_card_about_a_package_leads_to_it(
    reader: Any, hub_home: Path, exchanged: Any, rule: str, subject: str, evidence: dict[str, Any]
) -> None:
    from hub import wiring
    from hub.central.engine import writing
    from hub.central.tables.business import card
    from hub.central.tables.exchange import package

    with writing(wiring.engine()) as connection:
        row = connection.execute(
            select(package.c.id, package.c.package_id).where(package.c.state == "closed")
        ).first()
        assert row is not None
        told = {key: row.id if value == "{id}" else value for key, value in evidence.items()}
        first = connection.execute(select(func.min(card.c.card_id))).scalar_one()
        connection.execute(
            update(card)
            .where(card.c.card_id == first)
            .values(
                rule=rule, case_no=None, case_id=None, subject=subject.replace("{id}", str(row.id)),
                snapshot=json.dumps({"evidence": told}),
            )
        )  # fmt: skip
    for language, word in (("zh", "报文包"), ("en", "Package")):
        page = text(reader.get(f"/hub/cards/{first}", params={"lang": language}))
        assert f'<th>{word}</th><td><a href="/hub/packages/land-bureau/{row.package_id}">' in page
        assert "land-bureau · land-bureau" not in page


def test_a_card_without_cases_says_so_and_is_no_failure(reader: Any, hub_home: Path, exchanged: Any) -> None:
    from hub import wiring
    from hub.central.engine import writing
    from hub.clock import now_us
    from hub.supervision import by_hand

    with writing(wiring.engine()) as connection:
        about = by_hand.About(organization="11430100006127328X", organization_name="国土局")
        card = by_hand.issue(
            connection, about, level=2, reason="暗访", basis="监察法", by="王监察", at=now_us(), log=None
        )
    for language, word in (("zh", "所指的不是办件"), ("en", "is not about cases")):
        answer = reader.get(f"/hub/cards/{card}/cases", params={"lang": language})
        assert answer.status_code == 404
        assert word in answer.text


def test_a_long_list_of_cases_behind_a_card_comes_in_pages(
    reader: Any, hub_home: Path, exchanged: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hub.wiring import card_cases

    number, _ = raise_t13(hub_home)
    row = {
        "system": "land-bureau",
        "applied": None,
        "handled": "2026-03-02T09:00:00+08:00",
        "completed": None,
    }
    many = [{**row, "case_no": f"n{each}"} for each in range(205)]
    monkeypatch.setattr(card_cases, "cases_behind", lambda *_: many)
    pages = [text(reader.get(f"/hub/cards/{number}/cases?page={each}")) for each in (1, 3)]
    assert [page.count("2026-03-02 09:00") for page in pages] == [100, 5]
    assert all("205 件" in page for page in pages)


@pytest.fixture
def as_department(monkeypatch: pytest.MonkeyPatch, hub_home: Path) -> Any:
    """Makes whoever reads the pages somebody who may see the DAG of one system and no other."""
    from airflow.api_fastapi.app import get_auth_manager

    def become(code: str) -> None:
        def may(_: Any, *, method: str, user: Any, access_entity: Any = None, details: Any = None) -> bool:
            return method == "GET" and details.id == f"exchange__{code}"

        monkeypatch.setattr(type(get_auth_manager()), "is_authorized_dag", may)

    return become


def two_departments(reader: Any) -> list[str]:
    """Something of every kind of the land bureau's, and another department without anything; the addresses that there are."""
    from hub import wiring
    from hub.central.engine import writing
    from hub.central.tables.business import card
    from hub.central.tables.exchange import system
    from hub.clock import now_us
    from hub.letters.issue import for_card
    from hub.letters.kinds import kind_of
    from hub.supervision import ordering
    from hub.wiring import complaints as wired
    from hub.wiring import letters
    from tests.support.complaints import PLAIN

    with writing(wiring.engine()) as connection:
        mine = connection.execute(select(system)).mappings().one()
        connection.execute(insert(system).values({**mine, "code": "tax-office", "organization": OTHER}))
        red = connection.execute(
            select(func.min(card.c.card_id)).where(
                card.c.level == 2, card.c.state == "已发", card.c.case_id.is_not(None)
            )
        ).scalar_one()
    letters.write(lambda connection: for_card(connection, kind_of("inquiry"), red))
    with writing(wiring.engine()) as connection:
        ordering.start_from_card(
            connection, red, supervisor="监察局", reason="整改", by="王监察", at=now_us(), log=None
        )
    wired.register(PLAIN, by="李明")
    walked = crawl(reader.get, each=3)
    assert {"cards/*?", "orders/*?", "letters/*?", "complaints/*?", "items/*?version", "cases/*/*?"} <= set(
        walked.routes
    )
    return walked.opened


def test_a_department_sees_nothing_of_another(
    reader: Any, hub_home: Path, exchanged: Any, as_department: Any
) -> None:
    there = two_departments(keeper(reader))
    as_department("tax-office")
    for path in there:
        answer = reader.get(path)
        kind = shape(path)
        if answer.status_code == 404:
            assert "*" in kind or "by" in kind, path
            continue
        assert answer.status_code == 200, path
        shown = answer.text.split("</h1>")[1]
        assert "/hub/cases/land-bureau" not in shown, path
        assert not re.search(
            r"/hub/(packages|bytes|download)/land-bureau/|/hub/(cards|orders|letters|complaints)/\d", shown
        ), path
        assert "11430100006121778E" not in shown, path
    front = reader.get("/hub/").text
    assert not re.search(r'<td class="n"><a', front), "nothing of theirs is counted"
    inner = [
        path
        for path in there
        if re.match(r"/hub/(packages|cases|bytes|download|cards|orders|letters|complaints|items)/.", path)
    ]
    assert len(inner) > 20
    assert {reader.get(path).status_code for path in inner} == {404}


def test_a_department_sees_what_is_its_own(
    reader: Any, hub_home: Path, exchanged: Any, as_department: Any
) -> None:
    before = {
        path: reader.get(path).status_code
        for path in two_departments(keeper(reader))
        if not re.search(r"/hub/complaints/\d|/hub/scores/[^/]+/[a-z_]+|letters/2", path)
    }
    as_department("land-bureau")
    assert {path: reader.get(path).status_code for path in before} == before
    assert 'href="/hub/cards?open=1&amp;level=2"' in reader.get("/hub/").text
    own = text(reader.get("/hub/scores/2026-11"))
    link = re.search(r'href="(/hub/scores/2026-11/of/organization/[^"]+)"', own)
    assert link
    assert reader.get(link[1]).status_code == 200
    assert not re.search(r'href="/hub/scores/2026-11/on_time', own), (
        "the lists behind have cases of everybody"
    )
    assert reader.get("/hub/scores/2026-11/on_time?part=numerator").status_code == 404
    listed = reader.get("/hub/scores/2026-11/on_time?part=denominator&by=organization&key=11430100006121778E")
    assert listed.status_code == 200
