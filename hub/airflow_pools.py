"""Which systems have a pool of their own in Airflow: a note beside the hub's state, since a DAG may not ask the database."""

from __future__ import annotations

import json
from pathlib import Path

POOL_FILE = "airflow-pools.json"
DEFAULT_POOL = "default_pool"


def pool_name(code: str) -> str:
    """The pool of one system, as it is called in Airflow; its DAG has the same name."""
    return f"exchange__{code}"


def known_pools(home: Path) -> frozenset[str]:
    """The pools that `suphub airflow pools` has made for this installation.

    Airflow never schedules a task whose pool does not exist, so a system without a pool of its own runs in Airflow's
    default pool, one slice at a time.
    """
    path = home / POOL_FILE
    if not path.is_file():
        return frozenset()
    return frozenset(json.loads(path.read_text(encoding="utf-8")))
