"""The shapes of a comparison: what differs, how much was compared, and what the log does not hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from hub.clock import iso
from hub.masking import mask, scrubbed

SHOWN = 120
"""Characters of a value that a finding shows."""
NOTHING = "-"
"""Stands where there is no value: no row, no entry, null."""
ANY = "*"
"""In place of a column, where the log only tells that some column differs."""
NOT_SHOWN = "(不显示 · not shown)"
DIGEST_ONLY = "(日志只存摘要 · the log holds a digest only)"
PERSONAL = frozenset({
    "id_no", "contact_id_no", "agent_id_no", "mobile", "email", "address", "recipient_id_no", "phone", "name_of_person",
})  # fmt: skip
"""Columns that identify or reach a person, in every table that has them."""
UNSHOWN: Mapping[str, frozenset[str]] = {
    "complaint": frozenset({"title", "content"}),
    "complaint_person": frozenset({"name", "id_no", "phone", "email", "address"}),
    "card": frozenset({"snapshot"}),
}
"""Columns whose values are not shown at all: free text about people, or a whole case."""
TEXTS: Mapping[str, tuple[str, str]] = {
    "changed": ("与日志所记不同", "is not as the log says"),
    "mapped": ("与由原始报文重新映射所得不同", "is not what the stored package says"),
    "content": (
        "各行给不出日志所记的内容摘要；原始报文读不到或已另有映射，不能指出是哪一列",
        "the rows do not give the digest of the content; its bytes cannot be read, or are mapped otherwise today, so that no column can be named",
    ),
    "sealed": (
        "有一列被改；日志不记是哪一列",
        "some column was changed; the log does not tell which",
    ),
    "rows": (
        "这些行有改动、缺失或多出；日志只存它们合在一起的摘要",
        "some of these rows were changed, removed or put in; the log holds one digest over all of them",
    ),
    "derived": ("与由其来源重新算出的不同", "is not what is worked out anew from its sources"),
    "catalogue": ("与事项库补入的内容不同", "is not what the item catalogue adds"),
    "gone": ("日志记有此行，库中没有", "is in the log and not in the database"),
    "unknown": ("库中有此行，日志没有", "is in the database and not in the log"),
    "bytes": ("原始字节与摘要不符", "the stored bytes are not those of the digest"),
    "missing": ("原始字节不在了", "the stored bytes are gone"),
}
"""Why something is a finding, in Chinese and English."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as the log says; `logged` or `found` is a dash where it is not there at all."""

    kind: str  # package, receipt, case, card, order, complaint, letter, score, incident, bytes
    table: str
    key: str
    column: str
    logged: str
    found: str
    why: str  # of TEXTS

    def as_dict(self) -> dict[str, Any]:
        """As scripts read it."""
        zh, en = TEXTS[self.why]
        return {**asdict(self), "message_zh": zh, "message_en": en}


@dataclass(slots=True)
class Tally:
    """How much was compared (table → rows), and what could not be (kind, why in both languages → how many)."""

    compared: Counter[str] = field(default_factory=Counter)
    not_held: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def left_out(self, kind: str, why: tuple[str, str], number: int = 1) -> None:
        """Count what was not compared, never silently."""
        if number:
            self.not_held[(kind, *why)] += number

    def as_dict(self) -> dict[str, Any]:
        """As scripts read it."""
        return {
            "compared": dict(sorted(self.compared.items())),
            "not_held": [
                {"kind": kind, "count": number, "zh": zh, "en": en}
                for (kind, zh, en), number in sorted(self.not_held.items())
            ],
        }


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is looked at: one system, and what the log tells of from `since` until before `until` (µs); None: all."""

    system: str | None = None
    since: int | None = None
    until: int | None = None

    def holds(self, at: int) -> bool:
        """Whether an instant lies within."""
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)

    @property
    def of_time(self) -> bool:
        """Whether time is bounded: then rows of which the log knows nothing cannot be told from those outside."""
        return self.since is not None or self.until is not None


EVERYTHING = Bounds()


def name_of(package: Mapping[Any, Any]) -> str:
    """A package as findings name it: its system and its id, or the beginning of its digest."""
    return f"{package['system']}/{package['package_id'] or package['digest'][:12]}"


def shown(table: str, column: str, value: Any) -> str:
    """A value of a column as a finding may show it: personal data masked, long text cut."""
    if value is None:
        return NOTHING
    text = str(value)
    if column in UNSHOWN.get(table, ()):
        return f"({len(text)} 字，不显示 · characters, not shown)"
    if column in PERSONAL:
        return mask(text)
    if column.endswith("_at") and isinstance(value, int):
        return iso(value) or NOTHING
    text = scrubbed(text) if not column.endswith(("_no", "code", "uscc")) else text
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
