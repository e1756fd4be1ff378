"""Real Web Services for tests, each on a free loopback port and stopped by its pid: PHP's SoapServer, Node's soap, and a faulty one.

The first two answer with the files `page-N.txt` of a folder and write `receipts.json` into it; see tests/servers.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import ssl
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from connectors import Access, Surroundings, open_connector
from connectors.state import MemoryState

SERVERS = Path(__file__).resolve().parents[1] / "servers"
WSDLS = SERVERS / "php"


class NotInstalled(AssertionError):
    """A counterpart is not on this machine."""


class Department:
    """The department's side: its pages, its receipts, and where it is called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = 0

    def put(self, number: int, page: str | bytes) -> None:
        """Lay a page."""
        body = page.encode() if isinstance(page, str) else page
        (self.folder / f"page-{number}.txt").write_bytes(body)

    def say(self, name: str, text: str) -> None:
        """Tell the service how to behave: `fault.json`, `basic.txt`, `token.txt`."""
        (self.folder / name).write_text(text, encoding="utf-8")

    def clear(self) -> None:
        """Forget everything."""
        for path in self.folder.iterdir():
            path.unlink()

    @property
    def receipts(self) -> dict[str, str]:
        """The receipts that came, by name of the package."""
        path = self.folder / "receipts.json"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return dict(json.loads(line) for line in lines)

    @property
    def asked(self) -> list[str]:
        """The page numbers that were asked for (PHP only)."""
        path = self.folder / "asked.txt"
        return path.read_text(encoding="utf-8").split() if path.exists() else []


@contextmanager
def php_service(folder: Path) -> Iterator[Department]:
    """PHP's SoapServer: /document/1.1, /document/1.2, /rpc/1.1, /rpc/1.2."""
    program = _installed("php", "apt-get install php-cli php-soap")
    if (
        "soap"
        not in subprocess.run([program, "-m"], capture_output=True, text=True, check=True).stdout.split()
    ):
        raise NotInstalled("PHP has no SOAP: `make test` installs it (apt-get install php-soap).")
    command = [program, "-S", "127.0.0.1:0", str(WSDLS / "service.php")]
    with _running(command, folder, r"http://127\.0\.0\.1:(\d+)\) started") as department:
        yield department


@contextmanager
def node_service(folder: Path) -> Iterator[Department]:
    """Node's soap server: /service; it answers 1.2 calls in 1.1."""
    program = _installed("node", "apt-get install nodejs npm")
    if not (SERVERS / "node" / "node_modules" / "soap").is_dir():
        raise NotInstalled(
            "Node's soap is not installed: `make test` does it (npm ci in tests/servers/node)."
        )
    with _running([program, str(SERVERS / "node" / "service.js")], folder, r"^(\d+)$") as department:
        yield department


RECEIPT = {"operation": "PutReceipt", "arguments": {"name": "{name}", "receipt": "{receipt}"}}


def open_service(
    department: Department,
    path: str,
    state: MemoryState | None = None,
    login: str | None = None,
    system: str = "construction",
    **options: Any,
) -> Any:
    """A connector of the service below `path`, its WSDL beside the registration; an option that is None is left out."""
    given = {
        "kind": "soap-pull",
        "connection": "bureau",
        "wsdl": "exchange-rpc.wsdl" if path.startswith("rpc") else "exchange-document.wsdl",
        "operation": "QueryBatch",
        "arguments": {"since": ""},
        "page": {"argument": "pageNo", "size": {"argument": "pageSize", "value": "100"}},
        "receipt": RECEIPT,
        **options,
    }
    access = Access(
        "bureau", "http", "127.0.0.1", department.port, login, "口令 p@ss:1" if login else None, path
    )
    around = Surroundings(state or MemoryState(), lambda name: access, Path("work"), WSDLS)
    return open_connector({name: value for name, value in given.items() if value is not None}, system, around)


def _installed(program: str, how: str) -> str:
    found = shutil.which(program)
    if found is None:
        raise NotInstalled(
            f"{program} is not installed, so this cannot be tested: `make test` installs it ({how})."
        )
    return found


@contextmanager
def _running(command: list[str], folder: Path, started: str) -> Iterator[Department]:
    department = Department(folder)
    environment = {**os.environ, "SERVICE_DATA": str(folder)}
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    said = ""
    try:
        for line in process.stdout:
            said += line
            if found := re.search(started, line):
                department.port = int(found[1])
                break
        assert department.port, f"{command[0]} did not start: {said}"
        drain = threading.Thread(target=process.stdout.read, daemon=True)  # a full pipe would stop the server
        drain.start()
        yield department
    finally:
        process.terminate()
        process.wait(timeout=60)


Deed = Callable[[BaseHTTPRequestHandler], None]


class FaultyService:
    """An HTTP server that does the next deed for each request; `requests` are what it was asked (method, path, headers, body)."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.server = server
        self.deeds: list[Deed] = []
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        self.over = threading.Event()

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])


@contextmanager
def faulty_service(context: ssl.SSLContext | None = None) -> Iterator[FaultyService]:
    """The server; with `context` it speaks TLS."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            service.requests.append((self.command, self.path, dict(self.headers), body))
            service.deeds.pop(0)(self)

        do_GET = do_POST

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that hangs up is what some tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    service = FaultyService(server)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield service
    finally:
        service.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


def reply(
    body: bytes, status: int = 200, content_type: str = "text/xml; charset=utf-8", **headers: str
) -> Deed:
    """A whole answer."""

    def deed(handler: BaseHTTPRequestHandler) -> None:
        _head(handler, status, content_type, len(body), headers)
        handler.wfile.write(body)

    return deed


def cut(body: bytes, said: int) -> Deed:
    """An answer that announces `said` bytes and hangs up early."""

    def deed(handler: BaseHTTPRequestHandler) -> None:
        _head(handler, 200, "text/xml", said, {})
        handler.wfile.write(body)
        handler.close_connection = True

    return deed


def reset(handler: BaseHTTPRequestHandler) -> None:
    """The connection is reset without an answer."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.shutdown(socket.SHUT_RD)
    handler.wfile.close()
    handler.connection.close()


def silent(service: FaultyService) -> Deed:
    """No answer until the test is over."""
    return lambda handler: (service.over.wait(30), None)[1]


def dripping(service: FaultyService, length: int | None = 10_000) -> Deed:
    """An answer that comes byte by byte, each well within the time limit of a read."""

    def deed(handler: BaseHTTPRequestHandler) -> None:
        _head(handler, 200, "text/xml", length, {})
        while not service.over.wait(0.1):
            handler.wfile.write(b" ")
            handler.wfile.flush()

    return deed


def dripping_to_the_end_of_the_connection(service: FaultyService) -> Deed:
    """The same, without a length."""
    return dripping(service, None)


def dripping_headers(service: FaultyService) -> Deed:
    """An answer whose headers never end."""

    def deed(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not service.over.wait(0.1):
            handler.wfile.write(b"x")
            handler.wfile.flush()

    return deed


def endless(handler: BaseHTTPRequestHandler) -> None:
    """An answer that never ends, as fast as it goes."""
    _head(handler, 200, "text/xml", None, {})
    block = b" " * (1 << 20)
    while True:
        handler.wfile.write(block)


def _head(
    handler: BaseHTTPRequestHandler,
    status: int,
    content_type: str,
    length: int | None,
    headers: dict[str, str],
) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", content_type)
    if length is not None:
        handler.send_header("Content-Length", str(length))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
