"""The hub's pages inside Airflow, read-only, in Chinese and English: packages, cases, cards, scores, and the bytes behind them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, ClassVar

from airflow.api_fastapi.core_api.security import get_user
from airflow.plugins_manager import AirflowPlugin
from fastapi import APIRouter, Cookie, Depends, FastAPI, Query, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from hub.errors import HubError
from hub.views.pages import (
    CASE_STATES,
    OUTCOMES,
    PACKAGE_STATES,
    ROLES,
    UNITS,
    case_path,
    language_of,
    minute,
    place_of,
)
from hub.views.words import LINKS, half_in, reason_in, rule_in, subject_in, word_in

SHOWN = 500
"""Rows of a list: the newest ones; the command line has them all."""
LEVELS = {1: ("预警", "warning"), 2: ("黄牌", "yellow"), 3: ("红牌", "red")}

# Airflow guards its own API only: whatever a mounted app answers, it answers to everybody unless its router asks.
router = APIRouter(dependencies=[Depends(get_user)], default_response_class=HTMLResponse)


@lru_cache(maxsize=1)
def templates() -> Environment:
    """The templates beside this file; every value is escaped, a missing one is a fault."""
    folder = FileSystemLoader(Path(__file__).parent / "pages")
    made = Environment(loader=folder, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    made.filters["minute"] = minute
    made.policies["json.dumps_kwargs"] = {"sort_keys": True, "ensure_ascii": False}
    made.globals |= {
        "states": PACKAGE_STATES,
        "outcomes": OUTCOMES,
        "case_states": CASE_STATES,
        "shown": SHOWN,
        "levels": LEVELS,
        "units": UNITS,
        "links": LINKS,
        "roles": ROLES,
        "place_of": place_of,
        "case_path": case_path,
    }
    return made


def page(name: str, request: Request, asked: str | None, kept: str | None, **values: Any) -> HTMLResponse:
    """A page in the language asked for, else in the one asked for last, else in Chinese."""
    language = language_of(asked, kept)

    def t(zh: object, en: object) -> object:
        return zh if language == "zh" else en

    base = request.scope.get("root_path", "")
    other = f"?{request.url.include_query_params(lang=t('en', 'zh')).query}"
    text = (
        templates()
        .get_template(f"{name}.html")
        .render(
            t=t,
            word=partial(word_in, language),
            why=partial(reason_in, language),
            about=partial(subject_in, language),
            rule_name=partial(rule_in, language),
            half=partial(half_in, language),
            language=language,
            base=base,
            other_language=other,
            **values,
        )
    )
    answer = HTMLResponse(text)
    answer.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    answer.set_cookie("hub_language", language, path=base or "/", samesite="lax", httponly=True)
    return answer


Asked = Query(default=None, alias="lang")
Kept = Cookie(default=None, alias="hub_language")


def newest(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The last SHOWN rows, newest first."""
    return list(reversed(deque(rows, maxlen=SHOWN)))


@router.get("/")
def packages(
    request: Request,
    system: str | None = None,
    state: str | None = None,
    lang: str | None = Asked,
    kept: str | None = Kept,
) -> HTMLResponse:
    """Packages, newest first, with what became of their cases."""
    from hub import wiring
    from hub.central.engine import reading
    from hub.views import packages as views

    with reading(wiring.engine()) as connection:
        rows = newest(views.packages(connection, system=system, state=state))
    return page("packages", request, lang, kept, packages=rows, system=system, state=state)


@router.get("/packages/{system}/{package_id:path}")
def package(
    request: Request, system: str, package_id: str, lang: str | None = Asked, kept: str | None = Kept
) -> HTMLResponse:
    """One package: counts, receipt, arrivals, why what was refused, every case, and where its bytes lie."""
    from hub import wiring
    from hub.central.engine import reading
    from hub.views import packages as views

    with reading(wiring.engine()) as connection:
        found = views.detail(connection, f"{system}/{package_id}")
        row = views.find_package(connection, f"{system}/{package_id}")
        cases = list(views.outcomes(connection, row.id))
    place = wiring.raw_store().path(found["digest"])
    return page("package", request, lang, kept, package=found, cases=cases, place=place)


@router.get("/cases/{system}/{case_no:path}")
def case(
    request: Request, system: str, case_no: str, lang: str | None = Asked, kept: str | None = Kept
) -> HTMLResponse:
    """One case: every value (personal ones masked) with its origin, what it waits for, versions, packages and cards."""
    from hub import wiring
    from hub.catalogue.lookup import lookup
    from hub.central.engine import reading
    from hub.views import cases as views
    from hub.views import origins
    from hub.views.readable import CHANGED, by_element

    with reading(wiring.engine()) as connection:
        found = views.case(connection, f"{system}/{case_no}")
        known = origins.facts(connection, f"{system}/{case_no}")
    try:
        registration: Any = wiring.registration(system)
    except HubError as error:
        registration = error
    found |= origins.trace(known, registration, wiring.archive(), lookup(wiring.engine()))
    groups = list(by_element(found["origins"]))
    return page("case", request, lang, kept, case=found, groups=groups, changed=CHANGED)


@router.get("/cards")
def cards(
    request: Request,
    level: int | None = None,
    only_open: bool = Query(default=False, alias="open"),
    rule: str | None = None,
    organization: str | None = None,
    lang: str | None = Asked,
    kept: str | None = Kept,
) -> HTMLResponse:
    """Cards, newest first: of a level, a rule, an organisation, open ones."""
    from hub import wiring
    from hub.central.engine import reading
    from hub.supervision.listing import Wanted, list_cards

    wanted = Wanted(level=level, rule=rule, organization=organization, open_only=only_open)
    with reading(wiring.engine()) as connection:
        rows = newest(list_cards(connection, wanted))
    return page("cards", request, lang, kept, cards=rows, wanted=wanted)


@router.get("/cards/{card_id}")
def card(request: Request, card_id: int, lang: str | None = Asked, kept: str | None = Kept) -> HTMLResponse:
    """One card: what it was judged by, its life, answers and their files, letters, consequences, orders."""
    from hub import wiring
    from hub.central.engine import reading
    from hub.letters.listing import list_letters
    from hub.supervision.cards import unknown
    from hub.supervision.listing import show_card
    from hub.supervision.order_listing import Wanted, list_orders
    from hub.supervision.states import ACTIONS

    with reading(wiring.engine()) as connection:
        found = show_card(connection, card_id)
        orders = list(list_orders(connection, Wanted(card_id=card_id)))
        letters = list_letters(connection, card_id=card_id)
    if found is None:
        raise unknown(card_id)
    return page("card", request, lang, kept, card=found, orders=orders, letters=letters, actions=ACTIONS)


@router.get("/orders")
def orders(request: Request, lang: str | None = Asked, kept: str | None = Kept) -> HTMLResponse:
    """Supervision orders, newest first."""
    from hub import wiring
    from hub.central.engine import reading
    from hub.supervision.order_listing import list_orders

    with reading(wiring.engine()) as connection:
        rows = newest(list_orders(connection))
    return page("orders", request, lang, kept, orders=rows)


@router.get("/orders/{order_id}")
def order(request: Request, order_id: int, lang: str | None = Asked, kept: str | None = Kept) -> HTMLResponse:
    """One order: the fields of 监察业务库, and each hand that it went through."""
    from hub import wiring
    from hub.central.engine import reading
    from hub.supervision.hands import ACTIONS
    from hub.supervision.order_listing import show_order
    from hub.supervision.orders import unknown

    with reading(wiring.engine()) as connection:
        found = show_order(connection, order_id)
    if found is None:
        raise unknown(order_id)
    return page("order", request, lang, kept, order=found, actions=ACTIONS)


@router.get("/complaints")
def complaints(
    request: Request,
    only_open: bool = Query(default=False, alias="open"),
    overdue: bool = False,
    lang: str | None = Asked,
    kept: str | None = Kept,
) -> HTMLResponse:
    """Complaints, newest first; the complainants are masked."""
    from hub import wiring
    from hub.central.engine import reading
    from hub.clock import local_day, now_us
    from hub.complaints.listing import Wanted, list_complaints

    with reading(wiring.engine()) as connection:
        wanted = Wanted(open=only_open, overdue=overdue)
        rows = list_complaints(connection, local_day(now_us()), wanted, limit=SHOWN, newest=True)
    return page("complaints", request, lang, kept, complaints=rows)


@router.get("/complaints/{number}")
def complaint(
    request: Request, number: int, lang: str | None = Asked, kept: str | None = Kept
) -> HTMLResponse:
    """One complaint: terms, what happened, links and cards; the complainant is masked."""
    from hub.complaints.states import ACTIONS
    from hub.wiring import complaints as wired

    return page("complaint", request, lang, kept, complaint=wired.show(number), actions=ACTIONS)


@router.get("/scores")
@router.get("/scores/{period}")
def scores(
    request: Request, period: str | None = None, lang: str | None = Asked, kept: str | None = Kept
) -> HTMLResponse:
    """Indicators and scores of a month, quarter or year: as published, else as of now."""
    from hub.wiring import score_pages

    return page("scores", request, lang, kept, **score_pages.board(period))


@router.get("/scores/{period}/{indicator}")
def figures(
    request: Request,
    period: str,
    indicator: str,
    by: str | None = None,
    part: str = "denominator",
    key: str | None = None,
    number: int = Query(default=1, ge=1, alias="page"),
    lang: str | None = Asked,
    kept: str | None = Kept,
) -> HTMLResponse:
    """One indicator told apart by a dimension, and a page of the list behind it."""
    from hub.wiring import score_pages

    asked = {"by": by, "part": part, "key": key, "number": number, "size": SHOWN}
    return page("figure", request, lang, kept, **score_pages.figure(period, indicator, **asked))


def build() -> FastAPI:
    """The application that Airflow mounts; it has no pages of its own besides the router's."""
    app = FastAPI(title="Supervision Hub", docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(router)

    @app.exception_handler(HubError)
    def not_found(request: Request, error: HubError) -> HTMLResponse:
        asked, kept = request.query_params.get("lang"), request.cookies.get("hub_language")
        answer = page("error", request, asked, kept, error=error)
        missing = error.code.endswith(("_UNKNOWN", "_AMBIGUOUS")) or error.code.startswith("SCORE_")
        answer.status_code = 404 if missing else 503
        return answer

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
