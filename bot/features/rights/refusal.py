"""The sentence of a refusal, which knows what was refused: once it is told to somebody, the audit log has it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Self

from msgspec import Struct, field

from bot.features.audit import Audit, Detail

NO_RIGHT, OWN_WORK = "right_refused", "own_approval_refused"
"""Acts of the log: a right was missing; somebody tried to approve what they made themselves."""


class Tried(Struct, frozen=True):
    """A refused attempt, as the audit log takes it. `person_id` None is a stranger."""

    act: str
    person_id: int | None
    subject: str
    details: Mapping[str, Detail] = field(default_factory=dict)


class Refusal(str):
    """A Vietnamese sentence, to be translated where it is shown, with what it refuses."""

    tried: Tried

    def __new__(cls, sentence: str, tried: Tried) -> Self:
        made = super().__new__(cls, sentence)
        made.tried = tried
        return made


async def note(audit: Audit, sentence: str, now: datetime) -> None:
    """Write down a refusal that was told, once an hour for each person and thing. Other sentences are no refusals."""
    if isinstance(sentence, Refusal):
        tried = sentence.tried
        await audit.append_seldom(tried.person_id, tried.act, tried.subject, now, tried.details)
