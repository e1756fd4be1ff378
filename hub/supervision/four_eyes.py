"""Whether two names mean one person, where a second one must decide: one answer for rules, profiles and complaints."""

from __future__ import annotations

import unicodedata


def same_person(one: str, other: str) -> bool:
    """Whether both names have the same letters and digits, whatever their case, width, blanks, dots and unseen characters."""
    return _plain(one) == _plain(other)


def _plain(name: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return "".join(each for each in folded if unicodedata.category(each)[0] in "LMN") or folded.strip()
