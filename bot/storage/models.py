"""Every table, for Tortoise to find."""

from tortoise.models import Model

from .audit import Actor, AuditHead, AuditRow, ErasedAccount, ErasedActor
from .checkins import Answer, Difficulty, Figure, IndicatorRow, Round, RoundPlan, Target
from .conversation import InboxEvent, Pause, SessionRow, StoredAction
from .learning import GuideCount, GuideRun, QuizAnswer
from .outbox import OutboxRow
from .people import Account, Consent, Invite, Person, Role, WrongCode
from .places import Channel, Unit, UnitSize
from .platform_state import LogEntry, PlatformValue

# Docstrings are for readers of the code. In the database they would be comments, and a ";" in one splits a statement.
for _model in list(globals().values()):
    if isinstance(_model, type) and issubclass(_model, Model):
        _model._meta.table_description = ""  # noqa: SLF001

__all__ = [
    "Account",
    "Actor",
    "Answer",
    "AuditHead",
    "AuditRow",
    "Channel",
    "Consent",
    "Difficulty",
    "ErasedAccount",
    "ErasedActor",
    "Figure",
    "GuideCount",
    "GuideRun",
    "InboxEvent",
    "IndicatorRow",
    "Invite",
    "LogEntry",
    "OutboxRow",
    "Pause",
    "Person",
    "PlatformValue",
    "QuizAnswer",
    "Role",
    "Round",
    "RoundPlan",
    "SessionRow",
    "StoredAction",
    "Target",
    "Unit",
    "UnitSize",
    "WrongCode",
]
