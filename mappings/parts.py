"""The part of a piece as text: canonical JSON, element → field → value, both in the order of their names."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from mappings.slots import Value

Said = dict[str, dict[str, Value]]
"""Element → field → value. Whoever makes one keeps elements and fields in the order of their names."""


def _encoder() -> Callable[[Said], str]:
    """What `json` does for each call anew is made once; names stand in order already."""
    plain = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)
    make: Any = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return plain.encode
    quoted: Any = getattr(json.encoder, "encode_basestring")  # noqa: B009  # not in the type stubs
    chunks = make(None, plain.default, quoted, None, ":", ",", False, False, False)
    return lambda said: "".join(chunks(said, 0))


_encode: Callable[[Said], str] = _encoder()
_decode = json.JSONDecoder().raw_decode


def encode(said: Said) -> str:
    """The text of a part."""
    return _encode(said)


def decode(part: str) -> Said:
    """What a part says; not to be changed."""
    found: Said = _decode(part)[0]
    return found
