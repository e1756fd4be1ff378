"""Whether a text can be kept: no database and no letter has a place for NUL, nor UTF-8 for half of a surrogate pair."""

from __future__ import annotations

import re

_UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")


def keepable(text: str) -> bool:
    """Whether every character of a text can be kept."""
    return _UNKEEPABLE.search(text) is None


def sayable(text: str) -> str:
    """The text as an error may repeat it: U+FFFD in place of what cannot be kept."""
    return _UNKEEPABLE.sub("\ufffd", text)
