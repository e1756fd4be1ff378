"""The launcher of Airflow's servers: whatever ends it ends all of them, and a server that dies is told of."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from hub.demo.airflow_home import USER, Deployment, free_port, prepare
from hub.demo.launcher import Servers
from hub.errors import StopError

# A server with a task that, like Airflow's, has a process group of its own, and does not listen to SIGTERM.
SERVER = """
import os, signal, subprocess, sys, time
task = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(600)"
child = subprocess.Popen([sys.executable, "-c", task], process_group=0, stdout=subprocess.PIPE)
child.stdout.readline()
with open(sys.argv[1], "w") as file:
    file.write(f"{os.getpid()} {child.pid}")
os.rename(sys.argv[1], sys.argv[1] + ".pids")
time.sleep(600)
"""
# As from a terminal, also where these tests were started in the background: a shell lets such children ignore Ctrl-C.
LAUNCHER = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
from pathlib import Path
from hub.demo.airflow_home import prepare
from hub.demo.launcher import Servers, ended_by_signals
folder = Path(sys.argv[1])
names = ("first", "second")
servers = {name: [sys.executable, str(folder / "server.py"), str(folder / name)] for name in names}
with ended_by_signals():
    try:
        with Servers(prepare(folder / "airflow", {}), servers):
            time.sleep(600)
    except KeyboardInterrupt:
        print("ended", flush=True)
"""


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    return state != "Z"


def pids_of(folder: Path) -> list[int]:
    deadline = time.monotonic() + 300
    files = [folder / "first.pids", folder / "second.pids"]
    while not all(path.exists() for path in files):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return [int(pid) for path in files for pid in path.read_text(encoding="utf-8").split()]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_every_way_to_end_the_launcher_ends_all_servers_and_their_tasks(
    tmp_path: Path, number: signal.Signals
) -> None:
    (tmp_path / "server.py").write_text(SERVER, encoding="utf-8")
    (tmp_path / "launcher.py").write_text(LAUNCHER, encoding="utf-8")
    command = [sys.executable, str(tmp_path / "launcher.py"), str(tmp_path)]
    launcher = subprocess.Popen(command, stdout=subprocess.PIPE, process_group=0)
    try:
        pids = pids_of(tmp_path)
        assert [alive(pid) for pid in pids] == [True] * 4
        launcher.send_signal(number)
        output, _ = launcher.communicate(timeout=300)
    finally:
        launcher.kill()
    assert (launcher.returncode, output) == (0, b"ended\n")
    assert [pid for pid in pids if alive(pid)] == []


def watch(servers: Servers) -> None:
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        servers.check()
        time.sleep(0.05)


def test_a_server_that_ends_by_itself_is_told_of_with_the_end_of_its_log(tmp_path: Path) -> None:
    deployment = prepare(tmp_path, {})
    dying = {"scheduler": [sys.executable, "-c", "print('no disk left'); raise SystemExit(4)"]}
    with Servers(deployment, dying) as servers, pytest.raises(StopError) as raised:
        watch(servers)
    assert "airflow scheduler ended with code 4" in raised.value.message_en
    assert "no disk left" in raised.value.message_zh


def test_a_server_that_ended_over_a_locked_database_is_started_again_three_times_and_no_more(
    tmp_path: Path,
) -> None:
    deployment = prepare(tmp_path, {})
    locked = "print('sqlite3.OperationalError: database is locked'); raise SystemExit(1)"
    with (
        Servers(deployment, {"dag-processor": [sys.executable, "-c", locked]}) as servers,
        pytest.raises(StopError),
    ):
        watch(servers)
    assert servers.log("dag-processor").read_text().count("database is locked") == 4


def test_secrets_are_made_once_and_are_for_the_owner_only(tmp_path: Path) -> None:
    first, second = prepare(tmp_path, {}, 1234), prepare(tmp_path, {}, 1234)
    assert first == second
    assert (first.user, len(first.password) >= 10) == (USER, True)
    for name in ("secrets.json", "passwords.json"):
        assert (tmp_path / name).stat().st_mode & 0o077 == 0, name


def test_settings_of_another_airflow_do_not_reach_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "CeleryExecutor")
    monkeypatch.setenv("AIRFLOW_CONN_LAND_BUREAU", "kept")
    environment = prepare(tmp_path, {"SUPHUB_HOME": "/there"}, 1234).environment
    assert environment["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
    assert environment["AIRFLOW_CONN_LAND_BUREAU"] == "kept"
    assert environment["SUPHUB_HOME"] == "/there"


def test_servers_listen_on_the_loopback_interface_only(tmp_path: Path) -> None:
    from hub.demo.launcher import commands, scheduling

    deployment: Deployment = prepare(tmp_path, {}, 1234)
    assert deployment.environment["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert "127.0.0.1" in commands(1234)["api-server"]
    assert "--skip-serve-logs" in scheduling()["scheduler"]


def test_another_port_is_taken_where_the_usual_one_is_in_use() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        assert free_port(taken) not in (0, taken)


# Answers the log-in like Airflow's server does, and like it ends when its port is taken.
ANSWERING = """
import http.server, os, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.send_response(201)
        self.end_headers()
        self.wfile.write(b'{"access_token": "token"}')
class Server(http.server.HTTPServer):
    allow_reuse_address = False
Server(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
"""


def test_where_somebody_took_the_port_meanwhile_another_one_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hub.demo import airflow_home, embedded, launcher
    from hub.demo.embedded import running

    server = [sys.executable, "-c", ANSWERING]
    monkeypatch.setattr(launcher, "commands", lambda port: {"api-server": [*server, str(port)]})
    monkeypatch.setattr(embedded, "scheduling", dict)
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        stolen, free = other.server_port, free_port(0)
        ports = iter([stolen, free])
        monkeypatch.setattr(airflow_home, "free_port", lambda: next(ports))
        with running(tmp_path, {}, None) as api:
            assert api.deployment.port == free
            assert api.call("POST", "/auth/token", {}) == {"access_token": "token"}
        with pytest.raises(StopError, match="AIRFLOW_ENDED"), running(tmp_path, {}, stolen):
            pass
        other.shutdown()


def test_no_task_is_begun_before_the_server_answers_that_it_reports_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hub.demo import airflow_home, embedded, launcher

    port = free_port(0)
    server = [sys.executable, "-c", ANSWERING, str(port)]
    answering: list[bool] = []

    def scheduling() -> dict[str, list[str]]:
        answering.append(airflow_home.taken(port))
        return {}

    monkeypatch.setattr(launcher, "commands", lambda port: {"api-server": server})
    monkeypatch.setattr(embedded, "scheduling", scheduling)
    with embedded.running(tmp_path, {}, port):
        assert answering == [True]
