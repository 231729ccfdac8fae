"""How often a token may read: so many at once, and as many again with time."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

AT_ONCE, A_MINUTE = 60, 120
_MOST_KNOWN = 1000


@dataclass
class Limits:
    """The reads that tokens have left. It forgets at a restart, which no program can bring about."""

    monotonic: Callable[[], float]
    at_once: int = AT_ONCE
    a_minute: int = A_MINUTE
    _left: dict[int, tuple[float, float]] = field(default_factory=dict)

    def wait(self, token_id: int) -> int:
        """Count a read; return 0, or in how many seconds the next one may come."""
        now, rate = self.monotonic(), self.a_minute / 60
        left, at = self._left.get(token_id, (float(self.at_once), now))
        left = min(float(self.at_once), left + (now - at) * rate)
        if left < 1:
            return max(1, math.ceil((1 - left) / rate))
        if len(self._left) >= _MOST_KNOWN:
            self._left.clear()
        self._left[token_id] = left - 1, now
        return 0
