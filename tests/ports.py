"""Ports for servers that tests start, stop and start again."""

from __future__ import annotations

import os
import socket
from itertools import count

# Below those that the system gives to outgoing calls: one of these took a bot's port while it was down. Each process of
# the tests has its own.
_NUMBERS = count(20_000 + 400 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")))


def unused_port() -> int:
    while True:
        port = next(_NUMBERS)
        with socket.socket() as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                taken.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
