"""Tokens: made from the system's randomness, kept as Argon2id hashes (RFC 9106), checked without telling what is known."""

from __future__ import annotations

import re
import secrets
import threading
from base64 import b32encode
from collections import OrderedDict
from hashlib import sha256
from hmac import compare_digest
from typing import NamedTuple

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from hub.nodes.shapes import Material

PREFIX = "sh1"
MEMORY_KIB, PASSES, LANES = 19_456, 2, 1
"""The cost of one check, about 30 ms and 19 MiB: the secret is 256 random bits, so nobody can try them all; the cost
keeps a stolen database from being worth trying."""
CACHE_SECONDS = 60
CACHED = 1024
AT_ONCE = 2
PATIENCE_SECONDS = 5.0
_FORM = re.compile(rf"{PREFIX}_([a-z2-7]{{16}})_([a-z2-7]{{52}})")
_HASHER = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES, type=Type.ID)


class Busy(Exception):
    """Too many tokens are being checked at once."""


class Parts(NamedTuple):
    """A token taken apart."""

    public_id: str
    secret: str


def new_token() -> tuple[str, Material]:
    """A token `sh1_<id>_<secret>` to be shown once, and what is kept of it."""
    public_id, secret = new_id(), _words(32)
    hashed = _HASHER.hash(secret)
    return f"{PREFIX}_{public_id}_{secret}", Material("token", public_id, secret_hash=hashed)


def new_id() -> str:
    """16 characters a-z2-7, 80 random bits: the public name of a credential."""
    return _words(10)


def taken_apart(token: str) -> Parts | None:
    """Id and secret; None for what cannot be a token, which is then not worth a hash."""
    found = _FORM.fullmatch(token)
    return Parts(found[1], found[2]) if found else None


class Checker:
    """Checks secrets against hashes; what was right is remembered for a short time, by the SHA-256 of the token.

    Who asks compares the state of the credential's row each time: a revoked one is remembered and yet refused.
    """

    def __init__(self, at_once: int = AT_ONCE, patience: float = PATIENCE_SECONDS) -> None:
        self._right: OrderedDict[str, tuple[str, int]] = OrderedDict()
        self._lock = threading.Lock()
        self._turns = threading.BoundedSemaphore(at_once)
        self._patience = patience
        self._nobody: str | None = None

    def remembers(self, token: str, secret_hash: str, now: int) -> bool:
        """Whether this token was found right against this hash within the last CACHE_SECONDS; `now` in µs."""
        with self._lock:
            hashed, until = self._right.get(_key(token), ("", 0))
        return now < until <= now + CACHE_SECONDS * 1_000_000 and compare_digest(hashed, secret_hash)

    def check(self, token: str, secret: str, secret_hash: str | None, now: int) -> bool:
        """Whether the secret is that of the hash. None, for an id that is not known, costs the same time and is wrong.

        Raises Busy where others are being checked for longer than a caller may wait.
        """
        if not self._turns.acquire(timeout=self._patience):
            raise Busy
        try:
            right = _verify(secret_hash or self._anyone(), secret) and secret_hash is not None
        finally:
            self._turns.release()
        if right and secret_hash is not None:
            with self._lock:
                self._right[_key(token)] = (secret_hash, now + CACHE_SECONDS * 1_000_000)
                while len(self._right) > CACHED:
                    self._right.popitem(last=False)
        return right

    def _anyone(self) -> str:
        """A hash of nobody's secret, made once."""
        if self._nobody is None:
            self._nobody = _HASHER.hash(secrets.token_hex(32))
        return self._nobody


def _verify(secret_hash: str, secret: str) -> bool:
    try:
        return _HASHER.verify(secret_hash, secret)
    except (VerificationError, InvalidHashError):
        return False


def _key(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _words(count: int) -> str:
    return b32encode(secrets.token_bytes(count)).decode("ascii").rstrip("=").lower()
