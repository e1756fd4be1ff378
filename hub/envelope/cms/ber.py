"""Walks through BER or DER in a file from front to back, element by element; memory does not grow with the file."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, TypeVar

from hub.envelope.certificates import FAULTS
from hub.envelope.limits import BLOCK, Limits
from hub.errors import PackageRefused

Found = TypeVar("Found")
INTEGER, OCTETS, OID, SEQUENCE, SET = 0x02, 0x04, 0x06, 0x30, 0x31
CONSTRUCTED = 0x20
_BYTES_PER_ELEMENT = 64
"""Beyond the limit `cms_pieces` a file may have one more for so many of its bytes."""
_FAULTS = (*FAULTS, OverflowError, RecursionError, struct.error, NotImplementedError)


def context(number: int, *, constructed: bool = True) -> int:
    """The tag byte of `[number]`."""
    return 0x80 | (CONSTRUCTED if constructed else 0) | number


def malformed(detail: str) -> PackageRefused:
    """The refusal of CMS that cannot be read; `detail` in Chinese and English."""
    return PackageRefused("CMS_MALFORMED", detail=detail)


@contextmanager
def understood(what: str) -> Iterator[None]:
    """Whatever a parser of small parts raises over bytes from outside is a fault of those bytes: CMS_MALFORMED."""
    try:
        yield
    except _FAULTS as error:
        raise malformed(f"{what} 读不懂 / {what} cannot be read") from error


def no_parameters(parameters: Any) -> None:
    """Of an algorithm: absent or NULL, both are in use; anything else raises ValueError."""
    if parameters.dump() not in (b"", b"\x05\x00"):
        raise ValueError("parameters")


def version_of(number: Any) -> int:
    """A version number: one byte, as every version there is; anything else raises ValueError."""
    if len(number.contents) != 1:
        raise ValueError("version")
    return int(number)


class Walk:
    """A position in a file of BER; every method moves it forward.

    Lengths are never believed beyond the element around them. Raises PackageRefused CMS_MALFORMED, CMS_LIMIT.
    """

    def __init__(self, stream: BinaryIO, size: int, limits: Limits) -> None:
        self._stream, self._size, self.limits = stream, size, limits
        self._window, self._start, self._at = b"", 0, 0
        self._ends: list[int | None] = []  # of the elements around the position; None: of indefinite length
        self._bound = size
        self._left = limits.cms_pieces + size // _BYTES_PER_ELEMENT

    def peek(self) -> int | None:
        """The next tag byte; None where the element around it ends."""
        end = self._ends[-1] if self._ends else self._size
        if self._at == end:
            return None
        head = self._ahead(2)
        if not head:
            raise malformed("文件不完整 / the file ends too early")
        return None if end is None and head == b"\0\0" else head[0]

    @contextmanager
    def inside(self, tag: int, what: str) -> Iterator[None]:
        """The inside of a constructed element, which must be read to its end."""
        found, length = self._header()
        if found != tag:
            raise malformed(f"应为 {what} / {what} expected")
        self._enter(length)
        yield
        self._leave(what)

    def whole(self, what: str, limit: int | None = None) -> bytes:
        """The next element with its header, as it stands: of at most `limit` bytes, else as many as a part may have."""
        start = self._at
        self.skip()
        if limit is not None and self._at - start > limit:
            raise malformed(f"{what} 过长 / {what} is too long")
        if self._at - start > self.limits.cms_part_bytes:
            raise self.limits.exceeded("cms_part_bytes", self._at - start)
        end, self._at = self._at, start
        return self._take(end - start)

    def skip(self) -> None:
        """Pass over the next element."""
        tag, length = self._header()
        if length is not None:
            self._at += length
            return
        if not tag & CONSTRUCTED:
            raise malformed("长度不定的基本类型 / a primitive of indefinite length")
        self._enter(None)
        while self.peek() is not None:
            self.skip()
        self._leave("内容 content")

    def octets(self, tag: int, what: str) -> Iterator[bytes]:
        """The bytes of an octet string in blocks of about BLOCK, whether it stands in one piece or in many."""
        found, length = self._header()
        if found == tag and length is not None:
            yield from self._run(length)
        elif found == tag | CONSTRUCTED:
            self._enter(length)
            yield from self._pieces(what)
        else:
            raise malformed(f"应为 {what} / {what} expected")

    def behind(self, what: str, read: Callable[[Walk], Found]) -> Found:
        """What `read` finds behind the element around the position, of which the next element is the last; comes back."""
        kept = self._at, list(self._ends), self._bound
        self.skip()
        self._leave(what)
        found = read(self)
        self._at, self._ends, self._bound = kept
        return found

    def end(self) -> None:
        """Nothing may follow."""
        if self._at != self._size:
            raise malformed("结尾后有多余的内容 / something follows after the end")

    def _pieces(self, what: str) -> Iterator[bytes]:
        parts: list[bytes] = []
        held = 0
        while self.peek() is not None:
            tag, length = self._header()
            if tag == OCTETS | CONSTRUCTED:
                yield b"".join(parts)
                parts, held = [], 0
                self._enter(length)
                yield from self._pieces(what)
                continue
            if tag != OCTETS or length is None:
                raise malformed(f"{what} 的片段不是字节串 / a piece of {what} is no octet string")
            if length > BLOCK:
                yield b"".join(parts)
                parts, held = [], 0
                yield from self._run(length)
                continue
            parts.append(self._take(length))
            held += length
            if held >= BLOCK:
                yield b"".join(parts)
                parts, held = [], 0
        self._leave(what)
        yield b"".join(parts)

    def _run(self, length: int) -> Iterator[bytes]:
        while length:
            block = self._take(min(length, BLOCK))
            length -= len(block)
            yield block

    def _header(self) -> tuple[int, int | None]:
        """Tag byte and length of the content (None: indefinite); the position moves to the content."""
        self._left -= 1
        if self._left < 0:
            raise self.limits.exceeded(
                "cms_pieces", self.limits.cms_pieces + self._size // _BYTES_PER_ELEMENT + 1
            )
        at = self._at - self._start
        head = self._window[at : at + 10]
        if len(head) < 10:
            head = self._ahead(10)
        if len(head) < 2 or head[0] & 0x1F == 0x1F or not head[0]:
            raise malformed(f"第 {self._at} 字节处不是元素 / no element at byte {self._at}")
        tag, first, used = head[0], head[1], 2
        length: int | None = first
        if first == 0x80:
            length = None
        elif first > 0x80:
            used = 2 + (first & 0x7F)
            if used > len(head):
                raise malformed(f"第 {self._at} 字节处长度过大 / the length at byte {self._at} is too great")
            length = int.from_bytes(head[2:used], "big")
        if self._at + used + (length or 0) > self._bound:
            raise malformed("文件不完整 / the file ends too early")
        self._at += used
        return tag, length

    def _enter(self, length: int | None) -> None:
        if len(self._ends) >= self.limits.cms_depth:
            raise self.limits.exceeded("cms_depth", len(self._ends) + 1)
        end = None if length is None else self._at + length
        self._ends.append(end)
        if end is not None:
            self._bound = end

    def _leave(self, what: str) -> None:
        end = self._ends.pop()
        if end is None:
            if self._take(2) != b"\0\0":
                raise malformed(f"{what} 后有多余的内容 / something follows in {what}")
        elif self._at != end:
            raise malformed(f"{what} 后有多余的内容 / something follows in {what}")
        if end is not None:
            self._bound = next((known for known in reversed(self._ends) if known is not None), self._size)

    def _take(self, length: int) -> bytes:
        at = self._at - self._start
        found = self._window[at : at + length]
        if at < 0 or len(found) < length:
            found = self._ahead(length)
            if len(found) < length:
                raise malformed("文件不完整 / the file ends too early")
        self._at += length
        return found

    def _ahead(self, length: int) -> bytes:
        """The next bytes, fewer only at the end of the file; the position stays."""
        at = self._at - self._start
        if at < 0 or at + length > len(self._window):
            self._stream.seek(self._at)
            self._window, self._start, at = self._stream.read(max(length, BLOCK)), self._at, 0
        return self._window[at : at + length]
