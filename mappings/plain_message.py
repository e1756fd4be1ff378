"""Reads messages that are written as others before them: one expression for all leaves of a message, learned by reading.

A program writes its messages in a few forms: the same opening tag, the same leaves in the same order. A form is learned
from a message that was read leaf by leaf; the next of that form is taken in one go, with the same result.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mappings.reading import LEAF_OR_EMPTY, OPENING, read_plain

FORMS = 32
"""Forms of one opening tag, and opening tags, that are remembered; what exceeds them is read leaf by leaf."""


@dataclass(frozen=True, slots=True)
class _Form:
    """A message with its texts left out: `names` are theirs, `fixed` what every message of this form says."""

    pattern: re.Pattern[str]
    names: tuple[str, ...]
    fixed: dict[str, str | None]


class PlainMessages:
    """Reads the messages of one document."""

    def __init__(self) -> None:
        self._forms: dict[str, list[_Form]] = {}

    def read(self, data: bytes) -> dict[str, str | None] | None:
        """What `read_plain` gives."""
        try:
            text = data.decode()
        except UnicodeDecodeError:
            return read_plain(data)
        end = text.find(">") + 1
        forms = self._forms.get(text[:end])
        if forms is not None and "&" not in text and "\r" not in text:
            for place, form in enumerate(forms):
                found = form.pattern.fullmatch(text, end)
                if found is not None:
                    if place:  # the usual ones come first
                        forms.insert(0, forms.pop(place))
                    said: dict[str, str | None] = dict(zip(form.names, found.groups(), strict=True))
                    said.update(form.fixed)
                    return said
        read = read_plain(data)
        if read is not None and "&" not in text:
            self._learn(text, end, read)
        return read

    def _learn(self, text: str, end: int, said: dict[str, str | None]) -> None:
        opening = OPENING.match(text)
        if opening is None or opening.end() != end or len(self._forms) >= FORMS:
            return
        forms = self._forms.setdefault(opening[0], [])
        if len(forms) >= FORMS:
            return
        pattern, names, position = "", [], end
        for leaf in LEAF_OR_EMPTY.finditer(text, end):
            if leaf[2] is not None:
                pattern += re.escape(text[position : leaf.start(2)]) + "([^<]*)"
                names.append(leaf[1])
                position = leaf.end(2)
        fixed = {name: value for name, value in said.items() if name not in names}
        forms.append(_Form(re.compile(pattern + re.escape(text[position:])), tuple(names), fixed))
