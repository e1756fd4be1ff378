"""The FTP connector keeps every promise of a connector, on real servers, under TLS with session reuse and in clear."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from connectors.names import text_of
from hub.errors import StopError
from tests.support.ftp_peer import FtpPeer
from tests.support.iis import Iis
from tests.support.proftpd import ProFtpd
from tests.support.vsftpd import Vsftpd
from tests.unit.connectors.test_contract import *  # noqa: F403 - the same tests, with another peer
from tests.unit.connectors.test_contract import (
    AWKWARD,
    names,
)
from tests.unit.connectors.test_contract import (
    test_any_file_name_goes_round_and_hides_no_neighbour as any_file_name,
)


def iis() -> Iis:
    return Iis(Path(tempfile.mkdtemp(prefix="suphub-iis-", dir="/tmp")))


WAYS: dict[str, tuple[Callable[..., Any], dict[str, Any], dict[str, Any]]] = {
    "proftpd-tls-marker": (ProFtpd, {}, {"ready": {"marker": ".ok"}}),
    "vsftpd-tls-rename": (Vsftpd, {}, {"ready": {"rename": ".part"}}),
    "vsftpd-clear-active-marker": (Vsftpd, {"tls": False}, {"ready": {"marker": ".ok"}, "mode": "active"}),
    "iis-like-gbk-marker": (iis, {}, {"ready": {"marker": ".ok"}}),
}


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, Any]]:
    with ExitStack() as stack:
        yield {name: stack.enter_context(kind(**how)) for name, (kind, how, _) in WAYS.items()}


@pytest.fixture(params=WAYS, ids=str)
def peer(request: pytest.FixtureRequest, servers: dict[str, Any], tmp_path: Path) -> Iterator[FtpPeer]:
    made = FtpPeer(servers[request.param], tmp_path.name, tmp_path / "work", **WAYS[request.param][2])
    yield made
    made.close()


@pytest.mark.parametrize(
    "name", [name for name in AWKWARD if b"\n" not in name], ids=lambda name: repr(name)[:24]
)
def test_any_file_name_goes_round_and_hides_no_neighbour(peer: FtpPeer, name: bytes, tmp_path: Path) -> None:
    any_file_name(peer, name, tmp_path)


def test_a_name_with_a_line_end_cannot_be_said_in_ftp_and_hides_no_neighbour(peer: FtpPeer) -> None:
    peer.put(b"new\nline.xml", b"odd")
    peer.put(b"neighbour.xml", b"plain")
    connector = peer.connector()
    assert "neighbour.xml" in names(connector)
    assert text_of(b"new\nline.xml") not in names(connector)
    with pytest.raises(StopError) as caught:
        connector.deliver(text_of(b"new\nline.xml"), b"receipt")
    assert caught.value.code == "CONNECTOR_NAME"
