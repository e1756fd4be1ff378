"""Every module says in its first sentence what its room is, and stays small enough to be read at one sitting."""

from __future__ import annotations

import ast
import re
import warnings

import pytest

from tests.architecture.source import FOLDERS, PACKAGES, ROOT, modules, nodes

LONGEST = 450
LONG = 300
TIMETABLE = 80
"""Lines of a DAG file: it says when, and nothing else."""


def test_the_source_is_found() -> None:
    assert {module.name.split(".")[0] for module in modules()} >= set(PACKAGES)


@pytest.mark.parametrize("folder", [*FOLDERS, "tests"])
def test_every_module_says_what_it_is(folder: str) -> None:
    silent = [
        module.place
        for module in modules(folder)
        if not re.match(r"\S.*[.:;)]", (ast.get_docstring(module.tree) or "").split("\n\n")[0], re.S)
    ]
    assert not silent, f"a module begins with a sentence that says what it is: {silent}"


@pytest.mark.parametrize("folder", PACKAGES)
def test_every_folder_of_a_package_is_a_room_with_a_name(folder: str) -> None:
    without = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / folder).rglob("*")
        if path.is_dir() and any(path.glob("*.py")) and not (path / "__init__.py").exists()
    ]
    assert not without, f"an __init__.py with the room's description is missing in: {without}"


def test_no_module_is_too_long_to_be_read() -> None:
    long = {module.place: module.lines for module in modules() if module.lines > LONG}
    if long:
        warnings.warn(f"over {LONG} lines, to be split when next touched: {long}", stacklevel=1)
    too_long = {place: lines for place, lines in long.items() if lines > LONGEST}
    assert not too_long, f"over {LONGEST} lines: {too_long}"


def test_a_dag_file_is_a_timetable() -> None:
    long = {m.place: m.lines for m in modules("dags") if m.lines >= TIMETABLE}
    assert not long, f"a DAG file has fewer than {TIMETABLE} lines: {long}"


def test_nothing_reads_the_environment_but_the_settings() -> None:
    """The embedded Airflow's environment is made and handed on in hub.demo, connections are found there by name; all
    else asks `hub.settings`.
    """
    allowed = ("hub/settings.py", "hub/connections.py", "hub/demo/", "bench/")
    found = [
        f"{module.place}:{node.lineno}"
        for module in modules()
        for node in nodes(module)
        if isinstance(node, ast.Attribute)
        and node.attr in {"environ", "getenv"}
        and not module.place.startswith(allowed)
    ]
    assert not found, f"settings come from hub.settings alone: {found}"
