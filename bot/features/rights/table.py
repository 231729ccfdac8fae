"""The table of rights: role × act → cell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import cached_property

from msgspec import Struct

from bot.core.text import fold
from bot.i18n import msg


class Act(StrEnum):
    """Acts that need a right. Each value is the name used in the table, in tests and in the audit log."""

    READ_GUIDES = "read_guides"
    ASK = "ask"
    SEND_FEEDBACK = "send_feedback"
    LOG_VISIT = "log_visit"
    UPDATE_FIGURES = "update_figures"
    ASSIGN_TASKS = "assign_tasks"
    SET_TARGETS = "set_targets"
    HANDLE_DIFFICULTIES = "handle_difficulties"
    BROADCAST = "broadcast"
    APPROVE_CONTENT = "approve_content"
    EXPORT_REPORTS = "export_reports"
    CHANGE_SETTINGS = "change_settings"
    GOOD_PRACTICE = "good_practice"
    INVITE = "invite"
    REGISTER_CHAT = "register_chat"
    READ_AUDIT = "read_audit"
    VERIFY_GUIDE = "verify_guide"
    ANSWER_HELP = "answer_help"
    URGENT_OVERRIDE = "urgent_override"
    ACKNOWLEDGE = "acknowledge"
    TEACH = "teach"
    PLAN_LOUDSPEAKER = "plan_loudspeaker"
    CHOOSE_METHODS = "choose_methods"
    CONNECT_PROGRAMS = "connect_programs"


class Scope(StrEnum):
    """How far a cell reaches, seen from the unit for which the role was given.

    own: only what the person made. village, assigned: that unit and what lies in it; assigned is also what was
    forwarded to the person. commune: the whole commune of the unit. aggregate: sums only, never a row about somebody.
    """

    NONE = "none"
    AGGREGATE = "aggregate"
    OWN = "own"
    ASSIGNED = "assigned"
    VILLAGE = "village"
    COMMUNE = "commune"


class Condition(StrEnum):
    """Limits of a cell, weakest first, up to NONE. `sign_off` and `approve` say that the person decides.

    `indicators` and `category` hold for the listed ones alone; a pattern may end in `*`.
    """

    COMMENT = "comment"
    VIEW = "view"
    PROPOSE = "propose"
    DRAFT = "draft"
    CATEGORY = "category"
    INDICATORS = "indicators"
    APPROVED_TEXT = "approved_text"
    NONE = ""
    SIGN_OFF = "sign_off"
    APPROVE = "approve"


class RightsCell(Struct, frozen=True, dict=True):
    """One cell of the table; `names` belong to `indicators` and `category`."""

    scope: Scope
    condition: Condition = Condition.NONE
    names: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: str) -> RightsCell:
        """Read `village`, `village+propose`, `commune+indicators:AT*,CQ01`; raise ValueError."""
        scope, _, rest = text.partition("+")
        condition, _, names = rest.partition(":")
        cell = cls(Scope(scope), Condition(condition), tuple(names.split(",")) if names else ())
        if bool(cell.names) != (cell.condition in (Condition.INDICATORS, Condition.CATEGORY)):
            raise ValueError(f"{text!r}: names belong to indicators and category, and only to them")
        return cell

    def __str__(self) -> str:
        names = f":{','.join(self.names)}" if self.names else ""
        return f"{self.scope}+{self.condition}{names}" if self.condition else str(self.scope)

    def covers(self, name: str) -> bool:
        """Tell whether an indicator or category is among the names; a cell without names covers all."""
        return not self.names or any(fnmatchcase(name, pattern) for pattern in self.names)

    @cached_property
    def rank(self) -> tuple[int, int, int]:
        """Of cells that reach the same object the greatest one allows most."""
        reach = list(Scope).index(self.scope)
        return min(reach, list(Scope).index(Scope.ASSIGNED)), list(Condition).index(self.condition), reach


NOTHING = RightsCell(Scope.NONE)

RESIDENT, VOLUNTEER, MEMBER, DEPUTY, LEADER = "resident", "volunteer", "member", "deputy", "leader"
VILLAGE_HEAD, ENTERPRISE, STEERING, OFFICER, CHAIR = "village_head", "enterprise", "steering", "officer", "chair"
POLICE, YOUTH, OBSERVER, COUNCIL = "police", "youth", "observer", "council"

ROLES: Mapping[str, str] = {
    RESIDENT: msg("Người dân"),
    VOLUNTEER: msg("Đoàn viên tình nguyện"),
    MEMBER: msg("Thành viên Tổ công nghệ số"),
    DEPUTY: msg("Tổ phó Tổ công nghệ số"),
    LEADER: msg("Tổ trưởng Tổ công nghệ số"),
    VILLAGE_HEAD: msg("Bí thư, Trưởng thôn"),
    ENTERPRISE: msg("Doanh nghiệp tham gia"),
    STEERING: msg("Ban chỉ đạo phụ trách thôn"),
    OFFICER: msg("Công chức Văn hóa – Xã hội"),
    CHAIR: msg("Chủ tịch, Phó Chủ tịch"),
    POLICE: msg("Công an xã"),
    YOUTH: msg("Bí thư Đoàn xã"),
    OBSERVER: msg("Quan sát viên của Sở"),
    COUNCIL: msg("Thường trực Đảng ủy, HĐND"),
}
"""Role code → what people call it."""

_SHORT: Mapping[str, tuple[str, ...]] = {
    VOLUNTEER: ("Tình nguyện viên", "Đoàn viên"),
    MEMBER: ("Thành viên", "Thành viên Tổ", "Tổ viên"),
    DEPUTY: ("Tổ phó",),
    LEADER: ("Tổ trưởng",),
    VILLAGE_HEAD: ("Trưởng thôn", "Trưởng xóm", "Trưởng bản", "Tổ trưởng tổ dân phố", "Bí thư chi bộ", "Bí thư thôn"),
    ENTERPRISE: ("Doanh nghiệp",),
    STEERING: ("Ban chỉ đạo",),
    OFFICER: ("Công chức", "Công chức xã", "Văn hóa – Xã hội"),
    CHAIR: ("Chủ tịch", "Chủ tịch xã", "Phó Chủ tịch", "Phó Chủ tịch xã"),
    POLICE: ("Công an",),
    YOUTH: ("Bí thư Đoàn", "Đoàn xã"),
    OBSERVER: ("Quan sát viên",),
    COUNCIL: ("Thường trực Đảng ủy", "Thường trực HĐND", "Đảng ủy", "HĐND"),
}
"""Role code → what people write instead of the whole name. No name stands for two roles."""


def role_of(answer: str) -> str | None:
    """Return the code of a role by its code, name or short name; case and marks do not matter."""
    return _CALLED.get(_compared(answer))


def _compared(name: str) -> str:
    return " ".join(re.findall(r"\w+", fold(name)))


_CALLED: Mapping[str, str] = {
    _compared(name): code for code, title in ROLES.items() for name in (code, title, *_SHORT.get(code, ()))
}

OFFICIALS = frozenset({OFFICER, CHAIR})
AT_THE_DESK = OFFICIALS | {OBSERVER, COUNCIL, POLICE}
"""The roles whose work is at a table. What each of them sees there is decided page by page."""
IN_VILLAGES = frozenset({MEMBER, DEPUTY, LEADER, VILLAGE_HEAD, STEERING})
"""Roles that are given for a village: for a commune they would reach every village of it."""
ANYWHERE = frozenset({RESIDENT, VOLUNTEER})
"""Roles for a village or a commune. All others are for a commune, an observer's also for a province."""

ONE_HOLDER = frozenset({LEADER, DEPUTY, VILLAGE_HEAD})
"""Roles that a village mostly has once."""

INVITABLE: Mapping[str, frozenset[str]] = {
    OFFICER: frozenset(ROLES) - {CHAIR},
    CHAIR: frozenset(ROLES) - {CHAIR},
    LEADER: frozenset({MEMBER, VOLUNTEER}),
    DEPUTY: frozenset({MEMBER, VOLUNTEER}),
    YOUTH: frozenset({VOLUNTEER}),
}
"""The roles that each role may invite; a chair comes from the command line alone."""

_READS = "read_guides=commune ask=commune send_feedback=commune"
_ROWS: Mapping[str, str] = {
    RESIDENT: f"{_READS} handle_difficulties=own",
    VOLUNTEER: f"{_READS} log_visit=own",
    MEMBER: f"{_READS} log_visit=own update_figures=village+propose handle_difficulties=village+propose"
    " good_practice=own+propose answer_help=village acknowledge=village teach=village",
    DEPUTY: f"{_READS} log_visit=village update_figures=village assign_tasks=village handle_difficulties=village"
    " broadcast=village+approved_text export_reports=village good_practice=own+propose invite=village"
    " answer_help=village acknowledge=village teach=village plan_loudspeaker=village choose_methods=village",
    LEADER: f"{_READS} log_visit=village update_figures=village+sign_off assign_tasks=village"
    " handle_difficulties=village broadcast=village+approved_text export_reports=village good_practice=own+propose"
    " invite=village register_chat=village answer_help=village acknowledge=village teach=village"
    " plan_loudspeaker=village choose_methods=village",
    VILLAGE_HEAD: f"{_READS} handle_difficulties=village export_reports=village acknowledge=village"
    " plan_loudspeaker=village choose_methods=village",
    ENTERPRISE: f"{_READS} log_visit=own handle_difficulties=assigned good_practice=own+propose",
    STEERING: f"{_READS} log_visit=assigned+view update_figures=assigned+view set_targets=assigned+propose"
    " handle_difficulties=assigned export_reports=assigned good_practice=assigned+comment",
    OFFICER: f"{_READS} log_visit=commune update_figures=commune assign_tasks=commune set_targets=commune+draft"
    " handle_difficulties=commune broadcast=commune+approved_text approve_content=commune+draft"
    " export_reports=commune change_settings=commune good_practice=commune invite=commune register_chat=commune"
    " read_audit=commune verify_guide=commune answer_help=commune urgent_override=commune acknowledge=commune"
    " teach=commune plan_loudspeaker=commune connect_programs=commune",
    CHAIR: f"{_READS} log_visit=commune assign_tasks=commune set_targets=commune+approve handle_difficulties=commune"
    " broadcast=commune approve_content=commune+approve export_reports=commune good_practice=commune invite=commune"
    " register_chat=commune read_audit=commune answer_help=commune urgent_override=commune acknowledge=commune"
    " teach=commune plan_loudspeaker=commune connect_programs=commune",
    POLICE: f"{_READS} update_figures=commune+indicators:AT*,CQ01 handle_difficulties=commune+category:scam,vneid"
    " approve_content=commune+category:scam export_reports=commune+indicators:AT*",
    YOUTH: f"{_READS} log_visit=commune+view invite=commune",
    OBSERVER: f"{_READS} log_visit=aggregate handle_difficulties=assigned export_reports=aggregate"
    " good_practice=aggregate+comment",
    COUNCIL: "read_guides=commune log_visit=aggregate handle_difficulties=aggregate export_reports=commune+view",
}

Matrix = Mapping[str, Mapping[Act, RightsCell]]


def _matrix(rows: Mapping[str, str]) -> Matrix:
    pairs = {role: (entry.split("=", 1) for entry in row.split()) for role, row in rows.items()}
    return {role: {Act(act): RightsCell.of(text) for act, text in entries} for role, entries in pairs.items()}


MATRIX: Matrix = _matrix(_ROWS)
"""Role → act → cell. An act that a row lacks is refused."""


_PREFACE = """\
# Who may do what

Generated from `bot/features/rights/table.py` by `python -m bot.features.rights`; a test compares the two.

A cell is a scope, and perhaps a condition. Scopes: `own` (what the person made), `village` and `assigned` (the unit of
the role, or what was forwarded), `commune`, `aggregate` (sums only); “–” is refused. Everybody has the rights of a
resident besides: a role adds rights and takes none. Approving takes another person than the author, not just another
account. Officers and chairs invite all below a chair in their commune; leaders and deputies invite members and
volunteers of their village; the secretary of the youth union invites and ends volunteers of the commune, and sees of
visits those of volunteers; a chair is invited on the command line.
"""


def document(matrix: Matrix = MATRIX) -> str:
    """Return `docs/rights.md`: the table as people read it."""
    lines = [_PREFACE]
    for acts in _split(list(Act), 7):
        lines.append("| role | " + " | ".join(str(act) for act in acts) + " |")
        lines.append("|---|" + "---|" * len(acts))
        for role, name in ROLES.items():
            cells = (matrix.get(role, {}).get(act, NOTHING) for act in acts)
            shown = ("–" if cell == NOTHING else f"`{cell}`" for cell in cells)
            lines.append(f"| `{role}` {name} | " + " | ".join(shown) + " |")
        lines.append("")
    return "\n".join(lines)


def _split(acts: list[Act], size: int) -> Iterator[list[Act]]:
    return (acts[at : at + size] for at in range(0, len(acts), size))
