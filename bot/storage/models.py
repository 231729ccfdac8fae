"""Every table, for Tortoise to find."""

from .audit import Actor, AuditHead, AuditRow, ErasedActor
from .conversation import InboxEvent, Pause, SessionRow, StoredAction
from .learning import GuideCount, GuideRun, QuizAnswer
from .outbox import OutboxRow
from .people import Account, Consent, Invite, Person, Role, WrongCode
from .places import Channel, Unit, UnitSize
from .platform_state import LogEntry, PlatformValue

__all__ = [
    "Account",
    "Actor",
    "AuditHead",
    "AuditRow",
    "Channel",
    "Consent",
    "ErasedActor",
    "GuideCount",
    "GuideRun",
    "InboxEvent",
    "Invite",
    "LogEntry",
    "OutboxRow",
    "Pause",
    "Person",
    "PlatformValue",
    "QuizAnswer",
    "Role",
    "SessionRow",
    "StoredAction",
    "Unit",
    "UnitSize",
    "WrongCode",
]
