"""The command `suphub` without the second in which it loads: each call is a process of its own, forked from one that has loaded.

`python -m tests.support.forked FOLDER` writes FOLDER/suphub, says "ready" and serves it until its standard input ends. The
command's arguments, environment, folder, standard streams and exit code are the caller's, as those of the program are.
"""

from __future__ import annotations

import importlib
import io
import json
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APART = ("hub.airflow_edge", "hub.central.migrations", "hub.demo")
CALLER = """#!{python} -IS
import array, json, os, socket, sys
with socket.socket(socket.AF_UNIX) as line:
    line.connect({address!r})
    streams = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0, 1, 2]))]
    said = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
    line.sendmsg([len(said).to_bytes(8, "big")], streams)
    line.sendall(said)
    code = line.recv(1)
sys.exit(code[0] if code else "the command ended without an exit code")
"""


@contextmanager
def suphub_on_path(folder: Path) -> Iterator[Path]:
    """A folder for PATH whose `suphub` does what the program does, for the length of the block."""
    server = subprocess.Popen(
        [sys.executable, "-m", __name__, str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert server.stdout is not None
        assert server.stdout.readline() == b"ready\n"
        yield folder
    finally:
        server.communicate()
    assert server.returncode == 0


def serve(folder: Path) -> None:
    """Load the program, and fork for each call until nobody is left at standard input."""
    _load()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(folder / "door"))
        door.listen()
        caller = folder / "suphub"
        caller.write_text(
            CALLER.format(python=sys.executable, address=str(folder / "door")), encoding="utf-8"
        )
        caller.chmod(0o755)
        os.write(1, b"ready\n")
        while door in select.select([door, 0], [], [])[0]:
            line, _ = door.accept()
            if os.fork() == 0:
                door.close()
                _answer(line)
            line.close()


def _load() -> None:
    """Everything that a command might want; what was loaded beforehand is not loaded by each."""
    import hub.cli

    hub.cli.build()
    for room in pkgutil.walk_packages(hub.__path__, "hub."):
        if not room.name.startswith(APART):
            importlib.import_module(room.name)


def _answer(line: socket.socket) -> None:
    """In the child: be the program, tell its exit code, and end."""
    code = 70
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        code = _perform(*_heard(line))
    finally:
        line.sendall(bytes([code]))
        os._exit(code)


def _heard(line: socket.socket) -> tuple[list[str], str, dict[str, str]]:
    size, streams, _, _ = socket.recv_fds(line, 8, 3)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    said = b""
    while len(said) < int.from_bytes(size, "big"):
        said += line.recv(65_536)
    arguments, folder, environment = json.loads(said)
    return arguments, folder, environment


def _perform(arguments: list[str], folder: str, environment: dict[str, str]) -> int:
    from hub.cli import main

    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.stdin, sys.stdout, sys.stderr = (
        io.TextIOWrapper(open(number, mode, closefd=False), encoding="utf-8", line_buffering=number == 2)  # noqa: SIM115
        for number, mode in enumerate(("rb", "wb", "wb"))
    )
    sys.argv = ["suphub", *arguments]
    sys.modules["__main__"].__package__ = None  # or the texts on usage would name this module
    try:
        main()
        code: object = 0
    except SystemExit as ended:
        code = ended.code
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    return code if isinstance(code, int) else int(code is not None)


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
