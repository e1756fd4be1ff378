"""Says of a sample of what a system sends what would become of it, case by case; nothing is stored.

The sample is a file, or what lies ready at the source: read without claiming it, at the source nothing changes.
"""

from __future__ import annotations

import errno
import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from connectors import Access, Surroundings, open_connector
from connectors.base import Peeking
from connectors.directory import DirectoryConnector
from connectors.names import shown
from connectors.state import MemoryState
from hub.central.fold import Known, judge
from hub.clock import now_us
from hub.envelope import Limits
from hub.errors import PackageRefused, Place, RetryError
from hub.items import Items
from hub.masking import masked
from hub.pipeline.piece_reader import Entry, batches
from hub.pipeline.process import check_head
from hub.pipeline.reader import Reader, parts
from hub.pipeline.unseal import Seals, open_sealed
from hub.register import Registration
from hub.shapes import Fragment, OpenedPackage, Piece, Rejection, Violation
from mappings.assembly import Assembler
from mappings.dialect import Dialect
from mappings.pieces import PieceMapper
from schemas.catalogue import describe
from schemas.survey import survey

Lines = Mapping[str, Sequence[str]]
"""Table → record lines of one case."""


@dataclass(frozen=True, slots=True)
class SampleCase:
    """What would become of one case: accepted, rejected or pending; a rejected piece does not hold its case up."""

    case_no: str | None
    outcome: str
    line: int
    pieces: int = 1
    missing: tuple[str, ...] = ()
    waiting: tuple[tuple[str, str], ...] = ()
    violations: tuple[Violation, ...] = ()
    lines: Lines = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """As scripts read it; personal values are masked."""
        return {
            "case_no": self.case_no,
            "outcome": self.outcome,
            "line": self.line,
            "pieces": self.pieces,
            "missing": list(self.missing),
            "waiting": [{"kind": kind, "source_key": key} for kind, key in self.waiting],
            "violations": [told(violation, self.case_no) for violation in self.violations],
        }


@dataclass(frozen=True, slots=True)
class Sample:
    """The first cases of a sample (at most one batch), how many pieces or cases it has, or why it is refused as a whole."""

    name: str
    total: int = 0
    cases: tuple[SampleCase, ...] = ()
    refused: Violation | None = None

    def count(self, outcome: str) -> int:
        """How many cases have that outcome."""
        return sum(case.outcome == outcome for case in self.cases)


def told(violation: Violation, case_no: str | None) -> dict[str, Any]:
    """A violation with its texts, the value masked where it is personal."""
    value = masked(violation.field, violation.value)
    texts = describe(violation.code, violation.field, value, violation.params)
    return {
        "case_no": case_no,
        "code": violation.code,
        "severity": violation.severity,
        "line": violation.line,
        "xpath": violation.xpath,
        "field": violation.field,
        "value": value,
        "message_zh": texts.message_zh,
        "message_en": texts.message_en,
        "remedy_zh": texts.remedy_zh,
        "remedy_en": texts.remedy_en,
    }


def read_sample(
    file: Path,
    name: str,
    registration: Registration,
    dialect: Dialect,
    limits: Limits,
    work: Path,
    items: Items | None,
    seals: Seals | None = None,
) -> Sample:
    """Judge the first cases of a file by the registration. Raises StopError; a file that is refused is no error."""
    try:
        if dialect.piecewise:
            rows = dialect.format == "row-set"
            document = file if rows else _opened(file, registration, limits, work, seals).document
            return _pieces(document, name, registration, dialect, items)
        return _cases(_opened(file, registration, limits, work, seals), name, registration, items, limits)
    except PackageRefused as error:
        return Sample(name, refused=Violation(error.code, line=error.line, params=error.params))


def _opened(
    file: Path, registration: Registration, limits: Limits, work: Path, seals: Seals | None
) -> OpenedPackage:
    return open_sealed(file, work, registration, seals or Seals(), now_us(), limits)


def _cases(
    opened: OpenedPackage, name: str, registration: Registration, items: Items | None, limits: Limits
) -> Sample:
    found = survey(opened.document, limits)
    check_head(found.head, registration)
    reader = Reader(registration, opened, found, warn=True, items=items, limits=limits)
    part = next(parts(found))
    warned: dict[str | None, list[Violation]] = defaultdict(list)
    for case_no, violation in reader.violations(part):
        if violation.severity == "warning":
            warned[case_no].append(violation)
    cases = []
    for item in reader.read(part):
        if isinstance(item, Rejection):
            cases.append(SampleCase(item.case_no, "rejected", item.line, violations=item.violations))
        elif isinstance(item, Fragment):
            said = tuple(warned[item.case_no])
            cases.append(SampleCase(item.case_no, "accepted", item.line, violations=said, lines=item.lines))
    return Sample(name, found.cases, tuple(cases))


def _pieces(
    document: Path, name: str, registration: Registration, dialect: Dialect, items: Items | None
) -> Sample:
    mapper = PieceMapper(registration, dialect, with_warnings=True)
    assembler = Assembler(registration, dialect, items)
    records = list(mapper.records(document))
    first = next(batches(records), [])
    cases: dict[str, list[Entry]] = defaultdict(list)
    for entry in sorted(first, key=lambda each: each.ordinal):
        cases[entry.record.case_no].append(entry)
    judged: list[SampleCase] = []
    with document.open("rb") as file:
        for entries in cases.values():
            judged += _assembled(entries, mapper, assembler, file)
    return Sample(name, len(records), tuple(judged))


def _assembled(
    entries: Sequence[Entry], mapper: PieceMapper, assembler: Assembler, file: BinaryIO
) -> Iterator[SampleCase]:
    """The case that its rows or messages make; rows without a case number are cases of their own, refused."""
    states: dict[tuple[str, str], Known] = {}
    newest: dict[tuple[str, str], Piece] = {}
    violations: list[Violation] = []
    number: str | None = None
    for entry in entries:
        file.seek(entry.record.offset)
        item, warned = mapper.map(file.read(entry.record.length), entry.record, entry.ordinal, 1)
        if isinstance(item, Rejection):
            if item.case_no is None:
                yield SampleCase(None, "rejected", item.line, violations=item.violations)
                continue
            number = item.case_no
            violations += item.violations
            continue
        number = item.case_no
        violations += warned
        states[item.key], verdict = judge(states.get(item.key), item)
        if verdict.outcome == "accepted":
            newest[item.key] = item
        elif verdict.outcome == "conflict":
            violations.append(
                Violation(
                    "CASE_CONFLICT", line=item.line, xpath=item.place or None, field="Case.DataVersion",
                    value=str(item.order.value), params={"version": item.order.value},
                )
            )  # fmt: skip
    if number is None:
        return
    line = min(entry.record.line for entry in entries)
    if not newest:
        yield SampleCase(number, "rejected", line, len(entries), violations=tuple(violations))
        return
    made = assembler.assemble(list(newest.values()))
    outcome = "pending" if made.state == "pending" else "accepted"
    waiting = tuple(sorted(made.waiting))
    yield SampleCase(
        number, outcome, line, len(entries), made.missing, waiting, tuple(violations), made.lines
    )


Reach = Callable[[str], Access]


def take_sample(
    registration: Registration, reach: Reach, work: Path, limits: Limits
) -> tuple[Path, str] | None:
    """A copy of what lies ready first at the source, and its name there; None where nothing does.

    Raises RetryError or StopError as the connector does, RetryError WORK_FULL or WORK_IO where the hub's own disk
    fails, PackageRefused where it is too large.
    """
    folder = Path(registration.path).parent if registration.path else Path()
    # A memory of its own: what is looked at here is still to be taken by the exchange.
    around = Surroundings(MemoryState(), reach, work, folder)
    connector = open_connector(registration.connector, registration.code, around)
    if isinstance(connector, DirectoryConnector):
        return _from_folder(connector, work, limits)
    if isinstance(connector, Peeking):
        with connector.peek() as found:
            return None if found is None else (_copy(found[1], work, limits), shown(found[0]))
    notice = next(connector.ready(), None)
    claim = connector.claim(notice) if notice is not None else None
    if claim is None:
        return None
    try:
        with connector.read(claim) as stream:
            return _copy(stream, work, limits), claim.notice.name
    finally:
        connector.release(claim)


def _from_folder(connector: DirectoryConnector, work: Path, limits: Limits) -> tuple[Path, str] | None:
    inbox = connector.folders.inbox
    try:
        names = sorted(seen.raw for seen in connector.look() if seen.ready)
        for raw in names:
            try:
                with open(os.path.join(inbox, raw), "rb") as stream:  # noqa: PTH118, PTH123 - names are bytes
                    return _copy(stream, work, limits), shown(os.fsdecode(raw))
            except FileNotFoundError:
                continue  # taken meanwhile, or it lies among the claims of a dead worker
    except OSError as error:
        place = shown(os.fsdecode(inbox))
        raise RetryError(
            "SAMPLE_SOURCE",
            zh=f"无法查看 {place}：{error.strerror}",
            en=f"{place} cannot be looked into: {error.strerror}",
            remedy_zh=f"运行 suphub probe {connector.system}，按其提示处理；或用 --sample 给一个文件",
            remedy_en=f"Run `suphub probe {connector.system}` and do what it says; or name a file with --sample",
            place=Place(system=connector.system, file=place),
        ) from error
    return None


def _copy(stream: BinaryIO, work: Path, limits: Limits) -> Path:
    target = work / "sample"
    size = 0
    with on_our_disk(work):
        file = target.open("wb", buffering=0)
    with file:
        while block := stream.read(1 << 20):
            size += len(block)
            if size > limits.package_bytes:
                raise PackageRefused("PKG_TOO_LARGE", size=size, limit=limits.package_bytes)
            with on_our_disk(work):
                rest = memoryview(block)
                while rest:  # a disk that is nearly full takes a part
                    rest = rest[file.write(rest) :]
    return target


@contextmanager
def on_our_disk(work: Path) -> Iterator[None]:
    """Tells a failing disk of the hub from a failing source. Raises RetryError."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        raise RetryError(
            "WORK_FULL" if full else "WORK_IO",
            zh=f"无法把样本复制到 {work}:{error.strerror}",
            en=f"The sample cannot be copied to {work}: {error.strerror}",
            remedy_zh="腾出空间或检查磁盘和权限(SUPHUB_HOME 下的 work)。报文仍在来源处,未动",
            remedy_en="Free space, or check the disk and its rights (work under SUPHUB_HOME). The package is still at its source, untouched",
            place=Place(file=str(work)),
        ) from error
