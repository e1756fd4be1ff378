"""Documentation can fail a test: what the program has and the pages do not name, or name and it has not, is a failure."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from hub.central.tables import metadata
from hub.cli import build
from hub.cli.document import ROOT as DOCUMENTED
from hub.cli.document import commands, pages
from hub.cli.document_errors import Raised, errors
from hub.register import OPTIONAL, REQUIRED
from schemas.catalogue import catalogue
from tests.architecture.source import ROOT, markdown, modules, nodes, texts

CHINESE = re.compile(r"[\u4e00-\u9fff]")
ENGLISH = re.compile(r"[A-Za-z]{2,}")
VARIABLE = re.compile(r"\bSUPHUB_[A-Z]+(?:_[A-Z]+)*\b")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
USE = re.compile(r"\bsuphub(?: +(?!-)[a-z][a-z-]*)+")


@cache
def made() -> dict[str, str]:
    return pages()


@cache
def read(page: str) -> str:
    path = ROOT / page
    assert path.is_file(), f"{page} is missing"
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def tree() -> Any:
    return get_command(build())


# Pages made from the program


@pytest.mark.parametrize("name", ["cli.md", "errors.md"])
def test_a_page_made_from_the_program_is_up_to_date(name: str) -> None:
    assert DOCUMENTED == ROOT
    assert read(f"docs/{name}") == made()[name], f"docs/{name} is behind the program: run `make docs`"


def test_every_command_is_documented_in_two_languages(tree: Any) -> None:
    page = read("docs/cli.md")
    found = list(commands(tree, ()))
    missing = [name for name, _ in found if f"\n### {name}\n" not in page]
    mute = [name for name, each in found if not (CHINESE.search(each.help) and ENGLISH.search(each.help))]
    assert len(found) > 20
    assert not missing, f"not in docs/cli.md: {missing}"
    assert not mute, f"a command's help says in Chinese and English what it does: {mute}"


# Errors and violations


@cache
def raised() -> list[Raised]:
    return errors(ROOT)


def test_every_error_speaks_two_languages_and_names_a_remedy() -> None:
    found = raised()
    wanting = [
        f"{each.place} {each.code}.{key}"
        for each in found
        for key, language in (
            ("zh", CHINESE),
            ("en", ENGLISH),
            ("remedy_zh", CHINESE),
            ("remedy_en", ENGLISH),
        )
        if not language.search(getattr(each, key)) and not re.search(r"\{\w+\}", getattr(each, key))
    ]
    assert len({each.code for each in found}) > 30
    assert not wanting, f"a text is missing, or is not in its language: {wanting}"


def test_every_error_code_is_documented() -> None:
    page = read("docs/errors.md")
    missing = sorted({each.code for each in raised() if f"| `{each.code}` |" not in page})
    assert not missing, f"run `make docs`; not in docs/errors.md: {missing}"


def test_an_error_code_means_either_retry_or_stop() -> None:
    kinds = {(each.code, each.kind) for each in raised()}
    assert len(kinds) == len(dict(kinds)), "one code is used for both kinds of error"


def test_every_violation_code_is_documented() -> None:
    page = read("docs/violations.md")
    missing = [code for code in catalogue() if f"| `{code}` |" not in page]
    assert not missing, f"run `make schemas`; not in docs/violations.md: {missing}"


def test_every_violation_that_the_code_makes_is_in_the_catalogue() -> None:
    found = set(violations())
    assert len(found) > 30
    assert not {code for code, _ in found} - set(catalogue()), sorted(found)


def violations() -> Iterator[tuple[str, str]]:
    """Codes given to PackageRefused, Violation and the checks' `violation`, with their place."""
    for module in modules():
        for node in nodes(module):
            if not (isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in {"PackageRefused", "Violation", "violation"}:
                yield str(node.args[0].value), f"{module.place}:{node.lineno}"


# Registrations, settings, DAGs, tables


@pytest.mark.parametrize("field", [*REQUIRED, *OPTIONAL])
def test_every_registration_field_is_explained(field: str) -> None:
    assert f"`{field}`" in read("docs/registration.md"), f"docs/registration.md does not say what {field} is"


def test_every_setting_is_documented() -> None:
    used = {name for module in modules() for _, text in texts(module) for name in VARIABLE.findall(text)}
    page = read("docs/cli.md")
    assert used >= {"SUPHUB_HOME", "SUPHUB_DATABASE_URL", "SUPHUB_SYSTEMS", "SUPHUB_TODAY"}
    families = tuple(
        re.findall(r"\| (SUPHUB_[A-Z_]+_) \|", page)
    )  # SUPHUB_LIMIT_ stands for one setting per limit
    single = {name for name in used if not name.startswith(families)}
    assert not {name for name in single if f"| {name} |" not in page}, (
        "tell it in the docstring of hub.settings.Settings"
    )


def test_every_dag_is_in_the_timetable_of_the_dags() -> None:
    found = set(dag_ids())
    page = read("dags/README.md")
    assert found >= {"exchange__<code>", "supervise", "housekeeping"}
    assert not {name for name in found if f"`{name}`" not in page}, (
        "dags/README.md is the timetable of all DAGs"
    )


def dag_ids() -> Iterator[str]:
    """The first argument of every DAG(…); what is filled in stands as <code>."""
    for module in modules("dags"):
        for node in nodes(module):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "DAG" and node.args:
                name = node.args[0]
                parts = name.values if isinstance(name, ast.JoinedStr) else [name]
                yield "".join(str(p.value) if isinstance(p, ast.Constant) else "<code>" for p in parts)


@pytest.mark.parametrize("table", sorted(metadata.tables))
def test_every_table_is_described(table: str) -> None:
    assert f"`{table}`" in read("docs/database.md"), f"say in docs/database.md what {table} holds"


def test_every_decision_has_context_decision_and_consequence() -> None:
    pages_ = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [path.name[:4] for path in pages_]
    assert numbers == [f"{number:04}" for number in range(1, len(pages_) + 1)], (
        "numbered from 0001 without holes"
    )
    for path in pages_:
        text = path.read_text(encoding="utf-8")
        for heading in ("# ", "## Context", "## Decision", "## Consequence"):
            assert f"\n{heading}" in f"\n{text}", f"{path.name} lacks {heading!r}"


# What the pages and messages point at must be there


@pytest.mark.parametrize("page", sorted(markdown()), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    dead = []
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        path, _, anchor = target.partition("#")
        if "://" in path or path.startswith("mailto:"):
            continue
        found = (page.parent / path).resolve() if path else page
        if not found.exists() or (anchor and found.suffix == ".md" and anchor not in anchors(found)):
            dead.append(target)
    assert not dead, f"dead links in {page.relative_to(ROOT)}: {dead}"


@cache
def anchors(page: Path) -> set[str]:
    """The names that a page's headings can be linked by."""
    headings = re.findall(r"^#+ +(.+)$", page.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_every_page_is_reached_from_the_index() -> None:
    seen, todo = set(), [ROOT / "docs" / "index.md"]
    while todo:
        page = todo.pop()
        if page.suffix != ".md" or not page.is_file() or page in seen:
            continue
        seen.add(page)
        links = LINK.findall(page.read_text(encoding="utf-8"))
        todo += [(page.parent / link.partition("#")[0]).resolve() for link in links if "://" not in link]
    lost = sorted(path.relative_to(ROOT).as_posix() for path in set((ROOT / "docs").rglob("*.md")) - seen)
    assert not lost, f"no way leads from docs/index.md to {lost}"


def test_every_event_of_the_log_is_told() -> None:
    event = re.compile(
        r"(package|receipt|card|order|registration|calendar|catalogue|log|checkpoint|rule|node|data|alert|message|complaint|score|incident)\.(?!(?:md|yaml|xsd|basis|value)$)[a-z_]+"
    )
    written = {
        text
        for m in modules("hub")
        if not m.place.startswith(("hub/simulate/", "hub/ledger/keys.py"))
        for _, text in texts(m)
        if event.fullmatch(text)
    }
    page = read("docs/journey.md")
    assert written >= {"package.closed", "receipt.delivered", "card.raised"}
    assert not {name for name in written if f"`{name}`" not in page}, (
        "docs/journey.md lists what the log holds"
    )


def test_every_command_that_is_spoken_of_exists(tree: Any) -> None:
    """In pages, help texts, messages and remedies: a remedy that names no command is none."""
    spoken = [(f"{page.relative_to(ROOT)}", page.read_text(encoding="utf-8")) for page in markdown()]
    spoken += [(f"{m.place}:{line}", text) for m in modules() for line, text in texts(m)]
    wrong = sorted(
        {f"{place}: {use}" for place, text in spoken for use in USE.findall(text) if not known(tree, use)}
    )
    assert not wrong, "no such command:\n" + "\n".join(wrong)


def known(tree: Any, use: str) -> bool:
    """Whether the words after `suphub` lead to a command or a family of commands."""
    here = tree
    for word in use.split()[1:]:
        below = getattr(here, "commands", None)
        if not below:
            return True  # words of the sentence behind a whole command
        if word not in below:
            return False
        here = below[word]
    return True


def test_every_page_that_the_source_points_at_exists() -> None:
    named = {
        (f"{m.place}:{line}", page)
        for m in modules()
        for line, text in texts(m)
        for page in re.findall(r"\bdocs/[\w./-]+\.md\b", text)
    }
    assert named
    missing = sorted(f"{place}: {page}" for place, page in named if not (ROOT / page).is_file())
    assert not missing, "no such page:\n" + "\n".join(missing)
