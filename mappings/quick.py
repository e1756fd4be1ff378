"""Writes, from a compiled dialect, one Python function per kind of pieces that reads what is as it should be.

What `mappings.pieces` works out slot by slot for every row and message is the same for all of a kind, so it is written
down once as source and compiled. The function answers None for whatever it would have to complain of; the slot tables
then read the piece again and say what is wrong. A test holds both to the same answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mappings.group import Group
from mappings.parts import Said
from mappings.slots import Unfit, Value
from mappings.transforms import Convert, Flat, Slot

Quick = Callable[[Flat], Said | None]
"""What a row or message says → what it says in our words; None where the slot tables must look at it."""

_MOST = 10_000
_TEXT = "v{n} = v{n} if v{n}.isprintable() and 0 < len(v{n}) <= {most} and v{n}[0] > ' ' < v{n}[-1] else read{n}(v{n})"


class _Known(dict[str, "Value | None"]):
    """What a reader made of values: there are few of them in a column of codes, units, limits or fees."""

    def __init__(self, read: Convert) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, text: str) -> Value | None:
        if len(self) >= _MOST:
            self.clear()
        found = self[text] = self._read(text)
        return found


def compiled(groups: tuple[Group, ...]) -> Quick:
    """The function of one kind."""
    names: dict[str, Any] = {"Unfit": Unfit}
    exec(compile(source(groups, names), "<dialect>", "exec"), names)
    quick: Quick = names["quick"]
    return quick


def source(groups: tuple[Group, ...], names: dict[str, Any]) -> str:
    """The text of that function; what it calls is put into `names`."""
    lines = ["def quick(flat):", "  get = flat.get", "  said = {}", "  try:"]
    count = 0
    for group in groups:
        indent = "    "
        if group.when:
            lines.append(f"{indent}if {' or '.join(_said(each) for each in group.when)}:")
            indent += "  "
        fields: dict[str, str] = {}
        for slot in group.slots:
            count += 1
            fields[slot.field] = f"v{count}"
            lines += [indent + each for each in _value(slot, count, names)]
        if not group.when and fields:
            lines.append(f"{indent}if {' or '.join(fields.values())}:")
            indent += "  "
        if fields or group.when:
            lines += [indent + each for each in _element(group, fields, names)]
    return "\n".join([*lines, "  except Unfit:", "    return None", "  return said", ""])


def _said(source: str) -> str:
    return f"(get({source!r}) or '').strip()"


def _value(slot: Slot, n: int, names: dict[str, Any]) -> Iterator[str]:
    """One field's value into the variable v<n>: None where nothing is said of it."""
    if slot.gather is not None:
        names[f"read{n}"] = slot.gather
        yield f"v{n} = read{n}(flat)"
        return
    yield f"v{n} = get({slot.source!r})"
    if slot.most is not None:
        names[f"read{n}"] = slot.read
        yield f"if v{n} is not None: {_TEXT.format(n=n, most=slot.most)}"
    elif slot.moment:
        names[f"read{n}"] = slot.read
        yield f"if v{n} is not None: v{n} = read{n}(v{n})"
    else:
        assert slot.read is not None
        names[f"known{n}"] = _Known(slot.read)
        yield f"if v{n} is not None: v{n} = known{n}[v{n}]"


def _element(group: Group, fields: Mapping[str, str], names: dict[str, Any]) -> Iterator[str]:
    """One element, its fields in the order of their names; nothing at all where something must be complained of."""
    for field, _, _ in group.needed:
        yield f"if {fields[field]} is None: return None"
    given = [fields[name] for name in group.one_of if name in fields]
    constants = dict(group.constants)
    if group.one_of and not constants.keys() & set(group.one_of):
        yield f"if {' is None and '.join([*given, 'None']) + ' is None'}: return None"
    yield f"element = said[{group.element!r}] = {{}}"
    for name in sorted({*fields, *constants}):
        if name in constants:
            names[f"constant_{group.element}_{name}"] = constants[name]
            yield f"element[{name!r}] = constant_{group.element}_{name}"
        else:
            yield f"if {fields[name]} is not None: element[{name!r}] = {fields[name]}"
