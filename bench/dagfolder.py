"""How long the DAG folder takes to parse with two hundred registrations, beyond what Airflow itself needs to start."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from bench import inputs
from bench.children import CHECKOUT, run, wrong

SYSTEMS = 200
OWN = ("housekeeping", "supervise")

TRIVIAL = '''"""A DAG of one task: what any folder costs."""

from datetime import timedelta

from airflow.sdk import DAG, Asset, AssetOrTimeSchedule, CronTriggerTimetable, get_parsing_context, task


def nothing() -> None:
    """Does nothing."""


with DAG(
    "trivial",
    schedule=AssetOrTimeSchedule(timetable=CronTriggerTimetable("0 0 * * *", timezone="UTC"), assets=[Asset("x")]),
    default_args={"retries": 1, "retry_delay": timedelta(seconds=1)},
):
    task(task_id="nothing")(nothing)()
'''


def seconds(folder: Path) -> float:
    """Parse dags/ with 200 good registrations in a fresh process. Raises StopError if any DAG is missing."""
    home = folder / "dags"
    systems = registrations(home, SYSTEMS)
    (home / "trivial").mkdir(exist_ok=True)
    (home / "trivial" / "trivial.py").write_text(TRIVIAL, encoding="utf-8")
    environment = {
        "AIRFLOW_HOME": str(home / "airflow"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(home / "no-plugins"),
        "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT": "300",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}?timeout=60",
        "SUPHUB_HOME": str(home / "var"),
        "SUPHUB_SYSTEMS": str(systems),
    }
    result = run(
        "parse_dags", {"trivial": str(home / "trivial"), "dags": str(CHECKOUT / "dags")}, environment
    )
    check(result)
    return float(result["wall"])


def check(result: dict[str, Any]) -> None:
    """Raises StopError unless every registration has its DAG and nothing failed to import."""
    wanted = {f"exchange__{code(number)}" for number in range(SYSTEMS)} | set(OWN)
    found = set(result["dags"])
    if result["errors"] or found < wanted:
        missing = sorted(wanted - found)[:3]
        raise wrong("dag_folder", f"{len(found)} DAGs, missing {missing}, errors {result['errors']}")


def code(number: int) -> str:
    """The code of the n-th system."""
    return f"bureau-{number:03d}"


def registrations(home: Path, count: int) -> Path:
    """A folder with `count` registrations that differ in code and name; returns it."""
    model = inputs.department(home / "model") / f"{inputs.SYSTEM}.yaml"
    text = model.read_text(encoding="utf-8")
    systems = home / "systems"
    systems.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        own = re.sub(r"(?m)^code: .*$", f"code: {code(number)}", text)
        (systems / f"{code(number)}.yaml").write_text(own, encoding="utf-8")
    return systems
