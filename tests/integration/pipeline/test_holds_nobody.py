"""One file that cannot be claimed, or one receipt that cannot be laid, holds up no other; an endpoint that is gone does."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from connectors.base import Claim
from connectors.directory import DirectoryConnector
from connectors.failures import BROKEN, IN_A_ROW, endpoint_failed
from connectors.memory import MemoryConnector, MemorySource
from hub.errors import RetryError
from hub.pipeline.take import take
from hub.rawstore import RawStore
from hub.shapes import Notice
from tests.integration.pipeline.conftest import Hub
from tests.support.message import SYSTEM, case, package


@pytest.mark.parametrize("bad", ["a.xml", "b.xml", "c.xml"], ids=["first", "between", "last"])
def test_a_file_that_cannot_be_claimed_is_told_and_the_others_are_taken(
    sqlite_hub: Hub, monkeypatch: pytest.MonkeyPatch, bad: str
) -> None:
    names = ["a.xml", "b.xml", "c.xml"]
    for number, name in enumerate(names, 1):
        sqlite_hub.send(name, package([case(f"A{number}")], f"P{number}", serial=number))
    honest = os.rename

    def rename(source: Any, target: Any, **how: Any) -> None:
        if os.fsdecode(source).endswith("/out/" + bad):
            raise PermissionError(1, "Operation not permitted", source)
        honest(source, target, **how)

    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", rename)
        with pytest.raises(RetryError, match="CONNECTOR_DENIED") as told:
            sqlite_hub.run()
    assert bad in str(told.value)
    others = [name for name in names if name != bad]
    assert [origin for _, origin in sqlite_hub.rows("package", "id", "origin")] == others
    assert all(sqlite_hub.receipt(name).counts["accepted"] == 1 for name in others)
    sqlite_hub.run()
    assert sqlite_hub.receipt(bad).counts["accepted"] == 1


class Failing(MemoryConnector):
    """Fails to claim some names, in some way."""

    def __init__(self, source: MemorySource, failures: dict[str, RetryError]) -> None:
        super().__init__("land", source=source)
        self.failures, self.tried = failures, list[str]()

    def claim(self, notice: Notice) -> Claim | None:
        self.tried.append(notice.name)
        if notice.name in self.failures:
            raise self.failures[notice.name]
        return super().claim(notice)


def failure(code: str) -> RetryError:
    return RetryError(code, zh="-", en="-", remedy_zh="-", remedy_en="-")


def test_nothing_more_is_tried_where_the_endpoint_is_gone(sqlite_engine: Engine, tmp_path: Path) -> None:
    source = MemorySource()
    for name in (b"a.xml", b"b.xml", b"c.xml", b"d.xml"):
        source.put(name, name)
    failures = {"a.xml": failure("CONNECTOR_IO"), "c.xml": failure("SFTP_LOST")}
    connector = Failing(source, failures)
    with pytest.raises(RetryError, match="SFTP_LOST"):
        take(sqlite_engine, connector, RawStore(tmp_path / "raw"), 1000)
    assert connector.tried == ["a.xml", "b.xml", "c.xml"]
    assert set(source.inbox) == {b"a.xml", b"c.xml", b"d.xml"}


def test_where_no_file_at_all_can_be_claimed_the_run_ends(sqlite_engine: Engine, tmp_path: Path) -> None:
    source = MemorySource()
    for number in range(IN_A_ROW + 50):
        source.put(b"%04d.xml" % number, b"body")
    connector = Failing(source, {name.decode(): failure("CONNECTOR_DENIED") for name in source.inbox})
    with pytest.raises(RetryError, match="CONNECTOR_DENIED"):
        take(sqlite_engine, connector, RawStore(tmp_path / "raw"), 1000)
    assert len(connector.tried) == IN_A_ROW


def test_a_file_name_writes_no_line_of_its_own_into_the_log(
    sqlite_engine: Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source, name = MemorySource(), "a\nERROR forged.xml"
    source.put(name.encode(), b"body")
    source.put(b"large\nERROR forged.xml", b"x" * 2000)
    connector = Failing(source, {name: failure("CONNECTOR_IO")})
    with pytest.raises(RetryError):
        take(sqlite_engine, connector, RawStore(tmp_path / "raw"), 1000)
    lines = [line for record in caplog.records for line in record.getMessage().splitlines()]
    assert sum("forged" in line for line in lines) == 2
    assert not any(line.startswith("ERROR") for line in lines)


def test_a_receipt_that_cannot_be_laid_holds_up_no_other(
    sqlite_hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["a.xml", "b.xml", "c.xml"]
    for number, name in enumerate(names, 1):
        sqlite_hub.send(name, package([case(f"A{number}")], f"P{number}", serial=number))
    honest = DirectoryConnector.deliver

    def deliver(self: DirectoryConnector, name: str, body: bytes, signature: bytes | None = None) -> None:
        if name == "a.xml":
            raise endpoint_failed(BROKEN, system=SYSTEM, doing_zh="写", doing_en="writing", path=name)
        honest(self, name, body, signature)

    with monkeypatch.context() as patch:
        patch.setattr(DirectoryConnector, "deliver", deliver)
        for _ in range(2):
            with pytest.raises(RetryError, match="CONNECTOR_IO"):
                sqlite_hub.run()
            assert sqlite_hub.events().count("receipt.delivered") == 2
    sqlite_hub.run()
    assert [sqlite_hub.receipt(name).counts["accepted"] for name in names] == [1, 1, 1]


def test_a_refused_package_with_the_longest_name_is_answered(sqlite_hub: Hub) -> None:
    longest = "a" * 248 + ".xml"  # and its marker
    sqlite_hub.send(longest, b"no package")
    sqlite_hub.send("b.xml", package([case("A1")], "P1", serial=1))
    sqlite_hub.run()
    assert sqlite_hub.events().count("receipt.delivered") == 2
