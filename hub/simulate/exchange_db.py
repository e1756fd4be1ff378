"""The exchange database of a simulated department: its tables made and filled, row by row as the department writes them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, Table, create_engine, delete, insert
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from hub.errors import Place, StopError
from hub.simulate.national_tables import CASE_TABLES, KEY, metadata
from hub.simulate.piece import Piece

FILE = "exchange.db"
LATER = "later.jsonl"
_CHUNK = 2000
_ORDER = {table.name: place for place, table in enumerate(CASE_TABLES)}


def database_url(out: Path, url: str | None) -> str:
    """The address of the exchange database: the one given, else the SQLite file of the simulation."""
    return url or f"sqlite:///{out.absolute() / FILE}"


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    """An engine for the time of the block. Raises StopError where the database cannot be written."""
    try:
        engine = _engine(make_url(url))
        try:
            yield engine
        finally:
            engine.dispose()
    except SQLAlchemyError as error:
        cause = getattr(error, "orig", None) or error
        shown = _shown(url)
        raise StopError(
            "SIMULATE_DATABASE",
            zh=f"不能写交换库 {shown}:{cause}",
            en=f"The exchange database {shown} cannot be written: {cause}",
            remedy_zh="检查地址、账号权限和磁盘;模拟只写空库",
            remedy_en="Check the address, the account's rights and the disk; a simulation is written to an empty database",
            place=Place(file=shown),
        ) from error


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "mysql" and isinstance(url.password, str):
        # Its driver takes a password as text to be Latin-1; bytes may be any.
        arguments = {"password": url.password.encode()}
        return create_engine(url, poolclass=NullPool, connect_args=arguments)
    return create_engine(url, poolclass=NullPool)


def _shown(url: str) -> str:
    try:
        return make_url(url).render_as_string(hide_password=True)
    except SQLAlchemyError:
        return "--database-url"


def read_order(pieces: Iterable[Piece]) -> list[Piece]:
    """The rows in the order in which the hub reads them: by table, then by time and row number."""
    return sorted(pieces, key=lambda p: (_ORDER[p.name], p.rank, str(p.fields[KEY])))


def newest_rows(pieces: Iterable[Piece]) -> list[Piece]:
    """The last version of each row, in the order in which they were written."""
    rows: dict[tuple[str, object], Piece] = {}
    for piece in sorted(pieces, key=lambda p: (p.time, _ORDER[p.name], str(p.fields[KEY]))):
        rows.pop(key := (piece.name, piece.fields[KEY]), None)
        rows[key] = piece
    return list(rows.values())


def make_tables(engine: Engine) -> None:
    """Make the tables. Raises StopError if one of them holds rows already."""
    metadata.create_all(engine)
    with engine.connect() as connection:
        for table in metadata.sorted_tables:
            if connection.execute(table.select().limit(1)).first() is not None:
                raise StopError(
                    "SIMULATE_OCCUPIED",
                    zh=f"交换库的表 {table.name} 里已有数据,不会混入新的模拟数据",
                    en=f"Table {table.name} of the exchange database already holds rows; a simulation is not mixed with them",
                    remedy_zh="换一个库或 --out 目录,或先清空",
                    remedy_en="Give another database or --out folder, or empty it first",
                    place=Place(file=_shown(engine.url.render_as_string(hide_password=True))),
                )


def write_rows(connection: Connection, pieces: Iterable[Piece]) -> int:
    """Insert rows in the order given; returns how many."""
    count = 0
    for name, group in groupby(pieces, key=lambda piece: piece.name):
        table = metadata.tables[name]
        values = [_values(table, piece.fields) for piece in group]
        insert_rows(connection, table, values)
        count += len(values)
    return count


def insert_rows(connection: Connection, table: Table, values: list[dict[str, Any]]) -> None:
    """Insert complete rows in bounded statements."""
    for start in range(0, len(values), _CHUNK):
        connection.execute(insert(table), values[start : start + _CHUNK])


def _values(table: Table, fields: dict[str, Any]) -> dict[str, Any]:
    return {column.name: fields.get(column.name) for column in table.columns} | {"sync_flag": "0"}


def lay_aside(path: Path, pieces: Iterable[Piece]) -> None:
    """Keep rows that are written later, one JSON document a line."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for piece in pieces:
            file.write(row_line(piece))


def row_line(piece: Piece) -> str:
    """A row as a line of such a file."""
    document = {"table": piece.name, "row": _values(metadata.tables[piece.name], piece.fields)}
    return json.dumps(document, ensure_ascii=False, default=datetime.isoformat) + "\n"


def write_later(out: Path, url: str | None = None) -> int:
    """Write the rows that were laid aside, each in place of its former version; returns how many.

    They go in one transaction; the file is removed when they are there. Raises StopError.
    """
    path = out / LATER
    if not path.is_file():
        return 0
    documents = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    with opened(database_url(out, url)) as engine, engine.begin() as connection:
        for document in documents:
            table = metadata.tables[document["table"]]
            values = {
                name: datetime.fromisoformat(value) if value is not None and _timed(table, name) else value
                for name, value in document["row"].items()
            }
            connection.execute(delete(table).where(table.c[KEY] == values[KEY]))
            connection.execute(insert(table), values)
    path.unlink()
    return len(documents)


def _timed(table: Table, name: str) -> bool:
    return table.c[name].type.python_type is datetime
