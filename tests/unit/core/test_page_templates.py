"""The templates of the pages: every fixed text stands in both languages, and each half is in its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TEMPLATES = sorted((Path(__file__).parents[3] / "plugins" / "pages").glob("*.html"))
PAIR = re.compile(r"""\bt\((?P<zh>'(?:[^'\\]|\\.)*'|"[^"]*"),\s*(?P<en>'(?:[^'\\]|\\.)*'|"[^"]*")""")
HAN = re.compile(r"[\u3400-\u9fff]")
WORD = re.compile(r"[A-Za-z]{3,}")
OURS = re.compile(r"suphub [a-z ]+|--[a-z]+|DAG letters?|op、admin|zh-CN|English|SHA-256")
"""Commands and names that are the same in both languages."""


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda each: each.name)
def test_each_half_of_a_text_is_in_its_own_language(template: Path) -> None:
    for pair in PAIR.finditer(template.read_text(encoding="utf-8")):
        zh, en = OURS.sub("", pair["zh"]), pair["en"]
        assert not WORD.search(zh), f"English in the Chinese half: {pair[0]}"
        assert not HAN.search(en) or en == "'中文'", f"Chinese in the English half: {pair[0]}"


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda each: each.name)
def test_nothing_is_said_in_one_language_alone(template: Path) -> None:
    text = re.sub(
        r"(?s)<style>.*?</style>|\{%.*?%\}|\{\{.*?\}\}|<[^>]*>|&\w+;", " ", template.read_text("utf-8")
    )
    assert not HAN.search(text), text
    assert set(WORD.findall(OURS.sub("", text))) <= {"PDF", "DOCX", "SHA"}
