"""The words that call people to a meeting, and tell them that it is off.

They stay Vietnamese: they are the village's words, not the bot's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.core.messages import Button
from bot.core.text import Text
from bot.features.announcements.writing.templates import TEMPLATES
from bot.features.calendar.vietnam import VIETNAM
from bot.features.notices.mail import Mail
from bot.features.tasks.team import team
from bot.features.units import Place
from bot.i18n import time_in_words, weekday_date

from .model import Meeting

_THANKS = "Trân trọng cảm ơn các anh chị."


def moment(at: datetime, locale: str = "vi") -> str:
    """Write it as `19 giờ 30, thứ Năm, 26/11/2026`, as the clocks in Vietnam show it."""
    local = at.astimezone(VIETNAM)
    return f"{time_in_words(local.time(), locale)}, {weekday_date(local.date(), locale)}"


def invitation(one: Meeting, unit: Place) -> str:
    """Return the invitation, to be read in a group. A village's has the words of the announcement of a meeting."""
    agenda = ["Nội dung:", *(f"- {item}" for item in one.agenda)] if one.agenda else []
    if one.kind == "village":
        text = TEMPLATES["meeting"].fill({"about": one.subject, "when": moment(one.starts_at), "where": one.place})
        *head, thanks = text.split("\n")
        return "\n".join([f"Kính gửi bà con {unit.full_name},", *head, *agenda, thanks])
    head = [
        f"Kính mời các anh chị trong Tổ công nghệ số {unit.full_name} dự họp: {one.subject}.",
        f"Thời gian: {moment(one.starts_at)}.",
        f"Địa điểm: {one.place}.",
    ]
    return "\n".join([*head, *agenda, _THANKS])


def called_off(one: Meeting, unit: Place) -> str:
    text = f"Cuộc họp “{one.subject}” lúc {moment(one.starts_at)} hoãn lại. Khi có lịch mới sẽ báo sau."
    if one.kind == "village":
        return f"Kính gửi bà con {unit.full_name},\n{text}\nTrân trọng cảm ơn bà con."
    return f"{text}\n{_THANKS}"


async def tell_team(mail: Mail, one: Meeting, text: str, now: datetime) -> int:
    """Tell the team's own group or, without one, each of the team but the caller; return how many were told."""
    reply, key = Text.verbatim(text), f"hop{one.id}-{one.version}"

    async def write(_: Mail) -> tuple[Text, Sequence[Button]]:
        return reply, ()

    groups = await mail.groups(one.unit_id, "team", write, key=key, now=now)
    if groups:
        return groups
    members = [member.person_id for member in await team(one.unit_id, now)]
    return await mail.tell_all((each for each in members if each != one.caller_id), reply, key=key, now=now)
