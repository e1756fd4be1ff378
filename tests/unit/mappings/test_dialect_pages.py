"""The pages on dialects and the JSON Schema are those of the program, and their samples do what they say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from hub.register import load_registration
from hub.shapes import Fragment
from mappings.assembly import Assembler
from mappings.dialect import FOLDER, dialect_names, load_dialect
from mappings.document import PAGES, generated, json_schema
from mappings.language import TRANSFORMS
from mappings.mapper import Mapper
from schemas.survey import survey
from schemas.validator import ChunkValidator
from tests.support.dialects import pieces

PIECEWISE = [name for name in dialect_names() if load_dialect(name).piecewise]


def block(name: str, language: str) -> str:
    """The first block in a language on a dialect's page."""
    found = re.search(rf"```{language}\n(.*?)```", (PAGES / f"{name}.md").read_text(encoding="utf-8"), re.S)
    assert found, f"{name}.md shows no {language}"
    return found[1]


@pytest.mark.parametrize("path", generated(), ids=lambda path: path.name)
def test_what_is_made_from_the_program_is_up_to_date(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == generated()[path], "run `python -m mappings.document`"


def plain(name: str) -> Any:
    """A dialect as its reader takes it: scalars are texts, but for those that YAML reads as flags."""
    return yaml.load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"), yaml.BaseLoader)


@pytest.mark.parametrize("name", dialect_names())
def test_the_json_schema_accepts_every_dialect(name: str) -> None:
    jsonschema.Draft202012Validator(json_schema()).validate(plain(name))


SPOILT: dict[str, tuple[tuple[str, ...], object]] = {
    "an unknown key": (("colour",), "red"),
    "an unknown field": (("kinds", "accept", "fields", "Applicant.Nam"), "x"),
    "an unknown transform": (("kinds", "accept", "fields", "Applicant.Name"), {"from": "x", "as": "eval"}),
    "an expression": (("kinds", "accept", "fields", "Applicant.Name"), {"from": "x", "expression": "x + 1"}),
    "an option of another transform": (("kinds", "accept", "fields", "Applicant.Name"), {"from": "x", "as": "text", "index": "1"}),
    "two orders": (("kinds", "accept", "order"), {"time": "a", "version": "b"}),
    "an unknown form": (("format",), "spreadsheet"),
}  # fmt: skip


@pytest.mark.parametrize(("path", "value"), SPOILT.values(), ids=SPOILT)
def test_the_json_schema_refuses(path: tuple[str, ...], value: object) -> None:
    dialect = plain("national-exchange-db")
    here = dialect
    for step in path[:-1]:
        here = here[step]
    here[path[-1]] = value
    assert list(jsonschema.Draft202012Validator(json_schema()).iter_errors(dialect))


@pytest.mark.parametrize("name", TRANSFORMS)
def test_every_transform_is_on_the_page_of_the_language(name: str) -> None:
    assert f"| `{name}` (" in (PAGES / "reference.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", dialect_names())
def test_the_registration_on_the_page_can_be_loaded(name: str, tmp_path: Path) -> None:
    text = block(name, "yaml")
    path = tmp_path / f"{yaml.safe_load(text)['code']}.yaml"
    path.write_text(text, encoding="utf-8")
    assert load_registration(path).dialect == name


@pytest.mark.parametrize("name", PIECEWISE)
def test_the_sample_on_the_page_makes_a_whole_case(name: str, tmp_path: Path) -> None:
    text = block(name, "yaml")
    path = tmp_path / f"{yaml.safe_load(text)['code']}.yaml"
    path.write_text(text, encoding="utf-8")
    known = load_registration(path)
    sample = block(name, "json" if load_dialect(name).format == "row-set" else "xml")
    found = Assembler(known).assemble(pieces(sample.encode(), known, tmp_path))
    assert (found.state, found.missing, found.waiting) == ("current", (), frozenset())


def test_the_canonical_sample_on_the_page_makes_a_whole_case(tmp_path: Path) -> None:
    text = block("canonical", "yaml")
    path = tmp_path / "land-bureau.yaml"
    path.write_text(text, encoding="utf-8")
    document = tmp_path / "sample.xml"
    document.write_text(block("canonical", "xml"), encoding="utf-8")
    seen = survey(document)
    [chunk] = seen.chunks
    data = document.read_bytes()[chunk.offset : chunk.offset + chunk.length]
    [parsed] = ChunkValidator("1.0", seen.namespaces).read(data, seen.segments(chunk), 1, chunk.line)
    found, _ = Mapper(load_registration(path), {}).map_case(parsed, data, "", 1)
    assert isinstance(found, Fragment), found
