"""Errors of the hub, sorted by what happens next.

    HubError
    ├── RetryError        the endpoint failed: try again later, bounded, with growing pauses
    ├── PackageRefused    quarantine: this package is refused as a whole, its neighbours go on
    ├── StopError         configuration: this system stops until somebody mends it
    └── RefusedError      at a door: the one who asks may not do this, and is told so; nothing of the hub stops

A refused *case* is data, not an exception: see `hub.shapes.Violation`.
Every error carries its place, and a message and a remedy in Chinese and English, under a stable code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Place:
    """Where something went wrong; parts that are not known are None."""

    system: str | None = None
    package: str | None = None
    case: str | None = None
    file: str | None = None
    line: int | None = None
    column: int | None = None
    field: str | None = None

    def __str__(self) -> str:
        known = ((f.name, getattr(self, f.name)) for f in fields(self))
        return " ".join(f"{name}={value}" for name, value in known if value is not None)


class HubError(Exception):
    """Anything the hub reports to people; never raised itself, only its kinds are."""

    kind = "error"

    def __init__(
        self,
        code: str,
        *,
        zh: str,
        en: str,
        remedy_zh: str,
        remedy_en: str,
        place: Place | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.message_zh = zh
        self.message_en = en
        self.remedy_zh = remedy_zh
        self.remedy_en = remedy_en
        self.place = place or Place()

    def __reduce__(self) -> tuple[Any, ...]:
        # Keyword-only constructors do not survive pickling by themselves; workers send errors between processes.
        return _revive, (type(self), self.as_dict())

    def as_dict(self) -> dict[str, Any]:
        """The error as plain data: code, four texts and the known parts of its place."""
        return {
            "code": self.code,
            "message_zh": self.message_zh,
            "message_en": self.message_en,
            "remedy_zh": self.remedy_zh,
            "remedy_en": self.remedy_en,
            "place": {f.name: getattr(self.place, f.name) for f in fields(self.place)},
        }

    def __str__(self) -> str:
        where = str(self.place)
        head = f"{self.code} [{where}]" if where else self.code
        return (
            f"{head}\n  {self.message_zh}\n  {self.message_en}"
            f"\n  处理: {self.remedy_zh}\n  Remedy: {self.remedy_en}"
        )


class RetryError(HubError):
    """The other side could not be reached or did not finish; nothing is wrong with the data."""

    kind = "retry"


class StopError(HubError):
    """A registration, schema, key or setting is wrong: that system stops, the others go on."""

    kind = "stop"


class RefusedError(HubError):
    """Who asks at a door (service, log-in) is not admitted: the door answers with it, for the caller to mend."""

    kind = "refused"


class PackageRefused(Exception):
    """A package is refused as a whole; `code` and `params` are rendered by the catalogue of violations.

    The texts live in schemas/violations.yaml, so that the receipt, the pages and `suphub validate` say the same.
    """

    def __init__(self, code: str, *, line: int | None = None, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.line = line
        self.params: Mapping[str, object] = params
        self.claimed: tuple[str, str, int | None] | None = None
        """System, package id and serial, as a head says that could be read before the package was refused."""
        self.signer: str | None = None
        """SHA-256 (hex) of the certificate that signed it, where the package was refused for who signed it."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _revive_refusal, (self.code, self.line, dict(self.params))

    def __str__(self) -> str:
        detail = ", ".join(f"{key}={value}" for key, value in self.params.items())
        return f"{self.code}({detail})"


def _revive(kind: type[HubError], data: dict[str, Any]) -> HubError:
    return kind(
        data["code"],
        zh=data["message_zh"],
        en=data["message_en"],
        remedy_zh=data["remedy_zh"],
        remedy_en=data["remedy_en"],
        place=Place(**data["place"]),
    )


def _revive_refusal(code: str, line: int | None, params: dict[str, object]) -> PackageRefused:
    return PackageRefused(code, line=line, **params)
