"""A full disk, a read-only one and a kill at any step leave a package whole under its name, or nothing that is taken."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from connectors.push import spool_of
from hub.inbox.upload import Upload

ROOT = Path(__file__).resolve().parents[3]
BODY = b"<a>" + b"x" * 400_000 + b"</a>"

SEND = """
import sys
from pathlib import Path
from connectors.push import spool_of
from hub.errors import HubError
from hub.inbox.upload import Upload

spool = spool_of(Path(sys.argv[1]), "land")
spool.prepare()
if sys.argv[2] == "read-only":
    import subprocess
    subprocess.run(["mount", "-o", "remount,ro", sys.argv[1]], check=True)
body = b"<a>" + b"x" * 400_000 + b"</a>"
upload = Upload(spool.root, 1 << 30, 0)
try:
    upload.begin(None)
    for start in range(0, len(body), 65_536):
        upload.write(body[start : start + 65_536])
    upload.complete(len(body), None)
    print(upload.named(spool.inbox, "x.xml"))
except (HubError, OSError) as error:
    print(getattr(error, "code", "OSError"))
finally:
    upload.discard()
print(sorted(str(each.relative_to(spool.root)) for each in spool.root.rglob("*") if each.is_file()))
"""


@pytest.mark.parametrize(("trouble", "told"), [("full", "PUSH_FULL"), ("read-only", "OSError")])
def test_a_full_or_read_only_disk_is_told_and_keeps_nothing_half(
    tmp_path: Path, trouble: str, told: str
) -> None:
    mount = 'mount -t tmpfs -o size=256k tmpfs "$1" && exec "$2" -c "$3" "$1" "$4"'
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount, "sh", tmp_path, sys.executable, SEND, trouble],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.stdout.splitlines(), done.stderr) == ([told, "[]"], "")


@pytest.mark.parametrize(
    ("step", "whole"),
    [("fsync:signal=KILL:when=1", False), ("linkat,link:signal=KILL:when=1", False),
     ("unlink,unlinkat:signal=KILL:when=1", True), ("fsync:signal=KILL:when=2", True)],
)  # fmt: skip
def test_a_kill_at_any_step_leaves_the_package_whole_or_nothing_that_is_taken(
    tmp_path: Path, step: str, whole: bool
) -> None:
    done = subprocess.run(
        ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={step.split(':', 1)[0]}", "-e", f"inject={step}",
         sys.executable, "-c", SEND, tmp_path, "none"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0, done.stdout
    assert "True" not in done.stdout  # nobody was told yes
    spool = spool_of(tmp_path, "land")
    lying = spool.lying("x.xml")
    assert (lying is not None) == whole
    assert lying is None or lying.read_bytes() == BODY
    with_next = Upload(spool.root, 1 << 30, 0)
    with_next.begin(None)
    with_next.discard()
    left = [each.name for each in spool.root.rglob("*") if each.is_file()]
    assert left == (["x.xml"] if whole else [])
