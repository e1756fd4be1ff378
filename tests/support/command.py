"""Runs `suphub` as a user does, in this process: exit code, standard output as bytes, standard error."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import Any

import pytest

from hub.cli import main


@dataclass(frozen=True)
class Said:
    """What a command said."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode("utf-8")

    @property
    def document(self) -> Any:
        """Standard output as the one JSON document that it must be."""
        return json.loads(self.text)


class Suphub:
    """`suphub(*arguments)` runs one command."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, captured: pytest.CaptureFixture[bytes]) -> None:
        self._monkeypatch = monkeypatch
        self._captured = captured

    def __call__(self, *arguments: object) -> Said:
        self._captured.readouterr()
        code: object = 0
        with self._monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["suphub", *map(str, arguments)])
            try:
                main()
            except SystemExit as ended:
                code = ended.code
        out, err = self._captured.readouterr()
        return Said(code if isinstance(code, int) else 0, out, err.decode("utf-8", "replace"))
