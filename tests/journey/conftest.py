"""Airflow for the journey tests: one metadata database in a temporary folder, one process for all of them."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[2]
TODAY = date(2026, 11, 20)


@pytest.fixture(scope="session")
def airflow_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Airflow reads its settings with its first import, so they are set once, before it."""
    home = tmp_path_factory.mktemp("airflow")
    os.environ.update(
        {
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(REPOSITORY / "dags"),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}?timeout=60",
            "AIRFLOW__API_AUTH__JWT_SECRET": "only-for-tests-0123456789abcdef0123456789abcdef",
            "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        }
    )
    from airflow.utils.db import initdb

    initdb()
    return home


def settle(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings for an installation in a folder, where the settings of this shell do not reach; its database file."""
    (home / "systems").mkdir()
    database = home / "var" / "suphub.db"
    monkeypatch.setenv("SUPHUB_HOME", str(home / "var"))
    monkeypatch.setenv("SUPHUB_DATABASE_URL", f"sqlite:///{database}")
    monkeypatch.setenv("SUPHUB_SYSTEMS", str(home / "systems"))
    monkeypatch.setenv("SUPHUB_TODAY", TODAY.isoformat())
    return database


@pytest.fixture(scope="session")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of a new installation, for copying."""
    from hub import wiring

    with pytest.MonkeyPatch.context() as monkeypatch:
        database = settle(tmp_path_factory.mktemp("upgraded"), monkeypatch)
        wiring.upgrade()
        wiring.engine().dispose()
    return database


@pytest.fixture
def hub_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, upgraded: Path) -> Iterator[Path]:
    """An empty installation of the hub."""
    database = settle(tmp_path, monkeypatch)
    database.parent.mkdir()
    database.write_bytes(upgraded.read_bytes())
    from hub import wiring

    yield tmp_path
    wiring.engine().dispose()


@pytest.fixture
def department(hub_home: Path) -> Callable[..., dict[str, Any]]:
    """Simulate a department, register it and import its catalogue; answers its truth."""
    return partial(simulated, hub_home)


def simulated(home: Path, code: str = "land-bureau", cases: int = 30, **options: Any) -> dict[str, Any]:
    """The same in the installation in a folder, to which the settings lead."""
    from hub import wiring
    from hub.catalogue.importing import import_files
    from hub.simulate import Options, simulate

    out = home / code
    simulate(Options(cases, out, TODAY, code=code, **options))
    text = (out / f"{code}.yaml").read_text(encoding="utf-8")
    (home / "systems" / f"{code}.yaml").write_text(text, encoding="utf-8")
    import_files(wiring.engine(), [out / "catalogue.yaml"], wiring.settings().work, by="test")
    truth: dict[str, Any] = json.loads((out / "truth.json").read_text(encoding="utf-8"))
    return truth


@pytest.fixture(scope="session")
def exchanged_once(tmp_path_factory: pytest.TempPathFactory, upgraded: Path) -> tuple[Path, dict[str, Any]]:
    """An installation in which a department's packages were exchanged and judged, for copying; and the truth of them."""
    from hub import wiring

    home = tmp_path_factory.mktemp("exchanged")
    with pytest.MonkeyPatch.context() as monkeypatch:
        database = settle(home, monkeypatch)
        database.parent.mkdir()
        database.write_bytes(upgraded.read_bytes())
        truth = simulated(home, cases=60, seed=3)
        wiring.exchange("land-bureau")
        wiring.supervise(None)
        wiring.engine().dispose()
    return home, truth


@pytest.fixture
def exchanged(hub_home: Path, exchanged_once: tuple[Path, dict[str, Any]]) -> dict[str, Any]:
    """A copy of it in this test's installation; the truth."""
    home, truth = exchanged_once
    for folder in ("var", "systems"):
        shutil.copytree(home / folder, hub_home / folder, dirs_exist_ok=True)
    return truth
