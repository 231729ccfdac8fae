"""Pictures of a village's group with the announcement in it: sent by who pasted it, looked at by officials."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from bot.core.context import Context
from bot.core.events import Event, FileSent, Incoming, PhotoSent
from bot.core.messages import Attachment, Button
from bot.core.router import Router
from bot.core.text import Text, upper_first
from bot.features import units
from bot.features.announcements import store
from bot.features.announcements.receipts.actions import ShowProofs
from bot.features.announcements.relays import answering, proofs
from bot.features.announcements.relays.actions import DropProof, SayNotPasted, SayPasted
from bot.features.announcements.relays.letter import NOT_PASTED, PASTED
from bot.features.announcements.relays.model import RelayAsk, ask_of, asks_of, target_of, targets
from bot.features.announcements.writing import files
from bot.features.checkins import answers as figures
from bot.features.jobs.queue import Jobs
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.handlers.kit.speaker import in_private
from bot.i18n import msg

from .unclear import allowed

_SHOWN = 5
_HINT = msg("Ảnh nhóm đã có {label} thì bác chọn “{pasted}” trước, rồi gửi lại ảnh.")
_DROPPED = msg("Đã bỏ ảnh. Việc bác đã dán {label} tôi vẫn ghi.")
_NONE = msg("Ảnh này đã bỏ rồi.")
_NO_PICTURES = msg("Không còn ảnh nhóm nào của {label}.")
_OF = msg("{village}: {label}, {name} gửi.")
_MORE = msg("Xem tiếp ảnh nhóm")


class RelayProofConversation:
    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    async def unasked(self, ctx: Context) -> bool:
        """Keep a picture that comes in private shortly after “đã dán”, unless figures were reported since."""
        incoming = _pictures(ctx.event)
        if not ctx.private or not incoming or ctx.flow is not None:
            return False
        person_id = await _person(ctx)
        one = None if person_id is None else await proofs.awaited(person_id, ctx.now)
        if person_id is None or one is None:
            return False
        reported = await figures.last_of(person_id)
        if reported is not None and reported.done_at is not None and reported.done_at > (one.answered_at or ctx.now):
            return False
        async with ctx.changes():
            await self.take(ctx, one, incoming)
        return True

    async def take(self, ctx: Context, one: RelayAsk, incoming: Sequence[Incoming]) -> None:
        """Have the first picture fetched, inside the caller's changes. The job answers: one message in all."""
        if (refused := files.first_problem(incoming)) is not None:
            ctx.reply(ctx.t(refused.why, **refused.values))
            return
        event = hashlib.sha256(f"{ctx.chat.platform}:{ctx.event.id}".encode()).hexdigest()[:32]
        body = proofs.body(one, incoming[0], ctx.chat, event, person=ctx.sender.id, locale=ctx.locale)
        await self._jobs.ask(proofs.KIND, body, key=f"{proofs.KIND}:{event}", now=ctx.now)

    async def hint(self, ctx: Context) -> tuple[Text, Sequence[Button]]:
        """Say what comes first to who may have sent a picture in place of “đã dán”."""
        person_id = await _person(ctx) if ctx.private else None
        waiting = [] if person_id is None else await answering.waiting_for(person_id, ctx.now)
        to = await target_of(waiting[0].target_id) if waiting else None
        one = None if to is None else await store.get(to.announcement_id)
        if one is None:
            return Text(), []
        buttons = [
            Button.to(ctx.word(PASTED), SayPasted(waiting[0].id)),
            Button.to(ctx.word(NOT_PASTED), SayNotPasted(waiting[0].id)),
        ]
        return ctx.t(_HINT, label=one.label, pasted=ctx.word(PASTED)), buttons

    async def drop(self, ctx: Context, action: DropProof) -> None:
        """Remove a picture for who sent it; everybody else is told the same as where there is none."""
        one, person_id = await ask_of(action.ask), await _person(ctx)
        to = None if one is None or person_id is None or one.person_id != person_id else await target_of(one.target_id)
        about = None if to is None else await store.get(to.announcement_id)
        async with ctx.changes():
            if one is None or about is None or not await proofs.drop(one, ctx.now):
                ctx.reply(ctx.t(_NONE))
            else:
                ctx.reply(ctx.t(_DROPPED, label=about.label))

    async def show(self, ctx: Context, action: ShowProofs) -> None:
        """Show the pictures to who may read the receipt, in private, a few at a time."""
        found = await allowed(ctx, action.announcement) if in_private(ctx) else None
        if found is None:
            return
        label, villages = found.announcement.label, {to.id: to for to in await targets(action.announcement)}
        asks = [one for each in (await asks_of(list(villages))).values() for one in each]
        there = await proofs.there(asks)
        rest = sorted((one for one in asks if one.id in there and one.id > action.after), key=lambda one: one.id)
        if not rest:
            ctx.reply(ctx.t(_NO_PICTURES, label=label))
            return
        for at, one in enumerate(rest[:_SHOWN], start=1):
            place = await units.by_id(villages[one.target_id].unit_id)
            village = "" if place is None else upper_first(place.full_name)
            words = ctx.t(_OF, village=village, label=label, name=await answering.name_of(one.person_id))
            more = at == _SHOWN < len(rest)
            buttons = [Button.to(ctx.word(_MORE), ShowProofs(action.announcement, one.id))] if more else []
            ctx.reply(words, buttons, attachment=Attachment("photo", one.proof, words.plain))


async def _person(ctx: Context) -> int | None:
    return (await people.who(Account(ctx.chat.platform, ctx.sender.id), ctx.now)).person_id


def _pictures(event: Event) -> tuple[Incoming, ...]:
    if isinstance(event, PhotoSent):
        return event.files
    return (event.file,) if isinstance(event, FileSent) and event.file.mime.startswith("image/") else ()


def build(conversation: RelayProofConversation) -> Router:
    router = Router()
    router.action(DropProof)(conversation.drop)
    router.action(ShowProofs)(conversation.show)
    return router
