"""The words of announcements, kept once for all the rows that say the same.

The text of an announcement to two hundred groups is one text; what is a group's own, above all the buttons that name
it, stays with the row. Words that no row names any more go with the last row that did.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from bot.core.messages import Message, message_from_json
from bot.storage.core_tables.outbox import OutboxBody, OutboxRow
from bot.storage.portions import in_portions
from bot.storage.sql import Value, asked

_WORDS = "t"
"""Where the stored form of a message has its words."""
ID = "(select id from outbox_bodies where digest = ?)"
COLUMN = "(select words from outbox_bodies b where b.id = body_id) as words"
_AT_ONCE = 200


class Parted(NamedTuple):
    """A stored message in two: what is the row's own, and the words, with their digest."""

    own: str
    words: str
    digest: str


def part(stored: Mapping[str, object]) -> Parted:
    words = _dumped(stored[_WORDS])
    own = {key: value for key, value in stored.items() if key != _WORDS}
    return Parted(_dumped(own), words, hashlib.sha256(words.encode()).hexdigest())


def save(parted: Sequence[Parted]) -> tuple[str, list[Value]]:
    """Return the statement, with its values, that saves these words where they are not saved yet."""
    marks = ", ".join(["(?, ?)"] * len(parted))
    return (
        f"insert into outbox_bodies (digest, words) values {marks} on conflict (digest) do nothing returning id",
        [value for one in parted for value in (one.digest, one.words)],
    )


def whole(own: str, words: str | None) -> Message:
    """Return the message of a row; `words` is None where the row has its own. Errors as `message_from_json`."""
    stored = json.loads(own)
    return message_from_json(stored if words is None else {**stored, _WORDS: json.loads(words)})


async def messages_of(rows: Sequence[OutboxRow]) -> list[Message]:
    """Return the messages of these rows, in their order."""
    ids = {row.body_id for row in rows} - {0}
    words = dict(await OutboxBody.filter(id__in=ids).values_list("id", "words")) if ids else {}
    return [whole(row.message, str(words[row.body_id]) if row.body_id else None) for row in rows]


async def forget_unnamed(ids: Collection[int]) -> None:
    """Delete those of these words that no row names any more; inside the caller's transaction."""
    for one in sorted(set(ids) - {0}):
        if not await OutboxRow.exists(body_id=one):
            await OutboxBody.filter(id=one).delete()


async def part_old_rows() -> int:
    """Part the rows of announcements that an earlier version wrote whole, a few at a time; return how many."""
    parted, last = 0, 0
    while rows := await asked(
        "select id, message from outbox where announcement > 0 and body_id = 0 and id > ? order by id limit ?",
        [last, _AT_ONCE],
    ):
        found = [(int(str(row["id"])), str(row["message"])) for row in rows]
        parted += await in_portions(found, _part_these)
        last = found[-1][0]
    return parted


async def _part_these(rows: Sequence[tuple[int, str]]) -> int:
    parted = [(number, part(json.loads(message))) for number, message in rows]
    await asked(*save(list({one.digest: one for _, one in parted}.values())))
    marks = ", ".join(["(cast(? as bigint), cast(? as text), cast(? as varchar(64)))"] * len(parted))
    found = await asked(
        f"with v(n, own, digest) as (values {marks}) update outbox set message = v.own, body_id = b.id"
        " from v join outbox_bodies b on b.digest = v.digest where outbox.id = v.n and outbox.body_id = 0 returning 1",
        [value for number, one in parted for value in (number, one.own, one.digest)],
    )
    return len(found)


def _dumped(stored: object) -> str:
    return json.dumps(stored, ensure_ascii=False, separators=(",", ":"))
