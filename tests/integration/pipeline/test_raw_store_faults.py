"""The raw store on a machine that fails: killed at any sync, out of room for one file, out of descriptors."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hub.rawstore import INCOMING, RawStore

ROOT = Path(__file__).resolve().parents[3]
BODIES = [b"<a/>", b"<b/>" * 50_000]
PUTS = """
import io, sys
from hub.rawstore import RawStore
from pathlib import Path
store = RawStore(Path(sys.argv[1]))
for body in (b"<a/>", b"<b/>" * 50_000):
    store.put(io.BytesIO(body), 1 << 20)
store.put_all([b"<c/>", b"<d/>"])
"""
LIMITED = """
import io, json, resource, sys
from hub.errors import RetryError
from hub.rawstore import RawStore
from pathlib import Path
store = RawStore(Path(sys.argv[1]))
store.put(io.BytesIO(b"<a/>"), 1 << 20)
name, value = getattr(resource, sys.argv[2]), int(sys.argv[3])
held = [open("/dev/null") for _ in range(20)] if sys.argv[2] == "RLIMIT_NOFILE" else []
most = held[-1].fileno() + 1 if held else value
resource.setrlimit(name, (most, resource.getrlimit(name)[1]))
try:
    store.put(io.BytesIO(b"<b/>" * 50_000), 1 << 20)
except RetryError as error:
    told = error.code
resource.setrlimit(name, (resource.getrlimit(name)[1],) * 2)
for each in held:
    each.close()
store.put(io.BytesIO(b"<b/>" * 50_000), 1 << 20)
print(json.dumps(told))
"""


def stored(root: Path) -> set[bytes]:
    """What lies in the store, each file under the digest of what it holds."""
    found = set()
    for path in root.rglob("*"):
        if path.is_file() and INCOMING not in path.parts:
            body = path.read_bytes()
            assert path.name == hashlib.sha256(body).hexdigest()
            found.add(body)
    return found


def test_a_writer_killed_at_any_sync_leaves_whole_files_alone_and_the_next_one_finishes(
    tmp_path: Path,
) -> None:
    assert shutil.which("strace"), "strace is not installed: `make test` installs it"
    killed = 0
    for number in range(1, 40):
        root = tmp_path / str(number)
        inject = f"inject=fsync:signal=KILL:when={number}"
        traced = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync", "-e", inject]
        done = subprocess.run([*traced, sys.executable, "-c", PUTS, str(root)], cwd=ROOT, check=False)
        stored(root)
        if done.returncode == 0:
            break
        killed += 1
        if number % 4 == 0:
            subprocess.run([sys.executable, "-c", PUTS, str(root)], cwd=ROOT, check=True)
            assert stored(root) == {*BODIES, b"<c/>", b"<d/>"}
            RawStore(root).sweep(time.time() + 100_000)
            assert list((root / INCOMING).iterdir()) == []
    assert killed >= 8
    assert stored(root) == {*BODIES, b"<c/>", b"<d/>"}


@pytest.mark.parametrize(
    ("limit", "value", "code"),
    [("RLIMIT_FSIZE", "65536", "RAW_STORE_FULL"), ("RLIMIT_NOFILE", "0", "RAW_STORE_IO")],
)
def test_a_limit_of_the_system_is_told_leaves_no_litter_and_is_over_once_it_is_lifted(
    limit: str, value: str, code: str, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", LIMITED, str(tmp_path), limit, value]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == code
    assert stored(tmp_path) == set(BODIES)
    assert list((tmp_path / INCOMING).iterdir()) == []
