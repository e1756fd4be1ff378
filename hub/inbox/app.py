"""The REST application: packages in, receipts out; each request shows a credential of a node and is held to its system."""

from __future__ import annotations

import logging
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import TypeVar
from urllib.parse import quote

import anyio
from fastapi import APIRouter, Depends, FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from hub.errors import HubError
from hub.inbox import cards, packages, problems, refusals
from hub.inbox.house import House
from hub.inbox.streaming import blocks
from hub.inbox.upload import Upload, checked_name, on_disk, said_digest, said_length
from hub.inbox.who import admitted, shown
from hub.nodes.shapes import Node

log = logging.getLogger(__name__)
T = TypeVar("T")

CHECKED, WRITTEN = 8, 24
"""Threads that ask for credentials, and threads that write: neither can keep the other from its work."""


class Door:
    """One application's house, its threads and how many packages it receives at the moment."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.receiving = 0
        self._checking: anyio.CapacityLimiter | None = None
        self._writing: anyio.CapacityLimiter | None = None

    async def check(self, deed: Callable[[], T]) -> T:
        """Run what asks for a credential."""
        if self._checking is None:  # made in the loop that uses it
            self._checking = anyio.CapacityLimiter(CHECKED)
        return await anyio.to_thread.run_sync(deed, limiter=self._checking)

    async def write(self, deed: Callable[[], T]) -> T:
        """Run what reads or writes the spool."""
        if self._writing is None:
            self._writing = anyio.CapacityLimiter(WRITTEN)
        return await anyio.to_thread.run_sync(deed, limiter=self._writing)

    async def enter(self, request: Request, system: str) -> Node:
        """The node that asks. Raises RefusedError."""
        who = shown(request, self.house)
        node, _ = await self.check(lambda: admitted(self.house, who, system))
        return node

    async def receive(self, request: Request, node: Node, name: str, keep: Keep) -> str:
        """Read a body into the spool and hand it to `keep`; its SHA-256 in hex. Raises RefusedError, RetryError."""
        house = self.house
        limit = house.limit()
        length = said_length(request.headers.get("content-length"), limit)
        digest = said_digest(request.headers.get("content-digest"))
        packed = request.headers.get("content-encoding", "identity")
        if packed.lower() != "identity":
            raise refusals.encoding(packed)
        if self.receiving >= house.uploads:
            raise problems.busy()
        self.receiving += 1
        spool = house.of(node.system)
        upload = Upload(spool.root, limit, house.reserve)
        try:
            await self.write(lambda: _begin(upload, spool.prepare, length))
            async for block in blocks(request, house.patience):
                await self.write(lambda block=block: upload.write(block))  # type: ignore[misc]
            await self.write(lambda: upload.complete(length, digest))
            # A long package may outlive its credential: what was revoked meanwhile is not taken.
            await self.enter(request, node.system)
            await self.write(lambda: keep(upload))
        finally:
            self.receiving -= 1
            upload.discard()
        return upload.digest


Keep = Callable[[Upload], None]


def _begin(upload: Upload, prepare: Callable[[], None], length: int | None) -> None:
    with on_disk():
        prepare()
    upload.begin(length)


def router_of(door: Door) -> APIRouter:
    """The addresses below `/v1`; every one of them asks who it is that asks."""
    house = door.house

    async def guard(request: Request, code: str) -> Node:
        return await door.enter(request, code)

    node_of = Depends(guard)
    router = APIRouter(prefix="/v1/systems/{code}")

    @router.put("/packages/{name}")
    async def put_package(request: Request, code: str, name: str, node: Node = node_of) -> Response:
        """Take a package into the spool; the same bytes again get the same answer."""
        checked_name(name)
        digest = await door.receive(
            request, node, name, lambda upload: packages.store(house, node, name, upload)
        )
        place = f"{request.scope.get('root_path', '')}/v1/systems/{code}/receipts/{quote(name, safe='')}"
        told = {"system": code, "name": name, "sha256": digest, "receipt": place}
        return JSONResponse(told, 202, {**problems.QUIET, "Location": place})

    @router.get("/receipts/{name}")
    async def get_receipt(code: str, name: str, node: Node = node_of) -> Response:
        """The receipt of the last package of that name; 202 while there is none yet."""
        checked_name(name)
        found = await door.write(lambda: packages.receipt(house, node, name))
        if not found.body:
            told = {"system": code, "name": name, "state": found.state}
            return JSONResponse(told, 202, {**problems.QUIET, "Retry-After": "60"})
        return _document(found.body, "application/xml")

    @router.get("/receipts/{name}/signature")
    async def get_signature(code: str, name: str, node: Node = node_of) -> Response:
        """The detached signature of that receipt: CMS, DER."""
        checked_name(name)
        return _document(
            await door.write(lambda: packages.signature(house, node, name)), "application/pkcs7-signature"
        )

    @router.get("/cards")
    async def list_cards(code: str, since: str | None = None, node: Node = node_of) -> Response:
        """The documents about cards, orders and letters that lie here for the department, those of `since` and later."""
        after = cards.instant(since)
        found = await door.write(lambda: cards.listed(house, node, after))
        return JSONResponse({"system": code, "cards": found}, headers=problems.QUIET)

    @router.get("/cards/{name}")
    async def get_card(code: str, name: str, node: Node = node_of) -> Response:
        """One of these documents."""
        checked_name(name)
        return _document(
            await door.write(lambda: cards.document(house, node, name)), "application/octet-stream"
        )

    @router.put("/answers/{name}")
    async def put_answer(request: Request, code: str, name: str, node: Node = node_of) -> Response:
        """Take an answer to a card; the same bytes again get the same answer while it waits."""
        checked_name(name)
        cards.whole(node)
        digest = await door.receive(
            request, node, name, lambda upload: cards.answer(house, node, name, upload)
        )
        return JSONResponse({"system": code, "name": name, "sha256": digest}, 202, problems.QUIET)

    @router.get("/answers/{name}/receipt")
    async def get_answer_receipt(code: str, name: str, node: Node = node_of) -> Response:
        """What became of an answer; 202 while it waits."""
        checked_name(name)
        found = await door.write(lambda: cards.receipt(house, node, name))
        if found is None:
            told = {"system": code, "name": name, "state": "waiting"}
            return JSONResponse(told, 202, {**problems.QUIET, "Retry-After": "60"})
        return _document(found, "application/xml")

    return router


def application(house: House) -> FastAPI:
    """The ASGI application of a house; nothing is opened yet."""
    app = FastAPI(title="Supervision Hub inbox", docs_url=None, redoc_url=None, openapi_url=None)
    app.router.redirect_slashes = False
    app.include_router(router_of(Door(house)))

    @app.exception_handler(HubError)
    async def told(request: Request, error: HubError) -> Response:
        if error.code not in problems.STATUS:
            log.error("%s: %s", request.url.path, error)
        return problems.problem(error)

    @app.exception_handler(HTTPException)
    async def elsewhere(request: Request, error: HTTPException) -> Response:
        answer = problems.problem(problems.wrong_path(error.status_code))
        answer.headers.update(error.headers or {})  # Allow
        return answer

    @app.exception_handler(OSError)
    async def disk(request: Request, error: OSError) -> Response:
        log.error("%s: %s", request.url.path, error)
        return problems.problem(problems.unavailable())

    @app.exception_handler(Exception)
    async def fault(request: Request, error: Exception) -> Response:
        # Told without a word of the hub's insides; the server raises it again, for its log.
        return problems.problem(problems.unavailable())

    return app


def _document(body: bytes, kind: str) -> Response:
    digest = b64encode(sha256(body).digest()).decode("ascii")
    headers = {**problems.QUIET, "Content-Digest": f"sha-256=:{digest}:"}
    return Response(body, media_type=kind, headers=headers)
