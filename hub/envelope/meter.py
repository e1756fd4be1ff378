"""Counts bytes while they are unpacked; what an archive says of its own sizes is never believed."""

from __future__ import annotations

from collections.abc import Iterator

from hub.limits import Limits


class Meter:
    """Counts over a whole package of `packed` bytes, through all its layers."""

    def __init__(self, limits: Limits, packed: int) -> None:
        self._limits = limits
        self._packed = packed
        self._total = 0

    def unpacked(self, blocks: Iterator[bytes], packed: int | None = None) -> Iterator[bytes]:
        """Pass on what one part unpacks to that was `packed` bytes long (as long as the package, if unknown).

        Raises PackageRefused ZIP_LIMIT for the ratio, of the part and of the package, and for the total.
        """
        limits = self._limits
        own = self._packed if packed is None else packed
        size = 0
        for block in blocks:
            size += len(block)
            self._total += len(block)
            if self._total > limits.total_bytes:
                raise limits.exceeded("total_bytes", self._total)
            self._check(size, own)
            self._check(self._total, self._packed)
            yield block

    def _check(self, size: int, packed: int) -> None:
        limits = self._limits
        if size > limits.ratio_from and size > limits.ratio * packed:
            raise limits.exceeded("ratio", -(-size // max(packed, 1)))  # rounded up: more than the limit

    def within(self, blocks: Iterator[bytes], name: str) -> Iterator[bytes]:
        """Pass on blocks that together may have as many bytes as the limit `name` says. Raises PackageRefused."""
        most, size = getattr(self._limits, name), 0
        for block in blocks:
            size += len(block)
            if size > most:
                raise self._limits.exceeded(name, size)
            yield block
