"""The hub's pages inside Airflow, read-only, in Chinese and English: packages, cases, cards, letters, scores, and the bytes behind them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import DagDetails
from airflow.api_fastapi.core_api.security import get_user
from airflow.plugins_manager import AirflowPlugin
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Path, Query, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from hub.airflow_pools import pool_name
from hub.central.seen import Seen
from hub.views.pages import LEVELS, SHOWN
from hub.wiring.rendering import (
    Reader,
    ReadingRoute,
    Taker,
    answer_errors,
    attachment,
    page,
    readable,
    reader,
)

BLOCK = 1 << 20
LARGEST = (1 << 63) - 1
"""The largest number that a database keeps: larger ones are of nothing that there is."""

# Airflow guards its own API only: whatever a mounted app answers, it answers to everybody unless its router asks.
router = APIRouter(
    dependencies=[Depends(get_user), Depends(readable)],
    default_response_class=HTMLResponse,
    route_class=ReadingRoute,
)


def taker(user: Annotated[Any, Depends(get_user)]) -> Taker:
    """Unmasked bytes are for those who may see Airflow's connections (roles op and admin), since these open the sources."""
    return Taker(user.get_name(), get_auth_manager().is_authorized_connection(method="GET", user=user))


def seer(user: Annotated[Any, Depends(get_user)]) -> Seen | None:
    """What somebody may see: everything (None) with the DAG `supervise`; else the systems whose `exchange__CODE` they may see.

    So the role of a department is a role of Airflow that has the DAGs of its systems and no others.
    """
    from hub.wiring.pages import seen_by

    manager = get_auth_manager()

    def may(dag: str) -> bool:
        return manager.is_authorized_dag(method="GET", details=DagDetails(id=dag), user=user)

    return None if may("supervise") else seen_by(lambda code: may(pool_name(code)))


Mine = Annotated[Seen | None, Depends(seer)]


def own(system: str, mine: Mine) -> None:
    """Raises HTTPException 404 for an address of a system that is not the reader's."""
    if mine is not None and system not in mine.systems:
        raise HTTPException(404)


OWN = [Depends(own)]
Here = Annotated[Reader, Depends(reader)]
By = Annotated[Taker, Depends(taker)]
Number = Annotated[int, Path(ge=0, le=LARGEST)]
Page = Annotated[int, Query(alias="page", ge=1, le=1_000_000)]
Version = Annotated[int | None, Query(ge=0, le=2_147_483_647)]
Serial = Annotated[int | None, Query(ge=0, le=LARGEST)]
Open = Annotated[bool, Query(alias="open")]


@router.get("/")
def front(here: Here, mine: Mine) -> HTMLResponse:
    """What stands now, in figures that lead to their lists."""
    from hub.wiring import pages

    return page("front", here, **pages.front(mine))


@router.get("/packages")
def packages(
    here: Here,
    mine: Mine,
    system: str | None = None,
    state: str | None = None,
    outcome: str | None = None,
    code: str | None = None,
    serial: Serial = None,
    number: Page = 1,
) -> HTMLResponse:
    """Packages, newest first, with what became of their cases."""
    from hub.wiring import pages

    return page("packages", here, **pages.packages(system, state, outcome, code, serial, number, mine))


@router.get("/packages/{system}/{package_id:path}", dependencies=OWN)
def package(
    here: Here, system: str, package_id: str, outcome: str | None = None, number: Page = 1
) -> HTMLResponse:
    """One package: counts, receipt, arrivals, why what was refused, and its cases."""
    from hub.wiring import pages

    return page("package", here, **pages.package(f"{system}/{package_id}", outcome, number))


@router.get("/bytes/{system}/{package_id:path}", dependencies=OWN)
def bytes_of(
    here: Here,
    system: str,
    package_id: str,
    line: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
) -> HTMLResponse:
    """The bytes of a package: what they are made of, and masked lines of them."""
    from hub.wiring import byte_pages

    return page("bytes", here, **byte_pages.look(f"{system}/{package_id}", line))


@router.get("/download/{system}/{package_id:path}", response_class=Response, dependencies=OWN)
def download(request: Request, system: str, package_id: str, by: By) -> Response:
    """The bytes of a package as they came; that somebody took them is an entry of the log."""
    from hub.wiring import byte_pages

    by.must_unmask()
    if request.method == "HEAD":
        size, digest = byte_pages.size(f"{system}/{package_id}")
        return Response(headers=attachment(digest) | {"Content-Length": str(size)})
    stream, size, name = byte_pages.take(f"{system}/{package_id}", by=by.name)

    def blocks() -> Iterator[bytes]:
        with stream:
            while block := stream.read(BLOCK):
                yield block

    headers = attachment(name) | {"Content-Length": str(size)}
    return StreamingResponse(blocks(), media_type="application/octet-stream", headers=headers)


@router.get("/outcomes/{outcome}")
def outcomes(here: Here, mine: Mine, outcome: str, number: Page = 1) -> HTMLResponse:
    """Cases as they came, over all packages, of which became the same."""
    from hub.wiring import pages

    return page("outcomes", here, **pages.outcomes(outcome, number, mine))


@router.get("/refusals")
def refusals(here: Here, mine: Mine, code: str | None = None, number: Page = 1) -> HTMLResponse:
    """Why cases were refused, over all packages."""
    from hub.wiring import pages

    return page("refusals", here, **pages.refusals(code, number, mine))


@router.get("/cases")
def cases(
    here: Here, mine: Mine, system: str | None = None, state: str | None = None, number: Page = 1
) -> HTMLResponse:
    """Cases, those that changed last first: of a system, in a state."""
    from hub.wiring import pages

    return page("cases", here, **pages.cases(system, state, number, mine))


@router.get("/items/{code:path}")
def item(here: Here, mine: Mine, code: str, version: Version = None, number: Page = 1) -> HTMLResponse:
    """One version of an item: limits, steps, materials, fees and where they came from; its cards, its cases."""
    from hub.wiring import item_pages

    return page("item", here, **item_pages.item(code, version, number, mine))


@router.get("/cases/{system}/{case_no:path}", dependencies=OWN)
def case(here: Here, system: str, case_no: str) -> HTMLResponse:
    """One case: every value (personal ones masked) with its origin, what it waits for, versions, packages and cards."""
    from hub.views.readable import CHANGED
    from hub.wiring import pages

    return page("case", here, changed=CHANGED, **pages.case(f"{system}/{case_no}"))


@router.get("/cards")
def cards(
    here: Here,
    mine: Mine,
    level: int | None = None,
    only_open: Open = False,
    rule: str | None = None,
    organization: str | None = None,
    number: Page = 1,
) -> HTMLResponse:
    """Cards, newest first: of a level, a rule, an organisation, open ones."""
    from hub.supervision.listing import Wanted
    from hub.wiring import pages

    level = level if level is None or level in LEVELS else 0
    wanted = Wanted(level=level, rule=rule, organization=organization, open_only=only_open, seen=mine)
    return page("cards", here, **pages.cards(wanted, number))


@router.get("/cards/{card_id}")
def card(here: Here, mine: Mine, card_id: Number) -> HTMLResponse:
    """One card: what it was judged by, its life, answers and their files, letters, consequences, orders."""
    from hub.supervision.states import ACTIONS
    from hub.wiring import pages

    return page("card", here, actions=ACTIONS, **pages.card(card_id, mine))


@router.get("/cards/{card_id}/cases")
def card_cases(here: Here, mine: Mine, card_id: Number, number: Page = 1) -> HTMLResponse:
    """All cases behind a card that is about many."""
    from hub.wiring.card_cases import card_page

    return page("card_cases", here, **card_page(card_id, number, mine))


@router.get("/orders")
def orders(here: Here, mine: Mine, only_open: Open = False, number: Page = 1) -> HTMLResponse:
    """Supervision orders, newest first."""
    from hub.wiring import pages

    return page("orders", here, **pages.orders(only_open, number, mine))


@router.get("/orders/{order_id}")
def order(here: Here, mine: Mine, order_id: Number) -> HTMLResponse:
    """One order: the fields of 监察业务库, and each hand that it went through."""
    from hub.supervision.hands import ACTIONS
    from hub.wiring import pages

    return page("order", here, actions=ACTIONS, **pages.order(order_id, mine))


@router.get("/letters")
def letters(
    here: Here, mine: Mine, kind: str | None = None, organization: str | None = None, number: Page = 1
) -> HTMLResponse:
    """Letters, newest first, with their PDF and DOCX."""
    from hub.wiring import letter_pages

    return page("letters", here, **letter_pages.letters(kind, organization, number, mine))


@router.get("/letters/{letter_id}")
def letter(here: Here, mine: Mine, letter_id: Number) -> HTMLResponse:
    """One letter: what it was filled with, what it is about, its files."""
    from hub.wiring import letter_pages

    return page("letter", here, **letter_pages.letter(letter_id, mine))


@router.get("/letters/{letter_id}/{form}", response_class=Response)
def paper(request: Request, mine: Mine, letter_id: Number, form: str, by: By) -> Response:
    """A letter as it was printed; one that names a complainant only for those who may take unmasked bytes, and in the log."""
    from hub.wiring import letter_pages

    if letter_pages.personal(letter_pages.shown(letter_id, mine)["kind"]):
        by.must_unmask()
    data, name = letter_pages.paper(letter_id, form, by=by.name, noted=request.method == "GET")
    return Response(data, media_type=letter_pages.FORMS[form], headers=attachment(name))


@router.get("/complaints")
def complaints(
    here: Here, mine: Mine, only_open: Open = False, overdue: bool = False, number: Page = 1
) -> HTMLResponse:
    """Complaints, newest first; the complainants are masked."""
    from hub.wiring import pages

    return page("complaints", here, **pages.complaints(only_open, overdue, number, mine))


@router.get("/complaints/{complaint_id}")
def complaint(here: Here, mine: Mine, complaint_id: Number) -> HTMLResponse:
    """One complaint: terms, what happened, links, cards and letters; the complainant is masked."""
    from hub.complaints.states import ACTIONS
    from hub.wiring import pages

    return page("complaint", here, actions=ACTIONS, **pages.complaint(complaint_id, mine))


@router.get("/scores")
@router.get("/scores/{period}")
def scores(here: Here, mine: Mine, period: str | None = None, version: Version = None) -> HTMLResponse:
    """Indicators and scores of a month, quarter or year: as published (the newest version, or the one named), else as of now."""
    from hub.wiring import score_pages

    return page("scores", here, **score_pages.board(period, mine, version))


@router.get("/scores/{period}/of/{kind}/{subject:path}")
def score(
    here: Here, mine: Mine, period: str, kind: str, subject: str, version: Version = None
) -> HTMLResponse:
    """The score of one organisation, office, post or person, line by line with the cards and cases that count."""
    from hub.wiring import score_pages

    return page("score", here, **score_pages.score(period, kind, subject, mine, version))


@router.get("/scores/{period}/{indicator}")
def figures(
    here: Here,
    mine: Mine,
    period: str,
    indicator: str,
    by: str | None = None,
    part: str = "denominator",
    key: str | None = None,
    number: Page = 1,
    version: Version = None,
) -> HTMLResponse:
    """One indicator told apart by a dimension, and a page of the list behind it."""
    from hub.wiring import score_pages

    asked: dict[str, Any] = {
        "by": by,
        "part": part,
        "key": key,
        "number": number,
        "size": SHOWN,
        "seen": mine,
        "version": version,
    }
    return page("figure", here, **score_pages.figure(period, indicator, **asked))


def build() -> FastAPI:
    """The application that Airflow mounts; it has no pages of its own besides the router's."""
    app = FastAPI(title="Supervision Hub", docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(router)

    answer_errors(app)
    return app


class SupervisionHub(AirflowPlugin):
    """Mounts the pages under /hub and puts them into Airflow's navigation."""

    name = "supervision_hub"
    fastapi_apps: ClassVar[list[dict[str, Any]]] = [
        {"app": build(), "url_prefix": "/hub", "name": "Supervision Hub"}
    ]
    external_views: ClassVar[list[dict[str, Any]]] = [
        {
            "name": "监察枢纽 Hub",
            "href": "/hub/",
            "url_route": "hub",
            "destination": "nav",
            "nav_top_level": True,
        }
    ]
