"""The record lines of a case's rows, table by table, and the digest over them: the same however the case came."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping

from mappings.plan import SHARED_TABLE, Plan
from mappings.shred import Row, Shredded, records
from mappings.values import NULL


def record_lines(found: Shredded, plan: Plan) -> dict[str, list[str]]:
    """Table → record lines, in the order of the contract and of the rows."""
    tables, rows = [SHARED_TABLE], [found.shared]
    for name, row_plan in plan.rows.items():
        if not row_plan.shared and name in found.rows:
            tables += [row_plan.table] * len(found.rows[name])
            rows += found.rows[name]
    lines: dict[str, list[str]] = {}
    for table, line in zip(tables, records(rows), strict=True):
        lines.setdefault(table, []).append(line)
    return lines


def rewrite(lines: dict[str, list[str]], found: Shredded, plan: Plan, changed: Collection[str]) -> None:
    """Write the lines of the elements that were changed anew, and those of the shared row, which tells the origins."""
    if changed:
        lines[SHARED_TABLE] = records([found.shared])
    for name in changed:
        if not plan.rows[name].shared:
            lines[plan.rows[name].table] = records(found.rows[name])


def rows_of_lines(lines: Mapping[str, list[str]], plan: Plan) -> Shredded:
    """The rows that `record_lines` wrote down."""
    [shared] = lines[SHARED_TABLE]
    found = Shredded(shared=_values(shared))
    for name, row_plan in plan.rows.items():
        if row_plan.shared:
            found.rows[name] = [found.shared]
        elif row_plan.table in lines:
            found.rows[name] = [_values(line) for line in lines[row_plan.table]]
    return found


def _values(line: str) -> Row:
    return [NULL if value == "\\N" else _unescaped(value) for value in line.split("\t")]


def _unescaped(value: str) -> str:
    return _ESCAPED.sub(lambda found: _MEANING.get(found[1], found[1]), value) if "\\" in value else value


_ESCAPED = re.compile(r"\\(.)")
_MEANING = {"t": "\t", "n": "\n", "r": "\r"}


def content_digest(operation: str, lines: Mapping[str, list[str]]) -> str:
    """SHA-256 of the canonical record: operation, then per table its name and record lines."""
    text = "\n".join([operation, *("\n".join([f"\f{table}", *records]) for table, records in lines.items())])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
