"""Dialects (方言): how a source says what we call elements and fields, declared in YAML, one file each."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from schemas.contract import Contract, Field, load_contract

FOLDER = Path(__file__).parent
NEWER = "属于更新的报文版本 / belongs to a newer version of the message"
"""Why a source is left out that the dialect maps, but the registered version of the message has no place for."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How one field is supplied: by a transform of some sources, or by a constant."""

    element: str
    field: Field
    transform: str
    sources: tuple[str, ...] = ()
    options: Mapping[str, object] = dataclasses.field(default_factory=dict)

    @property
    def name(self) -> str:
        """Element.Field."""
        return f"{self.element}.{self.field.name}"

    @property
    def constant(self) -> str | None:
        return str(self.options["value"]) if self.transform == "constant" else None

    @property
    def reads(self) -> tuple[str, ...]:
        """Every source it looks at."""
        unit = self.options.get("unit_from")
        return (*self.sources, str(unit)) if unit else self.sources


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of pieces: a table's rows, or the messages of one type."""

    name: str
    match: str
    zh: str
    en: str
    root: bool
    key: str  # the source that tells pieces apart; "" where a case has one at most
    order_basis: int  # 1 time, 2 version, as in hub.shapes.Order
    order_source: str
    operation_source: str | None
    operations: Mapping[str, str]
    rules: tuple[Rule, ...]
    when: Mapping[str, tuple[str, ...]]  # element → the sources that bring it about
    ignored: Mapping[str, str]  # source → why it is left out

    @property
    def elements(self) -> tuple[str, ...]:
        """The elements that it says something of."""
        return tuple(dict.fromkeys(rule.element for rule in self.rules))

    def envelope(self) -> tuple[str, ...]:
        """The sources that are read beside those of fields: key, order, operation."""
        return tuple(each for each in (self.key, self.order_source, self.operation_source or "") if each)


@dataclass(frozen=True, slots=True)
class Message:
    """How messages stand in an XML document: an `element` each, in `within` or alone; `type` is an attribute (@LX)."""

    element: str
    within: str
    type: str


@dataclass(frozen=True, slots=True)
class Form:
    """How a number is to be written: `pattern` fits the whole of it, the texts say it to people."""

    pattern: re.Pattern[str]
    zh: str
    en: str


@dataclass(frozen=True, slots=True, eq=False)
class Dialect:
    """A dialect as its file declares it, checked against the contract; `digest` is the SHA-256 of the file.

    Compared by identity, so that what is compiled from it can be remembered.
    """

    name: str
    zh: str
    en: str
    source: str
    schema: str
    format: str  # one of language.FORMATS
    delivers: Mapping[str, tuple[str, ...]]  # element → its fields
    case_no: str = ""
    case_no_form: Form | None = None
    row_id: str = ""
    message: Message | None = None
    kinds: tuple[Kind, ...] = ()
    digest: str = ""
    path: str = ""

    @property
    def contract(self) -> Contract:
        return load_contract(self.schema)

    @property
    def piecewise(self) -> bool:
        """Whether its cases come in pieces."""
        return bool(self.kinds)

    def kind(self, name: str) -> Kind | None:
        """The kind of that name, None if there is none."""
        return next((kind for kind in self.kinds if kind.name == name), None)


def dialect_names(folder: Path = FOLDER) -> tuple[str, ...]:
    """The dialects there are."""
    return tuple(sorted(path.stem for path in folder.glob("*.yaml")))


@lru_cache(maxsize=32)
def load_dialect(name: str, folder: Path = FOLDER, schema: str | None = None) -> Dialect:
    """The dialect of that name, as far as messages of the version `schema` can say it (None: all of it).

    Raises StopError DIALECT: none of that name, or its file is faulty (line and column).
    """
    found = _read(name, folder)
    return found if schema is None else within(found, schema)


@lru_cache(maxsize=32)
def _read(name: str, folder: Path) -> Dialect:
    from mappings.dialect_reader import read_dialect

    return read_dialect(name, folder)


def within(dialect: Dialect, schema: str) -> Dialect:
    """The dialect for a system that is registered for an older version: elements that it lacks are left out.

    Their sources are ignored, not unknown. Raises StopError for a version that there is none of.
    """
    known = {element.name for element in load_contract(schema).elements}
    if known.issuperset(element.name for element in dialect.contract.elements):
        return dialect
    return dataclasses.replace(
        dialect,
        schema=schema,
        delivers=MappingProxyType({name: each for name, each in dialect.delivers.items() if name in known}),
        kinds=tuple(_kind_within(kind, known) for kind in dialect.kinds),
    )


def _kind_within(kind: Kind, known: Collection[str]) -> Kind:
    rules = tuple(rule for rule in kind.rules if rule.element in known)
    read = {source for rule in rules for source in rule.reads}
    left = [source for rule in kind.rules if rule.element not in known for source in rule.reads]
    return dataclasses.replace(
        kind,
        rules=rules,
        when=MappingProxyType({name: sources for name, sources in kind.when.items() if name in known}),
        ignored=MappingProxyType(
            {**{source: NEWER for source in left if source not in read}, **kind.ignored}
        ),
    )


def delivered(dialect: Dialect) -> frozenset[str]:
    """Every "Element.Field" that the dialect delivers: a rule that needs others does not judge its cases."""
    return frozenset(f"{element}.{field}" for element, fields in dialect.delivers.items() for field in fields)


EMPTY: Mapping[str, str] = MappingProxyType({})
