"""How much a package may hold; whoever sends more is refused before it costs memory or disk."""

from __future__ import annotations

from dataclasses import dataclass

MEBI = 1 << 20
BLOCK = MEBI
"""Bytes worked on at a time; memory does not grow with the package."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one package.

    | field | default | reason |
    |---|---|---|
    | package_bytes | 2 GiB | as it comes; 200,000 cases are about 1.1 GB of XML, 0.1 GB zipped |
    | document_bytes | 4 GiB | the XML once unpacked; three times the largest full load expected |
    | attachment_bytes | 512 MiB | one attachment once unpacked; a scanned file of 1,000 pages |
    | total_bytes | 8 GiB | everything once unpacked |
    | ratio | 200 | unpacked to packed; XML of this kind packs 10 to 40 times, deflate can do 1,032 |
    | ratio_from | 10 MiB | below this no ratio is too high: small and harmless |
    | members | 10,000 | entries of a zip; its table of contents is read into memory |
    | name_bytes | 255 | one entry's name in UTF-8; what file systems take |
    | prolog_bytes | 1 MiB | XML before the root element; comments and declarations only |
    """

    package_bytes: int = 2048 * MEBI
    document_bytes: int = 4096 * MEBI
    attachment_bytes: int = 512 * MEBI
    total_bytes: int = 8192 * MEBI
    ratio: int = 200
    ratio_from: int = 10 * MEBI
    members: int = 10_000
    name_bytes: int = 255
    prolog_bytes: int = MEBI
