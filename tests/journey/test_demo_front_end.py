"""The demonstration's front-end machine: sealed packages over OpenSSH's SFTP, or the same folder without a server."""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import ExitStack
from datetime import date
from pathlib import Path

import pytest
import yaml

from hub.demo import run, sftp_server
from hub.demo.departments import HELD_FROM, Scene, set_up
from hub.demo.sftp_server import CannotServe
from hub.demo.truth import differences

TODAY = date(2026, 11, 20)
VARIABLE = "AIRFLOW_CONN_LAND_BUREAU"


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    found = set_up(tmp_path / "demo", 40, 7, TODAY)
    for name, value in found.settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv(VARIABLE, "")
    monkeypatch.delenv(VARIABLE)
    return found


def connector(scene: Scene) -> dict[str, object]:
    said = yaml.safe_load(scene.registration(HELD_FROM).read_text(encoding="utf-8"))
    assert said["envelope"]["encrypted"] == said["envelope"]["signed"] == "required"
    found: dict[str, object] = said["connector"]
    return found


def exchanged(scene: Scene) -> None:
    """Everything that the department has is exchanged and judged, and is as the truth says."""
    from hub import wiring
    from hub.catalogue.importing import import_files
    from hub.central.engine import reading

    wiring.upgrade()
    catalogue = scene.department(HELD_FROM) / "catalogue.yaml"
    import_files(wiring.engine(), [catalogue], wiring.settings().work, by="test")
    scene.send_held()
    wiring.exchange(HELD_FROM)
    wiring.supervise(TODAY)
    with reading(wiring.engine()) as connection:
        assert differences(connection, scene.truth(HELD_FROM)) == []


def test_sealed_packages_come_over_sftp_and_their_signed_receipts_go_back(scene: Scene) -> None:
    department = scene.department(HELD_FROM)
    packages = [path.name for path in (department / "out").iterdir() if not path.name.endswith(".ok")]
    assert packages
    assert all(name.endswith(".p7m") for name in packages)
    with ExitStack() as stack:
        told = run._front_end_machine(scene, stack)
        assert "SFTP (OpenSSH)" in told
        assert connector(scene)["kind"] == "sftp"
        assert json.loads(os.environ[VARIABLE])["extra"]["host_key"].startswith("ssh-ed25519 ")
        exchanged(scene)
    receipt = department / "receipts" / f"{min(packages)}.receipt.xml"
    subprocess.run(
        ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-content", receipt, "-in", f"{receipt}.p7s",
         "-CAfile", scene.folder / "keys" / "receipts.crt", "-out", os.devnull],
        check=True, capture_output=True,
    )  # fmt: skip


def test_without_a_server_the_same_folder_is_taken_as_a_directory(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_server(keys: Path, port: int) -> None:
        raise CannotServe("no server")

    monkeypatch.setattr(sftp_server, "_start", no_server)
    with ExitStack() as stack:
        assert "no server" in run._front_end_machine(scene, stack)
        assert connector(scene)["kind"] == "directory"
        exchanged(scene)


def test_a_server_that_lets_nobody_in_is_none(scene: Scene) -> None:
    keys = scene.department(HELD_FROM) / "ssh"
    with ExitStack() as stack:
        run._front_end_machine(scene, stack)
    before = scene.registration(HELD_FROM).read_bytes()
    with ExitStack() as stack:
        run._front_end_machine(scene, stack)
    assert scene.registration(HELD_FROM).read_bytes() == before  # a second start changes nothing
    (keys / "client.pub").write_text("ssh-ed25519 AAAA\n", encoding="ascii")
    with ExitStack() as stack:
        assert "a directory of this machine" in run._front_end_machine(scene, stack)
