"""The frozen shapes of a datum, in the order it travels: Notice → Package → OpenedPackage → Fragment / Rejection → Receipt."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hub.clock import iso

OUTCOMES = ("accepted", "rejected", "duplicate", "stale", "conflict", "pending")
"""What can become of one case of a package; their counts always add up to the cases received."""

PACKAGE_STATES = ("received", "processing", "closed", "refused", "set_aside")


@dataclass(frozen=True, slots=True)
class Notice:
    """A connector says: this package is ready to be taken. `name` is unique within the source while it lies there."""

    system: str
    name: str
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Package:
    """Bytes that the hub has stored under their SHA-256 (`digest`, lower-case hex) and answers for from now on."""

    id: int
    system: str
    digest: str
    origin: str  # the notice's name; receipts are named after it
    size: int  # bytes
    received_at: int  # µs since 1970-01-01T00:00Z
    state: str = "received"


@dataclass(frozen=True, slots=True)
class OpenedPackage:
    """The package's XML document as UTF-8 in a file of its own, and the attachments beside it (name → SHA-256)."""

    digest: str
    document: Path
    attachments: Mapping[str, str] = dataclasses.field(default_factory=dict)
    notes: tuple[str, ...] = ()  # e.g. "gb2312 read as gb18030"


@dataclass(frozen=True, slots=True)
class Head:
    """What the package says of itself (报文头)."""

    package_id: str
    system_code: str
    serial: int
    created_at: str
    case_count: int
    remark: str | None = None
    version: str = "1.0"  # of the message
    lines: Mapping[str, int | None] = dataclasses.field(default_factory=dict, compare=False, repr=False)
    """The line of each field in the original file, as far as it is known; `version` is that of the root element."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that is wrong with one case: a stable code, its place in the original file, and the value found.

    `params` fill the texts of schemas/violations.yaml. `severity` is "error" (the case is refused) or "warning"
    (accepted; a supervision rule judges it).
    """

    code: str
    severity: str = "error"
    line: int | None = None
    xpath: str | None = None
    field: str | None = None
    value: str | None = None
    params: Mapping[str, object] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Order:
    """Where a fragment stands among those of its key: by the source's version, else its time, else the serial.

    `basis` is 2 (DataVersion), 1 (UpdatedAt, µs) or 0 (package serial); a higher basis outranks a lower one.
    """

    basis: int
    value: int

    @property
    def rank(self) -> tuple[int, int]:
        return (self.basis, self.value)

    @property
    def shown(self) -> str:
        """As people read it: a version, a time in UTC+8, or the package's number."""
        return (iso(self.value) or "")[:19].replace("T", " ") if self.basis == 1 else str(self.value)


@dataclass(frozen=True, slots=True)
class Fragment:
    """What one message says about one case, already in our words and codes, as record lines per table.

    A record line is the tab-separated text form that PostgreSQL's COPY and MySQL's LOAD DATA read: `\\N` is null,
    backslash, tab and newline are escaped. Line order per table is the order of the document.
    """

    ordinal: int
    case_no: str
    order: Order
    operation: str  # U or D
    digest: str  # of the canonical record (Operation and elements; not DataVersion, UpdatedAt or position)
    raw_digest: str  # of the case's bytes as they came
    lines: Mapping[str, list[str]]
    line: int  # in the original file
    content: bytes  # the case's XML as UTF-8
    kind: str = "case"
    source_key: str = ""
    complete: bool = True  # elements 1-4 are there


@dataclass(frozen=True, slots=True)
class Piece:
    """What one row or one stage message says about a case (片段); many of them are assembled into the case.

    `part` is canonical JSON, element → field → value in the form of a slot: text as it is, codes ours, whole numbers as
    text, money in fen, flags "0" or "1", points in time as [µs or null, day], days as text. A field that is not there is
    absent; an empty text is blank.
    """

    ordinal: int
    case_no: str
    kind: str
    source_key: str  # tells pieces of one kind and case apart; "" where there is one at most
    order: Order
    operation: str  # U or D
    digest: str  # of operation and part
    raw_digest: str  # of content
    part: str
    line: int  # in the original file
    content: bytes  # the row or message as it came, UTF-8
    root: bool = False  # its D withdraws the whole case
    place: str = ""  # where a person finds it: table/row, or XPath

    @property
    def key(self) -> tuple[str, str]:
        """Of the piece within its case."""
        return (self.kind, self.source_key)


def piece_digest(operation: str, part: str) -> str:
    """The digest of a piece with that operation and part, by which content is compared: SHA-256, hex."""
    return hashlib.sha256(f"{operation}\n{part}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Assembled:
    """A case as its pieces make it: the fold of the newest piece of each key.

    `lines` are record lines per table as in Fragment; empty while the case is pending.
    """

    state: str  # current, deleted or pending
    digest: str
    lines: Mapping[str, list[str]] = dataclasses.field(default_factory=dict)
    missing: tuple[str, ...] = ()  # "Element" or "Element.Field" that the case waits for
    waiting: frozenset[tuple[str, str]] = frozenset()  # keys of pieces that wait for another one


@dataclass(frozen=True, slots=True)
class Rejection:
    """A case, or a piece of one, that is refused: its reasons and its bytes, kept in quarantine."""

    ordinal: int
    case_no: str | None
    line: int
    violations: tuple[Violation, ...]
    content: bytes  # the case's XML as UTF-8
    key: tuple[str, str] | None = None  # of a piece: its kind and key within the case, if they could be read


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A case whose bytes equal the newest known ones under the same schema and mapping: a duplicate, unread."""

    ordinal: int
    case_no: str
    raw_digest: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one case of a package; the leaf of the package's Merkle tree is made of it."""

    ordinal: int
    case_no: str | None
    outcome: str  # one of OUTCOMES
    codes: tuple[str, ...] = ()
    case_id: int | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to a package, made once; delivery repeats `body`."""

    system: str
    origin: str
    digest: str
    body: bytes
