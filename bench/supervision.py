"""Judging at size: the cases of the canonical package many times over, judged in full, and after ten thousand changed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select, text

from bench import inputs
from bench.children import run, wrong
from bench.postgres import Databases
from hub.central.engine import create_engine, writing
from hub.central.tables import metadata
from hub.central.tables.exchange import case_head, package
from hub.supervision.seed import ensure_seeded

COPIES = 30
"""Times the 10,000 cases of the package. What ten million take is told by the ratio: rules look at each case once."""
CHANGED = 10_000
_NUMBERED = {"case_head": "id"}


def measure(
    folder: Path, server: Databases, clean: Path, tell: Callable[[str], None]
) -> dict[str, list[float]]:
    """Seconds and memory of a full run and of one after CHANGED cases; the first run, which raises the cards, is not counted."""
    systems = inputs.department(folder / "department")
    inputs.put(folder / "department", clean, "supervised.xml")
    with server.fresh() as url:
        environment = {
            "SUPHUB_DATABASE_URL": url,
            "SUPHUB_HOME": str(folder / "var"),
            "SUPHUB_SYSTEMS": str(systems),
        }
        engine = create_engine(url)
        with writing(engine) as connection:
            ensure_seeded(connection)
        engine.dispose()
        run("exchange", {"code": inputs.SYSTEM}, environment)
        total = _multiply(url)
        tell(f"  {total} 件的监察库 · {total} cases to be judged …")
        judged = {"today": inputs.TODAY.isoformat(), "everything": True}
        run("supervise", judged, environment)
        full = run("supervise", judged, environment)
        _expect("full", full, cases=total)
        _change(url)
        few = run("supervise", {**judged, "everything": False}, environment)
        _expect("changed", few, cases=CHANGED)
    shutil.rmtree(folder)
    tell(
        f"  {total}: {full['wall']:.1f} s, {full['peak']:.0f} MB · {CHANGED}: {few['wall']:.1f} s, {few['peak']:.0f} MB"
    )
    return {
        "supervision_full_300000": [full["wall"]],
        "supervision_10000_changed_of_300000": [few["wall"]],
        "supervision_peak_memory": [max(full["peak"], few["peak"])],
    }


def _expect(name: str, result: dict[str, Any], *, cases: int) -> None:
    """A run that looks at other cases, or raises or withdraws a card where nothing is new, measures something else."""
    moved = {key: sum(result["summary"][key].values()) for key in ("raised", "withdrawn", "closed")}
    # A few cases more are looked at whenever time passes.
    if not cases <= result["summary"]["cases"] <= cases * 1.1 or any(moved.values()):
        raise wrong(f"supervision, {name}", f"{result['summary']['cases']} cases, {moved}")


def _multiply(url: str) -> int:
    """Copy every case COPIES - 1 times, under numbers of its own; returns how many there are."""
    engine = create_engine(url)
    with writing(engine) as connection:
        step = connection.execute(select(func.max(case_head.c.id))).scalar_one()
        for table in metadata.sorted_tables:
            columns = list(table.c.keys())
            key = _NUMBERED.get(table.name) or ("case_id" if "case_id" in columns else None)
            if key is None or table.name in ("case_outcome", "card", "case_watch"):
                continue
            if connection.execute(text(f"SELECT 1 FROM {table.name} LIMIT 1")).first() is None:
                continue
            _copy(connection, table.name, columns, key, step)
        connection.execute(
            text("SELECT setval(pg_get_serial_sequence('case_head', 'id'), MAX(id)) FROM case_head")
        )
        total = connection.execute(select(func.count()).select_from(case_head)).scalar_one()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    engine.dispose()
    return int(total)


def _copy(connection: Connection, table: str, columns: list[str], key: str, step: int) -> None:
    values = {name: f't."{name}"' for name in columns} | {key: f't."{key}" + k * {step}'}
    if "case_no" in values:
        values["case_no"] = "t.case_no || '-' || k"
    named = ", ".join(f'"{name}"' for name in columns)
    connection.execute(
        text(
            f"INSERT INTO {table} ({named}) SELECT {', '.join(values.values())} FROM {table} t"
            f" CROSS JOIN generate_series(1, {COPIES - 1}) k"
        )
    )


def _change(url: str) -> None:
    """Let CHANGED cases look as if a package that was closed just now had touched them."""
    engine = create_engine(url)
    columns = [name for name in package.c.keys() if name != "id"]  # noqa: SIM118 - a collection of columns
    fresh = {"digest": "'" + "f" * 64 + "'", "package_id": "'changed'", "claimed_id": "'changed'"}
    values = ", ".join(fresh.get(name, f'"{name}"') for name in columns)
    named = ", ".join(f'"{name}"' for name in columns)
    with writing(engine) as connection:
        number = connection.execute(
            text(f"INSERT INTO package ({named}) SELECT {values} FROM package LIMIT 1 RETURNING id")
        ).scalar_one()
        connection.execute(
            text(
                "INSERT INTO case_outcome (package, ordinal, case_no, outcome, codes, case_id, version)"
                " SELECT :package, ROW_NUMBER() OVER (ORDER BY id), case_no, 'accepted', '', id, version"
                f" FROM (SELECT * FROM case_head ORDER BY id DESC LIMIT {CHANGED}) h"
            ),
            {"package": number},
        )
    engine.dispose()
