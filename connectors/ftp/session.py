"""One logged-in conversation with an FTP server: what it offers, and the few things that the hub does there."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from connectors.ftp.data import Data, open_data
from connectors.ftp.listing import Entry, entry_of_list, entry_of_mlsd, is_noise, moment
from connectors.ftp.options import FtpOptions
from connectors.ftp.trust import Trust
from connectors.ftp.wire import LONGEST_LINE, Control, Garbled, Refused

BLOCK = 1 << 18
_UNKNOWN_COMMAND = (500, 501, 502, 504)
_ABSENT = (450, 550, 553)


@dataclass(frozen=True, slots=True)
class Mark:
    """What tells one state of a file from another: its length, and its time as the server writes it; None where it does not say."""

    size: int | None
    modified: bytes | None

    @property
    def at(self) -> float | None:
        """The time in seconds since 1970."""
        return None if self.modified is None else moment(self.modified)


class Session:
    """Paths are absolute, as bytes. Methods raise what `connectors.ftp.wire` raises, and OSError."""

    def __init__(self, control: Control, trust: Trust | None, options: FtpOptions) -> None:
        self.control = control
        self.trust = trust
        self.offers: frozenset[str] = frozenset()
        self.used_at = time.monotonic()
        self.unread: list[bytes] = []  # lines of the last listing that could not be read
        self._options = options
        self._lacks: set[str] = set()

    def close(self) -> None:
        """Hang up, without a word: the server may be gone."""
        self.control.close()

    def quit(self) -> None:
        """Say good-bye and hang up."""
        with contextlib.suppress(OSError, EOFError, Garbled, Refused):
            self.control.ask("QUIT")
        self.close()

    def mark(self, path: bytes) -> Mark | None:
        """The state of a file, None if there is no file of that name."""
        if "MLST" in self.offers:
            return self._mark_by_mlst(path)
        size = self._number("SIZE", path)
        if size is None and "SIZE" not in self._lacks:
            return None
        if size is None:
            return self._mark_by_listing(path)
        return Mark(int(size), self._number("MDTM", path))

    def rename(self, source: bytes, target: bytes) -> bool:
        """Rename a file; False if there is none (any more). Raises Refused if it may not be done."""
        try:
            self.control.ask("RNFR", source)
            self.control.ask("RNTO", target)
        except Refused as error:
            if error.reply.code in _ABSENT and self.mark(source) is None:
                return False
            raise
        return True

    def delete(self, path: bytes) -> bool:
        """Delete a file; False if there is none."""
        try:
            self.control.ask("DELE", path)
        except Refused as error:
            if error.reply.code in _ABSENT and self.mark(path) is None:
                return False
            raise
        return True

    def make_folder(self, path: bytes) -> bool:
        """Make a folder; False if that was refused, perhaps because it is there."""
        try:
            self.control.ask("MKD", path)
        except Refused as error:
            if error.reply.code not in (521, *_ABSENT):
                raise
            return False
        return True

    def remove_folder(self, path: bytes) -> bool:
        """Remove an empty folder; False if that was refused."""
        try:
            self.control.ask("RMD", path)
        except Refused as error:
            if error.reply.code not in _ABSENT:
                raise
            return False
        return True

    def is_folder(self, path: bytes) -> bool:
        """Whether a folder lies there that may be entered."""
        try:
            self.control.ask("CWD", path)
        except Refused as error:
            if error.reply.code not in _ABSENT:
                raise
            return False
        return True

    def list(self, path: bytes) -> Iterator[Entry]:
        """The entries of a folder, line by line as they come; lines that cannot be read are kept in `unread`, the first hundred."""
        self.unread = []
        self.control.ask("CWD", path)
        machine = "MLST" in self.offers and self._options.listing == "auto"
        now = datetime.now(UTC)
        for line in self._lines("MLSD" if machine else "LIST"):
            entry = entry_of_mlsd(line) if machine else entry_of_list(line, now)
            if entry is not None and entry.raw not in (b".", b".."):
                yield entry
            elif entry is None and not is_noise(line) and len(self.unread) < 100:
                self.unread.append(line)

    def fetch(self, path: bytes, offset: int = 0) -> Data:
        """Begin to read a file at an offset."""
        return self._data("RETR", path, offset)

    def store(self, path: bytes, blocks: Iterable[bytes]) -> int:
        """Write a file; how many bytes were sent."""
        data, sent = self._data("STOR", path), 0
        try:
            for block in blocks:
                data.send(block)
                sent += len(block)
        except OSError as error:
            data.abort()
            self._refused("STOR", error)
            raise
        except BaseException:
            data.abort()
            self.close()
            raise
        data.finish("STOR")
        return sent

    def alive(self) -> bool:
        """Whether the server still answers."""
        try:
            self.control.ask("NOOP")
        except (OSError, EOFError, Garbled, Refused):
            return False
        return True

    def _refused(self, verb: str, broken: OSError) -> None:
        """Hear why a server hung up in the middle of a transfer (its disk is full). Raises Refused where it says so."""
        try:
            self.control.checked(verb, self.control.reply())
        except (OSError, EOFError, Garbled):
            self.close()
            return
        except Refused as error:
            raise error from broken
        self.close()

    def _data(self, verb: str, argument: bytes = b"", offset: int = 0) -> Data:
        active = self._options.mode == "active"
        return open_data(self.control, self.trust, verb, argument, offset=offset, active=active)

    def _lines(self, verb: str) -> Iterator[bytes]:
        data, kept, complete = self._data(verb), b"", False
        try:
            while block := data.receive(BLOCK):
                *lines, kept = (kept + block).split(b"\n")
                yield from (line.removesuffix(b"\r") for line in lines)
                if len(kept) > LONGEST_LINE:
                    raise Garbled(kept, greeting=False)
            complete = True
        finally:
            if not complete:
                data.abort()
                self.close()
        data.finish(verb)
        if kept:
            yield kept.removesuffix(b"\r")

    def _number(self, verb: str, path: bytes) -> bytes | None:
        """What SIZE or MDTM say; None where there is no such file, or (then noted) the server does not know the command."""
        if verb in self._lacks:
            return None
        try:
            return self.control.ask(verb, path).lines[-1].strip()
        except Refused as error:
            if error.reply.code in _UNKNOWN_COMMAND:
                self._lacks.add(verb)
            elif error.reply.code not in _ABSENT:
                raise
            return None

    def _mark_by_mlst(self, path: bytes) -> Mark | None:
        try:
            reply = self.control.ask("MLST", path)
        except Refused as error:
            if error.reply.code not in (501, *_ABSENT):  # some say 501 of a name that does not exist
                raise
            return None
        facts = next((line.strip() for line in reply.lines[1:-1]), b"").partition(b" ")[0]
        known = dict(fact.lower().split(b"=", 1) for fact in facts.split(b";") if b"=" in fact)
        if known.get(b"type", b"file") != b"file":
            return None
        size = known.get(b"size", b"")
        return Mark(int(size) if size.isdigit() else None, known.get(b"modify"))

    def _mark_by_listing(self, path: bytes) -> Mark | None:
        folder, _, name = path.rpartition(b"/")
        if not self.is_folder(folder or b"/"):
            return None
        found = [entry for entry in self.list(folder or b"/") if entry.raw == name]
        return Mark(found[0].size, str(found[0].modified).encode("ascii")) if found else None
