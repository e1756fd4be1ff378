"""The code lists (代码表): every canonical value of every list with its Chinese and English name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from hub import yaml_files

SOURCE = Path(__file__).parent / "codes.yaml"


@dataclass(frozen=True, slots=True)
class CodeValue:
    """One value of a list."""

    value: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class CodeList:
    """A list with its values in order; `since` is the schema version that brings it into messages."""

    name: str
    zh: str
    en: str
    source: str
    values: Mapping[str, CodeValue]
    since: str = "1.0"
    note_zh: str = ""
    note_en: str = ""


@lru_cache
def load_lists() -> Mapping[str, CodeList]:
    """Every list by name, in the order of the file. Raises ValueError where the file is faulty."""
    data: dict[str, dict[str, Any]] = yaml_files.load(SOURCE.read_text(encoding="utf-8"))
    return MappingProxyType({name: _list(name, each) for name, each in data.items()})


@lru_cache
def code_lists() -> Mapping[str, Mapping[str, CodeValue]]:
    """List name → canonical value → its names."""
    return MappingProxyType({name: each.values for name, each in load_lists().items()})


def _list(name: str, data: Mapping[str, Any]) -> CodeList:
    values: dict[str, CodeValue] = {}
    for value, texts in data["values"].items():
        if not isinstance(value, str) or len(texts) != 2 or not all(isinstance(text, str) for text in texts):
            raise ValueError(f'{SOURCE.name}: {name} {value!r}: write "value": [Chinese, English]')
        values[value] = CodeValue(value, *texts)
    return CodeList(**{**data, "name": name, "values": MappingProxyType(values)})
