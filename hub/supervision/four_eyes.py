"""Whether two names mean one person, where a second one must decide: one answer for rules, profiles and complaints."""

from __future__ import annotations

import unicodedata


def same_person(one: str, other: str) -> bool:
    """Whether both names are written alike but for case, blanks and full-width letters."""
    return _plain(one) == _plain(other)


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
