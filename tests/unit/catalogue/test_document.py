"""docs/catalogue.md: its table of columns is made from the program, and its samples can be imported as they stand."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

from sqlalchemy import Engine

from hub.catalogue.document import PAGE, page
from tests.support.catalogue import bring


def samples() -> list[str]:
    """The indented blocks of the page."""
    text = PAGE.read_text(encoding="utf-8")
    return [dedent(block) for block in re.findall(r"(?:^ {4}.*\n)+", text, re.MULTILINE)]


def test_the_columns_are_those_of_the_program() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert page(text) == text, "run: python -m hub.catalogue.document"
    assert "| `promised_limit` | 承诺时限 |" in text


def test_the_sample_in_yaml_and_the_one_in_csv_can_be_imported(engine: Engine, tmp_path: Path) -> None:
    [yaml] = [block for block in samples() if block.startswith("organizations:")]
    [csv] = [block for block in samples() if block.startswith("item_code,")]
    done = bring(engine, tmp_path, {"items.csv": csv})
    assert done.counts["item"]["new"] == 1
    done = bring(engine, tmp_path, {"whole.yaml": yaml})
    assert (done.counts["item"]["changed"], done.counts["staff"]["new"]) == (1, 2)
