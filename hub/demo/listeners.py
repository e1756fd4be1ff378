"""A mail server and an enterprise chat's robot on this machine, which write down what they are sent: for trying messages out.

`python -m hub.demo.listeners FOLDER` listens on free ports of 127.0.0.1, writes the connections `hub_mail` and `duty_chat`
into FOLDER/connections.sh, what comes by mail into FOLDER/mail.txt and what the robot is told into FOLDER/chat.txt, until it
is ended. No TLS, no log-in: it is no server for anything else.
"""

from __future__ import annotations

import json
import sys
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Any

HOST = "127.0.0.1"
LARGEST = 1 << 20


def serve(folder: Path) -> tuple[ThreadingTCPServer, ThreadingHTTPServer]:
    """Both servers, listening; what they get is appended to files of the folder, which exists."""

    class Mail(StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 ready")
            while line := self.rfile.readline(LARGEST):
                if line.upper().strip() == b"DATA":
                    self._say("354 go on")
                    _append(folder / "mail.txt", letter_text(self._body()))
                elif line.upper().startswith(b"QUIT"):
                    self._say("221 bye")
                    return
                self._say("250 ok")

        def _body(self) -> bytes:
            lines = []
            while (line := self.rfile.readline(LARGEST)) not in (b".\r\n", b".\n", b""):
                lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
            return b"".join(lines)

        def _say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    class Robot(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told = self.rfile.read(min(LARGEST, int(self.headers.get("Content-Length") or 0)))
            _append(folder / "chat.txt", json.dumps(json.loads(told), ensure_ascii=False, indent=1) + "\n")
            answer = b'{"errcode": 0}'
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:
            """What matters stands in the file."""

    class Server(ThreadingTCPServer):
        daemon_threads = True

    return Server((HOST, 0), Mail), ThreadingHTTPServer((HOST, 0), Robot)


def letter_text(source: bytes) -> str:
    """A letter as people read it: to whom, subject, body."""
    letter = message_from_bytes(source, policy=policy.default)
    body = letter.get_body(("plain",))
    text = "" if body is None else body.get_content()
    return f"To: {letter['To']}\nSubject: {letter['Subject']}\n\n{text}\n"


def _append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as stream:
        stream.write(text)


def main(folder: Path) -> None:
    """Listen until ended; the connections are written once both servers answer."""
    mail, robot = serve(folder)
    part = folder / "connections.sh.part"
    part.write_text(
        f"export AIRFLOW_CONN_HUB_MAIL=smtp://{HOST}:{mail.server_address[1]}\n"
        f"export AIRFLOW_CONN_DUTY_CHAT=http://{HOST}:{robot.server_address[1]}/robot\n",
        encoding="utf-8",
    )
    Thread(target=mail.serve_forever, daemon=True).start()
    part.rename(folder / "connections.sh")
    robot.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
