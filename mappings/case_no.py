"""What a case number may be: people must be able to read it, type it and find the case by it."""

from __future__ import annotations

import unicodedata

VISIBLE = (
    "可见字符,不含换行、控制符和零宽字符 / visible characters, no line breaks, controls or zero-width ones"
)
_UNSEEN = ("Cc", "Cf", "Zl", "Zp")


def unseen(text: str) -> bool:
    """Whether a number holds a character that nobody sees: two that look alike would be two cases."""
    return not text.isprintable() and any(unicodedata.category(each) in _UNSEEN for each in text)
