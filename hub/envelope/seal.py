"""What a sealed package was sealed with: kept with the package, in the log and on its page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Seal:
    """`cipher` is None where a package was not encrypted, the signer's three are None where it was not signed.

    `fingerprint` is the SHA-256 of the signing certificate (of the key's two numbers where SM2 came without certificate).
    """

    cipher: str | None = None
    signer: str | None = None
    fingerprint: str | None = None
    serial: str | None = None

    @property
    def signed(self) -> bool:
        """Whether a trusted signature held."""
        return self.fingerprint is not None
