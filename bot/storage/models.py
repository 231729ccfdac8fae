"""Every table, for Tortoise to find."""

from .announcements import Announcement, AnnouncementTarget, AnnouncementWay
from .audit import Actor, AuditHead, AuditRow, ErasedAccount, ErasedActor
from .checkins import (
    Answer,
    Difficulty,
    DifficultyGrade,
    Figure,
    IndicatorPast,
    IndicatorRow,
    Round,
    RoundPlan,
    Target,
    TargetPlan,
)
from .commune import CommuneSetting, PassingFile, SettingVersion
from .conversation import ConversationLease, InboxEvent, Pause, SessionRow, StoredAction
from .help import HelpAsk, HelpDuty, HelpMessage, HelpRequest
from .jobs import JobRow
from .learning import GuideCount, GuideRun, GuideTally, QuizAnswer
from .loudspeaker import LoudspeakerPlan, Play, Recording
from .meetings import Meeting, MeetingPoint
from .mentors import MentorQuestion
from .methods import VillageMethod
from .outbox import Detour, OutboxRow, OutboxStop
from .papers import IssuedPaper, IssuedPaperFile
from .people import Account, Consent, Invite, Person, Role, WrongCode
from .places import Channel, Unit, UnitSize
from .platform_state import LogEntry, PlatformValue
from .practices import GoodPractice, PracticeUse
from .products import Product
from .quality import OpinionTally, VisitCheck
from .questions import (
    BankImport,
    BankQuestion,
    BoardName,
    DailyReader,
    GroupQuiz,
    QuestionAnswer,
    QuestionBank,
)
from .remarks import Remark
from .tasks import Task, TaskSource
from .training import TrainingAnswer, TrainingSeat, TrainingSession
from .upkeep import GuideCheck, GuideFlag, GuideReminder, GuideText
from .visits import Visit, VisitStage

__all__ = [
    "Account",
    "Actor",
    "Announcement",
    "AnnouncementTarget",
    "AnnouncementWay",
    "Answer",
    "AuditHead",
    "AuditRow",
    "BankImport",
    "BankQuestion",
    "BoardName",
    "Channel",
    "CommuneSetting",
    "Consent",
    "ConversationLease",
    "DailyReader",
    "Detour",
    "Difficulty",
    "DifficultyGrade",
    "ErasedAccount",
    "ErasedActor",
    "Figure",
    "GoodPractice",
    "GroupQuiz",
    "GuideCheck",
    "GuideCount",
    "GuideFlag",
    "GuideReminder",
    "GuideRun",
    "GuideTally",
    "GuideText",
    "HelpAsk",
    "HelpDuty",
    "HelpMessage",
    "HelpRequest",
    "InboxEvent",
    "IndicatorPast",
    "IndicatorRow",
    "Invite",
    "IssuedPaper",
    "IssuedPaperFile",
    "JobRow",
    "LogEntry",
    "LoudspeakerPlan",
    "Meeting",
    "MeetingPoint",
    "MentorQuestion",
    "OpinionTally",
    "OutboxRow",
    "OutboxStop",
    "PassingFile",
    "Pause",
    "Person",
    "PlatformValue",
    "Play",
    "PracticeUse",
    "Product",
    "QuestionAnswer",
    "QuestionBank",
    "QuizAnswer",
    "Recording",
    "Remark",
    "Role",
    "Round",
    "RoundPlan",
    "SessionRow",
    "SettingVersion",
    "StoredAction",
    "Target",
    "TargetPlan",
    "Task",
    "TaskSource",
    "TrainingAnswer",
    "TrainingSeat",
    "TrainingSession",
    "Unit",
    "UnitSize",
    "VillageMethod",
    "Visit",
    "VisitCheck",
    "VisitStage",
    "WrongCode",
]
