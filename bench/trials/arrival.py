"""`python -m bench.trials.arrival`: how long after a package has been laid into a directory the card of its overdue case stands.

Airflow runs as `make demo` starts it (LocalExecutor), the hub's database is PostgreSQL. The system is exchanged continuously, or
as `--schedule` says; the supervision follows each exchange. What is waiting for the next look, and what is work, is told apart.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, text

from bench import inputs
from bench.children import wrong
from bench.postgres import Databases, databases
from hub.central.engine import create_engine, reading, writing
from hub.clock import now_us
from hub.demo.airflow_home import prepare
from hub.demo.api import Api
from hub.demo.embedded import START, running
from hub.demo.launcher import ended_by_signals, make_pools, run_airflow
from hub.settings import load_settings
from hub.supervision.seed import ensure_seeded

PACKAGES = 20
IN_BENCH = 12
"""Packages of the benchmark, where it is one figure of many."""
EVERY = 17.0
"""Seconds between packages: no divisor of a minute, so that they come at all moments of it."""
PATIENCE = 300.0
"""Seconds after the last package within which all cards must stand."""
SCHEDULE = "continuous"
SECOND = 1_000_000
Tell = Callable[[str], None]

_CASE = re.compile(r"[ \t]*<Case>.*?</Case>\s*", re.S)
_PROMISED = re.compile(r"<PromisedLimit>\d+</PromisedLimit>\s*<PromisedLimitUnit>W</PromisedLimitUnit>")


@dataclass(slots=True)
class Arrival:
    """One package, and when (µs): laid down, received by the hub, closed, and its card first seen."""

    case_no: str
    laid: int
    received: int | None = None
    closed: int | None = None
    seen: int | None = None

    @property
    def total(self) -> float:
        """Seconds from the file to the card; without end where there is none."""
        return float("inf") if self.seen is None else (self.seen - self.laid) / SECOND


def measure(folder: Path, server: Databases, clean: Path, tell: Tell) -> dict[str, list[float]]:
    """The 95th percentile of the seconds from a file to its card. Raises StopError where a card is missing."""
    found = arrivals(folder, server, clean, tell, IN_BENCH, EVERY, SCHEDULE)
    _told(found, lambda line: tell(f"  {line}"))
    missing = [each.case_no for each in found if each.seen is None]
    if missing or not found:
        raise wrong("arrival", f"no card of {', '.join(missing) or 'any'}")
    return {"event_to_card_p95": [_quantile(sorted(each.total for each in found), 0.95)]}


def main() -> int:
    """Lay the packages down, wait for the cards, print what was found; 1 if a card is missing."""
    parser = argparse.ArgumentParser(prog="python -m bench.trials.arrival", description=__doc__)
    parser.add_argument("--packages", type=int, default=PACKAGES)
    parser.add_argument("--every", type=float, default=EVERY, help="seconds between packages")
    parser.add_argument("--schedule", default=SCHEDULE, help="of the registration")
    asked = parser.parse_args()
    kept = load_settings().home / "bench"
    kept.mkdir(parents=True, exist_ok=True)
    clean = inputs.base(kept, inputs.QUICK_CASES)
    with tempfile.TemporaryDirectory(prefix="run-", dir=kept) as scratch, databases() as server:
        found = arrivals(Path(scratch), server, clean, _say, asked.packages, asked.every, asked.schedule)
    _told(found, _say)
    return 0 if all(each.seen for each in found) else 1


def arrivals(
    folder: Path, server: Databases, clean: Path, tell: Tell, packages: int, every: float, schedule: str
) -> list[Arrival]:
    """Start Airflow with a department in `folder`, lay a package down `every` so many seconds, watch for their cards."""
    systems = inputs.department(folder / "department")
    registration = systems / f"{inputs.SYSTEM}.yaml"
    text_of = registration.read_text(encoding="utf-8")
    registration.write_text(re.sub(r"schedule: .*", f'schedule: "{schedule}"', text_of), encoding="utf-8")
    with server.fresh() as url:
        engine = create_engine(url)
        with writing(engine) as connection:
            ensure_seeded(connection)
        settings = {
            "SUPHUB_HOME": str(folder / "var"),
            "SUPHUB_DATABASE_URL": url,
            "SUPHUB_SYSTEMS": str(systems),
            "SUPHUB_TODAY": inputs.TODAY.isoformat(),
        }
        deployment = prepare(folder / "airflow", settings)
        run_airflow(deployment, "db", "migrate")
        (folder / "var").mkdir(exist_ok=True)
        make_pools(deployment, folder / "var", [inputs.SYSTEM])
        tell("  Airflow 启动 · Airflow starts …")
        with ended_by_signals(), running(deployment.folder, settings, None) as api:
            found = list(_arrivals(api, engine, folder / "department", clean, packages, every))
        engine.dispose()
    return found


def late_packages(clean: Path) -> Iterator[tuple[str, str]]:
    """(case number, document) of packages of one case each, accepted and finished long past its promised limit."""
    data = clean.read_text(encoding="utf-8")
    start, end = data.index("<Body>") + len("<Body>"), data.rindex("</Body>")
    case = next(each[0] for each in _CASE.finditer(data, start, end) if _overdue(each[0]))
    case = _PROMISED.sub(
        "<PromisedLimit>1</PromisedLimit><PromisedLimitUnit>W</PromisedLimitUnit>", case, count=1
    )
    head = re.sub(r"<CaseCount>\d+", "<CaseCount>1", data[:start])
    number = 0
    while True:
        number += 1
        case_no = f"ARRIVAL-{number:04d}"
        own = re.sub(r"<CaseNo>[^<]*", f"<CaseNo>{case_no}", case, count=1)
        own_head = re.sub(r"<PackageId>[^<]*", f"<PackageId>arrival-{number:04d}", head, count=1)
        own_head = re.sub(r"<Serial>\d+", f"<Serial>{number}", own_head, count=1)
        yield case_no, f"{own_head}\n{own}{data[end:]}"


def _overdue(case: str) -> bool:
    """Whether a promised limit of one working day makes the case late: a week lies between acceptance and completion."""
    days = [re.search(rf"<{name}>(\d{{4}}-\d\d-\d\d)", case) for name in ("HandledAt", "CompletedAt")]
    if (
        "<Status>1</Status>" not in case
        or not _PROMISED.search(case)
        or "<SpecialProcedure" in case
        or None in days
    ):
        return False
    accepted, finished = (time.mktime(time.strptime(day[1], "%Y-%m-%d")) for day in days if day is not None)
    return finished - accepted >= 7 * 86_400


def _arrivals(
    api: Api, engine: Engine, department: Path, clean: Path, packages: int, every: float
) -> list[Arrival]:
    dag = f"exchange__{inputs.SYSTEM}"
    api.healthy(START)
    api.dags_known([dag, "supervise"], START)
    arrivals: dict[str, Arrival] = {}
    documents = late_packages(clean)
    next_at = time.monotonic()
    deadline = next_at + packages * every + PATIENCE
    while time.monotonic() < deadline:
        api.watch()
        if len(arrivals) < packages and time.monotonic() >= next_at:
            case_no, document = next(documents)
            path = department / "out" / f"{case_no}.xml"
            path.write_text(document, encoding="utf-8")
            path.with_name(f"{path.name}.ok").touch()
            arrivals[case_no] = Arrival(case_no, now_us())
            next_at += every
        _look(engine, arrivals)
        if len(arrivals) == packages and all(each.seen for each in arrivals.values()):
            break
        time.sleep(0.25)
    _times(engine, arrivals)
    return list(arrivals.values())


def _look(engine: Engine, arrivals: dict[str, Arrival]) -> None:
    """Note the cards that have come to stand since the last look."""
    if all(each.seen for each in arrivals.values()):
        return
    with reading(engine) as connection:
        rows = connection.execute(text("SELECT DISTINCT case_no FROM card WHERE rule = 'T2'")).scalars().all()
    now = now_us()
    for case_no in rows:
        if arrivals[case_no].seen is None:
            arrivals[case_no].seen = now


def _times(engine: Engine, arrivals: dict[str, Arrival]) -> None:
    with reading(engine) as connection:
        rows = connection.execute(
            text(
                "SELECT o.case_no, p.received_at, p.closed_at FROM case_outcome o JOIN package p ON p.id = o.package"
            )
        ).all()
    for row in rows:
        arrivals[row.case_no].received, arrivals[row.case_no].closed = row.received_at, row.closed_at


def _told(found: Sequence[Arrival], tell: Tell) -> None:
    for each in found:
        parts = [
            "-" if later is None or earlier is None else f"{(later - earlier) / SECOND:.1f}"
            for earlier, later in (
                (each.laid, each.received),
                (each.received, each.closed),
                (each.closed, each.seen),
            )
        ]
        tell(f"{each.case_no}  {each.total:6.1f} s = {' + '.join(parts)}  (file → received → closed → card)")
    totals = sorted(each.total for each in found)
    waited = sorted((each.received or 0) - each.laid for each in found)
    work = sorted(each.total - ((each.received or 0) - each.laid) / SECOND for each in found)
    for name, values in (
        ("file to card · 文件到牌", totals),
        ("of it until received · 其中等到接收", [each / SECOND for each in waited]),
        ("received to card · 接收到牌", work),
    ):
        tell(
            f"{name}: median {_quantile(values, 0.5):.1f} s, p95 {_quantile(values, 0.95):.1f} s, most {values[-1]:.1f} s"
        )


def _quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the sorted values does not exceed."""
    return values[max(0, -int(-share * len(values) // 1) - 1)]


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
