"""Batches of a package: the same on every reading, at most a thousand cases and twenty megabytes each, in order."""

from __future__ import annotations

from array import array
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from hub.pipeline.reader import BATCH_BYTES, BATCH_CASES, parts
from hub.shapes import Head
from schemas.survey import Chunk, Survey

CHUNKS = st.lists(st.tuples(st.integers(1, 100), st.integers(1, 16_000_000)), min_size=1, max_size=60)


def survey(sizes: list[tuple[int, int]]) -> Survey:
    chunks, first, offset = [], 1, 0
    for count, length in sizes:
        chunks.append(Chunk(offset, length, first, count, 1))
        first, offset = first + count, offset + length
    head = Head("P1", "land-bureau", 1, "2026-01-01", first - 1)
    return Survey(head, b"", first - 1, tuple(chunks), array("Q"), array("Q"))


@given(CHUNKS)
def test_batches_hold_every_case_once_and_never_too_many(sizes: list[tuple[int, int]]) -> None:
    found = list(parts(survey(sizes)))
    assert [chunk for part in found for chunk in part.chunks] == list(survey(sizes).chunks)
    following = 1
    for part in found:
        count = sum(chunk.count for chunk in part.chunks)
        assert (part.first, part.last) == (following, following + count - 1)
        assert count <= BATCH_CASES
        assert len(part.chunks) == 1 or sum(chunk.length for chunk in part.chunks) <= BATCH_BYTES
        following = part.last + 1


@given(CHUNKS)
def test_a_batch_is_closed_only_where_the_next_chunk_would_not_fit(sizes: list[tuple[int, int]]) -> None:
    found = list(parts(survey(sizes)))
    for one, two in pairwise(found):
        both = (*one.chunks, two.chunks[0])
        too_many = sum(chunk.count for chunk in both) > BATCH_CASES
        assert too_many or sum(chunk.length for chunk in both) > BATCH_BYTES
