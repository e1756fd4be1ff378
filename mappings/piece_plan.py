"""Compiles a dialect and a crosswalk into flat slot tables: per kind of pieces, per element, what reads which source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from mappings.crosswalk import Crosswalk, load_crosswalk
from mappings.dialect import Dialect, Kind, Rule
from mappings.group import Group
from mappings.quick import Quick, compiled
from mappings.slots import Value, reader
from mappings.transforms import compile_rule
from schemas.codes import code_lists
from schemas.contract import Element

_ALWAYS = 4
"""Elements 1 to 4 may be completed by other pieces or by derivation, and the case waits for them."""


@dataclass(frozen=True, slots=True)
class Compiled:
    kind: Kind
    groups: tuple[Group, ...]
    known: frozenset[str]
    quick: Quick  # what the groups say, for what is as it should be


@lru_cache(maxsize=32)
def compiled_kinds(dialect: Dialect, codes: str) -> Mapping[str, Compiled]:
    """By what a row or message is matched by. Raises StopError where the crosswalk lacks a list."""
    crosswalk = load_crosswalk(codes)
    return {kind.match: _compile_kind(kind, dialect, crosswalk) for kind in dialect.kinds}


def _compile_kind(kind: Kind, dialect: Dialect, crosswalk: Crosswalk) -> Compiled:
    suppliers = Counter(name for each in dialect.kinds for name in {rule.name for rule in each.rules})
    groups = []
    for name in sorted(kind.elements):
        element = dialect.contract.element(name)
        # In the order of their names, as a part has them.
        rules = sorted((r for r in kind.rules if r.element == name), key=lambda rule: rule.field.name)
        slots = [compile_rule(rule, crosswalk) for rule in rules if rule.constant is None]
        constants = tuple((rule.field.name, _constant(rule)) for rule in rules if rule.constant is not None)
        needed = tuple(_needed(element, rules, suppliers))
        groups.append(
            Group(
                element=name,
                when=kind.when.get(name, ()),
                slots=tuple(slots),
                constants=constants,
                needed=needed,
                one_of=element.one_of,
                demands=bool(constants or needed or element.one_of),
            )
        )
    apart = [dialect.case_no, dialect.row_id, dialect.message.type if dialect.message else ""]
    read = (source for rule in kind.rules for source in rule.reads)
    known = frozenset((*apart, *kind.envelope(), *read, *kind.ignored))
    return Compiled(kind, tuple(groups), known, compiled(tuple(groups)))


def _constant(rule: Rule) -> Value:
    table = {value: value for value in code_lists()[rule.field.list]} if rule.field.list else None
    return reader(rule.field, table)(rule.constant or "")


def _needed(element: Element, rules: list[Rule], suppliers: Counter[str]) -> Iterator[tuple[str, str, str]]:
    """What this kind must say of an element, since no other kind can."""
    for rule in rules:
        field = rule.field
        if not field.needed or not rule.sources or (suppliers[rule.name] > 1 and not element.repeats):
            continue
        if field.required:
            yield field.name, rule.sources[0], "STRUCT_MISSING"
        elif element.number > _ALWAYS:
            yield field.name, rule.sources[0], "DERIVED_MISSING"
