"""The demonstration's front-end machine: OpenSSH's server over a department's folder, on a loopback port of its own."""

from __future__ import annotations

import getpass
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import paramiko
import yaml

from hub.demo.airflow_home import HOST

PATIENCE = 30.0
_CONFIGURATION = """\
Port {port}
ListenAddress {host}
HostKey {keys}/host
AuthorizedKeysFile {keys}/client.pub
AllowUsers {user}
PermitRootLogin prohibit-password
StrictModes no
PidFile none
UsePAM no
UseDNS no
PasswordAuthentication no
KbdInteractiveAuthentication no
DisableForwarding yes
ForceCommand internal-sftp
Subsystem sftp internal-sftp
"""


class CannotServe(Exception):
    """The server does not run here; the text says why."""


@contextmanager
def served_by_sftp(folder: Path) -> Iterator[str]:
    """Serve a department's folder; gives the connection as JSON, host key pinned. The server ends with the block.

    Raises CannotServe where OpenSSH's server is not installed, does not start or lets nobody in.
    """
    keys = folder / "ssh"
    port = _free_port()
    process = _start(keys, port)
    try:
        access = {
            "conn_type": "sftp",
            "host": HOST,
            "port": port,
            "login": getpass.getuser(),
            "extra": {"key_file": str((keys / "client").absolute()), "host_key": _public(keys / "host.pub")},
        }
        _log_in(process, keys, port, folder)
        yield json.dumps(access)
    finally:
        os.killpg(process.pid, signal.SIGTERM)  # its own group: the sessions too
        process.wait()


def reach(registration: Path, connection: str, folder: Path, *, by_sftp: bool) -> None:
    """Let the registration say how the department's folder is reached: by SFTP, or as a directory of this machine."""
    said = yaml.safe_load(registration.read_text(encoding="utf-8"))
    base = folder.absolute()
    connector = {"kind": "sftp", "connection": connection} if by_sftp else {"kind": "directory"}
    connector |= {
        "inbox": str(base / "out"),
        "receipts": str(base / "receipts"),
        "refused": str(base / "refused"),
    }
    wanted = {**said, "connector": {**connector, "ready": {"marker": ".ok"}}}
    if wanted != said:
        registration.write_text(yaml.safe_dump(wanted, allow_unicode=True, sort_keys=False), encoding="utf-8")


def _start(keys: Path, port: int) -> subprocess.Popen[bytes]:
    program = shutil.which("sshd", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
    if program is None or shutil.which("ssh-keygen") is None:
        raise CannotServe("没有安装 OpenSSH 服务器 / OpenSSH's server is not installed")
    try:
        keys.mkdir(mode=0o700, exist_ok=True)
        for name in ("host", "client"):
            if not (keys / name).exists():
                subprocess.run(
                    ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(keys / name)],
                    check=True, capture_output=True, stdin=subprocess.DEVNULL,
                )  # fmt: skip
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(
                mode=0o755, exist_ok=True
            )  # sshd asks root for it, as its service script makes it
    except (OSError, subprocess.CalledProcessError) as error:
        raise CannotServe(str(error)) from error
    configuration = keys / "sshd_config"
    text = _CONFIGURATION.format(port=port, host=HOST, keys=keys.absolute(), user=getpass.getuser())
    configuration.write_text(text, encoding="utf-8")
    with_parent = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
    with (keys / "log").open("ab") as log:
        return subprocess.Popen(
            [*with_parent, program, "-D", "-e", "-f", str(configuration.absolute())],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, process_group=0,
        )  # fmt: skip


def _log_in(process: subprocess.Popen[bytes], keys: Path, port: int, folder: Path) -> None:
    """Wait until the server lets its account in and shows the folder."""
    until = time.monotonic() + PATIENCE
    why = ""
    while time.monotonic() < until and process.poll() is None:
        try:
            with (
                socket.create_connection((HOST, port), PATIENCE) as line,
                paramiko.Transport(line) as transport,
            ):
                key = paramiko.Ed25519Key.from_private_key_file(str(keys / "client"))
                transport.connect(username=getpass.getuser(), pkey=key)
                session = paramiko.SFTPClient.from_transport(transport)
                if session is not None:
                    session.stat(str(folder.absolute()))
                    return
        except ConnectionRefusedError:
            time.sleep(0.05)  # it has not begun to listen
        except (OSError, paramiko.SSHException) as error:
            why = str(error)
            break
    raise CannotServe(f"{why or 'OpenSSH'} ({keys / 'log'})")


def _public(path: Path) -> str:
    return " ".join(path.read_text(encoding="ascii").split()[:2])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
