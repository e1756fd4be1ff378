"""The shapes of node identity: a node as a door knows it, a credential as it is kept, and what a new one is made of."""

from __future__ import annotations

from dataclasses import dataclass

from hub.clock import DAY_US

KINDS = ("certificate", "token", "ssh-key", "signing")
"""TLS client certificate, token (bearer), SSH key of a log-in, certificate that packages are signed with."""

STATES = ("valid", "replaced", "pending", "expired", "revoked")
"""A replaced one is still valid until the overlap of its rotation ends; a pending one is not yet valid."""


@dataclass(frozen=True, slots=True)
class Node:
    """Who is at the door: the node `system`/`name`, and what its credential allows it.

    `organizations` (USCCs) and `regions` (codes) are narrower than the registration's; empty: as the registration says.
    """

    system: str
    name: str
    kind: str
    credential: str  # the credential's public id
    organizations: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    valid_to: int = 0  # µs; from here on the credential is no longer valid

    def __str__(self) -> str:
        return f"{self.system}/{self.name}"


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential as it is kept, without its secret; instants in µs, valid in [valid_from, valid_to)."""

    id: str  # public
    system: str
    name: str
    kind: str
    generation: int
    fingerprint: str | None  # SHA-256 in hex of a certificate or bare key; SHA256:… of an SSH key
    subject: str | None
    organizations: tuple[str, ...]
    regions: tuple[str, ...]
    issued_at: int
    issued_by: str
    reason: str | None
    valid_from: int
    valid_to: int
    replaced_at: int | None
    revoked_at: int | None
    revoked_by: str | None
    revoke_reason: str | None

    def state(self, at: int) -> str:
        """One of STATES, as of an instant."""
        if self.revoked_at is not None and self.revoked_at <= at:
            return "revoked"
        if at >= self.valid_to:
            return "expired"
        if at < self.valid_from:
            return "pending"
        return "replaced" if self.replaced_at is not None else "valid"

    def admits(self, at: int) -> bool:
        """Whether a door lets its holder in at that instant."""
        return self.state(at) in ("valid", "replaced")

    def days_left(self, at: int) -> int:
        """Whole days until it ends; negative once it has ended."""
        return (self.valid_to - at) // DAY_US

    @property
    def node(self) -> Node:
        """What a door is told."""
        return Node(
            self.system, self.name, self.kind, self.id, self.organizations, self.regions, self.valid_to
        )


@dataclass(frozen=True, slots=True)
class Material:
    """What a new credential is made of: its public part, and of a token the hash; the secret itself is never here."""

    kind: str
    public_id: str
    fingerprint: str | None = None
    secret_hash: str | None = None
    subject: str | None = None
    public: str | None = None
    not_before: int | None = None  # µs, of a certificate
    not_after: int | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """For whom, for what and how long a credential is made. None: what the one before it had, or the registration has."""

    system: str
    name: str
    organizations: tuple[str, ...] | None
    regions: tuple[str, ...] | None
    valid_from: int  # µs
    valid_to: int
    by: str
    reason: str | None = None
