"""The last examination by the bot at work, kept for who asks in a conversation, where no call may be made."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.core.platform import KeyValue
from bot.features.doctor.diagnosis import Diagnosis

OWNER = "doctor"
"""The owner of the values in the small store."""
_KEY = "last"


class Examination(BaseModel, defer_build=True):
    """The diagnoses of one look, its time and the version that looked; `open_files`: as many as it may open."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    version: str
    open_files: int | None = None
    found: Sequence[Diagnosis] = ()


async def keep(values: KeyValue, one: Examination) -> None:
    """Keep the newest one; of two at once either may stay. Raises StoreUnavailable."""
    await values.swap(_KEY, await values.get(_KEY), one.model_dump_json())


async def last(values: KeyValue) -> Examination | None:
    """Return the one that is kept; None for none, or one of a version that wrote it otherwise.

    Raises StoreUnavailable.
    """
    raw = await values.get(_KEY)
    try:
        return None if raw is None else Examination.model_validate_json(raw)
    except ValidationError:
        return None


Examined = Callable[[], Awaitable[Examination | None]]


async def never() -> None:
    """Return None, where nobody examines the installation."""
