"""Settings of one installation, read from the environment; a registration or a rule never comes from here."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the hub keeps its state and what it is told from outside.

    | variable | default | meaning |
    |---|---|---|
    | SUPHUB_HOME | ./var | raw packages, work files, keys, the embedded database |
    | SUPHUB_DATABASE_URL | SQLite under SUPHUB_HOME | the central supervision database |
    | SUPHUB_SYSTEMS | ./systems | the folder of registrations in use |
    | SUPHUB_TODAY | - | judge as of the end of this day (demonstrations, rehearsals) |
    | SUPHUB_MESSAGES | SUPHUB_HOME/messages.yaml | who gets alerts and other messages, and by which way (docs/messages.md) |
    | SUPHUB_HISTORY_DAYS | 90 | how long reports of probes, closed alerts and sent messages are kept |
    | SUPHUB_SPOOL_DAYS | 90 | how long receipts and refused originals lie for departments that push (docs/connectors/push.md) |
    | SUPHUB_LIMIT_ | - | with the name of a limit behind it (docs/limits.md): how much a package may hold |
    """

    home: Path
    database_url: str
    systems: Path
    today: str | None = None
    limits: Mapping[str, str] = field(default_factory=dict)
    messages: Path = Path("messages.yaml")
    history_days: str = "90"
    spool_days: str = "90"

    @property
    def raw(self) -> Path:
        """Raw packages, content-addressed; shared storage when there are many machines."""
        return self.home / "raw"

    @property
    def work(self) -> Path:
        """Scratch files of packages being opened; may be emptied while nothing runs."""
        return self.home / "work"

    @property
    def spool(self) -> Path:
        """What departments push, until it is taken, and their receipts; shared storage when there are many machines."""
        return self.home / "spool"

    @property
    def keys(self) -> Path:
        """The hub's own private keys (0600)."""
        return self.home / "keys"


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; paths become absolute, so that a later `chdir` changes nothing."""
    env = os.environ if environment is None else environment
    home = Path(env.get("SUPHUB_HOME") or "var").absolute()
    return Settings(
        home=home,
        database_url=env.get("SUPHUB_DATABASE_URL") or f"sqlite:///{home / 'suphub.db'}",
        systems=Path(env.get("SUPHUB_SYSTEMS") or "systems").absolute(),
        today=env.get("SUPHUB_TODAY") or None,
        messages=Path(env.get("SUPHUB_MESSAGES") or home / "messages.yaml").absolute(),
        history_days=env.get("SUPHUB_HISTORY_DAYS") or "90",
        spool_days=env.get("SUPHUB_SPOOL_DAYS") or "90",
        limits={key: value for key, value in env.items() if key.startswith("SUPHUB_LIMIT_")},
    )
