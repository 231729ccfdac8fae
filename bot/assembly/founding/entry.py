"""Access to the page of setting up: for this machine itself, or with the one-time code that the program printed."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from urllib.parse import urlsplit

from aiohttp import web

from bot.core.machine import chance
from bot.platforms._shared.addresses import parsed

COOKIE = "bat-dau"
_DIGITS = 8
_MOST_WRONG = 5
_PASSED_ON = ("X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Forwarded", "Via")


class Entry:
    """`say` prints a new code whenever the one before was used, or guessed at too often."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._sessions: set[str] = set()
        self._wrong = 0
        self._code = _new_code()

    @property
    def code(self) -> str:
        """The code as it is printed: `1234 5678`."""
        return f"{self._code[:4]} {self._code[4:]}"

    def session(self, request: web.Request) -> str | None:
        """Return the session of a request, a new one for this machine itself; None for who needs a code."""
        known = request.cookies.get(COOKIE, "")
        if known in self._sessions:
            return known
        return self._begin() if _is_local(request) else None

    def redeem(self, code: str) -> str | None:
        """Return a session for a right code, which is used up; None for a wrong one."""
        if hmac.compare_digest("".join(filter(str.isdecimal, code)).encode(), self._code.encode()):
            self._renew("Đã có người mở trang cài đặt bằng mã. Mã mới")
            return self._begin()
        self._wrong += 1
        if self._wrong >= _MOST_WRONG:
            self._renew("Có người gõ sai mã nhiều lần. Mã mới")
        return None

    def token(self, session: str) -> str:
        """Return what the forms of a session carry, so that no other site can send one."""
        return hashlib.sha256(f"form {session}".encode()).hexdigest()[:32]

    def is_own_form(self, session: str, token: str) -> bool:
        return hmac.compare_digest(self.token(session).encode(), token.encode("utf-8", "replace"))

    def remember(self, answer: web.StreamResponse, session: str) -> None:
        answer.set_cookie(COOKIE, session, httponly=True, samesite="Strict", path="/bat-dau")

    def _begin(self) -> str:
        session = chance.token_urlsafe(24)
        self._sessions.add(session)
        return session

    def _renew(self, why: str) -> None:
        self._code, self._wrong = _new_code(), 0
        self._say(f"{why}: {self.code}")


def _new_code() -> str:
    return "".join(chance.choice("0123456789") for _ in range(_DIGITS))


def _is_local(request: web.Request) -> bool:
    """Tell whether a browser on this machine asks by this machine's own name: no proxy, no name that leads here."""
    remote = parsed(request.remote or "")
    if remote is None or not remote.is_loopback or any(name in request.headers for name in _PASSED_ON):
        return False
    try:
        name = urlsplit(f"//{request.headers.get('Host', '')}").hostname or ""
    except ValueError:
        return False
    address = parsed(name)
    return name == "localhost" or (address is not None and address.is_loopback)
