"""The one place where rights are checked, and the sentences that explain a refusal."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from msgspec import Struct

from bot.features import units
from bot.features.people.people import Grant, Who
from bot.i18n import msg

from .refusal import NO_RIGHT, OWN_WORK, Refusal, Tried
from .table import (
    ANYWHERE,
    IN_VILLAGES,
    INVITABLE,
    MATRIX,
    NOTHING,
    OBSERVER,
    RESIDENT,
    ROLES,
    Act,
    Condition,
    RightsCell,
    Scope,
)

_REFUSED: Mapping[Act, str] = {
    Act.READ_GUIDES: msg("Vai trò của bác chưa xem được hướng dẫn."),
    Act.ASK: msg("Vai trò của bác chưa gửi câu hỏi được."),
    Act.SEND_FEEDBACK: msg("Vai trò của bác chưa gửi góp ý được."),
    Act.LOG_VISIT: msg("Việc ghi lượt hỗ trợ là của Tổ công nghệ số và tình nguyện viên."),
    Act.UPDATE_FIGURES: msg("Việc cập nhật số liệu là của Tổ công nghệ số và công chức xã."),
    Act.ASSIGN_TASKS: msg("Việc giao nhiệm vụ là của Tổ trưởng, Tổ phó và cán bộ xã."),
    Act.SET_TARGETS: msg("Việc giao chỉ tiêu là của cán bộ xã."),
    Act.HANDLE_DIFFICULTIES: msg("Việc xử lý khó khăn này chưa giao cho vai trò của bác."),
    Act.BROADCAST: msg("Việc gửi thông báo là của Tổ trưởng, Tổ phó và cán bộ xã."),
    Act.APPROVE_CONTENT: msg("Việc duyệt nội dung là của lãnh đạo xã."),
    Act.EXPORT_REPORTS: msg("Vai trò của bác chưa xem hay xuất được báo cáo này."),
    Act.CHANGE_SETTINGS: msg("Việc cài đặt của xã là của công chức Văn hóa – Xã hội."),
    Act.GOOD_PRACTICE: msg("Việc gửi và duyệt cách làm hay là của Tổ công nghệ số và cán bộ xã."),
    Act.INVITE: msg("Việc mời người vào vai trò là của Tổ trưởng, Tổ phó và cán bộ xã."),
    Act.REGISTER_CHAT: msg("Việc đăng ký nhóm là của Tổ trưởng và cán bộ xã."),
    Act.READ_AUDIT: msg("Nhật ký chỉ mở cho lãnh đạo và công chức xã."),
    Act.VERIFY_GUIDE: msg("Việc xác nhận bài hướng dẫn là của công chức Văn hóa – Xã hội."),
    Act.ANSWER_HELP: msg("Việc trả lời yêu cầu giúp đỡ là của Tổ công nghệ số và cán bộ xã."),
    Act.URGENT_OVERRIDE: msg("Việc gửi khẩn không chờ duyệt là của cán bộ xã."),
    Act.ACKNOWLEDGE: msg("Việc xác nhận thôn đã nhận tin là của Tổ công nghệ số và Trưởng thôn."),
    Act.TEACH: msg("Việc mở câu đố và buổi tập huấn là của Tổ công nghệ số và cán bộ xã."),
    Act.PLAN_LOUDSPEAKER: msg("Việc đặt lịch loa là của Tổ trưởng, Tổ phó, Trưởng thôn và cán bộ xã."),
    Act.CHOOSE_METHODS: msg("Việc chọn phương thức của thôn là của Tổ trưởng, Tổ phó và Trưởng thôn."),
    Act.CONNECT_PROGRAMS: msg("Việc cho phần mềm khác đọc dữ liệu là của cán bộ xã."),
}
_ELSEWHERE = msg("Bác có quyền làm việc này, nhưng không phải ở đơn vị này.")
_NOT_INVITABLE = msg("Vai trò của bác không mời được vai trò này.")
_WRONG_KIND = msg("Vai trò này không dùng cho đơn vị đã chọn.")


class Decision(Struct, frozen=True):
    """A decision. `cell` is the widest that allows it, `cells` all that do; `why` is the refusal's sentence, else "".

    A caller that shows `why` to the person leaves the sentence as it is: by it the audit log knows of the refusal.
    """

    allowed: bool
    cell: RightsCell = NOTHING
    cells: tuple[RightsCell, ...] = ()
    why: str = ""

    def for_indicator(self, code: str) -> bool:
        """Tell whether it is allowed for the indicator of this code."""
        return any(cell.condition is not Condition.INDICATORS or cell.covers(code) for cell in self.cells)

    def for_category(self, name: str) -> bool:
        """Tell whether it is allowed for difficulties or texts of this category."""
        return any(cell.condition is not Condition.CATEGORY or cell.covers(name) for cell in self.cells)


_ANYBODY = Grant(RESIDENT, None)


async def decide(
    who: Who,
    act: Act,
    unit_id: int | None,
    *,
    on: datetime,
    own: bool = False,
    forwarded: bool = False,
    sums: bool = False,
) -> Decision:
    """Tell whether `who` may do `act` to something of the unit. With None: whether they may do it anywhere at all.

    `own`: it was made by `who`; `forwarded`: it was given to them; `sums`: nothing but sums would be seen. Claims not
    made by the caller are taken as untrue. Everybody is a resident besides: a role adds rights and takes none.
    """
    held = [
        (grant, cell)
        for grant in (_ANYBODY, *who.grants)
        if grant.counts(on) and (cell := cell_of(grant.role, act)) != NOTHING
    ]
    if not held:
        return Decision(False, why=refusal(who, act, unit_id))
    claims = {
        Scope.OWN: own,
        Scope.AGGREGATE: sums,
        Scope.ASSIGNED: forwarded,
    }
    cells = [
        cell
        for grant, cell in held
        if unit_id is None or ((_by_unit(grant, cell) or claims[cell.scope]) and await _reaches(grant, cell, unit_id))
    ]
    if not cells:
        return Decision(False, why=refusal(who, act, unit_id, _ELSEWHERE))
    cells.sort(key=lambda cell: cell.rank, reverse=True)
    return Decision(True, cells[0], tuple(cells))


def refusal(who: Who, act: Act, unit_id: int | None, sentence: str = "") -> Refusal:
    """Return the sentence, the usual one for the act if none is given, with the entry for the audit log."""
    details = {} if unit_id is None else {"unit": unit_id}
    return Refusal(sentence or _REFUSED[act], Tried(NO_RIGHT, who.person_id, f"right:{act}", details))


def own_work(who: Who, subject: str, sentence: str) -> Refusal:
    """Return the refusal for somebody who would approve their own work; `subject` is `kind:id` of it."""
    return Refusal(sentence, Tried(OWN_WORK, who.person_id, subject))


async def may_invite(who: Who, role: str, unit_id: int, *, on: datetime) -> Decision:
    """Tell whether `who` may invite somebody to a role in a unit."""
    if not await fits(role, unit_id):
        return Decision(False, why=_WRONG_KIND)
    makers = _makers(who, role)
    if makers.grants:
        return await decide(makers, Act.INVITE, unit_id, on=on)
    general = await decide(who, Act.INVITE, unit_id, on=on)
    return Decision(False, why=refusal(who, Act.INVITE, unit_id, _NOT_INVITABLE)) if general.allowed else general


async def invitable(
    who: Who, held: Collection[tuple[str, int | None]], *, on: datetime
) -> frozenset[tuple[str, int | None]]:
    """Return those of many roles, held in their units already, to which `who` may invite (see `may_invite`)."""
    known: dict[tuple[tuple[Grant, ...], int], bool] = {}
    found = set()
    for role, unit_id in held:
        makers = _makers(who, role)
        if unit_id is None or not makers.grants:
            continue
        asked = makers.grants, unit_id
        if asked not in known:
            known[asked] = (await decide(makers, Act.INVITE, unit_id, on=on)).allowed
        if known[asked]:
            found.add((role, unit_id))
    return frozenset(found)


def _makers(who: Who, role: str) -> Who:
    """Return the person with only those grants that let them invite to a role."""
    grants = tuple(grant for grant in who.grants if role in INVITABLE.get(grant.role, ()))
    return Who(who.account, who.person_id, who.name, grants)


async def fits(role: str, unit_id: int) -> bool:
    """Tell whether a role exists and may be given for this unit."""
    commune = await units.commune_of(unit_id)
    if role not in ROLES or (commune is None and role != OBSERVER):
        return False
    if commune is None or role in ANYWHERE:
        return True
    return (commune.id == unit_id) != (role in IN_VILLAGES)


def cell_of(role: str, act: Act) -> RightsCell:
    return MATRIX.get(role, {}).get(act, NOTHING)


def _by_unit(grant: Grant, cell: RightsCell) -> bool:
    """Tell whether the place alone decides. A member of the steering committee is assigned whole villages."""
    return cell.scope in (Scope.VILLAGE, Scope.COMMUNE) or (cell.scope is Scope.ASSIGNED and grant.role in IN_VILLAGES)


async def _reaches(grant: Grant, cell: RightsCell, unit_id: int) -> bool:
    if grant.unit_id is None:
        return True
    if cell.scope is not Scope.COMMUNE:
        return await units.is_inside(unit_id, grant.unit_id)
    commune = await units.commune_of(grant.unit_id)
    return commune is not None and await units.is_inside(unit_id, commune.id)


def another_person(author: int | None, who: Who) -> bool:
    """Tell whether `who` may approve what person `author` made: it takes another person, not another account."""
    return author is not None and who.person_id is not None and author != who.person_id
