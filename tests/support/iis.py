"""A small FTP server that behaves as IIS does: DOS listings, GBK names, no MLSD, no renaming over a file. Loopback only.

IIS itself runs on Windows alone. What differs from it: nothing is encrypted, and one account is known.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import socketserver
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from connectors.base import Access

USER, PASSWORD = "hub", "pw-1"


class Iis:
    """One server over `root`. `lacks` are commands it does not know; `faults` maps a command to replies given first, one each."""

    tls = False

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root
        self.data = root / "data"
        self.data.mkdir(parents=True)
        self.lacks: set[str] = {"MLSD", "MLST", "EPRT"}
        self.faults: dict[str, list[str]] = {}
        self.noise: list[bytes] = []  # lines added to listings
        self.cut_after: list[int] = []  # the next transfers break off after so many bytes
        self.tells_cuts = True  # by 426; else a cut looks like the end
        self.after_cut: Callable[[], None] | None = None
        self.room: int | None = None  # its disk is full after so many bytes
        self.swallows = 0  # so many bytes of what is stored get lost
        self.stranger = ""  # an address from which somebody connects to the hub's data port first
        self.said: list[str] = []  # commands, without arguments
        self.passive_host = "10,255,255,1"  # as behind an address translation that nobody configured
        self._server: socketserver.ThreadingTCPServer | None = None

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.server_address[1])

    def own(self, path: Path | bytes) -> None:
        """Files belong to whoever runs the tests."""

    def access(self, password: str = PASSWORD) -> Access:
        return Access("land_ftp", "ftp", "127.0.0.1", self.port, USER, password)

    def __enter__(self) -> Iis:
        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Conversation)
        server.daemon_threads = True
        server.block_on_close = False
        server.iis = self  # type: ignore[attr-defined]
        self._server = server
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()
        shutil.rmtree(self.root)


class _Conversation(socketserver.StreamRequestHandler):
    iis: Iis

    def handle(self) -> None:
        self.iis = self.server.iis  # type: ignore[attr-defined]
        self.connection.settimeout(30)
        self.user, self.known, self.cwd, self.offset, self.from_ = "", False, b"/", 0, b""
        self.listener: socket.socket | None = None
        with contextlib.suppress(OSError):
            self.say("220 Microsoft FTP Service")
            while line := self.rfile.readline():
                verb, _, argument = line.rstrip(b"\r\n").partition(b" ")
                if not self.obey(verb.decode("ascii").upper(), argument):
                    return

    def say(self, text: str) -> None:
        self.wfile.write(text.encode("gbk") + b"\r\n")

    def obey(self, verb: str, argument: bytes) -> bool:
        self.iis.said.append(verb)
        if self.iis.faults.get(verb):
            fault = self.iis.faults[verb].pop(0)
            self.say(fault)
            return not fault.startswith("421")
        action = getattr(self, f"do_{verb.lower()}", None)
        if action is None or verb in self.iis.lacks:
            self.say("500 Command not understood.")
        elif verb not in ("USER", "PASS", "QUIT", "FEAT") and not self.known:
            self.say("530 Please login with USER and PASS.")
        else:
            try:
                action(argument)
            except FileNotFoundError:
                self.say("550 The system cannot find the file specified. ")
            except PermissionError:
                self.say("550 Access is denied. ")
            except OSError:
                self.say("550 Cannot create a file when that file already exists. ")
        return verb != "QUIT"

    def path(self, argument: bytes) -> bytes:
        asked = argument if argument.startswith(b"/") else self.cwd.rstrip(b"/") + b"/" + argument
        return os.fsencode(self.iis.root) + os.path.normpath(asked)

    def do_user(self, argument: bytes) -> None:
        self.user = argument.decode()
        self.say("331 Password required")

    def do_pass(self, argument: bytes) -> None:
        self.known = (self.user, argument.decode()) == (USER, PASSWORD)
        self.say("230 User logged in." if self.known else "530 User cannot log in.")

    def do_feat(self, _: bytes) -> None:
        self.wfile.write(b"211-Extended features supported:\r\n")
        for feature in ("LANG EN*", "UTF8", "AUTH TLS;TLS-C;SSL;TLS-P;", "SIZE", "MDTM", "REST STREAM"):
            self.wfile.write(f" {feature}\r\n".encode())
        self.say("211 END")

    def do_opts(self, _: bytes) -> None:
        self.say("200 OPTS command successful.")

    def do_type(self, _: bytes) -> None:
        self.say("200 Type set.")

    def do_noop(self, _: bytes) -> None:
        self.say("200 noop command successful.")

    def do_quit(self, _: bytes) -> None:
        self.say("221 Goodbye.")

    def do_cwd(self, argument: bytes) -> None:
        if not os.path.isdir(self.path(argument)):  # noqa: PTH112 - bytes
            raise FileNotFoundError
        self.cwd = argument
        self.say("250 CWD command successful.")

    def do_mkd(self, argument: bytes) -> None:
        os.mkdir(self.path(argument))  # noqa: PTH102 - bytes
        self.say("257 directory created.")

    def do_rmd(self, argument: bytes) -> None:
        os.rmdir(self.path(argument))  # noqa: PTH106 - bytes
        self.say("250 RMD command successful.")

    def do_dele(self, argument: bytes) -> None:
        os.unlink(self.path(argument))  # noqa: PTH108 - bytes
        self.say("250 DELE command successful.")

    def do_size(self, argument: bytes) -> None:
        self.say(f"213 {self.stat(argument).st_size}")

    def do_mdtm(self, argument: bytes) -> None:
        self.say(f"213 {datetime.fromtimestamp(self.stat(argument).st_mtime, UTC):%Y%m%d%H%M%S}")

    def stat(self, argument: bytes) -> os.stat_result:
        path = self.path(argument)
        if not os.path.isfile(path):  # noqa: PTH113 - bytes
            raise FileNotFoundError
        return os.stat(path)  # noqa: PTH116 - bytes

    def do_rnfr(self, argument: bytes) -> None:
        self.stat(argument)
        self.from_ = argument
        self.say("350 Requested file action pending further information.")

    def do_rnto(self, argument: bytes) -> None:
        if os.path.exists(self.path(argument)):  # noqa: PTH110 - bytes
            raise FileExistsError
        os.rename(self.path(self.from_), self.path(argument))  # noqa: PTH104 - bytes
        self.say("250 RNTO command successful.")

    def do_rest(self, argument: bytes) -> None:
        self.offset = int(argument)
        self.say(f"350 Restarting at {self.offset}.")

    def do_pasv(self, _: bytes) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        port = self.listener.getsockname()[1]
        self.say(f"227 Entering Passive Mode ({self.iis.passive_host},{port // 256},{port % 256}).")

    def do_epsv(self, _: bytes) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.say(f"229 Entering Extended Passive Mode (|||{self.listener.getsockname()[1]}|)")

    def do_port(self, argument: bytes) -> None:
        *host, high, low = argument.decode().split(",")
        self.active = (".".join(host), int(high) * 256 + int(low))
        self.listener = None
        self.say("200 PORT command successful.")

    def do_list(self, _: bytes) -> None:
        lines = []
        with os.scandir(self.path(self.cwd)) as entries:
            for entry in entries:
                found = entry.stat()
                when = datetime.fromtimestamp(found.st_mtime, UTC).strftime("%m-%d-%y  %I:%M%p")
                what = "<DIR>         " if entry.is_dir() else f"{found.st_size:>20}"
                lines.append(f"{when} {what:>20} ".encode() + entry.name)
        self.transfer(b"".join(line + b"\r\n" for line in [*self.iis.noise, *lines]))

    def do_retr(self, argument: bytes) -> None:
        self.stat(argument)
        with open(self.path(argument), "rb") as file:  # noqa: PTH123 - bytes
            file.seek(self.offset)
            self.offset = 0
            self.transfer(file.read())

    def do_stor(self, argument: bytes) -> None:
        with open(self.path(argument), "wb") as file:  # noqa: PTH123 - bytes
            self.say("125 Data connection already open; Transfer starting.")
            with self.data() as data:
                while block := data.recv(65536):
                    file.write(block)
                    if self.iis.room is not None and file.tell() > self.iis.room:
                        data.close()
                        self.say("452 Insufficient storage space in system.")
                        return
            if self.iis.swallows:
                file.truncate(file.tell() - self.iis.swallows)
        self.say("226 Transfer complete.")

    def transfer(self, body: bytes) -> None:
        self.say("125 Data connection already open; Transfer starting.")
        with self.data() as data:
            if self.iis.cut_after and len(body) > self.iis.cut_after[0]:
                data.sendall(body[: self.iis.cut_after.pop(0)])
                if self.iis.after_cut is not None:
                    self.iis.after_cut()
                data.close()
                told = (
                    "426 Connection closed; transfer aborted."
                    if self.iis.tells_cuts
                    else "226 Transfer complete."
                )
                self.say(told)
                return
            data.sendall(body)
        self.say("226 Transfer complete.")

    def data(self) -> Any:
        if self.listener is None:
            if self.iis.stranger:
                socket.create_connection(self.active, 10, (self.iis.stranger, 0)).close()
            return socket.create_connection(self.active, 10)
        with self.listener as listener:
            listener.settimeout(10)
            return listener.accept()[0]
