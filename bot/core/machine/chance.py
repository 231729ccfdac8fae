"""Randomness of the machine, good enough for secrets, and ids that nobody else has."""

from __future__ import annotations

import base64
import os
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")
_sources: list[Callable[[int], bytes]] = [os.urandom]


class _Drawn(random.Random):
    """As `random.SystemRandom`, drawn from the source that is in use."""

    def getrandbits(self, k: int, /) -> int:
        size = (k + 7) // 8
        return int.from_bytes(token_bytes(size), "big") >> (size * 8 - k)

    def random(self) -> float:
        return float(self.getrandbits(53)) * 2.0**-53

    def seed(self, *args: object, **kwargs: object) -> None:
        """Do nothing: there is no state."""


_drawn = _Drawn()


def token_bytes(size: int) -> bytes:
    return _sources[-1](size)


def token_hex(size: int) -> str:
    """Return `size` bytes as hexadecimal digits."""
    return token_bytes(size).hex()


def token_urlsafe(size: int) -> str:
    """Return `size` bytes as they may stand in an address."""
    return base64.urlsafe_b64encode(token_bytes(size)).rstrip(b"=").decode("ascii")


def unique() -> str:
    """Return 32 hexadecimal digits that nobody else has."""
    return token_hex(16)


def bits(number: int) -> int:
    return _drawn.getrandbits(number)


def below(limit: int) -> int:
    """Return a number from 0 up to, and without, `limit`."""
    return _drawn.randrange(limit)


def choice(of: Sequence[T]) -> T:
    return _drawn.choice(of)


def sample(of: Sequence[T], count: int) -> list[T]:
    return _drawn.sample(of, count)


@contextmanager
def using(source: Callable[[int], bytes]) -> Iterator[None]:
    """Draw all bytes from `source`, for tests."""
    _sources.append(source)
    try:
        yield
    finally:
        _sources.pop()
