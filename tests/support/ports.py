"""Free ports of the loopback for servers that are told their port before they open it."""

from __future__ import annotations

import random
import socket
from pathlib import Path

GIVEN_OUT = Path("/proc/sys/net/ipv4/ip_local_port_range")
FIRST = 10_000


def free_port() -> int:
    """A port on which nobody listens, from outside the range that the kernel gives to connections and to servers
    that ask for any port: until the server opens it, only another call of this function could take it.
    """
    theirs = _given_out()
    ours = [*range(FIRST, theirs.start), *range(theirs.stop, 65_000)]
    dice = random.SystemRandom()  # test runs side by side, and seeded ones, must not draw the same
    while True:
        port = dice.choice(ours)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


def _given_out() -> range:
    first, last = map(int, GIVEN_OUT.read_text(encoding="ascii").split())
    return range(first, last + 1)
