"""The corpus of hostile packages: each wrong in one way, with the code that must refuse it and where.

Each makes its bytes from a seed, from which names and noise are drawn; but for the salt of encryption the same seed gives
the same bytes.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from tests.support.message import case, package

GOOD_CASES = ("good-1", "good-2")


@dataclass(frozen=True)
class Hostile:
    """One hostile package.

    `make` gives its bytes; `code` refuses the package, or the one case between two good ones (`level`); `limit` names
    the limit that it exceeds, `said` is a part of what the refusal tells, `limits` overrides settings (limits that
    would take gigabytes to reach). `form`: exchange, messages of the dialect `pinyin-stages`, or sealed:
    an exchange document whose seal is opened first.
    """

    name: str
    make: Callable[[random.Random], bytes]
    code: str
    level: str = "package"
    limit: str = ""
    said: str = ""
    form: str = "exchange"
    limits: dict[str, int] = field(default_factory=dict)

    @property
    def group(self) -> str:
        return self.name.split(":")[0]

    def bytes(self, seed: int) -> bytes:
        return self.make(random.Random(f"{seed}/{self.name}"))


def document(rng: random.Random | None = None, package_id: str = "P1") -> bytes:
    """A good package of two cases."""
    name = "王小明" if rng is None else "".join(rng.choices("王李张刘陈杨𠮷㛃", k=3))
    return package([case(number, {"Applicant/ContactName": name}) for number in GOOD_CASES], package_id)


def between(middle: str | bytes) -> bytes:
    """A package of two good cases and another one between them."""
    first, second = (case(number) for number in GOOD_CASES)
    whole = package([first, "\x1a", second])
    return whole.replace(b"\x1a", middle if isinstance(middle, bytes) else middle.encode())


@lru_cache
def corpus() -> tuple[Hostile, ...]:
    """All of it; names are unique."""
    from tests.support import corpus_archives, corpus_cases, corpus_seals, corpus_text

    found = tuple(
        each
        for module in (corpus_archives, corpus_text, corpus_cases, corpus_seals)
        for each in module.cases()
    )
    names = [each.name for each in found]
    assert len(set(names)) == len(names), sorted(name for name in names if names.count(name) > 1)
    return found


def groups() -> Iterator[str]:
    """The groups in the order of the corpus."""
    yield from dict.fromkeys(each.group for each in corpus())
