"""First contact, menu, help, language, size of letters, and what to say when nothing else fits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from msgspec import Struct, field

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.events import BotLeft, FileSent, OtherSent, PhotoSent, TextSent, VoiceSent
from bot.core.lean import patterns
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.small_words import without_courtesy
from bot.core.text import Text
from bot.features.at_once import at_once, each
from bot.features.desk.sessions import PLATFORM as DESK
from bot.handlers.kit.hooks import Hooks, Offer, taken, understood
from bot.handlers.kit.provisions import Dispatch, GuideReader, Home, Misheard, NothingMisheard
from bot.handlers.kit.speaker import NotThis, OpenMenu
from bot.handlers.kit.typed import says
from bot.i18n import msg
from bot.understanding.decisions import MOST_OFFERED

from .wording import help_text, in_danger, introduction, still_open, whom_to_meet

MET = "met"
_MENU = (
    "thực đơn",
    "trang chính",
    "trang chủ",
    "về đầu",
    "về menu",
    "quay lại menu",
    "về trang chủ",
    "trở lại đầu",
    "quay lại đầu",
    "quay lại từ đầu",
    "về trang đầu",
    "làm việc khác",
    "việc khác",
)
_VIETNAMESE = ("tiếng việt", "nói tiếng việt", "đổi sang tiếng việt", "tiếng kinh", "vietnamese")
# Not commands: whoever is asked for words may answer just this.
_ENOUGH = frozenset(
    {"thoi khoi", "khong lam nua", "thoi khong lam nua", "de sau", "thoi de sau", "khong can nua", "thoi khong can nua"}
    | {"khong bao nua", "thoi khong bao nua", "khong xem nua", "thoi khong xem nua", "bo qua", "thoi bo qua"}
)
_LATER = patterns.compile(
    r"(?:thoi )?(?:(?:de|toi|ba|ong|bac|chi|em|chau) )*(?:tu lam|(?:mai|toi|lat|chut|lat nua|chieu|sang|"
    r"hom khac|khi khac|"
    r"luc khac)(?: (?:toi|ba|ong|bac|chi|em|chau|roi|hay|nua))* lam)(?: (?:duoc|cung duoc|vay|sau|nua|roi))*"
)
"""“Thôi bà tự làm”, “để tối chị làm”."""
_LARGER = frozenset({"chu to len", "cho chu to len", "chu be qua", "chu nho qua", "phong to chu", "chu to hon"})
_USUAL = frozenset({"chu thuong", "chu nho lai", "chu be lai", "chu to qua", "thu nho chu"})
_PERHAPS = msg("Tôi chưa hiểu rõ ý bác. Có thể bác cần bài dưới đây; không phải thì bác gõ lại bằng chữ khác.")
_NOT_CLEAR = msg(
    "Tôi chưa hiểu ý bác, hoặc chưa có bài về việc này. Bác chọn một việc dưới đây, hoặc gõ điều cần hỏi bằng vài chữ."
)
_AGAIN = msg(
    "Tôi vẫn chưa hiểu, ta thử cách khác. Bác chọn trong các việc tôi làm được dưới đây, hoặc hỏi người ở số dưới đây."
)
_UNCLEAR = "unclear"
"""In the facts of a session: the last answer was that nothing was understood."""
_OF_HALVES = 30
_GREETING = 3
"""So many words after a greeting may still be part of it: “chào xã nhé”; more ask for something."""


def gives_up(words: str) -> bool:
    """Return whether the words end the present work: “thôi khỏi”, “để sau”."""
    return without_courtesy(words) in _ENOUGH or says(_LATER, words)


class SetLanguage(Action, code="l"):
    locale: str


class SetLarge(Action, code="lg"):
    large: bool


class FrontParts(Struct, frozen=True):
    """The parts that meet in the first contact, the menu, the help and the last word."""

    languages: Mapping[str, str]
    home: Home
    dispatch: Dispatch
    reader: GuideReader
    hand_over: Offer
    nearest: Callable[[Context, str], Awaitable[Sequence[Button]]]
    hooks: Hooks
    misheard: Misheard = field(default_factory=NothingMisheard)


class FrontConversation:
    """Answer at the first contact, at the menu, and to everything that no other family takes."""

    def __init__(self, front: FrontParts) -> None:
        self._front = front
        self._home = front.home
        self._reader = front.reader
        self._hooks = front.hooks

    async def introduce(self, ctx: Context) -> bool:
        """Say at the first contact in private who runs this, that a machine answers, what is kept, how to stop.

        An official at the desk was told so in the chat that opened it.
        """
        if (
            ctx.private
            and ctx.chat.platform != DESK
            and MET not in ctx.session.facts
            and not isinstance(ctx.event, BotLeft)
        ):
            ctx.session.facts[MET] = "1"
            ctx.reply(introduction(ctx, self._home.communes_named(ctx)))
            return self._home.ask_at_first(ctx)
        return False

    async def start(self, ctx: Context) -> None:
        """Show the menu, or what a link names; a greeting may begin a question."""
        words = ctx.args.strip()
        if isinstance(ctx.event, TextSent) and words:
            if await self._opened(ctx, words) or await self._understood(ctx, words):
                return
            if len(words.split()) > _GREETING:
                await self._say_unclear(ctx, words)
                return
        await self._open_or_menu(ctx, words)

    async def menu(self, ctx: Context) -> None:
        waits = await self._waiting(ctx)
        if not waits and ctx.flow is not None:
            waits = still_open(ctx)
        reply = ctx.t("Bác cần việc gì?")
        ctx.reply(Text.join("\n", [waits, reply] if waits else [reply]), await self._items(ctx))

    async def open_menu(self, ctx: Context, action: OpenMenu) -> None:
        await self.menu(ctx)

    async def help_text(self, ctx: Context) -> None:
        offered = (await self._front.hand_over(ctx))[1] if ctx.private else []
        reply = help_text(ctx, self._home.here(ctx), self._front.dispatch.knows)
        ctx.reply(reply, [*offered, Button.to(ctx.word("Về menu"), OpenMenu())])
        for note in self._hooks.after_help:
            await note(ctx)

    async def cancel(self, ctx: Context) -> None:
        if not await taken(self._hooks.drops, ctx):
            await self._give_up(ctx)

    async def stop_here(self, ctx: Context) -> None:
        if await taken(self._hooks.drops, ctx):
            return
        if ctx.flow is not None or not await taken(self._hooks.stop_means, ctx):
            await self._give_up(ctx)

    async def _give_up(self, ctx: Context) -> None:
        # What is only shown, a list or a preview, stops by itself: there is nothing to claim about it.
        reply = ctx.t("Được, tôi dừng ở đây.") if ctx.flow is None else ctx.t("Đã dừng việc đang làm.")
        ctx.stop()
        left, still_there = await at_once(
            self._reader.unfinished(ctx), each([offer(ctx) for offer in self._hooks.outstanding])
        )
        if left:
            still = ctx.t("Bài hướng dẫn bác đang xem vẫn còn, gõ “tiếp tục” để xem tiếp.")
            reply = Text.join(" ", [reply, still])
        own = [button for _, buttons in still_there for button in buttons]
        waits = await self._waiting(ctx)
        reply = Text.join("\n", [part for part in (reply, *(words for words, _ in still_there), waits) if part])
        ctx.reply(reply, [*own, *left, Button.to(ctx.word("Về menu"), OpenMenu())])

    async def choose_language(self, ctx: Context) -> None:
        buttons = [Button.to(name, SetLanguage(code)) for code, name in self._front.languages.items()]
        ctx.reply(ctx.t("Bác muốn đọc bằng tiếng nào?"), buttons)

    async def vietnamese(self, ctx: Context) -> None:
        await self.set_language(ctx, SetLanguage("vi"))

    async def english(self, ctx: Context) -> None:
        await self.set_language(ctx, SetLanguage("en"))

    async def set_language(self, ctx: Context, action: SetLanguage) -> None:
        if action.locale in self._front.languages:
            if not ctx.private:
                for set_language_of_group in self._hooks.group_language:
                    await set_language_of_group(ctx, action.locale)
                return
            ctx.session.locale = ctx.locale = action.locale
            ctx.reply(ctx.t("Từ nay tôi nói tiếng Việt với bác."))
        await self.menu(ctx)

    async def larger(self, ctx: Context) -> None:
        await self.set_large(ctx, SetLarge(not ctx.session.large))

    async def set_large(self, ctx: Context, action: SetLarge) -> None:
        ctx.session.large = action.large
        back = Button.to(ctx.word("Chữ thường") if action.large else ctx.word("Chữ lớn"), SetLarge(not action.large))
        if not action.large:
            reply = ctx.t("Đã về cỡ chữ thường.")
        elif ctx.capabilities.large_text:
            reply = ctx.t("Đã đổi sang chữ lớn.")
        else:
            reply = ctx.t(
                "Từ nay tôi gửi mỗi câu một tin cho dễ đọc. Cỡ chữ thì bác chỉnh trong cài đặt của điện thoại."
            )
        ctx.reply(reply, [back, Button.to(ctx.word("Về menu"), OpenMenu())])

    async def enlarge(self, ctx: Context, words: str) -> bool:
        await self.set_large(ctx, SetLarge(large=True))
        return True

    async def otherwise(self, ctx: Context) -> None:
        """Answer words, a photo, a file, a voice note or anything else that no other handler took."""
        event = ctx.event
        if isinstance(event, TextSent):
            if not await self._understood_joined(ctx, event.text):
                await self._say_unclear(ctx, event.text)
            return
        if isinstance(event, PhotoSent | FileSent) and await taken(self._hooks.photos, ctx):
            return
        if isinstance(event, VoiceSent):
            reply = ctx.t("Tôi chưa nghe được lời nói. Bác gõ vài chữ giúp tôi, hoặc chọn một việc dưới đây.")
        elif isinstance(event, PhotoSent | FileSent):
            ctx.keep_nothing()
            reply = ctx.t(
                "Tôi không xem được ảnh, tệp, nên không lưu lại. Bác gõ vài chữ cho biết bác cần hỏi điều gì."
            )
            for hint, first in [await offer(ctx) for offer in self._hooks.photo_hints]:
                if hint:
                    ctx.reply(Text.join("\n", [reply, hint]), [*first, *await self._items(ctx)], aside=True)
                    return
        elif isinstance(event, OtherSent):
            reply = ctx.t("Tôi chỉ đọc được chữ. Bác chọn một việc dưới đây nhé.")
        else:
            reply = ctx.t("Tôi không có lệnh này. Bác chọn một việc dưới đây nhé.")
        ctx.reply(reply, await self._items(ctx), aside=True)

    async def stale(self, ctx: Context) -> None:
        reply = ctx.t("Nút này không còn dùng được. Bác chọn một việc dưới đây nhé.")
        ctx.reply(reply, await self._items(ctx))

    async def resume(self, ctx: Context, link: str, words: str) -> None:
        """Answer the words, whatever they are; after a link they may be small talk, and then open the link."""
        if words and not link:
            await self._front.dispatch.again(ctx, words)
        elif not words or not await self._understood(ctx, words):
            await self._open_or_menu(ctx, link)

    async def _say_unclear(self, ctx: Context, words: str) -> None:
        """Offer the guides that may be meant, and a person to ask."""
        left = await self._reader.unfinished(ctx)
        # What was begun is beside the guesses: together they are as many as the guesses alone.
        near = (await self._front.nearest(ctx, words))[: MOST_OFFERED - len(left)]
        self._front.misheard.answered(ctx, words, near, sure=False)
        offer, buttons = await self._front.hand_over(ctx)
        again = ctx.private and _UNCLEAR in ctx.session.facts
        reply = ctx.t(_PERHAPS if near else _AGAIN if again else _NOT_CLEAR)
        whom = whom_to_meet(ctx, self._home.here(ctx)) if ctx.private else Text()
        reply = Text.join("\n\n", [part for part in (reply, whom, offer, in_danger(ctx)) if part])
        # The whole menu below would push the answer off a small screen.
        no = [Button.to(ctx.word("Không phải"), NotThis())] if near else []
        ways = [*near, *no, *left, *buttons]
        if again and not near:  # but the same once more would lead nowhere
            known = {button.data for button in ways}
            ways += [button for button in await self._items(ctx) if button.data not in known]
        else:
            ways.append(Button.to(ctx.word("Về menu"), OpenMenu()))
        ctx.reply(reply, ways, aside=True)

    async def remember_unclear(self, ctx: Context) -> None:
        """Remember in the session whether this answer was that nothing was understood, for the next one."""
        if _NOT_CLEAR in ctx.sentences:
            ctx.session.facts[_UNCLEAR] = "1"
        elif ctx.sentences:
            ctx.session.facts.pop(_UNCLEAR, None)

    async def _waiting(self, ctx: Context) -> Text:
        return Text.join("\n", [found for ends in self._hooks.at_menu if (found := await ends(ctx))])

    async def _items(self, ctx: Context) -> list[Button]:
        """Ask all families at once, so that what they read is read together."""
        return [button for some in await each([add(ctx) for add in self._hooks.menu]) for button in some]

    async def _open_or_menu(self, ctx: Context, code: str) -> None:
        if not code or not await self._opened(ctx, code):
            await self.menu(ctx)

    async def _opened(self, ctx: Context, code: str) -> bool:
        for link in self._hooks.links:
            if await link(ctx, code):
                return True
        return False

    async def _understood_joined(self, ctx: Context, words: str) -> bool:
        """Understand words, where need be as the end of a sentence that began in the messages just before."""
        unclear = self._front.misheard.just_before(ctx)
        guessed = self._front.misheard.just_before(ctx, guessed=True)
        # More words are no half of a sentence, and reading them again would cost as much as another message.
        halves = len(f"{guessed} {words}".split()) <= _OF_HALVES
        if unclear and halves and await self._understood(ctx, f"{unclear} {words}"):
            return True
        if await self._understood(ctx, words):
            return True
        return guessed != unclear and halves and await self._understood(ctx, f"{guessed} {words}")

    async def _understood(self, ctx: Context, words: str) -> bool:
        plain = without_courtesy(words)
        if gives_up(words):
            await self.cancel(ctx)
            return True
        if plain in _LARGER | _USUAL:
            await self.set_large(ctx, SetLarge(plain in _LARGER))
            return True
        return await understood(self._hooks.understand, ctx, words)


def build(conversation: FrontConversation, hooks: Hooks) -> Router:
    router = Router()
    router.intercept(order=80)(conversation.introduce)
    router.command("start", "bắt đầu", "chào", "xin chào", "hello", "alo", takes_args=True)(conversation.start)
    router.command("menu", *_MENU)(conversation.menu)
    router.action(OpenMenu)(conversation.open_menu)
    router.command("trogiup", "trợ giúp", "giúp", "giúp tôi", "help")(conversation.help_text)
    router.command("huy", "hủy", "thôi", "bỏ", "thoát", "thoát ra", "cancel", yields=True)(conversation.cancel)
    router.command("dunglai", "dừng lại", yields=True)(conversation.stop_here)
    router.command("ngonngu", "ngôn ngữ", "tiếng", "language")(conversation.choose_language)
    # A person who cannot read the menu says the language.
    router.command("tiengviet", *_VIETNAMESE)(conversation.vietnamese)
    router.command("tienganh", "tiếng anh", "nói tiếng anh", "english")(conversation.english)
    router.action(SetLanguage)(conversation.set_language)
    router.command("chulon", "chữ lớn", "chữ to", "cỡ chữ", "large text")(conversation.larger)
    router.action(SetLarge)(conversation.set_large)
    router.otherwise(conversation.otherwise)
    router.stale(conversation.stale)
    router.at_end(conversation.remember_unclear)
    hooks.resume.add(conversation.resume)
    return router


async def settings_items(ctx: Context) -> Sequence[Button]:
    """Return the last buttons of the menu."""
    return [
        Button.to(ctx.word("Chữ thường") if ctx.session.large else ctx.word("Chữ lớn"), SetLarge(not ctx.session.large))
    ]
