"""Reads the contract of a schema version: the package head and the elements (14 in 1.0) with their fields, and their XSDs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from lxml import etree

from hub import yaml_files
from hub.errors import Place, StopError

CODE_LENGTH = 100
"""Characters that a foreign code may have; the structure schema asks no more of it than to be there."""
VERSIONS = ("1.0", "1.1")
"""Oldest first; each holds what the one before it holds, so that a message of an older one may be read by a newer."""
KINDS = ("structure", "canonical")
TYPES = ("text", "int", "bool", "money", "dt", "date", "code", "uscc", "region", "sha256")
MARKS = ("", "*", "*†", "†", "‡", "†‡")
OCCURS = ("1", "0..1", "0..n")
HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its type with limits, its marks, its texts, and the column it goes to (base name for `dt`)."""

    name: str
    marks: str
    type: str
    zh: str
    en: str
    doc_zh: str
    doc_en: str
    column: str | None = None
    max: int | None = None  # characters for text, else the greatest value
    min: int | None = None
    list: str | None = None  # the code list, for type code
    unique: bool = False  # no two rows of one case share the value
    refers: str | None = None  # "Element.Field": the value must be there in the same case

    @property
    def required(self) -> bool:
        """The message itself must hold it (`*`)."""
        return self.marks == "*"

    @property
    def needed(self) -> bool:
        """It must be there once derivation is done (`*` and `*†`)."""
        return self.marks.startswith("*")

    @property
    def derived(self) -> bool:
        """The hub may derive it where the message lacks it (`†`)."""
        return "†" in self.marks

    @property
    def columns(self) -> tuple[str, ...]:
        """Its columns in the table: two for a point in time, none for fields of head and case."""
        if self.column is None:
            return ()
        return (f"{self.column}_at", f"{self.column}_day") if self.type == "dt" else (self.column,)


@dataclass(frozen=True, slots=True)
class Group:
    """A named group of fields: the package head, or what a case says of itself."""

    name: str
    zh: str
    en: str
    doc_zh: str
    doc_en: str
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class Element:
    """One of the 14 elements; `wrapper` is the element around its repetitions, where there is one."""

    number: int
    name: str
    table: str
    occurs: str
    zh: str
    en: str
    doc_zh: str
    doc_en: str
    fields: tuple[Field, ...]
    wrapper: str | None = None
    wrapper_doc_zh: str = ""
    wrapper_doc_en: str = ""
    one_of: tuple[str, ...] = ()

    @property
    def repeats(self) -> bool:
        return self.occurs == "0..n"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that its fields fill, in order."""
        return tuple(column for field in self.fields for column in field.columns)

    def field(self, name: str) -> Field:
        """The field of that name. KeyError if there is none."""
        return {field.name: field for field in self.fields}[name]


@dataclass(frozen=True, slots=True)
class Contract:
    """A schema version: everything a message may hold, in the order in which it must stand."""

    version: str
    namespace: str
    root: Group
    body: Group
    head: Group
    case: Group
    elements: tuple[Element, ...]

    def element(self, name: str) -> Element:
        """The element of that name. KeyError if there is none."""
        return {element.name: element for element in self.elements}[name]

    def fields(self) -> Iterator[tuple[str, Field]]:
        """Every field with the name of its group or element, in the order of the message."""
        groups: tuple[Group | Element, ...] = (self.head, self.case, *self.elements)
        for group in groups:
            for field in group.fields:
                yield group.name, field

    @property
    def lists(self) -> tuple[str, ...]:
        """The code lists in use, in the order in which they first occur."""
        return tuple(dict.fromkeys(field.list for _, field in self.fields() if field.list))


@lru_cache
def load_contract(version: str) -> Contract:
    """The contract of a schema version. Raises StopError for an unknown version or a faulty elements.yaml."""
    path = _folder(version) / "elements.yaml"
    data = dict(yaml_files.load(path.read_text(encoding="utf-8")))
    try:
        extended = data.pop("extends", None)
        return _contract(data) if extended is None else _extending(load_contract(extended), data)
    except (KeyError, TypeError, ValueError) as error:
        raise _stop(
            f"elements.yaml 有误:{error}",
            f"elements.yaml is faulty: {error}",
            "按文件开头的说明修改。",
            "Mend it as its first lines say.",
            path,
        ) from error


def xsd_path(version: str, kind: str) -> Path:
    """The generated XSD: `structure` has no enumerations, `canonical` has them, `receipt` is the answer's."""
    if kind not in (*KINDS, "receipt"):
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, receipt; got {kind!r}")
    # The answer is the same whatever the version of the question.
    return _folder(VERSIONS[0] if kind == "receipt" else version) / f"{kind}.xsd"


def lower(one: str, other: str) -> str:
    """The older of two versions."""
    return min(one, other, key=VERSIONS.index)


@lru_cache
def compiled_schema(version: str, kind: str) -> etree.XMLSchema:
    """The compiled XSD, made once per process. It is not safe to share between threads that validate at once."""
    path = xsd_path(version, kind)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.XMLSchema(etree.parse(path, parser))
    except (OSError, etree.XMLSyntaxError, etree.XMLSchemaParseError) as error:
        raise _stop(
            f"{path.name} 无法使用:{error}",
            f"{path.name} cannot be used: {error}",
            "运行 make schemas 重新生成。",
            "Run `make schemas` to make it anew.",
            path,
        ) from error


def _folder(version: str) -> Path:
    if version not in VERSIONS:
        known = ", ".join(VERSIONS)
        raise _stop(
            f"没有 {version!r} 版的报文规范",
            f"There is no schema version {version!r}",
            f"可用的版本:{known}",
            f"Versions there are: {known}",
        )
    return HERE / version


def _contract(data: Mapping[str, Any]) -> Contract:
    rest = dict(data)
    contract = Contract(
        version=rest.pop("version"),
        namespace=rest.pop("namespace"),
        root=_group(rest.pop("root")),
        body=_group(rest.pop("body")),
        head=_group(rest.pop("head")),
        case=_group(rest.pop("case")),
        elements=tuple(_element(each) for each in rest.pop("elements")),
    )
    if rest:
        raise ValueError(f"unknown keys {sorted(rest)}")
    return contract


def _extending(older: Contract, data: Mapping[str, Any]) -> Contract:
    """The contract of an older version with further elements behind those it has."""
    unknown = data.keys() - {"version", "elements"}
    if unknown:
        raise ValueError(f"unknown keys {sorted(unknown)}")
    further = tuple(_element(each) for each in data["elements"])
    return replace(older, version=data["version"], elements=(*older.elements, *further))


def _group(data: Mapping[str, Any]) -> Group:
    return Group(**{**data, "fields": _fields(data.get("fields", ()))})


def _element(data: Mapping[str, Any]) -> Element:
    made = Element(**{**data, "fields": _fields(data["fields"]), "one_of": tuple(data.get("one_of", ()))})
    if made.occurs not in OCCURS:
        raise ValueError(f"{made.name}: occurs must be one of {OCCURS}")
    for name in made.one_of:
        made.field(name)
    return made


def _fields(data: Any) -> tuple[Field, ...]:
    made = tuple(Field(**each) for each in data)
    for field in made:
        _check(field)
    return made


def _check(field: Field) -> None:
    if field.type not in TYPES:
        raise ValueError(f"{field.name}: type must be one of {TYPES}")
    if field.marks not in MARKS:
        raise ValueError(f"{field.name}: marks must be one of {MARKS}")
    if (field.type == "code") != (field.list is not None):
        raise ValueError(f"{field.name}: a code names its list, nothing else does")
    if field.type in ("text", "int") and field.max is None:
        raise ValueError(f"{field.name}: {field.type} needs max")
    if field.type == "int" and field.min is None:
        raise ValueError(f"{field.name}: int needs min")


def _stop(zh: str, en: str, remedy_zh: str, remedy_en: str, path: Path | None = None) -> StopError:
    return StopError(
        "SCHEMA",
        zh=zh,
        en=en,
        remedy_zh=remedy_zh,
        remedy_en=remedy_en,
        place=Place(file=str(path) if path else None),
    )
