"""The hub's pages inside Airflow: closed to strangers on every route, and leading from a package to its bytes and cards."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest

PLUGIN = Path(__file__).parents[2] / "plugins" / "supervision_hub.py"
PATHS = [
    "/hub/",
    "/hub/packages/land-bureau/x",
    "/hub/cases/land-bureau/x",
    "/hub/cards",
    "/hub/cards/1",
    "/hub/orders",
    "/hub/orders/1",
    "/hub/complaints",
    "/hub/complaints/1",
    "/hub/scores",
    "/hub/scores/2026-03",
    "/hub/scores/2026-03/on_time",
]
pytestmark = [pytest.mark.airflow, pytest.mark.usefixtures("airflow_home")]


@pytest.fixture(scope="module")
def airflow_app(airflow_home: Path) -> Any:
    from airflow.api_fastapi.app import create_app

    return create_app(apps="core")


@pytest.fixture
def stranger(airflow_app: Any) -> Any:
    from fastapi.testclient import TestClient

    return TestClient(airflow_app, base_url="http://127.0.0.1", raise_server_exceptions=True)


@pytest.fixture
def reader(airflow_app: Any, stranger: Any) -> Any:
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    token = get_auth_manager().generate_jwt(SimpleAuthManagerUser(username="viewer", role="viewer"))
    stranger.headers["Authorization"] = f"Bearer {token}"
    return stranger


def text(answer: Any) -> str:
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


@pytest.mark.parametrize("path", PATHS)
def test_a_stranger_sees_nothing(stranger: Any, hub_home: Path, path: str) -> None:
    assert stranger.get(path).status_code == 401


def test_every_route_of_the_application_is_guarded(airflow_home: Path) -> None:
    from airflow.api_fastapi.core_api.security import get_user

    app = plugin().build()
    guards = {
        route.path: [dependency.call for dependency in route.dependant.dependencies]
        for route in app.routes
        if hasattr(route, "dependant")
    }
    assert [route for route in app.routes if not hasattr(route, "dependant")] == []
    assert len(guards) == len(PATHS)
    assert [path for path, calls in guards.items() if get_user not in calls] == []


def test_pages_only_read(airflow_home: Path) -> None:
    methods = {method for route in plugin().build().routes for method in route.methods}
    assert methods == {"GET"}


def plugin() -> Any:
    spec = importlib.util.spec_from_file_location("supervision_hub_under_test", PLUGIN)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_plugins_folder_is_loaded_once(airflow_app: Any) -> None:
    from airflow import plugins_manager

    found = [each for each in plugins_manager._get_plugins()[0] if each.name == "supervision_hub"]
    assert len(found) == 1
    assert plugins_manager.get_import_errors() == {}


def test_packages_lead_to_reasons_bytes_cases_and_cards(
    reader: Any, exchanged: dict[str, Any], hub_home: Path
) -> None:
    listed = text(reader.get("/hub/"))
    links = re.findall(r'href="(/hub/packages/[^"]+)"', listed)
    assert len(links) == len(exchanged["packages"])
    refusing = next(entry for entry in exchanged["packages"] if any(case["codes"] for case in entry["cases"]))
    package = text(reader.get(f"/hub/packages/land-bureau/{refusing['package_id']}"))
    place = re.search(r"<code>(/[^<]+/raw/[^<]+)</code>", package)
    assert place
    assert Path(place[1]).is_file()
    bad = next(case for case in refusing["cases"] if case["codes"])
    assert bad["codes"][0] in package
    cards = text(reader.get("/hub/cards"))
    case = re.search(r'href="(/hub/cases/[^"]+)"', cards)
    assert case
    page = text(reader.get(case[1]))
    assert "/hub/packages/land-bureau/" in page
    # Every value tells the file and the line that it stands in.
    assert re.search(r'申办时间</th><td>[^<]+</td><td class="quiet">\S+ 行 \d+ *</td>', page)


def test_a_refused_package_says_why_in_the_reader_s_language(reader: Any, exchanged: dict[str, Any]) -> None:
    refused = next(entry for entry in exchanged["packages"] if entry["state"] == "refused")
    path = f"/hub/packages/land-bureau/{refused['package_id']}"
    chinese, english = text(reader.get(path)), text(reader.get(path, params={"lang": "en"}))
    assert "整包拒收的原因" in chinese
    assert "Why the whole package was refused" in english
    assert refused["code"] in chinese
    assert "Packages" in text(reader.get("/hub/")), "the language asked for last is kept"


def test_a_card_shows_its_life_its_answers_and_its_order(reader: Any, hub_home: Path) -> None:
    from hub import wiring
    from hub.central.engine import writing
    from hub.clock import now_us
    from hub.supervision import by_hand, handling, ordering

    about = by_hand.About(organization="11430100006127328X", organization_name="国土资源局 <b>")
    given: dict[str, Any] = {"by": "王监察", "at": now_us(), "log": None}
    with writing(wiring.engine()) as connection:
        card = by_hand.issue(connection, about, level=2, reason="暗访发现", basis="监察法", **given)
        handling.answer(connection, card, text="已整改，联系 13800001234", **{**given, "by": "李承办"})
        handling.consequence(connection, card, kind="约谈", text="谈话提醒", **given)
        order = ordering.start_from_card(connection, card, supervisor="监察局", reason="整改不到位", **given)
        ordering.act(connection, order, "approve", role="supervisor", opinion="同意", **given)
    shown = text(reader.get(f"/hub/cards/{card}"))
    for told in (
        "暗访发现",
        "李承办",
        "已整改",
        "约谈",
        "谈话提醒",
        f"/hub/orders/{order}",
        "国土资源局 <b>",
    ):
        assert told in shown
    assert "13800001234" not in shown
    assert "&lt;b&gt;" in reader.get(f"/hub/cards/{card}").text
    assert "\\u" not in shown.split("判定所据")[1].replace("\\u00", "")
    assert f"/hub/cards/{card}" in text(reader.get("/hub/cards"))
    assert f"/hub/orders/{order}" in text(reader.get("/hub/orders"))
    one = text(reader.get(f"/hub/orders/{order}", params={"lang": "en"}))
    assert "待签收" in one
    assert "approve" in one
    for path, remedy in (("/hub/cards/99", "suphub card list"), ("/hub/orders/99", "suphub order list")):
        missing = reader.get(path)
        assert missing.status_code == 404
        assert remedy in missing.text


def test_a_figure_leads_to_its_list_and_that_to_the_cases(reader: Any, exchanged: dict[str, Any]) -> None:
    period = "2026-05-01..2026-11-20"
    board = text(reader.get(f"/hub/scores/{period}"))
    link = re.search(r'href="(/hub/scores/[^"]+/finished\?part=numerator)">(\d+)<', board)
    assert link
    listed = text(reader.get(link[1]))
    cases = re.findall(r'href="(/hub/cases/[^"]+)"', listed)
    assert len(cases) == int(link[2]) > 0
    assert "报文包" in text(reader.get(cases[0]))
    apart = text(reader.get(f"/hub/scores/{period}/finished?by=item"))
    inner = re.findall(r'href="(/hub/scores/[^"]+by=item&key=[^"]+)"', apart)
    assert inner
    assert 0 < len(re.findall(r'href="/hub/cases/', text(reader.get(inner[0])))) <= len(cases)
    month = text(reader.get("/hub/scores", params={"lang": "en"}))
    assert "Scores of organisations" in month
    assert "114" in month


def test_the_other_language_shows_the_same_list(reader: Any, exchanged: dict[str, Any]) -> None:
    chinese = text(reader.get("/hub/?system=land-bureau&state=refused"))
    assert ["整包拒收" in chinese, ">refused<" in chinese] == [True, False]
    switch = re.search(r'class="language" href="([^"]+)"', chinese)
    assert switch is not None
    english = text(reader.get(f"/hub/{switch[1]}"))
    assert ">refused<" in english
    assert len(re.findall("/packages/", english)) == len(re.findall("/packages/", chinese)) > 0
    narrower = re.findall(r'href="(/hub/\?system=land-bureau&state=closed)"', chinese)
    assert len(narrower) == 1


@pytest.mark.parametrize("path", ["/hub/packages/land-bureau/no-such", "/hub/cases/land-bureau/no-such"])
def test_what_is_not_there_is_said_with_a_remedy(reader: Any, exchanged: dict[str, Any], path: str) -> None:
    answer = reader.get(path)
    assert answer.status_code == 404
    assert "suphub package" in answer.text


@pytest.mark.parametrize(
    "path", ["2026-13", "2026-03/nonsense", "2026-03/on_time?by=rule", "2026-03/on_time?part=x", "9998-01"]
)
def test_a_figure_that_there_is_not_is_explained(reader: Any, hub_home: Path, path: str) -> None:
    answer = reader.get(f"/hub/scores/{path}")
    assert answer.status_code == 404
    assert "SCORE_" in answer.text


def test_data_are_shown_as_text_and_personal_values_masked(
    reader: Any, hub_home: Path, exchanged: dict[str, Any]
) -> None:
    from sqlalchemy import select, update

    from hub import wiring
    from hub.central.engine import writing
    from hub.central.tables import metadata

    applicant, head = metadata.tables["applicant"], metadata.tables["case_head"]
    with writing(wiring.engine()) as connection:
        row = connection.execute(
            select(head.c.case_no, head.c.id, applicant.c.id_no)
            .join(applicant, applicant.c.case_id == head.c.id)
            .where(applicant.c.id_no != "")
        ).first()
        assert row is not None
        connection.execute(
            update(applicant).where(applicant.c.case_id == row.id).values(name="<script>alert(1)</script>")
        )
    page = reader.get(f"/hub/cases/land-bureau/{row.case_no}").text
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert row.id_no not in page


def test_complaints_lead_to_terms_and_steps_and_the_complainant_is_masked(
    reader: Any, hub_home: Path
) -> None:
    from hub import wiring
    from hub.clock import now_us
    from hub.wiring import complaints as wired
    from tests.support.complaints import PLAIN, personal

    wiring.upgrade()
    number = wired.register(PLAIN, by="李明")
    listed = text(reader.get("/hub/complaints?open=1"))
    shown = text(reader.get(f"/hub/complaints/{number}"))
    assert f'href="/hub/complaints/{number}"' in listed
    assert "K1" in shown
    assert PLAIN.title in shown
    assert personal(listed + shown) == []
    assert text(reader.get("/hub/complaints?overdue=1")).count(str(number)) == 0
    assert reader.get("/hub/complaints/7").status_code == 404
    late = wired.register(replace(PLAIN, at=now_us() - 30 * 86_400_000_000), by="李明")
    wiring.supervise(None)
    [card] = re.findall(r'href="(/hub/cards/[0-9]+)"', text(reader.get(f"/hub/complaints/{late}")))
    assert f'href="/hub/complaints/{late}"' in text(reader.get(card))
