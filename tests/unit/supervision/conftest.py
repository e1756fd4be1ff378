"""A seeded central database on SQLite, made once and copied for each test that wants one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.oracle.loading import registered
from tests.support.cards import Logged, one_yellow_card
from tests.support.seeded import changed, copied


@pytest.fixture(scope="session")
def seeded_file(tmp_path_factory: pytest.TempPathFactory, seeded_file: Path) -> Path:
    """Calendar, rules and one live system."""
    return changed(seeded_file, tmp_path_factory.mktemp("registered"), registered)


@pytest.fixture
def engine(tmp_path: Path, seeded_file: Path) -> Iterator[Engine]:
    """A seeded database with one live system, without cases."""
    with copied(seeded_file, tmp_path) as made:
        yield made


@pytest.fixture(scope="session")
def yellow_file(seeded_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return changed(seeded_file, tmp_path_factory.mktemp("yellow"), one_yellow_card)


@pytest.fixture
def yellow(yellow_file: Path, tmp_path: Path) -> Iterator[Engine]:
    """One open case with a T2 card, issued on 10 March 2025: card 1."""
    with copied(yellow_file, tmp_path, "yellow.db") as made:
        yield made


@pytest.fixture
def logged() -> Logged:
    """What the log was given."""
    return Logged()
