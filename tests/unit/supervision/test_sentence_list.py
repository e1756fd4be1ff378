"""docs/rules/sentences.md: every sentence on time names the tests that hold it, and these exist."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
ROW = re.compile(r"^\| (\d+|C) \| (.+) \| (.+) \|$", re.MULTILINE)
ROWS = ROW.findall(ROOT.joinpath("docs/rules/sentences.md").read_text("utf-8"))
NUMBERS = [*map(str, range(1, 26)), "C"]


@cache
def there() -> dict[str, Path]:
    """Every test function of the suite, and its file."""
    return {
        node.name: file
        for file in ROOT.joinpath("tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


@pytest.mark.parametrize(("number", "sentence", "tests"), ROWS, ids=[f"{n} {s[:40]}" for n, s, _ in ROWS])
def test_the_tests_that_a_sentence_names_exist(number: str, sentence: str, tests: str) -> None:
    named = re.findall(r"`(test_\w+)`", tests)
    assert named
    assert [name for name in named if name not in there()] == []


def test_no_sentence_is_left_out() -> None:
    assert sorted({number for number, _, _ in ROWS}, key=NUMBERS.index) == NUMBERS


def test_every_test_that_is_named_after_a_sentence_is_listed() -> None:
    listed = {name for _, _, tests in ROWS for name in re.findall(r"`(test_\w+)`", tests)}
    files = {
        "test_time_sentences.py",
        "test_further_sentences.py",
        "test_order_sentences.py",
        "test_sentence_sides.py",
    }
    numbered = {name for name, file in there().items() if file.name in files and re.match(r"test_\d+_", name)}
    assert sorted(numbered - listed) == []
