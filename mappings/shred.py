"""The flat pass: one walk over a case's elements fills its rows; unknown codes are collected, never guessed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lxml import etree

from mappings.plan import Plan, RowPlan
from mappings.values import NULL, SPACE, clean, moment

Row = list[str]


@dataclass(slots=True)
class Shredded:
    """The rows of one case by element name, in the order of the document, and what could not be read."""

    header: dict[str, str] = field(default_factory=dict)
    rows: dict[str, list[Row]] = field(default_factory=dict)
    nodes: dict[str, list[etree._Element]] = field(default_factory=dict)
    shared: Row = field(default_factory=list)
    unknown: list[tuple[etree._Element, str, str]] = field(default_factory=list)  # node, element, field


def shred(case: etree._Element, plan: Plan) -> Shredded:
    """Fill the rows of a case that the structure schema has accepted; texts are still as they came."""
    found = Shredded(shared=[NULL] * plan.rows["Organization"].width)
    tops, wrappers = plan.tops, plan.wrappers
    for child in case:
        tag = child.tag
        row_plan = tops.get(tag)
        if row_plan is not None:
            row = found.shared if row_plan.shared else [NULL] * row_plan.width
            _fill(child, row, row_plan, found)
        elif tag in wrappers:
            row_plan = wrappers[tag]
            for item in child:
                _fill(item, [NULL] * row_plan.width, row_plan, found)
        else:
            found.header[tag] = (child.text or "").strip(SPACE)
    return found


def _fill(node: etree._Element, row: Row, plan: RowPlan, found: Shredded) -> None:
    # The inner loop of the hub: a million leaves for every 10,000 cases.
    slots = plan.slots
    for leaf in node:
        index, convert = slots[leaf.tag]
        if convert is not None:
            try:
                row[index] = convert(leaf.text)  # type: ignore[arg-type]  # an empty one is looked at again
            except (KeyError, TypeError):
                _look_again(leaf, index, row, plan, found)
        elif index >= 0:
            row[index] = leaf.text or ""
        else:
            # No time is empty: the structure schema has seen to that.
            row[-index - 1], row[-index] = moment(leaf.text)  # type: ignore[arg-type]
    name = plan.element.name
    if name in found.rows:
        found.rows[name].append(row)
        found.nodes[name].append(node)
    else:
        found.rows[name] = [row]
        found.nodes[name] = [node]


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

    One look at all of them together tells whether any text needs care, which hardly ever happens.
    """
    text = "\n".join(["\t".join(row) for row in rows])
    tabs = sum(map(len, rows)) - len(rows)
    if text.count("\t") != tabs or text.count("\n") != len(rows) - 1 or any(sign in text for sign in _CARE):
        return ["\t".join(clean(row)) for row in rows]
    if text[:1] == " " or text[-1:] == " ":
        return ["\t".join(clean(row)) for row in rows]
    return text.replace(NULL, "\\N").split("\n")


# To be escaped, or white space at the edge of a value.
_CARE = ("\\", "\r", "\t ", " \t", "\n ", " \n")
