"""Takes one hostile package the way the pipeline does, without a database: its seal opened, unpacked, surveyed, read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from hub.clock import now_us
from hub.envelope import Limits, open_package
from hub.envelope.unsealing import unseal
from hub.errors import PackageRefused
from hub.pipeline.reader import Reader, parts
from hub.rawstore import RawStore
from hub.shapes import Fragment, Piece, Rejection, Violation
from mappings.dialect import load_dialect
from mappings.pieces import PieceMapper
from schemas.survey import survey
from tests.support import corpus_seals
from tests.support.corpus import Hostile
from tests.support.dialects import known
from tests.support.message import registration

MESSAGES = "pinyin-stages"


@dataclass
class Verdict:
    """What became of a package: refused as a whole, or per case `None` (taken) or the violations; files left behind."""

    refused: PackageRefused | None
    cases: list[tuple[Violation, ...] | None]
    left: list[str]


def judge(hostile: Hostile, seed: int = 1, password: bytes | None = None) -> Verdict:
    """Take it. Anything but a PackageRefused passes through."""
    with TemporaryDirectory(prefix="suphub-hostile-") as folder:
        raw = Path(folder) / "package"
        raw.write_bytes(hostile.bytes(seed))
        return judge_file(raw, hostile.form, Limits(**hostile.limits), password)


def judge_file(raw: Path, form: str, limits: Limits, password: bytes | None = None) -> Verdict:
    """Take the package in a file that lies in a folder of its own."""
    work, store = raw.parent / "work", RawStore(raw.parent / "raw")
    refused: PackageRefused | None = None
    cases: list[tuple[Violation, ...] | None] = []
    document = raw
    try:
        if form == "sealed":
            raw = document = unseal(
                raw, work, corpus_seals.policy(), corpus_seals.keys, now_us(), limits
            ).file
        opened = open_package(raw, work, limits, store, password=password)
        document = opened.document
        if form == "messages":
            cases = _messages(document, limits)
        else:
            found = survey(document, limits)
            reader = Reader(registration(), opened, found, limits=limits)
            cases = [_said(item) for part in parts(found) for item in reader.read(part)]
    except PackageRefused as error:
        refused = error
    if document != raw:
        document.unlink()
    for path in work.glob("*.sealed"):
        path.unlink()  # the caller's: the pipeline removes them with their folder
    left = [path.name for path in (*work.rglob("*"), *(store.root / "incoming").rglob("*"))]
    return Verdict(refused, cases, left)


def _messages(document: Path, limits: Limits) -> list[tuple[Violation, ...] | None]:
    mapper = PieceMapper(known(MESSAGES), load_dialect(MESSAGES), limits=limits)
    found = []
    with document.open("rb") as file:
        for ordinal, record in enumerate(mapper.records(document), 1):
            file.seek(record.offset)
            found.append(_said(mapper.map(file.read(record.length), record, ordinal, 1)[0]))
    return found


def _said(item: object) -> tuple[Violation, ...] | None:
    assert isinstance(item, Fragment | Piece | Rejection)
    return item.violations if isinstance(item, Rejection) else None
