"""Takes what was pushed out of the spool: an exchange directory of the hub's own, in which files appear whole by rename."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from connectors import placing
from connectors.directory import DirectoryConnector, Seen
from connectors.names import raw_of
from connectors.push.spool import WRITING, spool_of
from connectors.returning import Parcel
from connectors.state import State

ANSWERS = "answers"
"""The option `of` of the second connector of a system, which takes answers to cards; registrations have no such option."""


class PushConnector(DirectoryConnector):
    """Claims, readiness and receipts as in any exchange directory; the folders are the hub's, and made when needed."""

    def __init__(
        self,
        system: str,
        options: Mapping[str, Any],
        spool: Path,
        now: Callable[[], float] | None = None,
        state: State | None = None,
    ) -> None:
        """`spool` is the folder of the hub below which every system has its own."""
        self.spool = spool_of(spool, system)
        answers = options.get("of") == ANSWERS
        folders = {
            "inbox": self.spool.answers if answers else self.spool.inbox,
            "receipts": self.spool.answers_receipts if answers else self.spool.receipts,
            "refused": self.spool.answers_refused if answers else self.spool.refused,
        }
        told = {name: str(folder) for name, folder in folders.items()}
        super().__init__(system, {"kind": "push", **told, "ready": {"rename": WRITING}}, now, state)

    def prepare(self) -> None:
        """Make the spool's folders. Raises RetryError."""
        with self._translated("建立", "making", self.folders.inbox):
            self.spool.prepare()

    def look(self) -> Iterator[Seen]:
        """See `DirectoryConnector.look`; a spool that nothing was pushed to yet is empty."""
        self.prepare()
        yield from super().look()

    def hand_over(self, parcel: Parcel) -> None:
        """See `Returning.hand_over`: files in the folder of cards, where the department's node asks for them."""
        self.prepare()
        folder = bytes(self.spool.cards)
        for suffix, body in parcel.files:
            target = raw_of(parcel.name + suffix)
            with self._translated("交付", "handing over", folder, target):
                self._place(folder, target, lambda body=body: iter((body,)))  # type: ignore[misc]

    def _place(self, folder: bytes, name: bytes, blocks: placing.Blocks) -> None:
        self.prepare()
        super()._place(folder, name, blocks)
