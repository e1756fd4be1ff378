"""The DAG folder: what it holds, what its runs do, and what happens when something is wrong."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[2]
pytestmark = [pytest.mark.airflow, pytest.mark.usefixtures("airflow_home")]
Department = Callable[..., dict[str, Any]]


def read_folder() -> Any:
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(str(REPOSITORY / "dags"))
    assert bag.import_errors == {}
    return bag


def run(dag_id: str, at: datetime | None = None, bag: Any = None) -> Any:
    """Run a DAG to its end in this process; a retry would only repeat what a test has broken, and wait."""
    dag = (bag or read_folder()).dags[dag_id]
    for task in dag.tasks:
        if task.is_mapped:
            task.partial_kwargs["retries"] = 0
        else:
            task.retries = 0
    return dag.test(logical_date=at)


def states(run: Any) -> dict[str, str]:
    return {f"{ti.task_id}[{ti.map_index}]": str(ti.state) for ti in run.get_task_instances()}


def holds_the_truth(*truths: dict[str, Any]) -> None:
    from hub import wiring
    from hub.central.engine import reading
    from hub.demo.truth import differences

    with reading(wiring.engine()) as connection:
        assert [found for truth in truths for found in differences(connection, truth)] == []


def state_of_the_hub(home: Path) -> str:
    from hub import wiring
    from hub.central.engine import reading
    from hub.demo.truth import fingerprint

    with reading(wiring.engine()) as connection:
        return fingerprint(connection, sorted(home.glob("*/receipts")), home / "none")


def write_registration(home: Path, code: str, **changes: str) -> None:
    (home / code / "out").mkdir(parents=True)
    fields = {
        "code": code,
        "name": "测试系统",
        "organization": "11430100006127328X",
        "region": '"430100"',
        "connector": f"{{kind: directory, inbox: {home / code / 'out'}, ready: {{marker: .ok}}}}",
        "dialect": "canonical",
        "codes": "canonical",
        "schema": '"1.0"',
        "status": "live",
    }
    text = "".join(f"{name}: {value}\n" for name, value in {**fields, **changes}.items())
    (home / "systems" / f"{code}.yaml").write_text(text, encoding="utf-8")


def test_the_folder_holds_one_exchange_per_registration_and_the_common_dags(hub_home: Path) -> None:
    write_registration(hub_home, "land-bureau")
    write_registration(hub_home, "hrss-bureau")
    assert sorted(read_folder().dags) == [
        "exchange__hrss-bureau",
        "exchange__land-bureau",
        "housekeeping",
        "letters",
        "messages",
        "probe",
        "returning",
        "scores",
        "supervise",
    ]


def test_every_task_is_tried_again_and_no_run_overtakes_another(hub_home: Path) -> None:
    write_registration(hub_home, "land-bureau")
    for dag in read_folder().dags.values():
        assert (dag.catchup, dag.max_active_runs) == (False, 1), dag.dag_id
        for task in dag.tasks:
            assert task.retries >= 1, f"{dag.dag_id}.{task.task_id}"
            assert task.has_retry_policy, f"{dag.dag_id}.{task.task_id}"


@pytest.mark.parametrize(
    ("status", "schedule", "expected"),
    [
        ("live", '"*/7 * * * *"', "*/7 * * * *"),
        ("trial", None, "*/10 * * * *"),
        ("paused", '"*/7 * * * *"', None),
    ],
)
def test_a_registration_says_when_it_is_exchanged(
    hub_home: Path, status: str, schedule: str | None, expected: str | None
) -> None:
    changes = {"status": status} | ({"schedule": schedule} if schedule else {})
    write_registration(hub_home, "land-bureau", **changes)
    found = read_folder().dags["exchange__land-bureau"].schedule
    assert (found and (found.expression, str(found.timezone))) == (expected and (expected, "Asia/Shanghai"))


def test_a_continuous_system_is_looked_at_again_until_something_lies_there(
    hub_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hub import airflow_edge, wiring

    write_registration(hub_home, "land-bureau", schedule="continuous")
    dag = read_folder().dags["exchange__land-bureau"]
    assert (dag.timetable.active_runs_limit, dag.max_active_runs) == (1, 1)
    assert dag.task_dict["take"].op_kwargs == {"watching": True}
    pauses: list[float] = []
    looks: list[str] = []

    def late(code: str) -> list[int]:
        looks.append(code)
        return [7] if len(looks) == 3 else []

    monkeypatch.setattr(wiring, "take", late)
    monkeypatch.setattr(airflow_edge.time, "sleep", pauses.append)
    assert airflow_edge.take("land-bureau", watching=True) == [7]
    assert (len(looks), pauses) == (3, [airflow_edge.LOOK_SECONDS] * 2)
    looks.clear()
    assert airflow_edge.take("land-bureau") == []
    assert len(looks) == 1


def test_a_continuous_system_is_exchanged_again_after_its_first_run(hub_home: Path) -> None:
    from airflow.serialization.serialized_objects import DagSerialization

    write_registration(hub_home, "land-bureau", schedule="continuous")
    dag = read_folder().dags["exchange__land-bureau"]
    kept = DagSerialization.from_dict(DagSerialization.to_dict(dag))  # as the scheduler reads it
    first = kept.next_dagrun_info(last_automated_run_info=None)
    second = kept.next_dagrun_info(last_automated_run_info=first)
    assert second.logical_date > first.logical_date, (
        "a run of that date is there: no second one would be made"
    )


def test_a_continuous_system_that_brings_nothing_lets_what_is_due_go_on(
    hub_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hub import airflow_edge, wiring

    write_registration(hub_home, "land-bureau", schedule="continuous")
    clock = [0.0]
    monkeypatch.setattr(wiring, "take", lambda code: [])
    monkeypatch.setattr(airflow_edge.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(airflow_edge.time, "sleep", lambda seconds: clock.__setitem__(0, clock[0] + seconds))
    assert airflow_edge.take("land-bureau", watching=True) == []
    assert clock[0] == airflow_edge.WATCH_SECONDS


def test_a_system_uses_its_pool_only_once_the_pool_exists(hub_home: Path) -> None:
    from hub.airflow_pools import POOL_FILE

    write_registration(hub_home, "land-bureau")
    write_registration(hub_home, "hrss-bureau")
    (hub_home / "var" / POOL_FILE).write_text('["exchange__land-bureau"]', encoding="utf-8")
    bag = read_folder()
    found = {}
    for code in ("land-bureau", "hrss-bureau"):
        given = bag.dags[f"exchange__{code}"].task_dict["process"].partial_kwargs
        found[code] = (given["pool"], given["max_active_tis_per_dagrun"])
    assert found == {"land-bureau": ("exchange__land-bureau", None), "hrss-bureau": ("default_pool", 1)}


def test_an_exchange_and_the_judging_bring_what_the_simulator_says(
    hub_home: Path, department: Department
) -> None:
    truth = department(cases=60, seed=3, package_size=8)
    assert str(run("exchange__land-bureau").state) == "success"
    assert str(run("supervise").state) == "success"
    holds_the_truth(truth)


def test_slices_are_named_for_people_and_hand_on_only_ids(hub_home: Path, department: Department) -> None:
    truth = department(cases=50, clean=True, package_size=2)
    done = run("exchange__land-bureau")
    names = {
        ti.map_index: ti.rendered_map_index for ti in done.get_task_instances() if ti.task_id == "process"
    }
    ids = [entry["package_id"] for entry in truth["packages"]]
    assert names == {0: f"{ids[0]} … {ids[19]} (20)", 1: f"{ids[20]} … {ids[-1]} ({len(ids) - 20})"}
    hands_on_only_ids(done)


def hands_on_only_ids(done: Any) -> None:
    """What tasks hand on are package ids, never data."""
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session

    with create_session() as session:
        wanted = XComModel.run_id == done.run_id, XComModel.dag_id == done.dag_id
        rows = session.query(XComModel).filter(*wanted).all()
        values = {row.task_id: XComModel.deserialize_value(row) for row in rows}
    assert set(values) == {"take", "slices"}
    flat = [*values["take"], *(each for part in values["slices"] for each in part)]
    assert flat
    assert all(isinstance(each, int) for each in flat)


def test_a_cleared_run_repeats_harmlessly(hub_home: Path, department: Department) -> None:
    truth = department(cases=20, seed=5)
    at = datetime(2026, 11, 20, 1, tzinfo=UTC)
    bag = read_folder()
    assert str(run("exchange__land-bureau", at, bag).state) == "success"
    assert str(run("supervise", at, bag).state) == "success"
    before = state_of_the_hub(hub_home)
    assert str(run("exchange__land-bureau", at, bag).state) == "success"
    assert str(run("supervise", at, bag).state) == "success"
    assert state_of_the_hub(hub_home) == before
    holds_the_truth(truth)


def test_a_cleared_slice_of_finished_packages_changes_nothing(hub_home: Path, department: Department) -> None:
    from hub import airflow_edge, wiring

    department(cases=20, seed=5)
    packages = wiring.take("land-bureau")
    names = airflow_edge._process("land-bureau", packages)
    wiring.deliver("land-bureau")
    before = state_of_the_hub(hub_home)
    assert airflow_edge._process("land-bureau", packages) == names
    assert wiring.deliver("land-bureau") == 0
    assert state_of_the_hub(hub_home) == before


def test_a_package_that_fails_holds_up_neither_its_slice_nor_the_receipts(
    hub_home: Path, department: Department, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hub import wiring
    from hub.central.engine import reading
    from hub.central.tables.exchange import package, receipt
    from hub.pipeline import together

    truth = department(cases=20, seed=5, clean=True, package_size=5)
    process = wiring._processed
    monkeypatch.setattr(together, "PACKAGES", 1)  # one by one, so that one can fail

    def process_but_one(code: str, number: int) -> tuple[bool, dict[str, Any]]:
        if number == 4:
            raise ValueError("a fault of the hub")
        return process(code, number)

    monkeypatch.setattr(wiring, "_processed", process_but_one)
    done = run("exchange__land-bureau")
    assert str(done.state) == "failed"
    assert states(done)["deliver[-1]"] == "success"
    with reading(wiring.engine()) as connection:
        rows = connection.execute(package.select()).all()
        delivered = {row.package for row in connection.execute(receipt.select()) if row.delivered_at}
    assert [row.id for row in rows if row.state != "closed"] == [4]
    assert delivered == {row.id for row in rows} - {4}
    monkeypatch.setattr(wiring, "_processed", process)
    assert str(run("exchange__land-bureau").state) == "success"
    run("supervise")
    holds_the_truth(truth)


def test_a_bad_registration_turns_only_its_own_dag_red(hub_home: Path, department: Department) -> None:
    truth = department(cases=20, seed=5)
    write_registration(hub_home, "broken", dialekt="canonical")
    bag = read_folder()
    assert str(run("exchange__broken", bag=bag).state) == "failed"
    assert str(run("exchange__land-bureau", bag=bag).state) == "success"
    run("supervise", bag=bag)
    holds_the_truth(truth)


def test_a_file_whose_name_is_no_id_turns_nothing_else_red(hub_home: Path) -> None:
    write_registration(hub_home, "land-bureau")
    good = (hub_home / "systems" / "land-bureau.yaml").read_text(encoding="utf-8")
    (hub_home / "systems" / "land bureau+副本.yaml").write_text(good, encoding="utf-8")
    dags = read_folder().dags
    assert {"exchange__land-bureau", "exchange__land_bureau___"} <= set(dags)
    assert [task.task_id for task in dags["exchange__land_bureau___"].tasks] == ["registration"]


def test_the_log_of_a_bad_registration_says_file_line_and_allowed_words(hub_home: Path) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    from hub.airflow_edge import refuse_registration

    write_registration(hub_home, "broken", dialekt="canonical")
    with pytest.raises(AirflowFailException) as raised:
        refuse_registration("broken")
    for part in (
        "broken.yaml line=10 column=1",
        "不认识 'dialekt'",
        "是否想写 dialect",
        "Did you mean dialect?",
    ):
        assert part in str(raised.value)


def test_a_mended_registration_turns_the_cleared_task_green(hub_home: Path) -> None:
    from hub.airflow_edge import refuse_registration

    write_registration(hub_home, "mended")
    refuse_registration("mended")


def test_a_registration_that_cannot_be_followed_stops_only_its_own_system(
    hub_home: Path, department: Department
) -> None:
    department(cases=20, seed=5)
    write_registration(hub_home, "sealed", envelope="{signed: required}")
    bag = read_folder()
    stopped = run("exchange__sealed", bag=bag)
    assert str(stopped.state) == "failed"
    assert states(stopped)["take[-1]"] == "failed"
    assert str(run("exchange__land-bureau", bag=bag).state) == "success"


def test_what_a_person_must_mend_is_not_tried_again(hub_home: Path) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    from hub.airflow_edge import take

    write_registration(hub_home, "sealed", envelope="{signed: required}")
    with pytest.raises(AirflowFailException, match="ENVELOPE_TRUST"):
        take("sealed")


def test_an_exchange_that_brought_nothing_wakes_nobody(hub_home: Path) -> None:
    write_registration(hub_home, "land-bureau")
    done = run("exchange__land-bureau")
    assert str(done.state) == "success"
    assert states(done)["deliver[-1]"] == "skipped"


def test_the_judging_is_woken_by_what_an_exchange_delivers_and_daily(hub_home: Path) -> None:
    write_registration(hub_home, "land-bureau")
    dags = read_folder().dags
    delivered = dags["exchange__land-bureau"].task_dict["deliver"].outlets
    schedule = dags["supervise"].timetable
    awaited = schedule.asset_condition
    assert [asset.uri.rstrip("/") for asset in delivered] == ["suphub://cases"]
    assert list(awaited.objects) == delivered
    assert (schedule.timetable.expression, str(schedule.timetable.timezone)) == ("5 0 * * *", "Asia/Shanghai")


def test_letters_are_woken_by_the_judging_and_hold_up_none(hub_home: Path) -> None:
    dags = read_folder().dags
    [judging] = dags["supervise"].tasks
    assert [asset.uri.rstrip("/") for asset in judging.outlets] == ["suphub://cards"]
    assert list(dags["letters"].timetable.asset_condition.objects) == judging.outlets


def test_the_scores_of_the_month_that_ended_are_worked_out_told_once_and_not_published(
    hub_home: Path, department: Department
) -> None:
    from sqlalchemy import text

    from hub import wiring
    from hub.central.engine import reading
    from hub.scores.period import parse_period
    from hub.wiring import scores

    department(cases=30, seed=3)
    (hub_home / "var" / "messages.yaml").write_text(
        "channels: {mail: {kind: smtp, connection: hub_mail, from: hub@example.cn}}\n"
        "recipients: {head: {channel: mail, to: [head@example.cn], kinds: [scores]}}\n",
        encoding="utf-8",
    )
    wiring.exchange("land-bureau")
    wiring.supervise(None)
    assert [str(run("scores").state) for _ in range(2)] == ["success", "success"]
    with reading(wiring.engine()) as connection:
        counted = {
            name: connection.execute(text(f"SELECT COUNT(*) FROM {table}")).scalar()
            for name, table in (
                ("told", "outbox WHERE kind = 'scores.ready'"),
                ("logged", "exchange_log WHERE event = 'score.computed'"),
                ("published", "score_publication"),
            )
        }
    assert counted == {"told": 1, "logged": 1, "published": 0}
    draft = scores.show(parse_period("2026-10"), draft=True)
    assert draft["indicators"] == scores.show(parse_period("2026-10"))["indicators"]
    assert [each["subject"] for each in draft["scores"]["organization"]] == ["11430100006121778E"]


def test_housekeeping_removes_what_is_old_and_nothing_else(hub_home: Path) -> None:
    work = hub_home / "var" / "work"
    old, new, raw = work / "land-bureau-1-x", work / "land-bureau-2-y", hub_home / "var" / "raw" / "ab"
    long_ago = time.time() - 3 * 86_400
    for folder in (old, new, raw):
        folder.mkdir(parents=True)
        (folder / "file").write_bytes(b"x")
    for path in (old, raw / "file"):
        os.utime(path, (long_ago, long_ago))
    assert str(run("housekeeping").state) == "success"
    assert [path.exists() for path in (old, new, raw / "file")] == [False, True, True]


def error(kind: str) -> Exception:
    from hub.errors import RetryError, StopError

    kinds: dict[str, Any] = {"retry": RetryError, "stop": StopError}
    if kind in kinds:
        made: Exception = kinds[kind]("CODE", zh="连不上", en="unreachable", remedy_zh="等", remedy_en="wait")
        return made
    return ValueError("a fault of the hub")


@pytest.mark.parametrize(
    ("kind", "try_number", "max_tries", "action", "seconds"),
    [
        ("retry", 1, 5, "retry", 30),
        ("retry", 2, 5, "retry", 60),
        ("retry", 5, 5, "retry", 480),
        ("retry", 7, 11, "retry", 30),  # the first try after somebody cleared the task
        ("fault", 1, 5, "retry", 30),
        ("fault", 2, 5, "fail", None),
        ("fault", 7, 11, "retry", 30),
        ("stop", 1, 5, "fail", None),
    ],
)
def test_endpoints_are_tried_again_with_growing_pauses_and_faults_once(
    kind: str, try_number: int, max_tries: int, action: str, seconds: int | None
) -> None:
    from hub.airflow_edge import HubRetry

    decision = HubRetry().evaluate(error(kind), try_number, max_tries)
    pause = timedelta(seconds=seconds) if seconds else None
    assert (decision.action.value, decision.retry_delay) == (action, pause)


@pytest.mark.parametrize("packages", [0, 1, 20, 21, 4_000, 4_001, 123_456])
def test_slices_hold_all_packages_in_order_and_stay_far_below_the_limit(packages: int) -> None:
    from hub.airflow_slices import MOST_SLICES, slices_of

    ids = list(range(1, packages + 1))
    found = slices_of(ids)
    assert [each for part in found for each in part] == ids
    assert len(found) <= MOST_SLICES < 1024
    assert all(found)


def test_two_hundred_registrations_make_two_hundred_dags_beside_the_hubs_own(hub_home: Path) -> None:
    own = set(read_folder().dags)
    for number in range(200):
        write_registration(hub_home, f"system-{number:03}")
    assert set(read_folder().dags) - own == {f"exchange__system-{number:03}" for number in range(200)}


def test_a_slice_that_is_begun_early_judges_what_came_before_it_first(
    hub_home: Path, department: Department
) -> None:
    from hub import airflow_edge, wiring

    truth = department(cases=60, seed=3, package_size=8)
    packages = wiring.take("land-bureau")
    early, late = packages[len(packages) // 2 :], packages[: len(packages) // 2]
    airflow_edge._process("land-bureau", early)
    airflow_edge._process("land-bureau", late)
    wiring.deliver("land-bureau")
    wiring.supervise(date(2026, 11, 20))
    holds_the_truth(truth)
