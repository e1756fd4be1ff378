"""Reads and validates cases that are written plainly without building a tree: one regular expression per row.

The expressions come from the contract, as the structure schema does, and are narrower than it: what matches is
well-formed and valid, what does not match is not thereby wrong. Comments, CDATA, attributes, prefixes, empty elements,
references to characters by number, white space around a value, 29 February: such a case goes to libxml2, which also
says what is wrong with one that is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from schemas.contract import CODE_LENGTH, Element, Field, load_contract

ABSENT: Final = "\0"
"""Stands for a field that is not there: a character that no XML can hold, so that no text passes for it."""

# Each piece ends with the `<` of the tag that follows: a field that is left out is then passed over by its first
# letter, without taking anything back.
_GAP = r"[ \t\n]*+<"
_END = re.compile(r"/Case>\Z")
_DAY = (
    r"[12][0-9]{3}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    r"|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))"
)
_TIME = r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?(?:\+08:00|Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9])?"
_VALUES = {
    "dt": f"(({_DAY})(?:{_TIME})?)",
    "date": f"({_DAY})",
    "bool": "(true|false|1|0)",
    "money": r"(-?[0-9]{1,14}(?:\.[0-9]{1,2})?)",
    "code": rf"([^<&\s\x00-\x1f]{{1,{CODE_LENGTH}}}+)",
    "uscc": "([0-9A-Z]{18}|[0-9A-Z]{9})",
    "region": "([0-9]{6}(?:[0-9]{3}){0,2})",
    "sha256": "([0-9a-fA-F]{64})",
}
_FORBIDDEN = r"\x00-\x08\x0b\x0c\x0e-\x1f"
_NEVER = ("]]>", "\ufffe", "\uffff")  # in no text of any XML document
_GROUP = re.compile(r"\((?!\?)")  # no piece of a pattern holds a bracket that is meant as such
_ENTITY = re.compile("&[^;]*;?")
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&amp;": "&", "&quot;": '"', "&apos;": "'"}


@dataclass(slots=True)
class PlainCase:
    """What a case says: its own fields by name, and its elements in the order of the document.

    An element is its name and the texts of its fields in the order of the contract, a point in time as two: as it is
    written, and its first ten characters.
    """

    header: dict[str, str]
    elements: list[tuple[str, list[str]]]


@dataclass(frozen=True, slots=True)
class _Part:
    """A stretch of a case: neighbouring elements that occur at most once, or one that repeats, with the frame around it.

    `spans`: name of an element, the group that tells whether it is there, and its groups [start, stop).
    """

    pattern: re.Pattern[str]
    spans: tuple[tuple[str, int, int, int], ...] = ()
    repeats: str | None = None
    frame: tuple[re.Pattern[str], re.Pattern[str]] | None = None


class PlainReader:
    """The expressions of a schema version, compiled."""

    def __init__(self, version: str) -> None:
        contract = load_contract(version)
        self._header = tuple(field.name for field in contract.case.fields)
        self._parts = tuple(_parts(contract.case.fields, contract.elements))

    def read(self, data: bytes, segments: Sequence[tuple[int, int]]) -> list[PlainCase | None]:
        """Each case of a chunk (UTF-8, under no namespace but ours); None for one that is not plain."""
        return [self._case(data[start:end]) for start, end in segments]

    def _case(self, data: bytes) -> PlainCase | None:
        try:
            text = data.decode()
            if "\r" in text:
                text = text.replace("\r\n", "\n").replace("\r", "\n")  # as XML reads the ends of lines
            return None if any(never in text for never in _NEVER) else self._read(text)
        except (KeyError, UnicodeDecodeError):
            return None

    def _read(self, text: str) -> PlainCase | None:
        header: dict[str, str] = {}
        elements: list[tuple[str, list[str]]] = []
        position, escaped = 0, text.find("&")
        for part in self._parts:
            match, name, frame = part.pattern.match, part.repeats, part.frame
            if frame is not None:
                opened = frame[0].match(text, position)
                if opened is None:
                    continue
                position = opened.end()
            while found := match(text, position):
                position = found.end()
                groups: Sequence[str] = found.groups(ABSENT)
                if 0 <= escaped < position:
                    groups = [_resolved(value) if "&" in value else value for value in groups]
                    escaped = text.find("&", position)
                if name is not None:
                    elements.append((name, list(groups)))
                    continue
                if not header:
                    stated = zip(self._header, groups, strict=False)
                    header = {field: value for field, value in stated if value is not ABSENT}
                for element, present, start, stop in part.spans:
                    if groups[present] is not ABSENT:
                        elements.append((element, list(groups[start:stop])))
                break
            if frame is not None:
                closed = frame[1].match(text, position)
                if closed is None:
                    return None
                position = closed.end()
        return PlainCase(header, elements) if _END.match(text, position) else None


@lru_cache
def plain_reader(version: str) -> PlainReader:
    """The reader of a schema version."""
    return PlainReader(version)


def _resolved(value: str) -> str:
    """A text with its escapes resolved. Raises KeyError for a reference to a character by number, and for a bare `&`."""
    return _ENTITY.sub(lambda found: _ENTITIES[found[0]], value)


def _parts(case: Sequence[Field], elements: Sequence[Element]) -> Iterator[_Part]:
    """The case's own fields, then its elements; a part ends where repetitions begin or end."""
    pattern = f"<Case>{_GAP}" + "".join(_field(field, twice=False) for field in case)
    spans: list[tuple[str, int, int, int]] = []
    for element in elements:
        fields = "".join(map(_field, element.fields))
        whole = f"{element.name}>{_GAP}{fields}/{element.name}>{_GAP}"
        if element.repeats:
            if pattern:
                yield _Part(re.compile(pattern), tuple(spans))
            yield _Part(re.compile(whole), repeats=element.name, frame=_frame(element.wrapper))
            pattern, spans = "", []
            continue
        present = len(_GROUP.findall(pattern))
        spans.append((element.name, present, present + 1, present + 1 + len(element.columns)))
        pattern += f"(){whole}" if element.occurs == "1" else f"(?:(){whole}|)"
    if pattern:
        yield _Part(re.compile(pattern), tuple(spans))


def _frame(name: str | None) -> tuple[re.Pattern[str], re.Pattern[str]] | None:
    return (re.compile(f"{name}>{_GAP}"), re.compile(f"/{name}>{_GAP}")) if name else None


def _field(field: Field, twice: bool = True) -> str:
    value = _value(field)
    if field.type == "dt" and not twice:
        value = f"({_DAY}(?:{_TIME})?)"
    leaf = f"{field.name}>{value}</{field.name}>{_GAP}"
    return leaf if field.required else f"(?:{leaf}|)"


def _value(field: Field) -> str:
    """The group (of a point in time two) that takes a field's value."""
    if field.type == "text":
        # An escape is longer than the character it stands for: what is short enough here is short enough.
        rest = (field.max or 1) - 1
        return rf"([^<\s\u180e{_FORBIDDEN}][^<{_FORBIDDEN}]{{0,{rest}}}+(?<![ \t\n]))"
    if field.type == "int":
        return f"({_whole(field.min or 0, field.max or 0)})"
    return _VALUES[field.type]


def _whole(minimum: int, maximum: int) -> str:
    """Whole numbers without sign that surely lie within the limits: those with fewer digits than the greatest."""
    digits = len(str(maximum)) - 1
    if minimum > 1 or digits < 1:
        return r"(?!)"
    return f"[1-9][0-9]{{0,{digits - 1}}}" if minimum == 1 else f"[0-9]{{1,{digits}}}"
