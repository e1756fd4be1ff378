"""The exchange directory under real trouble: killed workers, a full disk, a read-only share."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from connectors.directory import DirectoryConnector
from hub.shapes import Notice

REPOSITORY = Path(__file__).parents[3]

WORKER = """
import sys
from pathlib import Path
from connectors.directory import DirectoryConnector

inbox, done = sys.argv[1:]
connector = DirectoryConnector("land", {"inbox": inbox, "ready": {"marker": ".ok"}})
print("started", flush=True)
for notice in connector.ready():
    claim = connector.claim(notice)
    if claim is None:
        continue
    with connector.read(claim) as stream:
        body = stream.read()
    connector.deliver(notice.name, b"receipt of " + body)
    with Path(done, notice.name).open("ab") as file:
        file.write(body)
    connector.acknowledge(claim)
"""


def start(program: str, *arguments: str, before: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*before, sys.executable, "-c", program, *arguments],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_workers_killed_at_any_instant_lose_nothing(tmp_path: Path) -> None:
    inbox, done = tmp_path / "inbox", tmp_path / "done"
    inbox.mkdir()
    done.mkdir()
    wanted = {f"{number:04}.xml" for number in range(800)}
    for name in wanted:
        (inbox / name).write_text(name)
        (inbox / f"{name}.ok").touch()
    dice = random.Random(20260729)  # the same instants every time
    killed = 0
    for _ in range(6):
        workers = [start(WORKER, str(inbox), str(done)) for _ in range(2)]
        for worker in workers:
            assert worker.stdout is not None
            worker.stdout.readline()
            with suppress(subprocess.TimeoutExpired):
                worker.wait(dice.uniform(0.005, 0.05))
            worker.send_signal(signal.SIGKILL)
            worker.communicate()
            killed += worker.returncode == -signal.SIGKILL
    last = start(WORKER, str(inbox), str(done))
    _, complaint = last.communicate(timeout=300)

    assert killed > 1
    assert (last.returncode, complaint) == (0, "")
    assert {path.name for path in done.iterdir()} == wanted
    assert all(set(path.read_text().split(".xml")) == {path.stem, ""} for path in done.iterdir())
    assert [
        path for path in inbox.rglob("*") if not path.name.startswith((".suphub-claimed", ".lock-"))
    ] == []
    receipts = {path.name: path.read_text() for path in (tmp_path / "receipts").iterdir()}
    assert receipts == {f"{name}.receipt.xml": f"receipt of {name}" for name in wanted}


ON_SMALL_DISK = """
import subprocess, sys
from pathlib import Path
from connectors.directory import DirectoryConnector
from hub.errors import HubError
from hub.rawstore import RawStore

disk, trouble = Path(sys.argv[1]), sys.argv[2]
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(disk)], check=True)
(disk / "inbox").mkdir()
(disk / "receipts").mkdir()
(disk / "inbox" / "a.xml").write_bytes(b"<a/>")
big = disk.with_name("big")
big.write_bytes(b"r" * 400_000)
connector = DirectoryConnector("land", {"inbox": str(disk / "inbox"), "ready": {"rename": ".part"}})
notice = next(connector.ready())
if trouble == "read-only":
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
for deed in (
    lambda: connector.deliver("a.xml", big.read_bytes()),
    lambda: connector.refuse("a.xml", big),
    lambda: RawStore(disk / "raw").put_bytes(big.read_bytes()),
    lambda: connector.release(connector.claim(notice)),
):
    try:
        deed()
        print("done")
    except HubError as error:
        print(error.code)
print(sorted(str(path.relative_to(disk)) for path in disk.rglob("*") if path.is_file()))
"""


@pytest.mark.parametrize(
    ("trouble", "codes"),
    [
        ("full", ["CONNECTOR_FULL", "CONNECTOR_FULL", "RAW_STORE_FULL", "done"]),
        ("read-only", ["CONNECTOR_READ_ONLY", "CONNECTOR_READ_ONLY", "RAW_STORE_IO", "CONNECTOR_READ_ONLY"]),
    ],
)
def test_a_full_or_read_only_disk_is_told_loses_nothing_and_leaves_no_litter(
    tmp_path: Path, trouble: str, codes: list[str]
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    worker = start(
        ON_SMALL_DISK, str(disk), trouble, before=("unshare", "--user", "--map-root-user", "--mount")
    )
    out, complaint = worker.communicate(timeout=300)
    assert complaint == ""
    assert out.splitlines() == [*codes, "['inbox/a.xml']"]


def test_two_processes_never_hold_the_same_package(tmp_path: Path) -> None:
    inbox, done = tmp_path / "inbox", tmp_path / "done"
    inbox.mkdir()
    done.mkdir()
    for number in range(300):
        (inbox / f"{number:03}.xml").write_text("x")
        (inbox / f"{number:03}.xml.ok").touch()
    workers = [start(WORKER, str(inbox), str(done)) for _ in range(3)]
    for worker in workers:
        assert worker.communicate(timeout=300)[1] == ""
    assert [path.read_text() for path in done.iterdir()] == ["x"] * 300  # "xx" where two had it
    connector = DirectoryConnector("land", {"inbox": str(inbox), "ready": {"marker": ".ok"}})
    assert list(connector.ready()) == []
    assert connector.claim(Notice("land", "000.xml")) is None
