"""A command loads its own family; whoever asks for no command that exists sees all of them."""

from __future__ import annotations

import importlib

import pytest
import typer
from typer.main import get_command

from hub.cli import FAMILIES, build
from tests.support.command import Suphub


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_adds_the_commands_that_are_told_of_it(family: str) -> None:
    app = typer.Typer()
    importlib.import_module(f"hub.cli.{family}").add_to(app)
    groups = [each.name for each in app.registered_groups]
    assert sorted([*groups, *(each.name for each in app.registered_commands)]) == sorted(FAMILIES[family])


@pytest.mark.parametrize("command", [each for commands in FAMILIES.values() for each in commands])
def test_each_command_is_found_by_its_word_alone(suphub: Suphub, command: str) -> None:
    said = suphub(command, "--help")
    assert said.code == 0
    assert f"suphub {command}" in said.text


@pytest.mark.parametrize("words", [("--help",), (), ("nonsense",)])
def test_without_a_command_all_are_there(suphub: Suphub, words: tuple[str, ...]) -> None:
    listed = {each for commands in FAMILIES.values() for each in commands}
    assert set(get_command(build(*words)).commands) == listed  # type: ignore[attr-defined]
    said = suphub(*words)
    assert said.code == (0 if words == ("--help",) else 2)


def test_a_family_of_one_command_is_still_called_by_its_word(suphub: Suphub) -> None:
    said = suphub("validate")
    assert said.code == 2
    assert "suphub validate" in said.err
