"""An sshd that asks the hub for its keys lets a node in until its key is revoked."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.integration.pipeline.conftest import Hub
from tests.support.command import Suphub
from tests.support.message import SYSTEM
from tests.support.sshd import Sshd

ASKING = """\
#!/bin/sh
export SUPHUB_HOME='{home}' SUPHUB_SYSTEMS='{systems}' SUPHUB_DATABASE_URL='{url}' PYTHONPATH='{root}'
exec '{suphub}' node authorized-keys land-bureau --fingerprint "$1"
"""
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def server(sqlite_hub: Hub) -> Iterator[Sshd]:
    """OpenSSH that knows no key by itself; as root in a place of its own, as sshd wants the command that it asks."""
    made = Sshd()
    made.create()
    (made.folder / "authorized_keys").write_text("", encoding="ascii")
    script = made.folder / "ask"
    script.write_text(
        ASKING.format(
            home=os.environ["SUPHUB_HOME"], systems=sqlite_hub.systems, url=os.environ["SUPHUB_DATABASE_URL"], root=ROOT,
            suphub=Path(sys.executable).parent / "suphub",
        ),
        encoding="utf-8",
    )  # fmt: skip
    script.chmod(0o755)
    place = "/run/sshd/ask" if made.private else str(script)
    account = "root" if made.private else made.login
    made.more = f"AuthorizedKeysCommand {place} %f\nAuthorizedKeysCommandUser {account}\n"
    made.start(f"chmod 755 /run && cp '{script}' {place}" if made.private else "true")
    yield made
    made.stop()
    with suppress(FileNotFoundError):
        made.remove()


def log_in(server: Sshd) -> int:
    options = (
        "BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "IdentitiesOnly=yes",
        "PreferredAuthentications=publickey", "LogLevel=ERROR",
    )  # fmt: skip
    chosen = [word for option in options for word in ("-o", option)]
    key = str(server.folder / "client")
    return subprocess.run(
        ["ssh", "-p", str(server.port), "-i", key, *chosen, f"{server.login}@127.0.0.1", "true"], check=False,
        capture_output=True, stdin=subprocess.DEVNULL,
    ).returncode  # fmt: skip


def test_a_key_opens_an_sshd_that_asks_the_hub_until_it_is_revoked(
    sqlite_hub: Hub, suphub: Suphub, server: Sshd
) -> None:
    assert log_in(server) == 255
    key = str(server.folder / "client.pub")
    issued = suphub("node", "issue", f"{SYSTEM}/front-1", "--kind", "ssh-key", "--public-key", key)
    assert "authorized-keys" in issued.text
    line = f"{server.public_key('client')} {SYSTEM}/front-1\n"
    ask = ("node", "authorized-keys")
    assert suphub(*ask, SYSTEM).text == suphub(*ask, f"{SYSTEM}/front-1").text == line
    assert suphub(*ask, f"{SYSTEM}/front-2").text == ""
    assert suphub(*ask, SYSTEM, "--fingerprint", server.fingerprint("client")).text == line
    assert suphub(*ask, SYSTEM, "--fingerprint", server.fingerprint("rsa")).text == ""
    assert log_in(server) == 0, server.log()

    assert suphub("node", "revoke", f"{SYSTEM}/front-1", "--reason", "泄露").code == 0
    assert suphub(*ask, SYSTEM).text == ""
    assert log_in(server) == 255
