"""Where what departments push lies until the hub takes it: one folder per system, below a folder of the hub's own."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from connectors.claims import FOLDER

WRITING = ".part"
"""Suffix that no package may have: the way in which an exchange folder tells what is still being written."""
LONGEST = 200
"""Bytes of a pushed package's name: it stands in a database's index, and its receipt's name beside it on a disk."""


@dataclass(frozen=True, slots=True)
class Spool:
    """The folders of one system, absolute; `inbox` holds packages that wait, `answers` answers to cards."""

    root: Path
    inbox: Path
    receipts: Path
    refused: Path
    cards: Path
    answers: Path
    answers_receipts: Path
    answers_refused: Path

    def prepare(self) -> None:
        """Make what is missing, readable by the hub's account alone. Raises OSError."""
        for folder in (self.inbox, self.receipts, self.refused, self.cards, self.answers):
            if not folder.is_dir():
                folder.mkdir(0o700, parents=True, exist_ok=True)

    def lying(self, name: str) -> Path | None:
        """The file of a package that waits or is being taken; None where none of that name does."""
        return _lying(self.inbox, name)

    def answer_lying(self, name: str) -> Path | None:
        """The same of an answer to a card."""
        return _lying(self.answers, name)


def _lying(folder: Path, name: str) -> Path | None:
    places = (folder / name, folder / os.fsdecode(FOLDER) / name)
    return next((path for path in places if path.is_file()), None)


def spool_of(spool: Path, system: str) -> Spool:
    """The folders of a system in the hub's spool; nothing is touched."""
    root = spool.absolute() / system
    answers = root / "answers"
    return Spool(
        root, root / "packages", root / "receipts", root / "refused", root / "cards",
        answers, answers / "receipts", answers / "refused",
    )  # fmt: skip
