"""What is measured, each in a fresh process: `python -m bench.tasks NAME JSON` prints its result as one JSON line.

Modules are imported before a clock starts; memory is the peak of the whole process, imports included.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from hub.register import Registration, find_registration


def peak_mb() -> float:
    """The most memory this process has held, in MB (10^6 bytes).

    Not from getrusage: its peak starts at that of the process which started this one.
    """
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise RuntimeError("the kernel does not tell the peak memory (VmHWM in /proc/self/status)")


def _registration(args: dict[str, Any]) -> Registration:
    return find_registration(Path(args["systems"]), args["code"])


def read_bare(args: dict[str, Any]) -> dict[str, Any]:
    """Parse, validate, shred, escape."""
    from bench import reading

    timing, digest = reading.read_bare(_registration(args), Path(args["document"]))
    return _timed(timing, digest)


def read_whole(args: dict[str, Any]) -> dict[str, Any]:
    """The hub's reader with content checks and digests."""
    from bench import reading

    share = args.get("share", (0, 1))
    timing, digest = reading.read_whole(_registration(args), Path(args["document"]), share)
    return _timed(timing, digest)


def load_bare(args: dict[str, Any]) -> dict[str, Any]:
    """Parse, validate, shred and COPY."""
    from bench import loading
    from hub import wiring

    timing, digest = loading.load_bare(wiring.engine(), _registration(args), Path(args["document"]))
    tables = loading.table_digests(wiring.engine(), loading.HELPER)
    return _timed(timing, digest) | {"tables": tables}


def exchange(args: dict[str, Any]) -> dict[str, Any]:
    """Take, process, answer everything that lies in the inbox, as `suphub exchange run` does."""
    from hub import wiring
    from hub.pipeline import process  # noqa: F401 - so that its imports are not measured

    wiring.registrations()
    wiring.engine()  # for the driver's import; no connection is opened yet
    wiring.watcher()  # for its imports, as above: starting is not exchanging
    wall, cpu = perf_counter(), process_time()
    done = wiring.exchange(args["code"])
    result: dict[str, Any] = {"wall": perf_counter() - wall, "cpu": process_time() - cpu}
    result |= {"peak": peak_mb(), "packages": done}
    if args.get("tables"):
        from bench import loading

        result["tables"] = loading.table_digests(wiring.engine(), "case_head")
    if args.get("heads"):
        result["heads"] = _heads()
    return result


def _heads() -> dict[str, int]:
    """How many cases there are in each state."""
    from sqlalchemy import func, select

    from hub import wiring
    from hub.central.engine import reading
    from hub.central.tables import exchange

    state = exchange.case_head.c.state
    with reading(wiring.engine()) as connection:
        return {
            name: int(count)
            for name, count in connection.execute(select(state, func.count()).group_by(state))
        }


def read_dialect(args: dict[str, Any]) -> dict[str, Any]:
    """Read, map and assemble a document of any dialect."""
    from bench import dialects

    dialects.registration(args["dialect"])
    cpu = process_time()
    found = dialects.measure(args["dialect"], Path(args["document"]))
    return {"cpu": process_time() - cpu, "cases": found.cases, "records": found.records}


def import_catalogue(args: dict[str, Any]) -> dict[str, Any]:
    """Import a catalogue of so many items into an empty database."""
    from bench.catalogue import import_200000

    return {"seconds": import_200000(args["url"], args["items"])}


def take_large(args: dict[str, Any]) -> dict[str, Any]:
    """One large file by `sftp` and by the hub, in turn."""
    from bench import sftp

    return {"ratios": sftp.measure_large(args), "peak": peak_mb()}


def list_many(args: dict[str, Any]) -> dict[str, Any]:
    """The listing of a directory of very many files: what it adds to the memory of the process."""
    from bench import sftp

    before = peak_mb()
    return {"listed": sftp.measure_listing(args), "peak": peak_mb(), "added": peak_mb() - before}


def open_cms(args: dict[str, Any]) -> dict[str, Any]:
    """Decrypt and verify one sealed file."""
    import hashlib
    import shutil

    from hub.clock import now_us
    from hub.envelope import Limits
    from hub.envelope.certificates import certificates_of
    from hub.envelope.keys import keys_in
    from hub.envelope.trust import Policy
    from hub.envelope.unsealing import unseal

    keys, work = keys_in(Path(args["keys"])), Path(args["work"])
    policy = Policy(
        "bench", "required", "required", tuple(certificates_of(Path(args["signer"]).read_bytes()))
    )
    wall = perf_counter()
    opened = unseal(Path(args["file"]), work, policy, lambda: keys, now_us(), Limits())
    seconds = perf_counter() - wall
    peak = peak_mb()
    with opened.file.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    shutil.rmtree(work)
    return {"wall": seconds, "peak": peak, "digest": digest}


def supervise(args: dict[str, Any]) -> dict[str, Any]:
    """Judge as of the end of a day: everything, or what could have changed."""
    from datetime import date

    from bench.costs import counted, dearest
    from hub import wiring
    from hub.supervision import run  # noqa: F401 - so that its imports are not measured

    with counted(wiring.engine()) as costs:
        wall, cpu = perf_counter(), process_time()
        summary = wiring.supervise(date.fromisoformat(args["today"]), everything=args["everything"])
        done = {"wall": perf_counter() - wall, "cpu": process_time() - cpu, "peak": peak_mb()}
    found = dearest(costs)
    return {**done, "database_cpu": sum(row[1] for row in found), "summary": summary, "costs": found}


def parse_dags(args: dict[str, Any]) -> dict[str, Any]:
    """The DAG folder as Airflow's DAG processor reads it, after Airflow's own modules are loaded by a trivial DAG."""
    from airflow.dag_processing.dagbag import DagBag

    warm = DagBag(args["trivial"])
    assert not warm.import_errors, warm.import_errors
    wall = perf_counter()
    bag = DagBag(args["dags"])
    seconds = perf_counter() - wall
    return {"wall": seconds, "dags": sorted(bag.dags), "errors": dict(bag.import_errors)}


def _timed(timing: Any, digest: str) -> dict[str, Any]:
    counts = {"accepted": timing.accepted, "rejected": timing.rejected}
    return {"wall": timing.wall, "cpu": timing.cpu, "rows": digest, "peak": peak_mb(), **counts}


TASKS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    task.__name__: task
    for task in (
        read_bare,
        read_whole,
        load_bare,
        exchange,
        read_dialect,
        import_catalogue,
        take_large,
        list_many,
        open_cms,
        supervise,
        parse_dags,
    )
}


if __name__ == "__main__":
    outcome = TASKS[sys.argv[1]](json.loads(sys.argv[2]))
    sys.stdout.write(json.dumps(outcome, ensure_ascii=False) + "\n")
