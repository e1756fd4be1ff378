"""A stream whose size nobody knows beforehand is read no further than the limit."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest

from hub.errors import PackageRefused
from hub.pipeline.oversize import Bounded
from hub.rawstore import RawStore


def test_a_stream_is_read_up_to_the_limit_and_not_to_its_end(tmp_path: Path) -> None:
    stream = BytesIO(b"x" * (5 << 20))
    with pytest.raises(PackageRefused) as told:
        RawStore(tmp_path).put(Bounded(stream, 1_000_000), 1_000_000)
    assert told.value.code == "PKG_TOO_LARGE"
    assert stream.tell() <= 2 << 20
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_stream_of_just_the_limit_is_stored(tmp_path: Path) -> None:
    assert RawStore(tmp_path).put(Bounded(BytesIO(b"x" * 1000), 1000), 1000)[1] == 1000
