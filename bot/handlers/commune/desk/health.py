"""How the bot is: messengers and their plans, groups that get nothing, the machine, the last backup."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from bot.core.actions import Action
from bot.core.text import Text
from bot.features import rights
from bot.features.calendar.vietnam import today
from bot.features.doctor.diagnosis import Diagnosis, worst_first
from bot.features.doctor.kept import Examined, never
from bot.features.groups.naming import called
from bot.features.health import Health, MessengerHealth, is_near
from bot.features.outbox.pauses import LiftPause
from bot.handlers.commune.health import group_lines, messenger_lines
from bot.handlers.kit.pages import DeskPage
from bot.handlers.kit.pausing import stands
from bot.i18n import msg, number
from bot.office.desk.visit import HOME, Answer, Grade, Sheet, TodayLine, Visit

ADDRESS = "/suc-khoe"
_TO = HOME + ADDRESS
_BACKUP = "backup"


class MessengerLine(Struct, frozen=True):
    """A messenger on the page; `lift` has it tried again at once."""

    one: MessengerHealth
    name: str
    grade: Grade
    state: str
    words: Sequence[Text]
    lift: Action | None


class HealthPage:
    """`examined` is what the bot last found about its machine."""

    def __init__(self, health: Health, *, examined: Examined = never) -> None:
        self._health = health
        self._examined = examined

    async def show(self, visit: Visit) -> Answer:
        found = await self._health.messengers([visit.commune.id], visit.now)
        halted = {one.name for one in found if _grade(visit, one) == "bad"}
        groups = await self._health.groups(visit.commune.id, today(visit.now))
        examination = await self._examined()
        diagnoses = () if examination is None else examination.found
        return Sheet(
            "commune/health.html",
            visit.t("Tình trạng bot"),
            {
                "messengers": [_line(visit, one) for one in found],
                "groups": group_lines(visit, visit.commune, groups, halted),
                "at": None if examination is None else examination.at,
                "version": "" if examination is None else examination.version,
                "found": [_told(visit, one) for one in worst_first(diagnoses) if one.check != "plan"],
                "backup": [_told(visit, one) for one in diagnoses if one.check == _BACKUP],
            },
        )

    async def today(self, visit: Visit) -> Sequence[TodayLine]:
        """Name the messengers that carry nothing, what each month's plan still takes, and what the machine lacks."""
        if not (await rights.decide(visit.who, rights.Act.READ_AUDIT, visit.commune.id, on=visit.now)).allowed:
            return []
        lines = []
        for one in await self._health.messengers([visit.commune.id], visit.now):
            line = _line(visit, one)
            if line.grade == "bad":
                text = visit.t("**{name}**: {state}.", name=line.name, state=line.state)
                lines.append(TodayLine("bad", text, _TO, line.words[0]))
            elif line.grade == "late":
                text = visit.t("**{name}**: gói của tháng sắp hết.", name=line.name)
                lines.append(TodayLine("late", text, _TO, Text.join(" ", line.words[1:3])))
            if line.grade != "late" and (left := _left(visit, one)) is not None:
                lines.append(TodayLine("plan", left, _TO))
        examination = await self._examined()
        for found in worst_first(() if examination is None else examination.found):
            if found.check != "plan":
                grade: Grade = "bad" if found.grade == "bad" else "late"
                lines.append(TodayLine(grade, found.described(visit.word), _TO, found.mended(visit.word)))
        return lines

    def page(self) -> DeskPage:
        about = msg("Ứng dụng nào đang chạy, gói còn bao nhiêu, nhóm nào không nhận được tin, máy có gì phải sửa.")
        return DeskPage(
            ADDRESS, self.show, act=rights.Act.READ_AUDIT, label=msg("Tình trạng bot"), order=82, about=about
        )  # fmt: skip


def _line(visit: Visit, one: MessengerHealth) -> MessengerLine:
    lift = LiftPause(one.name) if one.paused is not None and one.paused.lifts else None
    words = messenger_lines(visit, one)
    return MessengerLine(one, called(one.name), _grade(visit, one), _state(visit, one), words, lift)


def _left(visit: Visit, one: MessengerHealth) -> Text | None:
    """Say what the plan of this month still takes; None where the vendor counts nothing, or nobody listens there."""
    usage = one.usage
    if one.off or usage is None or usage.sent_limit is None:
        return None
    left = number(max(0, usage.sent_limit - usage.sent), visit.locale)
    limit = number(usage.sent_limit, visit.locale)
    return visit.t("**{name}**: tháng này còn gửi được {left} trên {limit} tin.", name=called(one.name), left=left,
                   limit=limit)  # fmt: skip


def _grade(visit: Visit, one: MessengerHealth) -> Grade:
    if one.off or one.refused or stands(visit, one.paused):
        return "bad"
    usage = one.usage
    if usage is None:
        return "fine"
    used = ((usage.sent, usage.sent_limit), (usage.users, usage.users_limit), (usage.groups, usage.groups_limit))
    near = any(is_near(count, limit) for count, limit in used)
    return "late" if near or (usage.sent_limit is not None and one.expected > usage.sent_limit) else "fine"


def _state(visit: Visit, one: MessengerHealth) -> str:
    if one.off:
        return visit.word("đã tắt")
    if one.refused:
        return visit.word("mã của bot bị từ chối")
    if stands(visit, one.paused):
        return visit.word("tạm không nhận tin")
    return visit.word("đang chạy")


def _told(visit: Visit, one: Diagnosis) -> tuple[Grade, Text, Text]:
    grade: Grade = "bad" if one.grade == "bad" else "late" if one.grade == "soon" else "fine"
    return grade, one.described(visit.word), one.mended(visit.word)
