"""An address of several machines: `postgres://user@h1:5432,h2:5433/name`, as PostgreSQL itself writes it."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit


class Machine(NamedTuple):
    """A machine and its port; `port` None is the usual one."""

    host: str
    port: int | None


def machines(address: str) -> list[Machine]:
    """Return the machines that an address names, in its order. Raises ValueError for a port that is no number."""
    _, _, named = urlsplit(address.replace("postgres://", "http://", 1)).netloc.rpartition("@")
    found: list[Machine] = []
    for one in named.split(","):
        parts = urlsplit(f"//{one}")
        if parts.port == 0:
            raise ValueError(f"no port: {one}")
        found.append(Machine(parts.hostname or "", parts.port))
    return found


def each(address: str) -> list[str]:
    """Return an address for each machine that is named, in its order, with all else as it was."""
    parts = urlsplit(address)
    who, at, named = parts.netloc.rpartition("@")
    return [urlunsplit(parts._replace(netloc=f"{who}{at}{one}")) for one in named.split(",")]


def with_first(address: str) -> str:
    """Return the address with its first machine alone, for who reads one."""
    return each(address)[0]
