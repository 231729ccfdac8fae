"""One request to a bot that runs as a program of its own, for tests that have no loop."""

from __future__ import annotations

from http.client import HTTPConnection
from urllib.parse import urlsplit


def asked(url: str, path: str = "/", method: str = "GET") -> tuple[int, str]:
    """Return the status and the body, as the bot's own page gets them."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=30)
    try:
        connection.request(method, path, headers={"Origin": url})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()
