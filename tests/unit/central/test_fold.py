"""What becomes of the fragments of one case: by order, by content, and whatever the order in which they arrive."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.central.fold import Known, fold
from hub.shapes import Fragment, Order

VERSION, TIME, SERIAL = 2, 1, 0


def fragment(basis: int, value: int, content: str, operation: str = "U") -> Fragment:
    return Fragment(
        ordinal=1, case_no="C1", order=Order(basis, value), operation=operation, digest=f"{operation}:{content}",
        raw_digest=f"raw {basis} {value} {content}", lines={}, line=1, content=b"",
    )  # fmt: skip


def outcomes(*fragments: Fragment) -> list[tuple[str, int | None]]:
    _, verdicts = fold(None, fragments)
    return [(verdict.outcome, verdict.version) for verdict in verdicts]


def final(fragments: Iterable[Fragment]) -> Known:
    known, _ = fold(None, fragments)
    assert known is not None
    return known


V = VERSION
SENTENCES = {
    "the first is accepted": ([(V, 1, "a")], [("accepted", 1)]),
    "the same version with the same content is a duplicate": (
        [(V, 1, "a"), (V, 1, "a")], [("accepted", 1), ("duplicate", 1)]),
    "the same version with other content is a conflict, and changes nothing": (
        [(V, 1, "a"), (V, 1, "b"), (V, 1, "a")], [("accepted", 1), ("conflict", 1), ("duplicate", 1)]),
    "a higher version with other content is a new version": (
        [(V, 1, "a"), (V, 2, "b")], [("accepted", 1), ("accepted", 2)]),
    "a higher version with the same content is accepted, and no new version": (
        [(V, 1, "a"), (V, 2, "a")], [("accepted", 1), ("accepted", 1)]),
    "a lower version is stale, whatever its content": (
        [(V, 5, "a"), (V, 3, "b"), (V, 4, "a")], [("accepted", 1), ("stale", 1), ("stale", 1)]),
    "a stale version that comes again is a duplicate, or a conflict": (
        [(V, 5, "a"), (V, 3, "b"), (V, 3, "b"), (V, 3, "c")],
        [("accepted", 1), ("stale", 1), ("duplicate", 1), ("conflict", 1)]),
    "content that comes back under a higher version is a version of its own": (
        [(V, 1, "a"), (V, 2, "b"), (V, 3, "a")], [("accepted", 1), ("accepted", 2), ("accepted", 3)]),
    "a version outranks a time, and a time a serial": (
        [(V, 1, "a"), (TIME, 10**15, "b"), (SERIAL, 99, "c")], [("accepted", 1), ("stale", 1), ("stale", 1)]),
    "a time is outranked by the first version that comes": (
        [(TIME, 10**15, "a"), (V, 1, "b")], [("accepted", 1), ("accepted", 2)]),
    "by serial, the content that is newest already is a duplicate": (
        [(SERIAL, 1, "a"), (SERIAL, 2, "a")], [("accepted", 1), ("duplicate", 1)]),
    "by serial, content that comes back is accepted": (
        [(SERIAL, 1, "a"), (SERIAL, 2, "b"), (SERIAL, 3, "a")], [("accepted", 1), ("accepted", 2), ("accepted", 3)]),
    "by serial, twice in one package with other content is a conflict": (
        [(SERIAL, 1, "a"), (SERIAL, 1, "b")], [("accepted", 1), ("conflict", 1)]),
    "by serial, a package that was held up is stale": (
        [(SERIAL, 3, "a"), (SERIAL, 2, "b")], [("accepted", 1), ("stale", 1)]),
    "by serial, a package that was held up is stale even where the newest brought nothing new": (
        [(SERIAL, 1, "a"), (SERIAL, 3, "a"), (SERIAL, 2, "b")], [("accepted", 1), ("duplicate", 1), ("stale", 1)]),
    "by serial, other content beside what repeated the newest is a conflict": (
        [(SERIAL, 1, "a"), (SERIAL, 3, "a"), (SERIAL, 3, "b")], [("accepted", 1), ("duplicate", 1), ("conflict", 1)]),
    "a serial that repeats what a version said is a duplicate": (
        [(V, 1, "a"), (SERIAL, 9, "a")], [("accepted", 1), ("duplicate", 1)]),
}  # fmt: skip


@pytest.mark.parametrize(("arrived", "expected"), SENTENCES.values(), ids=SENTENCES)
def test_of_fragments_in_the_order_in_which_they_arrive(
    arrived: list[tuple[int, int, str]], expected: list[tuple[str, int | None]]
) -> None:
    assert outcomes(*(fragment(*each) for each in arrived)) == expected


def test_a_tombstone_is_a_version_and_a_later_fragment_revives_the_case() -> None:
    alive, dead, again = fragment(V, 1, "a"), fragment(V, 2, "a", "D"), fragment(V, 3, "a")
    assert final([alive]).state == "current"
    assert (final([alive, dead]).state, final([alive, dead]).version) == ("deleted", 2)
    assert (final([alive, dead, again]).state, final([alive, dead, again]).version) == ("current", 3)


def test_a_late_fragment_does_not_revive_a_withdrawn_case() -> None:
    known = final([fragment(V, 3, "a", "D"), fragment(V, 2, "b")])
    assert (known.state, known.version) == ("deleted", 1)


def test_only_what_was_stored_takes_a_key() -> None:
    _, verdicts = fold(
        None, [fragment(V, 2, "a"), fragment(V, 2, "b"), fragment(V, 1, "c"), fragment(V, 1, "c")]
    )
    assert [verdict.stored for verdict in verdicts] == [True, False, True, False]


distinct = st.lists(
    st.tuples(
        st.sampled_from([VERSION, TIME]), st.integers(1, 6), st.sampled_from("abc"), st.sampled_from("UD")
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda each: each[:2],
)


@given(distinct, st.data())
def test_the_content_does_not_depend_on_the_order_of_arrival(
    said: list[tuple[int, int, str, str]], data: st.DataObject
) -> None:
    fragments = [fragment(*each) for each in said]
    one = final(fragments)
    other = final(data.draw(st.permutations(fragments)))
    newest = max(fragments, key=lambda each: each.order.rank)
    assert (one.digest, one.state, one.rank) == (other.digest, other.state, other.rank)
    assert (one.digest, one.raw_digest, one.rank) == (newest.digest, newest.raw_digest, newest.order.rank)


@given(st.lists(st.sampled_from("ab"), min_size=1, max_size=4))
def test_nor_where_only_the_serials_of_packages_order_it(contents: list[str]) -> None:
    fragments = [fragment(SERIAL, serial, content) for serial, content in enumerate(contents, 1)]
    for arrived in itertools.permutations(fragments):
        assert final(arrived).digest == fragments[-1].digest


@given(distinct, st.integers(0, 6))
def test_a_fold_in_two_parts_is_the_fold_of_the_whole(
    said: list[tuple[int, int, str, str]], cut: int
) -> None:
    fragments = [fragment(*each) for each in said]
    whole, verdicts = fold(None, fragments)
    first, before = fold(None, fragments[:cut])
    second, after = fold(first, fragments[cut:])
    assert second == whole
    assert before + after == verdicts
