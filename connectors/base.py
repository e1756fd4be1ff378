"""What every way to reach a system can do: bytes in, receipts out, no meaning."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Protocol, runtime_checkable

from connectors.state import State
from hub.errors import HubError
from hub.shapes import Notice

LISTED_AT_MOST = 20_000
"""Notices that one call of `ready` yields; the rest come in the next call, so that memory stays bounded."""


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach a peer: an Airflow Connection, resolved. Its text hides what is secret."""

    name: str
    kind: str  # conn_type: mysql, postgres, sqlite, oracle, http, https …
    host: str | None = None
    port: int | None = None
    login: str | None = None
    password: str | None = field(default=None, repr=False)
    path: str | None = None  # Airflow's schema: name of the database, or path below the host
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a connector may use beside its options."""

    state: State
    access: Callable[[str], Access]  # by the name of a connection; raises StopError where there is none
    work: Path  # scratch folder of this machine; need not exist
    folder: Path = Path()  # of the registration: relative files (a WSDL) are looked for there


@dataclass(frozen=True, slots=True)
class Claim:
    """A package that this worker alone works on. Good only for the connector that made it; dies with its process."""

    notice: Notice
    token: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A receipt for the package `name` (a notice's name), and its signature where there is one."""

    name: str
    body: bytes
    signature: bytes | None = None


class Connector(Protocol):
    """A way to reach a system. All methods raise RetryError when the endpoint fails, StopError for wrong options.

    Life of a package at its source: ready → claimed → (read, stored by the hub) → acknowledged, that is removed.
    A worker that dies leaves its claim behind: `ready` lists it again and any worker may claim it.
    """

    system: str

    def ready(self) -> Iterator[Notice]:
        """Packages that may be taken, by name (as bytes), claims of dead workers included; at most LISTED_AT_MOST."""
        ...

    def claim(self, notice: Notice) -> Claim | None:
        """Take a package for this worker alone; None if another has it, it has vanished or is not ready after all."""
        ...

    def read(self, claim: Claim) -> AbstractContextManager[BinaryIO]:
        """The package's bytes, to be read to the end.

        Leaving the context raises RetryError (CONNECTOR_CHANGED) and releases the claim if the package changed meanwhile.
        """
        ...

    def acknowledge(self, claim: Claim) -> None:
        """The hub has the bytes for good: remove them at the source. A second time, or after release, does nothing."""
        ...

    def release(self, claim: Claim) -> None:
        """Put the package back as it was. A second time, or after acknowledge, does nothing."""
        ...

    def deliver(self, name: str, body: bytes, signature: bytes | None = None) -> None:
        """Lay the receipt of the package `name` (a notice's name) beside the input; it appears whole or not at all.

        `signature` is the receipt's detached CMS signature (DER), as the file `<receipt>.p7s`, there before the receipt;
        ways without files leave it out. The same bytes again change nothing; other bytes for the same name replace the former.
        """
        ...

    def refuse(self, name: str, source: Path) -> None:
        """Write the refused package (`source`, a local file) back among the refused; whole or not at all, repeatable."""
        ...


@runtime_checkable
class Peeking(Protocol):
    """A connector that can show what lies ready first without a claim: at the source nothing changes."""

    def peek(self) -> AbstractContextManager[tuple[str, BinaryIO] | None]:
        """The name and the bytes of a package that is ready, as far as one look can tell; None where nothing is."""
        ...


@runtime_checkable
class Together(Protocol):
    """A connector that does the same for many packages at once, where each by itself would wait for the network.

    What does not go smoothly is done again one by one, so that what may fail, and how it is told, is as in `Connector`.
    """

    def claim_all(
        self, notices: Sequence[Notice], largest: int
    ) -> tuple[list[tuple[Claim, bytes | None]], list[tuple[Notice, HubError]]]:
        """`claim` for all that can be had, in their order; with the bytes of those of at most `largest` that were read too.

        Without bytes the claim is to be read by `read`. Then those that could not be claimed, each with its reason; what
        concerns the endpoint as a whole is raised.
        """
        ...

    def acknowledge_all(self, claims: Sequence[Claim]) -> list[tuple[Claim, HubError]]:
        """`acknowledge` for all; those that failed, each with its reason."""
        ...

    def deliver_all(self, receipts: Sequence[Answer]) -> Iterator[int]:
        """`deliver` for all; yields the index of each that lies there. Raises as `deliver` does, for the first that fails, when all were tried."""
        ...
