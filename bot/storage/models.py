"""Every table, for Tortoise to find."""

from .conversation import InboxEvent, Pause, SessionRow, StoredAction
from .learning import GuideCount, GuideRun, QuizAnswer
from .platform_state import LogEntry, PlatformValue

__all__ = [
    "GuideCount",
    "GuideRun",
    "InboxEvent",
    "LogEntry",
    "Pause",
    "PlatformValue",
    "QuizAnswer",
    "SessionRow",
    "StoredAction",
]
