"""Consent before anything is kept, “dữ liệu của tôi”, “xóa dữ liệu”, and “DỪNG” to unasked messages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, tzinfo

from msgspec import Struct

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.events import TextSent, is_addressed
from bot.core.messages import Button
from bot.core.router import Command, Router
from bot.core.sessions import Key
from bot.core.small_words import without_courtesy, words_only
from bot.core.text import Text, fold
from bot.features.commune.settings import Commune
from bot.features.guides.facts import put
from bot.features.guides.markdown import plain
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.features.privacy import FORGET, Fact, GuideTitle, Privacy, TranslatedWord, Value, blank, consent
from bot.handlers.kit.hooks import Note, taken
from bot.handlers.kit.speaker import OpenMenu
from bot.i18n import msg, short_date, short_time

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

_ALWAYS_STAYS = (
    msg("Một dấu không ai đọc ngược ra bác được, giữ 400 ngày. Xã dùng lại bản sao cũ thì tôi nhờ nó mà xóa lại bác."),
    msg("Bản sao lưu xã đã cất từ trước, đến khi xã bỏ bản ấy: máy hỏng thì phải nhờ nó mới dựng lại được."),
)

Then = Callable[[Context, str], Awaitable[None]]


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


class _Topic(Struct, frozen=True):
    """Something that consent is asked for; `purpose` is said in the text, "" for a role."""

    then: Then
    purpose: str
    declined: Callable[[Context], None] | None

    @property
    def once(self) -> bool:
        return bool(self.purpose)


class PrivacyConversation:
    """The conversation about what is kept; other conversations ask it for consent."""

    def __init__(
        self,
        privacy: Privacy,
        commune: Callable[[Context], Commune],
        zone: tzinfo,
        stop_means: Iterable[Note] = (),
    ) -> None:
        self._privacy = privacy
        self._commune = commune
        self._zone = zone
        self._topics: dict[str, _Topic] = {}
        self._stop_means = stop_means

    # Consent

    def on_consent(
        self, topic: str, then: Then, *, purpose: str = "", declined: Callable[[Context], None] | None = None
    ) -> None:
        """Call `then(ctx, arg)` after “Đồng ý”, inside `ctx.changes()`. Raise ValueError for a topic in use.

        `purpose` ends “Để …” of a consent for less than a role; `declined` drops what waited for the answer.
        """
        if topic in self._topics:
            raise ValueError(f"consent topic {topic!r} is registered twice")
        self._topics[topic] = _Topic(then, purpose, declined)

    async def has_consent(self, ctx: Context, topic: str) -> bool:
        return await consent.has_consent(_account(ctx), once=self._topics[topic].once)

    def ask_consent(self, ctx: Context, topic: str, arg: str = "", *, about: Text | None = None) -> None:
        """Ask for consent with two equal buttons, in private only; `about` says first what it is for."""
        if topic not in self._topics:
            raise ValueError(f"nothing goes on after consent to {topic!r}")
        asked, commune = self._topics[topic], self._commune(ctx).full_name
        if asked.purpose:
            text = ctx.t(consent.ONCE_TEXT, purpose=ctx.word(asked.purpose), commune=commune)
        else:
            text = ctx.t(consent.TEXT, commune=commune)
        ctx.reply(
            Text.join("\n\n", [about, text] if about is not None else [text]),
            [
                Button.to(ctx.word("Đồng ý"), Agree(consent.version_of(once=asked.once), topic, arg)),
                Button.to(ctx.word("Không, chỉ xem hướng dẫn"), Decline()),
            ],
            rows=(2,),
        )

    async def agree(self, ctx: Context, action: Agree) -> None:
        asked = self._topics.get(action.topic)
        if asked is None or not ctx.private:
            self._private_only(ctx)
        elif action.version != consent.version_of(once=asked.once):
            self.ask_consent(ctx, action.topic, action.arg, about=ctx.t("Nội dung xin đồng ý vừa được sửa."))
        else:
            async with ctx.changes():
                await consent.agree(_account(ctx), ctx.chat.id, ctx.sender.name, ctx.now, once=asked.once)
                await asked.then(ctx, action.arg)

    async def decline(self, ctx: Context, action: Decline) -> None:
        for topic in self._topics.values():
            if topic.declined is not None:
                topic.declined(ctx)
        reply = ctx.t("Vâng, tôi không lưu gì thêm. Bác vẫn xem hướng dẫn và hỏi như thường.")
        menu = [Button.to(ctx.word("Về menu"), OpenMenu())]
        if ctx.stale or not ctx.private:
            ctx.reply(reply, menu)
            return
        async with ctx.changes():
            await consent.decline(_account(ctx), ctx.now)
            ctx.reply(reply, menu)

    # Seeing and erasing

    async def show(self, ctx: Context) -> None:
        if not ctx.private:
            self._private_only(ctx)
            return
        subject = await self._privacy.subject(_account(ctx), ctx.chat.id)
        parts = [ctx.t("**Dữ liệu của bác** mà tôi đang giữ:")]
        for of, facts in await self._privacy.shown(subject):
            lines = [Text.verbatim("• ") + self._fact(ctx, fact) for fact in facts]
            kept = ctx.t("Để {why}; giữ {until}.", why=ctx.word(of.why), until=ctx.word(of.until))
            parts.append(Text.join("\n", [ctx.t("**{title}**", title=ctx.word(of.title)), *lines, kept]))
        ctx.reply(
            Text.join("\n\n", parts),
            [Button.to(ctx.word("Xóa dữ liệu"), AskErase()), Button.to(ctx.word("Về menu"), OpenMenu())],
        )

    async def understand(self, ctx: Context, words: str) -> bool:
        """Ask to confirm “xóa hết đi”; under that question the same words are its answer, and never come here."""
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
        subject = await self._privacy.subject(_account(ctx), ctx.chat.id)
        lines += [ctx.t("Những thứ này còn lại:")]
        lines += [
            ctx.t("• {what}", what=ctx.word(of.stays)) for of, _ in await self._privacy.shown(subject) if of.stays
        ]
        lines += [ctx.t("• {what}", what=ctx.word(what)) for what in _ALWAYS_STAYS]
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
        present = Key(ctx.chat.platform, ctx.chat.id)
        found = await self._privacy.look_up(await self._privacy.subject(_account(ctx), ctx.chat.id, present=present))
        async with ctx.changes():
            subject = await self._privacy.subject(_account(ctx), ctx.chat.id, present=present)
            await self._privacy.erase(subject, ctx.now, found=found)
            blank(ctx.session)
            ctx.reply(
                ctx.t(
                    "Tôi đã xóa hết dữ liệu của bác ngày {day}. Địa chỉ của cuộc trò chuyện này "
                    "cũng mất trong ít phút. Các tin trên màn hình, bác tự xóa trong ứng dụng.",
                    day=short_date(ctx.now.astimezone(self._zone).date(), ctx.locale),
                )
            )

    async def came_back(self, ctx: Context) -> bool:
        """Keep the chat again when a person writes after erasing: they are a newcomer."""
        if ctx.session.facts.pop(FORGET, None) is not None:
            await self._privacy.forget_earlier(ctx.session.key, ctx.session.done_seq)
        return False

    # Silence

    async def stop_words(self, ctx: Context) -> bool:
        if not isinstance(ctx.event, TextSent) or not is_addressed(ctx.event):
            return False
        answer = words_only(ctx.event.text)
        if answer not in _STOP_WORDS and fold(answer) not in _STOP_FOLDED and not self._bare_stop(ctx, answer):
            return False
        if fold(answer) in _NOT_ONLY_ME:
            await self.stop(ctx)
        else:
            await self.mute(ctx, Mute(True))
        return True

    async def back_words(self, ctx: Context) -> bool:
        """Take the button “Nhận tin trở lại” in words, long after it was shown."""
        if not isinstance(ctx.event, TextSent) or not is_addressed(ctx.event):
            return False
        answer = words_only(ctx.event.text)
        if answer not in _BACK_WORDS | _BACK_FOLDED:
            return False
        await self.mute(ctx, Mute(False))
        return True

    async def stop(self, ctx: Context) -> None:
        if not await taken(self._stop_means, ctx):
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

    def _bare_stop(self, ctx: Context, answer: str) -> bool:
        """Return whether "dung" without marks means stop: if it may be an answer it is "đúng"."""
        asked = any(fold(button.label) == _BARE_STOP for item in ctx.session.lists for button in item.buttons)
        return answer == _BARE_STOP and ctx.flow is None and not asked

    # Words

    def _fact(self, ctx: Context, fact: Fact) -> Text:
        values = {name: self._value(ctx, value) for name, value in fact.values.items()}
        return ctx.t(fact.template, **values)

    def _value(self, ctx: Context, value: Value) -> str | int:
        if isinstance(value, datetime):
            here = value.astimezone(self._zone)
            return f"{short_time(here.time(), ctx.locale)} {short_date(here.date(), ctx.locale)}"
        if isinstance(value, GuideTitle):
            facts = {fact.name: fact.in_language(ctx.locale) for fact in value.facts}
            return plain(put(ctx.translate(ctx.locale, value.text, value.context), facts, escaped=True))
        return ctx.word(value) if isinstance(value, TranslatedWord) else value

    def _private_only(self, ctx: Context) -> None:
        ctx.reply(ctx.t("Việc này là của riêng bác. Bác mở cuộc trò chuyện riêng với tôi rồi làm nhé."))


def build(conversation: PrivacyConversation) -> Router:
    router = Router()
    router.intercept(order=30)(conversation.came_back)
    router.intercept(order=30)(conversation.stop_words)
    router.intercept(order=30)(conversation.back_words)
    router.command("dulieu", "dữ liệu của tôi", "dữ liệu", "xem dữ liệu")(conversation.show)
    router.command("xoadulieu", "xóa dữ liệu", "xóa dữ liệu của tôi")(conversation.ask_erase)
    # Not through router.command: the name would be a word too, and "đúng" is that word.
    router.commands["dung"] = Command("dung", (), False, conversation.stop)
    router.action(Agree)(conversation.agree)
    router.action(Decline)(conversation.decline)
    router.action(AskErase)(conversation.pressed_ask_erase)
    router.action(Erase)(conversation.erase)
    router.action(KeepData)(conversation.keep)
    router.action(Mute)(conversation.mute)
    return router


def _account(ctx: Context) -> Account:
    return Account(ctx.chat.platform, ctx.sender.id)
