"""A real OpenSSH server for tests: its own host keys, one account, a free loopback port; stopped by its pid.

As root it runs in a mount namespace of its own with an account `land` that exists only there, so that passwords and
rights are real and the machine's own accounts stay as they are. Otherwise it runs as, and admits only, the present user.
"""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from connectors.base import Access
from tests.support.ports import free_port

SSHD = "/usr/sbin/sshd"
PASSWORD = "口令 p@ss:word/1"  # awkward on purpose
UID = 47811
START_SECONDS = 300

CONFIGURATION = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/ed25519
HostKey {folder}/rsa
AuthorizedKeysFile {folder}/authorized_keys
StrictModes no
PidFile none
UsePAM no
UseDNS no
PasswordAuthentication {password}
KbdInteractiveAuthentication no
MaxStartups 200
MaxSessions 200
Subsystem sftp internal-sftp {umask}
"""

IN_NAMESPACE = """\
set -e
mount -t tmpfs tmpfs /run
mkdir -m 755 /run/sshd
for name in passwd shadow group; do mount --bind "$1/$name" "/etc/$name"; done
eval "$2"
exec {sshd} -D -e -f "$1/sshd_config"
"""


class NotInstalled(AssertionError):
    """OpenSSH's server is not on this machine."""


class Sshd:
    """One server; `start` and `stop` may be repeated, `root` (the department's files) stays until `remove`."""

    def __init__(self) -> None:
        self.folder = Path()
        self.port = 0
        self.before = "true"
        self.more = ""  # lines of its configuration
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def root(self) -> Path:
        """The department's files, which belong to the account."""
        return self.folder / "data"

    @property
    def private(self) -> bool:
        """Whether it has an account of its own (and so a password)."""
        return os.geteuid() == 0

    @property
    def login(self) -> str:
        return "land" if self.private else getpass.getuser()

    def create(self) -> None:
        """Keys, account and an empty folder."""
        if not Path(SSHD).exists() or shutil.which("ssh-keygen") is None:
            raise NotInstalled(
                "OpenSSH is not installed, so this cannot be tested: `make test` installs it (apt-get install openssh-server)."
            )
        self.folder = Path(tempfile.mkdtemp(prefix="suphub-sshd-", dir="/tmp"))
        self.folder.chmod(0o755)
        self.root.mkdir()
        for kind in ("ed25519", "rsa", "client"):
            self.new_key(kind)
        shutil.copy(self.folder / "client.pub", self.folder / "authorized_keys")
        if self.private:
            os.chown(self.root, UID, UID)
            self._make_account()
        self.port = free_port()

    def new_key(self, name: str) -> None:
        """A new key pair under that name, in place of the former."""
        for path in (self.folder / name, self.folder / f"{name}.pub"):
            path.unlink(missing_ok=True)
        kind = "rsa" if name == "rsa" else "ed25519"
        _run("ssh-keygen", "-q", "-t", kind, "-N", "", "-f", str(self.folder / name))

    def start(self, before: str = "true") -> None:
        """`before` is run in the server's namespace: mounts that only the server sees (as root)."""
        umask = "-u 0022"
        text = CONFIGURATION.format(
            port=self.port, folder=self.folder, password="yes" if self.private else "no", umask=umask
        )
        (self.folder / "sshd_config").write_text(text + self.more, encoding="utf-8")
        command = [SSHD, "-D", "-e", "-f", str(self.folder / "sshd_config")]
        if self.private:
            script = IN_NAMESPACE.format(sshd=SSHD)
            command = ["unshare", "--mount", "sh", "-c", script, "sh", str(self.folder), before]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", *command], stdout=log, stderr=log, start_new_session=True
            )
        self._wait()

    def stop(self) -> None:
        """End the server and every connection to it."""
        if self._process is not None:
            children = _children(self._process.pid)
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(timeout=START_SECONDS)
            for child in children:
                _end(child)
            self._process = None

    def hang_up(self) -> None:
        """End every connection; the server itself goes on."""
        assert self._process is not None
        for child in _children(self._process.pid):
            _end(child)

    def remove(self) -> None:
        if self.folder != Path():
            shutil.rmtree(self.folder)

    def own(self, path: Path | str | bytes) -> None:
        """Give a file to the account, as if the department had written it."""
        if self.private:
            os.chown(path, UID, UID, follow_symlinks=False)

    def fingerprint(self, key: str = "ed25519") -> str:
        """`SHA256:…` as ssh-keygen says it."""
        return _run("ssh-keygen", "-lf", str(self.folder / f"{key}.pub")).split()[1]

    def public_key(self, key: str = "ed25519") -> str:
        """`ssh-ed25519 AAAA…`."""
        return " ".join((self.folder / f"{key}.pub").read_text(encoding="ascii").split()[:2])

    def access(self, *, port: int | None = None, **extra: Any) -> Access:
        """The connection, with the host's key pinned and the client's key; other extras replace these."""
        given = {"host_key": self.public_key(), "key_file": str(self.folder / "client"), **extra}
        kept = {name: value for name, value in given.items() if value is not None}
        return Access("land_sftp", "sftp", "127.0.0.1", port or self.port, self.login, None, None, kept)

    def with_password(self, password: str = PASSWORD) -> Access:
        """The connection with a password in place of the key."""
        return Access(
            "land_sftp", "sftp", "127.0.0.1", self.port, self.login, password, None,
            {"host_key": self.public_key()},
        )  # fmt: skip

    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def _make_account(self) -> None:
        home, secret = self.root, _run("openssl", "passwd", "-6", PASSWORD)
        lines = {
            "passwd": f"land:x:{UID}:{UID}::{home}:/bin/sh\n",
            "shadow": f"land:{secret}:20000:0:99999:7:::\n",
            "group": f"land:x:{UID}:\n",
        }
        for name, line in lines.items():
            path = self.folder / name
            path.write_text(Path("/etc", name).read_text(encoding="utf-8") + line, encoding="utf-8")
            path.chmod(0o600 if name == "shadow" else 0o644)

    def _wait(self) -> None:
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 5) as probe:
                    probe.settimeout(5)
                    if probe.recv(4) == b"SSH-":
                        return
            except OSError:
                pass  # not listening yet
            if self._process is None or self._process.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"sshd did not start:\n{self.log()}")
            time.sleep(0.02)


@contextmanager
def running_server() -> Iterator[Sshd]:
    """A fresh server for the length of the block."""
    server = Sshd()
    try:
        server.create()
        server.start()
        yield server
    finally:
        server.stop()
        server.remove()


def _children(pid: int) -> list[int]:
    """All descendants of a process."""
    found: list[int] = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in path.read_text(encoding="ascii").split():
            found += [int(child), *_children(int(child))]
    return found


def _end(pid: int) -> None:
    with suppress(ProcessLookupError):  # it ended with its parent
        os.kill(pid, signal.SIGKILL)


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
