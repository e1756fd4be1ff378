"""Every connector, with its department's side, for the contract tests."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest


def _peers() -> Any:
    name = "connector_peers"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name("peers.py"))
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


WAYS = {
    "directory-marker": {"marker": ".ok"},
    "directory-rename": {"rename": ".part"},
    "directory-stable": {"stable_for": "60s"},
    "push": {"rename": ".part"},
    "memory": None,
}


@pytest.fixture(params=WAYS, ids=str)
def peer(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    peers = _peers()
    ready = WAYS[request.param]
    if request.param == "push":
        return peers.PushPeer(tmp_path / "spool", ready)
    return peers.MemoryPeer() if ready is None else peers.DirectoryPeer(tmp_path / "frontend", ready)


@pytest.fixture
def directory(tmp_path: Path) -> Any:
    """A function that makes an exchange directory with the given way of being ready."""
    peers = _peers()
    return lambda **ready: peers.DirectoryPeer(tmp_path / "frontend", ready)


@pytest.fixture
def pushing(tmp_path: Path) -> Any:
    """The spool of a system that pushes."""
    return _peers().PushPeer(tmp_path / "spool", {"rename": ".part"})
