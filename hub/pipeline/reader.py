"""Reads an opened package batch by batch: bytes → fragments, rejections, or cases known to be unchanged."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from hub.items import Items
from hub.limits import Limits
from hub.register import Registration
from hub.shapes import Fragment, OpenedPackage, Rejection, Unchanged, Violation
from mappings.mapper import Mapper
from schemas.survey import Chunk, Survey
from schemas.validator import ChunkValidator, ParsedCase

_USUAL = Limits()
BATCH_CASES = 1000
BATCH_BYTES = 20_000_000

Item = Fragment | Rejection | Unchanged
Same = Callable[[Mapping[str, str]], set[str]]
"""Raw digests by case number → the numbers whose newest bytes, read under the same schema and mapping, are these."""

_CASE_NO = re.compile(rb"<Case>\s*<CaseNo>\s*([^<&]{1,200}?)\s*</CaseNo>")


@dataclass(frozen=True, slots=True)
class Part:
    """The chunks of one batch; the same on every reading of the same document."""

    first: int
    last: int
    chunks: tuple[Chunk, ...]


def parts(survey: Survey) -> Iterator[Part]:
    """Group chunks into batches of at most 1,000 cases and 20 MB."""
    group: list[Chunk] = []
    for chunk in survey.chunks:
        cases = sum(c.count for c in group) + chunk.count
        size = sum(c.length for c in group) + chunk.length
        if group and (cases > BATCH_CASES or size > BATCH_BYTES):
            yield Part(group[0].first, group[-1].first + group[-1].count - 1, tuple(group))
            group = []
        group.append(chunk)
    if group:
        yield Part(group[0].first, group[-1].first + group[-1].count - 1, tuple(group))


class Reader:
    """Reads the batches of one opened package."""

    def __init__(
        self,
        registration: Registration,
        opened: OpenedPackage,
        survey: Survey,
        *,
        warn: bool = False,
        items: Items | None = None,
        limits: Limits = _USUAL,
        data: bytes | None = None,
    ) -> None:
        """`data`: the document's bytes, where they are at hand."""
        self._opened = opened
        self._data = data
        self._survey = survey
        self._mapper = Mapper(registration, opened.attachments, with_warnings=warn, items=items)
        self._validator = ChunkValidator(registration.schema, survey.namespaces, limits)

    @property
    def fingerprint(self) -> str:
        """Of the schema and mapping in use."""
        return self._mapper.fingerprint

    @property
    def serial(self) -> int:
        """The package's own."""
        return self._survey.head.serial

    def read(self, part: Part, unchanged: Same | None = None) -> list[Item]:
        """The items of a batch, in the order of the document. Without `unchanged` no short cut is taken."""
        loaded = [_Loaded(chunk, self._bytes(chunk), self._survey) for chunk in part.chunks]
        same = self._unchanged(loaded, unchanged) if unchanged and not self._opened.attachments else set()
        items: list[Item] = []
        for chunk in loaded:
            items += self._items(chunk, same)
        return items

    def violations(self, part: Part) -> Iterator[tuple[str | None, Violation]]:
        """Case number and violation, warnings included: what `suphub validate` prints."""
        for chunk in part.chunks:
            loaded = _Loaded(chunk, self._bytes(chunk), self._survey)
            for parsed, raw in self._parsed(loaded):
                item, warned = self._mapper.map_case(parsed, raw, "", self._survey.head.serial)
                found = [*(item.violations if isinstance(item, Rejection) else ()), *warned]
                yield from ((item.case_no, violation) for violation in found)

    def _bytes(self, chunk: Chunk) -> bytes:
        if self._data is not None:
            return self._data[chunk.offset : chunk.offset + chunk.length]
        with self._opened.document.open("rb") as file:
            file.seek(chunk.offset)
            return file.read(chunk.length)

    def _unchanged(self, loaded: list[_Loaded], unchanged: Same) -> set[int]:
        """Ordinals of cases whose bytes are the newest known ones; a number that occurs twice takes no short cut."""
        numbers = {ordinal: no for chunk in loaded for ordinal, no in chunk.numbers()}
        digests = {ordinal: digest for chunk in loaded for ordinal, digest in chunk.digests()}
        counts = Counter(numbers.values())
        same = unchanged({no: digests[ordinal] for ordinal, no in numbers.items() if counts[no] == 1})
        return {ordinal for ordinal, no in numbers.items() if no in same} if same else set()

    def _items(self, chunk: _Loaded, same: set[int]) -> Iterator[Item]:
        span = range(chunk.chunk.first, chunk.chunk.first + chunk.chunk.count)
        changed = [ordinal for ordinal in span if ordinal not in same]
        digests = dict(chunk.digests())
        numbers = dict(chunk.numbers()) if same else {}
        read: dict[int, Item] = {}
        if changed:
            for parsed, raw in self._parsed(chunk):
                if parsed.ordinal not in same:
                    ordinal = parsed.ordinal
                    read[ordinal], _ = self._mapper.map_case(
                        parsed, raw, digests[ordinal], self._survey.head.serial
                    )
        for ordinal in span:
            yield read[ordinal] if ordinal in read else Unchanged(ordinal, numbers[ordinal], digests[ordinal])

    def _parsed(self, loaded: _Loaded) -> Iterator[tuple[ParsedCase, bytes]]:
        cases = self._validator.read(loaded.data, loaded.segments, loaded.chunk.first, loaded.chunk.line)
        for parsed, (start, end) in zip(cases, loaded.segments, strict=True):
            yield parsed, loaded.data[start:end]


class _Loaded:
    """A chunk in memory."""

    def __init__(self, chunk: Chunk, data: bytes, survey: Survey) -> None:
        self.chunk = chunk
        self.data = data
        self.segments = survey.segments(chunk)
        self._digests: list[tuple[int, str]] | None = None

    def digests(self) -> list[tuple[int, str]]:
        """Ordinal and SHA-256 of each case's bytes."""
        if self._digests is None:
            self._digests = [
                (ordinal, hashlib.sha256(self.data[start:end]).hexdigest())
                for ordinal, (start, end) in enumerate(self.segments, self.chunk.first)
            ]
        return self._digests

    def numbers(self) -> Iterator[tuple[int, str]]:
        """Ordinal and case number, where it can be read without parsing."""
        for ordinal, (start, _) in enumerate(self.segments, self.chunk.first):
            found = _CASE_NO.match(self.data, start)
            if found:
                yield ordinal, found[1].decode("utf-8", "replace")
