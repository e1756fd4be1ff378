"""Deciphers members of a zip: AES as WinZip and 7-Zip write it (AE-1, AE-2), and the old encryption of PKZIP."""

from __future__ import annotations

import hashlib
import hmac
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from hub.envelope.limits import BLOCK
from hub.errors import PackageRefused

AES_METHOD = 99
AES_EXTRA = 0x9901
OLD_HEADER = 12
_MAC = 10
_ROUNDS = 1000  # as WinZip's description of AE-1 and AE-2 has it
_SALTS = {1: 8, 2: 12, 3: 16}  # strength → bytes of salt; the key is twice as long


@dataclass(frozen=True, slots=True)
class Aes:
    """What the extra field of a member says: key strength (1 to 3), the method beneath, whether the checksum is blank."""

    strength: int
    method: int
    blank_crc: bool

    @property
    def overhead(self) -> int:
        """Bytes of salt, check and code beside the enciphered data."""
        return _SALTS[self.strength] + 2 + _MAC


def aes_of(extra: bytes) -> Aes | None:
    """The extra field 0x9901, read; None where it is none that is known."""
    if len(extra) != 7 or extra[2:4] != b"AE":
        return None
    version, strength, method = struct.unpack("<H2xBH", extra)
    return Aes(strength, method, version == 2) if version in (1, 2) and strength in _SALTS else None


class BadPassword(Exception):
    """The password does not open this member."""


class BadCode(Exception):
    """The enciphered data is not what the sender wrote."""


def open_aes(data: Iterable[bytes], length: int, aes: Aes, password: bytes) -> Iterator[bytes]:
    """Decipher `length` bytes of a member: salt, check, data, code. Raises BadPassword; BadCode at the end."""
    salt_bytes = _SALTS[aes.strength]
    source = _Exact(data)
    salt, check = source.take(salt_bytes), source.take(2)
    key_bytes = 2 * salt_bytes
    keys = hashlib.pbkdf2_hmac("sha1", password, salt, _ROUNDS, 2 * key_bytes + 2)
    if not hmac.compare_digest(keys[2 * key_bytes :], check):
        raise BadPassword
    code = hmac.new(keys[key_bytes : 2 * key_bytes], digestmod="sha1")
    # The counter runs from its first byte up, which no mode of the library does: its blocks are enciphered one by one.
    cipher = Cipher(algorithms.AES(keys[:key_bytes]), modes.ECB()).encryptor()
    left, counter = length - aes.overhead, 1
    while left:
        block = source.take(min(left, BLOCK))
        code.update(block)
        count = -(-len(block) // 16)
        stream = cipher.update(b"".join(n.to_bytes(16, "little") for n in range(counter, counter + count)))
        counter += count
        left -= len(block)
        yield _xor(block, stream[: len(block)])
    if not hmac.compare_digest(code.digest()[:_MAC], source.take(_MAC)):
        raise BadCode


def open_old(data: Iterable[bytes], check: int, password: bytes) -> Iterator[bytes]:
    """Decipher PKZIP's encryption; `check` is the byte that its header must end in. Raises BadPassword."""
    stream = _Old(password)
    source = _Exact(data)
    if stream.open(source.take(OLD_HEADER))[-1] != check:
        raise BadPassword
    for block in source.rest():
        yield stream.open(block)


def refused(name: str) -> PackageRefused:
    """The refusal of a package whose password is another one than is registered."""
    return PackageRefused("ZIP_PASSWORD", name=name)


def _xor(left: bytes, right: bytes) -> bytes:
    return (int.from_bytes(left, "little") ^ int.from_bytes(right, "little")).to_bytes(len(left), "little")


class _Exact:
    """Blocks, read in the lengths that are wanted; the caller has checked that there are as many bytes."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks, self._held = iter(blocks), b""

    def take(self, size: int) -> bytes:
        while len(self._held) < size and (more := next(self._blocks, b"")):
            self._held += more
        data, self._held = self._held[:size], self._held[size:]
        return data

    def rest(self) -> Iterator[bytes]:
        if self._held:
            yield self._held
        yield from self._blocks


def _crc_table() -> tuple[int, ...]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0xEDB88320 if value & 1 else 0)
        table.append(value)
    return tuple(table)


_CRC = _crc_table()


class _Old:
    """The three keys of PKZIP's stream cipher (APPNOTE 6.1)."""

    def __init__(self, password: bytes) -> None:
        self._keys = (0x12345678, 0x23456789, 0x34567890)
        for byte in password:
            self._keys = self._next(*self._keys, byte)

    @staticmethod
    def _next(first: int, second: int, third: int, byte: int) -> tuple[int, int, int]:
        first = first >> 8 ^ _CRC[(first ^ byte) & 0xFF]
        second = ((second + (first & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        third = third >> 8 ^ _CRC[(third ^ second >> 24) & 0xFF]
        return first, second, third

    def open(self, data: bytes) -> bytes:
        first, second, third = self._keys
        out, crc = bytearray(len(data)), _CRC
        for at, byte in enumerate(data):
            mask = third | 2
            byte ^= (mask * (mask ^ 1)) >> 8 & 0xFF
            out[at] = byte
            first = first >> 8 ^ crc[(first ^ byte) & 0xFF]
            second = ((second + (first & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
            third = third >> 8 ^ crc[(third ^ second >> 24) & 0xFF]
        self._keys = (first, second, third)
        return bytes(out)
