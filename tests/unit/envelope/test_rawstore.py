"""The raw store keeps bytes under their digest: whole or not at all, the same ones once."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import threading
from pathlib import Path

import pytest

from hub.errors import PackageRefused, RetryError
from hub.rawstore import RawStore


def files(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_bytes_lie_under_their_digest_and_the_same_bytes_once(tmp_path: Path) -> None:
    store, data = RawStore(tmp_path / "raw"), b"package" * 300_000
    digest = hashlib.sha256(data).hexdigest()
    for _ in range(2):
        assert store.put(io.BytesIO(data), len(data)) == (digest, len(data))
    assert store.put_bytes(data) == (digest, len(data))

    assert files(store.root) == [f"{digest[:2]}/{digest[2:4]}/{digest}"]
    assert store.path(digest).read_bytes() == data
    with store.open(digest) as stream:
        assert stream.read() == data


def test_bytes_of_a_group_lie_as_they_would_one_by_one(tmp_path: Path) -> None:
    one, group = RawStore(tmp_path / "one"), RawStore(tmp_path / "group")
    bodies = [b"package %d" % (number % 40) for number in range(60)]
    expected = [one.put_bytes(body) for body in bodies]
    for _ in range(2):
        assert group.put_all(bodies) == expected
        assert files(group.root) == files(one.root)
    lost = group.path(expected[0][0])
    lost.unlink()
    lost.symlink_to(tmp_path / "nowhere")  # a name is not the bytes
    assert group.put_all(bodies[:2]) == expected[:2]
    assert lost.read_bytes() == bodies[0]


def test_making_a_store_touches_nothing(tmp_path: Path) -> None:
    RawStore(tmp_path / "raw").path("0" * 64)
    assert list(tmp_path.iterdir()) == []


def test_too_large_a_stream_is_refused_by_name_and_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, data = RawStore(tmp_path), b"x" * 3_000_001
    written: list[int] = []
    monkeypatch.setattr("hub.rawstore._write", lambda file, block: written.append(len(block)))
    with pytest.raises(PackageRefused) as caught:
        store.put(io.BytesIO(data), 3_000_000)
    assert caught.value.code == "PKG_TOO_LARGE"
    assert caught.value.params == {
        "size": 3_000_001,
        "limit": 3_000_000,
        "digest": hashlib.sha256(data).hexdigest(),
    }
    assert files(tmp_path) == []
    assert sum(written) <= 3_000_000  # the disk never holds more than it may


@pytest.mark.parametrize(
    ("number", "code"),
    [(errno.ENOSPC, "RAW_STORE_FULL"), (errno.EDQUOT, "RAW_STORE_FULL"), (errno.EIO, "RAW_STORE_IO")],
)
@pytest.mark.parametrize("call", ["fsync", "open", "mkdir"])
def test_a_failing_disk_is_told_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: str, call: str
) -> None:
    def fail(*_: object, **__: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(f"hub.rawstore.os.{call}", fail)
    with pytest.raises(RetryError) as caught:
        RawStore(tmp_path / "raw").put_bytes(b"data")
    monkeypatch.undo()
    assert caught.value.code == code
    assert "SUPHUB_HOME" in caught.value.remedy_zh
    assert "SUPHUB_HOME" in caught.value.remedy_en
    assert files(tmp_path) == []


def test_a_failing_source_is_not_the_stores_fault_and_leaves_nothing(tmp_path: Path) -> None:
    class Source:
        def read(self, size: int, /) -> bytes:
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        RawStore(tmp_path).put(Source(), 100)
    assert files(tmp_path) == []


def test_many_writers_of_the_same_bytes_agree(tmp_path: Path) -> None:
    results: list[tuple[str, int]] = []
    writers = [
        threading.Thread(target=lambda: results.append(RawStore(tmp_path).put_bytes(b"same")))
        for _ in range(8)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(results) == 8
    assert len(set(results)) == 1
    assert len(files(tmp_path)) == 1


def test_only_leftovers_older_than_a_day_are_swept(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    digest, _ = store.put_bytes(b"kept")
    os.utime(store.path(digest), (0, 0))
    for name, age in (("old", 90_000), ("young", 80_000)):
        (tmp_path / "incoming" / name).write_bytes(b"half")
        os.utime(tmp_path / "incoming" / name, (1_000_000 - age, 1_000_000 - age))

    assert store.sweep(now=1_000_000) == 1
    assert files(tmp_path) == [f"{digest[:2]}/{digest[2:4]}/{digest}", "incoming/young"]
    assert RawStore(tmp_path / "never-used").sweep() == 0


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", "0" * 63, "A" * 64, "0" * 64 + "\n"])
def test_only_a_digest_names_stored_bytes(tmp_path: Path, digest: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        RawStore(tmp_path).path(digest)


def test_missing_bytes_are_told(tmp_path: Path) -> None:
    with pytest.raises(RetryError) as caught:
        RawStore(tmp_path).open("0" * 64)
    assert "0" * 64 in str(caught.value)
