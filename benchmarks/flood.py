"""Telegram's end with its limit: so many messages a second over all chats, and a wait for whoever sends more."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter, deque
from time import perf_counter

from benchmarks.load import CHAT, SENDS, Telegram

GROUPS = 1_000_000_000_000
"""Ids above are groups', without their sign."""
FLOOD_SECONDS = 3
_FILE = re.compile(rb'filename="[^"]+(\.\w+)"')
_REFUSED = json.dumps(
    {
        "ok": False,
        "error_code": 429,
        "description": f"Too Many Requests: retry after {FLOOD_SECONDS}",
        "parameters": {"retry_after": FLOOD_SECONDS},
    }
).encode()


class Limited(Telegram):
    """`per_second` in any second; then nothing is taken for FLOOD_SECONDS.

    `took` are the times of groups' messages, `chats` whose they were, `files` how many were uploaded by their ending.
    """

    def __init__(self) -> None:
        super().__init__()
        self.per_second = 30.0
        self.took: list[float] = []
        self.chats: list[str] = []
        self.files: Counter[str] = Counter()
        self.refused = 0
        self._recent: deque[float] = deque()
        self._shut_until = 0.0
        self._wanted = 0
        self._all_there = asyncio.Event()

    def called(self, method: str, body: bytes) -> bytes:
        if method not in SENDS:
            return super().called(method, body)
        now = perf_counter()
        while self._recent and self._recent[0] <= now - 1.0:
            self._recent.popleft()
        if now < self._shut_until or len(self._recent) >= self.per_second:
            self._shut_until = max(self._shut_until, now + FLOOD_SECONDS)
            self.refused += 1
            return _REFUSED
        self._recent.append(now)
        self.files.update(ending.decode() for ending in _FILE.findall(body))
        found = CHAT.search(body)
        if found is not None and int(found[1]) > GROUPS:
            self.took.append(now)
            self.chats.append(f"-{found[1].decode()}")
            if len(self.took) >= self._wanted:
                self._all_there.set()
        return super().called(method, body)

    async def all_there(self, count: int, seconds: float) -> None:
        """Raises TimeoutError."""
        self._wanted = count
        if len(self.took) < count:
            self._all_there.clear()
            await asyncio.wait_for(self._all_there.wait(), seconds)

    def begin(self, per_second: float) -> None:
        """A new measurement; what was sent before is forgotten."""
        self.per_second = per_second
        self.took, self.chats, self.refused, self._shut_until, self._wanted = [], [], 0, 0.0, 0
        self.files.clear()
        self._recent.clear()

    @property
    def rate(self) -> float:
        """Messages to groups a second, from the first to the last."""
        return (len(self.took) - 1) / (self.took[-1] - self.took[0])
