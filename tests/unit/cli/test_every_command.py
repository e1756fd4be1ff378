"""Every command, called wrongly and on installations that are not there: an answer with a remedy, and with --json one document."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from hub.central.engine import create_engine, writing
from hub.central.upgrade import upgrade
from hub.cli import build
from hub.cli.values import LARGEST
from hub.supervision.seed import ensure_seeded
from tests.support.command import Said, Suphub

SERVING = {
    ("demo",),
    ("airflow", "up"),
    ("inbox", "serve"),
    ("bench",),
    ("measure", "quarter"),
    ("airflow", "pools"),
}
"""Commands that go on until they are stopped, or work for minutes."""
KEYS_OF_DATA = {("simulate",)}
"""What was planted is counted by its own name there."""
WRONG: dict[str, str] = {
    "about": "nobody/1", "card_id": "999999", "order_id": "999999", "letter_id": "999999", "number": "999999", "name": "nobody/x",
    "code": "nobody", "system": "nobody", "files": "no-such-file.xml", "file": "no-such-file.csv", "kind": "inquiry", "step": "accept",
    "person": "nobody/1", "indicator": "nonsense", "grade": "Z", "title": "x", "hotline": "12345", "key": "nobody/1",
    "out": "no-such-folder/x/y", "level": "2", "cases": "3", "channel": "来电", "topic": "其他", "to": "8", "region": "430100",
    "organization": "11430100006127328X",
}  # fmt: skip
"""For each required argument or option something that reads well and is not there."""
READS = ("list", "show", "diff", "check", "search", "cases", "figure", "figures", "indicators", "published", "proposals", "answers",
         "coverage", "disclosures", "info", "attachment", "parameters", "grants")  # fmt: skip
"""The last words of commands that only tell something."""


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, (*path, name))
    if not hasattr(command, "commands"):
        yield path, command


EVERY = {path: command for path, command in commands(get_command(build())) if path not in SERVING}
NAMES = [" ".join(path) for path in EVERY]


def called(path: tuple[str, ...]) -> list[str]:
    """The command with what it requires, all of it wrong, and --json where it has that."""
    words = list(path)
    for each in EVERY[path].params:
        if not each.required:
            continue
        value = WRONG.get(each.name, "x")
        words += [value] if each.param_type_name == "argument" else [each.opts[0], value]
    return words + (["--json"] if has_json(path) else [])


def has_json(path: tuple[str, ...]) -> bool:
    return any("--json" in each.opts for each in EVERY[path].params)


def keys(document: Any) -> Iterator[str]:
    if isinstance(document, dict):
        for key, value in document.items():
            yield key
            yield from keys(value)
    elif isinstance(document, list):
        for each in document:
            yield from keys(each)


def sound(path: tuple[str, ...], said: Said) -> None:
    """No traceback, a code of docs/cli.md, both languages where it could not run, and of --json one document or nothing."""
    assert "Traceback" not in said.err + said.text, said.err[-3000:]
    assert said.code in (0, 1, 2, 3)
    if said.code == 3:
        told = said.err + said.text
        assert any("\u4e00" <= each <= "\u9fff" for each in told), told
        assert any(each.isascii() and each.isalpha() for each in told), told
    if has_json(path):
        if said.code == 0:
            assert said.out, "nothing on standard output"
        if said.out.strip() and path not in KEYS_OF_DATA:
            assert all(each.isascii() for each in keys(said.document)), said.text[:500]


@pytest.fixture(autouse=True)
def no_fault_of_the_hub(
    caplog: pytest.LogCaptureFixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Whatever the command answered: it did not break down. What it wrote somewhere lies in a folder of the test's."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    yield
    assert "枢纽内部错误" not in caplog.text


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of a new installation, for copying."""
    file = tmp_path_factory.mktemp("upgraded") / "suphub.db"
    engine = create_engine(f"sqlite:///{file}")
    upgrade(engine)
    with writing(engine) as connection:
        ensure_seeded(connection)
    engine.dispose()
    return file


@pytest.fixture
def upgraded_home(suphub: Suphub, upgraded: Path, tmp_path: Path) -> Path:
    """The home of an installation with its database, and nothing in it."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "suphub.db").write_bytes(upgraded.read_bytes())
    return home


@pytest.mark.parametrize("name", NAMES)
def test_help_says_what_it_does_in_both_languages(
    suphub: Suphub, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    said = suphub(*name.split(), "--help")
    assert said.code == 0
    text = EVERY[tuple(name.split())].help or ""
    assert any("\u4e00" <= each <= "\u9fff" for each in text), text
    assert any(len(word) > 3 and word.isascii() for word in text.split()), text
    bare = [
        each.name
        for each in EVERY[tuple(name.split())].params
        if each.name != "help" and not (each.help or "").strip() and each.param_type_name == "option"
    ]
    assert bare == [], "options without a word"


@pytest.mark.parametrize("name", [each for each in NAMES if each.split()[-1] in READS])
def test_what_tells_something_has_json(name: str) -> None:
    assert has_json(tuple(name.split()))


@pytest.mark.parametrize("name", NAMES)
def test_before_there_is_a_database(suphub: Suphub, name: str) -> None:
    path = tuple(name.split())
    sound(path, suphub(*called(path)))


@pytest.mark.parametrize("name", NAMES)
def test_of_an_empty_installation(suphub: Suphub, upgraded_home: Path, name: str) -> None:
    path = tuple(name.split())
    sound(path, suphub(*called(path)))


@pytest.mark.parametrize("name", NAMES)
def test_where_the_home_is_no_folder(
    suphub: Suphub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = tuple(name.split())
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    monkeypatch.setenv("SUPHUB_HOME", str(tmp_path / "file" / "home"))
    sound(path, suphub(*called(path)))


@pytest.mark.parametrize("name", NAMES)
def test_where_the_database_is_another_one(
    suphub: Suphub, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = tuple(name.split())
    monkeypatch.setenv(
        "SUPHUB_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:9/nothing?connect_timeout=1"
    )
    sound(path, suphub(*called(path)))


NONSENSE = (
    "2026-02-30",
    "-1",
    "99999999999999999999",
    str(LARGEST),
    "no-such-folder/x",
    "\ud800 ' \"; --",
)
"""A day that there is not, too little, too much, a file that is not there, and characters that nobody types."""


@pytest.mark.parametrize("name", NAMES)
def test_whatever_an_option_says(
    suphub: Suphub, upgraded_home: Path, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    path, broken = tuple(name.split()), []
    for option in EVERY[path].params:
        if option.param_type_name != "option" or option.is_flag or option.name == "help":
            continue
        for value in NONSENSE:
            caplog.clear()
            said = suphub(*called(path), option.opts[0], value)
            if "枢纽内部错误" in caplog.text:
                broken.append((option.opts[0], value, caplog.text.strip().splitlines()[-1][:200]))
            else:
                sound(path, said)
    caplog.clear()
    assert broken == []
