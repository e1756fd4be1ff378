"""One import: files are read and checked, then written in one transaction together with their entry in the log."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

from sqlalchemy import Connection, CursorResult, Engine, delete, insert, text, update

from hub.catalogue.cells import Codes
from hub.catalogue.columns import DISCLOSURE, KINDS, Kind
from hub.catalogue.csv_file import stage_csv
from hub.catalogue.faults import CellError, Faults, Where
from hub.catalogue.kept import kept
from hub.catalogue.national import is_row_set, stage_row_set
from hub.catalogue.staging import Staging
from hub.catalogue.storing import Counts, Store
from hub.catalogue.xlsx_file import stage_xlsx
from hub.catalogue.yaml_file import stage_yaml
from hub.central.engine import writing
from hub.central.tables.items import catalogue_change
from hub.clock import local_day, now_us
from hub.errors import Place, StopError
from hub.ledger import merkle

Log = Callable[[Connection, str, Mapping[str, Any]], None]
"""Takes an entry for the hub's chain: connection, event, body."""

EVENT = "catalogue.changed"
LOGGED_AT_MOST = 1000
"""Changes that an entry of the log names one by one; of more it holds the Merkle root over all of them."""

Fill = Callable[[Staging, Faults], None]


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: `change` is null where nothing was new; counts per kind: new, changed, unchanged."""

    change: int | None
    counts: Mapping[str, Mapping[str, int]]
    sources: Sequence[Mapping[str, Any]]

    def as_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "change": self.change,
            "counts": {name: dict(counts) for name, counts in self.counts.items()},
            "sources": [dict(each) for each in self.sources],
        }


def import_files(
    engine: Engine,
    files: Sequence[Path],
    work: Path,
    *,
    by: str,
    codes: Codes | None = None,
    kind: str | None = None,
    log: Log | None = None,
    now: int | None = None,
) -> Imported:
    """Import files together, all or nothing: CSV, XLSX, YAML, or row sets of the national tables.

    `work` is a folder for scratch files, `codes` the tables of a crosswalk (without: our codes and their names), `kind`
    what CSV files hold whose name does not tell. Raises Refused with every fault; StopError CATALOGUE_FILE for a file
    that cannot be read or whose format is unknown.
    """
    fill, sources = filling(files, codes, kind)
    return import_staged(engine, fill, work, sources=sources, by=by, log=log, now=now)


def filling(
    files: Sequence[Path], codes: Codes | None, kind: str | None
) -> tuple[Fill, list[dict[str, Any]]]:
    """(what stages the files, what the log says of them)."""
    sources = [_source(file) for file in files]

    def fill(staging: Staging, faults: Faults) -> None:
        for file in files:
            _stage(file, staging, faults, codes, KINDS[kind] if kind else None)

    return fill, sources


def import_staged(
    engine: Engine,
    fill: Fill,
    work: Path,
    *,
    sources: Sequence[Mapping[str, Any]],
    by: str,
    log: Log | None = None,
    now: int | None = None,
) -> Imported:
    """The same for rows from anywhere: `fill` stages them."""
    at = now_us() if now is None else now
    with staged(fill, work, sources) as (staging, faults), writing(engine) as connection:
        return write(connection, staging, faults, sources, by, log, at)


@contextmanager
def staged(fill: Fill, work: Path, sources: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Staging, Faults]]:
    """The rows, checked, in a scratch file. Raises Refused with every fault."""
    faults = Faults()
    work.mkdir(parents=True, exist_ok=True)
    folder = Path(mkdtemp(prefix="catalogue-", dir=work))
    try:
        with Staging(folder) as staging:
            fill(staging, faults)
            faults.check()
            staging.finish()
            if not any(staging.kinds.values()):
                faults.add(_nothing(), Where("、".join(str(each["name"]) for each in sources)))
                faults.check()
            yield staging, faults
    finally:
        rmtree(folder, ignore_errors=True)


def write(
    connection: Connection,
    staging: Staging,
    faults: Faults,
    sources: Sequence[Mapping[str, Any]],
    by: str,
    log: Log | None,
    at: int,
) -> Imported:
    """Write what was staged, within the caller's transaction. Raises Refused."""
    if connection.dialect.name == "postgresql":
        # One import at a time: the second sees what the first has written.
        connection.execute(text("LOCK TABLE catalogue_change IN EXCLUSIVE MODE"))
    row = {"at": at, "who": by[:100], "digest": "0" * 64, "counts": "{}", "refilled_at": None}
    change = _number(connection.execute(insert(catalogue_change).values(row)))
    store = Store(connection, staging, faults, change, local_day(at))
    store.run()
    faults.check()
    counts = {name: each.as_dict() for name, each in store.counts.items()}
    root = merkle.root(each.encode() for each in staging.changes()).hex()
    changed = sum(each.new + each.changed for each in store.counts.values())
    mine = catalogue_change.c.id == change
    if not changed:
        connection.execute(delete(catalogue_change).where(mine))
        return Imported(None, counts, sources)
    connection.execute(
        update(catalogue_change)
        .where(mine)
        .values(
            digest=root,
            counts=json.dumps(counts, sort_keys=True, separators=(",", ":")),
            about_cases=int(_about_cases(store.counts)),
        )
    )
    if log is not None:
        told: dict[str, Any] = {"changes": [json.loads(each) for each in staging.changes(LOGGED_AT_MOST)]}
        if changed > LOGGED_AT_MOST:
            told = {"changed": changed}
        body = {"by": by, "change": change, "sources": list(sources), "counts": counts, "root": root, **told}
        body["sealed"] = kept(connection, change)
        log(connection, EVENT, body)
    return Imported(change, counts, sources)


def _about_cases(counts: Mapping[str, Counts]) -> bool:
    """Whether anything changed that says how cases are judged."""
    return any(each.new + each.changed for name, each in counts.items() if name != DISCLOSURE.name)


def _number(result: CursorResult[Any]) -> int:
    assert result.inserted_primary_key is not None
    return int(result.inserted_primary_key[0])


def _stage(file: Path, staging: Staging, faults: Faults, codes: Codes | None, kind: Kind | None) -> None:
    suffix = file.suffix.lower()
    if suffix in {".yaml", ".yml"}:
        stage_yaml(file, staging, faults, codes)
    elif suffix in {".xlsx", ".xlsm"}:
        stage_xlsx(file, staging, faults, codes, kind)
    elif is_row_set(file):
        stage_row_set(file, staging, faults, codes)
    elif suffix in {".csv", ".txt"}:
        stage_csv(file, staging, faults, codes, kind)
    else:
        raise _file(file, "不认识的格式", "its format is unknown")


def _source(file: Path) -> dict[str, Any]:
    """Name, size and SHA-256 of a file, for the log."""
    found = hashlib.sha256()
    size = 0
    try:
        with file.open("rb") as raw:
            while piece := raw.read(1 << 20):
                found.update(piece)
                size += len(piece)
    except OSError as error:
        raise _file(file, f"无法读取：{error.strerror}", f"it cannot be read: {error.strerror}") from error
    return {"name": file.name, "size": size, "digest": found.hexdigest()}


def _file(file: Path, zh: str, en: str) -> StopError:
    return StopError(
        "CATALOGUE_FILE",
        zh=f"文件 {file.name}：{zh}",
        en=f"File {file.name}: {en}",
        remedy_zh="可用 .csv、.xlsx、.yaml，或 database 连接器取来的行集；格式见 docs/catalogue.md",
        remedy_en="Use .csv, .xlsx, .yaml, or a row set taken by the database connector; see docs/catalogue.md",
        place=Place(file=str(file)),
    )


def _nothing() -> CellError:
    return CellError(
        "NOTHING",
        "没有任何可导入的内容",
        "there is nothing to import",
        "检查文件是否为空",
        "See whether the file is empty",
    )
