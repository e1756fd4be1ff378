"""The embedded Airflow, running and answering: on the port asked for, or on another one where somebody was quicker."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from hub.demo import airflow_home
from hub.demo.api import Api
from hub.demo.launcher import Servers, scheduling
from hub.errors import StopError

START = 300.0
"""Seconds within which the servers must answer; about thirty on a small machine."""
TRIES = 3


@contextmanager
def running(folder: Path, suphub: Mapping[str, str], port: int | None) -> Iterator[Api]:
    """Start the servers and log in; they end with the block. Raises StopError, RetryError.

    A port is chosen half a minute before the server can bind it. If it was taken meanwhile, another one is chosen,
    unless `port` says that it must be this one.
    """
    for left in reversed(range(TRIES)):
        with ExitStack() as stack:
            deployment = airflow_home.prepare(folder, suphub, port)
            servers = stack.enter_context(Servers(deployment))
            api = Api(deployment, servers.check)
            try:
                api.log_in(START)
            except StopError:
                if left and port is None and airflow_home.taken(deployment.port):
                    continue
                raise
            servers.start(scheduling())
            yield api
            return
