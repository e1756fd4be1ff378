"""Writes DER: tag, length, content."""

from __future__ import annotations


def tlv(tag: int, content: bytes) -> bytes:
    """One element with its length in the shortest form."""
    if len(content) < 0x80:
        return bytes((tag, len(content))) + content
    length = len(content).to_bytes(8, "big").lstrip(b"\0")
    return bytes((tag, 0x80 | len(length))) + length + content
