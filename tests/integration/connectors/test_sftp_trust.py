"""Whom the hub talks to by SFTP, and as whom: pinned host keys before anything secret, then a key or a password."""

from __future__ import annotations

import dataclasses
import logging
import queue
import socket
import subprocess
import threading
from collections.abc import Iterator
from logging.handlers import QueueHandler
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Access
from connectors.sftp.session import QUIET
from hub.errors import HubError, RetryError, StopError
from tests.support.sftp import SftpPeer
from tests.support.sshd import PASSWORD, Sshd, running_server


@pytest.fixture
def peer(sshd: Sshd, tmp_path: Path) -> Iterator[SftpPeer]:
    made = SftpPeer(sshd, tmp_path.name, tmp_path / "work", {"marker": ".ok"})
    made.put(b"a.xml", b"<a/>")
    yield made
    made.close()


def listed(peer: SftpPeer, access: Access | None = None, **options: Any) -> list[str]:
    if access is not None:
        peer.access = access
    peer.options |= options
    return [notice.name for notice in peer.connector().ready()]


def refused(peer: SftpPeer, access: Access | None = None, **options: Any) -> HubError:
    with pytest.raises(HubError) as caught:
        listed(peer, access, **options)
    assert peer.inbox() == {b"a.xml": b"<a/>"}
    return caught.value


def texts(error: HubError) -> tuple[str, ...]:
    return error.message_zh, error.message_en, error.remedy_zh, error.remedy_en


def test_a_server_whose_key_nobody_pinned_is_told_with_its_fingerprint_and_gets_no_credential(
    peer: SftpPeer, sshd: Sshd
) -> None:
    before = len(sshd.log())
    error = refused(peer, sshd.access(host_key=None))

    assert isinstance(error, StopError)
    assert error.code == "SFTP_HOST_KEY_UNPINNED"
    assert all(sshd.fingerprint() in text for text in texts(error))
    assert sshd.public_key() in error.remedy_en
    assert "user land" not in sshd.log()[before:]


def test_what_the_error_says_to_pin_is_what_is_needed(peer: SftpPeer, sshd: Sshd) -> None:
    error = refused(peer, sshd.access(host_key=None))
    pin = error.remedy_en.split('host_keys: ["')[1].split('"')[0]
    assert listed(peer, host_keys=[pin]) == ["a.xml"]


def test_a_changed_host_key_stops_the_system_names_both_and_sends_no_credential(tmp_path: Path) -> None:
    with running_server() as server:
        peer = SftpPeer(server, "department", tmp_path / "work", {"marker": ".ok"})
        peer.put(b"a.xml", b"<a/>")
        assert listed(peer) == ["a.xml"]
        known = server.fingerprint()
        server.stop()
        server.new_key("ed25519")
        server.start()
        before = len(server.log())
        error = refused(peer)

        assert isinstance(error, StopError)
        assert error.code == "SFTP_HOST_KEY_CHANGED"
        for text in (error.message_zh, error.message_en):
            assert known in text
            assert server.fingerprint() in text
        assert "user land" not in server.log()[before:]
        peer.close()


def test_a_key_of_another_kind_than_the_pinned_one_is_a_changed_key(peer: SftpPeer, sshd: Sshd) -> None:
    stranger = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBA=="
    error = refused(peer, sshd.access(host_key=stranger))
    assert error.code == "SFTP_HOST_KEY_CHANGED"
    assert sshd.fingerprint() in error.message_en


@pytest.mark.parametrize(
    "way", ["key", "line of known_hosts", "fingerprint", "rsa", "rsa fingerprint", "several"]
)
def test_a_host_key_may_be_pinned_in_any_usual_form(peer: SftpPeer, sshd: Sshd, way: str) -> None:
    pins = {
        "key": [sshd.public_key()],
        "line of known_hosts": [f"[127.0.0.1]:22 {sshd.public_key()} comment"],
        "fingerprint": [sshd.fingerprint()],
        "rsa": [sshd.public_key("rsa")],
        "rsa fingerprint": [sshd.fingerprint("rsa")],
        "several": ["SHA256:" + "A" * 43, sshd.fingerprint()],
    }[way]
    assert listed(peer, sshd.access(host_key=None), host_keys=pins) == ["a.xml"]
    assert listed(peer, sshd.access(host_key=",".join(pins)), host_keys=[]) == ["a.xml"]


def test_a_pin_that_is_none_is_refused(peer: SftpPeer) -> None:
    error = refused(peer, host_keys=["MD5:00:11:22"])
    assert (error.code, error.place.field) == ("CONNECTOR_OPTION", "connector.host_keys")


def test_a_password_opens_the_door_and_a_wrong_one_stops_the_system(peer: SftpPeer, sshd: Sshd) -> None:
    assert listed(peer, sshd.with_password()) == ["a.xml"]
    error = refused(peer, sshd.with_password("wrong"))
    assert isinstance(error, StopError)
    assert error.code == "SFTP_LOGIN"
    assert "land" in error.message_en
    assert not any("wrong" in text for text in texts(error))


@pytest.mark.parametrize("form", ["text", "encrypted", "RSA in PEM", "file"])
def test_a_private_key_is_read_in_its_usual_forms(
    peer: SftpPeer, sshd: Sshd, tmp_path: Path, form: str
) -> None:
    key = tmp_path / "key"
    key.write_text((sshd.folder / "client").read_text())
    key.chmod(0o600)
    extra: dict[str, str | None] = {"key_file": None, "private_key": key.read_text()}
    if form == "encrypted":
        subprocess.run(
            ["ssh-keygen", "-q", "-p", "-N", PASSWORD, "-f", str(key)], check=True, capture_output=True
        )
        extra = {"key_file": str(key), "passphrase": PASSWORD}
    elif form == "RSA in PEM":
        path = tmp_path / "rsa"
        subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-m", "PEM", "-N", "", "-f", str(path)], check=True)
        with (sshd.folder / "authorized_keys").open("a") as file:
            file.write(path.with_suffix(".pub").read_text())
        extra = {"key_file": str(path)}
    elif form == "file":
        extra = {"key_file": str(key)}
    assert listed(peer, sshd.access(**extra)) == ["a.xml"]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("open to others", "SFTP_KEY_FILE_OPEN"),
        ("missing", "SFTP_KEY_FILE"),
        ("no key", "SFTP_KEY_FILE"),
        ("no passphrase", "SFTP_KEY_FILE"),
        ("a stranger's", "SFTP_LOGIN"),
        ("no credential", "SFTP_CREDENTIALS"),
        ("no host", "SFTP_CONNECTION"),
    ],
)
def test_a_key_that_cannot_be_used_stops_the_system(
    peer: SftpPeer, sshd: Sshd, tmp_path: Path, fault: str, code: str
) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    access = sshd.access(key_file=str(key))
    if fault == "open to others":
        key.chmod(0o640)
    elif fault == "missing":
        key.unlink()
    elif fault == "no key":
        key.write_text("not a key\n")
    elif fault == "no passphrase":
        subprocess.run(
            ["ssh-keygen", "-q", "-p", "-N", "secret", "-f", str(key)], check=True, capture_output=True
        )
    elif fault == "no credential":
        access = sshd.access(key_file=None)
    elif fault == "no host":
        access = dataclasses.replace(access, host=None)
    error = refused(peer, access)
    assert isinstance(error, StopError)
    assert error.code == code


def test_faults_of_a_server_are_raised_and_not_logged_beside_it(peer: SftpPeer, sshd: Sshd) -> None:
    said: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
    ear = QueueHandler(said)  # where the command's standard error and the log of a task listen: at the root
    logging.getLogger().addHandler(ear)
    try:
        assert refused(peer, sshd.access(host_key="SHA256:" + "A" * 43)).code == "SFTP_HOST_KEY_CHANGED"
        with socket.create_server(("127.0.0.1", 0)) as listener:
            server = threading.Thread(target=lambda: listener.accept()[0].close(), daemon=True)
            server.start()
            error = refused(peer, sshd.access(port=listener.getsockname()[1]), timeout="5s")
            server.join()
        assert error.code == "SFTP_HANDSHAKE"
    finally:
        logging.getLogger().removeHandler(ear)
    assert said.empty()
    assert any(isinstance(each, logging.NullHandler) for each in logging.getLogger(QUIET).handlers)


@pytest.mark.parametrize("says", ["nothing", "another protocol", "goodbye"])
def test_what_is_no_ssh_server_is_tried_again_later_and_not_waited_for(
    peer: SftpPeer, sshd: Sshd, says: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            taken, _ = listener.accept()
            with taken:
                if says == "another protocol":
                    taken.sendall(b"220 ftp\r\n" * 300)
                if says != "goodbye":
                    taken.recv(1)
                    over.wait(20)

        over = threading.Event()
        server = threading.Thread(target=answer, daemon=True)
        server.start()
        error = refused(peer, sshd.access(port=listener.getsockname()[1]), timeout="1s")
        over.set()
        server.join()
    assert isinstance(error, RetryError)
    assert error.code == "SFTP_HANDSHAKE"


def test_a_server_that_is_gone_is_tried_again_and_found_when_it_is_back(tmp_path: Path) -> None:
    with running_server() as server:
        peer = SftpPeer(server, "department", tmp_path / "work", {"marker": ".ok"})
        peer.put(b"a.xml", b"<a/>")
        connector = peer.connector()
        assert [notice.name for notice in connector.ready()] == ["a.xml"]
        server.stop()
        codes = []
        for _ in range(2):
            with pytest.raises(RetryError) as caught:
                list(connector.ready())
            codes.append(caught.value.code)
        assert codes[-1] == "SFTP_UNREACHABLE"
        server.start()
        assert [notice.name for notice in connector.ready()] == ["a.xml"]
        peer.close()
