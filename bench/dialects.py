"""Reading, mapping and assembling the dialects that send pieces, beside the canonical one, on the same life-cycles."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bench.inputs import SEED, SYSTEM, TODAY, make_base
from hub.pipeline.piece_reader import PieceReader, batches
from hub.register import Registration
from hub.shapes import Fragment
from hub.simulate.exchange_db import newest_rows, read_order
from hub.simulate.fragmented import cast
from hub.simulate.national_tables import metadata
from hub.simulate.replies import Document, text
from hub.simulate.words import ORGANIZATIONS
from hub.simulate.world import DIALECTS, Options
from mappings.dialect import load_dialect
from mappings.mapper import Mapper
from schemas.survey import survey
from schemas.validator import ChunkValidator


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of one dialect: cases and records (cases, rows or messages) read, and the seconds that it took."""

    dialect: str
    cases: int
    records: int
    seconds: float

    @property
    def rate(self) -> float:
        """Cases a second."""
        return self.cases / self.seconds


def document(dialect: str, cases: int, folder: Path) -> Path:
    """Write `cases` clean life-cycles in a dialect as one document; the same lives in every dialect."""
    path = folder / f"{dialect}-{cases}"
    if dialect == "canonical":
        make_base(path, cases)
        return path
    options = Options(
        cases=cases, out=folder, today=TODAY, seed=SEED, code=SYSTEM, clean=True, dialect=dialect
    )
    pieces = cast(options).pieces
    if dialect == "pinyin-stages":
        _, _, body = text(Document(sorted(pieces, key=lambda piece: piece.time))).partition("?>")
        path.write_text(f'<?xml version="1.0"?>{body}', encoding="utf-8")
        return path
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write('{"format":"row-set","version":1}\n')
        for row in read_order(newest_rows(pieces)):
            values = {
                column.name: row.fields.get(column.name) for column in metadata.tables[row.name].columns
            }
            line = {"row": values, "table": row.name}
            text_of = json.dumps(
                line, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=datetime.isoformat
            )
            file.write(text_of + "\n")
    return path


def measure(dialect: str, path: Path) -> Measured:
    """Read, map and assemble a document in this process. Raises ValueError where anything of it is refused."""
    begun = time.perf_counter()
    cases, records = (_canonical if dialect == "canonical" else _piecewise)(path, registration(dialect))
    return Measured(dialect, cases, records, time.perf_counter() - begun)


def registration(dialect: str) -> Registration:
    """The registration of the department whose cases these are."""
    return Registration(
        code=SYSTEM, name=SYSTEM, organizations=(ORGANIZATIONS[0].uscc,), region="430000", connector={}, dialect=dialect,
        codes=DIALECTS[dialect], schema="1.0", status="live",
    )  # fmt: skip


def _canonical(path: Path, known: Registration) -> tuple[int, int]:
    found = survey(path)
    mapper, validator = Mapper(known, {}), ChunkValidator(known.schema, found.namespaces)
    cases = 0
    with path.open("rb") as file:
        for chunk in found.chunks:
            file.seek(chunk.offset)
            data, segments = file.read(chunk.length), found.segments(chunk)
            parsed = validator.read(data, segments, chunk.first, chunk.line)
            for case, (start, end) in zip(parsed, segments, strict=True):
                item, _ = mapper.map_case(case, data[start:end], "", 1)
                if not isinstance(item, Fragment):
                    raise ValueError(f"refused: {item.violations}")
                cases += 1
    return cases, cases


def _piecewise(path: Path, known: Registration) -> tuple[int, int]:
    reader = PieceReader(known, load_dialect(known.dialect, schema=known.schema), path, 1, None)
    records = reader.records()
    cases = 0
    for batch in batches(records):
        found = reader.read(batch)
        if found.refused:
            raise ValueError(f"refused: {found.refused[0].violations}")
        cases += len(found.settled)
    return cases, len(records)


def compare(cases: int, folder: Path) -> dict[str, Measured]:
    """Every dialect once on the same lives."""
    return {name: measure(name, document(name, cases, folder)) for name in DIALECTS}
