"""The hub's own envelope keys, from files under SUPHUB_HOME/keys or from Connections; read again when they change."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from connectors import Access
from hub.envelope import keys as files
from hub.envelope.cms.signing import detached_signature
from hub.envelope.keys import HubKey, keys_in, newest, paired, state_of
from hub.envelope.receipt_key import make_receipt_key

CONNECTIONS = {files.ENVELOPE: "suphub_envelope", files.RECEIPTS: "suphub_receipts"}
"""Folder of keys → the Connection that is asked where the folder is empty: PEM in its extra `pem`."""

Find = Callable[[str], Access | None]


class HubKeys:
    """Keys below `folder`, or in the Connections that `find` knows. The constructor touches nothing."""

    def __init__(self, folder: Path, find: Find) -> None:
        self.folder = folder
        self._find = find
        self._signing: tuple[int, HubKey] | None = None  # what signed at an instant

    def opening(self, system: str = "") -> tuple[HubKey, ...]:
        """The keys that open packages. Raises StopError ENVELOPE_KEY, ENVELOPE_NO_KEY."""
        found = self._of(files.ENVELOPE)
        if not found:
            raise files.no_key(self.folder / files.ENVELOPE, system)
        return found

    def sign(self, body: bytes, at: int) -> bytes:
        """The detached signature of a receipt, by the newest valid key; the first one is made where there is none.

        Raises StopError ENVELOPE_KEY, RECEIPT_KEY, RECEIPT_KEY_FILE.
        """
        held = self._signing
        if held is None or held[0] != at:  # the receipts of a group are all of one instant
            held = self._signing = at, self._newest(at)
        return detached_signature(body, held[1], at)

    def _newest(self, at: int) -> HubKey:
        found = self._of(files.RECEIPTS)
        if not found:
            make_receipt_key(self.folder / files.RECEIPTS, at)
            found = self._of(files.RECEIPTS)
        key = newest(found, at)
        if key is None:
            raise files.none_valid(str(self.folder / files.RECEIPTS), at)
        return key

    def known(self, name: str) -> tuple[HubKey, ...]:
        """The keys of a folder (`envelope`, `receipts`), or of its Connection; none is made. Raises StopError ENVELOPE_KEY."""
        return self._of(name)

    def _of(self, name: str) -> tuple[HubKey, ...]:
        folder = self.folder / name
        if state := state_of(folder):
            return _from_files(folder, state)
        access = self._find(CONNECTIONS[name])
        if access is None:
            return ()
        return _from_text(str(access.extra.get("pem", "")), access.password, CONNECTIONS[name])


@lru_cache(maxsize=8)
def _from_files(folder: Path, state: tuple[tuple[str, int, int], ...]) -> tuple[HubKey, ...]:
    """Read once for as long as the files stay as they are."""
    return keys_in(folder)


@lru_cache(maxsize=8)
def _from_text(text: str, password: str | None, name: str) -> tuple[HubKey, ...]:
    return paired([(text.encode(), f"connection {name}")], password)
