"""`/hop`: a village's leader calls the team or the village together: what about, when, where; then the invitation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from bot.core.context import Context
from bot.core.events import TextSent
from bot.core.lean import patterns
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text, fold
from bot.features import units
from bot.features.audit import Audit
from bot.features.calendar.vietnam import VIETNAM
from bot.features.meetings import book, notices
from bot.features.meetings.actions import CallMeeting, CancelMeeting, ListMeetings, NewMeeting, OpenMeeting
from bot.features.meetings.model import (
    KINDS,
    LONGEST_AGENDA,
    LONGEST_PLACE,
    LONGEST_SUBJECT,
    Kind,
    Meeting,
    lines,
)
from bot.features.meetings.when import read_when
from bot.features.notices.mail import Mail
from bot.features.people import people
from bot.features.tasks.dates import FARTHEST
from bot.features.units import Place
from bot.handlers.kit.speaker import account_of, in_private, to_menu
from bot.handlers.kit.typed import answer, too_long
from bot.i18n import msg, short_date

from .common import FLOW, NOT_LEADER, SKIP, STATES, leads, led, offers, opened, show

UNIT, ABOUT, WHEN, WHERE, AGENDA, READY = "unit", "about", "when", "where", "agenda", "ready"
_CALLS = patterns.compile(
    r"(?P<before>(?:\S+ ){0,6}?)(?:moi |goi |trieu tap )?(?:ca )?hop "
    r"(?:(?P<village>thon|xom|ap|khu pho|to dan pho|ba con|dan)|to)\b"
)
_ASKED = patterns.compile(r"\b(?:hom nao|bao gio|khi nao|may gio|ngay nao|luc nao|khong|chua|the nao)\b")
_PLACE = patterns.compile(r"\s(?:ở|tại)\s+(?P<place>[^,;.]+)", re.IGNORECASE)
_SUBJECT = patterns.compile(r"\b(?:bàn|về|ban viec|ve viec)\b.+", re.IGNORECASE | re.DOTALL)
_SHOWN = 6

_ABOUT = msg("{kind} {unit}: họp về việc gì? Bác gõ một câu. Ví dụ: bàn việc cài VNeID cho bà con.")
_WHEN = msg("Họp lúc nào? Bác gõ ngày và giờ. Ví dụ: 19 giờ 30 thứ Năm, hoặc 8 giờ 28/11.")
_UNCLEAR = msg("Tôi chưa rõ ngày giờ. Bác gõ ví dụ: 19 giờ 30 thứ Năm, hoặc 8 giờ 28/11.")
_PAST = msg("Giờ này đã qua rồi. Bác gõ lại thời gian giúp tôi.")
_TOO_FAR = msg("Ngày này xa quá một năm. Bác gõ ngày gần hơn.")
_WHERE = msg("Họp ở đâu? Ví dụ: nhà văn hóa thôn.")
_AGENDA = msg("Nội dung họp, mỗi việc một dòng. Không có thì bác gõ BỎ QUA.")


class MeetingConversation:
    def __init__(self, mail: Mail, audit: Audit) -> None:
        self._mail = mail
        self._audit = audit

    async def menu_items(self, ctx: Context) -> Sequence[Button]:
        """Return a button for somebody who leads a village."""
        places = await led(ctx, await people.who(account_of(ctx), ctx.now))
        return [Button.to(ctx.word("Họp Tổ, họp thôn"), ListMeetings())] if places else []

    async def command(self, ctx: Context) -> None:
        """Handle `/hop`, “họp tổ”, “họp thôn”: list the meetings if one is still open, else begin the questions."""
        answer = fold(ctx.event.text) if isinstance(ctx.event, TextSent) else ""
        kind = "village" if answer.endswith(("thon", "ba con")) else "team" if answer.endswith("to") else ""
        places = await self._places(ctx)
        if not places:
            return
        found = await book.of_units([one.id for one in places], _SHOWN)
        if kind and not any(one.state == "called" for one in found):
            await self.new(ctx, NewMeeting(kind, ""))
            return
        self._list(ctx, found)

    async def listed(self, ctx: Context, action: ListMeetings) -> None:
        places = await self._places(ctx)
        if places:
            self._list(ctx, await book.of_units([one.id for one in places], _SHOWN))

    def _list(self, ctx: Context, found: Sequence[Meeting]) -> None:
        replies = [ctx.t("**Các cuộc họp**:") if found else ctx.t("Bác muốn mời ai họp?")]
        replies += [
            ctx.t(
                "• {kind} {day}: {subject} ({state})",
                kind=ctx.word(KINDS[one.kind]), day=self._day(ctx, one), subject=one.subject[:100],
                state=ctx.word(STATES[one.state]),
            )
            for one in found
        ]  # fmt: skip
        buttons = [
            Button.to(f"{ctx.word('Mở')}: {ctx.word(KINDS[one.kind])} {self._day(ctx, one)}", OpenMeeting(one.id))
            for one in found
        ]
        new = [
            Button.to(ctx.word("Mời họp Tổ"), NewMeeting("team", "")),
            Button.to(ctx.word("Mời bà con họp"), NewMeeting("village", "")),
        ]
        ctx.reply(Text.join("\n", replies), [*buttons, *new, *to_menu(ctx)])

    def _day(self, ctx: Context, one: Meeting) -> str:
        return short_date(one.starts_at.astimezone(VIETNAM).date(), ctx.locale)

    async def understand(self, ctx: Context, words: str) -> bool:
        """Begin a meeting from a leader's sentence “Họp tổ tối mai 7 giờ bàn việc cài VNeID”.

        The details that it gives are not asked again. Return False for other words.
        """
        call = _CALLS.match(fold(words)) if ctx.private else None
        if call is None or not await led(ctx, await people.who(account_of(ctx), ctx.now)):
            return False
        if _ASKED.search(fold(words)):
            await self.listed(ctx, ListMeetings())
            return True
        about = _SUBJECT.search(words)
        when = words if about is None else words[: about.start()]
        at = read_when(when, ctx.now)
        figure = at is None and about is None and any(char.isdigit() for char in words)
        if (call["before"] and at is None) or figure:  # “tôi đi họp tổ về rồi” calls nobody, “họp thôn 2” counts
            return False
        # What was typed without marks would stand so in the invitation: it is asked for by itself.
        subject = "" if about is None or about[0].isascii() else _line(about[0])
        known = {"subject": subject if len(subject) <= LONGEST_SUBJECT else ""}
        if at is not None and ctx.now < at <= ctx.now + FARTHEST:
            known["at"] = at.isoformat()
        if (place := _PLACE.search(when)) is not None and len(place["place"]) <= LONGEST_PLACE:
            known["place"] = _line(place["place"])
        await self._begin(ctx, NewMeeting("village" if call["village"] else "team", ""), known)
        return True

    async def new(self, ctx: Context, action: NewMeeting) -> None:
        flow = ctx.flow
        known = flow.data if flow is not None and (flow.name, flow.step) == (FLOW, UNIT) else {}
        await self._begin(ctx, action, known)

    async def _begin(self, ctx: Context, action: NewMeeting, known: dict[str, str]) -> None:
        """Begin a meeting with the details `known`; a leader of several villages chooses one first."""
        places = await self._places(ctx)
        if not places:
            return
        place = next((one for one in places if one.code == action.unit), places[0] if len(places) == 1 else None)
        kind = _kind(action.kind)
        if place is None:
            ctx.wait_for(FLOW, UNIT, dict(known))
            buttons = [Button.to(one.full_name, NewMeeting(kind, one.code)) for one in places]
            ctx.reply(ctx.t("Bác mời họp ở thôn nào?"), [*buttons, *to_menu(ctx)])
            return
        await self._ask_next(ctx, {"kind": kind, "unit": place.code, **known}, place)

    async def _ask_next(self, ctx: Context, data: dict[str, str], place: Place) -> None:
        """Ask for the first detail that is not known yet."""
        if not data.get("subject"):
            ctx.wait_for(FLOW, ABOUT, data)
            ctx.reply(ctx.t(_ABOUT, kind=ctx.word(KINDS[_kind(data["kind"])]), unit=place.full_name), expects="text")
        elif not data.get("at"):
            ctx.wait_for(FLOW, WHEN, data)
            ctx.reply(ctx.t(_WHEN), expects="text")
        elif not data.get("place"):
            ctx.wait_for(FLOW, WHERE, data)
            ctx.reply(ctx.t(_WHERE), expects="text")
        else:
            ctx.wait_for(FLOW, AGENDA, data)
            ctx.reply(ctx.t(_AGENDA), expects="text")

    async def take_unit(self, ctx: Context) -> None:
        """Show the list again after words in place of a choice of village."""
        await self.listed(ctx, ListMeetings())

    async def take_about(self, ctx: Context) -> None:
        data, words = answer(ctx)
        place = await self._place(ctx, data["unit"])
        if place is not None and not too_long(ctx, words, LONGEST_SUBJECT):
            await self._ask_next(ctx, {**data, "subject": _line(words)}, place)

    async def take_when(self, ctx: Context) -> None:
        data, words = answer(ctx)
        place = await self._place(ctx, data["unit"])
        if place is None:
            return
        at = read_when(words, ctx.now)
        problem = _UNCLEAR if at is None else _PAST if at <= ctx.now else ""
        if at is None or problem or at > ctx.now + FARTHEST:
            ctx.reply(ctx.t(problem or _TOO_FAR), expects="text")
            return
        await self._ask_next(ctx, {**data, "at": at.isoformat()}, place)

    async def take_where(self, ctx: Context) -> None:
        data, words = answer(ctx)
        place = await self._place(ctx, data["unit"])
        if place is not None and not too_long(ctx, words, LONGEST_PLACE):
            await self._ask_next(ctx, {**data, "place": _line(words)}, place)

    async def take_agenda(self, ctx: Context) -> None:
        """Take the last answer, and read all of them back."""
        data, words = answer(ctx)
        if too_long(ctx, words, LONGEST_AGENDA):
            return
        agenda = "" if fold(words) in SKIP else "\n".join(lines(words))
        place = await self._place(ctx, data["unit"])
        if place is None:
            return
        data = {**data, "agenda": agenda}
        ctx.wait_for(FLOW, READY, data)
        replies = [
            ctx.t("**{kind}** {unit}: {subject}", kind=ctx.word(KINDS[_kind(data["kind"])]), unit=place.full_name,
                  subject=data["subject"]),
            ctx.t("Lúc {time}, tại {place}.", time=notices.moment(_at(data), ctx.locale), place=data["place"]),
        ]  # fmt: skip
        if agenda:
            replies += [ctx.t("Nội dung:"), *(Text.verbatim(f"• {item}") for item in agenda.splitlines())]
        replies.append(ctx.t("Đúng không ạ?"))
        buttons = [
            Button.to(ctx.word("Đúng, mời họp"), CallMeeting()),
            Button.to(ctx.word("Làm lại"), NewMeeting(data["kind"], place.code)),
        ]
        ctx.reply(Text.join("\n", replies), [*buttons, *to_menu(ctx)])

    async def take_other_words(self, ctx: Context) -> None:
        """Remind of the two choices when words come instead of a yes."""
        data, _ = answer(ctx)
        buttons = [
            Button.to(ctx.word("Đúng, mời họp"), CallMeeting()),
            Button.to(ctx.word("Làm lại"), NewMeeting(data["kind"], data["unit"])),
        ]
        ctx.reply(ctx.t("Tôi chưa mời ai. Bác chọn “Đúng, mời họp”, hoặc “Làm lại” để gõ lại từ đầu."), buttons)

    async def call(self, ctx: Context, action: CallMeeting) -> None:
        flow = ctx.flow
        if not in_private(ctx):
            return
        if flow is None or (flow.name, flow.step) != (FLOW, READY):
            await self.listed(ctx, ListMeetings())
            return
        data = flow.data
        place = await self._place(ctx, data["unit"])
        if place is None:
            return
        if _at(data) <= ctx.now:
            ctx.wait_for(FLOW, WHEN, dict(data))
            ctx.reply(ctx.t(_PAST), expects="text")
            return
        who = await people.who(account_of(ctx), ctx.now)
        async with ctx.changes():
            ctx.leave_flow()
            one = await book.call(
                place.id, _kind(data["kind"]), data["subject"], _at(data), data["place"], data["agenda"],
                by=who.person_id, now=ctx.now,
            )  # fmt: skip
            details: dict[str, str | int | bool] = {"unit": place.id, "kind": one.kind}
            await self._audit.append(who.person_id, "meeting_called", f"meeting:{one.id}", ctx.now, details)
            await self._hand_out(ctx, one, notices.invitation(one, place))

    async def _hand_out(self, ctx: Context, one: Meeting, text: str) -> None:
        """Send the invitation to the team; for a village's meeting show it alone, for its leader to forward."""
        told = await notices.tell_team(self._mail, one, text, ctx.now) if one.kind == "team" else 0
        ctx.reply(Text.verbatim(text))
        if told:
            note = ctx.t("✅ Tôi đã nhắn tin trên cho Tổ.")
        elif one.kind == "team":
            note = ctx.t("Tôi chưa nhắn được cho ai trong Tổ. Bác chuyển tiếp tin trên giúp tôi.")
        else:
            note = ctx.t("✅ Lời nhắn ở tin trên. Bác giữ ngón tay vào tin ấy, chọn “Chuyển tiếp”, rồi chọn nhóm thôn.")
        ctx.reply(note, await offers(ctx, one))

    async def open(self, ctx: Context, action: OpenMeeting) -> None:
        found = await opened(ctx, action.meeting)
        if found is not None:
            await show(ctx, found[1])

    async def cancel(self, ctx: Context, action: CancelMeeting) -> None:
        found = await opened(ctx, action.meeting, action.version)
        if found is None:
            return
        who, one = found
        place = await units.by_id(one.unit_id)
        if one.state != "called" or place is None:
            await show(ctx, one)
            return
        if not action.sure:
            ctx.reply(
                ctx.t("Bác hoãn cuộc họp “{subject}” ngày {day}?", subject=one.subject, day=self._day(ctx, one)),
                [
                    Button.to(ctx.word("Đúng, hoãn họp"), CancelMeeting(one.id, one.version, sure=True)),
                    Button.to(ctx.word("Không, để nguyên"), OpenMeeting(one.id)),
                ],
            )
            return
        async with ctx.changes():
            done, now = await book.cancel(one, ctx.now), await book.get(one.id)
            if not done or now is None:
                await show(ctx, one)
                return
            await self._audit.append(who.person_id, "meeting_cancelled", f"meeting:{one.id}", ctx.now)
            await self._hand_out(ctx, now, notices.called_off(now, place))

    async def _places(self, ctx: Context) -> Sequence[Place]:
        """Return the villages for which the person calls meetings; refuse if there are none."""
        if not in_private(ctx):
            return []
        places = await led(ctx, await people.who(account_of(ctx), ctx.now))
        if not places:
            ctx.leave_flow()
            ctx.reply(ctx.t(NOT_LEADER), to_menu(ctx))
        return places

    async def _place(self, ctx: Context, code: str) -> Place | None:
        """Return the village of the meeting being called, while the person may call it; refuse otherwise."""
        place = await units.get(code)
        if place is not None and await leads(await people.who(account_of(ctx), ctx.now), place.id, ctx.now):
            return place
        ctx.leave_flow()
        ctx.reply(ctx.t(NOT_LEADER), to_menu(ctx))
        return None


def _kind(name: str) -> Kind:
    return "village" if name == "village" else "team"


def _line(words: str) -> str:
    return " ".join(words.split()).rstrip(" .,;")


def _at(data: dict[str, str]) -> datetime:
    return datetime.fromisoformat(data["at"])


def build(conversation: MeetingConversation) -> Router:
    router = Router()
    words = (
        "viết biên bản",
        "biên bản họp tổ",
        "hoãn họp",
        "hủy họp",
        "họp tổ",
        "họp thôn",
        "họp bà con",
        "mời họp",
        "mời họp tổ",
        "mời họp thôn",
        "gọi họp",
        "các cuộc họp",
        "cuộc họp",
    )
    # “Họp thôn” is also a kind of announcement to be chosen from.
    router.command("hop", *words, yields=True)(conversation.command)
    router.action(ListMeetings)(conversation.listed)
    router.action(NewMeeting)(conversation.new)
    router.action(CallMeeting)(conversation.call)
    router.action(OpenMeeting)(conversation.open)
    router.action(CancelMeeting)(conversation.cancel)
    router.step(FLOW, UNIT, TextSent, figures=True)(conversation.take_unit)
    router.step(FLOW, ABOUT, TextSent, prose=True)(conversation.take_about)
    router.step(FLOW, WHEN, TextSent)(conversation.take_when)
    router.step(FLOW, WHERE, TextSent, prose=True)(conversation.take_where)
    router.step(FLOW, AGENDA, TextSent, prose=True)(conversation.take_agenda)
    router.step(FLOW, READY, TextSent)(conversation.take_other_words)
    return router
