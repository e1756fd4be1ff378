"""What happens when a disk is full, a folder cannot be written, a file is still growing or the hub itself fails."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from io import FileIO
from pathlib import Path

import pytest

from hub import wiring
from hub.central.engine import writing
from hub.errors import HubError, RetryError, StopError
from hub.pipeline import process as processing
from hub.pipeline import together
from hub.pipeline.process import ATTEMPTS
from tests.integration.pipeline.conftest import Hub
from tests.support.message import SYSTEM, case, package

GOOD = package([case("C1"), case("C2")])


class Disk:
    """A small disk of its own that can be filled and made read-only; real where this user may mount one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.filler = folder / ".filler"

    def fill(self) -> None:
        self.filler.touch()
        with pytest.raises(OSError, match="No space left"):
            self.filler.write_bytes(b"x" * (1 << 20))

    def free(self) -> None:
        self.filler.unlink()

    def writable(self, yes: bool) -> None:
        how = "remount,rw" if yes else "remount,ro"
        subprocess.run(["mount", "-o", how, str(self.folder)], check=True)


class FeignedDisk(Disk):
    """Where nothing may be mounted: writing fails as on a full disk, and the folder's rights are taken away."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(folder)
        self.patch = monkeypatch

    def fill(self) -> None:
        def write(file: FileIO | int, block: bytes) -> None:
            descriptor = file if isinstance(file, int) else file.fileno()
            if Path(f"/proc/self/fd/{descriptor}").readlink().is_relative_to(self.folder):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.write(descriptor, block)

        self.patch.setattr("hub.rawstore._write", write)
        self.patch.setattr("connectors.placing._write", write)

    def free(self) -> None:
        self.patch.undo()

    def writable(self, yes: bool) -> None:
        self.folder.chmod(0o700 if yes else 0o500)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if os.geteuid() == 0 and subprocess.run(command, capture_output=True, check=False).returncode == 0:
        yield Disk(folder)
        subprocess.run(["umount", str(folder)], check=True)
    else:
        with pytest.MonkeyPatch.context() as monkeypatch:
            yield FeignedDisk(folder, monkeypatch)


def test_a_full_raw_store_leaves_the_file_at_the_source_until_there_is_room(hub: Hub, disk: Disk) -> None:
    home = hub.home / "home"
    home.mkdir()
    (home / "raw").symlink_to(disk.folder)
    disk.fill()
    hub.send("a.xml", GOOD)
    with pytest.raises(RetryError) as told:
        hub.run()
    assert told.value.code == "RAW_STORE_FULL"
    assert (hub.folder("out") / "a.xml").read_bytes() == GOOD
    assert (hub.count("package"), hub.events()) == (0, [])
    disk.free()
    assert [each["accepted"] for each in hub.run()] == [2]
    assert not (hub.folder("out") / "a.xml").exists()


def test_a_full_disk_for_receipts_keeps_them_until_there_is_room(hub: Hub, disk: Disk) -> None:
    receipts = hub.folder("in")
    receipts.rmdir()
    receipts.symlink_to(disk.folder)
    disk.fill()
    hub.send("a.xml", GOOD)
    with pytest.raises(RetryError) as told:
        hub.run()
    assert told.value.code == "CONNECTOR_FULL"
    assert [state for (state,) in hub.rows("package", "state")] == ["closed"]
    [(_, stored, _, _, delivered, _)] = hub.rows("receipt")
    assert delivered is None
    assert list(disk.folder.glob("*.xml")) == []
    disk.free()
    assert hub.run() == []
    assert hub.receipt("a.xml").body == bytes(stored)
    assert hub.events().count("receipt.delivered") == 1


def test_a_receipts_folder_that_is_read_only_keeps_them_likewise(hub: Hub, disk: Disk) -> None:
    receipts = hub.folder("in")
    receipts.rmdir()
    receipts.symlink_to(disk.folder)
    disk.writable(False)
    hub.send("a.xml", GOOD)
    hub.send("b.xml", package([case("C3")], "P2", serial=2))
    with pytest.raises(RetryError) as told:
        hub.run()
    assert told.value.code in {"CONNECTOR_READ_ONLY", "CONNECTOR_DENIED"}
    assert str(receipts) in told.value.message_en
    assert told.value.remedy_zh
    assert [state for (state,) in hub.rows("package", "state")] == ["closed", "closed"]
    disk.writable(True)
    hub.run()
    assert hub.receipt("a.xml").counts["accepted"] == 2
    assert hub.receipt("b.xml").counts["accepted"] == 1


def test_a_file_in_place_of_the_receipts_folder_is_told(hub: Hub) -> None:
    hub.folder("in").rmdir()
    hub.folder("in").write_text("not a folder", encoding="utf-8")
    hub.send("a.xml", GOOD)
    with pytest.raises(RetryError):
        hub.run()
    hub.folder("in").unlink()
    hub.run()
    assert hub.receipt("a.xml").counts["accepted"] == 2


def test_a_work_folder_that_cannot_be_made_is_tried_again_and_counts_as_no_failure(hub: Hub) -> None:
    home = hub.home / "home"
    home.mkdir()
    (home / "work").write_text("not a folder", encoding="utf-8")
    hub.send("a.xml", GOOD)
    for _ in range(ATTEMPTS + 1):
        with pytest.raises(RetryError) as told:
            hub.run()
        assert told.value.code == "WORK_IO"
    (home / "work").unlink()
    assert [each["state"] for each in hub.run()] == ["closed"]


def test_a_file_that_is_still_growing_is_left_for_later(hub: Hub) -> None:
    path = hub.folder("out") / "a.xml"
    path.write_bytes(GOOD[:1000])  # no marker yet
    assert hub.run() == []
    path.write_bytes(GOOD)
    assert hub.run() == []
    path.with_name("a.xml.ok").touch()
    assert [each["accepted"] for each in hub.run()] == [2]


def test_a_file_that_is_renamed_when_it_is_whole_is_left_until_then(hub: Hub) -> None:
    hub.register(ready="{rename: .part}")
    path = hub.folder("out") / "a.xml.part"
    path.write_bytes(GOOD)
    assert hub.run() == []
    path.rename(hub.folder("out") / "a.xml")
    assert [each["accepted"] for each in hub.run()] == [2]


def test_a_file_is_left_until_two_runs_found_it_the_same(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.register(ready="{stable_for: 60s}")
    path = hub.folder("out") / "a.xml"
    for second, body in ((0, GOOD[:500]), (70, GOOD[:900]), (140, GOOD), (199, GOOD)):
        monkeypatch.setattr("connectors.directory._clock", lambda second=second: 1e9 + second)
        path.write_bytes(body)
        os.utime(path, (1, 1))  # the copy keeps the time of the original
        assert hub.run() == []
    monkeypatch.setattr("connectors.directory._clock", lambda: 1e9 + 200)
    assert [each["accepted"] for each in hub.run()] == [2]


def test_a_name_that_is_as_long_as_names_may_be_gets_its_receipt(hub: Hub) -> None:
    name = "长" * 82 + ".xml"
    hub.register(ready="{rename: .part}")
    (hub.folder("out") / name).write_bytes(GOOD)
    hub.run()
    [receipt] = hub.folder("in").glob("*.receipt.xml")
    assert b"closed" in receipt.read_bytes()


def test_a_registration_that_requires_an_envelope_stops_its_own_system_only(hub: Hub) -> None:
    hub.register("water-bureau", envelope="{signed: required}")
    hub.send("a.xml", package([case("C1")], system="water-bureau"), "water-bureau")
    hub.send("a.xml", GOOD)
    with pytest.raises(StopError) as told:
        hub.run("water-bureau")
    assert told.value.code == "ENVELOPE_TRUST"
    assert told.value.place.system == "water-bureau"
    assert (hub.folder("out", "water-bureau") / "a.xml").exists()
    assert [each["accepted"] for each in hub.run()] == [2]


@pytest.mark.parametrize(
    ("field", "word"), [("codes", "hunan-2012"), ("dialect", "canonicle"), ("schema", '"7.0"')]
)
def test_what_is_not_there_stops_the_system_and_loses_nothing(hub: Hub, field: str, word: str) -> None:
    hub.register(**{field: word})
    hub.send("a.xml", GOOD)
    for _ in range(ATTEMPTS + 1):
        with pytest.raises(StopError):
            hub.run()
    hub.register()
    assert [(each["state"], each["accepted"]) for each in hub.run()] == [("closed", 2)]
    assert hub.receipt("a.xml").counts["accepted"] == 2


def test_a_registration_with_a_typo_stops_its_own_system_only(hub: Hub) -> None:
    hub.register("water-bureau", status="lively")
    with pytest.raises(StopError) as told:
        hub.run("water-bureau")
    assert (told.value.place.line, told.value.place.column) == (9, 9)
    hub.send("a.xml", GOOD)
    assert [each["accepted"] for each in hub.run()] == [2]


def test_a_paused_system_takes_nothing_and_finishes_what_it_has(hub: Hub) -> None:
    hub.send("a.xml", GOOD)
    [package_id] = wiring.take(SYSTEM)
    hub.register(status="paused")
    hub.send("b.xml", package([case("C3")], "P2", serial=2))
    assert [each["package_id"] for each in hub.run()] == ["P1"]
    assert (hub.folder("out") / "b.xml").exists()
    assert package_id == 1


# --- A fault of the hub itself ----------------------------------------------------------------------------------------


@contextmanager
def failing(monkeypatch: pytest.MonkeyPatch, on: str) -> Iterator[None]:
    """The hub fails on the package of that id, for a reason that nobody has foreseen."""
    real = processing.survey

    def survey(path: Path, *more: object) -> object:
        found = real(path, *more)
        if found.head.package_id == on:
            raise ZeroDivisionError("a fault of the hub")
        return found

    whole = together.survey_bytes

    def survey_bytes(data: bytes, *more: object) -> object:
        found = whole(data, *more)
        if found.head.package_id == on:
            raise ZeroDivisionError("a fault of the hub")
        return found

    with monkeypatch.context() as patch:
        for room in (processing, together):
            patch.setattr(room, "survey", survey)
        patch.setattr(together, "survey_bytes", survey_bytes)
        yield


def test_a_package_on_which_the_hub_fails_holds_nobody_up_and_is_set_aside(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = hub.send("a.xml", GOOD)
    hub.send("b.xml", package([case("C3")], "P2", serial=2))
    with failing(monkeypatch, "P1"):
        with pytest.raises(ZeroDivisionError):
            hub.run()
        assert hub.receipt("b.xml").counts["accepted"] == 1
        for _ in range(ATTEMPTS - 1):
            with pytest.raises(ZeroDivisionError):
                hub.run()
        assert (hub.package(digest).state, hub.package(digest).attempts) == ("set_aside", ATTEMPTS)
        assert hub.events().count("package.set_aside") == 1
        assert hub.run() == []
    assert not (hub.folder("in") / "a.xml.receipt.xml").exists()
    assert (hub.home / "home" / "work").is_dir()
    assert list((hub.home / "home" / "work").iterdir()) == []


def test_a_package_that_was_set_aside_is_taken_up_again_where_it_stood(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = hub.send("a.xml", GOOD)
    with failing(monkeypatch, "P1"):
        for _ in range(ATTEMPTS):
            with pytest.raises(ZeroDivisionError):
                hub.run()
        with pytest.raises(ZeroDivisionError):
            wiring.replay(f"{SYSTEM}/{digest}")
        assert (hub.package(digest).state, hub.package(digest).attempts) == ("received", 1)
        for _ in range(ATTEMPTS - 1):
            with pytest.raises(ZeroDivisionError):
                hub.run()
        assert (hub.package(digest).state, hub.package(digest).attempts) == ("set_aside", ATTEMPTS)
    done = wiring.replay(f"{SYSTEM}/{digest[:12]}")
    assert (done["package_id"], done["state"], done["accepted"]) == ("P1", "closed", 2)
    assert hub.receipt("a.xml").counts["accepted"] == 2
    events = [
        event for event in hub.events() if event in ("package.set_aside", "package.resumed", "package.closed")
    ]
    assert events == ["package.set_aside", "package.resumed"] * 2 + ["package.closed"]
    with pytest.raises(StopError, match="REPLAY_NOTHING"):
        wiring.replay(f"{SYSTEM}/{digest}")
    assert hub.run() == []


def test_a_fault_that_passes_leaves_no_trace(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = hub.send("a.xml", GOOD)
    with failing(monkeypatch, "P1"), pytest.raises(ZeroDivisionError):
        hub.run()
    assert [each["accepted"] for each in hub.run()] == [2]
    assert hub.package(digest).state == "closed"


def test_a_failure_between_two_batches_is_taken_up_where_it_was(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = package(case(f"C{n}") for n in range(1, 2101))
    digest = hub.send("a.xml", body)
    real, stored = processing.store, []

    def store(connection: object, batch: object) -> object:
        if len(stored) == 2:
            raise ZeroDivisionError("a fault of the hub")
        stored.append(batch)
        return real(connection, batch)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(processing, "store", store)
        with pytest.raises(ZeroDivisionError):
            hub.run()
    assert len(hub.outcomes(digest)) == 2000
    before = hub.rows("case_version")
    assert [each["accepted"] for each in hub.run()] == [2100]
    assert hub.rows("case_version")[:2000] == before
    assert {outcome for _, outcome, _ in hub.outcomes(digest)} == {"accepted"}


def test_a_database_that_goes_away_is_told_and_the_work_goes_on_afterwards(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.send("a.xml", GOOD)
    with monkeypatch.context() as patch:
        unreachable = {
            "sqlite": "sqlite:////proc/no/hub.db",
            "postgresql": "postgresql+psycopg://hub@127.0.0.1:1/hub",
        }
        patch.setenv("SUPHUB_DATABASE_URL", unreachable[hub.engine.dialect.name])
        with pytest.raises(HubError) as told:
            hub.run()
        assert told.value.code in {"DB_UNREACHABLE", "DB_FILE"}
    assert (hub.folder("out") / "a.xml").exists()
    assert [each["accepted"] for each in hub.run()] == [2]


def test_bytes_that_were_taken_but_not_acknowledged_are_taken_once(hub: Hub) -> None:
    hub.send("a.xml", GOOD)
    wiring.take(SYSTEM)
    hub.send("a.xml", GOOD)  # as after a crash between the commit and the removal at the source
    hub.run()
    assert (hub.count("package"), hub.count("arrival")) == (1, 1)
    assert hub.receipt("a.xml").counts["accepted"] == 2


def test_raw_bytes_that_are_lost_are_told(hub: Hub) -> None:
    digest = hub.send("a.xml", GOOD)
    wiring.take(SYSTEM)
    path = wiring.raw_store().path(digest)
    kept = hub.home / "kept"
    shutil.move(path, kept)
    with pytest.raises(RetryError) as told:
        hub.run()
    assert digest in told.value.message_en
    shutil.move(kept, path)
    assert [each["accepted"] for each in hub.run()] == [2]


def test_a_package_that_is_refused_after_it_had_its_id_gives_it_back(hub: Hub) -> None:
    from hub.central import packages
    from hub.errors import PackageRefused
    from hub.pipeline.closing import refuse
    from hub.shapes import Head

    with writing(hub.engine) as connection:
        one, _ = packages.arrive(connection, SYSTEM, "a" * 64, "a.xml", 1, 0)
        assert packages.identify(connection, one.id, Head("P1", SYSTEM, 1, "2026-01-01", 1), 1, None)
    refuse(hub.engine, one.id, PackageRefused("XML_MALFORMED", detail="-"))
    with writing(hub.engine) as connection:
        two, _ = packages.arrive(connection, SYSTEM, "b" * 64, "b.xml", 1, 0)
        assert packages.identify(connection, two.id, Head("P1", SYSTEM, 1, "2026-01-01", 1), 1, None)
    assert sha256(bytes(hub.rows("receipt", "body")[0][0])).hexdigest() == hub.rows("receipt", "digest")[0][0]
