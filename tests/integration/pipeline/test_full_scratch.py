"""A scratch disk that is full is told as what it is, in one text with its remedy; a fault of the hub keeps its traceback."""

from __future__ import annotations

import logging
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from hub import wiring
from hub.errors import RetryError
from hub.watch import sampling
from tests.integration.pipeline.conftest import Hub
from tests.support.command import Suphub
from tests.support.message import SYSTEM, case, package


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


# --- The sample of a probe --------------------------------------------------------------------------------------------


@pytest.fixture
def suphub(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Suphub:
    return Suphub(monkeypatch, capfdbinary)


@contextmanager
def full_folder(prefix: str, dir: Path) -> Iterator[str]:
    """A scratch folder in which the copy of a sample meets a full disk."""
    with TemporaryDirectory(prefix=prefix, dir=dir) as folder:
        (Path(folder) / "sample").symlink_to("/dev/full")
        yield folder


def no_folder(prefix: str, dir: Path) -> AbstractContextManager[str]:
    raise PermissionError(13, "Permission denied", str(dir))


@pytest.mark.parametrize("more", [(), ("--record",)])
@pytest.mark.parametrize(("scratch", "code"), [(full_folder, "WORK_FULL"), (no_folder, "WORK_IO")])
def test_a_probe_tells_a_full_disk_of_the_hub_at_its_sample_and_makes_all_other_checks(
    sqlite_hub: Hub,
    suphub: Suphub,
    monkeypatch: pytest.MonkeyPatch,
    scratch: Callable[..., AbstractContextManager[str]],
    code: str,
    more: tuple[str, ...],
) -> None:
    body = package([case("C1")])
    sqlite_hub.send("a.xml", body)
    monkeypatch.setattr(sampling, "TemporaryDirectory", scratch)
    said = suphub("probe", SYSTEM, "--json", *more)
    assert (said.code, "Traceback" in said.err) == (1, False)
    checks = {check["name"]: check for check in said.document["checks"]}
    assert checks["sample"]["verdict"] == "fail"
    assert checks["sample"]["seen"].startswith(code)
    assert "SUPHUB_HOME" in checks["sample"]["remedy"]
    assert {"hub.backlog", "hub.space", "silence", "expected", "credentials"} < set(checks)
    assert (sqlite_hub.folder("out") / "a.xml").read_bytes() == body
    assert list(wiring.settings().work.iterdir()) == []


def test_a_disk_that_is_really_full_is_told_too(sqlite_hub: Hub, suphub: Suphub, tmp_path: Path) -> None:
    work = wiring.settings().work
    work.mkdir(parents=True)
    mounted = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(work)]
    if os.geteuid() != 0 or subprocess.run(mounted, capture_output=True, check=False).returncode != 0:
        work.rmdir()
        work.write_text("no folder at all", encoding="utf-8")
    try:
        sqlite_hub.send("a.xml", package(case(f"C{n}") for n in range(40)))
        said = suphub("probe", SYSTEM, "--json")
    finally:
        subprocess.run(["umount", str(work)], capture_output=True, check=False)
    [sample] = [check for check in said.document["checks"] if check["name"] == "sample"]
    assert (said.code, sample["seen"][:5]) == (1, "WORK_")
