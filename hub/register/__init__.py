"""Registrations (登记): one YAML file per departmental system, read strictly, errors with line, column and allowed words."""

from __future__ import annotations

import difflib
from pathlib import Path

from hub.errors import HubError, Place, StopError
from hub.register.fields import OPTIONAL, REQUIRED
from hub.register.kinds import CONNECTOR_KINDS
from hub.register.load import load_registration
from hub.register.shape import CONTINUOUS, Registration, duration

__all__ = [
    "CONNECTOR_KINDS",
    "CONTINUOUS",
    "OPTIONAL",
    "REQUIRED",
    "Registration",
    "duration",
    "find_registration",
    "load_registration",
    "load_registrations",
    "overlooked",
    "registration_files",
]


def registration_files(folder: Path) -> list[Path]:
    """The registrations in a folder, by name."""
    return sorted(folder.glob("*.yaml"))


def overlooked(folder: Path) -> list[Path]:
    """Files that look like registrations and are none, for their names do not end in `.yaml`."""
    return sorted(
        path
        for path in folder.glob("*")
        if path.suffix.lower() in (".yml", ".yaml") and path.suffix != ".yaml"
    )


def load_registrations(folder: Path) -> tuple[dict[str, Registration], dict[str, HubError]]:
    """All registrations of a folder by code, and for each bad file its error by file stem: one never hides the others."""
    good: dict[str, Registration] = {}
    bad: dict[str, HubError] = {}
    for path in registration_files(folder):
        try:
            good[path.stem] = load_registration(path)
        except StopError as error:
            bad[path.stem] = error
    return good, bad


def find_registration(folder: Path, code: str) -> Registration:
    """The registration of one system. Raises StopError naming the codes there are."""
    path = folder / f"{code}.yaml"
    if not path.is_file():
        known = [p.stem for p in registration_files(folder)]
        near = difflib.get_close_matches(code, known, n=1)
        listed = ", ".join(known[:20]) or "-"
        raise StopError(
            "SYSTEM_UNKNOWN",
            zh=f"没有登记系统 {code}(目录 {folder})",
            en=f"No system {code} is registered in {folder}",
            remedy_zh=(f"是否想写 {near[0]}?" if near else "")
            + f"已登记:{listed};目录由 SUPHUB_SYSTEMS 指定",
            remedy_en=(f"Did you mean {near[0]}? " if near else "")
            + f"Registered: {listed}; SUPHUB_SYSTEMS names the folder",
            place=Place(system=code),
        )
    return load_registration(path)
