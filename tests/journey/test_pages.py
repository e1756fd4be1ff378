"""The hub's pages inside Airflow: closed to strangers on every route, and leading from a package to its bytes and cards."""

from __future__ import annotations

import importlib.util
import json
import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest

PLUGIN = Path(__file__).parents[2] / "plugins" / "supervision_hub.py"
PATHS = [
    "/hub/",
    "/hub/packages",
    "/hub/packages/land-bureau/x",
    "/hub/bytes/land-bureau/x",
    "/hub/download/land-bureau/x",
    "/hub/outcomes/rejected",
    "/hub/refusals",
    "/hub/items/x",
    "/hub/cases",
    "/hub/cases/land-bureau/x",
    "/hub/cards",
    "/hub/cards/1",
    "/hub/cards/1/cases",
    "/hub/orders",
    "/hub/orders/1",
    "/hub/letters",
    "/hub/letters/1",
    "/hub/letters/1/pdf",
    "/hub/complaints",
    "/hub/complaints/1",
    "/hub/scores",
    "/hub/scores/2026-03",
    "/hub/scores/2026-03/on_time",
    "/hub/scores/2026-03/of/organization/x",
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
    assert methods == {"GET", "HEAD"}


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
    listed = text(reader.get("/hub/packages"))
    links = set(re.findall(r'href="(/hub/packages/[^"?]+)"', listed))
    assert len(links) == len(exchanged["packages"])
    refusing = next(entry for entry in exchanged["packages"] if any(case["codes"] for case in entry["cases"]))
    package = text(reader.get(f"/hub/packages/land-bureau/{refusing['package_id']}"))
    place = re.search(r'href="(/hub/bytes/[^"]+)"', package)
    assert place
    assert "与存储的字节相符" in text(reader.get(place[1]))
    bad = next(case for case in refusing["cases"] if case["codes"])
    assert bad["codes"][0] in package
    cards = text(reader.get("/hub/cards"))
    case = re.search(r'href="(/hub/cases/[^"]+)"', cards)
    assert case
    page = text(reader.get(case[1]))
    assert "/hub/packages/land-bureau/" in page
    # Every value tells the file and the line that it stands in.
    assert re.search(
        r'申办时间</th><td>[^<]+</td><td class="quiet">行 <a href="[^"]+\?line=(\d+)#here">\1</a> \S+ *</td>',
        page,
    )


def test_a_refused_package_says_why_in_the_reader_s_language(reader: Any, exchanged: dict[str, Any]) -> None:
    refused = next(entry for entry in exchanged["packages"] if entry["state"] == "refused")
    path = f"/hub/packages/land-bureau/{refused['package_id']}"
    chinese, english = text(reader.get(path)), text(reader.get(path, params={"lang": "en"}))
    assert "整包拒收的原因" in chinese
    assert "Why the whole package was refused" in english
    assert refused["code"] in chinese
    assert "Packages" in text(reader.get("/hub/packages")), "the language asked for last is kept"


def entries(event: str) -> list[dict[str, Any]]:
    """The bodies of the entries of one kind in the hub's own log."""
    import json

    from sqlalchemy import select

    from hub import wiring
    from hub.central.engine import reading
    from hub.central.tables.exchange import exchange_log

    with reading(wiring.engine()) as connection:
        rows = connection.execute(select(exchange_log.c.body).where(exchange_log.c.event == event))
        return [json.loads(body) for body in rows.scalars()]


def keeper(reader: Any) -> Any:
    """The same client as somebody with the role op."""
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    token = get_auth_manager().generate_jwt(SimpleAuthManagerUser(username="keeper", role="op"))
    reader.headers["Authorization"] = f"Bearer {token}"
    return reader


def test_the_bytes_of_a_package_are_shown_masked_and_taken_whole_by_few(
    reader: Any, exchanged: dict[str, Any]
) -> None:
    packages = [each for each in exchanged["packages"] if each["state"] == "closed"]
    path = f"land-bureau/{packages[0]['package_id']}"
    page = text(reader.get(f"/hub/bytes/{path}?line=6"))
    assert 'id="here"' in page
    assert "<Uscc>" in page
    assert re.search(r"<IdNo>\*+</IdNo>|<Mobile>\*+</Mobile>", page)
    assert not re.search(r"<(IdNo|Mobile|Address)>[^*<]", page)
    assert re.search(r"ExchangePackage/Head/PackageId</code></td><td class=\"n\">1<", page)
    refused = reader.get(f"/hub/download/{path}")
    assert refused.status_code == 403
    assert "op、admin" in refused.text
    assert entries("package.read") == []
    head = keeper(reader).head(f"/hub/download/{path}")
    assert head.status_code == 200
    assert entries("package.read") == [], "who only asks how large it is has not read it"
    taken = reader.get(f"/hub/download/{path}")
    assert str(len(taken.content)) == head.headers["content-length"]
    assert b"<IdNo>" in taken.content
    assert taken.headers["content-disposition"].startswith("attachment")
    [entry] = entries("package.read")
    assert (entry["system"], entry["by"]) == ("land-bureau", "keeper")


def test_bytes_that_are_gone_or_altered_are_told_on_their_page(
    reader: Any, exchanged: dict[str, Any]
) -> None:
    from hub import wiring
    from hub.central.engine import reading
    from hub.views.packages import find_package

    closed = [each for each in exchanged["packages"] if each["state"] == "closed"]
    names = [f"land-bureau/{each['package_id']}" for each in closed[:2]]
    with reading(wiring.engine()) as connection:
        files = [wiring.raw_store().path(find_package(connection, name).digest) for name in names]
    files[0].unlink()
    files[1].chmod(0o600)
    files[1].write_bytes(files[1].read_bytes() + b" ")
    assert "RAW_" in text(reader.get(f"/hub/bytes/{names[0]}"))
    assert "与存储的字节不符" in text(reader.get(f"/hub/bytes/{names[1]}"))
    assert keeper(reader).get(f"/hub/download/{names[0]}").status_code == 503


def test_letters_are_listed_and_stand_with_what_they_are_about(reader: Any, hub_home: Path) -> None:
    from hub import wiring
    from hub.central.engine import reading, writing
    from hub.clock import now_us
    from hub.letters.issue import for_card
    from hub.letters.kinds import kind_of
    from hub.supervision import by_hand
    from hub.wiring import complaints as wired
    from hub.wiring import letters
    from tests.support.complaints import PLAIN

    about = by_hand.About(organization="11430100006127328X", organization_name="国土 <b>局</b>")
    given: dict[str, Any] = {"by": "王监察", "at": now_us(), "log": None}
    with writing(wiring.engine()) as connection:
        card = by_hand.issue(connection, about, level=2, reason="暗访", basis="监察法", **given)
    inquiry = letters.write(lambda connection: for_card(connection, kind_of("inquiry"), card))
    number = wired.register(PLAIN, by="李明")
    form = wired.form(number, by="李明", role="supervisor", why="存档")
    listed = text(reader.get("/hub/letters"))
    for path in (f"/hub/cards/{card}", "/hub/letters", f"/hub/letters/{inquiry['letter_id']}"):
        assert f'/hub/letters/{inquiry["letter_id"]}/pdf"' in text(reader.get(path)), path
        assert "<b>局" not in reader.get(path).text
    assert f'/hub/letters/{form["letter_id"]}"' in text(reader.get(f"/hub/complaints/{number}"))
    assert f'href="/hub/complaints/{number}"' in listed
    assert inquiry["reference"] not in text(reader.get("/hub/letters?kind=complaint"))
    assert PLAIN.person.name not in text(reader.get(f"/hub/letters/{form['letter_id']}"))
    pdf = reader.get(f"/hub/letters/{inquiry['letter_id']}/pdf")
    assert (pdf.content[:5], pdf.headers["content-type"]) == (b"%PDF-", "application/pdf")
    assert reader.get(f"/hub/letters/{inquiry['letter_id']}/docx").content[:2] == b"PK"
    assert reader.get(f"/hub/letters/{form['letter_id']}/pdf").status_code == 403, "it names the complainant"
    assert keeper(reader).get(f"/hub/letters/{form['letter_id']}/pdf").content[:5] == b"%PDF-"
    assert [entry["letter"] for entry in entries("letter.read")] == [form["letter_id"]]
    with reading(wiring.engine()) as connection:
        from hub.letters.listing import list_letters

        assert len(list_letters(connection)) == 2
    for missing in ("/hub/letters/99", "/hub/letters/99/pdf", f"/hub/letters/{inquiry['letter_id']}/exe"):
        assert reader.get(missing).status_code == 404


WRONG = [
    "/hub/nonsense",
    "/hub/cards/abc",
    "/hub/cards/-1",
    "/hub/cards/99999999999999999999999999",
    "/hub/orders/x",
    "/hub/letters/1e3",
    "/hub/complaints/9223372036854775807",
    "/hub/cards?page=0",
    "/hub/cards?page=x",
    "/hub/cards?level=red",
    "/hub/bytes/land-bureau/x?line=0",
    "/hub/packages/land-bureau/%00",
    "/hub/letters?kind=%00",
    "/hub/cases/%F0%9F%98%80/%FF%FE",
    "/hub/cases/land-bureau",
    "/hub/scores/2026-03/of/organization/nobody",
    "/hub/scores/2026-03/of/planet/x",
    "/hub/letters/1/pdf",
]


@pytest.mark.parametrize("path", WRONG)
def test_a_wrong_address_is_answered_with_a_remedy(reader: Any, hub_home: Path, path: str) -> None:
    for language, word in (("zh", "监察枢纽"), ("en", "Supervision Hub")):
        answer = reader.get(path, params={"lang": language} if "?" not in path else None)
        assert answer.status_code == 404
        assert word in answer.text or "?" in path
        assert 'href="/hub/"' in answer.text


@pytest.mark.parametrize(
    "path",
    ["cards?level=9", "cards?rule=%3Cb%3E&page=1000000", "packages?state=x&outcome=y", "cases?state=none",
     "letters?kind=x", "refusals?code=x", "packages?system=x&code=y"],
)  # fmt: skip
def test_a_list_of_what_there_is_not_is_empty_and_says_so(reader: Any, hub_home: Path, path: str) -> None:
    shown = reader.get(f"/hub/{path}")
    assert re.search(r'colspan="\d+" class="quiet">[^<]{4,}<', text(shown))
    assert "<b>" not in shown.text


def test_head_is_answered_as_get_without_a_body(reader: Any, exchanged: dict[str, Any]) -> None:
    for path in ("/hub/", "/hub/packages", "/hub/cards", "/hub/scores"):
        answer = reader.head(path)
        assert (answer.status_code, answer.headers["content-type"][:9]) == (200, "text/html")
    assert reader.head("/hub/cards/abc").status_code == 404


def test_long_lists_come_in_pages(reader: Any, hub_home: Path) -> None:
    from hub import wiring
    from hub.central.engine import writing
    from hub.clock import now_us
    from hub.supervision import by_hand
    from hub.views.pages import SHOWN

    given: dict[str, Any] = {"basis": "监察法", "by": "王监察", "at": now_us(), "log": None}
    with writing(wiring.engine()) as connection:
        for number in range(SHOWN + 5):
            about = by_hand.About(subject=f"第 {number} 件", organization="11430100006127328X")
            by_hand.issue(connection, about, level=1, reason="暗访", **given)
    first, second = (text(reader.get(f"/hub/cards?level=1&page={page}")) for page in (1, 2))
    assert [shown.count('<tr><td class="whole">') for shown in (first, second)] == [SHOWN, 5]
    assert 'href="?level=1&page=2"' in first
    assert 'href="?level=1&page=1"' in second
    assert "下一页" not in second


HOSTILE = "\"><script>alert(1)</script>{{7*7}}\u202e&amp;' onx=1 ../../etc/passwd"


def something_of_every_kind(hub_home: Path) -> None:
    """A card with an answer, a consequence and an order, a letter, a complaint; files with hostile names."""
    from sqlalchemy import select

    from hub import wiring
    from hub.central.engine import writing
    from hub.central.tables.business import card, card_event
    from hub.clock import now_us
    from hub.letters.issue import for_card
    from hub.letters.kinds import kind_of
    from hub.supervision import handling, ordering
    from hub.wiring import complaints as wired
    from hub.wiring import letters
    from tests.support.complaints import PLAIN

    given: dict[str, Any] = {"by": "王监察", "at": now_us(), "log": None}
    with writing(wiring.engine()) as connection:
        number = connection.execute(
            select(card.c.card_id).where(card.c.level == 2, card.c.state == "已发").limit(1)
        ).scalar_one()
        handling.answer(connection, number, text="已整改", **{**given, "by": "李承办"})
        handling.consequence(connection, number, kind="约谈", text="谈话", **given)
    letters.write(lambda connection: for_card(connection, kind_of("inquiry"), number))
    with writing(wiring.engine()) as connection:
        order = ordering.start_from_card(connection, number, supervisor="监察局", reason="整改", **given)
        ordering.act(connection, order, "approve", role="supervisor", opinion="同意", **given)
        named = json.dumps([{"name": HOSTILE, "size": 1, "digest": "0" * 64}])
        connection.execute(
            card_event.update().where(card_event.c.card_id == number).values(attachments=named)
        )
    wired.register(PLAIN, by="李明")


def test_names_from_outside_are_shown_as_text_everywhere(reader: Any, hub_home: Path, exchanged: Any) -> None:
    from sqlalchemy import update

    from hub import wiring
    from hub.central.engine import writing
    from hub.central.tables import metadata
    from tests.support.crawl import crawl

    tables = (
        "applicant", "approval_case", "card", "step", "card_event", "card_consequence", "supervision_order", "order_hand", "letter",
        "complaint", "complaint_event", "package", "arrival", "rejection", "service_item", "item_material", "item_fee", "item_flow_step",
        "catalogue_change",
    )  # fmt: skip
    something_of_every_kind(hub_home)
    with writing(wiring.engine()) as connection:
        for name in tables:
            table = metadata.tables[name]
            named = {
                column.name: HOSTILE[: column.type.length]
                for column in table.columns
                if column.name
                in (
                    "name", "org_name", "handler", "handler_name", "step_name", "item_name", "opinion", "actor", "reason", "text",
                    "person", "supervisor", "monitor", "result", "basis", "title", "content", "words", "duty_name", "issued_by",
                    "origin", "field", "value", "who", "form", "standard_text", "risk_category", "hotline",
                )
                and hasattr(column.type, "length")
            }  # fmt: skip
            connection.execute(update(table).values(named))
    seen: list[str] = []

    def get(path: str) -> Any:
        answer = reader.get(path)
        seen.append(answer.text if "html" in answer.headers["content-type"] else "")
        return answer

    walked = crawl(get, each=1)
    assert [(page, link) for page, link, status in walked.dead if status != 403] == []
    assert walked.numbers == []
    assert "<script" not in "".join(seen)
    assert "&lt;script&gt;" in "".join(seen)
    assert "49" + "\u202e" not in "".join(seen)
    assert not any(re.search(r"<[^>]* onx=", page) for page in seen)


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
    assert "to be signed for" in one
    assert "待签收" not in one
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


def test_a_page_of_what_was_published_leads_to_each_version_its_differences_and_what_is_stale(
    reader: Any, exchanged: dict[str, Any]
) -> None:
    from hub.scores.period import parse_period
    from hub.wiring import scores

    for month in ("2026-07", "2026-08", "2026-09"):
        scores.publish(parse_period(month), by="赵局长")
    scores.publish(parse_period("2026-Q3"), by="赵局长")
    before = text(reader.get("/hub/scores/2026-09"))
    assert not any(word in before for word in ("各版", "与上一版的差异", "过期"))
    scores.set_parameters({"base": 90}, reason="区府办", by="赵局长")
    scores.publish(parse_period("2026-09"), by="赵局长", reason="参数有误")
    shown = text(reader.get("/hub/scores/2026-09"))
    for word in ("各版", "参数有误", "与上一版的差异", "<td>参数</td><td>base</td><td>100</td><td>90</td>"):
        assert word in shown, word
    assert "What is otherwise" in text(reader.get("/hub/scores/2026-09", params={"lang": "en"}))
    reader.get("/hub/scores/2026-09", params={"lang": "zh"})
    first = text(reader.get("/hub/scores/2026-09?version=1"))
    assert "与上一版的差异" not in first
    links = re.findall(r'href="(/hub/scores/2026-09/[^"]+)"', first)
    assert links
    assert [link for link in links if "version=1" not in link] == []
    assert reader.get(links[0]).status_code == 200
    assert "过期" in text(reader.get("/hub/scores/2026-Q3"))
    assert reader.get("/hub/scores/2026-09?version=3").status_code == 404
    apart = text(reader.get("/hub/scores/2026-Q3/finished?by=month"))
    counts = re.findall(
        r'href="(/hub/scores/2026-Q3/finished\?by=month&key=2026-0[789]&part=numerator)">(\d+)<', apart
    )
    for link, number in counts:
        assert len(re.findall(r'href="/hub/cases/', text(reader.get(link)))) == int(number)


def test_the_other_language_shows_the_same_list(reader: Any, exchanged: dict[str, Any]) -> None:
    chinese = text(reader.get("/hub/packages?system=land-bureau&state=refused"))
    assert ["整包拒收" in chinese, ">refused<" in chinese] == [True, False]
    switch = re.search(r'class="language" href="([^"]+)"', chinese)
    assert switch is not None
    english = text(reader.get(f"/hub/packages{switch[1]}"))
    assert ">refused<" in english
    assert len(re.findall("/packages/", english)) == len(re.findall("/packages/", chinese)) > 0
    narrower = re.findall(r'href="(/hub/packages\?system=land-bureau&state=closed)"', chinese)
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
