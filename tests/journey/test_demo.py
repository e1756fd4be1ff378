"""The demonstration: it sees every departure from the truth, keeps its folder, and runs to its end with real servers."""

from __future__ import annotations

import copy
import json
import re
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from hub.demo.departments import DATABASE, DEPARTMENTS, HELD, HELD_FROM, SERVICE, set_up
from hub.errors import StopError

TODAY = date(2026, 11, 20)
Truth = dict[str, Any]


def taken(truth: Truth) -> Truth:
    return next(entry for entry in truth["packages"] if entry["state"] == "closed" and entry["cases"])


def another_outcome(truth: Truth) -> None:
    taken(truth)["cases"][0]["outcome"] = "conflict"


def another_code(truth: Truth) -> None:
    taken(truth)["cases"][0]["codes"] = ["VALUE_EMPTY"]


def another_case(truth: Truth) -> None:
    taken(truth)["cases"][0]["case_no"] = "430100-2026-9999999"


def a_case_more(truth: Truth) -> None:
    cases = taken(truth)["cases"]
    cases.append(cases[0])


def another_state(truth: Truth) -> None:
    taken(truth)["state"] = "refused"


def another_refusal(truth: Truth) -> None:
    next(entry for entry in truth["packages"] if entry["state"] == "refused")["code"] = "PKG_EMPTY"


def another_package_id(truth: Truth) -> None:
    taken(truth)["package_id"] = "land-bureau-20260101-000001"


def a_package_less(truth: Truth) -> None:
    truth["packages"].remove(taken(truth))


def a_package_more(truth: Truth) -> None:
    truth["packages"].append({**taken(truth), "digest": "0" * 64})


def a_file_never_answered(truth: Truth) -> None:
    truth["repeats"].append({"file": "999999-never-sent.xml"})


def a_card_less(truth: Truth) -> None:
    truth["cards"].pop()


def a_card_more(truth: Truth) -> None:
    truth["cards"].append(truth["cards"][0])


def another_level(truth: Truth) -> None:
    truth["cards"][0]["level"] = 9 - truth["cards"][0]["level"]


CHANGES: list[Callable[[Truth], None]] = [
    another_outcome,
    another_code,
    another_case,
    a_case_more,
    another_state,
    another_refusal,
    another_package_id,
    a_package_less,
    a_package_more,
    a_file_never_answered,
    a_card_less,
    a_card_more,
    another_level,
]


def test_every_departure_from_the_truth_is_seen(
    hub_home: Path, department: Callable[..., dict[str, Any]]
) -> None:
    from hub import wiring
    from hub.central.engine import reading
    from hub.demo.truth import differences

    truth = department(cases=60, seed=3)
    wiring.exchange("land-bureau")
    wiring.supervise(TODAY)
    with reading(wiring.engine()) as connection:
        assert differences(connection, truth) == []
        unseen = []
        for change in CHANGES:
            changed = copy.deepcopy(truth)
            change(changed)
            if not differences(connection, changed):
                unseen.append(change.__name__)
    assert unseen == []


def another_piece_outcome(truth: Truth) -> None:
    truth["pieces"][0]["outcome"] = "pending"


def another_piece_code(truth: Truth) -> None:
    next(each for each in truth["pieces"] if each["codes"])["codes"] = ["PKG_EMPTY"]


def another_piece_case(truth: Truth) -> None:
    truth["pieces"][0]["case_no"] = "another"


def a_piece_less(truth: Truth) -> None:
    truth["pieces"].pop()


def a_piece_more(truth: Truth) -> None:
    truth["pieces"].append(truth["pieces"][-1])


def another_case_state(truth: Truth) -> None:
    truth["cases"][0]["state"] = "deleted"


def a_case_that_never_came(truth: Truth) -> None:
    truth["cases"].append({"case_no": "another", "state": "current"})


def a_case_that_nobody_told(truth: Truth) -> None:
    truth["cases"].pop()


def a_document_that_is_not_refused(truth: Truth) -> None:
    next(each for each in truth["packages"] if each["state"] == "refused")["state"] = "closed"


def another_refusal_of_a_document(truth: Truth) -> None:
    next(each for each in truth["packages"] if each["state"] == "refused")["code"] = "PKG_EMPTY"


PIECE_CHANGES: list[Callable[[Truth], None]] = [
    another_piece_outcome,
    another_piece_code,
    another_piece_case,
    a_piece_less,
    a_piece_more,
    another_case_state,
    a_case_that_never_came,
    a_case_that_nobody_told,
    a_document_that_is_not_refused,
    another_refusal_of_a_document,
    a_card_more,
]


def test_every_departure_from_the_truth_of_stage_messages_is_seen(
    hub_home: Path, department: Callable[..., dict[str, Any]]
) -> None:
    from hub import wiring
    from hub.catalogue.importing import import_files
    from hub.central.engine import reading
    from hub.demo.truth import differences

    truth = department(cases=60, seed=3, dialect="pinyin-stages", package_size=40)
    catalogue = hub_home / "land-bureau" / "catalogue.yaml"
    import_files(wiring.engine(), [catalogue], wiring.settings().work, by="test")
    wiring.exchange("land-bureau")
    wiring.supervise(TODAY)
    with reading(wiring.engine()) as connection:
        assert differences(connection, truth) == []
        unseen = []
        for change in PIECE_CHANGES:
            changed = copy.deepcopy(truth)
            change(changed)
            if not differences(connection, changed):
                unseen.append(change.__name__)
    assert unseen == []


def test_a_folder_is_set_up_once_and_keeps_its_day(tmp_path: Path) -> None:
    first = set_up(tmp_path, 12, 7, TODAY)
    files = sorted(path.name for path in (first.department(HELD_FROM) / "out").iterdir())
    second = set_up(tmp_path, 12, 7, date(2026, 12, 24))
    assert (first.fresh, second.fresh) == (True, False)
    assert second.settings["SUPHUB_TODAY"] == "2026-11-20"
    assert sorted(path.name for path in (second.department(HELD_FROM) / "out").iterdir()) == files


def test_held_files_are_the_last_ones_and_are_sent_with_their_markers(tmp_path: Path) -> None:
    scene = set_up(tmp_path, 60, 7, TODAY)
    out = scene.department(HELD_FROM) / "out"
    truth = scene.truth(HELD_FROM)
    files = sorted(entry["file"] for entry in (*truth["packages"], *truth["repeats"]))
    assert [path.name for path in scene.held()] == files[-HELD:]
    sent = scene.send_held()
    assert sent.files == HELD
    assert not scene.held()
    assert not scene.send_held()
    assert sorted(path.name for path in out.iterdir()) == sorted([*files, *(f"{name}.ok" for name in files)])


def test_rows_and_pages_are_held_back_too(tmp_path: Path) -> None:
    scene = set_up(tmp_path, 60, 7, TODAY)
    sent = scene.send_held()
    assert sent.rows
    assert sent.pages
    replies = sorted(path.name for path in (scene.department(SERVICE) / "replies").iterdir())
    assert replies == [f"{number:06d}.xml" for number in range(1, len(replies) + 1)]
    with closing(sqlite3.connect(scene.department(DATABASE) / "exchange.db")) as database:
        newest = database.execute("select max(date(cd_time)) from up_pro_process").fetchone()[0]
    assert newest >= "2026-11-18"


def test_each_department_is_another_organisation_and_speaks_another_dialect(tmp_path: Path) -> None:
    scene = set_up(tmp_path, 12, 7, TODAY)
    found = [
        yaml.safe_load((scene.systems / f"{code}.yaml").read_text(encoding="utf-8")) for code in DEPARTMENTS
    ]
    assert len({each["organization"] for each in found}) == 3
    assert {(each["connector"]["kind"], each["dialect"]) for each in found} == {
        ("directory", "canonical"),
        ("database", "national-exchange-db"),
        ("soap-pull", "pinyin-stages"),
    }


def test_a_set_up_that_was_interrupted_is_done_anew(tmp_path: Path) -> None:
    set_up(tmp_path, 12, 7, TODAY)
    (tmp_path / "demo.json").unlink()
    assert set_up(tmp_path, 12, 7, TODAY).fresh


@pytest.mark.parametrize(("cases", "seed"), [(13, 7), (12, 8)])
def test_a_folder_made_with_other_options_is_not_mixed_up(tmp_path: Path, cases: int, seed: int) -> None:
    set_up(tmp_path, 12, 7, TODAY)
    with pytest.raises(StopError, match="DEMO_OTHER"):
        set_up(tmp_path, cases, seed, TODAY)


def test_a_folder_made_by_another_version_is_not_mixed_up(tmp_path: Path) -> None:
    set_up(tmp_path, 12, 7, TODAY)
    note = json.loads((tmp_path / "demo.json").read_text(encoding="utf-8"))
    del note["edition"]
    (tmp_path / "demo.json").write_text(json.dumps(note), encoding="utf-8")
    with pytest.raises(StopError, match="another version"):
        set_up(tmp_path, 12, 7, TODAY)


def test_a_folder_with_the_data_of_a_real_hub_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "suphub.db").touch()
    with pytest.raises(StopError, match="DEMO_FOLDER"):
        set_up(tmp_path, 12, 7, TODAY)


def demo(home: Path, *options: str) -> subprocess.Popen[str]:
    suphub = str(Path(sys.executable).with_name("suphub"))
    command = [suphub, "demo", "--home", str(home), "--cases", "40", *options]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, process_group=0
    )


def working_in(folder: Path) -> list[int]:
    """The processes whose working folder lies below one: Airflow's servers and all their tasks."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "cwd").readlink().is_relative_to(folder):
                found.append(int(entry.name))
        except OSError:  # it has ended meanwhile
            continue
    return found


@pytest.mark.airflow
def test_the_demonstration_ends_by_itself_and_a_second_one_changes_nothing_and_stays(tmp_path: Path) -> None:
    home = tmp_path / "demo"
    first = demo(home, "--once")
    output, _ = first.communicate(timeout=900)
    assert first.returncode == 0, output
    assert "every package, case and card equals the simulator's truth" in " ".join(output.split())
    assert re.search(rf"{HELD} files, \d+ rows and \d+ pages sent for Airflow to exchange", output)
    assert working_in(home) == []
    assert woken_by_an_exchange(home / "airflow" / "airflow.db")

    second = demo(home)
    try:
        lines = []
        assert second.stdout is not None
        for line in second.stdout:
            lines.append(line)
            if "Ctrl-C ends it" in line:
                break
        output = "".join(lines)
        assert "nothing has changed" in output
        address = re.search(r"http://127\.0\.0\.1:\d+", output)
        user = re.search(r"log in: (\S+) / (\S+)", output)
        assert address, output
        assert user, output
        assert log_in(address[0], user[1], user[2])
        assert listeners(working_in(home)) <= {"0100007F"}
        second.send_signal(signal.SIGTERM)
        second.communicate(timeout=300)
    finally:
        second.kill()
    assert second.returncode == 0
    assert working_in(home) == []


def woken_by_an_exchange(airflow: Path) -> int:
    """Runs of the judging that nobody asked for: what Airflow itself began when an exchange had brought something."""
    with closing(sqlite3.connect(airflow)) as database:
        query = "select count(*) from dag_run where dag_id = 'supervise' and run_type = 'asset_triggered'"
        return int(database.execute(query).fetchone()[0])


def log_in(address: str, user: str, password: str) -> str:
    body = json.dumps({"username": user, "password": password}).encode()
    request = urllib.request.Request(f"{address}/auth/token", body, {"Content-Type": "application/json"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=120) as answer:
        return str(json.loads(answer.read())["access_token"])


def listeners(pids: list[int]) -> set[str]:
    """The addresses (hexadecimal, as in /proc/net/tcp) that processes listen on."""
    sockets = set()
    for pid in pids:
        for entry in Path(f"/proc/{pid}/fd").glob("*"):
            try:
                sockets.add(str(entry.readlink()))
            except OSError:
                continue
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text(encoding="utf-8").splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                found.add(fields[1].split(":")[0])
    return found


def test_two_demonstrations_do_not_share_a_folder(tmp_path: Path) -> None:
    from rich.console import Console

    from hub.demo.run import Asked, _alone, demonstrate

    with _alone(tmp_path), pytest.raises(StopError, match="DEMO_RUNNING"):
        demonstrate(Asked(tmp_path), TODAY, Console(quiet=True))


def test_waiting_for_airflow_ends_with_a_remedy(tmp_path: Path) -> None:
    from hub.demo.airflow_home import prepare
    from hub.demo.api import Api
    from hub.errors import RetryError

    api = Api(prepare(tmp_path, {}, 9), lambda: None, pause=0.01)
    began = time.monotonic()
    with pytest.raises(RetryError, match="AIRFLOW_SLOW"):
        api.log_in(0.2)
    assert time.monotonic() - began < 30


def test_a_run_is_asked_for_again_under_the_same_id_while_airflow_s_database_is_locked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from email.message import Message
    from urllib.error import HTTPError

    from hub.demo.airflow_home import Deployment
    from hub.demo.api import Api

    asked: list[str] = []
    answers = iter([500, 500, 409])

    def call(self: Api, method: str, path: str, body: dict[str, str | None]) -> None:
        asked.append(str(body["dag_run_id"]))
        raise HTTPError(path, next(answers), "-", Message(), None)

    monkeypatch.setattr(Api, "call", call)
    api = Api(Deployment(tmp_path, 9, {}, "admin", "-"), watch=lambda: None, pause=0)
    assert [api.trigger("supervise")] * 3 == asked
