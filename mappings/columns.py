"""Which columns of which tables a dialect reads, and what each of them is read as; for whoever looks at the tables themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mappings.dialect import Dialect, Kind
from schemas.contract import Field


@dataclass(frozen=True, slots=True)
class Wanted:
    """A column that must be there. `field` is what it is read as; None for those of the envelope (key, time, operation)."""

    column: str
    field: Field | None = None
    name: str = ""  # Element.Field


def columns_of(dialect: Dialect) -> Mapping[str, tuple[Wanted, ...]]:
    """Table → its columns, each once, in the order of the dialect; nothing for a dialect that does not read rows."""
    if dialect.format != "row-set":
        return {}
    return {kind.match: _wanted(dialect, kind) for kind in dialect.kinds}


def sources_of(dialect: Dialect, kind: Kind) -> tuple[str, ...]:
    """Every source that one kind of pieces reads: case number, row id, envelope, fields."""
    read = (source for rule in kind.rules for source in rule.reads)
    return tuple(dict.fromkeys((dialect.case_no, dialect.row_id, *kind.envelope(), *read)))


def _wanted(dialect: Dialect, kind: Kind) -> tuple[Wanted, ...]:
    fields = {source: rule for rule in reversed(kind.rules) for source in rule.sources}
    found: dict[str, Wanted] = {}
    for source in sources_of(dialect, kind):
        column, rule = source.partition("/")[0], fields.get(source)
        if column not in found:
            found[column] = (
                Wanted(column, rule.field, rule.name) if rule and column == source else Wanted(column)
            )
    return tuple(found.values())
