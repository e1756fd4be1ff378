"""The department's side of the way back: where parcels arrive, and where it lays its answers."""

# ruff: noqa: PTH123, PTH208 - names of departments are bytes
from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from connectors.memory import MemoryConnector, source_named
from connectors.returning import answers_options


class FileSide:
    """A department whose folders a peer of the contract tests has; the ready marker is `.ok`."""

    def __init__(
        self, peer: Any, connect: Callable[[Mapping[str, Any]], Any], own: Callable[[bytes], None]
    ) -> None:
        self.peer, self._connect, self._own = peer, connect, own

    def connector(self) -> Any:
        return self._connect(self.peer.options)

    def answers(self) -> Any:
        return self._connect(answers_options("land", self.peer.options))

    def received(self) -> dict[bytes, bytes]:
        return dict(self.peer.receipts())

    def put_answer(self, name: bytes, body: bytes) -> None:
        for path, content in ((name, body), (name + b".ok", b"")):
            whole = self.peer.root + b"/answers/" + path
            with open(whole, "wb") as file:
                file.write(content)
            self._own(whole)

    def waiting(self) -> set[bytes]:
        return self._names(b"/answers") - {b"refused", b"receipts"}

    def refused(self) -> set[bytes]:
        return self._names(b"/answers/refused")

    def answered(self) -> set[bytes]:
        return self._names(b"/answers/receipts")

    def _names(self, folder: bytes) -> set[bytes]:
        return {each for each in os.listdir(self.peer.root + folder) if not each.startswith(b".")}


class PushSide(FileSide):
    """A department that comes to the door: documents lie in the spool's cards, answers appear there whole."""

    def received(self) -> dict[bytes, bytes]:
        found: dict[bytes, bytes] = self.peer._files(b"/cards")
        return found

    def put_answer(self, name: bytes, body: bytes) -> None:
        with open(self.peer.root + b"/answers/" + name, "wb") as file:
            file.write(body)


class MemorySide:
    """The twin."""

    def __init__(self, name: str) -> None:
        self.options = {"kind": "memory", "source": name}

    def connector(self) -> Any:
        return MemoryConnector("land", self.options)

    def answers(self) -> Any:
        return MemoryConnector("land", answers_options("land", self.options))

    def received(self) -> dict[bytes, bytes]:
        return dict(source_named(self.options["source"]).receipts)

    def put_answer(self, name: bytes, body: bytes) -> None:
        self._answers().put(name, body)

    def waiting(self) -> set[bytes]:
        return set(self._answers().inbox)

    def refused(self) -> set[bytes]:
        return set(self._answers().refused)

    def answered(self) -> set[bytes]:
        return set(self._answers().receipts)

    def _answers(self) -> Any:
        return source_named(answers_options("land", self.options)["source"])
