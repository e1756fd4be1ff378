"""Merkle trees: the published values of RFC 6962's tree, a naive implementation, and proofs for every leaf."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.ledger.merkle import inclusion_proof, is_included, root

# The inputs and roots that the reference implementations of Certificate Transparency are tested with.
INPUTS = [
    bytes.fromhex(each)
    for each in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # machines are shared
LEAVES = st.lists(st.binary(max_size=8), max_size=70)


def naive(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + naive(leaves[:k]) + naive(leaves[k:])).digest()


@pytest.mark.parametrize("size", range(9))
def test_roots_are_the_published_ones(size: int) -> None:
    assert root(INPUTS[:size]).hex() == ROOTS[size]


@patient
@given(LEAVES)
def test_the_streaming_root_is_the_naive_one(leaves: list[bytes]) -> None:
    assert root(iter(leaves)) == naive(leaves)


@patient
@given(LEAVES.filter(bool), st.data())
def test_every_leaf_can_be_proven_and_no_other(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    proof, head = inclusion_proof(leaves, index), root(leaves)
    assert is_included(leaves[index], index, len(leaves), proof, head)
    assert not is_included(leaves[index] + b"x", index, len(leaves), proof, head)
    assert not is_included(leaves[index], index, len(leaves), [*proof, head], head)
    assert not is_included(leaves[index], len(leaves), len(leaves), proof, head)
    if proof:
        assert not is_included(leaves[index], index, len(leaves), proof[:-1], head)
        forged = [*proof[:-1], bytes(32)]
        assert not is_included(leaves[index], index, len(leaves), forged, head)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3)])
def test_there_is_no_proof_for_a_leaf_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(IndexError):
        inclusion_proof(INPUTS[:size], index)
