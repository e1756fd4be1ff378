"""The DAGs that watch: a bad system is red by name and holds up no other, an exchange that fails is told until it recovers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[2]
pytestmark = [pytest.mark.airflow, pytest.mark.usefixtures("airflow_home")]
REGISTRATION = """\
code: {code}
name: 测试系统
organization: 11430100006127328X
region: "430100"
connector: {{kind: directory, inbox: {inbox}, ready: {{marker: .ok}}}}
dialect: canonical
codes: canonical
schema: "1.0"
status: {status}
"""


def register(home: Path, code: str, status: str = "live", *, inbox: bool = True) -> Path:
    folder = home / code / "out"
    if inbox:
        folder.mkdir(parents=True)
    text = REGISTRATION.format(code=code, inbox=folder, status=status)
    (home / "systems" / f"{code}.yaml").write_text(text, encoding="utf-8")
    return folder


def run(dag_id: str) -> dict[str, str]:
    """The states of a run's tasks, mapped ones under the name that people see."""
    from airflow.dag_processing.dagbag import DagBag

    dag = DagBag(str(REPOSITORY / "dags")).dags[dag_id]
    for task in dag.tasks:
        if task.is_mapped:
            task.partial_kwargs["retries"] = 0
        else:
            task.retries = 0
    found = dag.test()
    return {
        f"{ti.task_id} {ti.rendered_map_index or ''}".strip(): str(ti.state)
        for ti in found.get_task_instances()
    }


def alerts() -> list[tuple[str, str, str]]:
    from hub import wiring
    from hub.central.engine import reading
    from hub.watch.alerts import listed

    with reading(wiring.engine()) as connection:
        return [
            (each["system"], each["condition"], each["state"])
            for each in listed(connection, all_of_them=True)
        ]


@pytest.fixture(autouse=True)
def a_roomy_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """How full this machine is does not matter here."""
    from frontend_probe import folders
    from hub.watch import checks

    for module in (checks, folders):
        monkeypatch.setattr(module, "FREE_WARN", 0)
        monkeypatch.setattr(module, "FREE_FAIL", 0)


def test_a_failing_probe_is_red_by_name_and_holds_up_no_other(hub_home: Path) -> None:
    register(hub_home, "land-bureau")
    lost = register(hub_home, "hrss-bureau", inbox=False)
    register(hub_home, "old-bureau", "paused", inbox=False)
    assert run("probe") == {
        "systems": "success",
        "probe hrss-bureau": "failed",
        "probe land-bureau": "success",
    }
    assert alerts() == [("hrss-bureau", "probe.failing", "open")]
    lost.mkdir(parents=True)
    assert run("probe")["probe hrss-bureau"] == "success"
    assert alerts() == [("hrss-bureau", "probe.failing", "closed")]


def test_an_exchange_that_fails_is_told_until_a_run_comes_to_its_end(hub_home: Path) -> None:
    inbox = register(hub_home, "land-bureau", inbox=False)
    assert run("exchange__land-bureau")["take"] == "failed"
    assert alerts() == [("land-bureau", "exchange.failing", "open")]
    inbox.mkdir(parents=True)
    assert run("exchange__land-bureau")["all_finished"] == "success"
    assert alerts() == [("land-bureau", "exchange.failing", "closed")]


def test_alerts_of_a_removed_system_are_closed_but_not_those_of_a_faulty_file(hub_home: Path) -> None:
    for code in ("land-bureau", "hrss-bureau"):
        register(hub_home, code, inbox=False)
    run("probe")
    (hub_home / "systems" / "land-bureau.yaml").write_text("code: [", encoding="utf-8")
    (hub_home / "systems" / "hrss-bureau.yaml").unlink()
    assert run("probe")["systems"] == "success"
    assert sorted(alerts()) == [
        ("hrss-bureau", "probe.failing", "closed"),
        ("land-bureau", "probe.failing", "open"),
    ]


def test_messages_and_housekeeping_run_where_nothing_is_set_up(hub_home: Path) -> None:
    assert run("messages") == {"send": "success"}
    assert run("housekeeping") == {"sweep": "success", "history": "success"}


def test_a_faulty_book_turns_messages_red(hub_home: Path) -> None:
    (hub_home / "var" / "messages.yaml").write_text("channel: {}", encoding="utf-8")
    assert run("messages") == {"send": "failed"}


def test_many_systems_share_thirty_tasks() -> None:
    from hub import airflow_slices as slices

    found: list[Any] = slices.cut([f"s{number:03}" for number in range(301)], slices.MOST_PROBES)
    assert (len(found), max(map(len, found)), sum(map(len, found))) == (28, 11, 301)
    assert slices.cut(["one", "two"], slices.MOST_PROBES) == [["one"], ["two"]]
    assert slices.cut([], slices.MOST_PROBES) == []
