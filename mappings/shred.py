"""The flat pass: a case's fields fill its rows; unknown codes are collected, never guessed.

A case that was read plainly comes as lists of texts, which become its rows; of any other the tree is walked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from lxml import etree

from mappings.plan import Plan, RowPlan
from mappings.values import NULL, SPACE, clean, moment
from schemas.plain import PlainCase
from schemas.validator import ParsedCase

Row = list[str]


@dataclass(slots=True)
class Shredded:
    """The rows of one case by element name, in the order of the document, and what could not be read."""

    header: dict[str, str] = field(default_factory=dict)
    rows: dict[str, list[Row]] = field(default_factory=dict)
    shared: Row = field(default_factory=list)
    unknown: list[tuple[etree._Element, str, str]] = field(default_factory=list)  # node, element, field


def rows_of(parsed: ParsedCase, plan: Plan) -> Shredded:
    """Fill the rows of a case that the structure schema has accepted; texts are not yet escaped."""
    case, parsed.plain = parsed.plain, None  # its lists become the rows
    if case is not None:
        try:
            return _fill(case, plan)
        except KeyError:
            pass  # an unknown code: the walk tells where it stands
    if parsed.node is None:
        raise ValueError("a case that is not well-formed has no rows")
    return shred(parsed.node, plan)


def _fill(case: PlainCase, plan: Plan) -> Shredded:
    """Raises KeyError for a code that is not in its table. A list of texts is a row, but for columns of the hub's own.

    The inner loop of the hub: twenty rows a case.
    """
    found = Shredded(case.header)
    rows, entries, shared = found.rows, plan.rows, found.shared
    for name, texts in case.elements:
        entry = entries[name]
        if entry.shared:
            shared += texts
            row = shared
        else:
            row = [NULL] * entry.lead + texts if entry.lead else texts
        for index, convert in entry.conversions:
            value = row[index]
            if value is not NULL:
                row[index] = convert(value)
        for index in entry.moments:
            value = row[index]
            if value is not NULL:
                row[index], row[index + 1] = moment(value)
        if name in rows:
            rows[name].append(row)
        else:
            rows[name] = [row]
    shared += [NULL] * (entries["Organization"].width - len(shared))
    return found


def shred(case: etree._Element, plan: Plan) -> Shredded:
    """Fill the rows of a case from its tree: the way for everything that is not written plainly.

    A tag is either a field of the row at hand or
    begins another row (or is a frame around rows): no element is named like a field, `compile_plan` sees to that.
    """
    found = Shredded(shared=[NULL] * plan.rows["Organization"].width)
    rows, entries, header = found.rows, plan.rows, plan.header
    slots: Mapping[str, tuple[int, Callable[[str], str] | None]] = {}
    row: Row = []
    entry: RowPlan | None = None
    walk = case.iter()
    next(walk)
    for node in walk:
        tag = node.tag
        slot = slots.get(tag)
        if slot is not None:
            index, convert = slot
            if convert is not None:
                try:
                    row[index] = convert(node.text)  # type: ignore[arg-type]  # an empty one is looked at again
                except (KeyError, TypeError):
                    assert entry is not None
                    _look_again(node, index, row, entry, found)
            elif index >= 0:
                text = node.text
                row[index] = text.strip(SPACE) if text else ""
            else:
                # No time is empty: the structure schema has seen to that.
                row[-index - 1], row[-index] = moment(node.text)  # type: ignore[arg-type]
        elif (entry := entries.get(tag)) is not None:
            slots = entry.slots
            row = found.shared if entry.shared else [NULL] * entry.width
            name = entry.name
            if name in rows:
                rows[name].append(row)
            else:
                rows[name] = [row]
        elif tag in header:
            found.header[tag] = (node.text or "").strip(SPACE)
    return found


def _look_again(leaf: etree._Element, index: int, row: Row, plan: RowPlan, found: Shredded) -> None:
    """A code that is not in the table as it stands: white space around it is allowed, everything else is unknown."""
    table = plan.fields[leaf.tag].table
    value = (leaf.text or "").strip(SPACE)
    if table is not None and value in table:
        row[index] = table[value]
    else:
        found.unknown.append((leaf, plan.element.name, leaf.tag))


def records(rows: Sequence[Row]) -> list[str]:
    """The record lines of a case's rows.

    One look at all of them together tells whether any text needs escaping, which hardly ever happens.
    """
    text = "\n".join(["\t".join(row) for row in rows])
    tabs = sum(map(len, rows)) - len(rows)
    if "\\" in text or "\r" in text or text.count("\t") != tabs or text.count("\n") != len(rows) - 1:
        return ["\t".join(clean(row)) for row in rows]
    return text.replace(NULL, "\\N").split("\n")
