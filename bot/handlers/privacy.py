"""Consent before anything is kept, “dữ liệu của tôi”, “xóa dữ liệu”, and “DỪNG” to unasked messages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, tzinfo

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.events import Said, is_addressed
from bot.core.messages import Button
from bot.core.router import Command, Router
from bot.core.sessions import Key
from bot.core.spoken import without_courtesy, words_only
from bot.core.text import Text, fold
from bot.features import people
from bot.features.accounts import Account
from bot.features.commune import Commune
from bot.features.guides.markdown import plain
from bot.features.privacy import FORGET, Fact, Privacy, Title, Value, Word, blank, consent
from bot.i18n import short_date, short_time

from .start import OpenMenu

# With marks, or "đúng" would stop the bot: without marks the two are one word.
_STOP_WORDS = frozenset({"dừng", "dừng nhận tin", "dừng nhắn tin", "ngừng nhận tin"})
_STOP_FOLDED = frozenset(
    {"dung nhan tin", "dung nhan tin nua", "dung nhan tin nhan", "stop", "dung nhan nua", "dung nhan cho toi nua"}
    | {"dung gui nua", "dung gui tin nua", "khong nhan tin nua", "thoi dung nhan nua", "dung lam phien toi"}
)
_BARE_STOP = "dung"
_NOT_ONLY_ME = frozenset({_BARE_STOP, "stop", "dung gui nua", "dung gui tin nua"})
"""What an official may also say of an announcement."""
_ERASE = frozenset(
    {"xoa het", "xoa het du lieu", "xoa het thong tin", "xoa thong tin", "xoa thong tin cua toi", "xoa toi"}
)
# No command words either: without marks "nhận tin" and "nhắn tin" are one.
_BACK_WORDS = frozenset({"nhận tin", "nhận tin trở lại", "nhận tin lại", "nhận lại tin", "bật lại", "bật tin"})
_BACK_FOLDED = frozenset(map(fold, _BACK_WORDS))

Then = Callable[[Context, str], Awaitable[None]]
AskWhich = Callable[[Context], Awaitable[bool]]
"""Asks what else may be meant to stop; False where there is nothing else."""


class Agree(Action, code="ca"):
    """`version` is that of the text which was shown; `topic` and `arg` say what goes on after."""

    version: str
    topic: str
    arg: str


class Decline(Action, code="cn"):
    pass


class AskErase(Action, code="pe"):
    pass


class Erase(Action, code="px"):
    pass


class KeepData(Action, code="pk"):
    pass


class Mute(Action, code="pm"):
    muted: bool


class PrivacyTalk:
    """The conversation about what is kept; other conversations ask it for consent."""

    def __init__(self, privacy: Privacy, commune: Callable[[Context], Commune], zone: tzinfo) -> None:
        self._privacy = privacy
        self._commune = commune
        self._zone = zone
        self._then: dict[str, Then] = {}
        self.ask_which: AskWhich | None = None

    # Consent

    def on_consent(self, topic: str, then: Then) -> None:
        """`then(ctx, arg)` goes on after “Đồng ý”, inside `ctx.changes()`. Raises ValueError for a topic in use."""
        if topic in self._then:
            raise ValueError(f"consent topic {topic!r} is registered twice")
        self._then[topic] = then

    async def has_consent(self, ctx: Context) -> bool:
        return await consent.has_consent(_account(ctx))

    def ask_consent(self, ctx: Context, topic: str, arg: str = "", *, about: Text | None = None) -> None:
        """Two equal buttons; `about` says first what it is for. In private only."""
        if topic not in self._then:
            raise ValueError(f"nothing goes on after consent to {topic!r}")
        text = ctx.t(consent.TEXT, commune=self._commune(ctx).full_name)
        ctx.reply(
            Text.join("\n\n", [about, text] if about is not None else [text]),
            [
                Button.to(ctx.word("Đồng ý"), Agree(consent.VERSION, topic, arg)),
                Button.to(ctx.word("Không, chỉ xem hướng dẫn"), Decline()),
            ],
            rows=(2,),
        )

    async def agree(self, ctx: Context, action: Agree) -> None:
        then = self._then.get(action.topic)
        if then is None or not ctx.private:
            self._private_only(ctx)
        elif action.version != consent.VERSION:
            self.ask_consent(ctx, action.topic, action.arg, about=ctx.t("Nội dung xin đồng ý vừa được sửa."))
        else:
            async with ctx.changes():
                await consent.agree(_account(ctx), ctx.chat.id, ctx.sender.name, ctx.now)
                await then(ctx, action.arg)

    async def decline(self, ctx: Context, action: Decline) -> None:
        said = ctx.t("Vâng, tôi không lưu gì thêm. Bác vẫn xem hướng dẫn và hỏi như thường.")
        menu = [Button.to(ctx.word("Về menu"), OpenMenu())]
        if ctx.stale or not ctx.private:
            ctx.reply(said, menu)
            return
        async with ctx.changes():
            await consent.decline(_account(ctx), ctx.now)
            ctx.reply(said, menu)

    # Seeing and erasing

    async def show(self, ctx: Context) -> None:
        if not ctx.private:
            self._private_only(ctx)
            return
        subject = await self._privacy.subject(_account(ctx), ctx.chat.id)
        parts = [ctx.t("**Dữ liệu của bác** mà tôi đang giữ:")]
        for title, facts in await self._privacy.shown(subject):
            lines = [Text.verbatim("• ") + self._fact(ctx, fact) for fact in facts]
            parts.append(Text.join("\n", [ctx.t("**{title}**", title=ctx.word(title)), *lines]))
        ctx.reply(
            Text.join("\n\n", parts),
            [Button.to(ctx.word("Xóa dữ liệu"), AskErase()), Button.to(ctx.word("Về menu"), OpenMenu())],
        )

    async def understand(self, ctx: Context, words: str) -> bool:
        """“Xóa hết đi”; where it is asked for sure this is the answer, and never comes here."""
        if without_courtesy(words) not in _ERASE:
            return False
        await self.ask_erase(ctx)
        return True

    async def ask_erase(self, ctx: Context) -> None:
        if not ctx.private:
            self._private_only(ctx)
            return
        who = await people.who(_account(ctx), ctx.now)
        lines = [ctx.t("Tôi xóa hết những gì đang giữ về bác, trên mọi ứng dụng bác đã liên kết. Không lấy lại được.")]
        if who.grants:
            lines.append(ctx.t("Vai trò của bác cũng hết theo."))
        lines.append(ctx.t("Bác có chắc không?"))
        ctx.reply(
            Text.join("\n", lines),
            [Button.to(ctx.word("Xóa hết"), Erase()), Button.to(ctx.word("Không, giữ lại"), KeepData())],
            rows=(2,),
        )

    async def pressed_ask_erase(self, ctx: Context, action: AskErase) -> None:
        await self.ask_erase(ctx)

    async def keep(self, ctx: Context, action: KeepData) -> None:
        ctx.reply(ctx.t("Vâng, tôi giữ nguyên."), [Button.to(ctx.word("Về menu"), OpenMenu())])

    async def erase(self, ctx: Context, action: Erase) -> None:
        if not ctx.private:
            self._private_only(ctx)
            return
        async with ctx.changes():
            present = Key(ctx.chat.platform, ctx.chat.id)
            subject = await self._privacy.subject(_account(ctx), ctx.chat.id, present=present)
            await self._privacy.erase(subject, ctx.now)
            blank(ctx.session)
            ctx.reply(
                ctx.t(
                    "Tôi đã xóa hết dữ liệu của bác ngày {day}. Địa chỉ của cuộc trò chuyện này "
                    "cũng mất trong ít phút. Các tin trên màn hình, bác tự xóa trong ứng dụng.",
                    day=short_date(ctx.now.astimezone(self._zone).date(), ctx.locale),
                )
            )

    async def came_back(self, ctx: Context) -> bool:
        """Whoever writes again after erasing is a newcomer, and the chat is kept again."""
        ctx.session.facts.pop(FORGET, None)
        return False

    # Silence

    async def stop_words(self, ctx: Context) -> bool:
        if not isinstance(ctx.event, Said) or not is_addressed(ctx.event):
            return False
        said = words_only(ctx.event.text)
        if said not in _STOP_WORDS and fold(said) not in _STOP_FOLDED and not self._bare_stop(ctx, said):
            return False
        if fold(said) in _NOT_ONLY_ME:
            await self.stop(ctx)
        else:
            await self.mute(ctx, Mute(True))
        return True

    async def back_words(self, ctx: Context) -> bool:
        """The button “Nhận tin trở lại” in words, long after it was shown."""
        if not isinstance(ctx.event, Said) or not is_addressed(ctx.event):
            return False
        said = words_only(ctx.event.text)
        if said not in _BACK_WORDS | _BACK_FOLDED:
            return False
        await self.mute(ctx, Mute(False))
        return True

    async def stop(self, ctx: Context) -> None:
        if self.ask_which is None or not await self.ask_which(ctx):
            await self.mute(ctx, Mute(True))

    async def mute(self, ctx: Context, action: Mute) -> None:
        if not ctx.private:
            self._private_only(ctx)
            return
        async with ctx.changes():
            await people.mute(_account(ctx), muted=action.muted)
            ctx.leave_flow()
            if action.muted:
                ctx.reply(
                    ctx.t("Tôi đã dừng. Từ nay tôi không tự nhắn gì cho bác; bác hỏi thì tôi vẫn trả lời."),
                    [Button.to(ctx.word("Nhận tin trở lại"), Mute(False)), Button.to(ctx.word("Về menu"), OpenMenu())],
                )
            else:
                ctx.reply(ctx.t("Vâng, tôi lại nhắn cho bác khi có việc."))

    def _bare_stop(self, ctx: Context, said: str) -> bool:
        """ "dung" without marks is "đúng" wherever that may be an answer."""
        asked = any(fold(button.label) == _BARE_STOP for item in ctx.session.lists for button in item.buttons)
        return said == _BARE_STOP and ctx.flow is None and not asked

    # Words

    def _fact(self, ctx: Context, fact: Fact) -> Text:
        values = {name: self._value(ctx, value) for name, value in fact.values.items()}
        return ctx.t(fact.template, **values)

    def _value(self, ctx: Context, value: Value) -> str | int:
        if isinstance(value, datetime):
            here = value.astimezone(self._zone)
            return f"{short_time(here.time(), ctx.locale)} {short_date(here.date(), ctx.locale)}"
        if isinstance(value, Title):
            return plain(ctx.translate(ctx.locale, value.text, value.context))
        return ctx.word(value) if isinstance(value, Word) else value

    def _private_only(self, ctx: Context) -> None:
        ctx.reply(ctx.t("Việc này là của riêng bác. Bác mở cuộc trò chuyện riêng với tôi rồi làm nhé."))


def build(talk: PrivacyTalk) -> Router:
    router = Router()
    router.intercept(talk.came_back)
    router.intercept(talk.stop_words)
    router.intercept(talk.back_words)
    router.command("dulieu", "dữ liệu của tôi", "dữ liệu", "xem dữ liệu")(talk.show)
    router.command("xoadulieu", "xóa dữ liệu", "xóa dữ liệu của tôi")(talk.ask_erase)
    # Not through router.command: the name would be a word too, and "đúng" is that word.
    router.commands["dung"] = Command("dung", (), False, talk.stop)
    router.action(Agree)(talk.agree)
    router.action(Decline)(talk.decline)
    router.action(AskErase)(talk.pressed_ask_erase)
    router.action(Erase)(talk.erase)
    router.action(KeepData)(talk.keep)
    router.action(Mute)(talk.mute)
    return router


def _account(ctx: Context) -> Account:
    return Account(ctx.chat.platform, ctx.sender.id)
