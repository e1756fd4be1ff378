"""A scratch disk that is full is told as what it is, in one text with its remedy; a fault of the hub keeps its traceback."""

from __future__ import annotations

import logging

import pytest

from hub import wiring
from hub.errors import RetryError
from tests.integration.pipeline.conftest import Hub
from tests.support.message import case, package


def full() -> RetryError:
    return RetryError(
        "WORK_FULL", zh="磁盘已满", en="disk full", remedy_zh="腾出空间", remedy_en="free space"
    )


@pytest.mark.parametrize(("error", "traced"), [(full(), False), (ZeroDivisionError("a fault"), True)])
def test_only_a_fault_of_the_hub_is_logged_with_its_traceback(
    sqlite_hub: Hub,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    traced: bool,
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(wiring, "process_package", fail)
    sqlite_hub.send("a.xml", package([case("C1")]))
    with caplog.at_level(logging.ERROR), pytest.raises(type(error)):
        sqlite_hub.run()
    [said] = [record for record in caplog.records if record.name == wiring.__name__]
    assert str(error) in said.getMessage()
    assert ("Traceback" in caplog.text) == traced
