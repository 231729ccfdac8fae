"""The list of who was erased, as a small file that the operator keeps beside the backups.

It holds random numbers, keyed hashes and times: nobody can read a name, a phone or an account from it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypeVar

from bot.core.lean import patterns

from .erasure import Erased

FILE = "erased.log"
_HEAD = "# langso: erased people and accounts; for `restore FILE --erased THIS`"
_LINE = patterns.compile(r"(?:person (?P<actor>\d{1,19})|account (?P<hash>[0-9a-f]{64})) (?P<at>\S{1,40})")
_K = TypeVar("_K", int, str)


class UnreadableList(Exception):
    """The file is not such a list; the text names the line."""


def dump(erased: Erased) -> str:
    persons = [f"person {number} {_time(at)}" for number, at in sorted(erased.actors.items())]
    accounts = [f"account {name} {_time(at)}" for name, at in sorted(erased.accounts.items())]
    return "\n".join([_HEAD, *persons, *accounts, ""])


def parse(text: str) -> Erased:
    """Read the list. Raises UnreadableList."""
    actors: dict[int, datetime] = {}
    accounts: dict[str, datetime] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        found = _LINE.fullmatch(line.strip())
        try:
            at = None if found is None else datetime.fromisoformat(found["at"]).astimezone(UTC)
        except ValueError:
            at = None
        if found is None or at is None:
            raise UnreadableList(f"dòng {number}: không phải dòng của {FILE}")
        if found["actor"]:
            _keep_latest(actors, int(found["actor"]), at)
        else:
            _keep_latest(accounts, found["hash"], at)
    return Erased(actors, accounts)


def _keep_latest(table: dict[_K, datetime], key: _K, at: datetime) -> None:
    table[key] = max(at, table.get(key, at))


def _time(at: datetime) -> str:
    # Exact: somebody may be erased in the second in which a backup was taken.
    return at.astimezone(UTC).isoformat(timespec="microseconds")
