"""What a department sends of one case, message by message, and what must become of each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from hub.simulate.defects import Defect
from hub.simulate.life import Life
from hub.simulate.verdicts import verdicts

Rank = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file beside the XML: its name there, its bytes (None: it was left behind), the digest that the case states."""

    name: str
    content: bytes | None
    digest: str


@dataclass(slots=True)
class Message:
    """One `Case` element; `content` tells equal from other content of the same case."""

    life: Life
    content: int
    version: int | None = None
    updated: int | None = None
    operation: str = "U"
    defect: Defect | None = None
    layout: str = "pretty"
    style: str | None = None  # writes the times in another notation
    attachments: tuple[Attachment, ...] = ()  # of the first materials, in order
    outcome: str = ""
    codes: tuple[str, ...] = ()

    def rank(self, serial: int) -> Rank:
        """Where the message stands among those of its case: by version, else by time, else by the package's serial."""
        if self.version is not None:
            return 2, self.version
        return (1, self.updated) if self.updated is not None else (0, serial)


@dataclass(slots=True)
class Sending:
    """The messages of one case that travel in one package, and the day of it."""

    day: int
    messages: list[Message]


@dataclass(slots=True)
class Story:
    """All sendings of one case, in order; `kind` and `name` say what was planted."""

    number: int
    kind: str
    name: str
    sendings: list[Sending]
    current: Message | None = field(default=None)

    @property
    def case_no(self) -> str:
        return self.sendings[0].messages[0].life.case_no

    def cards(self, today: int) -> tuple[str, ...]:
        """The rules that must be raised when all packages are in: judged by what the hub holds at last."""
        if self.current is None or self.current.operation == "D":
            return ()
        return verdicts(self.current.life, today)


def tell(story: Story) -> Story:
    """Gives every message of a story its outcome and codes, and finds the one that counts in the end."""
    story.current = judge_messages(
        (serial, message) for serial, sending in enumerate(story.sendings) for message in sending.messages
    )
    return story


def judge_messages(messages: Iterable[tuple[int, Message]]) -> Message | None:
    """Outcomes by the rules of versions: a rejected message does not count as sent at all; returns the newest accepted."""
    known: dict[Rank, int] = {}
    newest: Message | None = None
    newest_rank: Rank = (-1, -1)
    for serial, message in messages:
        rank = message.rank(serial)
        if message.defect is not None:
            message.outcome, message.codes = "rejected", message.defect.codes
        elif rank in known:
            same = known[rank] == message.content
            message.outcome, message.codes = ("duplicate", ()) if same else ("conflict", ("CASE_CONFLICT",))
        elif rank[0] == 0 and newest is not None and newest.content == message.content:
            message.outcome = "duplicate"
        else:
            known[rank] = message.content
            message.outcome = "accepted" if rank > newest_rank else "stale"
            if rank > newest_rank:
                newest, newest_rank = message, rank
    return newest
