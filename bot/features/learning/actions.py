"""Actions of buttons of question banks, for buttons that also appear on messages that come by themselves."""

from __future__ import annotations

from bot.core.actions import Action


class AnswerDaily(Action, code="lda"):
    """An answer to the question of a day (`2026-11-24`); `choice` is the name of a choice."""

    question: int
    day: str
    choice: str


class StopDaily(Action, code="lds"):
    pass


class SendBanks(Action, code="lbs"):
    """I want to send a workbook."""


class ApplyBanks(Action, code="lba"):
    """ "Đúng": what was read back counts; `shown` is the digest of it."""

    pending: int
    shown: str


class DropBanks(Action, code="lbd"):
    pending: int
