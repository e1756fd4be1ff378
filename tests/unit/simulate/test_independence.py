"""The simulator's truth is worth something only while it leans on nothing that it is to check."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import hub.simulate

FILES = sorted(Path(hub.simulate.__file__).parent.glob("*.py"))
ALLOWED = {"hub.simulate", "hub.errors", "hub.clock"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_room_of_the_simulator_imports_only_its_own_and_the_bottom_layer(file: Path) -> None:
    names = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names.append(node.module or "")
    ours = [name for name in names if name.split(".")[0] in ("hub", "schemas", "mappings", "connectors")]
    assert all(".".join(name.split(".")[:2]) in ALLOWED for name in ours), ours
