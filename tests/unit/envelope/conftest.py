"""Opening packages in tests: bytes in, the document's text and what was left in the scratch folder out."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hub.envelope import Limits, open_package
from hub.rawstore import RawStore
from hub.shapes import OpenedPackage


def _load(name: str) -> Any:
    key = f"envelope_{name}"
    if key not in sys.modules:
        spec = importlib.util.spec_from_file_location(key, Path(__file__).with_name(f"{name}.py"))
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[key] = module
        spec.loader.exec_module(module)
    return sys.modules[key]


@pytest.fixture(scope="session")
def making() -> Any:
    return _load("making")


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return tmp_path / "work"


@pytest.fixture
def store(tmp_path: Path) -> RawStore:
    return RawStore(tmp_path / "raw")


@pytest.fixture
def opened(tmp_path: Path, work: Path, store: RawStore) -> Callable[..., OpenedPackage]:
    def opener(body: bytes, limits: Limits | None = None) -> OpenedPackage:
        raw = tmp_path / "package"
        raw.write_bytes(body)
        return open_package(raw, work, limits or Limits(), store)

    return opener
