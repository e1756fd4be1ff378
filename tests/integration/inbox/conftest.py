"""An installation with a department that pushes: its door, and tokens of its nodes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from hub.clock import DAY_US, now_us
from hub.inbox import House, application
from hub.nodes.changes import issue
from hub.nodes.shapes import Grant
from hub.nodes.tokens import new_token
from hub.wiring.inbox import house
from tests.integration.pipeline.conftest import Hub, hub
from tests.support.command import Suphub
from tests.support.message import SYSTEM, USCC
from tests.support.nodes import OTHER

__all__ = ["hub", "suphub"]

PEER = "192.0.2.7"


class Department:
    """What a department does at the door; `hub` is the other side."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        hub.register(connector="{kind: push}", organization=f"[{USCC}, {OTHER}]")
        self.token = self.token_of("front-1")
        self.house: House = house()
        self.peer = PEER

    @property
    def spool(self) -> Path:
        return self.hub.home / "home" / "spool" / SYSTEM

    def token_of(self, name: str, **bounds: Any) -> str:
        token, material = new_token()
        now = now_us()
        values = {"organizations": None, "regions": None, **bounds}
        issue(
            self.hub.engine,
            Grant(SYSTEM, name, valid_from=now - DAY_US, valid_to=now + DAY_US, by="王管理员", **values),
            material,
            now,
        )
        return token

    def change(self, **house_words: Any) -> None:
        self.house = replace(self.house, **house_words)

    def ask(
        self, method: str, path: str, body: Any = None, token: str | None = "own", **headers: str
    ) -> Response:
        """One request, with the department's token, another one or none."""
        shown = self.token if token == "own" else token
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        if shown is not None:
            told.setdefault("authorization", f"Bearer {shown}")
        client = TestClient(application(self.house), client=(self.peer, 50000))
        answer: Response = client.request(method, path, content=body, headers=told)
        return answer

    def push(self, name: str, body: Any, code: str = SYSTEM, **more: Any) -> Response:
        return self.ask("PUT", f"/v1/systems/{code}/packages/{name}", body, **more)

    def receipt(self, name: str, **more: Any) -> Response:
        return self.ask("GET", f"/v1/systems/{SYSTEM}/receipts/{name}", **more)

    def lying(self) -> list[str]:
        """Files that are packages, or on their way to be, hidden ones included."""
        found = [each for each in self.spool.rglob("*") if each.is_file()] if self.spool.exists() else []
        return sorted(str(each.relative_to(self.spool)) for each in found)


@pytest.fixture
def department(hub: Hub) -> Department:
    return Department(hub)


@pytest.fixture
def suphub(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Suphub:
    return Suphub(monkeypatch, capfdbinary)
