"""Logging to stderr, one line each; secrets never reach it."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class _Redacting(logging.Formatter):
    """Takes every secret out of the finished line, traceback included."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__(_FORMAT)
        self._secrets = [secret for secret in secrets if len(secret) >= 8]

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        for secret in self._secrets:
            line = line.replace(secret, "[bí mật]")
        return line


def quiet_about_strangers(record: logging.LogRecord) -> bool:
    """A filter: what is wrong with a request before anything of ours has seen it is one line, without its words.

    Whoever looks for holes in servers sends thousands of them, and aiohttp tells each with a traceback.
    """
    error = record.exc_info[1] if record.exc_info else None
    if error is not None and _is_strangers(error):
        record.levelno, record.levelname = logging.INFO, logging.getLevelName(logging.INFO)
        record.msg, record.args = "a request was malformed and is refused: %s", (type(error).__name__,)
        record.exc_info = record.exc_text = None
    return True


def _is_strangers(error: BaseException) -> bool:
    # Not before there is a server: commands that need none would load it in vain.
    from aiohttp.http_exceptions import HttpProcessingError
    from aiohttp.web_protocol import RequestPayloadError

    return isinstance(error, HttpProcessingError | RequestPayloadError)


def set_up(secrets: Iterable[str], level: int = logging.INFO) -> None:
    """Send all logs to stderr; `secrets` are values that must never be seen there."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Redacting(secrets))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # Their lines hold whole requests: addresses with tokens, what people typed.
    for noisy in ("aiohttp.access", "tortoise", "aiosqlite", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger("aiohttp.server").addFilter(quiet_about_strangers)
