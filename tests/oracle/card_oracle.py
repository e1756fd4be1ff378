"""What becomes of cards over a history of runs, walked out card by card as sentences 13 and 25 read; no code of the program.

A run judges what is known by now: each open card anew as of its issue, each case as of today. T14 rests on the T2 cards that stand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from tests.oracle import further_oracle, standing_oracle, time_oracle
from tests.oracle.lives import Life, Named, Today
from tests.oracle.time_oracle import known

WAITING, ISSUED, CLOSED, WITHDRAWN = "待发", "已发", "办结", "撤销"
WARNINGS = ("T1", "T12")
Key = tuple[str, str]  # rule, subject


@dataclass
class Kept:
    """A card: of which case and finding, as of when it was raised, and what has become of it."""

    case: int
    key: Key
    raised: Today
    state: str
    provisional: bool
    issued_on: date | None

    @property
    def is_open(self) -> bool:
        return self.state in (WAITING, ISSUED)

    @property
    def told(self) -> tuple[int, str, str, str, bool, date, date | None]:
        """Case, rule, subject, state, provisional, raised on, issued on."""
        return (self.case, *self.key, self.state, self.provisional, self.raised.day, self.issued_on)


@dataclass
class Deck:
    """All cards that ever were, oldest first."""

    cards: list[Kept] = field(default_factory=list)

    def run(self, today: Today, lives: Sequence[Life], imports: tuple[Named, ...]) -> None:
        """One run of supervision over the cases, numbered from 1."""
        for number, life in enumerate(lives, 1):
            self._by_the_case(number, life, today, imports)
            self._by_its_cards(number, life, today, imports)

    def _by_the_case(self, number: int, life: Life, today: Today, imports: tuple[Named, ...]) -> None:
        now = findings(life, today, imports)
        for card in self._open(number, after_cards=False):
            self._review(card, findings(life, card.raised, imports), today)
        finished = life.completed is not None and known(life.completed, today)
        for card in self._open(number, after_cards=False):
            if card.key[0] == "T1" and (finished or ("T2", "") in now):
                card.state = CLOSED
            if card.key[0] == "T12" and (finished or card.key not in now):
                card.state = CLOSED
        self._raise(number, now, today)

    def _by_its_cards(self, number: int, life: Life, today: Today, imports: tuple[Named, ...]) -> None:
        for card in self._open(number, after_cards=True):
            self._review(card, self._still_open(number, life, card.raised, imports), today)
        self._raise(number, self._still_open(number, life, today, imports), today)

    def _open(self, number: int, *, after_cards: bool) -> list[Kept]:
        return [
            card
            for card in self.cards
            if card.case == number and card.is_open and (card.key[0] == "T14") is after_cards
        ]

    def _review(self, card: Kept, then: Mapping[Key, bool], today: Today) -> None:
        if card.key not in then:
            card.state = WITHDRAWN
        elif card.provisional and not then[card.key]:
            card.provisional = False
            if card.state == WAITING:
                card.state, card.issued_on = ISSUED, today.day

    def _raise(self, number: int, now: Mapping[Key, bool], today: Today) -> None:
        standing = {card.key for card in self.cards if card.case == number and card.state != WITHDRAWN}
        for key, provisional in now.items():
            if key not in standing:
                waits = provisional and key[0] not in WARNINGS
                state, issued = (WAITING, None) if waits else (ISSUED, today.day)
                self.cards.append(Kept(number, key, today, state, provisional, issued))

    def _still_open(
        self, number: int, life: Life, today: Today, imports: tuple[Named, ...]
    ) -> dict[Key, bool]:
        issued = [
            card.issued_on
            for card in self.cards
            if card.case == number
            and card.key[0] == "T2"
            and card.state != WITHDRAWN
            and card.issued_on is not None
        ]
        found = standing_oracle.still_open(life, issued, today, imports)
        return {} if found is None else {("T14", ""): found.provisional}


def findings(life: Life, today: Today, imports: tuple[Named, ...]) -> dict[Key, bool]:
    """What is found about a case as of an instant: rule and subject → provisional."""
    limits = time_oracle.judge(life, today, imports)
    more = further_oracle.judge(life, today, imports)
    return {
        **{(rule, ""): each.provisional for rule, each in limits.items()},
        **{key: each.provisional for key, each in more.items()},
    }
