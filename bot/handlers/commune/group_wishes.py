"""A code was typed by somebody else than its maker: the group waits for the word of the maker or of an official."""

from __future__ import annotations

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.events import Chat
from bot.core.messages import Button, Message
from bot.core.router import Router
from bot.core.sessions import Key
from bot.core.text import Text
from bot.features import units
from bot.features.audit import Audit, Detail
from bot.features.groups.channels import Conflict
from bot.features.groups.naming import called
from bot.features.invites import ChannelGrant, Invites
from bot.features.notices.mail import Mail
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.features.people.people import Who
from bot.features.rights.table import CHAIR, OFFICER
from bot.handlers.kit.speaker import to_menu
from bot.i18n import msg

from .giving import PURPOSES, REGISTERED, TITLE, Giving, GroupWish, ids_of, may_register, title_of, unit_name, what_of

_NOT_WANTED = msg("Xã chưa nhận nhóm này làm {what}. Bác hỏi lại Tổ trưởng hoặc cán bộ xã.")
_WAITS = msg(
    "{name} vừa gõ mã nhóm trong nhóm “{group}” ({platform}), để nhóm ấy làm {what}. Mã này không phải do người ấy "
    "lấy. Bác có nhận nhóm ấy không?"
)


class TakeGroup(Action, code="dkn"):
    """The word of somebody who may, about a group in which another one typed the code of `invite`.

    `replacing` are the ids of what it takes the place of; `proof` keeps anybody from asking about another group.
    """

    invite: int
    platform: str
    chat: str
    asker: str
    replacing: str
    agree: bool
    proof: str


class GroupWishes:
    """The used code is all that is kept of a wish: its row says what the group is to be, and until when."""

    def __init__(self, invites: Invites, mail: Mail, giving: Giving, audit: Audit) -> None:
        self._invites = invites
        self._mail = mail
        self._giving = giving
        self._audit = audit

    async def ask(self, ctx: Context, grant: ChannelGrant, wish: GroupWish) -> None:
        group = (ctx.chat.platform, ctx.chat.id, ctx.sender.id)
        proof = self._invites.proof_for(grant.invite_id, *group)
        what = Text.of(PURPOSES[wish.purpose], unit=await unit_name(wish.unit_id))
        named = {"name": ctx.sender.name or "Có người", "group": ctx.session.facts.get(TITLE) or "không tên"}
        text = self._mail.t(_WAITS, platform=called(ctx.chat.platform), what=what, **named)
        buttons = [
            Button.to(self._mail.word(label), TakeGroup(grant.invite_id, *group, "", agree, proof))
            for label, agree in ((msg("Nhận nhóm này"), True), (msg("Không nhận"), False))
        ]
        asked = [grant.maker] if grant.maker is not None else []
        commune = await units.commune_of(wish.unit_id)
        for role in (OFFICER, CHAIR):
            holders = await people.holders(role, commune.id, ctx.now) if commune is not None else []
            asked += [holder.person_id for holder in holders]
        key = f"dk{grant.invite_id}:{proof}"
        if not await self._mail.tell_all(asked, text, buttons, key=key, now=ctx.now):
            ctx.reply(
                ctx.t(
                    "Mã này do người khác lấy, mà tôi chưa hỏi được ai ở xã. Bác nhờ chính người ấy gõ mã trong nhóm."
                )
            )
            return
        if not await self._invites.use_channel(grant, ctx.now):
            raise ValueError("a code was used between two looks of one transaction")
        ctx.reply(
            ctx.t(
                "Mã đúng. Vì mã do người khác lấy, tôi đã hỏi người ấy và cán bộ xã. Có người đồng ý, "
                "tin của xã sẽ đến nhóm này và tôi báo ngay tại đây."
            )
        )

    async def take(self, ctx: Context, action: TakeGroup) -> None:
        group = (action.platform, action.chat, action.asker)
        known = action.proof == self._invites.proof_for(action.invite, *group)
        if not ctx.private or not known:
            ctx.reply(ctx.t("Câu hỏi này không chờ bác trả lời."))
            return
        async with ctx.changes():
            grant = await self._invites.asked_for(action.invite, ctx.now)
            if grant is None:
                ctx.reply(ctx.t("Việc nhóm này đã có người quyết, hoặc mã đã quá hạn."), to_menu(ctx))
                return
            who = await people.who(Account(ctx.chat.platform, ctx.sender.id), ctx.now)
            chat = Chat(action.platform, action.chat, "group")
            replacing = frozenset(int(one) for one in action.replacing.split(",") if one.isdigit())
            wish = await self._giving.wish(ctx, grant, chat, replacing)
            if not await may_register(ctx, who, wish.unit_id):
                ctx.reply(ctx.t("Việc này của Tổ trưởng hoặc cán bộ xã."), to_menu(ctx))
            elif action.agree:
                await self._agreed(ctx, action, wish, who)
            elif await self._invites.settle(action.invite, ctx.now):
                details: dict[str, Detail] = {"unit": wish.unit_id, "purpose": wish.purpose}
                await self._audit.append(who.person_id, "group_refused", f"invite:{action.invite}", ctx.now, details)
                what = Text.of(PURPOSES[wish.purpose], unit=await unit_name(wish.unit_id))
                await self._tell_group(wish.chat, _NOT_WANTED, what, action.invite, ctx)
                ctx.reply(ctx.t("Tôi không nhận nhóm ấy và đã báo trong nhóm."), to_menu(ctx))

    async def _agreed(self, ctx: Context, action: TakeGroup, wish: GroupWish, who: Who) -> None:
        session = await ctx.store.load(Key(wish.chat.platform, wish.chat.id), "group")
        title = session.facts.get(TITLE, "")
        done = await self._giving.give(wish, title, session.locale, ctx)
        if isinstance(done, Conflict):
            group = (action.platform, action.chat, action.asker)
            buttons = [
                Button.to(ctx.word(label), TakeGroup(action.invite, *group, ids_of(done), agree, action.proof))
                for label, agree in ((msg("Nhận nhóm này"), True), (msg("Không nhận"), False))
            ]
            ctx.reply(
                Text.join("\n", [*await self._giving.claims(ctx, done, wish), ctx.t("Bác vẫn nhận nhóm mới?")]), buttons
            )
            return
        await self._invites.settle(action.invite, ctx.now)
        result, before = done
        what = await what_of(result.channel)
        await self._tell_group(wish.chat, REGISTERED, what, action.invite, ctx)
        ctx.reply(
            ctx.t("✅ Đã nhận: nhóm “{group}” là {what}.", group=title_of(result.channel), what=what), to_menu(ctx)
        )
        if result.news:
            typed_by = (await people.who(Account(action.platform, action.asker), ctx.now)).person_id
            await self._giving.note(ctx, wish, who, result, before, typed_by=typed_by)

    async def _tell_group(self, chat: Chat, template: str, what: Text, invite: int, ctx: Context) -> None:
        locale = (await ctx.store.load(Key(chat.platform, chat.id), "group")).locale or self._mail.locale
        message = Message(Text.of(self._mail.outbox.translate(locale, template), what=what))
        key = f"dk{invite}:{ctx.event.id}"[:90]
        await self._mail.outbox.add(chat, message, key=key, now=ctx.now, answering=True, locale=locale)


def build(conversation: GroupWishes) -> Router:
    router = Router()
    router.action(TakeGroup)(conversation.take)
    return router
