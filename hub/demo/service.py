"""Starts the demonstration's Web Service as a process of its own and says how the hub logs in to it."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.demo.airflow_home import HOST, REPOSITORY
from hub.demo.soap_service import PATH
from hub.errors import Place, StopError

LOGIN = "hub"
PATIENCE = 10.0


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a department's folder; gives the connection as JSON. The service ends with the block, or with this process.

    Raises StopError when it does not start.
    """
    password = secrets.token_urlsafe(12)
    path = folder / "service.log"
    with path.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "hub.demo.soap_service", str(folder), LOGIN],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            process_group=0,  # Ctrl-C reaches the launcher alone, which ends it in order
        )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(f"{password}\n".encode())
        process.stdin.flush()
        port = process.stdout.readline().strip()
        if not port.isdigit():
            raise _broken(path)
        yield json.dumps(
            {
                "conn_type": "http",
                "host": HOST,
                "port": int(port),
                "schema": PATH.strip("/"),
                "login": LOGIN,
                "password": password,
            }
        )
    finally:
        process.stdin.close()
        process.stdout.close()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _broken(log: Path) -> StopError:
    return StopError(
        "DEMO_SERVICE",
        zh="演示用的 Web Service 没有启动",
        en="The demonstration's Web Service did not start",
        remedy_zh=f"看日志 {log},然后重试",
        remedy_en=f"Read {log}, then run it again",
        place=Place(file=str(log)),
    )
