"""An installation that is watched: a department with an exchange directory, a book of recipients, a chat that hears everything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from hub import wiring
from tests.integration.pipeline.conftest import Hub, installed
from tests.support.command import Suphub
from tests.support.message_servers import Desk, http_desk

BOOK = """\
channels:
  chat: {kind: webhook, connection: duty_chat, timeout: 2s}
recipients:
  duty: {channel: chat}
"""


class Watched:
    """A hub, and what its chat heard."""

    def __init__(self, hub: Hub, desk: Desk) -> None:
        self.hub, self.desk = hub, desk

    @property
    def heard(self) -> list[str]:
        """The first half of each subject, which is Chinese."""
        texts = [str(document["text"]["content"]) for _, _, document in self.desk.requests]
        return [text.splitlines()[0].split(" · ")[0] for text in texts]

    @property
    def told(self) -> list[str]:
        """What the hub's chain says of alerts."""
        return [event for event in self.hub.events("hub") if event.startswith("alert.")]

    def watch(self, *codes: str) -> dict[str, dict[str, str]]:
        """Probe, keep, alert: verdicts by system and check."""
        found = [wiring.registration(code) for code in codes or ("land-bureau",)]
        return {
            report.system: {check.name: check.verdict for check in report.checks}
            for report in wiring.watcher().watch(found)
        }

    def alerts(self) -> list[tuple[str, str, str, int]]:
        return self.hub.rows("alert", "system", "condition", "state", "times")  # type: ignore[return-value]


@pytest.fixture
def suphub(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Suphub:
    monkeypatch.setenv("COLUMNS", "200")
    return Suphub(monkeypatch, capfdbinary)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with http_desk() as desk:
        monkeypatch.setenv("AIRFLOW_CONN_DUTY_CHAT", f"http://127.0.0.1:{desk.port}/send")
        yield desk


@pytest.fixture
def watched(
    any_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, desk: Desk
) -> Iterator[Watched]:
    """On the database of the test."""
    for hub in installed(any_engine, tmp_path, monkeypatch):
        yield _prepared(hub, desk)


@pytest.fixture
def watched_lightly(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, desk: Desk
) -> Iterator[Watched]:
    """For what has nothing to do with the database."""
    for hub in installed(sqlite_engine, tmp_path, monkeypatch):
        yield _prepared(hub, desk)


def _prepared(hub: Hub, desk: Desk) -> Watched:
    home = wiring.settings().home
    home.mkdir(exist_ok=True)
    (home / "messages.yaml").write_text(BOOK, encoding="utf-8")
    return Watched(hub, desk)
