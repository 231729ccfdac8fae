"""The door of the desk: who comes in, with which cookie, and how often digits may be tried."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web

from bot.core.lean import patterns

COOKIE, HOST_COOKIE = "langso_desk", "__Host-langso_desk"
"""The second where the page comes over https; see the visitor of the web chat."""
TRIES_OF_ONE, TRIES_OF_ALL, WITHIN = 5, 40, 300.0
"""Wrong digits of one address and of all, within so many seconds: to guess one of a million would take years."""
_BROWSERS = (("Edg/", "Edge"), ("CocCoc", "Cốc Cốc"), ("coc_coc", "Cốc Cốc"), ("Firefox/", "Firefox"))
_MORE_BROWSERS = (("Chrome/", "Chrome"), ("Safari/", "Safari"))
_MACHINES = (("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Mac OS", "Mac"))
_LINK = patterns.compile(r"[A-Za-z0-9_-]{43}")


def browser_of(request: web.Request) -> str:
    """Return what people call the browser and its machine: `Chrome, Windows`."""
    agent = request.headers.get("User-Agent", "")
    browser = next((name for mark, name in (*_BROWSERS, *_MORE_BROWSERS) if mark in agent), "")
    machine = next((name for mark, name in (*_MACHINES, ("Linux", "Linux")) if mark in agent), "")
    return ", ".join(part for part in (browser, machine) if part)


def is_link(text: str) -> bool:
    """Tell whether a text may be the secret of a link or a cookie; both are written alike."""
    return _LINK.fullmatch(text) is not None


@dataclass
class Tries:
    """Wrong digits of the last minutes. It forgets at a restart, which no stranger can bring about."""

    now: Callable[[], float]
    _of: dict[str, deque[float]] = field(default_factory=dict)
    _all: deque[float] = field(default_factory=deque)

    def begin(self, address: str) -> bool:
        """Tell whether this address may try again, and count the try: `right` takes it back.

        It is counted before the database is asked. Of a thousand requests at once all would otherwise come before the
        first wrong one is known.
        """
        mine = self._of.get(address, deque())
        self._forget(mine)
        self._forget(self._all)
        if len(mine) >= TRIES_OF_ONE or len(self._all) >= TRIES_OF_ALL:
            return False
        self._of = {one: times for one, times in self._of.items() if times and times[-1] > self.now() - WITHIN}
        self._of.setdefault(address, deque()).append(self.now())
        self._all.append(self.now())
        return True

    def right(self, address: str) -> None:
        for times in (self._of.get(address), self._all):
            if times:
                times.pop()

    def _forget(self, times: deque[float]) -> None:
        while times and times[0] <= self.now() - WITHIN:
            times.popleft()


def cookie_of(request: web.Request, *, secure: bool) -> str:
    given = request.cookies.get(HOST_COOKIE if secure else COOKIE, "")
    return given if is_link(given) else ""


def let_in(response: web.StreamResponse, cookie: str, *, secure: bool) -> None:
    """Give the browser its cookie until it is closed, or the session ends."""
    name = HOST_COOKIE if secure else COOKIE
    response.set_cookie(name, cookie, httponly=True, samesite="Lax", secure=secure, path="/")


def let_out(response: web.StreamResponse, *, secure: bool) -> None:
    response.del_cookie(HOST_COOKIE if secure else COOKIE, path="/", secure=secure, httponly=True, samesite="Lax")
