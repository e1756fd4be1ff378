"""The Linux commands of the departments' page and of the envelope's page do what the pages say, from key to checked receipt."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.support.message import SYSTEM, USCC, case, package

ROOT = Path(__file__).resolve().parents[3]
RECEIPT = "### 四、"
SM2 = "### 国密"


def blocks(page: str, start: str = "", end: str = "") -> str:
    """The bash blocks of a page between two headings, as one script."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    text = text[text.index(start) :]
    text = text[: text.index(end)] if end else text
    found = re.findall(r"^```bash\n(.*?)^```$", text, re.M | re.S)
    assert found, f"no commands in {page} after {start!r}"
    return "\n".join(found)


def shell(script: str, folder: Path, **environment: str) -> str:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=folder, env={**os.environ, **environment}, capture_output=True,
        text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def register(systems: Path, department: Path, certificate: str) -> None:
    (systems / f"{SYSTEM}.yaml").write_text(
        f"code: {SYSTEM}\nname: 国土资源局\norganization: {USCC}\nregion: '430100'\nconnector: {{kind: directory, inbox: "
        f"'{department}/out', receipts: '{department}/receipts', refused: '{department}/refused', ready: {{marker: .ok}}}}\n"
        f"envelope: {{signed: required, encrypted: required, certificates: ['{certificate}']}}\ndialect: canonical\n"
        'codes: canonical\nschema: "1.0"\nstatus: live\n',
        encoding="utf-8",
    )


@pytest.fixture
def places(tmp_path: Path, sqlite_engine: Engine) -> tuple[Path, dict[str, str]]:
    for name in ("systems", "department/out", "department/receipts"):
        (tmp_path / name).mkdir(parents=True)
    environment = {
        "SUPHUB_HOME": str(tmp_path / "home"), "SUPHUB_SYSTEMS": str(tmp_path / "systems"),
        "SUPHUB_DATABASE_URL": sqlite_engine.url.render_as_string(hide_password=False),
    }  # fmt: skip
    return tmp_path, environment


def exchange(environment: dict[str, str]) -> str:
    return shell(f"'{Path(sys.executable).parent}/suphub' exchange run {SYSTEM}", ROOT, **environment)


def test_the_linux_commands_lead_from_a_new_key_to_a_checked_receipt(
    places: tuple[Path, dict[str, str]],
) -> None:
    folder, environment = places
    department, systems = folder / "department", folder / "systems"
    shell(blocks("envelope.md"), folder, **environment)
    keys = folder / "home" / "keys"
    (department / "hub.crt").write_bytes((keys / "envelope" / "2026.crt").read_bytes())
    (department / "x.xml").write_bytes(package([case("C1")]))
    shell(blocks("departments/sealing.md", "## Linux", RECEIPT), department)
    (systems / "land.pem").write_bytes((department / "sign.crt").read_bytes())
    register(systems, department, "land.pem")
    exchange(environment)
    assert "closed" in (department / "receipts" / "x.xml.p7m.receipt.xml").read_text(encoding="utf-8")
    (department / "receipts.crt").write_bytes((keys / "receipts.crt").read_bytes())
    said = shell(blocks("departments/sealing.md", RECEIPT, SM2), department)
    assert "CMS Verification successful" in said


def test_the_sm2_commands_make_a_package_that_is_taken(places: tuple[Path, dict[str, str]]) -> None:
    folder, environment = places
    department, systems = folder / "department", folder / "systems"
    shell(blocks("envelope.md"), folder, **environment)
    (department / "hub.crt").write_bytes((folder / "home" / "keys" / "envelope" / "2026.crt").read_bytes())
    (department / "x.xml").write_bytes(package([case("C1")]))
    shell(blocks("departments/sealing.md", SM2, "## Windows"), department)
    (systems / "sm2.pub").write_bytes((department / "sm2.pub").read_bytes())
    register(systems, department, "sm2.pub")
    shell("mv sm2.zip.p7m out/ && touch out/sm2.zip.p7m.ok", department)
    exchange(environment)
    assert "closed" in (department / "receipts" / "sm2.zip.p7m.receipt.xml").read_text(encoding="utf-8")


def test_what_was_never_run_on_windows_is_marked_as_such() -> None:
    text = (ROOT / "docs" / "departments" / "sealing.md").read_text(encoding="utf-8")
    windows = text[text.index("## Windows") : text.index("## 被拒时")]
    assert "没有在 Windows 上运行过" in windows
    assert "never run on Windows" in windows
    assert "```bash" not in windows
