"""Files above the limit of a package: they stay at the source, are not read, and people are told, once in the log."""

from __future__ import annotations

from hashlib import sha256

import pytest

from connectors.directory import DirectoryConnector
from hub import wiring
from hub.central.engine import reading
from hub.errors import StopError
from hub.limits import Limits
from hub.watch.facts import backlog
from tests.integration.pipeline.conftest import Hub
from tests.support.message import SYSTEM, case, package

SMALL = package([case("C1")])
LARGE = package([case("C2")], "P2", serial=2) + b" " * 20_000


def test_a_file_above_the_limit_is_told_and_not_read_and_holds_nobody_up(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wiring, "limits", lambda: Limits(package_bytes=10_240))
    read: list[str] = []
    usual = DirectoryConnector.read

    def noted(self: DirectoryConnector, claim):  # type: ignore[no-untyped-def]
        read.append(claim.notice.name)
        return usual(self, claim)

    monkeypatch.setattr(DirectoryConnector, "read", noted)
    hub.send("b.xml", LARGE)
    hub.send("c.xml", SMALL)
    for _ in range(3):
        with pytest.raises(StopError, match="SOURCE_TOO_LARGE") as told:
            hub.run()
        assert "b.xml" in told.value.message_en
    assert hub.receipt("c.xml").counts["accepted"] == 1
    assert "b.xml" not in read
    assert hub.events().count("package.untaken") == 1
    assert _too_large(hub) == 1

    hub.send("b.xml", LARGE + b" ")  # another file of that name is told again
    with pytest.raises(StopError, match="SOURCE_TOO_LARGE"):
        hub.run()
    assert hub.events().count("package.untaken") == 2

    monkeypatch.setattr(wiring, "limits", Limits)
    assert [each["accepted"] for each in hub.run()] == [1]
    assert hub.package(sha256(LARGE + b" ").hexdigest()).state == "closed"
    assert _too_large(hub) == 0


def _too_large(hub: Hub) -> int:
    with reading(hub.engine) as connection:
        return backlog(connection, SYSTEM).too_large
