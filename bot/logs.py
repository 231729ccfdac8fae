"""Logging to stderr, one line each; secrets never reach it."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Mapping

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_TELL_AGAIN = 60.0


_SECRET = ("token", "key", "secret", "url")
"""A setting whose name ends so has a value that nobody may read in a log."""
_SHORTEST = 8


class _Redacting(logging.Formatter):
    """Takes every secret out of the finished line, traceback included."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__(_FORMAT)
        self._secrets: list[str] = []
        self.hide(secrets)

    def hide(self, secrets: Iterable[str]) -> None:
        self._secrets += [one for one in secrets if len(one) >= _SHORTEST and one not in self._secrets]

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        for secret in self._secrets:
            line = line.replace(secret, "[bí mật]")
        return line


class _Strangers(logging.Filter):
    """Reduce an error in a request that no handler has seen yet to one line a minute, without its words.

    Scanners for vulnerabilities send thousands of them, and aiohttp logs each with a traceback.
    """

    def __init__(self) -> None:
        super().__init__()
        self.begin()

    def begin(self) -> None:
        """Forget what was told."""
        self._tell_at, self._untold = 0.0, 0

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if error is None or not _is_strangers(error):
            return True
        if record.created < self._tell_at:
            self._untold += 1
            return False
        more = f" ({self._untold} more before)" if self._untold else ""
        self._tell_at, self._untold = record.created + _TELL_AGAIN, 0
        record.levelno, record.levelname = logging.INFO, logging.getLevelName(logging.INFO)
        record.msg = "a request was malformed and is refused: %s%s"
        record.args, record.exc_info, record.exc_text = (type(error).__name__, more), None, None
        return True


def _is_strangers(error: BaseException) -> bool:
    # Not before there is a server: commands that need none would load it in vain.
    from aiohttp.http_exceptions import HttpProcessingError
    from aiohttp.web_protocol import RequestPayloadError

    return isinstance(error, HttpProcessingError | RequestPayloadError)


_strangers = _Strangers()


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
    _strangers.begin()
    logging.getLogger("aiohttp.server").addFilter(_strangers)


def secrets_of(settings: Mapping[str, str]) -> list[str]:
    """Return the values of settings whose names say that they are secret."""
    return [value for name, value in settings.items() if name.lower().endswith(_SECRET)]


def hide(secrets: Iterable[str]) -> None:
    """Keep more values out of the log that `set_up` has begun: those of an account that came while the bot works."""
    known = list(secrets)
    for handler in logging.getLogger().handlers:
        if isinstance(handler.formatter, _Redacting):
            handler.formatter.hide(known)
