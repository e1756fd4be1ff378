"""The door as a service of its own: curl, openssl and TLS as departments have them, slow and many callers."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from hub.inbox import application
from hub.inbox.house import Patience
from hub.inbox.serving import DoorProtocol, Listening, server
from tests.integration.inbox.conftest import Department
from tests.support.command import Suphub
from tests.support.message import SYSTEM, case, package
from tests.support.nodes import entries

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "departments" / "push.md"
GOOD = package([case("C1")])


@contextlib.contextmanager
def serving(department: Department) -> Iterator[tuple[str, int]]:
    """The door in a thread of this process, with the department's house; its address."""
    made = server(application(department.house), Listening("127.0.0.1", 0))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address: tuple[str, int] = listener.getsockname()
        thread = threading.Thread(target=made.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield address
        finally:
            made.should_exit = True
            thread.join()


@contextlib.contextmanager
def service(folder: Path, *options: object) -> Iterator[str]:
    """`suphub inbox serve` as a process; its address."""
    command = [
        str(Path(sys.executable).parent / "suphub"),
        "inbox",
        "serve",
        "--port",
        "0",
        *map(str, options),
    ]
    with (folder / "served.err").open("wb") as errors:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, env={**os.environ, "PYTHONUNBUFFERED": "1"}
        )
        assert process.stdout is not None
        try:
            said = process.stdout.readline().decode().strip()
            assert said.startswith("http"), (folder / "served.err").read_text()
            yield said.removesuffix("/v1/")
        finally:
            process.terminate()
            process.wait()
            process.stdout.close()


def tls(folder: Path) -> None:
    """An authority and a server's certificate of it, made as a centre would make them."""
    script = """
    openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=authority -keyout ca.key -out hub-ca.crt
    openssl req -new -newkey rsa:2048 -nodes -subj /CN=hub -keyout hub.key -out hub.csr
    printf 'subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n' > hub.ext
    openssl x509 -req -in hub.csr -CA hub-ca.crt -CAkey ca.key -CAcreateserial -days 30 -extfile hub.ext -out hub.crt
    """
    shell(script, folder)


def shell(script: str, folder: Path, **environment: str) -> str:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=folder, env={**os.environ, **environment}, capture_output=True,
        text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def blocks() -> list[str]:
    return re.findall(r"^```bash\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S)


def test_the_commands_of_the_page_lead_from_a_token_to_a_checked_receipt(
    department: Department, suphub: Suphub, tmp_path: Path
) -> None:
    """A token and a client certificate issued by the command line, curl, an exchange, openssl; then both revoked."""
    folder = tmp_path / "machine"
    folder.mkdir()
    tls(folder)
    token = suphub("node", "issue", f"{SYSTEM}/front-2", "--kind", "token", "--json").document
    assert token["in_use"] is True
    files = ("--key-out", folder / "front-1.key", "--certificate-out", folder / "front-1.pem")
    assert suphub("node", "issue", f"{SYSTEM}/front-2", "--kind", "certificate", *files).code == 0
    (folder / "x.xml").write_bytes(GOOD)
    (folder / "y.xml").write_bytes(package([case("C2")], "P2", serial=2))
    keys = tmp_path / "home" / "keys"
    options = (
        "--certificate", folder / "hub.crt", "--key", folder / "hub.key", "--client-authorities", keys / "node-authority.crt",
    )  # fmt: skip
    once, push, fetch, certificate = blocks()
    with service(tmp_path, *options) as address:
        told = {"HUB": f"{address}/v1/systems/{SYSTEM}", "TOKEN": token["token"]}
        assert '"sha256"' in shell(once + push, folder, **told)
        assert '"sha256"' in shell(certificate, folder, **told)
        assert suphub("exchange", "run", SYSTEM).code == 0
        (folder / "receipts.crt").write_bytes((keys / "receipts.crt").read_bytes())
        said = shell(fetch, folder, **told)
        assert said.startswith("200\n")
        assert "CMS Verification successful" in said

        assert suphub("node", "revoke", f"{SYSTEM}/front-2", "--reason", "泄露").code == 0
        for script in (push, certificate):
            with pytest.raises(AssertionError, match="NODE_REVOKED"):
                shell(script, folder, **told)
    kinds = [(each["kind"], each["why"]) for each in entries(department.hub.engine, "node.refused")]
    assert kinds == [("token", "revoked"), ("certificate", "revoked")]
    assert department.hub.count("package") == 2


@pytest.mark.parametrize(
    "options", [("--host", "0.0.0.0"), ("--certificate", __file__), ("--trusted-proxy", "nobody")]
)
def test_a_door_that_would_let_tokens_be_overheard_does_not_open(
    department: Department, suphub: Suphub, options: tuple[str, ...]
) -> None:
    assert suphub("inbox", "serve", *options).code == 2


def test_a_certificate_that_cannot_be_used_is_told(department: Department, suphub: Suphub) -> None:
    said = suphub("inbox", "serve", "--certificate", __file__, "--key", __file__)
    assert (said.code, said.err.split(maxsplit=1)[0]) == (3, "INBOX_TLS")


def test_who_stops_or_crawls_within_a_package_is_cut_off_and_nothing_is_left(department: Department) -> None:
    department.change(patience=Patience(chunk=0.2, free=0.0, slowest=1 << 30))
    head = (
        f"PUT /v1/systems/{SYSTEM}/packages/%s HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {department.token}\r\n"
        "Content-Length: 100\r\n\r\nabc"
    )
    with serving(department) as address:
        for name in ("stops.xml", "crawls.xml"):
            with socket.create_connection(address) as caller:
                caller.sendall((head % name).encode())
                if name == "crawls.xml":
                    caller.sendall(b"d")
                assert caller.recv(4096).startswith(b"HTTP/1.1 408")
        with socket.create_connection(address) as caller:
            caller.sendall((head % "hangs-up.xml").encode())
        assert httpx.get(f"http://{address[0]}:{address[1]}/").status_code == 404
    assert department.lying() == []


def test_who_never_ends_the_head_of_a_request_is_cut_off_and_holds_nobody_up(
    department: Department, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DoorProtocol, "head_seconds", 1.0)
    with serving(department) as address, contextlib.ExitStack() as callers:
        silent = [callers.enter_context(socket.create_connection(address)) for _ in range(200)]
        for caller in silent[:100]:
            caller.sendall(b"PUT /v1/systems/")
        begun = time.monotonic()
        url = f"http://{address[0]}:{address[1]}/v1/systems/{SYSTEM}/packages/x.xml"
        pushed = httpx.put(url, content=GOOD, headers={"authorization": f"Bearer {department.token}"})
        assert pushed.status_code == 202
        for caller in silent:
            caller.settimeout(20)
            with contextlib.suppress(ConnectionResetError):
                assert caller.recv(100) == b""
        assert time.monotonic() - begun < 15


def test_of_many_who_push_one_name_at_once_one_wins_and_is_whole(department: Department) -> None:
    bodies = [b"<a>" + str(number).encode() * 50_000 + b"</a>" for number in range(4)]
    with serving(department) as address, httpx.Client(timeout=60) as client, ThreadPoolExecutor(16) as pool:
        url = f"http://{address[0]}:{address[1]}/v1/systems/{SYSTEM}/packages/x.xml"
        headers = {"authorization": f"Bearer {department.token}"}
        sent = [bodies[number % 4] for number in range(16)]
        answers = list(
            pool.map(lambda body: client.put(url, content=body, headers=headers).status_code, sent)
        )
    [lying] = [name for name in department.lying() if not name.startswith("packages/.")]
    won = (department.spool / lying).read_bytes()
    assert won in bodies
    assert answers == [202 if body == won else 409 for body in sent]
