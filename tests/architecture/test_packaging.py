"""What is installed is what is here: the packages of setup.cfg, the pinned and hashed lock, the console script."""

from __future__ import annotations

import configparser
import importlib
import re
import tomllib

from tests.architecture.source import PACKAGES, ROOT


def setup() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def lock() -> list[str]:
    """The requirements of the lock, one text each, their hashes included."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    joined = re.sub(r"\\\n\s*", "", text)
    return [line for line in joined.splitlines() if line and not line.startswith("#")]


def test_setup_cfg_lists_the_rooms_as_packages() -> None:
    included = setup()["options.packages.find"]["include"].split()
    assert sorted(included) == sorted(f"{name}*" for name in PACKAGES)


def test_the_console_script_leads_to_the_command_line() -> None:
    [script] = setup()["options.entry_points"]["console_scripts"].strip().splitlines()
    name, _, target = (part.strip() for part in script.partition("="))
    module, _, function = target.partition(":")
    assert name == "suphub"
    assert callable(getattr(importlib.import_module(module), function))


def test_pyproject_holds_only_what_setup_cfg_cannot() -> None:
    data = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "project" not in data
    assert set(data.get("tool", {})) <= {"ruff"}


def test_every_requirement_of_the_lock_is_pinned_and_hashed() -> None:
    requirements = lock()
    loose = [line[:80] for line in requirements if not re.match(r"[\w.\-\[\]]+==\S+", line)]
    unhashed = [line[:80] for line in requirements if "--hash=sha256:" not in line]
    assert len(requirements) > 50
    assert not loose, f"not pinned: {loose}"
    assert not unhashed, f"without a hash: {unhashed}"


def test_the_lock_names_no_address() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    found = re.findall(r"\S*://\S*|--(?:extra-)?index-url\S*|--find-links\S*|--trusted-host\S*| @ \S+", text)
    assert not found, f"an address would tie the hub to one network: {found}"


def test_every_direct_dependency_is_in_the_lock() -> None:
    options = setup()
    named = options["options"]["install_requires"] + options["options.extras_require"]["dev"]
    wanted = {_plain(re.split(r"[\s<>=\[]", line)[0]) for line in named.strip().splitlines() if line.strip()}
    pinned = {_plain(line.split("==")[0]) for line in lock()}
    assert not wanted - pinned, f"run `make lock`; missing: {wanted - pinned}"


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name.split("[")[0]).lower()
