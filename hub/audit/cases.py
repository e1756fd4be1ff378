"""Cases: their heads, their versions and the rows of their content, as the packages of the log have made them.

What a package's cases became is in the log: the hash over the versions that it made. A case's rows give back the digest
of its newest version; where they do not, or where the log holds no such hash, the package is read again from its bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, select

from hub.audit.catalogued import added
from hub.audit.content import Rows, digest_of, read_rows
from hub.audit.findings import NOTHING, Difference, name_of
from hub.audit.lines import differing_lines
from hub.audit.reread import Again, Made, Rereading
from hub.audit.walk import Walk
from hub.central import outcomes
from hub.central.tables import exchange
from hub.ledger.encoding import contents_hashes
from hub.pipeline.kept import version_of

CHUNK = 500
CONTENT = "*"
OLDER = (
    "较早办结的报文包：日志没有其办件内容的摘要，也未读原始报文",
    "cases of packages from before the log held their contents; the bytes were not read",
)
OTHERWISE = (
    "较早办结的报文包：登记、方言或代码表此后已改，原始报文现在映射出的内容不同；库中的行与枢纽自存的摘要一致",
    "cases of packages from before the log held their contents, which are mapped otherwise today; the rows fit the digest that the hub keeps beside them",
)
FROM_PIECES = (
    "较早办结的片段：只与枢纽所存的片段核对，未与原始报文核对",
    "cases in pieces from before the log held their contents: compared with the pieces that the hub keeps, not with their bytes",
)
UNREAD = (
    "较早办结的报文包：原始报文读不到或打不开",
    "cases of packages from before the log held their contents, whose bytes cannot be read or opened",
)


@dataclass(frozen=True, slots=True)
class _Case:
    """A case as head and newest version have it, and its rows."""

    head: RowMapping
    rows: Rows
    gives: str | None  # the digest that the rows give
    fits: bool  # that of the newest version

    @property
    def ordinal(self) -> int:
        return int(self.head["ordinal"])


@dataclass(frozen=True, slots=True)
class Cases(Walk):
    """Walks over the packages and the cases whose newest content each of them brought.

    Packages whose contents the log does not hold are read again, where stored bytes are looked at.
    """

    KIND = "case"
    again: Rereading
    all_mapped: bool = False  # read every package
    catalogued: bool = True  # the cases know every change of the item catalogue

    def differences(self) -> Iterator[Difference]:
        """Every difference, in the order of the packages' arrival."""
        table = exchange.package
        wanted = (
            select(table)
            .where(table.c.package_id.is_not(None) | (table.c.state == "closed"))
            .order_by(table.c.id)
        )
        if self.bounds.system is not None:
            wanted = wanted.where(table.c.system == self.bounds.system)
        for package in self.connection.execute(wanted.execution_options(yield_per=CHUNK)).mappings():
            word = self.told.one("package", f"{package['system']}/{package['digest']}")
            if (word is None and not self.bounds.of_time) or (word is not None and word.hit):
                yield from self._package(package, word.says.get("contents") if word else None)

    def _package(self, package: RowMapping, logged: str | None) -> Iterator[Difference]:
        trusted = False
        if logged is not None:
            made = outcomes.contents(self.connection, [package["id"]])
            found, earlier = contents_hashes(map(version_of, made))
            trusted = logged in (found, earlier)
            if not trusted:
                yield self.differs("case_version", name_of(package), "digest", logged, found)
        rows = self.connection.execute(_current(package["id"])).mappings()
        for some in rows.partitions(CHUNK):
            yield from self._some(package, some, trusted)

    def _some(self, package: RowMapping, heads: Sequence[RowMapping], trusted: bool) -> Iterator[Difference]:
        content = read_rows(self.connection, [head["id"] for head in heads])
        doubtful: list[_Case] = []
        for head in heads:
            self.tally.compared["case"] += 1
            name = f"{head['system']}/{head['case_no']}"
            for column in ("digest", "state"):
                if head[column] != head[f"told_{column}"]:
                    yield Difference(
                        "case", "case_head", name, column, head[f"told_{column}"], head[column], "changed"
                    )
            rows, state = content[head["id"]], head["told_state"]
            gives = digest_of(rows, state)
            fits = not rows if state == "pending" else gives == head["told_digest"]
            if self.all_mapped or not (trusted and fits):
                doubtful.append(_Case(head, rows, gives, fits))
        if self.catalogued:
            yield from added(self.connection, heads, content)
        if doubtful:
            yield from self._doubtful(package, doubtful, trusted)

    def _doubtful(self, package: RowMapping, cases: Sequence[_Case], trusted: bool) -> Iterator[Difference]:
        """Cases that are not held by the log alone: what do the stored bytes say?"""
        if self.again.piecewise(package["system"]):
            for case in cases:
                made = self.again.of_pieces(self.connection, package["system"], case.head["id"])
                yield from self._case(case, made if isinstance(made, Made) else None, trusted, FROM_PIECES)
                if (
                    isinstance(made, Made)
                    and not trusted
                    and case.fits
                    and made.digest == case.head["told_digest"]
                ):
                    self.tally.left_out("case", FROM_PIECES)
            return
        wanted = [case.ordinal for case in cases if self.ground.bytes_too or not case.fits]
        again = self.again.cases(package, wanted) if wanted else Again()
        unread = UNREAD if wanted else OLDER
        for case in cases:
            yield from self._case(case, again.made.get(case.ordinal), trusted, unread)

    def _case(
        self, case: _Case, made: Made | None, trusted: bool, unread: tuple[str, str]
    ) -> Iterator[Difference]:
        head = case.head
        name = f"{head['system']}/{head['case_no']}"
        if made is not None and made.digest == head["told_digest"]:
            yield from differing_lines(name, case.rows, made.lines)
        elif not case.fits:
            found = case.gives or NOTHING
            yield Difference("case", "approval_case", name, CONTENT, head["told_digest"], found, "content")
        elif trusted:
            pass  # read otherwise today; the rows are as they were written then
        elif made is None:
            self.tally.left_out("case", unread)
        elif made.fingerprint == head["fingerprint"]:
            yield Difference(
                "case", "case_version", name, "digest", made.digest, head["told_digest"], "mapped"
            )
            yield from differing_lines(name, case.rows, made.lines)
        else:
            self.tally.left_out("case", OTHERWISE)


def _current(package: int) -> Any:
    """The cases whose newest version a package made, with what that version says (`told_…`)."""
    outcome, head, version = exchange.case_outcome, exchange.case_head, exchange.case_version
    of_head = (head.c.id == outcome.c.case_id) & (head.c.version == outcome.c.version)
    newest = (
        (version.c.case_id == head.c.id)
        & (version.c.version == head.c.version)
        & (version.c.package == outcome.c.package)
    )
    return (
        select(
            head,
            version.c.digest.label("told_digest"),
            version.c.state.label("told_state"),
            version.c.ordinal,
        )
        .select_from(outcome.join(head, of_head).join(version, newest))
        .where(outcome.c.package == package)
        .distinct()
        .order_by(head.c.id)
        .execution_options(yield_per=CHUNK)
    )
