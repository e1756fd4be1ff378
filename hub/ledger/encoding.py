"""How the log's values become the bytes that are hashed: length-prefixed fields under a domain name (docs/ledger.md)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

GENESIS = "0" * 64
ENTRY_DOMAIN = b"suphub/log/1\n"
OUTCOME_DOMAIN = b"suphub/outcome/1\n"
CHECKPOINT_DOMAIN = b"suphub/checkpoint/1\n"


def canonical_json(data: Mapping[str, Any]) -> str:
    """One text for one value: keys by code point, no spaces, nothing escaped that need not be.

    Raises ValueError for fractions (their text differs between programs), keys that are not text, and half
    surrogate pairs.
    """
    _check(data)
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    text.encode("utf-8")
    return text


def fields(*values: str | int | None) -> bytes:
    """Each value as its length in bytes, a colon, its UTF-8 and a line feed; null, which is not empty, as `-`."""
    parts = []
    for value in values:
        if value is None:
            parts.append("-\n")
        else:
            text = str(value)
            length = len(text) if text.isascii() else len(text.encode("utf-8"))
            parts.append(f"{length}:{text}\n")
    return "".join(parts).encode("utf-8")


def entry_hash(chain: str, seq: int, at: int, event: str, body: str, previous: str) -> str:
    """The hash of a log entry, 64 hex digits; `at` in µs UTC, `body` the canonical JSON as stored."""
    return sha256(ENTRY_DOMAIN + fields(chain, seq, at, event, body, previous)).hexdigest()


def leaf_bytes(
    package_digest: str, ordinal: int, case_no: str | None, outcome: str, codes: str, version: int | None
) -> bytes:
    """What became of one case, as the data of its leaf in the package's Merkle tree.

    `codes` is the column case_outcome.codes: violation codes with a comma between, '' for none. `version` is the
    case version that the outcome speaks of, None where there is none.
    """
    if case_no is None or version is None or not case_no.isascii():
        return OUTCOME_DOMAIN + fields(package_digest, ordinal, case_no, outcome, codes, version)
    # The same for nearly every case, at a fifth of the time: there is a leaf for every row of a package.
    number, known = str(ordinal), str(version)
    return OUTCOME_DOMAIN + (
        f"{len(package_digest)}:{package_digest}\n{len(number)}:{number}\n{len(case_no)}:{case_no}\n"
        f"{len(outcome)}:{outcome}\n{len(codes)}:{codes}\n{len(known)}:{known}\n"
    ).encode("ascii")


class Hashing:
    """One hash over rows of a table, in the order in which they are added."""

    def __init__(self, name: str, edition: int = 1) -> None:
        self._hashed = sha256(f"suphub/{name}/{edition}\n".encode("ascii"))

    def add(self, *values: str | int | None) -> None:
        """The columns of the next row."""
        self._hashed.update(fields(*values))

    def hexdigest(self) -> str:
        """The hash so far, 64 hex digits."""
        return self._hashed.hexdigest()


Version = tuple[str | None, int, str, str, int, int]
"""Of a version of a case its number, version, digest, state, place in its package and when it was known (µs)."""


def contents_hash(versions: Iterable[Version]) -> str:
    """The versions of cases that a package made, as one hash, in order."""
    hashing = Hashing("contents", 2)
    for version in versions:
        hashing.add(*version)
    return hashing.hexdigest()


def contents_hashes(versions: Iterable[Version]) -> tuple[str, str]:
    """The same, and the hash that entries hold which were written before it spoke of place and instant."""
    whole, earlier = Hashing("contents", 2), Hashing("contents")
    for version in versions:
        whole.add(*version)
        earlier.add(*version[:4])
    return whole.hexdigest(), earlier.hexdigest()


def _check(value: object) -> None:
    if isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str):
                raise ValueError(f"a key of a log body must be text, found {key!r}")
            _check(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _check(item)
    elif value is not None and not isinstance(value, str | int):
        raise ValueError(f"a log body holds text, whole numbers, lists and objects; found {value!r}")
