"""Merkle trees by RFC 6962, section 2.1: one hash that stands for all outcomes of a package, and proofs for one of them.

Leaves and nodes are hashed under different prefixes, so that a node can never be passed off as a leaf.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from itertools import islice

EMPTY = sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """MTH({d(0)}) = SHA-256(0x00 || d(0))."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


def root(leaves: Iterable[bytes]) -> bytes:
    """The tree head over `leaves` (their data, not their hashes), holding O(log n) hashes; 32 bytes."""
    peaks: list[bytes] = []  # heads of full subtrees, the largest first, as the 1-bits of the count
    given = iter(leaves)
    count = 0
    while block := [sha256(b"\x00" + leaf).digest() for leaf in islice(given, _BLOCK)]:
        if len(block) < _BLOCK:
            peaks += _peaks(block)
            break
        head = _head(block)
        merges = count
        while merges & 1:
            head = node_hash(peaks.pop(), head)
            merges >>= 1
        peaks.append(head)
        count += 1
    if not peaks:
        return EMPTY
    head = peaks.pop()
    while peaks:
        head = node_hash(peaks.pop(), head)
    return head


_BLOCK = 1024
"""Leaves whose full subtree is hashed level by level; a power of two."""


def _head(hashes: list[bytes]) -> bytes:
    """The head of a full subtree over a power of two of hashes."""
    while len(hashes) > 1:
        hashes = [
            sha256(b"\x01" + left + right).digest()
            for left, right in zip(hashes[::2], hashes[1::2], strict=True)
        ]
    return hashes[0]


def _peaks(hashes: list[bytes]) -> list[bytes]:
    """The heads of the full subtrees of fewer than a block, the largest first."""
    found, start = [], 0
    for bit in reversed(range(len(hashes).bit_length())):
        if len(hashes) & (1 << bit):
            found.append(_head(hashes[start : start + (1 << bit)]))
            start += 1 << bit
    return found


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """PATH(index, leaves): the sibling hashes from the leaf up to the root. IndexError outside the leaves."""
    if not 0 <= index < len(leaves):
        raise IndexError(f"no leaf {index} among {len(leaves)}")
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*inclusion_proof(leaves[:split], index), root(leaves[split:])]
    return [*inclusion_proof(leaves[split:], index - split), root(leaves[:split])]


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], tree_head: bytes) -> bool:
    """Whether `proof` shows that `leaf` (data) is number `index` of the `size` leaves under `tree_head`.

    The check of RFC 9162, section 2.1.3.2.
    """
    if not 0 <= index < size:
        return False
    position, last, head = index, size - 1, leaf_hash(leaf)
    for sibling in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            head = node_hash(sibling, head)
            while not position & 1 and position:
                position >>= 1
                last >>= 1
        else:
            head = node_hash(head, sibling)
        position >>= 1
        last >>= 1
    return last == 0 and head == tree_head


def _split(count: int) -> int:
    """The largest power of two smaller than `count`."""
    return 1 << ((count - 1).bit_length() - 1)
