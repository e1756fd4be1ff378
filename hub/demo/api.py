"""A small client of Airflow's REST API: log in, wait until the servers are well, trigger DAGs and wait for their end."""

from __future__ import annotations

import json
import secrets
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from hub.demo.airflow_home import Deployment
from hub.errors import RetryError

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # loopback never goes through a proxy


class Api:
    """One logged-in reader of the deployment; the token is fetched with the first call that needs it."""

    def __init__(self, deployment: Deployment, watch: Callable[[], None], pause: float = 0.5) -> None:
        self.deployment = deployment
        self.watch = watch  # raises when a server has ended: waiting on would be in vain
        self.pause = pause
        self._token: str | None = None

    def call(self, method: str, path: str, body: object | None = None) -> Any:
        """One request; answers decoded JSON. Raises urllib.error.URLError (HTTPError with its status)."""
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.deployment.address}{path}", data, headers, method=method)
        with _DIRECT.open(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")

    def until(self, ready: Callable[[], Any], what: str, seconds: float) -> Any:
        """Ask again and again until the answer is not empty. Raises RetryError when the time is over."""
        deadline = time.monotonic() + seconds
        last = "-"
        while time.monotonic() < deadline:
            self.watch()
            try:
                if found := ready():
                    return found
            except (urllib.error.URLError, ConnectionError, TimeoutError) as error:
                last = str(error)
            time.sleep(self.pause)
        raise RetryError(
            "AIRFLOW_SLOW",
            zh=f"等了 {seconds:.0f} 秒,{what} 未完成({last})",
            en=f"{what} was not done after {seconds:.0f} s ({last})",
            remedy_zh=f"看 {self.deployment.folder} 下的 *.log,然后重试",
            remedy_en=f"Read the *.log files in {self.deployment.folder}, then run it again",
        )

    def log_in(self, seconds: float) -> None:
        """Wait for the server and fetch a token with the very user and password that a person is told."""
        who = {"username": self.deployment.user, "password": self.deployment.password}
        answer = self.until(lambda: self.call("POST", "/auth/token", who), "log-in · 登录", seconds)
        self._token = answer["access_token"]

    def healthy(self, seconds: float) -> None:
        """Wait until scheduler and DAG processor have reported."""

        def well() -> bool:
            health = self.call("GET", "/api/v2/monitor/health")
            return all(health[part]["status"] == "healthy" for part in ("scheduler", "dag_processor"))

        self.until(well, "scheduler, dag-processor", seconds)

    def dags_known(self, dag_ids: list[str], seconds: float) -> None:
        """Wait until all these DAGs have been read from the folder."""

        def all_there() -> bool:
            found = self.call("GET", "/api/v2/dags?limit=1000")["dags"]
            return set(dag_ids) <= {dag["dag_id"] for dag in found}

        self.until(all_there, "DAGs", seconds)

    def trigger(self, dag_id: str, seconds: float = 120) -> str:
        """Start a run; its id.

        Airflow answers 500 where its SQLite file is locked by another of its servers at that moment: asked again under
        the same id, so that it starts once.
        """
        run = f"demo__{secrets.token_hex(8)}"

        def started() -> bool:
            try:
                self.call("POST", f"/api/v2/dags/{dag_id}/dagRuns", {"dag_run_id": run, "logical_date": None})
            except urllib.error.HTTPError as error:
                if error.code != HTTPStatus.CONFLICT:  # it had been started all the same
                    raise
            return True

        self.until(started, f"{dag_id} {run}", seconds)
        return run

    def idle(self, dag_id: str, seconds: float) -> None:
        """Wait until no run of a DAG is queued or running (also runs that its schedule or an asset began)."""

        def quiet() -> bool:
            path = f"/api/v2/dags/{dag_id}/dagRuns?limit=1&state=queued&state=running"
            return bool(self.call("GET", path)["total_entries"] == 0)

        self.until(quiet, dag_id, seconds)

    def ended(self, dag_id: str, run_id: str, seconds: float) -> str:
        """Wait for the end of a run; its state."""
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}"

        def state() -> str | None:
            found = str(self.call("GET", path)["state"])
            return found if found in ("success", "failed") else None

        return str(self.until(state, f"{dag_id} {run_id}", seconds))
