"""The department of the trials: some twenty files, zipped, spoilt, repeated and disputed ones, and one of two batches."""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench import inputs
from connectors.claims import FOLDER
from hub.rawstore import RawStore
from hub.simulate import Options, simulate

CASES = 60
PACKAGE_SIZE = 12
SEED = 19
LARGE = 1_100
LARGE_PLACE = 7  # behind the sixth file
CLAIMED = FOLDER.decode()


def make(folder: Path) -> Path:
    """Write the files of the department into `folder`, as they are sent; returns it."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        small = Path(scratch) / "small"
        options = Options(
            cases=CASES,
            out=small,
            today=inputs.TODAY,
            seed=SEED,
            code=inputs.SYSTEM,
            package_size=PACKAGE_SIZE,
        )
        simulate(options)
        (small / "out").rename(folder)
        large = Path(scratch) / "large.xml"
        inputs.make_base(large, LARGE)
        data = re.sub(rb"<PackageId>([^<]+)", rb"<PackageId>\1-large", large.read_bytes(), count=1)
        name = f"{LARGE_PLACE - 1:06d}-two-batches.xml"  # sorts behind the file of that number
        (folder / name).write_bytes(data.replace(b"</CaseNo>", b"-L</CaseNo>"))
        (folder / f"{name}.ok").touch()
    return folder


@dataclass(frozen=True, slots=True)
class Department:
    """One copy of it, with a hub home of its own beside it; `files` maps names to SHA-256."""

    folder: Path
    files: dict[str, str]

    @property
    def receipts(self) -> Path:
        return self.folder / "department" / "receipts"

    @property
    def inbox(self) -> Path:
        return self.folder / "department" / "out"

    def environment(self, url: str) -> dict[str, str]:
        """What a worker runs with."""
        return {
            "SUPHUB_DATABASE_URL": url,
            "SUPHUB_HOME": str(self.folder / "var"),
            "SUPHUB_SYSTEMS": str(self.folder / "department" / "systems"),
        }

    def lost(self) -> list[str]:
        """Files that lie neither at the source nor, whole, in the raw store. There must never be any."""
        store = RawStore(self.folder / "var" / "raw")
        places = (self.inbox, self.inbox / CLAIMED)
        return [
            name
            for name, digest in self.files.items()
            if not any(_holds(place / name, digest) for place in places)
            and not _holds(store.path(digest), digest)
        ]

    def left(self) -> list[str]:
        """What still lies in inbox and claims; empty once everything is taken. Locks of dead workers are no files."""
        return sorted(
            str(path.relative_to(self.inbox))
            for path in self.inbox.rglob("*")
            if path.is_file() and not path.name.startswith(".lock-")
        )

    def stale_locks(self) -> int:
        """Empty lock files that dead workers left; harmless, since nobody holds them."""
        return len(list((self.inbox / CLAIMED).glob(".lock-*")))

    def delivered(self) -> dict[str, bytes]:
        """Receipts by the name of the file they answer."""
        suffix = ".receipt.xml"
        return {p.name.removesuffix(suffix): p.read_bytes() for p in self.receipts.glob(f"*{suffix}")}

    def unfinished(self) -> list[str]:
        """Temporary files among receipts and refused."""
        folder = self.folder / "department"
        return [p.name for name in ("receipts", "refused") for p in (folder / name).glob(".suphub-*")]

    def refused(self) -> dict[str, str]:
        """SHA-256 of the files written back as refused."""
        folder = self.folder / "department" / "refused"
        return {p.name: inputs.sha256(p) for p in folder.iterdir() if not p.name.startswith(".")}


def copy(sent: Path, folder: Path) -> Department:
    """A fresh department in `folder` with the files of `sent` ready in its inbox."""
    inputs.department(folder / "department")
    inbox = folder / "department" / "out"
    inbox.rmdir()
    shutil.copytree(sent, inbox)
    files = {p.name: inputs.sha256(p) for p in sorted(inbox.iterdir()) if p.suffix != ".ok"}
    return Department(folder, files)


def _holds(path: Path, digest: str) -> bool:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == digest
    except FileNotFoundError:
        return False
