"""The door behind a real HAProxy, configured as the documentation has it: certificates, tokens, and who called."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import httpx
import pytest

from tests.integration.inbox.conftest import Department
from tests.integration.inbox.test_served import service, tls
from tests.support.command import Suphub
from tests.support.haproxy import running_proxy
from tests.support.message import SYSTEM, case, package
from tests.support.nodes import entries

GOOD = package([case("C1")])
HEADER = "X-Client-Certificate-SHA256"


class Front:
    """A machine of the department in front of the proxy: the hub's authority, and a client certificate of its own."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.url = f"https://127.0.0.1:{port}/v1/systems/{SYSTEM}/packages/"

    @property
    def fingerprint(self) -> str:
        return sha256(ssl.PEM_cert_to_DER_cert((self.folder / "front.pem").read_text())).hexdigest()

    def push(
        self, name: str, *, certificate: bool = False, caller: str = "127.0.0.1", **headers: str
    ) -> httpx.Response:
        context = ssl.create_default_context(cafile=str(self.folder / "hub-ca.crt"))
        if certificate:
            context.load_cert_chain(self.folder / "front.pem", self.folder / "front.key")
        with httpx.Client(
            transport=httpx.HTTPTransport(verify=context, local_address=caller), timeout=60
        ) as client:
            told = {name.replace("_", "-"): value for name, value in headers.items()}
            return client.put(self.url + name, content=GOOD, headers=told)


@pytest.fixture
def front(department: Department, suphub: Suphub, tmp_path: Path) -> Iterator[Front]:
    folder = tmp_path / "machine"
    folder.mkdir()
    tls(folder)
    (folder / "hub.pem").write_bytes((folder / "hub.crt").read_bytes() + (folder / "hub.key").read_bytes())
    files = ("--key-out", folder / "front.key", "--certificate-out", folder / "front.pem")
    assert suphub("node", "issue", f"{SYSTEM}/front-2", "--kind", "certificate", *files).code == 0
    named = {
        "/etc/haproxy/hub.pem": folder / "hub.pem",
        "/etc/haproxy/node-authority.crt": tmp_path / "home" / "keys" / "node-authority.crt",
    }
    with (
        service(tmp_path, "--trusted-proxy", "127.0.0.1") as address,
        running_proxy(folder, door=address.removeprefix("http://"), files=named) as port,
    ):
        yield Front(folder, port)


def test_a_certificate_that_the_proxy_has_checked_opens_the_door_until_it_is_revoked(
    department: Department, front: Front, suphub: Suphub
) -> None:
    assert front.push("x.xml", certificate=True).status_code == 202
    [done] = department.hub.run()
    assert (done["state"], done["accepted"]) == ("closed", 1)
    assert department.hub.rows("pushed", "node") == [("front-2",)]

    assert suphub("node", "revoke", f"{SYSTEM}/front-2", "--reason", "泄露").code == 0
    refused = front.push("y.xml", certificate=True)
    assert (refused.status_code, refused.json()["code"]) == (401, "NODE_REVOKED")


def test_a_token_opens_it_too_and_a_fingerprint_that_the_caller_claims_does_not(
    department: Department, front: Front
) -> None:
    assert front.push("x.xml", authorization=f"Bearer {department.token}").status_code == 202
    claimed = front.push("y.xml", **{HEADER: front.fingerprint})
    assert (claimed.status_code, claimed.json()["code"]) == (401, "NODE_REFUSED")
    assert [row[0] for row in department.hub.rows("pushed", "name")] == ["x.xml"]


def test_who_called_is_the_address_that_the_proxy_saw(department: Department, front: Front) -> None:
    said = front.push(
        "x.xml", caller="127.0.0.2", authorization="Bearer nonsense", X_Forwarded_For="192.0.2.99"
    )
    assert said.status_code == 401
    [entry] = entries(department.hub.engine, "node.refused")
    assert entry["peer"] == "127.0.0.2"
