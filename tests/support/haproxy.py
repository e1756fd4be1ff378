"""A real HAProxy for tests: with the configuration of the documentation, on free loopback ports, stopped by its pid."""

from __future__ import annotations

import contextlib
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from tests.support.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
UNPACKED = ROOT / "tests" / "servers" / "haproxy" / "usr" / "sbin" / "haproxy"
PAGE = ROOT / "docs" / "connectors" / "push.md"
PATIENCE = 60.0


@contextlib.contextmanager
def running_proxy(folder: Path, *, door: str, files: dict[str, Path]) -> Iterator[int]:
    """The page's proxy in front of a door (host:port); its port. `files` are those that the page names, and where they lie."""
    program = str(UNPACKED) if UNPACKED.exists() else shutil.which("haproxy", path="/usr/sbin")
    assert program is not None, "HAProxy is not installed, so this cannot be tested: `make test` unpacks it."
    [text] = re.findall(r"^```haproxy\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    port = free_port()
    for name, meant in {":443": f"127.0.0.1:{port}", "127.0.0.1:8460": door, **files}.items():
        assert text.count(name) == 1, f"{name} stands {text.count(name)} times on the page"
        text = text.replace(name, str(meant))
    file = folder / "haproxy.cfg"
    file.write_text(text, encoding="utf-8")
    with (folder / "haproxy.log").open("wb") as log:
        process = subprocess.Popen([program, "-db", "-f", str(file)], stdout=log, stderr=log)
        try:
            _wait(process, port, folder / "haproxy.log")
            yield port
        finally:
            process.terminate()
            process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text(encoding="utf-8")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
    raise AssertionError(f"HAProxy does not listen: {log.read_text(encoding='utf-8')}")
