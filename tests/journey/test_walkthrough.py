"""Every line of docs/walkthrough.md does on a demonstration's data what the page says; every page it names, and leads to, shows it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.support.crawl import crawl
from tests.support.forked import suphub_on_path

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```bash\n(.*?)^```", re.S | re.M)
PAGE = re.compile(r"`(/hub/[^`]*)`")
NONE = re.compile(r'<td colspan="\d+" class="quiet">')


@pytest.fixture
def demonstration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as the demonstration leaves it behind, but for Airflow: catalogue, exchange, complaints, judging."""
    from hub import wiring
    from hub.catalogue.importing import import_files
    from hub.clock import local_day, now_us
    from hub.demo.complaints import bring
    from hub.demo.departments import HELD_FROM, set_up
    from hub.demo.sftp_server import reach
    from hub.wiring.complaints import desk

    scene = set_up(tmp_path / "demo", 150, 7, local_day(now_us()))
    for name, value in scene.settings.items():
        monkeypatch.setenv(name, value)
    scene.write_settings()
    for truth in (scene.folder / "departments").glob("*/truth.json"):
        if truth.parent.name != "land-bureau":
            truth.unlink()  # of departments that send nothing here
    reach(
        scene.registration(HELD_FROM), "", scene.department(HELD_FROM), by_sftp=False
    )  # a directory of this machine
    wiring.upgrade()
    import_files(wiring.engine(), [scene.catalogues()[0]], wiring.settings().work, by="test")
    scene.send_held()
    wiring.exchange("land-bureau")
    bring(wiring.engine(), desk(), scene.department(HELD_FROM))
    wiring.supervise(date.fromisoformat(scene.stage.today))
    return scene.folder


@pytest.fixture
def answers(airflow_home: Path) -> Callable[[str], Any]:
    """Answers the address of a page to somebody who has logged in, and may take unmasked bytes."""
    from airflow.api_fastapi.core_api.security import get_user
    from fastapi import FastAPI
    from fastapi.testclient import TestClient

    from tests.journey.test_pages import plugin

    module, outer = plugin(), FastAPI()
    pages = module.build()
    pages.dependency_overrides |= {
        get_user: lambda: None,
        module.taker: lambda: module.Taker("王监察", True),
        module.seer: lambda: None,
    }
    outer.mount("/hub", pages)
    client = TestClient(outer)
    return client.get


@pytest.fixture
def programs(tmp_path: Path) -> Iterator[Path]:
    """A folder with `suphub`, which takes two seconds to load and is called fifty times here."""
    folder = tmp_path / "programs"
    folder.mkdir()
    with suphub_on_path(folder):
        yield folder


@pytest.mark.airflow
def test_the_walk_can_be_walked(demonstration: Path, programs: Path, answers: Callable[[str], Any]) -> None:
    page = (ROOT / "docs" / "walkthrough.md").read_text(encoding="utf-8")
    blocks = BLOCK.findall(page)
    assert len(blocks) == page.count("```bash") > 10, "every block is found"
    script = "set -euo pipefail\n" + "\n".join(blocks)
    for there, here in (
        ("var/demo/settings.sh", f"{demonstration}/settings.sh"),
        ("$PWD/.venv/bin", str(programs)),
    ):
        assert there in script
        script = script.replace(there, here)
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "COLUMNS": "160",
    }
    done = subprocess.run(
        ["bash", "-x", "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "监察" in done.stdout
    assert "督办" in done.stdout
    assert "13800001234" not in done.stdout, "a complainant's telephone is masked"
    assert "To: head@example.gov.cn" in done.stdout, "the mail about the red card was read"
    assert '"msgtype": "text"' in done.stdout, "the chat was told"
    named = set(PAGE.findall(page))
    assert len(named) > 10
    shown = {path: answers(path) for path in sorted(named)}
    assert {path: each.status_code for path, each in shown.items() if each.status_code != 200} == {}
    assert [path for path, each in shown.items() if NONE.search(each.text)] == [], (
        "no page is empty after the walk"
    )
    walked = crawl(answers, each=2)
    assert walked.dead == [], "no link leads nowhere"
    assert walked.numbers == [], "each number of a table of figures leads to what it counts"
    assert len(walked.opened) > 80
