"""How the hub's pages are answered: the reader's language, templates with every value escaped, HEAD, and errors as pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import Cookie, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, Response
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException

from hub.errors import HubError, StopError
from hub.views.judged import lines
from hub.views.pages import (
    CASE_STATES,
    LEVELS,
    OUTCOMES,
    PACKAGE_STATES,
    ROLES,
    SHOWN,
    UNITS,
    about_items,
    case_path,
    counted,
    item_path,
    language_of,
    minute,
    package_name,
    place_of,
)
from hub.views.words import LINKS, half_in, reason_in, rule_in, subject_in, who_in, word_in

TEMPLATES = Path(__file__).parents[2] / "plugins" / "pages"


class ReadingRoute(APIRoute):
    """A route that answers HEAD as GET: the same headers, and no body."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **{**options, "methods": ["GET", "HEAD"]})


@lru_cache(maxsize=1)
def templates() -> Environment:
    """The templates; every value is escaped, a missing one is a fault."""
    folder = FileSystemLoader(TEMPLATES)
    made = Environment(loader=folder, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    made.filters["minute"] = minute
    made.filters["quoted"] = partial(quote, safe="")  # a slash too: what is named ../x is no way up
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
        "item_path": item_path,
        "about_items": about_items,
        "package_name": package_name,
    }
    return made


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a page: what was asked for, and the language: the one asked for, else the last one, else Chinese."""

    request: Request
    language: str


def reader(
    request: Request,
    lang: str | None = Query(default=None),
    hub_language: str | None = Cookie(default=None),
) -> Reader:
    """The reader of a request."""
    return Reader(request, language_of(lang, hub_language))


@dataclass(frozen=True, slots=True)
class Taker:
    """Who takes a file, and whether unmasked personal data may be in it."""

    name: str
    unmasked: bool

    def must_unmask(self) -> None:
        """Raises HTTPException 403 for somebody who may not."""
        if not self.unmasked:
            raise HTTPException(403)


def page(name: str, here: Reader, **values: Any) -> HTMLResponse:
    """A page in the reader's language."""
    language, url = here.language, here.request.url
    base = here.request.scope.get("root_path", "")

    def t(zh: object, en: object) -> object:
        return zh if language == "zh" else en

    def again(**changed: Any) -> str:
        return f"?{url.include_query_params(**changed).query}"

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
            who=partial(who_in, language),
            judged_by=partial(lines, language=language),
            counted=partial(counted, language),
            language=language,
            base=base,
            again=again,
            here=url.path.removeprefix(base),
            **values,
        )
    )
    answer = HTMLResponse(text)
    answer.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "same-origin"
    answer.set_cookie("hub_language", language, path=base or "/", samesite="lax", httponly=True)
    return answer


def attachment(name: str) -> dict[str, str]:
    """Headers of a file that is to be kept under a name, which may come from outside."""
    return {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, no-store",
    }


def told(request: Request, error: HubError, status: int) -> HTMLResponse:
    """What went wrong as a page."""
    asked, kept = request.query_params.get("lang"), request.cookies.get("hub_language")
    answer = page("error", Reader(request, language_of(asked, kept)), error=error)
    answer.status_code = status
    return answer


def readable(request: Request) -> None:
    """Raises StopError PAGE_UNKNOWN for an address with a NUL in it, which no database can look for."""
    if "\0" in request.url.path or any("\0" in value for value in request.query_params.values()):
        raise _no_page(request)


def wrong_address(request: Request) -> HTMLResponse:
    """For an address that can be of nothing: no such page, or a number that is none."""
    return told(request, _no_page(request), 404)


def _no_page(request: Request) -> StopError:
    return StopError(
        "PAGE_UNKNOWN",
        zh=f"没有这一页：{request.url.path[:200]}",
        en=f"There is no such page: {request.url.path[:200]}",
        remedy_zh="从上面的菜单重新进入；编号只含数字，页码从 1 起",
        remedy_en="Begin again from the menu above; numbers of things are digits alone, pages count from 1",
    )


_MISSING = ("_UNKNOWN", "_AMBIGUOUS", "_WITHOUT_CASES")


def answer_errors(app: FastAPI) -> None:
    """Errors become pages: 404 with a remedy for what there is not, 503 for what does not work now."""

    @app.exception_handler(HubError)
    def failed(request: Request, error: HubError) -> HTMLResponse:
        missing = error.code.endswith(_MISSING) or error.code.startswith("SCORE_")
        return told(request, error, 404 if missing else 503)

    @app.exception_handler(RequestValidationError)
    def unreadable(request: Request, _: RequestValidationError) -> HTMLResponse:
        return wrong_address(request)

    @app.exception_handler(HTTPException)
    def refused(request: Request, error: HTTPException) -> Response:
        if error.status_code == 404:
            return wrong_address(request)
        if error.status_code != 403:
            return Response(str(error.detail), error.status_code, error.headers)
        unmasked = StopError(
            "PAGE_FORBIDDEN",
            zh="未遮盖的字节只给能查看 Airflow 连接的角色（op、admin）",
            en="Unmasked bytes are for roles that may see Airflow's connections (op, admin)",
            remedy_zh="由这样的人下载；每次下载都记入日志",
            remedy_en="Ask somebody who has one; each download is an entry of the log",
        )
        return told(request, unmasked, 403)
