"""Every word that the verifier has for a break is explained in both languages."""

from __future__ import annotations

import inspect
import re

from hub.cli.breaks import MEANINGS, told
from hub.ledger import verify


def test_every_break_has_its_meaning_in_both_languages() -> None:
    source = inspect.getsource(verify)
    words = set(re.findall(r'(?:Break\([^"]*?|self\._same\(\s*)"([a-z]+)"', source))
    named = re.search(r"is one of: ([a-z,\s]+)\.", verify.Break.__doc__ or "")
    assert named is not None
    assert set(re.split(r",\s+", named[1])) == set(MEANINGS)
    assert words <= set(MEANINGS)
    for zh, en in MEANINGS.values():
        assert re.search("[一-鿿]", zh)
        assert re.search("[a-z]", en)


def test_a_break_is_told_with_its_place_and_what_to_do() -> None:
    lines = told({"chain": "land", "seq": 7, "what": "hash", "expected": "a", "found": "b"})
    assert "land/7" in lines[0]
    assert "changed" in lines[1]
    cut = told({"chain": None, "seq": None, "what": "format", "expected": "a", "found": "b"})
    assert any("again" in line for line in cut)
