"""Recordings of a commune: made, heard by an official, and only then there to be announced."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct

from bot.core.messages import Attachment
from bot.features.jobs import temporary_files
from bot.features.loudspeaker.tables import Recording as Row

from .mastering import Mastered

Kind = Literal["voice", "read"]
State = Literal["making", "ready", "approved", "dropped", "failed"]
Decided = Literal["approved", "dropped"]
_STATES: tuple[State, ...] = ("making", "ready", "approved", "dropped", "failed")
LONGEST_TITLE = 120


class LoudspeakerRecording(Struct, frozen=True):
    """`media` names the MP3 ("" while it is made), `seconds` is its length, `size` in bytes."""

    id: int
    commune_id: int
    kind: Kind
    title: str
    script: str
    state: State
    media: str
    seconds: int
    size: int
    author_id: int | None
    created_at: datetime

    @property
    def attachment(self) -> Attachment:
        """As part of a message."""
        return Attachment("audio", self.media, self.title, self.size)


async def begin(
    commune_id: int, kind: Kind, title: str, *, author: int | None, now: datetime, script: str = ""
) -> LoudspeakerRecording:
    """Create a recording that is still to be made, inside the caller's transaction."""
    row = await Row.create(
        commune_id=commune_id,
        kind=kind,
        title=title[:LONGEST_TITLE],
        script=script,
        state="making",
        author_id=author,
        created_at=now,
    )
    return _recording(row)


async def get(recording_id: int) -> LoudspeakerRecording | None:
    row = await Row.get_or_none(id=recording_id)
    return None if row is None else _recording(row)


async def made(recording_id: int, media: str, result: Mastered) -> LoudspeakerRecording | None:
    """Record that it can be heard; None when it was made before, or is gone."""
    making = Row.filter(id=recording_id, state="making")
    new = await making.update(
        state="ready", media=media, seconds=round(result.seconds), size=len(result.mp3), loudness=result.loudness
    )
    return await get(recording_id) if new else None


async def failed(recording_id: int) -> bool:
    return bool(await Row.filter(id=recording_id, state="making").update(state="failed"))


async def decide(recording_id: int, state: Decided, by: int | None, now: datetime) -> bool:
    """Apply a listener's decision, inside the caller's transaction; a dropped recording goes with its file.

    False when it is not (any more) there to be decided.
    """
    ready = Row.filter(id=recording_id, state="ready")
    if not await ready.update(state=state, approver_id=by, decided_at=now):
        return False
    if state == "dropped":
        await temporary_files.keep((await Row.get(id=recording_id)).media, now)
    return True


async def ready_recordings(commune_id: int, limit: int = 20) -> Sequence[LoudspeakerRecording]:
    """Return the recordings that were heard and approved, so that they may be announced; the newest first."""
    rows = await Row.filter(commune_id=commune_id, state="approved").order_by("-id").limit(limit)
    return [_recording(row) for row in rows]


async def approved(commune_id: int, media: Sequence[str]) -> dict[str, LoudspeakerRecording]:
    """Return, by name, those of these files that are approved recordings of the commune."""
    rows = await Row.filter(commune_id=commune_id, state="approved", media__in=list(media)) if media else []
    return {row.media: _recording(row) for row in rows}


def _recording(row: Row) -> LoudspeakerRecording:
    state = next(known for known in _STATES if known == row.state)
    kind: Kind = "read" if row.kind == "read" else "voice"
    commune_id = row.key_of("commune")
    author = row.key_or_none("author")
    return LoudspeakerRecording(
        row.id, commune_id, kind, row.title, row.script, state, row.media, row.seconds, row.size, author,
        row.created_at,
    )  # fmt: skip
