"""Reads raw packages again: what the source wrote for each field of a case, and where in the file it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from lxml import etree

from hub.register import Registration
from hub.shapes import OpenedPackage
from mappings.crosswalk import Crosswalk, load_crosswalk
from mappings.derive import derive
from mappings.dialect import Dialect, Kind, Rule
from mappings.messages import messages
from mappings.plan import RowPlan, compile_plan
from mappings.reading import Malformed, find, parse_message, read_message, read_row
from mappings.records import Record, rows
from mappings.shred import Row, shred
from schemas.contract import load_contract
from schemas.head import source_line
from schemas.survey import survey
from schemas.validator import ChunkValidator

ORDINAL = 0
"""Column of receipts and results, which have no number of their own: their place in the case."""


@dataclass(frozen=True, slots=True)
class Translation:
    """The list by which a code was translated: a list of ours, or a variant of the crosswalk."""

    crosswalk: str
    list: str
    table: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Written:
    """One value as the source wrote it; `text` is None for a constant of the dialect. `place`: XPath, or table/row/column."""

    text: str | None
    line: int | None
    place: str | None
    translation: Translation | None = None
    constant: bool = False
    is_code: bool = False  # the text is a code and nothing else

    def means(self, value: str) -> bool:
        """Whether the text, if it is a code, means that value by the crosswalk as it stands now."""
        if not self.is_code or self.text is None:
            return True
        text = self.text.strip()
        return (text if self.translation is None else self.translation.table.get(text)) == value


Fields = Mapping[str, Written]


def whole_case(
    opened: OpenedPackage, registration: Registration, ordinal: int
) -> dict[tuple[str, str], Fields]:
    """What the case with that ordinal says: (element, number of the row or "") → field → what is written.

    Raises PackageRefused where the document can no longer be read as a package, IndexError where it has no such case.
    """
    crosswalk = load_crosswalk(registration.codes)
    plan = compile_plan(load_contract(registration.schema), crosswalk.tables)
    surveyed = survey(opened.document)
    chunk = next(each for each in reversed(surveyed.chunks) if each.first <= ordinal)
    start, end = surveyed.segments(chunk)[ordinal - chunk.first]
    with opened.document.open("rb") as file:
        file.seek(chunk.offset)
        near = file.read(end)
    data, line = near[start:end], chunk.line + near.count(b"\n", 0, start)
    [parsed] = ChunkValidator(registration.schema, surveyed.namespaces).read(
        data, [(0, len(data))], ordinal, line
    )
    if parsed.node is None:
        return {}
    made = shred(parsed.node, plan)
    derive(made, plan, registration, frozenset(crosswalk.tables["ITEM_TYPE"].values()))
    found: dict[tuple[str, str], Fields] = {}
    for name, row_plan in plan.rows.items():
        for node, row in zip(parsed.node.iter(name), made.rows.get(name, ()), strict=False):
            found[name, _number(row, row_plan)] = {
                str(leaf.tag): Written(
                    leaf.text or "",
                    parsed.line_of(leaf),
                    parsed.path_of(leaf),
                    _translation(row_plan.fields[str(leaf.tag)].field.list, crosswalk),
                    is_code=row_plan.fields[str(leaf.tag)].field.list is not None,
                )
                for leaf in node
                if leaf.tag in row_plan.fields
            }
    return found


def _number(row: Row, plan: RowPlan) -> str:
    if not plan.element.repeats:
        return ""
    return row[plan.index("Seq")] if "Seq" in plan.fields else row[ORDINAL]


def _translation(name: str | None, crosswalk: Crosswalk) -> Translation | None:
    """None where the source writes our own codes."""
    if name is None:
        return None
    if name in crosswalk.variants:
        return Translation(crosswalk.name, name, crosswalk.variants[name].table)
    return Translation(crosswalk.name, name, crosswalk.tables[name]) if name in crosswalk.foreign else None


@dataclass(frozen=True, slots=True)
class PieceText:
    """One row or message as it stands in its package: (element, field) → what is written."""

    line: int
    place: str
    fields: Mapping[tuple[str, str], Written]


def pieces(
    document: Path, registration: Registration, dialect: Dialect, ordinals: Iterable[int]
) -> Iterator[tuple[int, PieceText]]:
    """The rows or messages with those ordinals, as far as they are there.

    Raises PackageRefused where the document can no longer be read under the dialect.
    """
    wanted = set(ordinals)
    crosswalk = load_crosswalk(registration.codes)
    listed = rows if dialect.format == "row-set" else messages
    with document.open("rb") as file:
        for ordinal, record in enumerate(listed(document, dialect), 1):
            if ordinal not in wanted:
                continue
            wanted.discard(ordinal)
            file.seek(record.offset)
            yield ordinal, _piece(file.read(record.length), record, dialect, crosswalk)
            if not wanted:
                return


def _piece(data: bytes, record: Record, dialect: Dialect, crosswalk: Crosswalk) -> PieceText:
    try:
        if dialect.format == "row-set":
            match, said = read_row(data)[:2]
            row = f"{quote(match, safe='')}/{quote(said.get(dialect.row_id) or '', safe='')}"
            places = _Places(record.line, row, None)
        else:
            node = parse_message(data, record)
            match, said = record.match, read_message(node)
            places = _Places(record.line, record.place, node)
    except Malformed:
        return PieceText(record.line, record.place, {})
    kind = next((each for each in dialect.kinds if each.match == match), None)
    flat = {source: text for source, text in said.items() if text is not None}
    fields = {} if kind is None else dict(_fields(kind, flat, places, crosswalk))
    return PieceText(record.line, places.whole, fields)


@dataclass(frozen=True, slots=True)
class _Places:
    """Where the sources of one row or message stand."""

    line: int
    whole: str
    node: etree._Element | None

    def of(self, source: str) -> tuple[int, str]:
        if self.node is None:
            return self.line, f"{self.whole}/{quote(source, safe='')}"
        found = find(self.node, source)
        line = self.line + (source_line(found if found is not None else self.node) or 1) - 1
        return line, f"{self.whole}/{source}"


def _fields(
    kind: Kind, flat: Mapping[str, str], places: _Places, crosswalk: Crosswalk
) -> Iterator[tuple[tuple[str, str], Written]]:
    for rule in kind.rules:
        key = (rule.element, rule.field.name)
        if rule.constant is not None:
            yield key, Written(None, places.line, places.whole, constant=True)
            continue
        there = [source for source in rule.reads if flat.get(source, "").strip()]
        if rule.transform == "first":
            there = there[:1]
        if not there:
            there = [source for source in rule.sources[:1] if source in flat]
        if there:
            line, place = places.of(there[0])
            is_code = rule.field.list is not None and rule.transform in ("code", "first")
            yield (
                key,
                Written(_text(there, flat), line, place, _of_rule(rule, crosswalk), is_code=is_code),
            )


def _text(sources: list[str], flat: Mapping[str, str]) -> str:
    if len(sources) == 1:
        return flat[sources[0]]
    return "; ".join(f"{source}={flat[source]}" for source in sources)


def _of_rule(rule: Rule, crosswalk: Crosswalk) -> Translation | None:
    return _translation(
        str(rule.options.get("list") or rule.field.list) if rule.field.list else None, crosswalk
    )
